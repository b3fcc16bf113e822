//! Schedules: what they are, and which are due.

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use diesel::{
    dsl::{IsNotNull, Lt},
    prelude::*,
};

use super::{
    columns::{Origin, actor_columns, kinds_column, stamp, stamp_of},
    conn::Db,
    error::{Claim, StoreError},
    schema::schedules,
};
use crate::domain::{
    freshness::Freshness,
    ids::{ScheduleId, TenantId},
    pointer::Pointer,
    recurrence::{FrequencyName, Recurrence, RecurrenceDraft},
    retention::KeepLast,
    run::Scope,
    schedule::{BrokenRecurrence, Firing, LastRun, Schedule, WrittenRecurrence},
    slot::Slot,
    weekdays::Weekdays,
    zone,
};

/// A schedule as it is stored.
#[derive(Clone, Debug, Queryable, Insertable)]
#[diesel(table_name = schedules)]
pub(super) struct ScheduleRow {
    pub(super) id: String,
    pub(super) tenant_id: String,
    name: String,
    name_folded: String,
    enabled: bool,
    disabled_reason: Option<String>,
    frequency: String,
    weekdays: i16,
    time_of_day: String,
    time_zone: String,
    spread_minutes: i16,
    kinds: String,
    include_assignments: bool,
    include_scope_tags: bool,
    keep_last: i32,
    revision: i32,
    next_run_at: Option<NaiveDateTime>,
    next_date: Option<NaiveDate>,
    pub(super) dispatch_at: Option<NaiveDateTime>,
    pub(super) tzdb: Option<String>,
    last_run_id: Option<String>,
    last_run_at: Option<NaiveDateTime>,
    last_run_status: Option<String>,
    created_at: NaiveDateTime,
    updated_at: NaiveDateTime,
    created_by_kind: String,
    created_by_id: Option<String>,
    created_by_name: String,
    deleted_at: Option<NaiveDateTime>,
    fresh_since: Option<NaiveDateTime>,
    stale_at: Option<NaiveDateTime>,
    stale_tell_at: Option<NaiveDateTime>,
}

impl From<&Schedule> for ScheduleRow {
    fn from(schedule: &Schedule) -> Self {
        let written = written(schedule);
        let (enabled, pointer, disabled_reason) = match &schedule.firing {
            Firing::Enabled(pointer) => (true, Some(*pointer), None),
            Firing::Disabled { reason } => (false, None, reason.clone()),
        };
        let (created_by_kind, created_by_id, created_by_name) = actor_columns(&schedule.created_by);
        Self {
            id: schedule.id.to_string(),
            tenant_id: schedule.tenant.to_string(),
            name: schedule.name.to_string(),
            name_folded: schedule.name.folded(),
            enabled,
            disabled_reason,
            frequency: written.frequency,
            weekdays: i16::from(written.weekdays),
            time_of_day: written.time_of_day,
            time_zone: written.time_zone,
            spread_minutes: written.spread_minutes,
            kinds: kinds_column(&schedule.scope.kinds),
            include_assignments: schedule.scope.assignments,
            include_scope_tags: schedule.scope.scope_tags,
            keep_last: i32::from(schedule.keep_last.sets()),
            revision: schedule.revision,
            next_run_at: stamp_of(pointer.map(|pointer| pointer.slot.at)),
            next_date: pointer.map(|pointer| pointer.slot.date),
            dispatch_at: stamp_of(pointer.map(|pointer| pointer.dispatch_at)),
            tzdb: pointer.map(|_| zone::release().to_owned()),
            last_run_id: schedule.last_run.map(|run| run.id.to_string()),
            last_run_at: stamp_of(schedule.last_run.map(|run| run.at)),
            last_run_status: schedule.last_run.map(|run| run.status.to_string()),
            created_at: stamp(schedule.created_at),
            updated_at: stamp(schedule.updated_at),
            created_by_kind: created_by_kind.to_owned(),
            created_by_id,
            created_by_name,
            deleted_at: stamp_of(schedule.deleted_at),
            fresh_since: stamp_of(schedule.freshness.map(|fresh| fresh.since)),
            stale_at: stamp_of(schedule.stale_at()),
            stale_tell_at: stamp_of(tell_at(schedule)),
        }
    }
}

fn written(schedule: &Schedule) -> WrittenRecurrence {
    match &schedule.recurrence {
        Ok(recurrence) => WrittenRecurrence::from(recurrence),
        Err(broken) => broken.written.clone(),
    }
}

impl TryFrom<ScheduleRow> for Schedule {
    type Error = StoreError;

    fn try_from(row: ScheduleRow) -> Result<Self, StoreError> {
        let from = Origin {
            what: "schedule",
            id: &row.id,
        };
        Ok(Self {
            id: from.text(&row.id)?,
            tenant: from.text(&row.tenant_id)?,
            name: from.text(&row.name)?,
            recurrence: recurrence_of(&row, from)?,
            firing: firing_of(&row, from)?,
            scope: Scope {
                kinds: from.kinds(&row.kinds)?,
                assignments: row.include_assignments,
                scope_tags: row.include_scope_tags,
            },
            keep_last: KeepLast::of(row.keep_last)
                .ok_or_else(|| from.corrupt("keep_last is out of range"))?,
            revision: row.revision,
            last_run: last_run_of(&row, from)?,
            freshness: freshness_of(&row),
            created_at: row.created_at.and_utc(),
            updated_at: row.updated_at.and_utc(),
            created_by: from.actor(
                &row.created_by_kind,
                row.created_by_id.as_deref(),
                &row.created_by_name,
            )?,
            deleted_at: row.deleted_at.map(|at| at.and_utc()),
        })
    }
}

