-- Work that only one node does at a time, and answers that may have to be repeated.

CREATE TABLE job_lease (
    name        TEXT    NOT NULL PRIMARY KEY,
    node        BLOB    NOT NULL,
    lease_until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE idempotency (
    actor        TEXT    NOT NULL,
    key          TEXT    NOT NULL,
    -- What was asked, so that the same key with another question is noticed.
    request_hash BLOB    NOT NULL CHECK (length(request_hash) = 32),
    -- The sealed answer; none while the first request is still at work.
    response     BLOB,
    expires_at   INTEGER NOT NULL,
    PRIMARY KEY (actor, key)
) STRICT;

CREATE INDEX idempotency_by_expiry ON idempotency (expires_at);
