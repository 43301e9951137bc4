-- For a connection that only reads a file of schema 1: what the questions of this program name and the file
-- does not have, empty. Nothing of it is written to the file.
CREATE TEMP VIEW account_state AS
  SELECT o.*, 0 AS held, NULL AS gateway_no, NULL AS default_method_no, 0 AS methods, NULL AS ahead_from
  FROM main.account_state o;
CREATE TEMP VIEW invoice_state AS SELECT o.*, 0 AS pending FROM main.invoice_state o;
CREATE TEMP TABLE electronic (kind INTEGER, number INTEGER, method_no INTEGER);
CREATE TEMP TABLE account_change_gateway (
  change_id INTEGER, gateway_no INTEGER, default_method_no INTEGER);
CREATE TEMP TABLE entry_origin (entry_no INTEGER PRIMARY KEY, address TEXT, on_behalf_of TEXT, person TEXT);
CREATE TEMP TABLE refund_asker (asker TEXT, at_us INTEGER, refund_no INTEGER);
CREATE TEMP TABLE custom_field_value (kind INTEGER, field TEXT, value TEXT, number INTEGER);
CREATE TEMP TABLE account_word (word TEXT, account_no INTEGER);
CREATE TEMP TABLE gateway_fact (
  fact_no INTEGER PRIMARY KEY, entry_no INTEGER, account_no INTEGER, document_kind INTEGER,
  document_no INTEGER, fact TEXT);
CREATE TEMP TABLE gateway_reference (
  gateway_no INTEGER, id TEXT, rank INTEGER, document_kind INTEGER, document_no INTEGER);
CREATE TEMP TABLE payment_method_state (
  method_no INTEGER PRIMARY KEY, entry_no INTEGER, account_no INTEGER, body TEXT);
CREATE TEMP TABLE gateway_order (
  document_kind INTEGER, document_no INTEGER, entry_no INTEGER, account_no INTEGER,
  gateway_no INTEGER, due_us INTEGER, attention_us INTEGER, sent_us INTEGER, body TEXT);
CREATE TEMP TABLE api_key_access (name TEXT, roles TEXT, expires_us INTEGER, person TEXT);
CREATE TEMP TABLE audit_block (
  block_no INTEGER PRIMARY KEY, first_no INTEGER, last_no INTEGER, made_us INTEGER, previous BLOB,
  root BLOB, hash BLOB, signature BLOB, leaves BLOB);
CREATE TEMP TABLE side_record (kind INTEGER, id TEXT, version INTEGER, body TEXT);
CREATE TEMP TABLE gateway_secret (name TEXT, sealed BLOB, stored_us INTEGER);
