-- A row of a family is long, and as part of the tree by which it was found it made that tree high: two thousand families were
-- four pages deep. Now a low tree says where the row lies, which is where it was made.
-- What is told in the feed lies in the order of its age already.

CREATE TABLE token_family_in_order (
    id            BLOB    NOT NULL PRIMARY KEY,
    -- What it was bought with: a key and its text, a client, a grant, or an account.
    key           BLOB    REFERENCES api_key (id) ON DELETE CASCADE,
    secret        BLOB    REFERENCES key_generation (id) ON DELETE CASCADE,
    client        BLOB    REFERENCES client (id) ON DELETE CASCADE,
    client_grant  BLOB    REFERENCES client_grant (id) ON DELETE CASCADE,
    account       BLOB    REFERENCES account (id) ON DELETE CASCADE,
    -- The family whose token it was exchanged for.
    source        BLOB    REFERENCES token_family_in_order (id) ON DELETE CASCADE,
    reuse         BLOB    CHECK (length(reuse) = 32),
    session       BLOB    CHECK (length(session) = 32),
    session_name  BLOB,
    scopes        TEXT    NOT NULL,
    -- What else its tokens are made of, as JSON.
    details       TEXT    NOT NULL,
    newest        INTEGER NOT NULL,
    spent         INTEGER NOT NULL,
    created_at    INTEGER NOT NULL,
    ends_at       INTEGER,
    ended_at      INTEGER,
    -- When the newest generation was issued, and when its access token ends.
    issued_at     INTEGER NOT NULL,
    access_ends_at INTEGER,
    -- A JSON array: of each token that is not spent its generation, part, keyed hash (of one that is named after its family
    -- what follows the name), dates and own scopes.
    tokens        TEXT    NOT NULL
) STRICT;

CREATE TABLE token_of_family (
    lookup     BLOB    NOT NULL PRIMARY KEY CHECK (length(lookup) = 32),
    family     BLOB    NOT NULL REFERENCES token_family_in_order (id) ON DELETE CASCADE,
    generation INTEGER NOT NULL,
    part       TEXT    NOT NULL CHECK (part IN ('access', 'refresh')),
    issued_at  INTEGER NOT NULL,
    expires_at INTEGER,
    -- The sealed text, where it cannot be made again and may have to be given again.
    sealed     BLOB
) STRICT, WITHOUT ROWID;

INSERT INTO token_family_in_order (id, key, secret, client, client_grant, account, source, reuse, session,
    session_name, scopes, details, newest, spent, created_at, ends_at, ended_at, issued_at, access_ends_at, tokens)
SELECT id, key, secret, client, client_grant, account, source, reuse, session,
    session_name, scopes, details, newest, spent, created_at, ends_at, ended_at, issued_at, access_ends_at, tokens
FROM token_family ORDER BY id;
INSERT INTO token_of_family (lookup, family, generation, part, issued_at, expires_at, sealed)
SELECT lookup, family, generation, part, issued_at, expires_at, sealed FROM token;
DROP TABLE token;
DROP TABLE token_family;
ALTER TABLE token_family_in_order RENAME TO token_family;
ALTER TABLE token_of_family RENAME TO token;
CREATE UNIQUE INDEX token_family_reuse_key ON token_family (reuse) WHERE reuse IS NOT NULL;
CREATE INDEX token_family_by_key ON token_family (key, session) WHERE key IS NOT NULL;
CREATE INDEX token_family_by_secret ON token_family (secret) WHERE secret IS NOT NULL;
CREATE INDEX token_family_by_end ON token_family (ends_at) WHERE ends_at IS NOT NULL;
CREATE INDEX token_family_by_client ON token_family (client, session) WHERE client IS NOT NULL;
CREATE INDEX token_family_by_grant ON token_family (client_grant) WHERE client_grant IS NOT NULL;
CREATE INDEX token_family_by_account ON token_family (account, session) WHERE account IS NOT NULL;
CREATE INDEX token_family_by_source ON token_family (source) WHERE source IS NOT NULL;
CREATE UNIQUE INDEX token_family_generation_part_key ON token (family, generation, part);

DROP INDEX change_by_age;
