SELECT
  account_no, invoice_no, item_no, payment_no, adjustment_no, refund_no, item_adjustment_no, entry_no,
  posting_no, coalesce(method_no, 0)
FROM numbering n
