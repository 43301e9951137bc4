-- Gateways, in tables that are there. Each statement runs by itself, so that it waits for one table only. What an
-- older server writes has null in these columns, which reads as nothing or zero.
ALTER TABLE account_state ADD COLUMN IF NOT EXISTS held bigint;
ALTER TABLE account_state ADD COLUMN IF NOT EXISTS gateway_no integer;
ALTER TABLE account_state ADD COLUMN IF NOT EXISTS default_method_no bigint;
ALTER TABLE account_state ADD COLUMN IF NOT EXISTS methods bigint;
ALTER TABLE account_state ADD COLUMN IF NOT EXISTS ahead_from integer;
ALTER TABLE invoice_state ADD COLUMN IF NOT EXISTS pending bigint;
ALTER TABLE account_change ADD COLUMN IF NOT EXISTS gateway_no integer;
ALTER TABLE account_change ADD COLUMN IF NOT EXISTS default_method_no bigint;
ALTER TABLE payment ADD COLUMN IF NOT EXISTS method_no bigint;
ALTER TABLE refund ADD COLUMN IF NOT EXISTS method_no bigint;
ALTER TABLE numbering ADD COLUMN IF NOT EXISTS method_no bigint;
-- From where a decision came, for whom, and the person behind the actor, where that is known: part of the history.
ALTER TABLE origin ADD COLUMN IF NOT EXISTS address text;
ALTER TABLE origin ADD COLUMN IF NOT EXISTS on_behalf_of text;
ALTER TABLE origin ADD COLUMN IF NOT EXISTS person text;
