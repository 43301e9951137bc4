-- Appends rows of posting.
INSERT INTO posting (
  posting_no, entry_no, account_no, amount, document_no, invoice_no, invoice_balance, invoice_previous,
  credit_balance, credit_previous, date, debit, credit, document_kind, invoice_raises, credit_raises, shard)
SELECT
  posting_no, entry_no, account_no, amount, document_no, invoice_no, invoice_balance, invoice_previous,
  credit_balance, credit_previous, date, debit, credit, document_kind, invoice_raises, credit_raises,
  (account_no % 4096)::smallint
FROM unnest(
  $1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[],
  $8::bigint[], $9::bigint[], $10::bigint[], $11::integer[], $12::integer[], $13::integer[],
  $14::smallint[], $15::boolean[], $16::boolean[])
AS given (
  posting_no, entry_no, account_no, amount, document_no, invoice_no, invoice_balance, invoice_previous,
  credit_balance, credit_previous, date, debit, credit, document_kind, invoice_raises, credit_raises)
