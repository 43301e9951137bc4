-- One request the usual way: refund a cent of a credit balance, in a transaction of its own. Run by pgbench with
-- prepared statements and the variable `accounts`; a transaction is a request. `requests` of 64 clients wait for one of
-- 32 connections, as with a connection pool of that size, so pgbench is given 32 clients.
\set account random(1, :accounts)
\set key random(1, 9000000000000000000)
BEGIN;
-- Was it done before?
SELECT refund_id FROM idempotency_key WHERE key = md5((:key)::text);
-- Is there enough? Nobody else may take it meanwhile.
SELECT credit_balance, currency, status FROM account WHERE id = :account FOR UPDATE;
INSERT INTO refund (account_id, amount, method) VALUES (:account, 1, 'check') RETURNING id AS refund \gset
INSERT INTO credit_balance_adjustment (account_id, refund_id, kind, amount) VALUES (:account, :refund, 'decrease', 1);
INSERT INTO journal_line (refund_id, ledger_account, debit, credit)
VALUES (:refund, 'customer_cash_on_account', 1, 0), (:refund, 'bank', 0, 1);
UPDATE account SET credit_balance = credit_balance - 1, updated_at = now() WHERE id = :account;
INSERT INTO idempotency_key (key, request, refund_id) VALUES (md5((:key)::text), 'refund_credit_balance', :refund);
INSERT INTO outbox (event, payload)
VALUES ('refund.created', jsonb_build_object('refund', (:refund)::bigint, 'account', (:account)::bigint, 'amount', '0.01'));
COMMIT;
