//! Many objects of a tenant at once, by their identifiers, in one statement however long a page is.
//!
//! What is missing, or belongs to another tenant, is left out of the answer.

use std::collections::HashMap;

use chrono::NaiveDateTime;
use diesel::{dsl::exists, prelude::*};

use super::{CHUNK, audit::readable, items::StoredItem, policies::Policy};
use crate::{
    domain::{
        api_token::ApiToken,
        audit::Entry,
        backup::BackupSet,
        ids::{
            ApiTokenId, AuditEntryId, BackupItemId, BackupSetId, MemberId, PolicyId, RunId,
            ScheduleId, TenantId, UserId,
        },
        member::Member,
        run::{Run, RunStatus},
        schedule::Schedule,
        tenant::Tenant,
    },
    store::{
        api_tokens::ApiTokenRow,
        audit::AuditRow,
        backups::SetRow,
        columns::Origin,
        conn::Db,
        error::StoreError,
        items::ItemRow,
        members::{MemberRow, User, UserRow},
        policies::PolicyRow,
        purge::{Purged, PurgedRow},
        runs::RunRow,
        schedules::ScheduleRow,
        schema::{
            api_tokens, audit_log, backup_items, backup_sets, members, policies, purged_sets, runs,
            schedules, tenants, users,
        },
        tenants::TenantRow,
    },
};

/// Runs a query for some identifiers at a time and reads its rows.
fn in_chunks<I: ToString, R, T>(
    ids: &[I],
    mut query: impl FnMut(Vec<String>) -> QueryResult<Vec<R>>,
) -> Result<Vec<T>, StoreError>
where
    T: TryFrom<R, Error = StoreError>,
{
    let mut found = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(CHUNK) {
        let texts = chunk.iter().map(ToString::to_string).collect();
        for row in query(texts)? {
            found.push(T::try_from(row)?);
        }
    }
    Ok(found)
}

/// Tenants that exist.
pub fn tenants(db: &mut Db, ids: &[TenantId]) -> Result<Vec<Tenant>, StoreError> {
    in_chunks(ids, |ids| -> QueryResult<Vec<TenantRow>> {
        tenants::table
            .filter(tenants::id.eq_any(ids))
            .filter(tenants::deleted_at.is_null())
            .load(db)
    })
}

/// API tokens, usable or not.
pub fn api_tokens(
    db: &mut Db,
    tenant: TenantId,
    ids: &[ApiTokenId],
) -> Result<Vec<ApiToken>, StoreError> {
    in_chunks(ids, |ids| -> QueryResult<Vec<ApiTokenRow>> {
        api_tokens::table
            .filter(api_tokens::tenant_id.eq(tenant.to_string()))
            .filter(api_tokens::id.eq_any(ids))
            .load(db)
    })
}

/// Entries of the audit log.
pub fn audit_entries(
    db: &mut Db,
    tenant: TenantId,
    ids: &[AuditEntryId],
) -> Result<Vec<Entry>, StoreError> {
    in_chunks(ids, |ids| -> QueryResult<Vec<AuditRow>> {
        readable(tenant).filter(audit_log::id.eq_any(ids)).load(db)
    })
}

/// Schedules, deleted ones included.
pub fn schedules(
    db: &mut Db,
    tenant: TenantId,
    ids: &[ScheduleId],
) -> Result<Vec<Schedule>, StoreError> {
    in_chunks(ids, |ids| -> QueryResult<Vec<ScheduleRow>> {
        schedules::table
            .filter(schedules::tenant_id.eq(tenant.to_string()))
            .filter(schedules::id.eq_any(ids))
            .load(db)
    })
}

/// Runs.
pub fn runs(db: &mut Db, tenant: TenantId, ids: &[RunId]) -> Result<Vec<Run>, StoreError> {
    in_chunks(ids, |ids| -> QueryResult<Vec<RunRow>> {
        runs::table
            .filter(runs::tenant_id.eq(tenant.to_string()))
            .filter(runs::id.eq_any(ids))
            .load(db)
    })
}

/// The runs that retry others.
pub fn retries(db: &mut Db, tenant: TenantId, of: &[RunId]) -> Result<Vec<Run>, StoreError> {
    in_chunks(of, |ids| -> QueryResult<Vec<RunRow>> {
        runs::table
            .filter(runs::tenant_id.eq(tenant.to_string()))
            .filter(runs::retry_of.eq_any(ids))
            .load(db)
    })
}

/// The runs of schedules that are queued or running.
pub fn active_runs(
    db: &mut Db,
    tenant: TenantId,
    of: &[ScheduleId],
) -> Result<Vec<Run>, StoreError> {
    let active = [RunStatus::Queued.as_str(), RunStatus::Running.as_str()];
    in_chunks(of, |ids| -> QueryResult<Vec<RunRow>> {
        runs::table
            .filter(runs::tenant_id.eq(tenant.to_string()))
            .filter(runs::schedule_id.eq_any(ids))
            .filter(runs::status.eq_any(active))
            .load(db)
    })
}

/// Backup sets, deleted ones included, purged ones not.
pub fn sets(
    db: &mut Db,
    tenant: TenantId,
    ids: &[BackupSetId],
) -> Result<Vec<BackupSet>, StoreError> {
    in_chunks(ids, |ids| -> QueryResult<Vec<SetRow>> {
        backup_sets::table
            .filter(backup_sets::tenant_id.eq(tenant.to_string()))
            .filter(backup_sets::id.eq_any(ids))
            .filter(backup_sets::purged_at.is_null())
            .load(db)
    })
}

