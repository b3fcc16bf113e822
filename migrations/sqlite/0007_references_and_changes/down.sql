DROP TABLE reference_names;
ALTER TABLE backup_items DROP COLUMN changed_at;
ALTER TABLE backup_items DROP COLUMN change_operation;
ALTER TABLE backup_items DROP COLUMN changed_by;
DROP INDEX backup_items_references;
ALTER TABLE backup_items DROP COLUMN references_hash;
