-- Appends rows of refund_part.
INSERT INTO refund_part (
  refund_no, payment_no, invoice_no, account_no, amount, line, shard)
SELECT
  refund_no, payment_no, invoice_no, account_no, amount, line, (account_no % 4096)::smallint
FROM unnest(
  $1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::integer[])
AS given (
  refund_no, payment_no, invoice_no, account_no, amount, line)
