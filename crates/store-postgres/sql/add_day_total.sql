-- Adds to the totals of days, in the order of the primary key: two committers of one slot then wait
-- for each other instead of locking each other out.
INSERT INTO day_total (
  slot, date, ledger_account, debit, credit, currency)
SELECT
  slot, date, ledger_account, debit, credit, currency
FROM unnest(
  $1::smallint[], $2::integer[], $3::integer[], $4::bigint[], $5::bigint[], $6::text[])
AS given (
  slot, date, ledger_account, debit, credit, currency)
ON CONFLICT (currency, date, ledger_account, slot) DO UPDATE SET
  debit = day_total.debit + excluded.debit, credit = day_total.credit + excluded.credit
