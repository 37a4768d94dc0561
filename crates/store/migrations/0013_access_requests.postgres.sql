-- Somebody from outside asks for credentials; staff looks at it step by step and decides.

CREATE TABLE access_request (
    id           UUID   NOT NULL PRIMARY KEY,
    api          UUID   NOT NULL REFERENCES api (id),
    company      TEXT   NOT NULL,
    contact      TEXT   NOT NULL,
    email        TEXT   NOT NULL,
    -- The address in lower case, for counting.
    email_folded TEXT   NOT NULL,
    use_case     TEXT   NOT NULL,
    -- `live`, `test`, or both with a space between.
    environments TEXT   NOT NULL,
    -- The keyed hash of the token in the link to its page; none until a letter is written.
    lookup       BYTEA  UNIQUE CHECK (length(lookup) = 32),
    decided_at   BIGINT,
    decided_by   TEXT,
    -- Of an approved one.
    workspace    UUID   REFERENCES workspace (id),
    scopes       TEXT,
    -- Of a declined one.
    reason       TEXT,
    -- The first keys, once they were shown.
    live_key     UUID,
    test_key     UUID,
    created_at   BIGINT NOT NULL,
    CHECK ((decided_at IS NULL) = (decided_by IS NULL)),
    CHECK ((decided_at IS NULL) = (workspace IS NULL AND reason IS NULL)),
    CHECK (workspace IS NULL OR reason IS NULL)
);

CREATE INDEX access_request_waiting ON access_request (id) WHERE decided_at IS NULL;
CREATE INDEX access_request_by_email ON access_request (email_folded, created_at);
CREATE INDEX access_request_by_workspace ON access_request (workspace);
CREATE INDEX access_request_by_api ON access_request (api);
CREATE INDEX access_request_by_decision ON access_request (decided_at);

CREATE TABLE access_check (
    request    UUID   NOT NULL REFERENCES access_request (id) ON DELETE CASCADE,
    step       TEXT   NOT NULL,
    note       TEXT,
    checked_at BIGINT NOT NULL,
    checked_by TEXT   NOT NULL,
    PRIMARY KEY (request, step)
);
