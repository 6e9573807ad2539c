-- Every change of a balance, so that a balance can be proven.
CREATE TABLE entries (
    id         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id bigint      NOT NULL REFERENCES accounts (id),
    amount     bigint      NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX entries_account_id_idx ON entries (account_id);

COMMENT ON COLUMN entries.amount IS 'can be negative or positive';
