//! Backup sets: whole or absent.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;

use super::{
    columns::{Origin, actor_columns, big, int, kinds_column, stamp},
    conn::Db,
    error::StoreError,
    schema::{backup_items, backup_sets, policies},
};
use crate::domain::{
    backup::{BackupSet, Deletion},
    ids::{BackupSetId, RunId, ScheduleId, TenantId},
    retention::KeptSet,
    run::Scope,
};

/// A set as it is stored.
#[derive(Clone, Debug, Queryable, Insertable)]
#[diesel(table_name = backup_sets)]
pub(super) struct SetRow {
    pub(super) id: String,
    tenant_id: String,
    schedule_id: String,
    run_id: String,
    pub(super) created_at: NaiveDateTime,
    is_complete: bool,
    kinds: String,
    missing_kinds: String,
    include_assignments: bool,
    include_scope_tags: bool,
    item_count: i32,
    payload_bytes: i64,
    content_hash: String,
    pub(super) deleted_at: Option<NaiveDateTime>,
    deletion_reason: Option<String>,
    deleted_by_kind: Option<String>,
    deleted_by_id: Option<String>,
    deleted_by_name: Option<String>,
    undeleted_at: Option<NaiveDateTime>,
    purged_at: Option<NaiveDateTime>,
    verified_at: Option<NaiveDateTime>,
    damaged_item_count: i32,
}

impl SetRow {
    fn deletion(&self, from: Origin<'_>) -> Result<Option<Deletion>, StoreError> {
        match (
            self.deleted_at,
            &self.deletion_reason,
            &self.deleted_by_kind,
            &self.deleted_by_name,
        ) {
            (Some(at), Some(reason), Some(kind), Some(name)) => Ok(Some(Deletion {
                at: at.and_utc(),
                reason: from.text(reason)?,
                by: from.actor(kind, self.deleted_by_id.as_deref(), name)?,
            })),
            (None, None, None, None) => Ok(None),
            _ => Err(from.corrupt("its deletion is half known")),
        }
    }
}

impl TryFrom<SetRow> for BackupSet {
    type Error = StoreError;

    fn try_from(row: SetRow) -> Result<Self, StoreError> {
        let from = Origin {
            what: "backup set",
            id: &row.id,
        };
        Ok(Self {
            id: from.text(&row.id)?,
            tenant: from.text(&row.tenant_id)?,
            schedule: from.text(&row.schedule_id)?,
            run: from.text(&row.run_id)?,
            created_at: row.created_at.and_utc(),
            is_complete: row.is_complete,
            scope: Scope {
                kinds: from.kinds(&row.kinds)?,
                assignments: row.include_assignments,
                scope_tags: row.include_scope_tags,
            },
            missing_kinds: from.kinds(&row.missing_kinds)?,
            item_count: from.number(row.item_count)?,
            payload_bytes: from.number(row.payload_bytes)?,
            content_hash: from.text(&row.content_hash)?,
            deletion: row.deletion(from)?,
            verified_at: row.verified_at.map(|at| at.and_utc()),
            damaged_items: from.number(row.damaged_item_count)?,
        })
    }
}

pub(super) fn parsed(rows: Vec<SetRow>) -> Result<Vec<BackupSet>, StoreError> {
    rows.into_iter().map(BackupSet::try_from).collect()
}

/// Adds a set that is not deleted and was never checked.
pub fn insert(db: &mut Db, set: &BackupSet) -> Result<(), StoreError> {
    let row = SetRow {
        id: set.id.to_string(),
        tenant_id: set.tenant.to_string(),
        schedule_id: set.schedule.to_string(),
        run_id: set.run.to_string(),
        created_at: stamp(set.created_at),
        is_complete: set.is_complete,
        kinds: kinds_column(&set.scope.kinds),
        missing_kinds: kinds_column(&set.missing_kinds),
        include_assignments: set.scope.assignments,
        include_scope_tags: set.scope.scope_tags,
        item_count: int(set.item_count),
        payload_bytes: big(set.payload_bytes),
        content_hash: set.content_hash.to_string(),
        deleted_at: None,
        deletion_reason: None,
        deleted_by_kind: None,
        deleted_by_id: None,
        deleted_by_name: None,
        undeleted_at: None,
        purged_at: None,
        verified_at: None,
        damaged_item_count: 0,
    };
    diesel::insert_into(backup_sets::table)
        .values(row)
        .execute(db)?;
    Ok(())
}

