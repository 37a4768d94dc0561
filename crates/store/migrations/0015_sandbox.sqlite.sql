-- Test environments: their resets, and the clocks that workspaces put ahead there.

-- A reset that has no end yet is gone on with by whichever node looks after them.
CREATE TABLE sandbox_reset (
    id           BLOB    NOT NULL PRIMARY KEY,
    api          BLOB    NOT NULL REFERENCES api (id),
    cause        TEXT    NOT NULL CHECK (cause IN ('schedule', 'request')),
    -- The time that was planned, or when it was asked for: each is carried out once.
    due_at       INTEGER NOT NULL,
    keys         TEXT    NOT NULL CHECK (keys IN ('keep', 'revoke')),
    begun_at     INTEGER NOT NULL,
    begun_by     TEXT    NOT NULL,
    ended_at     INTEGER,
    -- What it has ended so far.
    tokens       INTEGER NOT NULL,
    grants       INTEGER NOT NULL,
    sessions     INTEGER NOT NULL,
    revoked_keys INTEGER NOT NULL,
    UNIQUE (api, due_at)
) STRICT, WITHOUT ROWID;

-- Of one API, one goes on at a time.
CREATE UNIQUE INDEX sandbox_reset_going_on ON sandbox_reset (api) WHERE ended_at IS NULL;

-- One row for each workspace whose test clock is ahead.
CREATE TABLE test_clock (
    workspace BLOB    NOT NULL PRIMARY KEY REFERENCES workspace (id),
    -- By how many microseconds.
    ahead     INTEGER NOT NULL CHECK (ahead > 0),
    set_at    INTEGER NOT NULL,
    set_by    TEXT    NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX test_clock_by_time ON test_clock (set_at);
