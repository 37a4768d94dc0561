-- Pictures of clients.

-- What was found where a client says that its picture is. We show no other server's pictures, so that none learns who
-- looks at ours.
CREATE TABLE client_logo (
    client     UUID NOT NULL PRIMARY KEY REFERENCES client (id) ON DELETE CASCADE,
    -- Where it was looked for; what was found elsewhere is not this client's picture any more.
    address    TEXT NOT NULL,
    -- The picture's SHA-256, its media type and its bytes; none of them where there was no picture to be had.
    digest     BYTEA CHECK (length(digest) = 32),
    media_type TEXT,
    picture    BYTEA,
    looked_at  BIGINT NOT NULL
);

CREATE INDEX client_logo_by_digest ON client_logo (digest) WHERE digest IS NOT NULL;
