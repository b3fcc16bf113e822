//! Sets that are purged: at once for everybody who looks, and some rows at a time for the database.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::{dsl::exists, prelude::*};

use super::{
    columns::{Origin, readable, stamp},
    conn::Db,
    error::StoreError,
    policies,
    schema::{backup_items, backup_sets, purged_sets},
};
use crate::domain::ids::{BackupSetId, ScheduleId, TenantId};

/// A set that was purged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Purged {
    /// The set.
    pub id: BackupSetId,
    /// The tenant.
    pub tenant: TenantId,
    /// The schedule that made it.
    pub schedule: ScheduleId,
}

#[derive(Clone, Debug, Queryable, Insertable)]
#[diesel(table_name = purged_sets)]
pub(super) struct PurgedRow {
    id: String,
    tenant_id: String,
    schedule_id: String,
    purged_at: NaiveDateTime,
}

impl TryFrom<PurgedRow> for Purged {
    type Error = StoreError;

    fn try_from(row: PurgedRow) -> Result<Self, StoreError> {
        let from = Origin {
            what: "purged set",
            id: &row.id,
        };
        Ok(Self {
            id: from.text(&row.id)?,
            tenant: from.text(&row.tenant_id)?,
            schedule: from.text(&row.schedule_id)?,
        })
    }
}

/// Sets that were deleted at an instant or before it, in the order of their making, beginning behind one;
/// at most so many. One that cannot be read is left out.
pub fn due(
    db: &mut Db,
    deleted_until: DateTime<Utc>,
    behind: Option<BackupSetId>,
    most: i64,
) -> Result<Vec<Purged>, StoreError> {
    let mut query = backup_sets::table
        .filter(backup_sets::deleted_at.le(stamp(deleted_until)))
        .filter(backup_sets::purged_at.is_null())
        .into_boxed();
    if let Some(behind) = behind {
        query = query.filter(backup_sets::id.gt(behind.to_string()));
    }
    let rows: Vec<(String, String, String)> = query
        .order(backup_sets::id)
        .limit(most)
        .select((
            backup_sets::id,
            backup_sets::tenant_id,
            backup_sets::schedule_id,
        ))
        .load(db)?;
    let read = |(id, tenant, schedule): &(String, String, String)| {
        let from = Origin {
            what: "backup set",
            id,
        };
        Ok(Purged {
            id: from.text(id)?,
            tenant: from.text(tenant)?,
            schedule: from.text(schedule)?,
        })
    };
    Ok(rows.iter().filter_map(|row| readable(read(row))).collect())
}

/// Purges a set that was deleted at an instant or before it; false when somebody brought it back, or
/// it was purged already. Nobody sees it from the end of the transaction on. The caller holds the tenant.
pub fn mark(
    db: &mut Db,
    set: &Purged,
    deleted_until: DateTime<Utc>,
    at: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let row = backup_sets::table
        .find(set.id.to_string())
        .filter(backup_sets::deleted_at.le(stamp(deleted_until)))
        .filter(backup_sets::purged_at.is_null());
    let marked = diesel::update(row)
        .set(backup_sets::purged_at.eq(stamp(at)))
        .execute(db)?;
    if marked == 0 {
        return Ok(false);
    }
    let row = PurgedRow {
        id: set.id.to_string(),
        tenant_id: set.tenant.to_string(),
        schedule_id: set.schedule.to_string(),
        purged_at: stamp(at),
    };
    diesel::insert_into(purged_sets::table)
        .values(row)
        .execute(db)?;
    policies::leave(db, set.tenant, set.id)?;
    Ok(true)
}

/// The first purged set that still has its row, behind another in the order of identifiers. As it is stored:
/// what cannot be read can be removed all the same.
pub fn with_row(db: &mut Db, behind: &str) -> Result<Option<String>, StoreError> {
    let query = backup_sets::table
        .filter(backup_sets::purged_at.is_not_null())
        .filter(backup_sets::id.gt(behind))
        .order(backup_sets::id)
        .select(backup_sets::id);
    Ok(query.first(db).optional()?)
}

/// Removes up to `most` items of a purged set, or its row when it has none left; the number of rows removed.
/// On PostgreSQL items that somebody holds, who deletes the tenant say, are left to that one.
pub fn remove_some(db: &mut Db, set: &str, most: usize) -> Result<usize, StoreError> {
    let items = backup_items::table.filter(backup_items::set_id.eq(set));
    let some = items
        .order(backup_items::id)
        .select(backup_items::id)
        .limit(i64::try_from(most).unwrap_or(i64::MAX));
    let some: Vec<String> = match db {
        Db::Postgres(conn) => some.for_update().skip_locked().load(conn)?,
        Db::Sqlite(conn) => some.load(conn)?,
    };
    if !some.is_empty() {
        let rows = backup_items::table.filter(backup_items::id.eq_any(&some));
        return Ok(diesel::delete(rows).execute(db)?);
    }
    if diesel::select(exists(items)).get_result(db)? {
        return Ok(0);
    }
    let row = backup_sets::table
        .find(set)
        .filter(backup_sets::purged_at.is_not_null());
    Ok(diesel::delete(row).execute(db)?)
}

/// Forgets which sets of a deleted tenant were purged.
pub fn forget(db: &mut Db, tenant: TenantId) -> Result<usize, StoreError> {
    let rows = purged_sets::table.filter(purged_sets::tenant_id.eq(tenant.to_string()));
    Ok(diesel::delete(rows).execute(db)?)
}
