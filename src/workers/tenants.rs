//! Every change of a tenant's own settings, whichever door it comes through.

use chrono::{DateTime, Utc};
use secrecy::ExposeSecret;
use uuid::Uuid;

use super::keys;
use crate::{
    domain::{
        audit::{AuditAction, AuditEntry, Author, Target},
        capture::DigestKey,
        ids::TenantId,
        name::Name,
        tenant::{Cloud, ConnectionStatus, Tenant},
    },
    store::{Claim, Db, StoreError, audit, tenants},
    vault::{Field, Vault, VaultError, random_key},
};

/// A tenant that somebody wants to have.
#[derive(Clone, Debug)]
pub struct NewTenant {
    /// Name to show.
    pub name: Name,
    /// Its directory ID in Microsoft Entra.
    pub entra_tenant_id: Uuid,
    /// The cloud it lives in.
    pub cloud: Cloud,
}

impl NewTenant {
    /// The tenant, with a new key of its own for digests.
    pub fn made(self, vault: &Vault, now: DateTime<Utc>) -> Result<Tenant, VaultError> {
        let id = TenantId::mint();
        let digest_key = random_key();
        Ok(Tenant {
            id,
            entra_tenant_id: self.entra_tenant_id,
            name: self.name,
            cloud: self.cloud,
            connection: ConnectionStatus::NotConfigured,
            sealed_digest_key: vault.seal(id, Field::DigestKey, digest_key.expose_secret())?,
            synced_at: None,
            created_at: now,
            updated_at: now,
            deleted_at: None,
        })
    }
}

/// The key of the digests that stand for a tenant's sealed values.
pub(super) fn digest_key(tenant: &Tenant, vault: &Vault) -> Result<DigestKey, VaultError> {
    let key = vault.open(tenant.id, Field::DigestKey, &tenant.sealed_digest_key)?;
    let key: [u8; 32] = key
        .expose_secret()
        .as_slice()
        .try_into()
        .map_err(|_| VaultError::Open)?;
    Ok(DigestKey::from(key))
}

/// Adds a tenant; taken when its directory is in the installation already.
pub fn add(
    db: &mut Db,
    tenant: &Tenant,
    author: &Author,
    now: DateTime<Utc>,
) -> Result<Claim, StoreError> {
    keys::confirm(db, &tenant.sealed_digest_key)?;
    let claim = tenants::insert(db, tenant)?;
    if claim == Claim::Ours {
        let directory = tenant.entra_tenant_id.to_string();
        let entry = entry(tenant, AuditAction::TenantCreated, author)
            .changed("entraTenantId", None::<&str>, directory)
            .changed("cloud", None::<&str>, tenant.cloud.as_str());
        audit::append(db, &entry, now)?;
    }
    Ok(claim)
}

/// Gives a tenant, as it is now, another name; nothing happens when it has that name.
pub fn rename(
    db: &mut Db,
    before: &Tenant,
    name: &Name,
    author: &Author,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    if before.name == *name {
        return Ok(());
    }
    tenants::rename(db, before.id, name, now)?;
    let entry = entry(before, AuditAction::TenantUpdated, author);
    let entry = entry.changed("name", before.name.as_str(), name.as_str());
    audit::append(db, &entry, now)
}

/// An entry about a tenant itself.
pub(super) fn entry(tenant: &Tenant, action: AuditAction, author: &Author) -> AuditEntry {
    let target = Target::Tenant(tenant.id);
    AuditEntry::by(author, tenant.id, action, target, tenant.name.as_str())
}
