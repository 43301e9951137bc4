-- Takes over the states of accounts; their rows are locked.
INSERT INTO account_state (
  account_no, opened_us, credit_balance, positive_invoice_balance, negative_invoice_balance, latest_posted,
  last_entry, last_at_us, last_credit_posting, last_credit_date, dated_ahead, status, automatic_transfer,
  automatic_application, currency, held, gateway_no, default_method_no, methods, ahead_from, shard)
SELECT
  account_no, opened_us, credit_balance, positive_invoice_balance, negative_invoice_balance, latest_posted,
  last_entry, last_at_us, last_credit_posting, last_credit_date, dated_ahead, status, automatic_transfer,
  automatic_application, currency, held, gateway_no, default_method_no, methods, ahead_from,
  (account_no % 4096)::smallint
FROM unnest(
  $1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[],
  $8::bigint[], $9::bigint[], $10::integer[], $11::integer[], $12::smallint[], $13::smallint[],
  $14::smallint[], $15::text[], $16::bigint[], $17::integer[], $18::bigint[], $19::bigint[],
  $20::integer[])
AS given (
  account_no, opened_us, credit_balance, positive_invoice_balance, negative_invoice_balance, latest_posted,
  last_entry, last_at_us, last_credit_posting, last_credit_date, dated_ahead, status, automatic_transfer,
  automatic_application, currency, held, gateway_no, default_method_no, methods, ahead_from)
ON CONFLICT (account_no, shard) DO UPDATE SET
  credit_balance = excluded.credit_balance, positive_invoice_balance = excluded.positive_invoice_balance,
  negative_invoice_balance = excluded.negative_invoice_balance, latest_posted = excluded.latest_posted,
  last_entry = excluded.last_entry, last_at_us = excluded.last_at_us,
  last_credit_posting = excluded.last_credit_posting, last_credit_date = excluded.last_credit_date,
  dated_ahead = excluded.dated_ahead, status = excluded.status,
  automatic_transfer = excluded.automatic_transfer, automatic_application = excluded.automatic_application,
  held = excluded.held, gateway_no = excluded.gateway_no, default_method_no = excluded.default_method_no,
  methods = excluded.methods, ahead_from = excluded.ahead_from
