-- Written in the transaction of the change it tells of, and never changed afterwards, but for the
-- count of refusals: those of one actor, action and minute are one row.
CREATE TABLE audit_log (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    tenant_id TEXT COLLATE "C" NOT NULL REFERENCES tenants (id),
    occurred_at TIMESTAMP NOT NULL,
    actor_kind TEXT COLLATE "C" NOT NULL,
    actor_id TEXT COLLATE "C",
    actor_name TEXT COLLATE "C" NOT NULL,
    action TEXT COLLATE "C" NOT NULL,
    outcome TEXT COLLATE "C" NOT NULL,
    target_kind TEXT COLLATE "C",
    target_id TEXT COLLATE "C",
    target_name TEXT COLLATE "C",
    -- JSON: field names with `before` and `after`. Never holds a secret.
    changes TEXT COLLATE "C",
    request_id TEXT COLLATE "C",
    ip_address TEXT COLLATE "C"
);
CREATE INDEX audit_log_of_tenant ON audit_log (tenant_id, occurred_at, id);

-- Refusals of one principal, operation and minute: the key under which their one row is counted.
CREATE TABLE refusals (
    tenant_id TEXT COLLATE "C" NOT NULL REFERENCES tenants (id),
    actor_id TEXT COLLATE "C" NOT NULL,
    operation TEXT COLLATE "C" NOT NULL,
    minute TIMESTAMP NOT NULL,
    audit_id TEXT COLLATE "C" NOT NULL REFERENCES audit_log (id),
    refusal_count BIGINT NOT NULL,
    PRIMARY KEY (actor_id, tenant_id, operation, minute)
);

CREATE TABLE notifications (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    tenant_id TEXT COLLATE "C" NOT NULL REFERENCES tenants (id),
    kind TEXT COLLATE "C" NOT NULL,
    severity TEXT COLLATE "C" NOT NULL,
    title TEXT COLLATE "C" NOT NULL,
    body TEXT COLLATE "C" NOT NULL,
    subject_kind TEXT COLLATE "C" NOT NULL,
    subject_id TEXT COLLATE "C" NOT NULL,
    created_at TIMESTAMP NOT NULL,
    read_at TIMESTAMP
);
CREATE INDEX notifications_of_user ON notifications (user_id, created_at, id);

-- The position of a stream's newest event. Incremented last in a transaction, so that the order of
-- commits is the order of sequences and a reader never misses a late row.
CREATE TABLE streams (
    name TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    sequence BIGINT NOT NULL
);

CREATE TABLE run_events (
    tenant_id TEXT COLLATE "C" NOT NULL REFERENCES tenants (id),
    sequence BIGINT NOT NULL,
    occurred_at TIMESTAMP NOT NULL,
    run_id TEXT COLLATE "C" NOT NULL REFERENCES runs (id),
    schedule_id TEXT COLLATE "C" NOT NULL REFERENCES schedules (id),
    previous_status TEXT COLLATE "C",
    -- JSON: the run as it was then.
    run TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant_id, sequence)
);
CREATE INDEX run_events_age ON run_events (occurred_at);

CREATE TABLE idempotency_keys (
    principal TEXT COLLATE "C" NOT NULL,
    operation TEXT COLLATE "C" NOT NULL,
    idempotency_key TEXT COLLATE "C" NOT NULL,
    -- SHA-256 of the input: the same key with another input is refused.
    input_hash TEXT COLLATE "C" NOT NULL,
    result_id TEXT COLLATE "C" NOT NULL,
    created_at TIMESTAMP NOT NULL,
    PRIMARY KEY (principal, operation, idempotency_key)
);
CREATE INDEX idempotency_keys_age ON idempotency_keys (created_at);

-- Facts about this database itself, such as the check value of the key that seals its secrets.
CREATE TABLE settings (
    name TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    value TEXT COLLATE "C" NOT NULL
);
