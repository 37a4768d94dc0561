-- Which flush of counts each node wrote last. Its row changes in the transaction that writes the flush, so that one whose
-- confirmation was lost is not written again, although its batches may be folded and gone by then.
CREATE TABLE usage_flush (
    node   UUID   NOT NULL PRIMARY KEY,
    number BIGINT NOT NULL,
    at     BIGINT NOT NULL
);

-- Origins (scheme://host[:port]) at which clients have redirect URIs, written with the client: what CORS asks for.
CREATE TABLE client_origin (
    api    UUID NOT NULL REFERENCES api (id),
    origin TEXT NOT NULL,
    client UUID NOT NULL REFERENCES client (id) ON DELETE CASCADE,
    PRIMARY KEY (api, origin, client)
);

CREATE INDEX client_origin_by_client ON client_origin (client);

-- Of the clients that are there already: the URI up to its path, in lower case, without the port that its scheme has anyway.
INSERT INTO client_origin (api, origin, client)
SELECT DISTINCT found.api,
    regexp_replace(regexp_replace(found.origin, '^(https://.*):443$', '\1'), '^(http://.*):80$', '\1'),
    found.client
FROM (
    SELECT c.api AS api, c.id AS client, substring(lower(u.value) FROM '^https?://[^/?]*') AS origin
    FROM client c, json_array_elements_text(c.metadata::json -> 'redirect_uris') AS u (value)
) found
WHERE found.origin IS NOT NULL;
