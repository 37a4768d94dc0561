-- Test environments: their resets, and the clocks that workspaces put ahead there.

-- A reset that has no end yet is gone on with by whichever node looks after them.
CREATE TABLE sandbox_reset (
    id           UUID    NOT NULL PRIMARY KEY,
    api          UUID    NOT NULL REFERENCES api (id),
    cause        TEXT    NOT NULL CHECK (cause IN ('schedule', 'request')),
    -- The time that was planned, or when it was asked for: each is carried out once.
    due_at       BIGINT  NOT NULL,
    keys         TEXT    NOT NULL CHECK (keys IN ('keep', 'revoke')),
    begun_at     BIGINT  NOT NULL,
    begun_by     TEXT    NOT NULL,
    ended_at     BIGINT,
    -- What it has ended so far.
    tokens       BIGINT  NOT NULL,
    grants       BIGINT  NOT NULL,
    sessions     BIGINT  NOT NULL,
    revoked_keys BIGINT  NOT NULL,
    UNIQUE (api, due_at)
);

-- Of one API, one goes on at a time.
CREATE UNIQUE INDEX sandbox_reset_going_on ON sandbox_reset (api) WHERE ended_at IS NULL;

-- One row for each workspace whose test clock is ahead.
CREATE TABLE test_clock (
    workspace UUID   NOT NULL PRIMARY KEY REFERENCES workspace (id),
    -- By how many microseconds.
    ahead     BIGINT NOT NULL CHECK (ahead > 0),
    set_at    BIGINT NOT NULL,
    set_by    TEXT   NOT NULL
);

CREATE INDEX test_clock_by_time ON test_clock (set_at);
