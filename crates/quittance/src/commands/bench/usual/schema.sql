-- The usual way to keep credit balances and refunds, as a careful team would write it on the first try: a row per
-- account with its balance, a row per document, a double-entry journal, stored idempotency keys and an outbox. Run by
-- psql with the variable `accounts`. It is an anchor of `quittance bench`, not a part of the product.

CREATE TABLE account (
    id             bigint PRIMARY KEY,
    name           text NOT NULL,
    currency       char(3) NOT NULL,
    status         text NOT NULL DEFAULT 'active',
    credit_balance bigint NOT NULL CHECK (credit_balance >= 0),
    updated_at     timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE refund (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id bigint NOT NULL REFERENCES account,
    amount     bigint NOT NULL CHECK (amount > 0),
    method     text NOT NULL,
    status     text NOT NULL DEFAULT 'processed',
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ON refund (account_id);

CREATE TABLE credit_balance_adjustment (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id bigint NOT NULL REFERENCES account,
    refund_id  bigint REFERENCES refund,
    kind       text NOT NULL,
    amount     bigint NOT NULL CHECK (amount > 0),
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ON credit_balance_adjustment (account_id);

CREATE TABLE journal_line (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    refund_id      bigint NOT NULL REFERENCES refund,
    ledger_account text NOT NULL,
    debit          bigint NOT NULL,
    credit         bigint NOT NULL,
    effective_on   date NOT NULL DEFAULT current_date
);
CREATE INDEX ON journal_line (refund_id);

CREATE TABLE idempotency_key (
    key        text PRIMARY KEY,
    request    text NOT NULL,
    refund_id  bigint NOT NULL REFERENCES refund,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE outbox (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event      text NOT NULL,
    payload    jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);

INSERT INTO account (id, name, currency, credit_balance)
SELECT number, 'Customer ' || number, 'USD', 100000000
FROM generate_series(1, :accounts) AS number;

VACUUM ANALYZE;
