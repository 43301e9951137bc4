-- Appends rows of invoice_item_adjustment.
INSERT INTO invoice_item_adjustment (
  item_adjustment_no, entry_no, account_no, invoice_no, item_no, amount, cause_no, date, cause_kind, charge,
  reason_code, comment, reference, shard)
SELECT
  item_adjustment_no, entry_no, account_no, invoice_no, item_no, amount, cause_no, date, cause_kind, charge,
  reason_code, comment, reference, (account_no % 4096)::smallint
FROM unnest(
  $1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[],
  $8::integer[], $9::smallint[], $10::boolean[], $11::text[], $12::text[], $13::text[])
AS given (
  item_adjustment_no, entry_no, account_no, invoice_no, item_no, amount, cause_no, date, cause_kind, charge,
  reason_code, comment, reference)