/// Sets that were purged, with the schedules that made them.
pub fn purged_sets(
    db: &mut Db,
    tenant: TenantId,
    ids: &[BackupSetId],
) -> Result<Vec<Purged>, StoreError> {
    in_chunks(ids, |ids| -> QueryResult<Vec<PurgedRow>> {
        purged_sets::table
            .filter(purged_sets::tenant_id.eq(tenant.to_string()))
            .filter(purged_sets::id.eq_any(ids))
            .load(db)
    })
}

/// The sets that runs made, deleted ones included, purged ones not.
pub fn sets_of_runs(
    db: &mut Db,
    tenant: TenantId,
    of: &[RunId],
) -> Result<Vec<BackupSet>, StoreError> {
    in_chunks(of, |ids| -> QueryResult<Vec<SetRow>> {
        backup_sets::table
            .filter(backup_sets::tenant_id.eq(tenant.to_string()))
            .filter(backup_sets::run_id.eq_any(ids))
            .filter(backup_sets::purged_at.is_null())
            .load(db)
    })
}

/// When the sets of schedules were made that are not deleted, oldest first.
fn kept_sets(
    db: &mut Db,
    tenant: TenantId,
    of: &[ScheduleId],
) -> Result<HashMap<ScheduleId, Vec<(NaiveDateTime, BackupSetId)>>, StoreError> {
    let mut kept: HashMap<_, Vec<_>> = HashMap::new();
    for chunk in of.chunks(CHUNK) {
        let texts: Vec<String> = chunk.iter().map(ToString::to_string).collect();
        let rows: Vec<(String, NaiveDateTime, String)> = backup_sets::table
            .filter(backup_sets::tenant_id.eq(tenant.to_string()))
            .filter(backup_sets::schedule_id.eq_any(texts))
            .filter(backup_sets::deleted_at.is_null())
            .order((backup_sets::created_at, backup_sets::id))
            .select((
                backup_sets::schedule_id,
                backup_sets::created_at,
                backup_sets::id,
            ))
            .load(db)?;
        for (schedule, created_at, id) in rows {
            let from = Origin {
                what: "backup set",
                id: &id,
            };
            let sets = kept.entry(from.text(&schedule)?).or_default();
            sets.push((created_at, from.text(&id)?));
        }
    }
    Ok(kept)
}

/// For each set, the one of the same schedule before it, deleted ones left out.
pub fn previous_sets(
    db: &mut Db,
    tenant: TenantId,
    of: &[BackupSetId],
) -> Result<HashMap<BackupSetId, BackupSet>, StoreError> {
    let later = sets(db, tenant, of)?;
    let mut schedules: Vec<ScheduleId> = later.iter().map(|set| set.schedule).collect();
    schedules.sort_unstable();
    schedules.dedup();
    let kept = kept_sets(db, tenant, &schedules)?;
    let mut earlier_of = HashMap::new();
    for set in &later {
        let place = (super::stamp(set.created_at), set.id);
        let candidates = kept
            .get(&set.schedule)
            .map(Vec::as_slice)
            .unwrap_or_default();
        let before = candidates.iter().rfind(|candidate| **candidate < place);
        if let Some((_, earlier)) = before {
            earlier_of.insert(set.id, *earlier);
        }
    }
    let ids: Vec<BackupSetId> = earlier_of.values().copied().collect();
    let found: HashMap<BackupSetId, BackupSet> = sets(db, tenant, &ids)?
        .into_iter()
        .map(|set| (set.id, set))
        .collect();
    Ok(earlier_of
        .into_iter()
        .filter_map(|(later, earlier)| Some((later, found.get(&earlier)?.clone())))
        .collect())
}

/// Items of any set, but for purged ones.
pub fn items(
    db: &mut Db,
    tenant: TenantId,
    ids: &[BackupItemId],
) -> Result<Vec<StoredItem>, StoreError> {
    in_chunks(ids, |ids| -> QueryResult<Vec<ItemRow>> {
        let kept = backup_sets::table
            .filter(backup_sets::id.eq(backup_items::set_id))
            .filter(backup_sets::purged_at.is_null());
        backup_items::table
            .filter(backup_items::tenant_id.eq(tenant.to_string()))
            .filter(backup_items::id.eq_any(ids))
            .filter(exists(kept))
            .load(db)
    })
}

/// Objects of the inventory.
pub fn policies(
    db: &mut Db,
    tenant: TenantId,
    ids: &[PolicyId],
) -> Result<Vec<Policy>, StoreError> {
    in_chunks(ids, |ids| -> QueryResult<Vec<PolicyRow>> {
        policies::table
            .filter(policies::tenant_id.eq(tenant.to_string()))
            .filter(policies::id.eq_any(ids))
            .load(db)
    })
}

/// People who are members of a tenant.
pub fn members(db: &mut Db, tenant: TenantId, ids: &[UserId]) -> Result<Vec<User>, StoreError> {
    in_chunks(ids, |ids| -> QueryResult<Vec<UserRow>> {
        users::table
            .inner_join(members::table)
            .filter(members::tenant_id.eq(tenant.to_string()))
            .filter(users::id.eq_any(ids))
            .select(users::all_columns)
            .load(db)
    })
}

/// Memberships in a tenant.
pub fn memberships(
    db: &mut Db,
    tenant: TenantId,
    ids: &[MemberId],
) -> Result<Vec<Member>, StoreError> {
    in_chunks(ids, |ids| -> QueryResult<Vec<MemberRow>> {
        members::table
            .filter(members::tenant_id.eq(tenant.to_string()))
            .filter(members::id.eq_any(ids))
            .load(db)
    })
}
