-- Tokens bought with keys. Their texts are derived from family and generation under the master key, which the
-- database never holds: here are keyed hashes only.

CREATE TABLE token_family (
    id           BLOB    NOT NULL PRIMARY KEY,
    key          BLOB    NOT NULL REFERENCES api_key (id) ON DELETE CASCADE,
    -- The text of the key it was bought with; when that ends, its tokens do.
    secret       BLOB    NOT NULL REFERENCES key_generation (id) ON DELETE CASCADE,
    -- The keyed hash of what its token is given again for; one family has it at a time.
    reuse        BLOB    UNIQUE CHECK (length(reuse) = 32),
    -- The keyed hash of its session's name, and the sealed name.
    session      BLOB    CHECK (length(session) = 32),
    session_name BLOB,
    -- Space-separated, sorted.
    scopes       TEXT    NOT NULL,
    newest       INTEGER NOT NULL,
    -- The newest generation that is spent, and all before it; 0 for none.
    spent        INTEGER NOT NULL,
    created_at   INTEGER NOT NULL,
    ends_at      INTEGER,
    ended_at     INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX token_family_by_key ON token_family (key, session);
CREATE INDEX token_family_by_secret ON token_family (secret);
CREATE INDEX token_family_by_end ON token_family (ends_at) WHERE ends_at IS NOT NULL;

CREATE TABLE token (
    lookup     BLOB    NOT NULL PRIMARY KEY CHECK (length(lookup) = 32),
    family     BLOB    NOT NULL REFERENCES token_family (id) ON DELETE CASCADE,
    generation INTEGER NOT NULL,
    part       TEXT    NOT NULL CHECK (part IN ('access', 'refresh')),
    issued_at  INTEGER NOT NULL,
    expires_at INTEGER,
    UNIQUE (family, generation, part)
) STRICT, WITHOUT ROWID;

-- The kinds of change are the program's list, which grows: the database does not repeat it.
CREATE TABLE change_of_any_kind (
    seq        INTEGER NOT NULL PRIMARY KEY,
    kind       TEXT    NOT NULL,
    subject    BLOB    NOT NULL,
    lookups    BLOB    NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

INSERT INTO change_of_any_kind SELECT seq, kind, subject, lookups, created_at FROM change;
DROP TABLE change;
ALTER TABLE change_of_any_kind RENAME TO change;
CREATE INDEX change_by_age ON change (created_at);
