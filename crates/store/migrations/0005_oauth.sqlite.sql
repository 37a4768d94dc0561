-- OAuth clients, grants, codes and signing keys; accounts with profiles and second factors.

-- An OAuth client. What it may ask for is the JSON of its metadata.
CREATE TABLE client (
    id           BLOB NOT NULL PRIMARY KEY,
    api          BLOB NOT NULL REFERENCES api (id),
    workspace    BLOB NOT NULL REFERENCES workspace (id),
    environment  TEXT NOT NULL CHECK (environment IN ('live', 'test')),
    name         TEXT NOT NULL,
    name_folded  TEXT NOT NULL,
    metadata     TEXT NOT NULL,
    origin       TEXT NOT NULL CHECK (origin IN ('managed', 'open')),
    -- The keyed hash of the token by which it manages its own registration (RFC 7592).
    registration BLOB UNIQUE CHECK (length(registration) = 32),
    disabled_at  INTEGER,
    last_used_at INTEGER,
    created_at   INTEGER NOT NULL,
    created_by   TEXT NOT NULL,
    updated_at   INTEGER NOT NULL,
    updated_by   TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX client_by_workspace ON client (workspace, id);
CREATE INDEX client_by_api ON client (api, id);
CREATE INDEX client_by_disuse ON client (created_at) WHERE origin = 'open' AND last_used_at IS NULL;

CREATE TABLE client_secret (
    id         BLOB NOT NULL PRIMARY KEY,
    client     BLOB NOT NULL REFERENCES client (id) ON DELETE CASCADE,
    lookup     BLOB NOT NULL UNIQUE CHECK (length(lookup) = 32),
    last_four  TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    retires_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX client_secret_by_client ON client_secret (client, id);
CREATE INDEX client_secret_by_end ON client_secret (retires_at) WHERE retires_at IS NOT NULL;

-- What a user allowed a client; one living grant for both.
CREATE TABLE client_grant (
    id         BLOB NOT NULL PRIMARY KEY,
    api        BLOB NOT NULL REFERENCES api (id),
    account    BLOB NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    client     BLOB NOT NULL REFERENCES client (id) ON DELETE CASCADE,
    -- Space-separated, sorted.
    scopes     TEXT NOT NULL,
    -- A JSON array.
    resources  TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    revoked_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX client_grant_living ON client_grant (account, client) WHERE revoked_at IS NULL;
CREATE INDEX client_grant_by_account ON client_grant (account, id);
CREATE INDEX client_grant_by_client ON client_grant (client, id);
CREATE INDEX client_grant_by_api ON client_grant (api, id);
CREATE INDEX client_grant_by_revocation ON client_grant (revoked_at) WHERE revoked_at IS NOT NULL;

CREATE TABLE authorization_code (
    lookup      BLOB NOT NULL PRIMARY KEY CHECK (length(lookup) = 32),
    -- Client and account go with the grant.
    client      BLOB NOT NULL,
    client_grant BLOB NOT NULL REFERENCES client_grant (id) ON DELETE CASCADE,
    account     BLOB NOT NULL,
    -- The family that it bought, once it did.
    family      BLOB,
    challenge   TEXT,
    scopes      TEXT NOT NULL,
    -- What else the tokens are made of, as JSON: redirect URI, nonce, resources, time and way of the sign-in.
    details     TEXT NOT NULL,
    created_at  INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL,
    consumed_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX authorization_code_by_challenge ON authorization_code (client, challenge) WHERE challenge IS NOT NULL;
CREATE INDEX authorization_code_by_grant ON authorization_code (client_grant);
CREATE INDEX authorization_code_by_expiry ON authorization_code (expires_at);
CREATE INDEX authorization_code_by_account ON authorization_code (account);

-- Authorization requests that clients pushed (RFC 9126).
CREATE TABLE pushed_request (
    lookup      BLOB NOT NULL PRIMARY KEY CHECK (length(lookup) = 32),
    client      BLOB NOT NULL REFERENCES client (id) ON DELETE CASCADE,
    -- The parameters as JSON.
    request     TEXT NOT NULL,
    created_at  INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL,
    consumed_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX pushed_request_by_client ON pushed_request (client);
CREATE INDEX pushed_request_by_expiry ON pushed_request (expires_at);

CREATE TABLE device_code (
    lookup         BLOB NOT NULL PRIMARY KEY CHECK (length(lookup) = 32),
    -- The keyed hash of what a person types.
    user_code      BLOB NOT NULL UNIQUE CHECK (length(user_code) = 32),
    client         BLOB NOT NULL REFERENCES client (id) ON DELETE CASCADE,
    scopes         TEXT NOT NULL,
    details        TEXT NOT NULL,
    -- Microseconds that the client must wait between two questions.
    patience       INTEGER NOT NULL,
    asked_at       INTEGER,
    -- Goes with the grant.
    account        BLOB,
    client_grant   BLOB REFERENCES client_grant (id) ON DELETE CASCADE,
    decided_at     INTEGER,
    created_at     INTEGER NOT NULL,
    expires_at     INTEGER NOT NULL,
    consumed_at    INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX device_code_by_client ON device_code (client);
CREATE INDEX device_code_by_grant ON device_code (client_grant) WHERE client_grant IS NOT NULL;
CREATE INDEX device_code_by_expiry ON device_code (expires_at);
CREATE INDEX device_code_by_account ON device_code (account) WHERE account IS NOT NULL;

-- What may be used once: ids of assertions and of proofs.
CREATE TABLE seen_once (
    lookup     BLOB NOT NULL PRIMARY KEY CHECK (length(lookup) = 32),
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX seen_once_by_expiry ON seen_once (expires_at);

-- Tokens without a family, ended before their date.
CREATE TABLE ended_token (
    lookup     BLOB NOT NULL PRIMARY KEY CHECK (length(lookup) = 32),
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX ended_token_by_expiry ON ended_token (expires_at);

CREATE TABLE signing_key (
    id           BLOB NOT NULL PRIMARY KEY,
    api          BLOB NOT NULL REFERENCES api (id),
    algorithm    TEXT NOT NULL,
    -- PKCS #8, sealed under the master key.
    private      BLOB NOT NULL,
    public_jwk   TEXT NOT NULL,
    created_at   INTEGER NOT NULL,
    activates_at INTEGER NOT NULL,
    retires_at   INTEGER,
    removes_at   INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX signing_key_by_api ON signing_key (api, id);
-- One newest key of each kind: of two nodes that make one, one wins.
CREATE UNIQUE INDEX signing_key_newest ON signing_key (api, algorithm) WHERE retires_at IS NULL;

CREATE TABLE account_password (
    account BLOB NOT NULL PRIMARY KEY REFERENCES account (id) ON DELETE CASCADE,
    -- A PHC string: argon2id with its salt and parameters.
    hash    TEXT NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO account_password (account, hash) SELECT id, password FROM account;
ALTER TABLE account DROP COLUMN password;
ALTER TABLE account ADD COLUMN email_verified_at INTEGER;
ALTER TABLE account ADD COLUMN name TEXT;
ALTER TABLE account ADD COLUMN given_name TEXT;
ALTER TABLE account ADD COLUMN family_name TEXT;
ALTER TABLE account ADD COLUMN locale TEXT;
ALTER TABLE account ADD COLUMN workspace BLOB REFERENCES workspace (id);
ALTER TABLE account ADD COLUMN environment TEXT NOT NULL DEFAULT 'live';
ALTER TABLE account ADD COLUMN scopes TEXT;
ALTER TABLE account ADD COLUMN disabled_at INTEGER;
CREATE INDEX account_by_workspace ON account (workspace, id) WHERE workspace IS NOT NULL;

-- The secret of time-based codes, sealed; and the newest step whose code was used.
CREATE TABLE totp (
    account      BLOB NOT NULL PRIMARY KEY REFERENCES account (id) ON DELETE CASCADE,
    secret       BLOB NOT NULL,
    confirmed_at INTEGER,
    used_step    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE recovery_code (
    account BLOB NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    lookup  BLOB NOT NULL CHECK (length(lookup) = 32),
    used_at INTEGER,
    PRIMARY KEY (account, lookup)
) STRICT, WITHOUT ROWID;

CREATE TABLE passkey (
    id           BLOB NOT NULL PRIMARY KEY,
    account      BLOB NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    -- The hash of the id that its authenticator gave it.
    credential   BLOB NOT NULL UNIQUE CHECK (length(credential) = 32),
    name         TEXT NOT NULL,
    -- Its public key and counter, as JSON.
    state        TEXT NOT NULL,
    created_at   INTEGER NOT NULL,
    last_used_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX passkey_by_account ON passkey (account, id);

-- What was sent by mail, to be used once.
CREATE TABLE mail_token (
    lookup      BLOB NOT NULL PRIMARY KEY CHECK (length(lookup) = 32),
    account     BLOB NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    purpose     TEXT NOT NULL,
    email       TEXT NOT NULL,
    created_at  INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL,
    consumed_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX mail_token_by_account ON mail_token (account);
CREATE INDEX mail_token_by_expiry ON mail_token (expires_at);

-- Who an account is at another OpenID provider.
CREATE TABLE upstream_identity (
    pool       TEXT NOT NULL,
    issuer     TEXT NOT NULL,
    subject    TEXT NOT NULL,
    account    BLOB NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (pool, issuer, subject)
) STRICT, WITHOUT ROWID;

CREATE INDEX upstream_identity_by_account ON upstream_identity (account);

ALTER TABLE session ADD COLUMN authenticated_at INTEGER NOT NULL DEFAULT 0;
-- Space-separated values of `amr`.
ALTER TABLE session ADD COLUMN methods TEXT NOT NULL DEFAULT 'pwd';
ALTER TABLE session ADD COLUMN awaits_second_factor INTEGER NOT NULL DEFAULT 0;
UPDATE session SET authenticated_at = created_at;

-- A family may be bought with other things than keys.
CREATE TABLE token_family_of_any_parent (
    id           BLOB    NOT NULL PRIMARY KEY,
    -- What it was bought with: a key and its text, a client, a grant, or an account.
    key          BLOB    REFERENCES api_key (id) ON DELETE CASCADE,
    secret       BLOB    REFERENCES key_generation (id) ON DELETE CASCADE,
    client       BLOB    REFERENCES client (id) ON DELETE CASCADE,
    client_grant BLOB    REFERENCES client_grant (id) ON DELETE CASCADE,
    account      BLOB    REFERENCES account (id) ON DELETE CASCADE,
    -- The family whose token it was exchanged for.
    source       BLOB    REFERENCES token_family_of_any_parent (id) ON DELETE CASCADE,
    reuse        BLOB    UNIQUE CHECK (length(reuse) = 32),
    session      BLOB    CHECK (length(session) = 32),
    session_name BLOB,
    scopes       TEXT    NOT NULL,
    -- What else its tokens are made of, as JSON.
    details      TEXT    NOT NULL,
    newest       INTEGER NOT NULL,
    spent        INTEGER NOT NULL,
    created_at   INTEGER NOT NULL,
    ends_at      INTEGER,
    ended_at     INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE token_of_any_parent (
    lookup     BLOB    NOT NULL PRIMARY KEY CHECK (length(lookup) = 32),
    family     BLOB    NOT NULL REFERENCES token_family_of_any_parent (id) ON DELETE CASCADE,
    generation INTEGER NOT NULL,
    part       TEXT    NOT NULL CHECK (part IN ('access', 'refresh')),
    issued_at  INTEGER NOT NULL,
    expires_at INTEGER,
    -- The sealed text, where it cannot be made again and may have to be given again.
    sealed     BLOB,
    -- Fewer scopes than its family's, where it was asked for with fewer.
    scopes     TEXT,
    UNIQUE (family, generation, part)
) STRICT, WITHOUT ROWID;

INSERT INTO token_family_of_any_parent (id, key, secret, reuse, session, session_name, scopes, details, newest, spent,
    created_at, ends_at, ended_at)
SELECT id, key, secret, reuse, session, session_name, scopes, '{}', newest, spent, created_at, ends_at, ended_at
FROM token_family;
INSERT INTO token_of_any_parent (lookup, family, generation, part, issued_at, expires_at)
SELECT lookup, family, generation, part, issued_at, expires_at FROM token;
DROP TABLE token;
DROP TABLE token_family;
ALTER TABLE token_family_of_any_parent RENAME TO token_family;
ALTER TABLE token_of_any_parent RENAME TO token;
CREATE INDEX token_family_by_key ON token_family (key, session);
CREATE INDEX token_family_by_secret ON token_family (secret);
CREATE INDEX token_family_by_end ON token_family (ends_at) WHERE ends_at IS NOT NULL;
CREATE INDEX token_family_by_client ON token_family (client) WHERE client IS NOT NULL;
CREATE INDEX token_family_by_grant ON token_family (client_grant) WHERE client_grant IS NOT NULL;
CREATE INDEX token_family_by_account ON token_family (account) WHERE account IS NOT NULL;
CREATE INDEX token_family_by_source ON token_family (source) WHERE source IS NOT NULL;