/// A set of a tenant, also a deleted one; not one that was purged.
pub fn find(
    db: &mut Db,
    tenant: TenantId,
    set: BackupSetId,
) -> Result<Option<BackupSet>, StoreError> {
    let query = backup_sets::table
        .find(set.to_string())
        .filter(backup_sets::tenant_id.eq(tenant.to_string()))
        .filter(backup_sets::purged_at.is_null());
    let row: Option<SetRow> = query.first(db).optional()?;
    row.map(BackupSet::try_from).transpose()
}

/// A set of whichever tenant, also a deleted one; not one that was purged. For operators alone.
pub fn anywhere(db: &mut Db, set: BackupSetId) -> Result<Option<BackupSet>, StoreError> {
    let query = backup_sets::table
        .find(set.to_string())
        .filter(backup_sets::purged_at.is_null());
    let row: Option<SetRow> = query.first(db).optional()?;
    row.map(BackupSet::try_from).transpose()
}

/// The sets of some runs, purged ones left out.
pub fn of_runs(db: &mut Db, runs: &[RunId]) -> Result<Vec<BackupSet>, StoreError> {
    let ids: Vec<String> = runs.iter().map(ToString::to_string).collect();
    parsed(
        backup_sets::table
            .filter(backup_sets::run_id.eq_any(ids))
            .filter(backup_sets::purged_at.is_null())
            .load(db)?,
    )
}

/// The newest set of a schedule made before an instant, deleted ones left out.
pub fn previous(
    db: &mut Db,
    schedule: ScheduleId,
    before: DateTime<Utc>,
) -> Result<Option<BackupSet>, StoreError> {
    let row: Option<SetRow> = backup_sets::table
        .filter(backup_sets::schedule_id.eq(schedule.to_string()))
        .filter(backup_sets::deleted_at.is_null())
        .filter(backup_sets::created_at.lt(stamp(before)))
        .order((backup_sets::created_at.desc(), backup_sets::id.desc()))
        .first(db)
        .optional()?;
    row.map(BackupSet::try_from).transpose()
}

/// What retention has to know of a schedule's sets that are not deleted.
pub fn kept(db: &mut Db, schedule: ScheduleId) -> Result<Vec<KeptSet>, StoreError> {
    let rows: Vec<(String, NaiveDateTime, bool, Option<NaiveDateTime>)> = backup_sets::table
        .filter(backup_sets::schedule_id.eq(schedule.to_string()))
        .filter(backup_sets::deleted_at.is_null())
        .select((
            backup_sets::id,
            backup_sets::created_at,
            backup_sets::is_complete,
            backup_sets::undeleted_at,
        ))
        .load(db)?;
    rows.into_iter()
        .map(|(id, created_at, is_complete, undeleted_at)| {
            Ok(KeptSet {
                id: Origin {
                    what: "backup set",
                    id: &id,
                }
                .text(&id)?,
                created_at: created_at.and_utc(),
                is_complete,
                undeleted_at: undeleted_at.map(|at| at.and_utc()),
            })
        })
        .collect()
}

