-- Times are UTC. Identifiers are UUIDs of version 7 as text: their order is the order of creation.
-- An actor is three columns: kind (USER, API_TOKEN, SYSTEM), id (null for SYSTEM) and the name at the time.

CREATE TABLE tenants (
    id TEXT NOT NULL PRIMARY KEY,
    entra_tenant_id TEXT NOT NULL,
    name TEXT NOT NULL,
    -- Lower-cased by us: databases fold beyond ASCII differently, or not at all.
    name_folded TEXT NOT NULL,
    cloud TEXT NOT NULL,
    connection_status TEXT NOT NULL,
    -- Key of the digests that stand for sealed values in content hashes; itself sealed. Never rotates.
    digest_key BLOB NOT NULL,
    policies_synced_at TIMESTAMP,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL,
    -- A deleted tenant keeps its row for the sake of its audit log.
    deleted_at TIMESTAMP
);
CREATE UNIQUE INDEX tenants_entra_tenant ON tenants (entra_tenant_id) WHERE deleted_at IS NULL;

CREATE TABLE credentials (
    tenant_id TEXT NOT NULL PRIMARY KEY REFERENCES tenants (id),
    kind TEXT NOT NULL,
    client_id TEXT NOT NULL,
    secret BLOB NOT NULL,
    expires_at TIMESTAMP,
    last_verified_at TIMESTAMP,
    updated_at TIMESTAMP NOT NULL
);

CREATE TABLE users (
    id TEXT NOT NULL PRIMARY KEY,
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    display_name TEXT NOT NULL,
    email TEXT,
    created_at TIMESTAMP NOT NULL
);
CREATE UNIQUE INDEX users_identity ON users (issuer, subject);

CREATE TABLE members (
    id TEXT NOT NULL PRIMARY KEY,
    tenant_id TEXT NOT NULL REFERENCES tenants (id),
    user_id TEXT NOT NULL REFERENCES users (id),
    role TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    added_by_kind TEXT NOT NULL,
    added_by_id TEXT,
    added_by_name TEXT NOT NULL
);
CREATE UNIQUE INDEX members_user ON members (user_id, tenant_id);
CREATE INDEX members_tenant ON members (tenant_id, id);

CREATE TABLE api_tokens (
    id TEXT NOT NULL PRIMARY KEY,
    tenant_id TEXT NOT NULL REFERENCES tenants (id),
    -- The public part of the token text, by which it is found.
    key_id TEXT NOT NULL,
    -- SHA-256 of the secret part: 256 random bits need neither salt nor stretching.
    secret_hash BLOB NOT NULL,
    name TEXT NOT NULL,
    name_folded TEXT NOT NULL,
    role TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    created_by_kind TEXT NOT NULL,
    created_by_id TEXT,
    created_by_name TEXT NOT NULL,
    expires_at TIMESTAMP NOT NULL,
    last_used_at TIMESTAMP,
    revoked_at TIMESTAMP
);
CREATE UNIQUE INDEX api_tokens_key ON api_tokens (key_id);
CREATE INDEX api_tokens_tenant ON api_tokens (tenant_id, id);
