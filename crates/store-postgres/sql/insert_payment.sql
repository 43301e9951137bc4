-- Appends rows of payment.
INSERT INTO payment (
  payment_no, entry_no, account_no, amount, credit_balance_amount, adjustment_no, date, method_type,
  reference, comment, method_no, shard)
SELECT
  payment_no, entry_no, account_no, amount, credit_balance_amount, adjustment_no, date, method_type,
  reference, comment, method_no, (account_no % 4096)::smallint
FROM unnest(
  $1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::integer[],
  $8::smallint[], $9::text[], $10::text[], $11::bigint[])
AS given (
  payment_no, entry_no, account_no, amount, credit_balance_amount, adjustment_no, date, method_type,
  reference, comment, method_no)
