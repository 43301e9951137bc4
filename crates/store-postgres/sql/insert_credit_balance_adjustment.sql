-- Appends rows of credit_balance_adjustment.
INSERT INTO credit_balance_adjustment (
  adjustment_no, entry_no, account_no, source_no, amount, cause_no, date, source_kind, cause_kind, increase,
  reason_code, comment, reference, shard)
SELECT
  adjustment_no, entry_no, account_no, source_no, amount, cause_no, date, source_kind, cause_kind, increase,
  reason_code, comment, reference, (account_no % 4096)::smallint
FROM unnest(
  $1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::integer[],
  $8::smallint[], $9::smallint[], $10::boolean[], $11::text[], $12::text[], $13::text[])
AS given (
  adjustment_no, entry_no, account_no, source_no, amount, cause_no, date, source_kind, cause_kind, increase,
  reason_code, comment, reference)
