DROP INDEX contents_damaged;
ALTER TABLE contents DROP COLUMN damaged_at;
ALTER TABLE backup_sets DROP COLUMN damaged_item_count;
ALTER TABLE backup_sets DROP COLUMN verified_at;
DROP TABLE purged_sets;
DROP INDEX backup_sets_purged;
DROP INDEX backup_sets_deleted;
ALTER TABLE backup_sets DROP COLUMN purged_at;
