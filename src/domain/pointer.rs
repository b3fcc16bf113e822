//! The pointer of a schedule: the next slot it waits for, and when that is dispatched.

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    ids::ScheduleId,
    recurrence::Recurrence,
    slot::{EndOfCalendar, Slot, next_slot, slot_on},
    zone::is_older_release,
};

/// The longest wait for a slot: a week, and what a zone may shift it by.
pub const LONGEST_WAIT: TimeDelta = TimeDelta::days(9);

/// What a schedule waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pointer {
    /// The slot.
    pub slot: Slot,
    /// When the slot is dispatched: its instant and the schedule's share of the spread.
    pub dispatch_at: DateTime<Utc>,
}

/// What decides when one schedule is due.
#[derive(Clone, Copy, Debug)]
pub struct Timetable<'a> {
    /// The schedule; its delay within the spread depends on it.
    pub schedule: ScheduleId,
    /// Its rule.
    pub recurrence: &'a Recurrence,
}

impl Timetable<'_> {
    /// The pointer of a schedule that is made, enabled or given this rule at `now`: to the first
    /// slot strictly after it.
    ///
    /// # Errors
    ///
    /// [`EndOfCalendar`] in the year 9999.
    pub fn pointer_after(&self, now: DateTime<Utc>) -> Result<Pointer, EndOfCalendar> {
        next_slot(self.recurrence, now).map(|slot| self.pointer_to(slot))
    }

    /// The pointer to `slot`.
    pub fn pointer_to(&self, slot: Slot) -> Pointer {
        Pointer {
            slot,
            dispatch_at: slot.at + self.delay(),
        }
    }

    /// How long after its slots the schedule is dispatched.
    pub fn delay(&self) -> TimeDelta {
        self.recurrence.spread.delay(self.schedule)
    }
}

/// A slot as it was stored.
#[derive(Clone, Copy, Debug)]
pub struct StoredSlot<'a> {
    /// The slot.
    pub slot: Slot,
    /// The release of the time zone database that it was computed with.
    pub release: &'a str,
}

/// The pointer that must replace the one to `stored`; `None` where that is still right.
///
/// A slot farther ahead than any recurrence waits was computed by a clock that ran wild; it is
/// computed anew. A slot that an older release than `release` computed stays on its nominal date
/// and moves to where that date's time now is, unless that is past: then it stays, so that its
/// run is off once instead of lost.
///
/// # Errors
///
/// [`EndOfCalendar`] in the year 9999.
pub fn refreshed(
    timetable: &Timetable<'_>,
    stored: StoredSlot<'_>,
    release: &str,
    now: DateTime<Utc>,
) -> Result<Option<Pointer>, EndOfCalendar> {
    if stored.slot.at - now > LONGEST_WAIT {
        return timetable.pointer_after(now).map(Some);
    }
    if stored.slot.at <= now || !is_older_release(stored.release, release) {
        return Ok(None);
    }
    let slot = slot_on(timetable.recurrence, stored.slot.date).ok_or(EndOfCalendar)?;
    let has_moved_ahead = slot.at != stored.slot.at && slot.at > now;
    Ok(has_moved_ahead.then(|| timetable.pointer_to(slot)))
}
