//! Retention: which backup sets of a schedule may go.
//!
//! The newest complete sets are kept, as many as the schedule says; the oldest of them is the
//! horizon. What is older than the horizon goes: complete sets, and the incomplete ones between
//! or behind them. Of the incomplete sets newer than the horizon the newest are kept, as many
//! again. With fewer complete sets than are to be kept there is no horizon.

use chrono::{DateTime, TimeDelta, Utc};

use super::ids::BackupSetId;

/// How many complete sets of a schedule are kept, 1 to 365.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct KeepLast(u16);

impl KeepLast {
    /// The highest number of sets that can be kept.
    pub const MAX: u16 = 365;

    /// Keeps the newest `sets`, if that is a number allowed.
    pub fn of(sets: i32) -> Option<Self> {
        let sets = u16::try_from(sets).ok()?;
        (1..=Self::MAX).contains(&sets).then_some(Self(sets))
    }

    /// The number of sets.
    pub fn sets(self) -> u16 {
        self.0
    }
}

/// A backup set of a schedule that is not deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeptSet {
    /// Which set.
    pub id: BackupSetId,
    /// When it was stored.
    pub created_at: DateTime<Utc>,
    /// Whether it holds all that its run was to capture.
    pub is_complete: bool,
    /// When somebody last took it back from deletion.
    pub undeleted_at: Option<DateTime<Utc>>,
}

/// How long a set that was taken back is left alone.
const REPRIEVE: TimeDelta = TimeDelta::hours(24);

/// The sets to delete at `now`, newest first. `sets` are all sets of one schedule that are not
/// deleted, in any order. The newest complete set is never among the answer.
pub fn expendable(sets: &[KeptSet], keep_last: KeepLast, now: DateTime<Utc>) -> Vec<BackupSetId> {
    let mut newest_first = sets.to_vec();
    newest_first.sort_unstable_by_key(|set| std::cmp::Reverse((set.created_at, set.id)));
    let mut room = Room::of(keep_last);
    newest_first.retain(|set| !room.takes(set) && !is_reprieved(set, now));
    newest_first.iter().map(|set| set.id).collect()
}

/// How many sets can still be kept, going from the newest to the oldest.
struct Room {
    complete: u16,
    incomplete: u16,
}

impl Room {
    fn of(KeepLast(sets): KeepLast) -> Self {
        Self {
            complete: sets,
            incomplete: sets,
        }
    }

    fn takes(&mut self, set: &KeptSet) -> bool {
        let is_behind_horizon = self.complete == 0;
        let places = if set.is_complete {
            &mut self.complete
        } else {
            &mut self.incomplete
        };
        if is_behind_horizon || *places == 0 {
            return false;
        }
        *places -= 1;
        true
    }
}

fn is_reprieved(set: &KeptSet, now: DateTime<Utc>) -> bool {
    set.undeleted_at.is_some_and(|at| now - at < REPRIEVE)
}
