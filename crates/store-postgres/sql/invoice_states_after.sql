-- A stretch of all states, for verify.
SELECT
  invoice_no, account_no, status, invoice_date, due_date, drafted_us, amount, charges, credits, payments,
  refunds, increases, decreases, ledger, first_item, item_count, attached, previous_posted, posted_entry,
  last_posting, currency, coalesce(pending, 0)
FROM invoice_state s WHERE invoice_no > $1 ORDER BY invoice_no LIMIT $2
