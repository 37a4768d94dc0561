-- Families hold what is known of their tokens that are not spent: a refresh then writes one row and not five. Rows of
-- tokens are left for those alone whose text does not say their name, to find them by their keyed hash.

-- When the newest generation was issued, and when its access token ends.
ALTER TABLE token_family ADD COLUMN issued_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE token_family ADD COLUMN access_ends_at BIGINT;
-- A JSON array: of each token that is not spent its generation, part, keyed hash, dates and own scopes.
ALTER TABLE token_family ADD COLUMN tokens TEXT NOT NULL DEFAULT '[]';

UPDATE token_family f SET
    issued_at = COALESCE((SELECT MAX(t.issued_at) FROM token t WHERE t.family = f.id), f.created_at),
    access_ends_at = (SELECT t.expires_at FROM token t
        WHERE t.family = f.id AND t.generation = f.newest AND t.part = 'access'),
    tokens = COALESCE((SELECT json_agg(json_build_array(t.generation, t.part, encode(t.lookup, 'hex'), t.issued_at,
            t.expires_at, t.scopes))::text
        FROM token t WHERE t.family = f.id AND t.generation > f.spent), '[]');

ALTER TABLE token_family ALTER COLUMN issued_at DROP DEFAULT;
ALTER TABLE token_family ALTER COLUMN tokens DROP DEFAULT;
ALTER TABLE token DROP COLUMN scopes;
-- Of what most families do not have, no index holds anything.
ALTER TABLE token_family DROP CONSTRAINT token_family_reuse_key;
CREATE UNIQUE INDEX token_family_reuse_key ON token_family (reuse) WHERE reuse IS NOT NULL;
DROP INDEX token_family_by_key;
DROP INDEX token_family_by_secret;
CREATE INDEX token_family_by_key ON token_family (key, session) WHERE key IS NOT NULL;
CREATE INDEX token_family_by_secret ON token_family (secret) WHERE secret IS NOT NULL;
