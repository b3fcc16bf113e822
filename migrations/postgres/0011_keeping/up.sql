-- When the set was purged: nobody sees it from then on, while its items go some at a time and at last its
-- row. A server of an older version does not know the column; the condition keeps it from bringing such a
-- set back.
ALTER TABLE backup_sets ADD COLUMN purged_at TIMESTAMP CHECK (purged_at IS NULL OR deleted_at IS NOT NULL);
CREATE INDEX backup_sets_deleted ON backup_sets (deleted_at, id) WHERE deleted_at IS NOT NULL;
CREATE INDEX backup_sets_purged ON backup_sets (id) WHERE purged_at IS NOT NULL;

-- That a set was purged: whoever wants it back is told so, and not that there never was one.
CREATE TABLE purged_sets (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    tenant_id TEXT COLLATE "C" NOT NULL REFERENCES tenants (id),
    schedule_id TEXT COLLATE "C" NOT NULL REFERENCES schedules (id),
    purged_at TIMESTAMP NOT NULL
);
CREATE INDEX purged_sets_of_tenant ON purged_sets (tenant_id);

-- When all hashes of the set were last checked, and how many of its items were found damaged.
ALTER TABLE backup_sets ADD COLUMN verified_at TIMESTAMP;
ALTER TABLE backup_sets ADD COLUMN damaged_item_count INTEGER NOT NULL DEFAULT 0;

-- When the content was found not to fit its hash: it does not count as stored until it is written anew.
ALTER TABLE contents ADD COLUMN damaged_at TIMESTAMP;
CREATE INDEX contents_damaged ON contents (tenant_id, hash) WHERE damaged_at IS NOT NULL;
