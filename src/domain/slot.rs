//! Slots: the instants at which a recurrence is due.
//!
//! The slots of a recurrence are the instants of its time of day on each date it selects. They
//! are a set: where a zone leaves out a whole day, two dates share one slot. The day of the week
//! is that of the nominal date, also where a gap moves the instant into the next date.

use std::iter;

use chrono::{DateTime, Days, NaiveDate, Utc};

use super::recurrence::Recurrence;

/// An instant at which a schedule is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Slot {
    /// The instant, on a whole minute.
    pub at: DateTime<Utc>,
    /// The local date it stands for.
    pub date: NaiveDate,
}

/// The calendar has ended: no slot can be computed.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the calendar ends with the year 9999, and the next slot would lie beyond it")]
pub struct EndOfCalendar;

/// The first slot strictly after `after`.
///
/// # Errors
///
/// [`EndOfCalendar`] in the year 9999.
pub fn next_slot(recurrence: &Recurrence, after: DateTime<Utc>) -> Result<Slot, EndOfCalendar> {
    slots_after(recurrence, after).next().ok_or(EndOfCalendar)
}

/// The slots strictly after `after`, in order, until the calendar ends.
pub fn slots_after(recurrence: &Recurrence, after: DateTime<Utc>) -> impl Iterator<Item = Slot> {
    // A gap moves a slot by up to a day, and a clock set back across midnight shows a date again.
    let start = recurrence
        .zone
        .date_at(after)
        .and_then(|date| date.checked_sub_days(Days::new(2)));
    let mut latest = after;
    iter::successors(start, NaiveDate::succ_opt)
        .filter(|date| recurrence.frequency.selects(*date))
        .map_while(|date| slot_on(recurrence, date))
        .filter(move |slot| {
            let is_later = slot.at > latest;
            latest = latest.max(slot.at);
            is_later
        })
}

/// The slot that stands for `date`, whether the recurrence selects that date or not. `None` at
/// the end of the calendar.
pub(super) fn slot_on(recurrence: &Recurrence, date: NaiveDate) -> Option<Slot> {
    let at = recurrence.zone.resolve(date, recurrence.time)?;
    Some(Slot { at, date })
}
