-- Work that only one node does at a time, and answers that may have to be repeated.

CREATE TABLE job_lease (
    name        TEXT   NOT NULL PRIMARY KEY,
    node        UUID   NOT NULL,
    lease_until BIGINT NOT NULL
);

CREATE TABLE idempotency (
    actor        TEXT   NOT NULL,
    key          TEXT   NOT NULL,
    -- What was asked, so that the same key with another question is noticed.
    request_hash BYTEA  NOT NULL CHECK (length(request_hash) = 32),
    -- The sealed answer; none while the first request is still at work.
    response     BYTEA,
    expires_at   BIGINT NOT NULL,
    PRIMARY KEY (actor, key)
);

CREATE INDEX idempotency_by_expiry ON idempotency (expires_at);