/// Marks a set deleted; false when it was already.
pub fn mark_deleted(
    db: &mut Db,
    set: BackupSetId,
    deletion: &Deletion,
) -> Result<bool, StoreError> {
    let (kind, id, name) = actor_columns(&deletion.by);
    let changes = (
        backup_sets::deleted_at.eq(stamp(deletion.at)),
        backup_sets::deletion_reason.eq(deletion.reason.as_str()),
        backup_sets::deleted_by_kind.eq(kind),
        backup_sets::deleted_by_id.eq(id),
        backup_sets::deleted_by_name.eq(name),
    );
    let row = backup_sets::table
        .find(set.to_string())
        .filter(backup_sets::deleted_at.is_null());
    Ok(diesel::update(row).set(changes).execute(db)? == 1)
}

/// Takes a set back from deletion; false when it is not deleted, or purged already.
pub fn unmark_deleted(
    db: &mut Db,
    set: BackupSetId,
    at: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let changes = (
        backup_sets::deleted_at.eq(None::<NaiveDateTime>),
        backup_sets::deletion_reason.eq(None::<String>),
        backup_sets::deleted_by_kind.eq(None::<String>),
        backup_sets::deleted_by_id.eq(None::<String>),
        backup_sets::deleted_by_name.eq(None::<String>),
        backup_sets::undeleted_at.eq(stamp(at)),
    );
    let row = backup_sets::table
        .find(set.to_string())
        .filter(backup_sets::deleted_at.is_not_null())
        .filter(backup_sets::purged_at.is_null());
    Ok(diesel::update(row).set(changes).execute(db)? == 1)
}

/// The sets of a tenant in the order of their making, beginning behind one; deleted ones too, purged
/// ones not.
pub fn following(
    db: &mut Db,
    tenant: TenantId,
    behind: Option<BackupSetId>,
    most: i64,
) -> Result<Vec<BackupSet>, StoreError> {
    let mut query = backup_sets::table
        .filter(backup_sets::tenant_id.eq(tenant.to_string()))
        .filter(backup_sets::purged_at.is_null())
        .into_boxed();
    if let Some(behind) = behind {
        query = query.filter(backup_sets::id.gt(behind.to_string()));
    }
    parsed(query.order(backup_sets::id).limit(most).load(db)?)
}

/// Notes that all hashes of a set were checked; false when it was purged meanwhile.
pub fn note_check(
    db: &mut Db,
    set: BackupSetId,
    damaged_items: u32,
    at: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let row = backup_sets::table
        .find(set.to_string())
        .filter(backup_sets::purged_at.is_null());
    let changes = (
        backup_sets::verified_at.eq(stamp(at)),
        backup_sets::damaged_item_count.eq(int(damaged_items)),
    );
    Ok(diesel::update(row).set(changes).execute(db)? == 1)
}

/// Notes that so many items of a set at least are damaged.
pub fn note_damage(db: &mut Db, set: &str, damaged_items: i32) -> Result<(), StoreError> {
    let row = backup_sets::table
        .find(set)
        .filter(backup_sets::damaged_item_count.lt(damaged_items));
    diesel::update(row)
        .set(backup_sets::damaged_item_count.eq(damaged_items))
        .execute(db)?;
    Ok(())
}

/// Removes one set of a deleted tenant with its items; false when there is none left.
pub fn remove_one(db: &mut Db, tenant: TenantId) -> Result<bool, StoreError> {
    let tenant = tenant.to_string();
    let query = backup_sets::table
        .filter(backup_sets::tenant_id.eq(&tenant))
        .select(backup_sets::id);
    let set: Option<String> = query.order(backup_sets::id).first(db).optional()?;
    let Some(set) = set else { return Ok(false) };
    let of_set = backup_items::table.filter(backup_items::set_id.eq(&set));
    let items = of_set.select(backup_items::id.nullable());
    let pointing = policies::table
        .filter(policies::tenant_id.eq(&tenant))
        .filter(policies::latest_item_id.eq_any(items));
    diesel::update(pointing)
        .set(policies::latest_item_id.eq(None::<String>))
        .execute(db)?;
    diesel::delete(of_set).execute(db)?;
    diesel::delete(backup_sets::table.find(&set)).execute(db)?;
    Ok(true)
}
