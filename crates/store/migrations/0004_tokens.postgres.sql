-- Tokens bought with keys. Their texts are derived from family and generation under the master key, which the
-- database never holds: here are keyed hashes only.

CREATE TABLE token_family (
    id           UUID   NOT NULL PRIMARY KEY,
    key          UUID   NOT NULL REFERENCES api_key (id) ON DELETE CASCADE,
    -- The text of the key it was bought with; when that ends, its tokens do.
    secret       UUID   NOT NULL REFERENCES key_generation (id) ON DELETE CASCADE,
    -- The keyed hash of what its token is given again for; one family has it at a time.
    reuse        BYTEA  UNIQUE CHECK (length(reuse) = 32),
    -- The keyed hash of its session's name, and the sealed name.
    session      BYTEA  CHECK (length(session) = 32),
    session_name BYTEA,
    -- Space-separated, sorted.
    scopes       TEXT   NOT NULL,
    newest       BIGINT NOT NULL,
    -- The newest generation that is spent, and all before it; 0 for none.
    spent        BIGINT NOT NULL,
    created_at   BIGINT NOT NULL,
    ends_at      BIGINT,
    ended_at     BIGINT
);

CREATE INDEX token_family_by_key ON token_family (key, session);
CREATE INDEX token_family_by_secret ON token_family (secret);
CREATE INDEX token_family_by_end ON token_family (ends_at) WHERE ends_at IS NOT NULL;

CREATE TABLE token (
    lookup     BYTEA  NOT NULL PRIMARY KEY CHECK (length(lookup) = 32),
    family     UUID   NOT NULL REFERENCES token_family (id) ON DELETE CASCADE,
    generation BIGINT NOT NULL,
    part       TEXT   NOT NULL CHECK (part IN ('access', 'refresh')),
    issued_at  BIGINT NOT NULL,
    expires_at BIGINT,
    UNIQUE (family, generation, part)
);

-- The kinds of change are the program's list, which grows: the database does not repeat it.
ALTER TABLE change DROP CONSTRAINT change_kind_check;
