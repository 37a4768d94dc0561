-- What was counted in a second or so, as one JSON list for many names: written often, folded into usage and deleted.
-- Batches of one part are folded together.
CREATE TABLE usage_batch (
    id      BLOB    NOT NULL PRIMARY KEY,
    part    INTEGER NOT NULL,
    tallies TEXT    NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX usage_batch_by_part ON usage_batch (part, id);

-- How often each thing happened within each minute, hour and day. What is not known of a request is the nil UUID, the
-- empty text or 0, since no part of a primary key can be absent.
CREATE TABLE usage (
    grain       TEXT    NOT NULL,
    at          INTEGER NOT NULL,
    api         BLOB    NOT NULL,
    workspace   BLOB    NOT NULL,
    credential  TEXT    NOT NULL,
    route       TEXT    NOT NULL,
    status      INTEGER NOT NULL,
    reason      TEXT    NOT NULL,
    requests    INTEGER NOT NULL,
    latency_sum INTEGER NOT NULL,
    latency_0   INTEGER NOT NULL,
    latency_1   INTEGER NOT NULL,
    latency_2   INTEGER NOT NULL,
    latency_3   INTEGER NOT NULL,
    latency_4   INTEGER NOT NULL,
    latency_5   INTEGER NOT NULL,
    latency_6   INTEGER NOT NULL,
    latency_7   INTEGER NOT NULL,
    latency_8   INTEGER NOT NULL,
    latency_9   INTEGER NOT NULL,
    PRIMARY KEY (grain, at, api, workspace, credential, route, status, reason)
) STRICT, WITHOUT ROWID;

CREATE INDEX usage_by_api ON usage (api, grain, at);
CREATE INDEX usage_by_workspace ON usage (workspace, grain, at);
CREATE INDEX usage_by_credential ON usage (credential, grain, at);
