-- The slice of its kind that the object belongs to, such as update rings; null for the plain form,
-- and for what was stored before slices were told apart.
ALTER TABLE backup_items ADD COLUMN sub_kind TEXT COLLATE "C";

-- The completeness record by name: which objects of a kind could not be stored, the first hundred
-- of them. `run_kinds.failed_count` counts them all.
CREATE TABLE run_failures (
    run_id TEXT COLLATE "C" NOT NULL REFERENCES runs (id),
    kind TEXT COLLATE "C" NOT NULL,
    -- In the order in which they failed.
    place SMALLINT NOT NULL,
    -- Null when Graph gave the object without one.
    graph_id TEXT COLLATE "C",
    name TEXT COLLATE "C" NOT NULL,
    error_code TEXT COLLATE "C" NOT NULL,
    error_message TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (run_id, kind, place)
);
