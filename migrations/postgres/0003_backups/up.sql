-- The inventory: what the last syncs saw in a tenant.
CREATE TABLE policies (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    tenant_id TEXT COLLATE "C" NOT NULL REFERENCES tenants (id),
    kind TEXT COLLATE "C" NOT NULL,
    graph_id TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    name_folded TEXT COLLATE "C" NOT NULL,
    description TEXT COLLATE "C",
    graph_created_at TIMESTAMP,
    graph_modified_at TIMESTAMP,
    first_seen_at TIMESTAMP NOT NULL,
    last_seen_at TIMESTAMP NOT NULL,
    missing_since TIMESTAMP,
    -- Its newest item in any set; null until the first.
    latest_item_id TEXT COLLATE "C"
);
CREATE UNIQUE INDEX policies_object ON policies (tenant_id, kind, graph_id);

-- Stored once: addressed by tenant and SHA-256 of the canonical bytes. Tenants share nothing.
CREATE TABLE contents (
    tenant_id TEXT COLLATE "C" NOT NULL REFERENCES tenants (id),
    hash TEXT COLLATE "C" NOT NULL,
    raw_bytes BIGINT NOT NULL,
    -- Compressed with zstd.
    body BYTEA NOT NULL,
    created_at TIMESTAMP NOT NULL,
    last_used_at TIMESTAMP NOT NULL,
    PRIMARY KEY (tenant_id, hash)
);

-- Secrets taken out of captures, each sealed under the server's key and found by its keyed digest.
CREATE TABLE sealed_values (
    tenant_id TEXT COLLATE "C" NOT NULL REFERENCES tenants (id),
    digest TEXT COLLATE "C" NOT NULL,
    sealed BYTEA NOT NULL,
    created_at TIMESTAMP NOT NULL,
    last_used_at TIMESTAMP NOT NULL,
    PRIMARY KEY (tenant_id, digest)
);

CREATE TABLE backup_sets (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    tenant_id TEXT COLLATE "C" NOT NULL REFERENCES tenants (id),
    schedule_id TEXT COLLATE "C" NOT NULL REFERENCES schedules (id),
    run_id TEXT COLLATE "C" NOT NULL REFERENCES runs (id),
    created_at TIMESTAMP NOT NULL,
    is_complete BOOLEAN NOT NULL,
    kinds TEXT COLLATE "C" NOT NULL,
    missing_kinds TEXT COLLATE "C" NOT NULL,
    include_assignments BOOLEAN NOT NULL,
    include_scope_tags BOOLEAN NOT NULL,
    item_count INTEGER NOT NULL,
    payload_bytes BIGINT NOT NULL,
    content_hash TEXT COLLATE "C" NOT NULL,
    deleted_at TIMESTAMP,
    deletion_reason TEXT COLLATE "C",
    deleted_by_kind TEXT COLLATE "C",
    deleted_by_id TEXT COLLATE "C",
    deleted_by_name TEXT COLLATE "C",
    undeleted_at TIMESTAMP
);
CREATE UNIQUE INDEX backup_sets_run ON backup_sets (run_id);
CREATE INDEX backup_sets_of_tenant ON backup_sets (tenant_id, created_at, id);
CREATE INDEX backup_sets_of_schedule ON backup_sets (schedule_id, created_at, id);

CREATE TABLE backup_items (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    set_id TEXT COLLATE "C" NOT NULL REFERENCES backup_sets (id),
    tenant_id TEXT COLLATE "C" NOT NULL,
    policy_id TEXT COLLATE "C" NOT NULL REFERENCES policies (id),
    -- Place of the kind in the capture order, then the kind by name.
    kind_order SMALLINT NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    graph_id TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    name_folded TEXT COLLATE "C" NOT NULL,
    payload_hash TEXT COLLATE "C" NOT NULL,
    assignments_hash TEXT COLLATE "C",
    scope_tags_hash TEXT COLLATE "C",
    -- Content that maps JSON pointers of sealed values to their digests; null when nothing is sealed.
    sealed_hash TEXT COLLATE "C",
    payload_bytes BIGINT NOT NULL,
    content_hash TEXT COLLATE "C" NOT NULL,
    state_hash TEXT COLLATE "C" NOT NULL,
    -- What reuse asks for: the change marker, the version of the kind's catalog entry.
    marker TEXT COLLATE "C",
    catalog_revision SMALLINT NOT NULL,
    policy_modified_at TIMESTAMP,
    captured_at TIMESTAMP NOT NULL,
    FOREIGN KEY (tenant_id, payload_hash) REFERENCES contents (tenant_id, hash),
    FOREIGN KEY (tenant_id, assignments_hash) REFERENCES contents (tenant_id, hash),
    FOREIGN KEY (tenant_id, scope_tags_hash) REFERENCES contents (tenant_id, hash),
    FOREIGN KEY (tenant_id, sealed_hash) REFERENCES contents (tenant_id, hash)
);
CREATE UNIQUE INDEX backup_items_object ON backup_items (set_id, kind, graph_id);
CREATE INDEX backup_items_by_name ON backup_items (set_id, name_folded, id);
CREATE INDEX backup_items_of_policy ON backup_items (policy_id, captured_at, id);
CREATE INDEX backup_items_payload ON backup_items (tenant_id, payload_hash);
CREATE INDEX backup_items_assignments ON backup_items (tenant_id, assignments_hash);
CREATE INDEX backup_items_scope_tags ON backup_items (tenant_id, scope_tags_hash);
CREATE INDEX backup_items_sealed ON backup_items (tenant_id, sealed_hash);
