//! Where a person stands: membership and existence of an object, asked for in one statement.

use diesel::prelude::*;

use super::CHUNK;
use crate::{
    domain::{
        ids::{
            ApiTokenId, AuditEntryId, BackupItemId, BackupSetId, MemberId, PolicyId, RunId,
            ScheduleId, TenantId, UserId,
        },
        role::Role,
    },
    store::{
        columns::Origin,
        conn::Db,
        error::StoreError,
        schema::{
            api_tokens, audit_log, backup_items, backup_sets, members, policies, purged_sets, runs,
            schedules,
        },
    },
};

/// A person's standing in a tenant, beside what was looked for there.
pub type Standing<I> = (I, TenantId, Role);

/// Reads rows of an identifier, its tenant and the person's role there.
fn read<I: std::str::FromStr>(
    rows: Vec<(String, String, String)>,
) -> Result<Vec<Standing<I>>, StoreError>
where
    I::Err: std::fmt::Display,
{
    rows.into_iter()
        .map(|(id, tenant, role)| {
            let from = Origin {
                what: "membership beside",
                id: &id,
            };
            Ok((from.text(&id)?, from.text(&tenant)?, from.text(&role)?))
        })
        .collect()
}

/// The person's standing in these tenants; those of others are left out.
pub fn in_tenants(
    db: &mut Db,
    person: UserId,
    tenants: &[TenantId],
) -> Result<Vec<Standing<TenantId>>, StoreError> {
    let mut found = Vec::with_capacity(tenants.len());
    for chunk in tenants.chunks(CHUNK) {
        let texts: Vec<String> = chunk.iter().map(ToString::to_string).collect();
        let rows = members::table
            .filter(members::user_id.eq(person.to_string()))
            .filter(members::tenant_id.eq_any(texts))
            .select((members::tenant_id, members::tenant_id, members::role))
            .load(db)?;
        found.extend(read(rows)?);
    }
    Ok(found)
}

/// The person's standing in the tenants that these people belong to as well.
pub fn with_people(
    db: &mut Db,
    person: UserId,
    people: &[UserId],
) -> Result<Vec<Standing<UserId>>, StoreError> {
    let own = diesel::alias!(members as own);
    let mut found = Vec::with_capacity(people.len());
    for chunk in people.chunks(CHUNK) {
        let texts: Vec<String> = chunk.iter().map(ToString::to_string).collect();
        let rows = members::table
            .inner_join(own.on(own.field(members::tenant_id).eq(members::tenant_id)))
            .filter(own.field(members::user_id).eq(person.to_string()))
            .filter(members::user_id.eq_any(texts))
            .order(members::id.desc())
            .select((
                members::user_id,
                members::tenant_id,
                own.field(members::role),
            ))
            .load(db)?;
        found.extend(read(rows)?);
    }
    Ok(found)
}

/// The person's standing in the tenants of these memberships.
pub fn with_members(
    db: &mut Db,
    person: UserId,
    ids: &[MemberId],
) -> Result<Vec<Standing<MemberId>>, StoreError> {
    let own = diesel::alias!(members as own);
    let mut found = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(CHUNK) {
        let texts: Vec<String> = chunk.iter().map(ToString::to_string).collect();
        let rows = members::table
            .inner_join(own.on(own.field(members::tenant_id).eq(members::tenant_id)))
            .filter(own.field(members::user_id).eq(person.to_string()))
            .filter(members::id.eq_any(texts))
            .select((members::id, members::tenant_id, own.field(members::role)))
            .load(db)?;
        found.extend(read(rows)?);
    }
    Ok(found)
}

macro_rules! beside {
    ($($(#[$doc:meta])* $name:ident($id:ty) in $table:ident)+) => {$(
        $(#[$doc])*
        pub fn $name(
            db: &mut Db,
            person: UserId,
            ids: &[$id],
        ) -> Result<Vec<Standing<$id>>, StoreError> {
            let mut found = Vec::with_capacity(ids.len());
            for chunk in ids.chunks(CHUNK) {
                let texts: Vec<String> = chunk.iter().map(ToString::to_string).collect();
                let rows = $table::table
                    .inner_join(members::table.on(members::tenant_id.eq($table::tenant_id)))
                    .filter(members::user_id.eq(person.to_string()))
                    .filter($table::id.eq_any(texts))
                    .select(($table::id, $table::tenant_id, members::role))
                    .load(db)?;
                found.extend(read(rows)?);
            }
            Ok(found)
        }
    )+};
}

beside! {
    /// Beside API tokens.
    with_tokens(ApiTokenId) in api_tokens
    /// Beside entries of the audit log.
    with_entries(AuditEntryId) in audit_log
    /// Beside backup items.
    with_items(BackupItemId) in backup_items
    /// Beside backup sets.
    with_sets(BackupSetId) in backup_sets
    /// Beside sets that were purged.
    with_purged_sets(BackupSetId) in purged_sets
    /// Beside objects of the inventory.
    with_policies(PolicyId) in policies
    /// Beside runs.
    with_runs(RunId) in runs
    /// Beside schedules.
    with_schedules(ScheduleId) in schedules
}
