DROP TABLE backup_items;
DROP TABLE backup_sets;
DROP TABLE sealed_values;
DROP TABLE contents;
DROP TABLE policies;
