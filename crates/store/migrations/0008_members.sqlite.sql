-- People of partners: members of workspaces, and who was asked to become one. Their accounts have the pool `members`.

CREATE TABLE member (
    workspace  BLOB    NOT NULL REFERENCES workspace (id),
    account    BLOB    NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    role       TEXT    NOT NULL CHECK (role IN ('owner', 'admin', 'developer', 'viewer')),
    created_at INTEGER NOT NULL,
    created_by TEXT    NOT NULL,
    updated_at INTEGER NOT NULL,
    updated_by TEXT    NOT NULL,
    PRIMARY KEY (workspace, account)
) STRICT, WITHOUT ROWID;

CREATE INDEX member_by_account ON member (account, workspace);

CREATE TABLE invitation (
    id           BLOB    NOT NULL PRIMARY KEY,
    workspace    BLOB    NOT NULL REFERENCES workspace (id),
    email        TEXT    NOT NULL,
    -- The address in lower case, for comparing.
    email_folded TEXT    NOT NULL,
    role         TEXT    NOT NULL CHECK (role IN ('owner', 'admin', 'developer', 'viewer')),
    -- The keyed hash of the token in its link; none until its letter is written.
    lookup       BLOB    UNIQUE CHECK (length(lookup) = 32),
    sent_at      INTEGER,
    expires_at   INTEGER NOT NULL,
    accepted_at  INTEGER,
    withdrawn_at INTEGER,
    created_at   INTEGER NOT NULL,
    created_by   TEXT    NOT NULL
) STRICT, WITHOUT ROWID;

-- One invitation at a time for an address.
CREATE UNIQUE INDEX invitation_pending ON invitation (workspace, email_folded)
    WHERE accepted_at IS NULL AND withdrawn_at IS NULL;
CREATE INDEX invitation_by_workspace ON invitation (workspace, id);
CREATE INDEX invitation_by_end ON invitation (expires_at);
