-- Lists by a filter, and counts of what it finds, read these in place of the wide rows themselves.
CREATE INDEX runs_by_filter ON runs (tenant_id, created_at, id, status, trigger_kind, error_code, schedule_id);
CREATE INDEX backup_sets_by_filter ON backup_sets (tenant_id, created_at, id, is_complete, deleted_at, schedule_id);
