-- The audit record: rows are only ever added, each with the keyed hash of the one before.

CREATE TABLE audit (
    -- 1, 2, 3 … without a gap.
    seq         BIGINT NOT NULL PRIMARY KEY,
    recorded_at BIGINT NOT NULL,
    actor_kind  TEXT   NOT NULL,
    actor       TEXT   NOT NULL,
    action      TEXT   NOT NULL,
    object      TEXT   NOT NULL,
    -- Ids as text, like all else here: the record outlives what it names.
    workspace   TEXT,
    request     TEXT,
    address     TEXT,
    -- JSON objects without secrets.
    state_before TEXT,
    state_after TEXT,
    previous    BYTEA  NOT NULL CHECK (length(previous) = 32),
    hash        BYTEA  NOT NULL UNIQUE CHECK (length(hash) = 32)
);

CREATE INDEX audit_by_object ON audit (object, seq);
CREATE INDEX audit_by_workspace ON audit (workspace, seq) WHERE workspace IS NOT NULL;
CREATE INDEX audit_by_actor ON audit (actor, seq);

-- Where the record ends. It stands beside the number of changes, because whoever writes either holds that row.
ALTER TABLE change_counter ADD COLUMN audit_seq BIGINT NOT NULL DEFAULT 0;
ALTER TABLE change_counter ADD COLUMN audit_hash BYTEA NOT NULL DEFAULT '\x0000000000000000000000000000000000000000000000000000000000000000';
-- The keyed hash of both; empty until the first row.
ALTER TABLE change_counter ADD COLUMN audit_seal BYTEA NOT NULL DEFAULT '\x';

-- Against mistakes of our own. Whoever may change the schema can drop them, and is found by the chain.
CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit record is append-only';
END
$$;
CREATE TRIGGER audit_is_append_only BEFORE UPDATE OR DELETE ON audit
    FOR EACH ROW EXECUTE FUNCTION audit_refuse();
