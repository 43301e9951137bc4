-- Schema 1. The history is the truth: tables in the first part are append-only and keyed by dense
-- numbers, so a commit writes to the end of each of them and dirties no random page. Tables in the
-- second part are a cache of the history up to entry meta.folded and may be dropped and rebuilt.
-- Dates are integers YYYYMMDD, instants are unix microseconds, amounts are minor units.

CREATE TABLE meta (key TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;

-- One row per decision: spine of the history, audit trail and events.
-- facts: what happened, as (tag, number) pairs in order; see facts.rs.
CREATE TABLE entry (
  entry_no INTEGER PRIMARY KEY, at_us INTEGER NOT NULL, account_no INTEGER NOT NULL,
  previous_no INTEGER, origin_id INTEGER NOT NULL, request_id TEXT, key_hash BLOB NOT NULL,
  fingerprint BLOB NOT NULL, facts BLOB NOT NULL) STRICT;

-- Who asked, for what, through which door: few distinct rows.
CREATE TABLE origin (
  origin_id INTEGER PRIMARY KEY, command TEXT NOT NULL, actor TEXT NOT NULL, door TEXT NOT NULL) STRICT;

-- The journal. debit and credit are ledger accounts of the chart in setting_change.
CREATE TABLE posting (
  posting_no INTEGER PRIMARY KEY, entry_no INTEGER NOT NULL, account_no INTEGER NOT NULL,
  date INTEGER NOT NULL, debit INTEGER NOT NULL, credit INTEGER NOT NULL,
  amount INTEGER NOT NULL CONSTRAINT posting__amount_positive CHECK (amount > 0),
  document_kind INTEGER NOT NULL, document_no INTEGER NOT NULL,
  invoice_no INTEGER, invoice_balance INTEGER, invoice_previous INTEGER, invoice_raises INTEGER,
  credit_balance INTEGER CONSTRAINT posting__credit_not_negative CHECK (credit_balance >= 0),
  credit_previous INTEGER, credit_raises INTEGER) STRICT;

CREATE TABLE account (
  account_no INTEGER PRIMARY KEY, entry_no INTEGER NOT NULL, external_id TEXT, name TEXT NOT NULL,
  currency TEXT NOT NULL, automatic_transfer INTEGER NOT NULL, automatic_application INTEGER NOT NULL) STRICT;
CREATE UNIQUE INDEX account__external_id ON account (external_id) WHERE external_id IS NOT NULL;

CREATE TABLE account_change (
  change_id INTEGER PRIMARY KEY, entry_no INTEGER NOT NULL, account_no INTEGER NOT NULL, name TEXT,
  status INTEGER, automatic_transfer INTEGER, automatic_application INTEGER) STRICT;
CREATE INDEX account_change__account ON account_change (account_no);

CREATE TABLE setting_change (
  change_id INTEGER PRIMARY KEY, entry_no INTEGER NOT NULL, settings TEXT NOT NULL) STRICT;

CREATE TABLE invoice (
  invoice_no INTEGER PRIMARY KEY, entry_no INTEGER NOT NULL, account_no INTEGER NOT NULL,
  external_id TEXT, invoice_date INTEGER NOT NULL, due_date INTEGER NOT NULL, amount INTEGER NOT NULL,
  first_item INTEGER NOT NULL, item_count INTEGER NOT NULL) STRICT;
CREATE UNIQUE INDEX invoice__external_id ON invoice (external_id) WHERE external_id IS NOT NULL;

CREATE TABLE invoice_item (
  item_no INTEGER PRIMARY KEY, invoice_no INTEGER NOT NULL, kind INTEGER NOT NULL,
  amount INTEGER NOT NULL, ledger_account INTEGER NOT NULL, tax_on INTEGER, sku TEXT,
  description TEXT, quantity TEXT, unit_price TEXT) STRICT;

CREATE TABLE payment (
  payment_no INTEGER PRIMARY KEY, entry_no INTEGER NOT NULL, account_no INTEGER NOT NULL,
  method_type INTEGER NOT NULL, date INTEGER NOT NULL, amount INTEGER NOT NULL,
  credit_balance_amount INTEGER NOT NULL, adjustment_no INTEGER, first_application INTEGER NOT NULL,
  application_count INTEGER NOT NULL, reference TEXT, comment TEXT) STRICT;

CREATE TABLE payment_application (
  application_no INTEGER PRIMARY KEY, payment_no INTEGER NOT NULL, invoice_no INTEGER NOT NULL,
  amount INTEGER NOT NULL) STRICT;

CREATE TABLE credit_balance_adjustment (
  adjustment_no INTEGER PRIMARY KEY, entry_no INTEGER NOT NULL, account_no INTEGER NOT NULL,
  increase INTEGER NOT NULL, source_kind INTEGER NOT NULL, source_no INTEGER NOT NULL,
  amount INTEGER NOT NULL CONSTRAINT credit_balance_adjustment__amount_positive CHECK (amount > 0),
  date INTEGER NOT NULL, reason_code TEXT NOT NULL, comment TEXT, reference TEXT,
  cause_kind INTEGER, cause_no INTEGER) STRICT;

CREATE TABLE refund (
  refund_no INTEGER PRIMARY KEY, entry_no INTEGER NOT NULL, account_no INTEGER NOT NULL,
  payment_no INTEGER, adjustment_no INTEGER, method_type INTEGER NOT NULL, date INTEGER NOT NULL,
  amount INTEGER NOT NULL CONSTRAINT refund__amount_positive CHECK (amount > 0),
  first_part INTEGER, part_count INTEGER, reason_code TEXT NOT NULL, reference TEXT, comment TEXT) STRICT;

-- Only refunds of payments have parts. The index is the price of knowing what is left of a payment.
CREATE TABLE refund_part (
  part_no INTEGER PRIMARY KEY, refund_no INTEGER NOT NULL, payment_no INTEGER NOT NULL,
  invoice_no INTEGER NOT NULL, amount INTEGER NOT NULL) STRICT;
CREATE INDEX refund_part__payment ON refund_part (payment_no);

-- The index is the price of knowing what is left of an item.
CREATE TABLE invoice_item_adjustment (
  item_adjustment_no INTEGER PRIMARY KEY, entry_no INTEGER NOT NULL, account_no INTEGER NOT NULL,
  invoice_no INTEGER NOT NULL, item_no INTEGER NOT NULL, charge INTEGER NOT NULL,
  amount INTEGER NOT NULL CONSTRAINT invoice_item_adjustment__amount_positive CHECK (amount > 0),
  date INTEGER NOT NULL, reason_code TEXT NOT NULL, comment TEXT, reference TEXT,
  cause_kind INTEGER, cause_no INTEGER) STRICT;
CREATE INDEX invoice_item_adjustment__item ON invoice_item_adjustment (item_no);

CREATE TABLE canceled (
  kind INTEGER NOT NULL, number INTEGER NOT NULL, entry_no INTEGER NOT NULL, date INTEGER NOT NULL,
  reason_code TEXT, comment TEXT, PRIMARY KEY (kind, number)) STRICT, WITHOUT ROWID;

-- Part two: caches, written back in sorted bulk.

CREATE TABLE account_state (
  account_no INTEGER PRIMARY KEY, status INTEGER NOT NULL, automatic_transfer INTEGER NOT NULL,
  automatic_application INTEGER NOT NULL, credit_balance INTEGER NOT NULL,
  positive_invoice_balance INTEGER NOT NULL, negative_invoice_balance INTEGER NOT NULL,
  latest_posted INTEGER, last_entry INTEGER, last_at_us INTEGER NOT NULL,
  last_credit_posting INTEGER, last_credit_date INTEGER, dated_ahead INTEGER) STRICT;

CREATE TABLE invoice_state (
  invoice_no INTEGER PRIMARY KEY, status INTEGER NOT NULL, charges INTEGER NOT NULL,
  credits INTEGER NOT NULL, payments INTEGER NOT NULL, refunds INTEGER NOT NULL,
  increases INTEGER NOT NULL, decreases INTEGER NOT NULL, ledger INTEGER NOT NULL,
  attached INTEGER NOT NULL, previous_posted INTEGER, posted_entry INTEGER, last_posting INTEGER) STRICT;

CREATE TABLE open_invoice (
  account_no INTEGER NOT NULL, invoice_no INTEGER NOT NULL,
  PRIMARY KEY (account_no, invoice_no)) STRICT, WITHOUT ROWID;

CREATE TABLE day_total (
  currency TEXT NOT NULL, date INTEGER NOT NULL, ledger_account INTEGER NOT NULL,
  debit INTEGER NOT NULL, credit INTEGER NOT NULL,
  PRIMARY KEY (currency, date, ledger_account)) STRICT, WITHOUT ROWID;

-- slot is the first 63 bits of the key hash, or the next free number after it.
CREATE TABLE idempotency_key (slot INTEGER PRIMARY KEY, entry_no INTEGER NOT NULL) STRICT;

CREATE TABLE api_key (
  name TEXT PRIMARY KEY, hash BLOB NOT NULL, role INTEGER NOT NULL, created_us INTEGER NOT NULL,
  revoked_us INTEGER) STRICT, WITHOUT ROWID;