/// A zone that a newer release dropped breaks the recurrence, not the row: the schedule must still
/// be shown, mended or deleted.
fn recurrence_of(
    row: &ScheduleRow,
    from: Origin<'_>,
) -> Result<Result<Recurrence, BrokenRecurrence>, StoreError> {
    let written = WrittenRecurrence {
        frequency: row.frequency.clone(),
        weekdays: from.number(row.weekdays)?,
        time_of_day: row.time_of_day.clone(),
        time_zone: row.time_zone.clone(),
        spread_minutes: row.spread_minutes,
    };
    let zone = match row.time_zone.parse() {
        Ok(zone) => zone,
        Err(error) => {
            let reason = format!("its time zone `{}` is {error}", row.time_zone);
            return Ok(Err(BrokenRecurrence { written, reason }));
        }
    };
    let weekdays = Weekdays::from_bits(written.weekdays);
    let draft = RecurrenceDraft {
        frequency: from.text::<FrequencyName>(&row.frequency)?,
        weekdays: weekdays
            .map(|days| days.iter().collect())
            .unwrap_or_default(),
        time: from.text(&row.time_of_day)?,
        zone,
        spread_minutes: i32::from(row.spread_minutes),
    };
    let broken =
        |rules: Vec<_>| from.corrupt(format!("its recurrence breaks {} rules", rules.len()));
    draft.check().map(Ok).map_err(broken)
}

fn firing_of(row: &ScheduleRow, from: Origin<'_>) -> Result<Firing, StoreError> {
    match (row.enabled, row.next_run_at, row.next_date, row.dispatch_at) {
        (true, Some(at), Some(date), Some(dispatch_at)) => Ok(Firing::Enabled(Pointer {
            slot: Slot {
                at: at.and_utc(),
                date,
            },
            dispatch_at: dispatch_at.and_utc(),
        })),
        (false, None, None, None) => Ok(Firing::Disabled {
            reason: row.disabled_reason.clone(),
        }),
        _ => Err(from.corrupt("it is enabled without a next slot, or has one while disabled")),
    }
}

fn last_run_of(row: &ScheduleRow, from: Origin<'_>) -> Result<Option<LastRun>, StoreError> {
    match (&row.last_run_id, row.last_run_at, &row.last_run_status) {
        (Some(id), Some(at), Some(status)) => Ok(Some(LastRun {
            id: from.text(id)?,
            at: at.and_utc(),
            status: from.text(status)?,
        })),
        (None, None, None) => Ok(None),
        _ => Err(from.corrupt("its last run is half known")),
    }
}

/// When people are to be told that it is stale; none when they were.
fn tell_at(schedule: &Schedule) -> Option<DateTime<Utc>> {
    let is_told = schedule.freshness.is_some_and(|fresh| fresh.is_told);
    schedule.stale_at().filter(|_| !is_told)
}

/// A schedule that does not fire has nothing to be told of, and its row does not say more.
fn freshness_of(row: &ScheduleRow) -> Option<Freshness> {
    Some(Freshness {
        since: row.fresh_since?.and_utc(),
        is_told: row.stale_at.is_some() && row.stale_tell_at.is_none(),
    })
}

/// Whether a schedule fires: it is enabled, and not deleted. No other has an instant to be dispatched at.
pub(super) fn fires() -> IsNotNull<schedules::dispatch_at> {
    schedules::dispatch_at.is_not_null()
}

/// Whether a schedule fires, and should have been dispatched before an instant.
pub(super) fn was_due(before: DateTime<Utc>) -> Lt<schedules::dispatch_at, NaiveDateTime> {
    schedules::dispatch_at.lt(stamp(before))
}

/// Adds a schedule; taken when the tenant has one of this name.
pub fn insert(db: &mut Db, schedule: &Schedule) -> Result<Claim, StoreError> {
    let row = ScheduleRow::from(schedule);
    Claim::of(db.transaction(|db| {
        diesel::insert_into(schedules::table)
            .values(row)
            .execute(db)
    }))
}

/// A schedule of a tenant, also a deleted one.
pub fn find(
    db: &mut Db,
    tenant: TenantId,
    schedule: ScheduleId,
) -> Result<Option<Schedule>, StoreError> {
    let query = schedules::table
        .find(schedule.to_string())
        .filter(schedules::tenant_id.eq(tenant.to_string()));
    let row: Option<ScheduleRow> = query.first(db).optional()?;
    row.map(Schedule::try_from).transpose()
}

