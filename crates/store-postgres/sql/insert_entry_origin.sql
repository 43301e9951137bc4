-- Appends rows of entry_origin.
INSERT INTO entry_origin (
  entry_no, account_no, address, on_behalf_of, shard)
SELECT
  entry_no, account_no, address, on_behalf_of, (account_no % 4096)::smallint
FROM unnest(
  $1::bigint[], $2::bigint[], $3::text[], $4::text[])
AS given (
  entry_no, account_no, address, on_behalf_of)
