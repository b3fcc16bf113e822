//! How sets differ from those before them: counts by kind, and who removed what.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;

use super::{
    columns::{Origin, int, stamp},
    conn::{Db, each_backend},
    error::StoreError,
    schema::{backup_sets, removals, set_changes},
};
use crate::domain::{
    attribution::Attribution,
    comparison::KindChanges,
    ids::{BackupSetId, PolicyId, ScheduleId, TenantId},
    run::Scope,
};

#[derive(Debug, Queryable, Insertable)]
#[diesel(table_name = set_changes, treat_none_as_default_value = false)]
struct ChangesRow {
    set_id: String,
    kind: String,
    tenant_id: String,
    base_set_id: Option<String>,
    added: i32,
    changed: i32,
    removed: i32,
    unchanged: i32,
    assignments_changed: i32,
}

#[derive(Debug, Insertable)]
#[diesel(table_name = removals)]
struct RemovalRow {
    set_id: String,
    policy_id: String,
    tenant_id: String,
    removed_by: String,
    operation: String,
    removed_at: NaiveDateTime,
}

impl TryFrom<ChangesRow> for KindChanges {
    type Error = StoreError;

    fn try_from(row: ChangesRow) -> Result<Self, StoreError> {
        let from = Origin {
            what: "differences of backup set",
            id: &row.set_id,
        };
        Ok(Self {
            kind: from.text(&row.kind)?,
            base: from.maybe(row.base_set_id.as_deref())?,
            added: from.number(row.added)?,
            changed: from.number(row.changed)?,
            removed: from.number(row.removed)?,
            unchanged: from.number(row.unchanged)?,
            assignments_changed: from.number(row.assignments_changed)?,
        })
    }
}

/// Rows in one statement: SQLite takes one parameter for each column of each row.
const CHUNK: usize = 500;

/// Writes down how a set differs from those before it.
pub fn insert(
    db: &mut Db,
    tenant: TenantId,
    set: BackupSetId,
    changes: &[KindChanges],
) -> Result<(), StoreError> {
    let row = |kind: &KindChanges| ChangesRow {
        set_id: set.to_string(),
        kind: kind.kind.to_string(),
        tenant_id: tenant.to_string(),
        base_set_id: kind.base.map(|base| base.to_string()),
        added: int(kind.added),
        changed: int(kind.changed),
        removed: int(kind.removed),
        unchanged: int(kind.unchanged),
        assignments_changed: int(kind.assignments_changed),
    };
    let rows: Vec<ChangesRow> = changes.iter().map(row).collect();
    for chunk in rows.chunks(CHUNK) {
        each_backend!(db, |conn| diesel::insert_into(set_changes::table)
            .values(chunk)
            .execute(conn))?;
    }
    Ok(())
}

/// Writes down who removed what a set does not hold any more.
pub fn insert_removals(
    db: &mut Db,
    tenant: TenantId,
    set: BackupSetId,
    removed: &HashMap<PolicyId, Attribution>,
) -> Result<(), StoreError> {
    let row = |(policy, by): (&PolicyId, &Attribution)| RemovalRow {
        set_id: set.to_string(),
        policy_id: policy.to_string(),
        tenant_id: tenant.to_string(),
        removed_by: by.actor_name.clone(),
        operation: by.operation.clone(),
        removed_at: stamp(by.occurred_at),
    };
    let rows: Vec<RemovalRow> = removed.iter().map(row).collect();
    for chunk in rows.chunks(CHUNK) {
        each_backend!(db, |conn| diesel::insert_into(removals::table)
            .values(chunk)
            .execute(conn))?;
    }
    Ok(())
}

/// How some sets of a tenant differ from those before them, by kind. Those of versions that did not
/// look are left out.
pub fn of_sets(
    db: &mut Db,
    tenant: TenantId,
    sets: &[BackupSetId],
) -> Result<HashMap<BackupSetId, Vec<KindChanges>>, StoreError> {
    let mut found: HashMap<BackupSetId, Vec<KindChanges>> = HashMap::new();
    for chunk in sets.chunks(CHUNK) {
        let ids: Vec<String> = chunk.iter().map(ToString::to_string).collect();
        let rows: Vec<ChangesRow> = set_changes::table
            .filter(set_changes::set_id.eq_any(ids))
            .filter(set_changes::tenant_id.eq(tenant.to_string()))
            .load(db)?;
        for row in rows {
            let from = Origin {
                what: "differences of backup set",
                id: &row.set_id,
            };
            let of_set = found.entry(from.text(&row.set_id)?).or_default();
            of_set.push(KindChanges::try_from(row)?);
        }
    }
    for kinds in found.values_mut() {
        kinds.sort_by_key(|changes| changes.kind);
    }
    Ok(found)
}

/// Who removed some objects last, among the sets that were made after one instant and not after another.
pub fn removed_by(
    db: &mut Db,
    tenant: TenantId,
    policies: &[PolicyId],
    (after, until): (DateTime<Utc>, DateTime<Utc>),
) -> Result<HashMap<PolicyId, Attribution>, StoreError> {
    let mut found = HashMap::new();
    for chunk in policies.chunks(CHUNK) {
        let ids: Vec<String> = chunk.iter().map(ToString::to_string).collect();
        let rows: Vec<(String, String, String, NaiveDateTime)> = removals::table
            .inner_join(backup_sets::table)
            .filter(removals::policy_id.eq_any(ids))
            .filter(removals::tenant_id.eq(tenant.to_string()))
            .filter(backup_sets::created_at.gt(stamp(after)))
            .filter(backup_sets::created_at.le(stamp(until)))
            .order(removals::removed_at)
            .select((
                removals::policy_id,
                removals::removed_by,
                removals::operation,
                removals::removed_at,
            ))
            .load(db)?;
        for (policy, actor_name, operation, at) in rows {
            let from = Origin {
                what: "removal of policy",
                id: &policy,
            };
            let by = Attribution {
                actor_name,
                operation,
                occurred_at: at.and_utc(),
            };
            found.insert(from.text(&policy)?, by);
        }
    }
    Ok(found)
}

/// What some sets of a schedule hold in full: those before an instant that are not deleted, the newest
/// first, `skip` of them left out.
pub fn earlier_sets(
    db: &mut Db,
    schedule: ScheduleId,
    before: DateTime<Utc>,
    (skip, most): (i64, i64),
) -> Result<Vec<(BackupSetId, Scope)>, StoreError> {
    let rows: Vec<(String, String, bool, bool)> = backup_sets::table
        .filter(backup_sets::schedule_id.eq(schedule.to_string()))
        .filter(backup_sets::deleted_at.is_null())
        .filter(backup_sets::created_at.lt(stamp(before)))
        .order((backup_sets::created_at.desc(), backup_sets::id.desc()))
        .offset(skip)
        .limit(most)
        .select((
            backup_sets::id,
            backup_sets::kinds,
            backup_sets::include_assignments,
            backup_sets::include_scope_tags,
        ))
        .load(db)?;
    let set = |(id, kinds, assignments, scope_tags): (String, String, bool, bool)| {
        let from = Origin {
            what: "backup set",
            id: &id,
        };
        let scope = Scope {
            kinds: from.kinds(&kinds)?,
            assignments,
            scope_tags,
        };
        Ok((from.text(&id)?, scope))
    };
    rows.into_iter().map(set).collect()
}
