//! Keeps the pointers of schedules right when time zone data or a wild clock moved under them.

use std::time::Duration;

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

/// Time after which a transaction looks at no more schedules: it holds those that it has moved, and a database
/// may be slow.
const LONGEST_PAGE: Duration = Duration::from_secs(5);

/// Longest time that one tick goes on looking, before it has dispatched anything.
const LONGEST_REFRESH: Duration = Duration::from_secs(30);

/// How far a look at all schedules came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refreshed {
    /// There is nothing left.
    All,
    /// Its time was over before.
    Some,
}

/// Where a page begins: behind a schedule that is dispatched then.
type Place = (DateTime<Utc>, ScheduleId);

/// Looks at every enabled schedule that another release of the zone data computed, or whose next
/// slot lies farther ahead than any recurrence waits. Those that are due first come first, so that what
/// is left when its time is over will not fire for longest.
pub(super) async fn refresh(store: &Store) -> Result<Refreshed, StoreError> {
    let (began, mut behind) = (store.elapsed(), None);
    loop {
        let steady = store.clone();
        let until = steady.elapsed() + LONGEST_PAGE;
        let is_over = move || steady.elapsed() >= until;
        let last = store
            .write(move |db, now| refresh_page(db, behind, now, is_over))
            .await?;
        if last.is_none() {
            return Ok(Refreshed::All);
        }
        behind = last;
        if store.elapsed().saturating_sub(began) >= LONGEST_REFRESH {
            return Ok(Refreshed::Some);
        }
    }
}

/// Looks at some schedules, one at least, until its time is over; where it came to, none at the end.
fn refresh_page(
    db: &mut Db,
    behind: Option<Place>,
    now: DateTime<Utc>,
    is_over: impl Fn() -> bool,
) -> Result<Option<Place>, StoreError> {
    let mut last = None;
    let page = pointers::unsettled(db, now + LONGEST_WAIT, zone::release(), behind, PAGE)?;
    for found in &page {
        if last.is_some() && is_over() {
            break;
        }
        match &found.schedule {
            Ok(schedule) => look_again(db, schedule, &found.release, now)?,
            // The dispatcher disables it when it is due; the others must be looked at before.
            Err(error) => {
                tracing::warn!(schedule.id = %found.id.to_global(), error = %chain(error), "the pointer of a schedule could not be looked at");
            }
        }
        last = found.dispatch_at.map(|at| (at, found.id));
    }
    Ok(last)
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
