-- Who owns what: one account per owner and currency.
CREATE TABLE accounts (
    id         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    owner      text        NOT NULL,
    balance    bigint      NOT NULL DEFAULT 0,
    currency   text        NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX accounts_owner_idx ON accounts (owner);

COMMENT ON COLUMN accounts.balance IS 'in the smallest unit of the currency';
