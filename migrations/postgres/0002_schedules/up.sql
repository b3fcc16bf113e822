CREATE TABLE schedules (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    tenant_id TEXT COLLATE "C" NOT NULL REFERENCES tenants (id),
    name TEXT COLLATE "C" NOT NULL,
    name_folded TEXT COLLATE "C" NOT NULL,
    enabled BOOLEAN NOT NULL,
    disabled_reason TEXT COLLATE "C",
    frequency TEXT COLLATE "C" NOT NULL,
    -- Bit 0 is Monday; 0 when daily.
    weekdays SMALLINT NOT NULL,
    time_of_day TEXT COLLATE "C" NOT NULL,
    time_zone TEXT COLLATE "C" NOT NULL,
    spread_minutes SMALLINT NOT NULL,
    -- Kinds by name, joined by commas, in capture order.
    kinds TEXT COLLATE "C" NOT NULL,
    include_assignments BOOLEAN NOT NULL,
    include_scope_tags BOOLEAN NOT NULL,
    keep_last INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    -- The next slot, the local date it stands for, when it is due (later than the slot by the spread),
    -- and the release of the time zone data that computed it. All null while disabled.
    next_run_at TIMESTAMP,
    next_date DATE,
    dispatch_at TIMESTAMP,
    tzdb TEXT COLLATE "C",
    last_run_id TEXT COLLATE "C",
    last_run_at TIMESTAMP,
    last_run_status TEXT COLLATE "C",
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL,
    created_by_kind TEXT COLLATE "C" NOT NULL,
    created_by_id TEXT COLLATE "C",
    created_by_name TEXT COLLATE "C" NOT NULL,
    deleted_at TIMESTAMP
);
CREATE UNIQUE INDEX schedules_name ON schedules (tenant_id, name_folded) WHERE deleted_at IS NULL;
-- What a tick reads: its cost grows with what is due, not with what exists.
CREATE INDEX schedules_due ON schedules (dispatch_at, id) WHERE dispatch_at IS NOT NULL;
CREATE INDEX schedules_next ON schedules (next_run_at) WHERE next_run_at IS NOT NULL;

CREATE TABLE runs (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    tenant_id TEXT COLLATE "C" NOT NULL REFERENCES tenants (id),
    schedule_id TEXT COLLATE "C" NOT NULL REFERENCES schedules (id),
    trigger_kind TEXT COLLATE "C" NOT NULL,
    slot TIMESTAMP,
    slot_date DATE,
    retry_of TEXT COLLATE "C" REFERENCES runs (id),
    started_by_kind TEXT COLLATE "C" NOT NULL,
    started_by_id TEXT COLLATE "C",
    started_by_name TEXT COLLATE "C" NOT NULL,
    status TEXT COLLATE "C" NOT NULL,
    attempt SMALLINT NOT NULL,
    next_attempt_at TIMESTAMP,
    -- The fence: one higher with each claim. Every write of a worker names the claim it holds.
    claim BIGINT NOT NULL,
    owner TEXT COLLATE "C",
    lease_until TIMESTAMP,
    kinds TEXT COLLATE "C" NOT NULL,
    include_assignments BOOLEAN NOT NULL,
    include_scope_tags BOOLEAN NOT NULL,
    full_read BOOLEAN NOT NULL,
    created_at TIMESTAMP NOT NULL,
    started_at TIMESTAMP,
    finished_at TIMESTAMP,
    cancel_requested_at TIMESTAMP,
    error_code TEXT COLLATE "C",
    error_message TEXT COLLATE "C",
    missed_count INTEGER,
    last_missed_at TIMESTAMP,
    -- JSON documents: written and read whole, never searched.
    progress TEXT COLLATE "C" NOT NULL,
    summary TEXT COLLATE "C"
);
-- One run per slot, whatever the number of servers.
CREATE UNIQUE INDEX runs_slot ON runs (schedule_id, slot) WHERE slot IS NOT NULL;
CREATE UNIQUE INDEX runs_active ON runs (schedule_id) WHERE status IN ('QUEUED', 'RUNNING');
CREATE UNIQUE INDEX runs_running ON runs (tenant_id) WHERE status = 'RUNNING';
CREATE UNIQUE INDEX runs_retry ON runs (retry_of) WHERE retry_of IS NOT NULL;
-- The queue, tenant by tenant: what is offered and claimed must not cost what has ever run.
CREATE INDEX runs_queue ON runs (tenant_id, created_at, id) WHERE status = 'QUEUED';
CREATE INDEX runs_lease ON runs (lease_until) WHERE status = 'RUNNING';
CREATE INDEX runs_of_tenant ON runs (tenant_id, created_at, id);
CREATE INDEX runs_of_schedule ON runs (schedule_id, created_at, id);

-- The completeness record: one row per run and kind.
CREATE TABLE run_kinds (
    run_id TEXT COLLATE "C" NOT NULL REFERENCES runs (id),
    kind TEXT COLLATE "C" NOT NULL,
    status TEXT COLLATE "C" NOT NULL,
    -- Null until the list is complete.
    listed_count INTEGER,
    item_count INTEGER NOT NULL,
    reused_count INTEGER NOT NULL,
    failed_count INTEGER NOT NULL,
    vanished_count INTEGER NOT NULL,
    payload_bytes BIGINT NOT NULL,
    request_count BIGINT NOT NULL,
    error_code TEXT COLLATE "C",
    error_message TEXT COLLATE "C",
    PRIMARY KEY (run_id, kind)
);

-- One row: when a tick was last made by any server. A longer gap than the grace is an outage.
CREATE TABLE dispatcher (
    id SMALLINT NOT NULL PRIMARY KEY,
    last_tick_at TIMESTAMP NOT NULL
);
