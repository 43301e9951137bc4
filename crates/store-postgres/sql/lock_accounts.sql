-- Locks every account of a batch, in the order of numbers, and answers its state. $1 accounts, $2 invoices,
-- $3 payments, $4 credit balance adjustments, $5 invoice item adjustments, $6 refunds,
-- $7 payment methods: a document stays on its account.
SELECT
  account_no, currency, status, automatic_transfer, automatic_application, opened_us, credit_balance,
  positive_invoice_balance, negative_invoice_balance, latest_posted, last_entry, last_credit_posting,
  last_credit_date, dated_ahead, last_at_us, coalesce(held, 0), gateway_no, default_method_no,
  coalesce(methods, 0), ahead_from
FROM account_state s
WHERE account_no = ANY (ARRAY(
  SELECT unnest($1::bigint[])
  UNION SELECT account_no FROM invoice WHERE invoice_no = ANY ($2::bigint[])
  UNION SELECT account_no FROM payment WHERE payment_no = ANY ($3::bigint[])
  UNION SELECT account_no FROM credit_balance_adjustment WHERE adjustment_no = ANY ($4::bigint[])
  UNION SELECT account_no FROM invoice_item_adjustment WHERE item_adjustment_no = ANY ($5::bigint[])
  UNION SELECT account_no FROM refund WHERE refund_no = ANY ($6::bigint[])
  UNION SELECT account_no FROM payment_method_state WHERE method_no = ANY ($7::bigint[])))
ORDER BY account_no
FOR UPDATE
