CREATE TABLE users (
    username            text        PRIMARY KEY,
    hashed_password     text        NOT NULL,
    full_name           text        NOT NULL,
    email               text        NOT NULL UNIQUE,
    password_changed_at timestamptz NOT NULL DEFAULT '0001-01-01 00:00:00Z',
    created_at          timestamptz NOT NULL DEFAULT now()
);

ALTER TABLE accounts ADD CONSTRAINT accounts_owner_fkey FOREIGN KEY (owner) REFERENCES users (username);
ALTER TABLE accounts ADD CONSTRAINT accounts_owner_currency_key UNIQUE (owner, currency);
