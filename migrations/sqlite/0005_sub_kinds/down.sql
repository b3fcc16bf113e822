DROP TABLE run_failures;
ALTER TABLE backup_items DROP COLUMN sub_kind;
