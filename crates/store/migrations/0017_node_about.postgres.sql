-- What people want to know of a node: which program it runs, and when it was last heard of.

ALTER TABLE node ADD COLUMN version TEXT NOT NULL DEFAULT '';
ALTER TABLE node ADD COLUMN seen_at BIGINT NOT NULL DEFAULT 0;
