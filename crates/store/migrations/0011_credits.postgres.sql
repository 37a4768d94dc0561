-- Credits of workspaces: what they were given, what comes again each month, and what was taken for requests.

CREATE TABLE credit_grant (
    id         UUID   NOT NULL PRIMARY KEY,
    workspace  UUID   NOT NULL REFERENCES workspace (id),
    amount     BIGINT NOT NULL CHECK (amount > 0),
    remaining  BIGINT NOT NULL CHECK (remaining >= 0 AND remaining <= amount),
    note       TEXT,
    expires_at BIGINT,
    created_at BIGINT NOT NULL,
    created_by TEXT   NOT NULL
);

CREATE INDEX credit_grant_by_workspace ON credit_grant (workspace, id);
CREATE INDEX credit_grant_by_end ON credit_grant (expires_at);

CREATE TABLE credit_refill (
    workspace  UUID   NOT NULL PRIMARY KEY REFERENCES workspace (id),
    amount     BIGINT NOT NULL CHECK (amount > 0),
    anchor_day BIGINT NOT NULL CHECK (anchor_day >= 1 AND anchor_day <= 31),
    next_at    BIGINT NOT NULL
);

CREATE TABLE credit_charge (
    workspace  UUID   NOT NULL REFERENCES workspace (id),
    id         TEXT   NOT NULL,
    amount     BIGINT NOT NULL CHECK (amount > 0),
    -- From which grants, as JSON: a list of pairs of id and number.
    parts      TEXT   NOT NULL,
    state      TEXT   NOT NULL CHECK (state IN ('reserved', 'committed', 'refunded')),
    ends_at    BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (workspace, id)
);

CREATE INDEX credit_charge_by_end ON credit_charge (state, ends_at);
CREATE INDEX credit_charge_by_age ON credit_charge (created_at);
