-- Since when the age of a schedule's backups counts, and when they become stale; null while it does not
-- fire, and until a tick has looked (rows of older versions).
ALTER TABLE schedules ADD COLUMN fresh_since TIMESTAMP;
ALTER TABLE schedules ADD COLUMN stale_at TIMESTAMP;
-- When people are to be told; null once they were.
ALTER TABLE schedules ADD COLUMN stale_tell_at TIMESTAMP;
CREATE INDEX schedules_stale ON schedules (stale_tell_at, id) WHERE stale_tell_at IS NOT NULL;
CREATE INDEX schedules_of_unknown_age ON schedules (id) WHERE stale_at IS NULL AND dispatch_at IS NOT NULL;

-- When people are to be told next that a credential expires; null when there is nothing more to tell.
ALTER TABLE credentials ADD COLUMN expiry_tell_at TIMESTAMP;
-- Due at once: what is to be told is decided when it is looked at.
UPDATE credentials SET expiry_tell_at = updated_at WHERE expires_at IS NOT NULL;
CREATE INDEX credentials_expiry ON credentials (expiry_tell_at) WHERE expiry_tell_at IS NOT NULL;

-- Runs that ended, by how and when: counts of the last day, calendars, the last success.
CREATE INDEX runs_by_end ON runs (tenant_id, status, finished_at);

-- Compressed size, so that a sum need not read the bodies. Null in rows of older versions.
ALTER TABLE contents ADD COLUMN stored_bytes BIGINT;
UPDATE contents SET stored_bytes = length(body);
CREATE INDEX contents_sizes ON contents (tenant_id, stored_bytes);

-- What a tenant's backups took at the end of a day (UTC) on which something changed.
CREATE TABLE storage_days (
    tenant_id TEXT COLLATE "C" NOT NULL REFERENCES tenants (id),
    date DATE NOT NULL,
    stored_bytes BIGINT NOT NULL,
    logical_bytes BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, date)
);
-- What there is at the upgrade, on the day on which each tenant was last backed up.
INSERT INTO storage_days (tenant_id, date, stored_bytes, logical_bytes)
SELECT tenant_id, MAX(last_used_at)::DATE, SUM(stored_bytes),
    COALESCE((SELECT SUM(payload_bytes) FROM backup_sets WHERE backup_sets.tenant_id = contents.tenant_id), 0)
FROM contents GROUP BY tenant_id;
