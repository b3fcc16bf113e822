-- Since when a queued run waits its turn; null means since it was queued. When a run of a tenant is claimed
-- its other queued runs begin to wait anew, so that a tenant with many lets those with few come first.
ALTER TABLE runs ADD COLUMN turn_at TIMESTAMP;
