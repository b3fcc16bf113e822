//! Keeps the pointers of schedules right when time zone data or a wild clock moved under them.

use chrono::{DateTime, Utc};

use crate::{
    domain::{
        global_id::GlobalId,
        ids::ScheduleId,
        pointer::{LONGEST_WAIT, Pointer, StoredSlot, Timetable, refreshed},
        schedule::{Firing, Schedule},
        zone,
    },
    store::{Db, Store, StoreError, pointers},
    telemetry::chain,
};

/// Schedules of one transaction.
const PAGE: i64 = 200;

/// Looks at every enabled schedule that another release of the zone data computed, or whose next
/// slot lies farther ahead than any recurrence waits.
pub(super) async fn refresh(store: &Store) -> Result<(), StoreError> {
    let mut after = None;
    loop {
        let last = store
            .write(move |db, now| refresh_page(db, after, now))
            .await?;
        if last.is_none() {
            return Ok(());
        }
        after = last;
    }
}

fn refresh_page(
    db: &mut Db,
    after: Option<ScheduleId>,
    now: DateTime<Utc>,
) -> Result<Option<ScheduleId>, StoreError> {
    let page = pointers::unsettled(db, now + LONGEST_WAIT, zone::release(), after, PAGE)?;
    for found in &page {
        match &found.schedule {
            Ok(schedule) => look_again(db, schedule, &found.release, now)?,
            // The dispatcher disables it when it is due; the others must be looked at before.
            Err(error) => {
                tracing::warn!(schedule.id = %found.id.to_global(), error = %chain(error), "the pointer of a schedule could not be looked at");
            }
        }
    }
    Ok(page.last().map(|found| found.id))
}

fn look_again(
    db: &mut Db,
    schedule: &Schedule,
    release: &str,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let (Ok(recurrence), Firing::Enabled(pointer)) = (&schedule.recurrence, &schedule.firing)
    else {
        return Ok(());
    };
    let timetable = Timetable {
        schedule: schedule.id,
        recurrence,
    };
    let stored = StoredSlot {
        slot: pointer.slot,
        release,
    };
    // At the end of the calendar the pointer stays; the dispatcher disables the schedule.
    let moved = refreshed(&timetable, stored, zone::release(), now).unwrap_or(None);
    settle(db, schedule, *pointer, moved, release)
}

/// Moves the pointer, or notes that it is still right for this release. A newer server's value is
/// left alone.
fn settle(
    db: &mut Db,
    schedule: &Schedule,
    read_at: Pointer,
    moved: Option<Pointer>,
    release: &str,
) -> Result<(), StoreError> {
    if moved.is_some() || zone::is_older_release(release, zone::release()) {
        pointers::advance(db, schedule, read_at, moved.unwrap_or(read_at))?;
    }
    Ok(())
}
