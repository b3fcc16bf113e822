//! Whose backups have grown old, and whose credentials expire: who is to be told now.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::{dsl::max, prelude::*};

use super::{
    columns::{Origin, stamp},
    conn::Db,
    error::StoreError,
    pointers::Found,
    schedules::{ScheduleRow, fires},
    schema::{backup_sets, credentials, schedules, tenants},
};
use crate::domain::ids::{ScheduleId, TenantId};

/// Schedules to look at: people are to be told at `now` that they are stale, or nobody knows their
/// age. They are locked until the transaction ends, in the order of their tenants; those that another
/// transaction holds are left out.
pub fn lock_aged(db: &mut Db, now: DateTime<Utc>, most: i64) -> Result<Vec<Found>, StoreError> {
    let stale = schedules::table
        .filter(schedules::stale_tell_at.le(stamp(now)))
        .order((schedules::stale_tell_at, schedules::id))
        .limit(most);
    let unknown = schedules::table
        .filter(schedules::stale_at.is_null())
        .filter(fires())
        .order(schedules::id)
        .limit(most);
    let rows: Vec<ScheduleRow> = match db {
        Db::Sqlite(conn) => {
            let mut rows: Vec<ScheduleRow> = stale.load(conn)?;
            rows.extend(unknown.load::<ScheduleRow>(conn)?);
            rows
        }
        Db::Postgres(conn) => {
            let mut rows: Vec<ScheduleRow> = stale.for_no_key_update().skip_locked().load(conn)?;
            let unknown = unknown.for_no_key_update().skip_locked();
            rows.extend(unknown.load::<ScheduleRow>(conn)?);
            rows
        }
    };
    let mut found: Vec<Found> = rows
        .into_iter()
        .map(Found::of)
        .collect::<Result<_, StoreError>>()?;
    found.sort_unstable_by_key(|found| (found.tenant, found.id));
    Ok(found)
}

/// When the newest complete set of each of these schedules was stored, deleted ones left out.
pub fn newest_complete(
    db: &mut Db,
    of: &[ScheduleId],
) -> Result<HashMap<ScheduleId, DateTime<Utc>>, StoreError> {
    if of.is_empty() {
        return Ok(HashMap::new());
    }
    let ids: Vec<String> = of.iter().map(ToString::to_string).collect();
    let rows: Vec<(String, Option<NaiveDateTime>)> = backup_sets::table
        .filter(backup_sets::schedule_id.eq_any(ids))
        .filter(backup_sets::is_complete.eq(true))
        .filter(backup_sets::deleted_at.is_null())
        .group_by(backup_sets::schedule_id)
        .select((backup_sets::schedule_id, max(backup_sets::created_at)))
        .load(db)?;
    let newest = rows.iter().filter_map(|(id, at)| Some((id, at.as_ref()?)));
    newest
        .map(|(id, at)| {
            let from = Origin {
                what: "schedule",
                id,
            };
            Ok((from.text(id)?, at.and_utc()))
        })
        .collect()
}

/// Puts off what people are to be told of a schedule.
pub fn tell_later(db: &mut Db, schedule: ScheduleId, at: DateTime<Utc>) -> Result<(), StoreError> {
    diesel::update(schedules::table.find(schedule.to_string()))
        .set(schedules::stale_tell_at.eq(stamp(at)))
        .execute(db)?;
    Ok(())
}

/// Leaves a schedule alone whose age cannot be computed, until the dispatcher, which disables it, is due.
pub fn put_aside(db: &mut Db, schedule: ScheduleId) -> Result<(), StoreError> {
    let row = schedules::table.find(schedule.to_string());
    let changes = (
        schedules::stale_at.eq(schedules::dispatch_at),
        schedules::stale_tell_at.eq(None::<NaiveDateTime>),
    );
    diesel::update(row).set(changes).execute(db)?;
    Ok(())
}

/// A credential whose end people are to be told of.
#[derive(Clone, Debug)]
pub struct Expiring {
    /// Whose it is.
    pub tenant: TenantId,
    /// What the tenant is called.
    pub tenant_name: String,
    /// When it ends; none when that is not known any more.
    pub end: Option<DateTime<Utc>>,
}

/// Credentials that people are to be told of at `now`, those of deleted tenants left out. They are
/// locked until the transaction ends, in the order of their tenants; those that another transaction
/// holds are left out.
pub fn lock_expiring(
    db: &mut Db,
    now: DateTime<Utc>,
    most: i64,
) -> Result<Vec<Expiring>, StoreError> {
    let due = credentials::table
        .filter(credentials::expiry_tell_at.le(stamp(now)))
        .order((credentials::expiry_tell_at, credentials::tenant_id))
        .limit(most)
        .select((credentials::tenant_id, credentials::expires_at));
    let mut rows: Vec<(String, Option<NaiveDateTime>)> = match db {
        Db::Sqlite(conn) => due.load(conn)?,
        Db::Postgres(conn) => due.for_no_key_update().skip_locked().load(conn)?,
    };
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    rows.sort_unstable();
    let ids: Vec<&str> = rows.iter().map(|(tenant, _)| tenant.as_str()).collect();
    let names: HashMap<String, String> = tenants::table
        .filter(tenants::id.eq_any(ids))
        .select((tenants::id, tenants::name))
        .load(db)?
        .into_iter()
        .collect();
    rows.iter()
        .map(|(tenant, end)| {
            let from = Origin {
                what: "credential",
                id: tenant,
            };
            Ok(Expiring {
                tenant: from.text(tenant)?,
                tenant_name: names.get(tenant).cloned().unwrap_or_default(),
                end: end.map(|at| at.and_utc()),
            })
        })
        .collect()
}

/// Notes when people are to be told next of a credential's end.
pub fn tell_next_at(
    db: &mut Db,
    tenant: TenantId,
    at: Option<DateTime<Utc>>,
) -> Result<(), StoreError> {
    let row = credentials::table.find(tenant.to_string());
    diesel::update(row)
        .set(credentials::expiry_tell_at.eq(at.map(stamp)))
        .execute(db)?;
    Ok(())
}
