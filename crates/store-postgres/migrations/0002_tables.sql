-- Goes into the numbers of origins that hold what callers write, so that nobody can make two that are alike.
CREATE TABLE origin_salt (only_row smallint NOT NULL PRIMARY KEY, salt text NOT NULL);
INSERT INTO origin_salt VALUES (1, 'salt of this database');

-- Who asked for a refund, and when, to sum up those of one person; see approval::Asker.
CREATE TABLE refund_asker (
  at_us bigint NOT NULL, refund_no bigint NOT NULL, account_no bigint NOT NULL, shard smallint NOT NULL,
  asker text NOT NULL,
  PRIMARY KEY (asker, at_us, refund_no, shard));

-- Locked by whoever sums up the refunds of a person.
CREATE TABLE asker_lock (asker text NOT NULL PRIMARY KEY);

-- Facts about payment methods, orders and labels, as JSON; part of the history. Labels stand under the kind of their
-- document and 64. fact_no is the entry's number times 1000,
-- and a place within the entry. The index is the price of telling the life of one order.
CREATE TABLE gateway_fact (
  fact_no bigint NOT NULL, entry_no bigint NOT NULL, account_no bigint NOT NULL, document_no bigint NOT NULL,
  document_kind smallint NOT NULL, shard smallint NOT NULL, fact text NOT NULL,
  PRIMARY KEY (fact_no, shard));
CREATE INDEX gateway_fact__document ON gateway_fact (document_kind, document_no, fact_no);

-- Values of custom fields, to look for documents by them; always current.
CREATE TABLE custom_field_value (
  number bigint NOT NULL, account_no bigint NOT NULL, kind smallint NOT NULL, shard smallint NOT NULL,
  field text NOT NULL, value text NOT NULL,
  PRIMARY KEY (kind, field, value, number, shard));
CREATE INDEX custom_field_value__document ON custom_field_value (kind, number);

-- Words of the names of accounts, in small letters, to look for accounts by their beginnings; always current. word: bytes,
-- because a beginning is a range of them. The index on accounts is the price of taking a name away.
CREATE TABLE account_word (
  account_no bigint NOT NULL, shard smallint NOT NULL, word bytea NOT NULL,
  PRIMARY KEY (word, account_no, shard));
CREATE INDEX account_word__account ON account_word (account_no);

-- The last account whose name was taken from the old schema. Empty when everything is.
CREATE TABLE word_filling (account_no bigint NOT NULL PRIMARY KEY);

-- Ids that a gateway gave: rank 1 for that of the transaction, 2 for the second id. Ids of earlier attempts
-- stay, because a notice may name them.
CREATE TABLE gateway_reference (
  gateway_no integer NOT NULL, account_no bigint NOT NULL, document_no bigint NOT NULL,
  document_kind smallint NOT NULL, rank smallint NOT NULL, shard smallint NOT NULL, id text NOT NULL,
  PRIMARY KEY (gateway_no, id, rank, document_kind, document_no, shard));

-- What these facts come to: projections.
CREATE TABLE payment_method_state (
  method_no bigint NOT NULL, account_no bigint NOT NULL, shard smallint NOT NULL, body text NOT NULL,
  PRIMARY KEY (method_no, shard));
CREATE INDEX payment_method_state__account ON payment_method_state (account_no, method_no);

-- due_us: when a worker acts. attention_us: when it was placed, if a person has to look at it or,
-- much earlier than any instant, approve it. sent_us: when it
-- was sent, if the gateway must have it on record.
CREATE TABLE gateway_order (
  document_no bigint NOT NULL, account_no bigint NOT NULL, due_us bigint, attention_us bigint, sent_us bigint,
  gateway_no integer NOT NULL, document_kind smallint NOT NULL, shard smallint NOT NULL,
  body text NOT NULL,
  PRIMARY KEY (document_no, document_kind, shard));
CREATE INDEX gateway_order__due ON gateway_order (gateway_no, due_us, document_kind, document_no) WHERE due_us IS NOT NULL;
CREATE INDEX gateway_order__attention ON gateway_order (attention_us, document_kind, document_no)
  WHERE attention_us IS NOT NULL;
CREATE INDEX gateway_order__sent ON gateway_order (gateway_no, sent_us, document_kind, document_no)
  WHERE sent_us IS NOT NULL;

-- Roles of an API key, as JSON, when it expires, and the person it belongs to. A program of schema 1 knows api_key.role only.
CREATE TABLE api_key_access (
  name text NOT NULL PRIMARY KEY, expires_us bigint, roles text NOT NULL, person text);

-- The audit log: blocks that seal spans of the history. leaves: number and hash of each entry. Never changed.
CREATE TABLE audit_block (
  block_no bigint NOT NULL PRIMARY KEY, first_no bigint NOT NULL, last_no bigint NOT NULL, made_us bigint NOT NULL,
  previous bytea NOT NULL, root bytea NOT NULL, hash bytea NOT NULL, signature bytea, leaves bytea NOT NULL);

-- What is beside the history and may be changed and erased; kind as in engine::SideKind.
-- id: bytes, because lists are in their order.
CREATE TABLE side_record (
  version bigint NOT NULL, kind smallint NOT NULL, id bytea NOT NULL, body text NOT NULL,
  PRIMARY KEY (kind, id));

-- Credentials of gateways, encrypted; not part of the history.
CREATE TABLE gateway_secret (
  name text NOT NULL PRIMARY KEY, stored_us bigint NOT NULL, sealed bytea NOT NULL);
