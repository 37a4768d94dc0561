-- Which flush of counts each node wrote last. Its row changes in the transaction that writes the flush, so that one whose
-- confirmation was lost is not written again, although its batches may be folded and gone by then.
CREATE TABLE usage_flush (
    node   BLOB    NOT NULL PRIMARY KEY,
    number INTEGER NOT NULL,
    at     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Origins (scheme://host[:port]) at which clients have redirect URIs, written with the client: what CORS asks for.
CREATE TABLE client_origin (
    api    BLOB NOT NULL REFERENCES api (id),
    origin TEXT NOT NULL,
    client BLOB NOT NULL REFERENCES client (id) ON DELETE CASCADE,
    PRIMARY KEY (api, origin, client)
) STRICT, WITHOUT ROWID;

CREATE INDEX client_origin_by_client ON client_origin (client);

-- Of the clients that are there already: the URI up to its path, in lower case, without the port that its scheme has anyway.
INSERT INTO client_origin (api, origin, client)
SELECT DISTINCT found.api,
    CASE
        WHEN found.origin LIKE 'https://%:443' THEN substr(found.origin, 1, length(found.origin) - 4)
        WHEN found.origin LIKE 'http://%:80' THEN substr(found.origin, 1, length(found.origin) - 3)
        ELSE found.origin
    END,
    found.client
FROM (
    SELECT c.api AS api, c.id AS client,
        lower(substr(u.value, 1, instr(u.value, '://') + 1
            + instr(replace(substr(u.value, instr(u.value, '://') + 3) || '/', '?', '/'), '/'))) AS origin
    FROM client c, json_each(c.metadata, '$.redirect_uris') u
    WHERE lower(u.value) LIKE 'https://%' OR lower(u.value) LIKE 'http://%'
) found;
