-- Endpoints that are told of what happens, and what they are sent.

CREATE TABLE webhook (
    id              BLOB    NOT NULL PRIMARY KEY,
    -- None for one that is told of everything on the instance.
    workspace       BLOB    REFERENCES workspace (id),
    name            TEXT    NOT NULL,
    address         TEXT    NOT NULL,
    -- `*`, or event types with spaces between them.
    events          TEXT    NOT NULL,
    -- What signs, sealed under the master key, and what signed before.
    secret          BLOB    NOT NULL,
    previous_secret BLOB,
    previous_until  INTEGER,
    failing_since   INTEGER,
    disabled_at     INTEGER,
    disabled_for    TEXT    CHECK (disabled_for IN ('hand', 'failures', 'gone')),
    created_at      INTEGER NOT NULL,
    created_by      TEXT    NOT NULL,
    updated_at      INTEGER NOT NULL,
    updated_by      TEXT    NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX webhook_by_workspace ON webhook (workspace, id);

-- What one endpoint is told of one thing: written in the transaction that does the thing.
CREATE TABLE webhook_message (
    id         BLOB    NOT NULL PRIMARY KEY,
    webhook    BLOB    NOT NULL REFERENCES webhook (id) ON DELETE CASCADE,
    event      TEXT    NOT NULL,
    -- The id of what it is about; messages about one thing are sent in the order of their positions.
    subject    TEXT    NOT NULL,
    position   INTEGER NOT NULL,
    payload    TEXT    NOT NULL,
    state      TEXT    NOT NULL CHECK (state IN ('waiting', 'delivered', 'dead')),
    attempts   INTEGER NOT NULL,
    failures   INTEGER NOT NULL,
    due_at     INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    ended_at   INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX webhook_message_due ON webhook_message (due_at) WHERE state = 'waiting';
CREATE INDEX webhook_message_by_subject ON webhook_message (webhook, subject, position);
CREATE INDEX webhook_message_by_webhook ON webhook_message (webhook, id);
CREATE INDEX webhook_message_by_state ON webhook_message (webhook, state, id);
CREATE INDEX webhook_message_by_end ON webhook_message (ended_at) WHERE ended_at IS NOT NULL;

CREATE TABLE webhook_attempt (
    message    BLOB    NOT NULL REFERENCES webhook_message (id) ON DELETE CASCADE,
    number     INTEGER NOT NULL,
    started_at INTEGER NOT NULL,
    took       INTEGER NOT NULL,
    status     INTEGER,
    fault      TEXT,
    -- The beginning of what it answered.
    answer     TEXT    NOT NULL,
    PRIMARY KEY (message, number)
) STRICT, WITHOUT ROWID;
