SELECT
  account_no, invoice_no, item_no, payment_no, adjustment_no, refund_no, item_adjustment_no, entry_no,
  posting_no
FROM numbering
