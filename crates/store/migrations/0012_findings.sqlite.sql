-- Unusual activity: what was seen, what is known of keys' habits, and what was found.

-- What one node saw in a minute, as one JSON list; looked at when the minute is over, and deleted.
CREATE TABLE sighting (
    id     BLOB    NOT NULL PRIMARY KEY,
    minute INTEGER NOT NULL,
    seen   TEXT    NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX sighting_by_minute ON sighting (minute, id);

-- What a key does usually, by its public id.
CREATE TABLE habit (
    credential TEXT    NOT NULL PRIMARY KEY,
    habits     TEXT    NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX habit_by_update ON habit (updated_at);

CREATE TABLE finding (
    id              BLOB    NOT NULL PRIMARY KEY,
    rule            TEXT    NOT NULL,
    -- A credential's id, a network, or `*`.
    subject         TEXT    NOT NULL,
    api             BLOB,
    workspace       BLOB    REFERENCES workspace (id),
    evidence        TEXT    NOT NULL,
    count           INTEGER NOT NULL,
    first_seen_at   INTEGER NOT NULL,
    last_seen_at    INTEGER NOT NULL,
    -- What was done about it; none until it is done.
    response        TEXT,
    answered_at     INTEGER,
    -- Who has seen it; none while it is open.
    acknowledged_at INTEGER,
    acknowledged_by TEXT,
    note            TEXT
) STRICT, WITHOUT ROWID;

-- What is found again is counted.
CREATE UNIQUE INDEX finding_of_subject ON finding (rule, subject);
CREATE INDEX finding_by_workspace ON finding (workspace, id);
CREATE INDEX finding_by_subject ON finding (subject, id);
CREATE INDEX finding_open ON finding (id) WHERE acknowledged_at IS NULL;
CREATE INDEX finding_unanswered ON finding (id) WHERE answered_at IS NULL;
CREATE INDEX finding_by_end ON finding (last_seen_at);

-- What a key may no longer do until an operator lifts it; and whether it is for nobody to use.
ALTER TABLE api_key ADD COLUMN restriction TEXT CHECK (restriction IN ('throttled', 'read_only'));
ALTER TABLE api_key ADD COLUMN is_canary INTEGER NOT NULL DEFAULT 0 CHECK (is_canary IN (0, 1));
