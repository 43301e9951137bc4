-- Takes over the states of invoices; the rows of their accounts are locked.
INSERT INTO invoice_state (
  invoice_no, account_no, drafted_us, amount, charges, credits, payments, refunds, increases, decreases,
  ledger, first_item, previous_posted, posted_entry, last_posting, invoice_date, due_date, item_count,
  attached, status, is_open, currency, pending, shard)
SELECT
  invoice_no, account_no, drafted_us, amount, charges, credits, payments, refunds, increases, decreases,
  ledger, first_item, previous_posted, posted_entry, last_posting, invoice_date, due_date, item_count,
  attached, status, is_open, currency, pending, (account_no % 4096)::smallint
FROM unnest(
  $1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[],
  $8::bigint[], $9::bigint[], $10::bigint[], $11::bigint[], $12::bigint[], $13::bigint[], $14::bigint[],
  $15::bigint[], $16::integer[], $17::integer[], $18::integer[], $19::bigint[], $20::smallint[],
  $21::boolean[], $22::text[], $23::bigint[])
AS given (
  invoice_no, account_no, drafted_us, amount, charges, credits, payments, refunds, increases, decreases,
  ledger, first_item, previous_posted, posted_entry, last_posting, invoice_date, due_date, item_count,
  attached, status, is_open, currency, pending)
ON CONFLICT (invoice_no, shard) DO UPDATE SET
  charges = excluded.charges, credits = excluded.credits, payments = excluded.payments,
  refunds = excluded.refunds, increases = excluded.increases, decreases = excluded.decreases,
  ledger = excluded.ledger, previous_posted = excluded.previous_posted,
  posted_entry = excluded.posted_entry, last_posting = excluded.last_posting, attached = excluded.attached,
  status = excluded.status, is_open = excluded.is_open, pending = excluded.pending
