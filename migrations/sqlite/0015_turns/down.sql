DROP INDEX runs_turns;
ALTER TABLE runs DROP COLUMN turn_at;
