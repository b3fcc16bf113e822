//! What to do about a schedule whose slot has come.
//!
//! A slot that is at most the grace old is fired, once. What is older was missed and is never
//! caught up, only told. Either way the schedule's pointer moves past the present, so that no
//! schedule is due twice in a row.

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    ids::RunId,
    pointer::{LONGEST_WAIT, Pointer, Timetable},
    slot::{EndOfCalendar, Slot, next_slot, slots_after},
};

/// What a schedule is owed at an instant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dispatch {
    /// The slots that no server was there for.
    pub missed: Option<MissedSlots>,
    /// The slot to make a run for now.
    pub fire: Option<Slot>,
    /// What the schedule waits for from now on; dispatched after the instant of this decision.
    pub next: Pointer,
}

/// Slots in a row that were missed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MissedSlots {
    /// The first of them.
    pub first: Slot,
    /// The instant of the last of them, which may be the first.
    pub last_at: DateTime<Utc>,
    /// How many they are, counted by their dates.
    pub count: u32,
}

/// Decides about `slot`, which the schedule's pointer stands at, at `now`. The grace counts from
/// the moment the slot was to be dispatched. The work does not grow with the time gone by.
///
/// # Errors
///
/// [`EndOfCalendar`] in the year 9999.
pub fn dispatch(
    timetable: &Timetable<'_>,
    slot: Slot,
    now: DateTime<Utc>,
    grace: TimeDelta,
) -> Result<Dispatch, EndOfCalendar> {
    let recurrence = timetable.recurrence;
    // A slot at the cutoff or later is in time.
    let cutoff = now - grace - timetable.delay();
    let missed = (slot.at < cutoff).then(|| missed_slots(timetable, slot, cutoff));
    let in_time = match missed {
        // Not simply the next slot after now: the newest of the past may still be in time.
        Some(_) => next_slot(recurrence, cutoff - TimeDelta::nanoseconds(1))?,
        None => slot,
    };
    let pointer = timetable.pointer_to(in_time);
    if pointer.dispatch_at > now {
        return Ok(Dispatch {
            missed,
            fire: None,
            next: pointer,
        });
    }
    Ok(Dispatch {
        missed,
        fire: Some(in_time),
        next: timetable.pointer_after(now)?,
    })
}

/// The slots from `first` until before `cutoff`.
fn missed_slots(timetable: &Timetable<'_>, first: Slot, cutoff: DateTime<Utc>) -> MissedSlots {
    let recurrence = timetable.recurrence;
    let last = slots_after(recurrence, first.at.max(cutoff - LONGEST_WAIT))
        .take_while(|slot| slot.at < cutoff)
        .last()
        .unwrap_or(first);
    MissedSlots {
        first,
        last_at: last.at,
        count: recurrence.frequency.count_dates(first.date, last.date),
    }
}

/// Whether a run that is due may be queued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// It may.
    Queue,
    /// It is skipped, for good.
    Skip {
        /// The run it would have overlapped.
        with: RunId,
    },
}

/// Decides whether a due run of a schedule is queued, given the schedule's run that is queued or
/// running, if there is one.
pub fn admit(active: Option<RunId>) -> Admission {
    match active {
        Some(with) => Admission::Skip { with },
        None => Admission::Queue,
    }
}
