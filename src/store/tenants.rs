//! Tenants.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;

use super::{
    columns::{Origin, stamp, stamp_of},
    conn::Db,
    error::{Claim, StoreError},
    schema::tenants,
};
use crate::domain::{
    ids::TenantId,
    name::Name,
    tenant::{ConnectionStatus, Tenant},
};

#[derive(Clone, Debug, Queryable, Insertable)]
#[diesel(table_name = tenants)]
pub(super) struct TenantRow {
    id: String,
    entra_tenant_id: String,
    name: String,
    name_folded: String,
    cloud: String,
    connection_status: String,
    digest_key: Vec<u8>,
    policies_synced_at: Option<NaiveDateTime>,
    created_at: NaiveDateTime,
    updated_at: NaiveDateTime,
    deleted_at: Option<NaiveDateTime>,
}

impl TryFrom<TenantRow> for Tenant {
    type Error = StoreError;

    fn try_from(row: TenantRow) -> Result<Self, StoreError> {
        let from = Origin {
            what: "tenant",
            id: &row.id,
        };
        Ok(Self {
            id: from.text(&row.id)?,
            entra_tenant_id: from.text(&row.entra_tenant_id)?,
            name: from.text(&row.name)?,
            cloud: from.text(&row.cloud)?,
            connection: from.text(&row.connection_status)?,
            sealed_digest_key: row.digest_key,
            synced_at: row.policies_synced_at.map(|at| at.and_utc()),
            created_at: row.created_at.and_utc(),
            updated_at: row.updated_at.and_utc(),
            deleted_at: row.deleted_at.map(|at| at.and_utc()),
        })
    }
}

/// Adds a tenant; taken when its directory is in the installation already.
pub fn insert(db: &mut Db, tenant: &Tenant) -> Result<Claim, StoreError> {
    let row = TenantRow {
        id: tenant.id.to_string(),
        entra_tenant_id: tenant.entra_tenant_id.to_string(),
        name: tenant.name.to_string(),
        name_folded: tenant.name.folded(),
        cloud: tenant.cloud.to_string(),
        connection_status: tenant.connection.to_string(),
        digest_key: tenant.sealed_digest_key.clone(),
        policies_synced_at: stamp_of(tenant.synced_at),
        created_at: stamp(tenant.created_at),
        updated_at: stamp(tenant.updated_at),
        deleted_at: stamp_of(tenant.deleted_at),
    };
    Claim::of(db.transaction(|db| diesel::insert_into(tenants::table).values(row).execute(db)))
}

/// A tenant that exists.
pub fn find(db: &mut Db, tenant: TenantId) -> Result<Option<Tenant>, StoreError> {
    let query = tenants::table
        .find(tenant.to_string())
        .filter(tenants::deleted_at.is_null());
    let row: Option<TenantRow> = query.first(db).optional()?;
    row.map(Tenant::try_from).transpose()
}

/// Locks a tenant until the transaction ends: whoever adds to what it has so many of does so first.
pub fn lock(db: &mut Db, tenant: TenantId) -> Result<(), StoreError> {
    let row = tenants::table.find(tenant.to_string());
    diesel::update(row)
        .set(tenants::updated_at.eq(tenants::updated_at))
        .execute(db)?;
    Ok(())
}

/// Locks a tenant as [`lock`] does, if nobody holds it: false when somebody does.
pub fn try_lock(db: &mut Db, tenant: TenantId) -> Result<bool, StoreError> {
    let Db::Postgres(conn) = db else {
        // Its writers are one at a time.
        return Ok(true);
    };
    let held: Option<String> = tenants::table
        .find(tenant.to_string())
        .select(tenants::id)
        .for_no_key_update()
        .skip_locked()
        .first(conn)
        .optional()?;
    Ok(held.is_some())
}

/// Every tenant that exists, by name.
pub fn all(db: &mut Db) -> Result<Vec<Tenant>, StoreError> {
    let query = tenants::table.filter(tenants::deleted_at.is_null());
    let rows: Vec<TenantRow> = query.order((tenants::name_folded, tenants::id)).load(db)?;
    rows.into_iter().map(Tenant::try_from).collect()
}

/// Marks a tenant deleted. Its row stays for the sake of its audit log.
pub fn mark_deleted(db: &mut Db, tenant: TenantId, at: DateTime<Utc>) -> Result<(), StoreError> {
    let row = tenants::table.find(tenant.to_string());
    diesel::update(row)
        .set(tenants::deleted_at.eq(stamp(at)))
        .execute(db)?;
    Ok(())
}

/// Gives a tenant another name.
pub fn rename(
    db: &mut Db,
    tenant: TenantId,
    name: &Name,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    let row = tenants::table.find(tenant.to_string());
    let changes = (
        tenants::name.eq(name.as_str()),
        tenants::name_folded.eq(name.folded()),
        tenants::updated_at.eq(stamp(at)),
    );
    diesel::update(row).set(changes).execute(db)?;
    Ok(())
}

/// Notes how the last use of the credential went, or that there is none.
pub fn note_connection(
    db: &mut Db,
    tenant: TenantId,
    connection: ConnectionStatus,
) -> Result<(), StoreError> {
    let row = tenants::table.find(tenant.to_string());
    diesel::update(row)
        .set(tenants::connection_status.eq(connection.as_str()))
        .execute(db)?;
    Ok(())
}

/// Notes that the whole inventory was synced.
pub fn note_sync(db: &mut Db, tenant: TenantId, at: DateTime<Utc>) -> Result<(), StoreError> {
    let row = tenants::table.find(tenant.to_string());
    diesel::update(row)
        .set(tenants::policies_synced_at.eq(stamp(at)))
        .execute(db)?;
    Ok(())
}
