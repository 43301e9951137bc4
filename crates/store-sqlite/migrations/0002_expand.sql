-- Open invoices in the order they fall due, so that a page of the oldest needs no others. The old table
-- stays until the contraction; a program of schema 1 goes on with it.
CREATE TABLE open_invoice_due (
  account_no INTEGER NOT NULL, due_date INTEGER NOT NULL, invoice_date INTEGER NOT NULL,
  invoice_no INTEGER NOT NULL,
  PRIMARY KEY (account_no, due_date, invoice_date, invoice_no)) STRICT, WITHOUT ROWID;

-- How far the table is filled from the old one: account and invoice of the last row taken. Gone when
-- everything is.
CREATE TABLE filling (account_no INTEGER NOT NULL, invoice_no INTEGER NOT NULL) STRICT;
INSERT INTO filling VALUES (0, 0);

-- Gateways. What an older program writes with a column list may have new columns; what it writes without one
-- (payment, refund, account_change) has a table beside it instead. A program of schema 1 goes on until the
-- first gateway is configured; from then on it would pass over what is held, and cannot open the file.
ALTER TABLE account_state ADD COLUMN held INTEGER NOT NULL DEFAULT 0;
ALTER TABLE account_state ADD COLUMN gateway_no INTEGER;
ALTER TABLE account_state ADD COLUMN default_method_no INTEGER;
ALTER TABLE account_state ADD COLUMN methods INTEGER NOT NULL DEFAULT 0;
ALTER TABLE account_state ADD COLUMN ahead_from INTEGER;
ALTER TABLE invoice_state ADD COLUMN pending INTEGER NOT NULL DEFAULT 0;

-- Drafts, to find those that keep an accounting period from being closed. An invoice that is posted at once never
-- stands here.
CREATE INDEX invoice_state__draft ON invoice_state (invoice_no) WHERE status = 0;

-- The stored method of an electronic payment (kind 3) or refund (5).
CREATE TABLE electronic (
  kind INTEGER NOT NULL, number INTEGER NOT NULL, method_no INTEGER NOT NULL,
  PRIMARY KEY (kind, number)) STRICT, WITHOUT ROWID;

CREATE TABLE account_change_gateway (
  change_id INTEGER PRIMARY KEY, gateway_no INTEGER, default_method_no INTEGER) STRICT;

-- From where a decision came and for whom, where that is known; part of the history.
CREATE TABLE entry_origin (entry_no INTEGER PRIMARY KEY, address TEXT, on_behalf_of TEXT, person TEXT) STRICT;

-- Who asked for a refund, and when, to sum up those of one person; see approval::Asker.
CREATE TABLE refund_asker (
  asker TEXT NOT NULL, at_us INTEGER NOT NULL, refund_no INTEGER NOT NULL,
  PRIMARY KEY (asker, at_us, refund_no)) STRICT, WITHOUT ROWID;

-- Facts about payment methods, orders and labels, as JSON; part of the history. Labels stand under the kind of their
-- document and 64. The index is the price of telling
-- the life of one order.
CREATE TABLE gateway_fact (
  fact_no INTEGER PRIMARY KEY, entry_no INTEGER NOT NULL, account_no INTEGER NOT NULL,
  document_kind INTEGER NOT NULL, document_no INTEGER NOT NULL, fact TEXT NOT NULL) STRICT;
CREATE INDEX gateway_fact__document ON gateway_fact (document_kind, document_no);

-- Values of custom fields, to look for documents by them; always current.
CREATE TABLE custom_field_value (
  kind INTEGER NOT NULL, field TEXT NOT NULL, value TEXT NOT NULL, number INTEGER NOT NULL,
  PRIMARY KEY (kind, field, value, number)) STRICT, WITHOUT ROWID;
CREATE INDEX custom_field_value__document ON custom_field_value (kind, number);

-- Words of the names of accounts, in small letters, to look for accounts by their beginnings; always current. The index on
-- accounts is the price of taking a name away.
CREATE TABLE account_word (
  word TEXT NOT NULL, account_no INTEGER NOT NULL,
  PRIMARY KEY (word, account_no)) STRICT, WITHOUT ROWID;
CREATE INDEX account_word__account ON account_word (account_no);

-- The last account whose name was taken from the old schema. Gone when everything is.
CREATE TABLE word_filling (account_no INTEGER NOT NULL) STRICT;
INSERT INTO word_filling VALUES (0);

-- Ids that a gateway gave: rank 1 for that of the transaction, 2 for the second id. Ids of earlier attempts
-- stay, because a notice may name them.
CREATE TABLE gateway_reference (
  gateway_no INTEGER NOT NULL, id TEXT NOT NULL, rank INTEGER NOT NULL, document_kind INTEGER NOT NULL,
  document_no INTEGER NOT NULL,
  PRIMARY KEY (gateway_no, id, rank, document_kind, document_no)) STRICT, WITHOUT ROWID;

-- What these facts come to, always current: written with them. entry_no is the decision that changed the row
-- last.
CREATE TABLE payment_method_state (
  method_no INTEGER PRIMARY KEY, entry_no INTEGER NOT NULL, account_no INTEGER NOT NULL,
  body TEXT NOT NULL) STRICT;
CREATE INDEX payment_method_state__account ON payment_method_state (account_no);

-- due_us: when a worker acts. attention_us: when it was placed, if a person has to look at it or,
-- much earlier than any instant, approve it. sent_us: when it
-- was sent, if the gateway must have it on record.
CREATE TABLE gateway_order (
  document_kind INTEGER NOT NULL, document_no INTEGER NOT NULL, entry_no INTEGER NOT NULL,
  account_no INTEGER NOT NULL, gateway_no INTEGER NOT NULL, due_us INTEGER, attention_us INTEGER,
  sent_us INTEGER, body TEXT NOT NULL, PRIMARY KEY (document_kind, document_no)) STRICT;
CREATE INDEX gateway_order__due ON gateway_order (gateway_no, due_us, document_kind, document_no)
  WHERE due_us IS NOT NULL;
CREATE INDEX gateway_order__attention ON gateway_order (attention_us, document_kind, document_no)
  WHERE attention_us IS NOT NULL;
CREATE INDEX gateway_order__sent ON gateway_order (gateway_no, sent_us, document_kind, document_no)
  WHERE sent_us IS NOT NULL;

-- Roles of an API key, as JSON, when it expires, and the person it belongs to. A program of schema 1 knows api_key.role only.
CREATE TABLE api_key_access (
  name TEXT PRIMARY KEY, roles TEXT NOT NULL, expires_us INTEGER, person TEXT) STRICT, WITHOUT ROWID;

-- The audit log: blocks that seal spans of the history. leaves: number and hash of each entry. Never changed.
CREATE TABLE audit_block (
  block_no INTEGER PRIMARY KEY, first_no INTEGER NOT NULL, last_no INTEGER NOT NULL,
  made_us INTEGER NOT NULL, previous BLOB NOT NULL, root BLOB NOT NULL, hash BLOB NOT NULL,
  signature BLOB, leaves BLOB NOT NULL) STRICT;

-- What is beside the history and may be changed and erased; kind as in engine::SideKind.
CREATE TABLE side_record (
  kind INTEGER NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL, body TEXT NOT NULL,
  PRIMARY KEY (kind, id)) STRICT, WITHOUT ROWID;

-- Credentials of gateways, encrypted; not part of the history.
CREATE TABLE gateway_secret (
  name TEXT PRIMARY KEY, sealed BLOB NOT NULL, stored_us INTEGER NOT NULL) STRICT, WITHOUT ROWID;
