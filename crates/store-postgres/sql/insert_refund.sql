-- Appends rows of refund.
INSERT INTO refund (
  refund_no, entry_no, account_no, payment_no, adjustment_no, amount, date, method_type, reason_code,
  reference, comment, method_no, shard)
SELECT
  refund_no, entry_no, account_no, payment_no, adjustment_no, amount, date, method_type, reason_code,
  reference, comment, method_no, (account_no % 4096)::smallint
FROM unnest(
  $1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::integer[],
  $8::smallint[], $9::text[], $10::text[], $11::text[], $12::bigint[])
AS given (
  refund_no, entry_no, account_no, payment_no, adjustment_no, amount, date, method_type, reason_code,
  reference, comment, method_no)
