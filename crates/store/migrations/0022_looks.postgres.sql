-- Lists, searches and pictures that stay quick among a million keys.

-- Names by how they begin.
-- By bytes, as SQLite compares: the same order wherever the database was made.
ALTER TABLE api_key ALTER COLUMN name_folded TYPE TEXT COLLATE "C";
CREATE INDEX api_key_by_name ON api_key (name_folded, workspace, id);
-- What people still have of a key.
CREATE INDEX key_generation_by_hint ON key_generation (last_four, prefix);
-- The few that do not work.
CREATE INDEX api_key_disabled ON api_key (id) WHERE disabled_at IS NOT NULL AND revoked_at IS NULL;
CREATE INDEX api_key_disabled_by_workspace ON api_key (workspace, id)
    WHERE disabled_at IS NOT NULL AND revoked_at IS NULL;
CREATE INDEX api_key_revoked ON api_key (id) WHERE revoked_at IS NOT NULL;
CREATE INDEX api_key_revoked_by_workspace ON api_key (workspace, id) WHERE revoked_at IS NOT NULL;

CREATE INDEX audit_by_action ON audit (action, seq);
CREATE INDEX audit_by_time ON audit (recorded_at, seq);

-- What usage comes to in each workspace, and in all together (then the workspace is the UUID of all ones), so that a
-- picture of it need not read a row for each credential.
CREATE TABLE usage_total (
    workspace   UUID    NOT NULL,
    grain       TEXT    NOT NULL,
    at          BIGINT  NOT NULL,
    api         UUID    NOT NULL,
    reason      TEXT    NOT NULL,
    requests    BIGINT  NOT NULL,
    latency_sum BIGINT  NOT NULL,
    latency_0   BIGINT  NOT NULL,
    latency_1   BIGINT  NOT NULL,
    latency_2   BIGINT  NOT NULL,
    latency_3   BIGINT  NOT NULL,
    latency_4   BIGINT  NOT NULL,
    latency_5   BIGINT  NOT NULL,
    latency_6   BIGINT  NOT NULL,
    latency_7   BIGINT  NOT NULL,
    latency_8   BIGINT  NOT NULL,
    latency_9   BIGINT  NOT NULL,
    PRIMARY KEY (workspace, grain, at, api, reason)
);

CREATE INDEX usage_total_by_age ON usage_total (grain, at);

INSERT INTO usage_total
    SELECT workspace, grain, at, api, reason, SUM(requests), SUM(latency_sum), SUM(latency_0), SUM(latency_1),
        SUM(latency_2), SUM(latency_3), SUM(latency_4), SUM(latency_5), SUM(latency_6), SUM(latency_7), SUM(latency_8),
        SUM(latency_9)
    FROM usage WHERE workspace <> '00000000-0000-0000-0000-000000000000' GROUP BY workspace, grain, at, api, reason;
INSERT INTO usage_total
    SELECT CAST('ffffffff-ffff-ffff-ffff-ffffffffffff' AS UUID), grain, at, api, reason, SUM(requests), SUM(latency_sum), SUM(latency_0),
        SUM(latency_1), SUM(latency_2), SUM(latency_3), SUM(latency_4), SUM(latency_5), SUM(latency_6), SUM(latency_7),
        SUM(latency_8), SUM(latency_9)
    FROM usage GROUP BY grain, at, api, reason;
