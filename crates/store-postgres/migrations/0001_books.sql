-- The books. Tables of the first part are the history: append-only, keyed by numbers that ascend, so a
-- commit writes to the end of each. Tables of the second part are projections, written in the same
-- transaction as the history; they may be dropped and rebuilt from it.
-- Dates are integers YYYYMMDD, instants are unix microseconds, amounts are minor units.
--
-- shard is account_no % 4096, as in every public id; it stands in every primary key, so that each table
-- can be distributed by it and a document that is asked for by its id is on one shard.

CREATE TABLE entry (
  entry_no bigint NOT NULL, account_no bigint NOT NULL, at_us bigint NOT NULL, previous_no bigint,
  origin_id bigint NOT NULL, shard smallint NOT NULL, key_hash bytea NOT NULL, fingerprint bytea NOT NULL,
  facts bytea NOT NULL, request_id text,
  PRIMARY KEY (entry_no, shard));
CREATE UNIQUE INDEX entry__key_hash ON entry (key_hash);

-- Who asked, for what, through which door: few distinct rows. origin_id is a hash of the three.
CREATE TABLE origin (
  origin_id bigint NOT NULL PRIMARY KEY, command text NOT NULL, actor text NOT NULL, door text NOT NULL);

CREATE TABLE posting (
  posting_no bigint NOT NULL, entry_no bigint NOT NULL, account_no bigint NOT NULL, amount bigint NOT NULL,
  document_no bigint NOT NULL, invoice_no bigint, invoice_balance bigint, invoice_previous bigint,
  credit_balance bigint, credit_previous bigint, date integer NOT NULL, debit integer NOT NULL,
  credit integer NOT NULL, document_kind smallint NOT NULL, shard smallint NOT NULL,
  invoice_raises boolean, credit_raises boolean,
  CONSTRAINT posting__amount_positive CHECK (amount > 0),
  CONSTRAINT posting__credit_not_negative CHECK (credit_balance >= 0),
  PRIMARY KEY (posting_no, shard));

CREATE TABLE account (
  account_no bigint NOT NULL, entry_no bigint NOT NULL, shard smallint NOT NULL,
  automatic_transfer smallint NOT NULL, automatic_application smallint NOT NULL, currency text NOT NULL,
  name text NOT NULL, external_id text,
  PRIMARY KEY (account_no, shard));
CREATE UNIQUE INDEX account__external_id ON account (external_id) WHERE external_id IS NOT NULL;

-- change_id is the entry's number: an entry changes an account once.
CREATE TABLE account_change (
  change_id bigint NOT NULL, account_no bigint NOT NULL, shard smallint NOT NULL, status smallint,
  automatic_transfer smallint, automatic_application smallint, name text,
  PRIMARY KEY (change_id, shard));
CREATE INDEX account_change__account ON account_change (account_no, change_id);

CREATE TABLE setting_change (
  change_id bigint NOT NULL PRIMARY KEY, settings text NOT NULL);

CREATE TABLE invoice (
  invoice_no bigint NOT NULL, entry_no bigint NOT NULL, account_no bigint NOT NULL, amount bigint NOT NULL,
  first_item bigint NOT NULL, item_count integer NOT NULL, invoice_date integer NOT NULL,
  due_date integer NOT NULL, shard smallint NOT NULL, external_id text,
  PRIMARY KEY (invoice_no, shard));
CREATE UNIQUE INDEX invoice__external_id ON invoice (external_id) WHERE external_id IS NOT NULL;

CREATE TABLE invoice_item (
  invoice_no bigint NOT NULL, item_no bigint NOT NULL, account_no bigint NOT NULL, amount bigint NOT NULL,
  tax_on bigint, ledger_account integer NOT NULL, kind smallint NOT NULL, shard smallint NOT NULL, sku text,
  description text, quantity text, unit_price text,
  PRIMARY KEY (invoice_no, item_no, shard));
CREATE INDEX invoice_item__item ON invoice_item (item_no);

CREATE TABLE payment (
  payment_no bigint NOT NULL, entry_no bigint NOT NULL, account_no bigint NOT NULL, amount bigint NOT NULL,
  credit_balance_amount bigint NOT NULL, adjustment_no bigint, date integer NOT NULL,
  method_type smallint NOT NULL, shard smallint NOT NULL, reference text, comment text,
  PRIMARY KEY (payment_no, shard));

CREATE TABLE payment_application (
  payment_no bigint NOT NULL, invoice_no bigint NOT NULL, account_no bigint NOT NULL, amount bigint NOT NULL,
  line integer NOT NULL, shard smallint NOT NULL,
  PRIMARY KEY (payment_no, line, shard));

CREATE TABLE credit_balance_adjustment (
  adjustment_no bigint NOT NULL, entry_no bigint NOT NULL, account_no bigint NOT NULL,
  source_no bigint NOT NULL, amount bigint NOT NULL, cause_no bigint, date integer NOT NULL,
  source_kind smallint NOT NULL, cause_kind smallint, shard smallint NOT NULL, increase boolean NOT NULL,
  reason_code text NOT NULL, comment text, reference text,
  CONSTRAINT credit_balance_adjustment__amount_positive CHECK (amount > 0),
  PRIMARY KEY (adjustment_no, shard));

