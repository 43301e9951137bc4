-- A stretch of all states, for verify.
SELECT
  account_no, currency, status, automatic_transfer, automatic_application, opened_us, credit_balance,
  positive_invoice_balance, negative_invoice_balance, latest_posted, last_entry, last_credit_posting,
  last_credit_date, dated_ahead, last_at_us, coalesce(held, 0), gateway_no, default_method_no,
  coalesce(methods, 0), ahead_from
FROM account_state s WHERE account_no > $1 ORDER BY account_no LIMIT $2
