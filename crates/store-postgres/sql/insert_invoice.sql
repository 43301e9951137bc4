-- Appends rows of invoice.
INSERT INTO invoice (
  invoice_no, entry_no, account_no, amount, first_item, item_count, invoice_date, due_date, external_id,
  shard)
SELECT
  invoice_no, entry_no, account_no, amount, first_item, item_count, invoice_date, due_date, external_id,
  (account_no % 4096)::smallint
FROM unnest(
  $1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::integer[], $7::integer[],
  $8::integer[], $9::text[])
AS given (
  invoice_no, entry_no, account_no, amount, first_item, item_count, invoice_date, due_date, external_id)
