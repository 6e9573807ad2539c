CREATE TABLE transfers (
    id              bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    from_account_id bigint      NOT NULL REFERENCES accounts (id),
    to_account_id   bigint      NOT NULL REFERENCES accounts (id),
    amount          bigint      NOT NULL CHECK (amount > 0),
    created_at      timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT transfers_two_accounts CHECK (from_account_id <> to_account_id)
);

CREATE INDEX transfers_from_to_idx ON transfers (from_account_id, to_account_id);
CREATE INDEX transfers_to_idx ON transfers (to_account_id);
