DROP TABLE removals;
DROP TABLE set_changes;
