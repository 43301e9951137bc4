-- Takes over the states of payment methods; the rows of their accounts are locked.
INSERT INTO payment_method_state (
  method_no, account_no, body, shard)
SELECT
  method_no, account_no, body, (account_no % 4096)::smallint
FROM unnest(
  $1::bigint[], $2::bigint[], $3::text[])
AS given (
  method_no, account_no, body)
ON CONFLICT (method_no, shard) DO UPDATE SET body = excluded.body
