//! Freshness: how old a schedule's newest complete set may become before people are told.
//!
//! Twice the schedule's interval, by the clocks of its zone: one night may fail, two may not. The age counts
//! from the newest complete set, or from when the schedule last began to fire, whichever is later.

use chrono::{DateTime, Utc};

use super::{
    recurrence::Frequency,
    schedule::{Firing, Schedule},
    weekdays::Weekday,
};

/// From when the age of a schedule's backups counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Freshness {
    /// The newest complete set, or when the schedule last began to fire.
    pub since: DateTime<Utc>,
    /// Whether people know already that it is stale.
    pub is_told: bool,
}

impl Freshness {
    /// Counts from an instant on.
    pub fn from(since: DateTime<Utc>) -> Self {
        Self {
            since,
            is_told: false,
        }
    }
}

impl Frequency {
    /// The longest stretch between two dates that are due, in days.
    pub fn longest_interval(self) -> i64 {
        let days = match self {
            Self::Daily => 1,
            Self::Weekly(days) => {
                let twice = Weekday::ALL.iter().chain(Weekday::ALL);
                let chosen: Vec<usize> = twice
                    .enumerate()
                    .filter(|(_, day)| days.contains(**day))
                    .map(|(place, _)| place)
                    .collect();
                let gaps = chosen.iter().zip(chosen.iter().skip(1));
                gaps.map(|(one, next)| next - one).max().unwrap_or(7)
            }
        };
        i64::try_from(days).unwrap_or(7)
    }
}

impl Schedule {
    /// When it becomes stale, or became so; none while it does not fire, and while nobody has looked.
    pub fn stale_at(&self) -> Option<DateTime<Utc>> {
        let (Firing::Enabled(_), Ok(recurrence)) = (&self.firing, &self.recurrence) else {
            return None;
        };
        let days = 2 * recurrence.frequency.longest_interval();
        recurrence.zone.days_after(self.freshness?.since, days)
    }

    /// Since when it has been stale; none when it is not.
    pub fn became_stale_at(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.stale_at().filter(|at| *at <= now)
    }

    /// The schedule once a complete set of it was stored.
    #[must_use]
    pub fn backed_up(&self, now: DateTime<Utc>) -> Self {
        Self {
            freshness: Some(Freshness::from(now)),
            ..self.clone()
        }
    }

    /// What is known of its age when its newest complete set has been looked up.
    #[must_use]
    pub fn looked_at(&self, newest_complete: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Self {
        let known = self.freshness.map_or(self.created_at, |known| known.since);
        let since = newest_complete.map_or(known, |newest| newest.max(known));
        let fresh = Self {
            freshness: Some(Freshness::from(since)),
            ..self.clone()
        };
        let is_told = fresh.became_stale_at(now).is_some();
        Self {
            freshness: Some(Freshness { since, is_told }),
            ..fresh
        }
    }
}
