-- Those who can sign in, and their browser sessions.

CREATE TABLE account (
    id           BLOB    NOT NULL PRIMARY KEY,
    -- `instance`, or the id of the API whose people these are.
    pool         TEXT    NOT NULL,
    email        TEXT    NOT NULL,
    -- The address in lower case, for comparing.
    email_folded TEXT    NOT NULL,
    -- A PHC string: argon2id with its salt and parameters.
    password     TEXT    NOT NULL,
    created_at   INTEGER NOT NULL,
    updated_at   INTEGER NOT NULL,
    UNIQUE (pool, email_folded)
) STRICT, WITHOUT ROWID;

CREATE INDEX account_by_pool ON account (pool, id);

CREATE TABLE session (
    id           BLOB    NOT NULL PRIMARY KEY,
    account      BLOB    NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    -- The keyed hash of the cookie.
    lookup       BLOB    NOT NULL UNIQUE CHECK (length(lookup) = 32),
    created_at   INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL,
    -- It ends then, however much it is used, and earlier after idle_limit microseconds without use.
    expires_at   INTEGER NOT NULL,
    idle_limit   INTEGER NOT NULL,
    address      TEXT,
    agent        TEXT,
    ended_at     INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX session_by_account ON session (account, id);
CREATE INDEX session_by_expiry ON session (expires_at);
