-- OAuth clients, grants, codes and signing keys; accounts with profiles and second factors.

-- An OAuth client. What it may ask for is the JSON of its metadata.
CREATE TABLE client (
    id           UUID NOT NULL PRIMARY KEY,
    api          UUID NOT NULL REFERENCES api (id),
    workspace    UUID NOT NULL REFERENCES workspace (id),
    environment  TEXT NOT NULL CHECK (environment IN ('live', 'test')),
    name         TEXT NOT NULL,
    name_folded  TEXT NOT NULL,
    metadata     TEXT NOT NULL,
    origin       TEXT NOT NULL CHECK (origin IN ('managed', 'open')),
    -- The keyed hash of the token by which it manages its own registration (RFC 7592).
    registration BYTEA UNIQUE CHECK (length(registration) = 32),
    disabled_at  BIGINT,
    last_used_at BIGINT,
    created_at   BIGINT NOT NULL,
    created_by   TEXT NOT NULL,
    updated_at   BIGINT NOT NULL,
    updated_by   TEXT NOT NULL
);

CREATE INDEX client_by_workspace ON client (workspace, id);
CREATE INDEX client_by_api ON client (api, id);
CREATE INDEX client_by_disuse ON client (created_at) WHERE origin = 'open' AND last_used_at IS NULL;

CREATE TABLE client_secret (
    id         UUID NOT NULL PRIMARY KEY,
    client     UUID NOT NULL REFERENCES client (id) ON DELETE CASCADE,
    lookup     BYTEA NOT NULL UNIQUE CHECK (length(lookup) = 32),
    last_four  TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    retires_at BIGINT
);

CREATE INDEX client_secret_by_client ON client_secret (client, id);
CREATE INDEX client_secret_by_end ON client_secret (retires_at) WHERE retires_at IS NOT NULL;

-- What a user allowed a client; one living grant for both.
CREATE TABLE client_grant (
    id         UUID NOT NULL PRIMARY KEY,
    api        UUID NOT NULL REFERENCES api (id),
    account    UUID NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    client     UUID NOT NULL REFERENCES client (id) ON DELETE CASCADE,
    -- Space-separated, sorted.
    scopes     TEXT NOT NULL,
    -- A JSON array.
    resources  TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    revoked_at BIGINT
);

CREATE UNIQUE INDEX client_grant_living ON client_grant (account, client) WHERE revoked_at IS NULL;
CREATE INDEX client_grant_by_account ON client_grant (account, id);
CREATE INDEX client_grant_by_client ON client_grant (client, id);
CREATE INDEX client_grant_by_api ON client_grant (api, id);
CREATE INDEX client_grant_by_revocation ON client_grant (revoked_at) WHERE revoked_at IS NOT NULL;

CREATE TABLE authorization_code (
    lookup      BYTEA NOT NULL PRIMARY KEY CHECK (length(lookup) = 32),
    -- Client and account go with the grant.
    client      UUID NOT NULL,
    client_grant UUID NOT NULL REFERENCES client_grant (id) ON DELETE CASCADE,
    account     UUID NOT NULL,
    -- The family that it bought, once it did.
    family      UUID,
    challenge   TEXT,
    scopes      TEXT NOT NULL,
    -- What else the tokens are made of, as JSON: redirect URI, nonce, resources, time and way of the sign-in.
    details     TEXT NOT NULL,
    created_at  BIGINT NOT NULL,
    expires_at  BIGINT NOT NULL,
    consumed_at BIGINT
);

CREATE INDEX authorization_code_by_challenge ON authorization_code (client, challenge) WHERE challenge IS NOT NULL;
CREATE INDEX authorization_code_by_grant ON authorization_code (client_grant);
CREATE INDEX authorization_code_by_expiry ON authorization_code (expires_at);
CREATE INDEX authorization_code_by_account ON authorization_code (account);

