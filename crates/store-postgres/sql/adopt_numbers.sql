-- A history is read in that has numbers of its own.
UPDATE numbering SET
  account_no = greatest(account_no, $1), invoice_no = greatest(invoice_no, $2),
  item_no = greatest(item_no, $3), payment_no = greatest(payment_no, $4),
  adjustment_no = greatest(adjustment_no, $5), refund_no = greatest(refund_no, $6),
  item_adjustment_no = greatest(item_adjustment_no, $7), entry_no = greatest(entry_no, $8),
  posting_no = greatest(posting_no, $9), method_no = greatest(coalesce(method_no, 0), $10)
