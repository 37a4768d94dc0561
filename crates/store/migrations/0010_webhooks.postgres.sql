-- Endpoints that are told of what happens, and what they are sent.

CREATE TABLE webhook (
    id              UUID    NOT NULL PRIMARY KEY,
    -- None for one that is told of everything on the instance.
    workspace       UUID    REFERENCES workspace (id),
    name            TEXT    NOT NULL,
    address         TEXT    NOT NULL,
    -- `*`, or event types with spaces between them.
    events          TEXT    NOT NULL,
    -- What signs, sealed under the master key, and what signed before.
    secret          BYTEA   NOT NULL,
    previous_secret BYTEA,
    previous_until  BIGINT ,
    failing_since   BIGINT ,
    disabled_at     BIGINT ,
    disabled_for    TEXT    CHECK (disabled_for IN ('hand', 'failures', 'gone')),
    created_at      BIGINT  NOT NULL,
    created_by      TEXT    NOT NULL,
    updated_at      BIGINT  NOT NULL,
    updated_by      TEXT    NOT NULL
);

CREATE INDEX webhook_by_workspace ON webhook (workspace, id);

-- What one endpoint is told of one thing: written in the transaction that does the thing.
CREATE TABLE webhook_message (
    id         UUID    NOT NULL PRIMARY KEY,
    webhook    UUID    NOT NULL REFERENCES webhook (id) ON DELETE CASCADE,
    event      TEXT    NOT NULL,
    -- The id of what it is about; messages about one thing are sent in the order of their positions.
    subject    TEXT    NOT NULL,
    position   BIGINT  NOT NULL,
    payload    TEXT    NOT NULL,
    state      TEXT    NOT NULL CHECK (state IN ('waiting', 'delivered', 'dead')),
    attempts   BIGINT  NOT NULL,
    failures   BIGINT  NOT NULL,
    due_at     BIGINT  NOT NULL,
    created_at BIGINT  NOT NULL,
    ended_at   BIGINT 
);

CREATE INDEX webhook_message_due ON webhook_message (due_at) WHERE state = 'waiting';
CREATE INDEX webhook_message_by_subject ON webhook_message (webhook, subject, position);
CREATE INDEX webhook_message_by_webhook ON webhook_message (webhook, id);
CREATE INDEX webhook_message_by_state ON webhook_message (webhook, state, id);
CREATE INDEX webhook_message_by_end ON webhook_message (ended_at) WHERE ended_at IS NOT NULL;

CREATE TABLE webhook_attempt (
    message    UUID    NOT NULL REFERENCES webhook_message (id) ON DELETE CASCADE,
    number     BIGINT  NOT NULL,
    started_at BIGINT  NOT NULL,
    took       BIGINT  NOT NULL,
    status     BIGINT ,
    fault      TEXT,
    -- The beginning of what it answered.
    answer     TEXT    NOT NULL,
    PRIMARY KEY (message, number)
);
