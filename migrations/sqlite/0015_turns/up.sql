-- Since when a queued run waits its turn; null means since it was queued. When a run of a tenant is claimed
-- its other queued runs begin to wait anew, so that a tenant with many lets those with few come first.
ALTER TABLE runs ADD COLUMN turn_at TIMESTAMP;
-- The queue of all tenants in the order of turns: who is next must not cost what waits behind.
-- Locks writers: for one reading of the table, a second for a million runs; few of them are queued.
CREATE INDEX runs_turns ON runs (COALESCE(turn_at, created_at), id) WHERE status = 'QUEUED';
