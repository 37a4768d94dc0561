-- What was counted in a second or so, as one JSON list for many names: written often, folded into usage and deleted.
-- Batches of one part are folded together.
CREATE TABLE usage_batch (
    id      UUID    NOT NULL PRIMARY KEY,
    part    BIGINT  NOT NULL,
    tallies TEXT    NOT NULL
);

CREATE INDEX usage_batch_by_part ON usage_batch (part, id);

-- How often each thing happened within each minute, hour and day. What is not known of a request is the nil UUID, the
-- empty text or 0, since no part of a primary key can be absent.
CREATE TABLE usage (
    grain       TEXT    NOT NULL,
    at          BIGINT  NOT NULL,
    api         UUID    NOT NULL,
    workspace   UUID    NOT NULL,
    credential  TEXT    NOT NULL,
    route       TEXT    NOT NULL,
    status      BIGINT  NOT NULL,
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
    PRIMARY KEY (grain, at, api, workspace, credential, route, status, reason)
);

CREATE INDEX usage_by_api ON usage (api, grain, at);
CREATE INDEX usage_by_workspace ON usage (workspace, grain, at);
CREATE INDEX usage_by_credential ON usage (credential, grain, at);
