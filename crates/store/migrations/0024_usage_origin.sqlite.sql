-- Where the requests of a batch came from, as one JSON list beside the counts. Nodes of an earlier release write none.
ALTER TABLE usage_batch ADD COLUMN origins TEXT NOT NULL DEFAULT '[]';

-- How often each credential was used from which network, and with which version of a key, within each hour and day. What
-- is not known, or has no room any more, is the nil UUID or the empty text.
CREATE TABLE usage_origin (
    grain      TEXT    NOT NULL,
    at         INTEGER NOT NULL,
    credential TEXT    NOT NULL,
    version    BLOB    NOT NULL,
    network    TEXT    NOT NULL,
    api        BLOB    NOT NULL,
    workspace  BLOB    NOT NULL,
    requests   INTEGER NOT NULL,
    -- Those of them that came when a newer version had taken this one's place.
    replaced   INTEGER NOT NULL,
    -- The latest minute in which one came.
    seen_at    INTEGER NOT NULL,
    PRIMARY KEY (grain, at, credential, version, network)
) STRICT, WITHOUT ROWID;

CREATE INDEX usage_origin_by_credential ON usage_origin (credential, grain, at);
