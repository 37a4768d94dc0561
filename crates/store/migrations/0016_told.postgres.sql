-- What is told to webhooks once, however many nodes see it.

CREATE TABLE told_end (
    key        UUID NOT NULL REFERENCES api_key (id) ON DELETE CASCADE,
    -- The end that it was about: a key that is given another end has another one to be told.
    expires_at BIGINT NOT NULL,
    told_at    BIGINT NOT NULL,
    PRIMARY KEY (key, expires_at)
);

CREATE INDEX told_end_by_time ON told_end (told_at);

CREATE TABLE told_limit (
    -- The limit, and whose requests it counts.
    name  TEXT   NOT NULL PRIMARY KEY,
    -- It is not told again before.
    until BIGINT NOT NULL
);

CREATE INDEX told_limit_by_time ON told_limit (until);

-- How much waits, and since when, for whoever watches.
CREATE INDEX webhook_message_waiting ON webhook_message (created_at) WHERE state = 'waiting';
