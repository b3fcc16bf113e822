-- The queue of all tenants in the order of turns: who is next must not cost what waits behind.
-- Locks writers: for one reading of the table, a second for a million runs; few of them are queued.
CREATE INDEX runs_turns ON runs (COALESCE(turn_at, created_at), id) WHERE status = 'QUEUED';
