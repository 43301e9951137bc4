SELECT
  invoice_no, item_no, kind, amount, ledger_account, tax_on, sku, description, quantity, unit_price
FROM invoice_item WHERE invoice_no = ANY ($1::bigint[]) ORDER BY invoice_no, item_no
