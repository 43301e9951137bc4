-- Appends rows of invoice_item.
INSERT INTO invoice_item (
  invoice_no, item_no, account_no, amount, tax_on, ledger_account, kind, sku, description, quantity,
  unit_price, shard)
SELECT
  invoice_no, item_no, account_no, amount, tax_on, ledger_account, kind, sku, description, quantity,
  unit_price, (account_no % 4096)::smallint
FROM unnest(
  $1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::integer[], $7::smallint[],
  $8::text[], $9::text[], $10::text[], $11::text[])
AS given (
  invoice_no, item_no, account_no, amount, tax_on, ledger_account, kind, sku, description, quantity,
  unit_price)
