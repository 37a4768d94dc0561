-- Letters about the ends of keys, so that each is sent once.

CREATE TABLE reminder (
    key        UUID NOT NULL REFERENCES api_key (id) ON DELETE CASCADE,
    -- The end that it was about: a key that is given another end is reminded of that one, too.
    expires_at BIGINT NOT NULL,
    days       BIGINT NOT NULL CHECK (days IN (30, 7, 1)),
    sent_at    BIGINT NOT NULL,
    PRIMARY KEY (key, expires_at, days)
);
