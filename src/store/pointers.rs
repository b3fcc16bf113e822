//! The pointers of schedules: who is due, where a pointer moves, and whose needs another look.

use std::collections::HashSet;

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use diesel::prelude::*;

use super::{
    columns::{Origin, stamp},
    conn::Db,
    error::StoreError,
    schedules::{ScheduleRow, fires},
    schema::schedules,
};
use crate::domain::{
    ids::{ScheduleId, TenantId},
    pointer::Pointer,
    schedule::Schedule,
    zone,
};

/// A schedule that was looked up for what is in its row, which may be unreadable.
#[derive(Debug)]
pub struct Found {
    /// The tenant.
    pub tenant: TenantId,
    /// Which schedule.
    pub id: ScheduleId,
    /// The release of the time zone data that computed its pointer.
    pub release: String,
    /// When it is dispatched next; none for one that does not fire.
    pub dispatch_at: Option<DateTime<Utc>>,
    /// The schedule, or why its row cannot be read. One bad row must not hide the others.
    pub schedule: Result<Schedule, StoreError>,
}

impl Found {
    pub(super) fn of(row: ScheduleRow) -> Result<Self, StoreError> {
        let from = Origin {
            what: "schedule",
            id: &row.id,
        };
        Ok(Self {
            tenant: from.text(&row.tenant_id)?,
            id: from.text(&row.id)?,
            release: row.tzdb.clone().unwrap_or_default(),
            dispatch_at: row.dispatch_at.map(|at| at.and_utc()),
            schedule: Schedule::try_from(row),
        })
    }
}

/// Schedules whose time has come at `now`, the earliest of them, in the order of their tenants.
/// They are locked until the transaction ends; those that another transaction holds are left out, and some
/// others.
pub fn lock_due(
    db: &mut Db,
    but: &HashSet<ScheduleId>,
    now: DateTime<Utc>,
    most: i64,
) -> Result<Vec<Found>, StoreError> {
    let but: Vec<String> = but.iter().map(ToString::to_string).collect();
    let query = schedules::table
        .filter(schedules::dispatch_at.le(stamp(now)))
        .filter(schedules::id.ne_all(but))
        .order((schedules::dispatch_at, schedules::id))
        .limit(most);
    let rows: Vec<ScheduleRow> = match db {
        // Its writers are one at a time.
        Db::Sqlite(conn) => query.load(conn)?,
        Db::Postgres(conn) => query.for_no_key_update().skip_locked().load(conn)?,
    };
    let mut due: Vec<Found> = rows
        .into_iter()
        .map(Found::of)
        .collect::<Result<_, StoreError>>()?;
    // Runs of one tenant are told of one after the other.
    due.sort_unstable_by_key(|found| (found.tenant, found.id));
    Ok(due)
}

/// Moves a schedule's pointer if it still stands where `schedule` was read; false when another
/// server or an edit was first.
pub fn advance(
    db: &mut Db,
    schedule: &Schedule,
    read_at: Pointer,
    next: Pointer,
) -> Result<bool, StoreError> {
    let still = schedules::table
        .find(schedule.id.to_string())
        .filter(schedules::enabled.eq(true))
        .filter(schedules::revision.eq(schedule.revision))
        .filter(schedules::next_run_at.eq(stamp(read_at.slot.at)));
    let changes = (
        schedules::next_run_at.eq(stamp(next.slot.at)),
        schedules::next_date.eq(next.slot.date),
        schedules::dispatch_at.eq(stamp(next.dispatch_at)),
        schedules::tzdb.eq(zone::release()),
    );
    Ok(diesel::update(still).set(changes).execute(db)? == 1)
}

/// Stops a schedule that cannot be computed, whatever else its row holds; false when it was
/// stopped or moved meanwhile.
pub fn disable_broken(
    db: &mut Db,
    schedule: ScheduleId,
    reason: &str,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let still = schedules::table
        .find(schedule.to_string())
        .filter(schedules::dispatch_at.le(stamp(now)));
    let changes = (
        schedules::enabled.eq(false),
        schedules::disabled_reason.eq(reason),
        schedules::next_run_at.eq(None::<NaiveDateTime>),
        schedules::next_date.eq(None::<NaiveDate>),
        schedules::dispatch_at.eq(None::<NaiveDateTime>),
        schedules::tzdb.eq(None::<String>),
        schedules::stale_at.eq(None::<NaiveDateTime>),
        schedules::stale_tell_at.eq(None::<NaiveDateTime>),
    );
    Ok(diesel::update(still).set(changes).execute(db)? == 1)
}

/// Enabled schedules whose pointer may need another look: computed by another release of the time
/// zone data, or farther ahead than `horizon`. In pages of those that are due first, behind `behind`.
pub fn unsettled(
    db: &mut Db,
    horizon: DateTime<Utc>,
    release: &str,
    behind: Option<(DateTime<Utc>, ScheduleId)>,
    most: i64,
) -> Result<Vec<Found>, StoreError> {
    let mut query = schedules::table
        .filter(fires())
        .filter(
            schedules::tzdb
                .ne(release)
                .or(schedules::next_run_at.gt(stamp(horizon))),
        )
        .order((schedules::dispatch_at, schedules::id))
        .limit(most)
        .into_boxed();
    if let Some((at, id)) = behind {
        let at = stamp(at);
        let at_once = schedules::dispatch_at
            .eq(at)
            .and(schedules::id.gt(id.to_string()));
        query = query.filter(schedules::dispatch_at.gt(at).or(at_once).assume_not_null());
    }
    let rows: Vec<ScheduleRow> = query.load(db)?;
    rows.into_iter().map(Found::of).collect()
}
