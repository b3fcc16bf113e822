-- Content that lists what the item points to, by kind; null in items of versions that did not look.
-- No foreign key, which SQLite cannot add to a table that exists: whoever removes contents has to look at this column.
ALTER TABLE backup_items ADD COLUMN references_hash TEXT;
CREATE INDEX backup_items_references ON backup_items (tenant_id, references_hash);

-- Who changed the object last, as Intune's audit events say; null when that is unknown.
ALTER TABLE backup_items ADD COLUMN changed_by TEXT;
ALTER TABLE backup_items ADD COLUMN change_operation TEXT;
ALTER TABLE backup_items ADD COLUMN changed_at TIMESTAMP;

-- What groups, filters and scope tags are called, each row from an instant until the next one: a name
-- that stays is one row, however many sets show it. The row that holds now has no end.
CREATE TABLE reference_names (
    tenant_id TEXT NOT NULL REFERENCES tenants (id),
    kind TEXT NOT NULL,
    graph_id TEXT NOT NULL,
    since TIMESTAMP NOT NULL,
    until TIMESTAMP,
    -- Null when it was gone, or Graph did not say.
    name TEXT,
    -- When Graph said so last; null when it did not say.
    confirmed_at TIMESTAMP,
    PRIMARY KEY (tenant_id, kind, graph_id, since)
);