/// Locks a schedule until the transaction ends: whoever changes it or one of its runs does so
/// first, which keeps transactions from waiting for each other in a circle.
pub fn lock(db: &mut Db, schedule: ScheduleId) -> Result<(), StoreError> {
    let row = schedules::table.find(schedule.to_string());
    diesel::update(row)
        .set(schedules::revision.eq(schedules::revision))
        .execute(db)?;
    Ok(())
}

/// Locks a schedule as [`lock`] does, if nobody holds it: false when somebody does.
pub fn try_lock(db: &mut Db, schedule: ScheduleId) -> Result<bool, StoreError> {
    let Db::Postgres(conn) = db else {
        // Its writers are one at a time.
        return Ok(true);
    };
    let held: Option<String> = schedules::table
        .find(schedule.to_string())
        .select(schedules::id)
        .for_no_key_update()
        .skip_locked()
        .first(conn)
        .optional()?;
    Ok(held.is_some())
}

/// The schedules of a tenant, oldest first, deleted ones left out.
pub fn of_tenant(db: &mut Db, tenant: TenantId) -> Result<Vec<Schedule>, StoreError> {
    let rows: Vec<ScheduleRow> = schedules::table
        .filter(schedules::tenant_id.eq(tenant.to_string()))
        .filter(schedules::deleted_at.is_null())
        .order(schedules::id)
        .load(db)?;
    rows.into_iter().map(Schedule::try_from).collect()
}

/// How many schedules a tenant has, deleted ones left out.
pub fn count(db: &mut Db, tenant: TenantId) -> Result<i64, StoreError> {
    let query = schedules::table.filter(schedules::tenant_id.eq(tenant.to_string()));
    Ok(query
        .filter(schedules::deleted_at.is_null())
        .count()
        .get_result(db)?)
}

/// Writes a changed schedule if it is still at `revision`; taken when another has its name. None
/// when it was changed meanwhile.
pub fn update(
    db: &mut Db,
    schedule: &Schedule,
    revision: i32,
) -> Result<Option<Claim>, StoreError> {
    let row = ScheduleRow::from(schedule);
    let at = schedules::table
        .find(row.id.clone())
        .filter(schedules::revision.eq(revision));
    let changes = (
        (
            schedules::name.eq(row.name),
            schedules::name_folded.eq(row.name_folded),
            schedules::enabled.eq(row.enabled),
            schedules::disabled_reason.eq(row.disabled_reason),
            schedules::frequency.eq(row.frequency),
            schedules::weekdays.eq(row.weekdays),
            schedules::time_of_day.eq(row.time_of_day),
            schedules::time_zone.eq(row.time_zone),
            schedules::spread_minutes.eq(row.spread_minutes),
        ),
        (
            schedules::kinds.eq(row.kinds),
            schedules::include_assignments.eq(row.include_assignments),
            schedules::include_scope_tags.eq(row.include_scope_tags),
            schedules::keep_last.eq(row.keep_last),
            schedules::revision.eq(row.revision),
            schedules::updated_at.eq(row.updated_at),
            schedules::deleted_at.eq(row.deleted_at),
        ),
        (
            schedules::next_run_at.eq(row.next_run_at),
            schedules::next_date.eq(row.next_date),
            schedules::dispatch_at.eq(row.dispatch_at),
            schedules::tzdb.eq(row.tzdb),
        ),
        (
            schedules::fresh_since.eq(row.fresh_since),
            schedules::stale_at.eq(row.stale_at),
            schedules::stale_tell_at.eq(row.stale_tell_at),
        ),
    );
    let result = db.transaction(|db| diesel::update(at).set(changes).execute(db));
    match result {
        Ok(0) => Ok(None),
        result => Claim::of(result).map(Some),
    }
}

/// Notes where a schedule's run stands, if it is the schedule's last.
pub fn note_run(db: &mut Db, schedule: ScheduleId, run: LastRun) -> Result<(), StoreError> {
    let row = schedules::table.find(schedule.to_string()).filter(
        schedules::last_run_id
            .is_null()
            .or(schedules::last_run_id.le(run.id.to_string())),
    );
    let changes = (
        schedules::last_run_id.eq(run.id.to_string()),
        schedules::last_run_at.eq(stamp(run.at)),
        schedules::last_run_status.eq(run.status.as_str()),
    );
    diesel::update(row).set(changes).execute(db)?;
    Ok(())
}

/// Notes from when the age of a schedule's backups counts, and whether people know that it is stale.
pub fn note_freshness(db: &mut Db, schedule: &Schedule) -> Result<(), StoreError> {
    let row = schedules::table.find(schedule.id.to_string());
    let changes = (
        schedules::fresh_since.eq(stamp_of(schedule.freshness.map(|fresh| fresh.since))),
        schedules::stale_at.eq(stamp_of(schedule.stale_at())),
        schedules::stale_tell_at.eq(stamp_of(tell_at(schedule))),
    );
    diesel::update(row).set(changes).execute(db)?;
    Ok(())
}

/// The name of a schedule, for messages.
pub fn name(db: &mut Db, schedule: ScheduleId) -> Result<String, StoreError> {
    Ok(schedules::table
        .find(schedule.to_string())
        .select(schedules::name)
        .first(db)?)
}
