-- Sign-ins, counted; and pictures of clients that somebody gave us.

-- How often somebody signed in or was refused within each hour and day. The pool is as an account's is; only few outcomes
-- are told apart, so there are few rows.
CREATE TABLE sign_in_tally (
    grain   TEXT    NOT NULL,
    at      INTEGER NOT NULL,
    pool    TEXT    NOT NULL,
    outcome TEXT    NOT NULL,
    times   INTEGER NOT NULL,
    PRIMARY KEY (grain, at, pool, outcome)
) STRICT;

-- A picture that was given for a client counts before one that is found where the client says (client_logo).
CREATE TABLE client_picture (
    client     BLOB    NOT NULL PRIMARY KEY REFERENCES client (id) ON DELETE CASCADE,
    digest     BLOB    NOT NULL CHECK (length(digest) = 32),
    media_type TEXT    NOT NULL,
    picture    BLOB    NOT NULL,
    given_at   INTEGER NOT NULL
) STRICT;

CREATE INDEX client_picture_by_digest ON client_picture (digest);