-- Authorization requests that clients pushed (RFC 9126).
CREATE TABLE pushed_request (
    lookup      BYTEA NOT NULL PRIMARY KEY CHECK (length(lookup) = 32),
    client      UUID NOT NULL REFERENCES client (id) ON DELETE CASCADE,
    -- The parameters as JSON.
    request     TEXT NOT NULL,
    created_at  BIGINT NOT NULL,
    expires_at  BIGINT NOT NULL,
    consumed_at BIGINT
);

CREATE INDEX pushed_request_by_client ON pushed_request (client);
CREATE INDEX pushed_request_by_expiry ON pushed_request (expires_at);

CREATE TABLE device_code (
    lookup         BYTEA NOT NULL PRIMARY KEY CHECK (length(lookup) = 32),
    -- The keyed hash of what a person types.
    user_code      BYTEA NOT NULL UNIQUE CHECK (length(user_code) = 32),
    client         UUID NOT NULL REFERENCES client (id) ON DELETE CASCADE,
    scopes         TEXT NOT NULL,
    details        TEXT NOT NULL,
    -- Microseconds that the client must wait between two questions.
    patience       BIGINT NOT NULL,
    asked_at       BIGINT,
    -- Goes with the grant.
    account        UUID,
    client_grant   UUID REFERENCES client_grant (id) ON DELETE CASCADE,
    decided_at     BIGINT,
    created_at     BIGINT NOT NULL,
    expires_at     BIGINT NOT NULL,
    consumed_at    BIGINT
);

CREATE INDEX device_code_by_client ON device_code (client);
CREATE INDEX device_code_by_grant ON device_code (client_grant) WHERE client_grant IS NOT NULL;
CREATE INDEX device_code_by_expiry ON device_code (expires_at);
CREATE INDEX device_code_by_account ON device_code (account) WHERE account IS NOT NULL;

-- What may be used once: ids of assertions and of proofs.
CREATE TABLE seen_once (
    lookup     BYTEA NOT NULL PRIMARY KEY CHECK (length(lookup) = 32),
    expires_at BIGINT NOT NULL
);

CREATE INDEX seen_once_by_expiry ON seen_once (expires_at);

-- Tokens without a family, ended before their date.
CREATE TABLE ended_token (
    lookup     BYTEA NOT NULL PRIMARY KEY CHECK (length(lookup) = 32),
    expires_at BIGINT NOT NULL
);

CREATE INDEX ended_token_by_expiry ON ended_token (expires_at);

CREATE TABLE signing_key (
    id           UUID NOT NULL PRIMARY KEY,
    api          UUID NOT NULL REFERENCES api (id),
    algorithm    TEXT NOT NULL,
    -- PKCS #8, sealed under the master key.
    private      BYTEA NOT NULL,
    public_jwk   TEXT NOT NULL,
    created_at   BIGINT NOT NULL,
    activates_at BIGINT NOT NULL,
    retires_at   BIGINT,
    removes_at   BIGINT
);

CREATE INDEX signing_key_by_api ON signing_key (api, id);
-- One newest key of each kind: of two nodes that make one, one wins.
CREATE UNIQUE INDEX signing_key_newest ON signing_key (api, algorithm) WHERE retires_at IS NULL;

CREATE TABLE account_password (
    account UUID NOT NULL PRIMARY KEY REFERENCES account (id) ON DELETE CASCADE,
    -- A PHC string: argon2id with its salt and parameters.
    hash    TEXT NOT NULL
);

INSERT INTO account_password (account, hash) SELECT id, password FROM account;
ALTER TABLE account DROP COLUMN password;
ALTER TABLE account ADD COLUMN email_verified_at BIGINT;
ALTER TABLE account ADD COLUMN name TEXT;
ALTER TABLE account ADD COLUMN given_name TEXT;
ALTER TABLE account ADD COLUMN family_name TEXT;
ALTER TABLE account ADD COLUMN locale TEXT;
ALTER TABLE account ADD COLUMN workspace UUID REFERENCES workspace (id);
ALTER TABLE account ADD COLUMN environment TEXT NOT NULL DEFAULT 'live';
ALTER TABLE account ADD COLUMN scopes TEXT;
ALTER TABLE account ADD COLUMN disabled_at BIGINT;
CREATE INDEX account_by_workspace ON account (workspace, id) WHERE workspace IS NOT NULL;