CREATE TABLE refund (
  refund_no bigint NOT NULL, entry_no bigint NOT NULL, account_no bigint NOT NULL, payment_no bigint,
  adjustment_no bigint, amount bigint NOT NULL, date integer NOT NULL, method_type smallint NOT NULL,
  shard smallint NOT NULL, reason_code text NOT NULL, reference text, comment text,
  CONSTRAINT refund__amount_positive CHECK (amount > 0),
  PRIMARY KEY (refund_no, shard));

-- Only refunds of payments have parts. The index is the price of knowing what is left of a payment.
CREATE TABLE refund_part (
  refund_no bigint NOT NULL, payment_no bigint NOT NULL, invoice_no bigint NOT NULL,
  account_no bigint NOT NULL, amount bigint NOT NULL, line integer NOT NULL, shard smallint NOT NULL,
  PRIMARY KEY (refund_no, line, shard));
CREATE INDEX refund_part__payment ON refund_part (payment_no);

-- The index is the price of knowing what is left of an item.
CREATE TABLE invoice_item_adjustment (
  item_adjustment_no bigint NOT NULL, entry_no bigint NOT NULL, account_no bigint NOT NULL,
  invoice_no bigint NOT NULL, item_no bigint NOT NULL, amount bigint NOT NULL, cause_no bigint,
  date integer NOT NULL, cause_kind smallint, shard smallint NOT NULL, charge boolean NOT NULL,
  reason_code text NOT NULL, comment text, reference text,
  CONSTRAINT invoice_item_adjustment__amount_positive CHECK (amount > 0),
  PRIMARY KEY (item_adjustment_no, shard));
CREATE INDEX invoice_item_adjustment__item ON invoice_item_adjustment (item_no);

CREATE TABLE canceled (
  number bigint NOT NULL, entry_no bigint NOT NULL, account_no bigint NOT NULL, date integer NOT NULL,
  kind smallint NOT NULL, shard smallint NOT NULL, reason_code text, comment text,
  PRIMARY KEY (kind, number, shard));

-- Part two: projections.

CREATE TABLE account_state (
  account_no bigint NOT NULL, opened_us bigint NOT NULL, credit_balance bigint NOT NULL,
  positive_invoice_balance bigint NOT NULL, negative_invoice_balance bigint NOT NULL, latest_posted bigint,
  last_entry bigint, last_at_us bigint NOT NULL, last_credit_posting bigint, last_credit_date integer,
  dated_ahead integer, status smallint NOT NULL, automatic_transfer smallint NOT NULL,
  automatic_application smallint NOT NULL, shard smallint NOT NULL, currency text NOT NULL,
  CONSTRAINT account_state__credit_not_negative CHECK (credit_balance >= 0),
  PRIMARY KEY (account_no, shard));

CREATE TABLE invoice_state (
  invoice_no bigint NOT NULL, account_no bigint NOT NULL, drafted_us bigint NOT NULL, amount bigint NOT NULL,
  charges bigint NOT NULL, credits bigint NOT NULL, payments bigint NOT NULL, refunds bigint NOT NULL,
  increases bigint NOT NULL, decreases bigint NOT NULL, ledger bigint NOT NULL, first_item bigint NOT NULL,
  previous_posted bigint, posted_entry bigint, last_posting bigint, invoice_date integer NOT NULL,
  due_date integer NOT NULL, item_count integer NOT NULL, attached bigint NOT NULL, status smallint NOT NULL,
  shard smallint NOT NULL, is_open boolean NOT NULL, currency text NOT NULL,
  PRIMARY KEY (invoice_no, shard));
CREATE INDEX invoice_state__open ON invoice_state (account_no, invoice_no) WHERE is_open;

-- Debits and credits per day. slot keeps committers out of each other's way; a reader sums over it.
CREATE TABLE day_total (
  slot smallint NOT NULL, date integer NOT NULL, ledger_account integer NOT NULL, debit bigint NOT NULL,
  credit bigint NOT NULL, currency text NOT NULL,
  PRIMARY KEY (currency, date, ledger_account, slot));

-- Part three: who writes, and with which numbers.

-- The last number given out, per kind. Taken after the accounts are locked and committed at once, so
-- numbers ascend per account, and only a commit that fails leaves a gap.
CREATE TABLE numbering (
  only_row smallint NOT NULL PRIMARY KEY, account_no bigint NOT NULL, invoice_no bigint NOT NULL,
  item_no bigint NOT NULL, payment_no bigint NOT NULL, adjustment_no bigint NOT NULL,
  refund_no bigint NOT NULL, item_adjustment_no bigint NOT NULL, entry_no bigint NOT NULL,
  posting_no bigint NOT NULL, committer_no bigint NOT NULL);
INSERT INTO numbering VALUES (1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);

-- Each committer locks its row while it works on a batch. Whoever locks them all knows that every number
-- given out before is either in the history or never will be.
CREATE TABLE committer (committer_no bigint NOT NULL PRIMARY KEY, registered_us bigint NOT NULL);

-- Locked for share by every batch, for update by one that changes the settings.
CREATE TABLE organisation (only_row smallint NOT NULL PRIMARY KEY);
INSERT INTO organisation VALUES (1);

CREATE TABLE api_key (
  name text NOT NULL PRIMARY KEY, created_us bigint NOT NULL, revoked_us bigint, role smallint NOT NULL,
  hash bytea NOT NULL);
