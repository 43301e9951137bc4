-- Gives out numbers of every kind at once and answers the last ones after it. Committed by itself, at once.
UPDATE numbering SET
  account_no = account_no + $1, invoice_no = invoice_no + $2, item_no = item_no + $3,
  payment_no = payment_no + $4, adjustment_no = adjustment_no + $5, refund_no = refund_no + $6,
  item_adjustment_no = item_adjustment_no + $7, entry_no = entry_no + $8, posting_no = posting_no + $9,
  method_no = coalesce(method_no, 0) + $10
RETURNING
  account_no, invoice_no, item_no, payment_no, adjustment_no, refund_no, item_adjustment_no, entry_no,
  posting_no, method_no
