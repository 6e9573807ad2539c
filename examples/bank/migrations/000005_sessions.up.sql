CREATE TABLE sessions (
    id            uuid        PRIMARY KEY,
    username      text        NOT NULL REFERENCES users (username),
    refresh_token text        NOT NULL,
    user_agent    text        NOT NULL,
    client_ip     text        NOT NULL,
    is_blocked    boolean     NOT NULL DEFAULT false,
    expires_at    timestamptz NOT NULL,
    created_at    timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX sessions_username_idx ON sessions (username);
