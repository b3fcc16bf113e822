-- The oldest program that can work with this database, by the newest migration that it has. A migration
-- that takes something away which older programs use raises it, in its own statements; see CONTRIBUTING.md.
CREATE TABLE schema_floor (
    id SMALLINT PRIMARY KEY NOT NULL CHECK (id = 1),
    migration TEXT NOT NULL
);
INSERT INTO schema_floor (id, migration) VALUES (1, '0014');