-- The secret of time-based codes, sealed; and the newest step whose code was used.
CREATE TABLE totp (
    account      UUID NOT NULL PRIMARY KEY REFERENCES account (id) ON DELETE CASCADE,
    secret       BYTEA NOT NULL,
    confirmed_at BIGINT,
    used_step    BIGINT NOT NULL
);

CREATE TABLE recovery_code (
    account UUID NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    lookup  BYTEA NOT NULL CHECK (length(lookup) = 32),
    used_at BIGINT,
    PRIMARY KEY (account, lookup)
);

CREATE TABLE passkey (
    id           UUID NOT NULL PRIMARY KEY,
    account      UUID NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    -- The hash of the id that its authenticator gave it.
    credential   BYTEA NOT NULL UNIQUE CHECK (length(credential) = 32),
    name         TEXT NOT NULL,
    -- Its public key and counter, as JSON.
    state        TEXT NOT NULL,
    created_at   BIGINT NOT NULL,
    last_used_at BIGINT
);

CREATE INDEX passkey_by_account ON passkey (account, id);

-- What was sent by mail, to be used once.
CREATE TABLE mail_token (
    lookup      BYTEA NOT NULL PRIMARY KEY CHECK (length(lookup) = 32),
    account     UUID NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    purpose     TEXT NOT NULL,
    email       TEXT NOT NULL,
    created_at  BIGINT NOT NULL,
    expires_at  BIGINT NOT NULL,
    consumed_at BIGINT
);

CREATE INDEX mail_token_by_account ON mail_token (account);
CREATE INDEX mail_token_by_expiry ON mail_token (expires_at);

-- Who an account is at another OpenID provider.
CREATE TABLE upstream_identity (
    pool       TEXT NOT NULL,
    issuer     TEXT NOT NULL,
    subject    TEXT NOT NULL,
    account    UUID NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (pool, issuer, subject)
);

CREATE INDEX upstream_identity_by_account ON upstream_identity (account);

ALTER TABLE session ADD COLUMN authenticated_at BIGINT NOT NULL DEFAULT 0;
-- Space-separated values of `amr`.
ALTER TABLE session ADD COLUMN methods TEXT NOT NULL DEFAULT 'pwd';
ALTER TABLE session ADD COLUMN awaits_second_factor BIGINT NOT NULL DEFAULT 0;
UPDATE session SET authenticated_at = created_at;

-- A family may be bought with other things than keys.
ALTER TABLE token_family ALTER COLUMN key DROP NOT NULL;
ALTER TABLE token_family ALTER COLUMN secret DROP NOT NULL;
ALTER TABLE token_family ADD COLUMN client UUID REFERENCES client (id) ON DELETE CASCADE;
ALTER TABLE token_family ADD COLUMN client_grant UUID REFERENCES client_grant (id) ON DELETE CASCADE;
ALTER TABLE token_family ADD COLUMN account UUID REFERENCES account (id) ON DELETE CASCADE;
-- The family whose token it was exchanged for.
ALTER TABLE token_family ADD COLUMN source UUID REFERENCES token_family (id) ON DELETE CASCADE;
-- What else its tokens are made of, as JSON.
ALTER TABLE token_family ADD COLUMN details TEXT NOT NULL DEFAULT '{}';
-- The sealed text, where it cannot be made again and may have to be given again.
ALTER TABLE token ADD COLUMN sealed BYTEA;
-- Fewer scopes than its family's, where it was asked for with fewer.
ALTER TABLE token ADD COLUMN scopes TEXT;
CREATE INDEX token_family_by_client ON token_family (client) WHERE client IS NOT NULL;
CREATE INDEX token_family_by_grant ON token_family (client_grant) WHERE client_grant IS NOT NULL;
CREATE INDEX token_family_by_account ON token_family (account) WHERE account IS NOT NULL;
CREATE INDEX token_family_by_source ON token_family (source) WHERE source IS NOT NULL;
