-- Appends rows of payment_application.
INSERT INTO payment_application (
  payment_no, invoice_no, account_no, amount, line, shard)
SELECT
  payment_no, invoice_no, account_no, amount, line, (account_no % 4096)::smallint
FROM unnest(
  $1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::integer[])
AS given (
  payment_no, invoice_no, account_no, amount, line)
