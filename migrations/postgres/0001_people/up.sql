-- Times are UTC. Identifiers are UUIDs of version 7 as text: their order is the order of creation.
-- Text is ordered by bytes (COLLATE "C"), as on SQLite, so that pages do not depend on a locale.
-- An actor is three columns: kind (USER, API_TOKEN, SYSTEM), id (null for SYSTEM) and the name at the time.

CREATE TABLE tenants (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    entra_tenant_id TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    -- Lower-cased by us: databases fold beyond ASCII differently, or not at all.
    name_folded TEXT COLLATE "C" NOT NULL,
    cloud TEXT COLLATE "C" NOT NULL,
    connection_status TEXT COLLATE "C" NOT NULL,
    -- Key of the digests that stand for sealed values in content hashes; itself sealed. Never rotates.
    digest_key BYTEA NOT NULL,
    policies_synced_at TIMESTAMP,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL,
    -- A deleted tenant keeps its row for the sake of its audit log.
    deleted_at TIMESTAMP
);
CREATE UNIQUE INDEX tenants_entra_tenant ON tenants (entra_tenant_id) WHERE deleted_at IS NULL;

CREATE TABLE credentials (
    tenant_id TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES tenants (id),
    kind TEXT COLLATE "C" NOT NULL,
    client_id TEXT COLLATE "C" NOT NULL,
    secret BYTEA NOT NULL,
    expires_at TIMESTAMP,
    last_verified_at TIMESTAMP,
    updated_at TIMESTAMP NOT NULL
);

CREATE TABLE users (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    issuer TEXT COLLATE "C" NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    display_name TEXT COLLATE "C" NOT NULL,
    email TEXT COLLATE "C",
    created_at TIMESTAMP NOT NULL
);
CREATE UNIQUE INDEX users_identity ON users (issuer, subject);

CREATE TABLE members (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    tenant_id TEXT COLLATE "C" NOT NULL REFERENCES tenants (id),
    user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    role TEXT COLLATE "C" NOT NULL,
    created_at TIMESTAMP NOT NULL,
    added_by_kind TEXT COLLATE "C" NOT NULL,
    added_by_id TEXT COLLATE "C",
    added_by_name TEXT COLLATE "C" NOT NULL
);
CREATE UNIQUE INDEX members_user ON members (user_id, tenant_id);
CREATE INDEX members_tenant ON members (tenant_id, id);

CREATE TABLE api_tokens (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    tenant_id TEXT COLLATE "C" NOT NULL REFERENCES tenants (id),
    -- The public part of the token text, by which it is found.
    key_id TEXT COLLATE "C" NOT NULL,
    -- SHA-256 of the secret part: 256 random bits need neither salt nor stretching.
    secret_hash BYTEA NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    name_folded TEXT COLLATE "C" NOT NULL,
    role TEXT COLLATE "C" NOT NULL,
    created_at TIMESTAMP NOT NULL,
    created_by_kind TEXT COLLATE "C" NOT NULL,
    created_by_id TEXT COLLATE "C",
    created_by_name TEXT COLLATE "C" NOT NULL,
    expires_at TIMESTAMP NOT NULL,
    last_used_at TIMESTAMP,
    revoked_at TIMESTAMP
);
CREATE UNIQUE INDEX api_tokens_key ON api_tokens (key_id);
CREATE INDEX api_tokens_tenant ON api_tokens (tenant_id, id);
