-- Written in the transaction of the change it tells of, and never changed afterwards, but for the
-- count of refusals: those of one actor, action and minute are one row.
CREATE TABLE audit_log (
    id TEXT NOT NULL PRIMARY KEY,
    tenant_id TEXT NOT NULL REFERENCES tenants (id),
    occurred_at TIMESTAMP NOT NULL,
    actor_kind TEXT NOT NULL,
    actor_id TEXT,
    actor_name TEXT NOT NULL,
    action TEXT NOT NULL,
    outcome TEXT NOT NULL,
    target_kind TEXT,
    target_id TEXT,
    target_name TEXT,
    -- JSON: field names with `before` and `after`. Never holds a secret.
    changes TEXT,
    request_id TEXT,
    ip_address TEXT
);
CREATE INDEX audit_log_of_tenant ON audit_log (tenant_id, occurred_at, id);

-- Refusals of one principal, operation and minute: the key under which their one row is counted.
CREATE TABLE refusals (
    tenant_id TEXT NOT NULL REFERENCES tenants (id),
    actor_id TEXT NOT NULL,
    operation TEXT NOT NULL,
    minute TIMESTAMP NOT NULL,
    audit_id TEXT NOT NULL REFERENCES audit_log (id),
    refusal_count BIGINT NOT NULL,
    PRIMARY KEY (actor_id, tenant_id, operation, minute)
);

CREATE TABLE notifications (
    id TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id),
    tenant_id TEXT NOT NULL REFERENCES tenants (id),
    kind TEXT NOT NULL,
    severity TEXT NOT NULL,
    title TEXT NOT NULL,
    body TEXT NOT NULL,
    subject_kind TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    read_at TIMESTAMP
);
CREATE INDEX notifications_of_user ON notifications (user_id, created_at, id);

-- The position of a stream's newest event. Incremented last in a transaction, so that the order of
-- commits is the order of sequences and a reader never misses a late row.
CREATE TABLE streams (
    name TEXT NOT NULL PRIMARY KEY,
    sequence BIGINT NOT NULL
);

CREATE TABLE run_events (
    tenant_id TEXT NOT NULL REFERENCES tenants (id),
    sequence BIGINT NOT NULL,
    occurred_at TIMESTAMP NOT NULL,
    run_id TEXT NOT NULL REFERENCES runs (id),
    schedule_id TEXT NOT NULL REFERENCES schedules (id),
    previous_status TEXT,
    -- JSON: the run as it was then.
    run TEXT NOT NULL,
    PRIMARY KEY (tenant_id, sequence)
);
CREATE INDEX run_events_age ON run_events (occurred_at);

CREATE TABLE idempotency_keys (
    principal TEXT NOT NULL,
    operation TEXT NOT NULL,
    idempotency_key TEXT NOT NULL,
    -- SHA-256 of the input: the same key with another input is refused.
    input_hash TEXT NOT NULL,
    result_id TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    PRIMARY KEY (principal, operation, idempotency_key)
);
CREATE INDEX idempotency_keys_age ON idempotency_keys (created_at);

-- Facts about this database itself, such as the check value of the key that seals its secrets.
CREATE TABLE settings (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);
