-- The words of the domain as tables. Instants are microseconds since the Unix epoch, ids are UUIDv7,
-- every hash is keyed and 32 bytes long. Nothing here has a default: time and randomness come from the program.

CREATE TABLE api (
    id         UUID   NOT NULL PRIMARY KEY,
    name       TEXT   NOT NULL UNIQUE,
    created_at BIGINT NOT NULL
);

CREATE TABLE workspace (
    id           UUID   NOT NULL PRIMARY KEY,
    name         TEXT   NOT NULL,
    plan         TEXT,
    suspended_at BIGINT,
    created_at   BIGINT NOT NULL,
    created_by   TEXT   NOT NULL,
    updated_at   BIGINT NOT NULL,
    updated_by   TEXT   NOT NULL
);

CREATE TABLE api_key (
    id          UUID   NOT NULL PRIMARY KEY,
    api         UUID   NOT NULL REFERENCES api (id),
    workspace   UUID   NOT NULL REFERENCES workspace (id),
    environment TEXT   NOT NULL CHECK (environment IN ('live', 'test')),
    kind        TEXT   NOT NULL CHECK (kind IN ('single', 'pair')),
    name        TEXT   NOT NULL,
    -- The name in lower case, for searching.
    name_folded TEXT   NOT NULL,
    -- Space-separated, sorted.
    scopes      TEXT   NOT NULL,
    disabled_at BIGINT,
    revoked_at  BIGINT,
    not_before  BIGINT,
    expires_at  BIGINT,
    -- JSON array of CIDR blocks, JSON array of limits, JSON object.
    addresses   TEXT   NOT NULL,
    limits      TEXT   NOT NULL,
    metadata    TEXT   NOT NULL,
    -- The keyed hash of a pair's secret, once it has one.
    secret      BYTEA  CHECK (length(secret) = 32),
    created_at  BIGINT NOT NULL,
    created_by  TEXT   NOT NULL,
    updated_at  BIGINT NOT NULL,
    updated_by  TEXT   NOT NULL
);

CREATE INDEX api_key_by_workspace ON api_key (workspace, id);
CREATE INDEX api_key_by_api ON api_key (api, id);
CREATE INDEX api_key_by_revocation ON api_key (api, revoked_at) WHERE revoked_at IS NOT NULL;
CREATE INDEX api_key_by_expiry ON api_key (api, expires_at) WHERE expires_at IS NOT NULL;

CREATE TABLE key_generation (
    id                UUID   NOT NULL PRIMARY KEY,
    key               UUID   NOT NULL REFERENCES api_key (id) ON DELETE CASCADE,
    -- 1 for the first, one more for each rotation.
    number            BIGINT NOT NULL,
    lookup            BYTEA  NOT NULL UNIQUE CHECK (length(lookup) = 32),
    prefix            TEXT   NOT NULL,
    last_four         TEXT   NOT NULL,
    created_at        BIGINT NOT NULL,
    retires_at        BIGINT,
    last_used_at      BIGINT,
    last_used_address TEXT,
    last_used_agent   TEXT,
    UNIQUE (key, number)
);

CREATE INDEX key_generation_by_retirement ON key_generation (retires_at) WHERE retires_at IS NOT NULL;

CREATE TABLE key_belonging (
    key         UUID   NOT NULL REFERENCES api_key (id) ON DELETE CASCADE,
    collection  TEXT   NOT NULL,
    value       TEXT   NOT NULL,
    created_at  BIGINT NOT NULL,
    verified_at BIGINT,
    PRIMARY KEY (key, collection, value)
);

CREATE TABLE operator_token (
    id         UUID   NOT NULL PRIMARY KEY,
    lookup     BYTEA  NOT NULL UNIQUE CHECK (length(lookup) = 32),
    name       TEXT   NOT NULL,
    -- Space-separated.
    scopes     TEXT   NOT NULL,
    expires_at BIGINT,
    revoked_at BIGINT,
    created_at BIGINT NOT NULL,
    created_by TEXT   NOT NULL
);

-- The feed by which nodes learn what other nodes did.
CREATE TABLE change (
    seq        BIGINT NOT NULL PRIMARY KEY,
    kind       TEXT   NOT NULL CHECK (kind IN ('key', 'workspace', 'operator_token', 'api')),
    subject    UUID   NOT NULL,
    -- The keyed hashes under which it may be cached, one after another.
    lookups    BYTEA  NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE INDEX change_by_age ON change (created_at);

-- One row. Its lock makes the order of commits the order of numbers.
CREATE TABLE change_counter (
    id  BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    seq BIGINT NOT NULL
);

INSERT INTO change_counter (id, seq) VALUES (1, 0);

CREATE TABLE node (
    id          UUID   NOT NULL PRIMARY KEY,
    lease_until BIGINT NOT NULL,
    applied     BIGINT NOT NULL
);

-- What the installation remembers of itself, such as the check value of its master key.
CREATE TABLE setting (
    name  TEXT  NOT NULL PRIMARY KEY,
    value BYTEA NOT NULL
);
