-- Appends rows of refund_asker.
INSERT INTO refund_asker (
  asker, at_us, refund_no, account_no, shard)
SELECT
  asker, at_us, refund_no, account_no, (account_no % 4096)::smallint
FROM unnest(
  $1::text[], $2::bigint[], $3::bigint[], $4::bigint[])
AS given (
  asker, at_us, refund_no, account_no)
