-- How each kind of a set differs from its base: the newest earlier set of the schedule that holds the kind in
-- full, with the same options. Found out with the set. Sets of older versions have no rows here.
CREATE TABLE set_changes (
    -- An older version that removes a set knows nothing of its differences.
    set_id TEXT NOT NULL REFERENCES backup_sets (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    tenant_id TEXT NOT NULL,
    -- Null when nothing was there to compare with. No foreign key: sets go in their own time.
    base_set_id TEXT,
    added INTEGER NOT NULL,
    changed INTEGER NOT NULL,
    removed INTEGER NOT NULL,
    unchanged INTEGER NOT NULL,
    -- Of the changed ones.
    assignments_changed INTEGER NOT NULL,
    PRIMARY KEY (set_id, kind)
);

-- Who removed what a set does not hold any more, as Intune's audit events say. Its items tell of the rest.
CREATE TABLE removals (
    set_id TEXT NOT NULL REFERENCES backup_sets (id) ON DELETE CASCADE,
    policy_id TEXT NOT NULL,
    tenant_id TEXT NOT NULL,
    removed_by TEXT NOT NULL,
    operation TEXT NOT NULL,
    removed_at TIMESTAMP NOT NULL,
    PRIMARY KEY (set_id, policy_id)
);
CREATE INDEX removals_of_policy ON removals (policy_id, removed_at);
