//! Whether the clock of the database was set between two ticks, and what that says of leases.
//!
//! Leases end by the database's clock. When somebody sets it, every lease seems to have ended, or to
//! last for hours, while their holders are well. A server has a steady clock of its own beside it, and
//! compares how far the two have come. After a step it waits for half a lease: by then all who live
//! have renewed theirs. A server that has just started waits as well: there may have been a step that
//! it has not seen. So does one that could not reach the database: nobody else may have reached it, and
//! those who live renew their leases a moment after it is back.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

/// What a tick read from two clocks at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// The database's time.
    pub at: DateTime<Utc>,
    /// The server's steady time.
    pub elapsed: Duration,
}

/// How the database's clock has run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Course {
    /// Nobody knows: there was no reading before. It may have been set a moment ago.
    Unknown,
    /// As the steady one has, for as long as it takes all who live to renew their leases.
    Even,
    /// It was set since the reading before, by so much: forwards, or backwards if it is negative.
    Stepped(TimeDelta),
    /// It was set a moment ago, or may have been before the first reading, or the database was away.
    Doubtful,
}

/// What was seen of the two clocks so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    last: Option<Reading>,
    /// When, in steady time, the database's clock was last seen to have been set, or seen at all for the
    /// first time, or for the first time since the database was away.
    doubted_at: Option<Duration>,
    /// Whether the database was away since the last reading.
    was_away: bool,
}

impl Seen {
    /// What is seen with one more reading, and how the clock has run. Leases of such a length are renewed
    /// twice in their time at the least.
    #[must_use]
    pub fn and(self, now: Reading, lease: Duration) -> (Self, Course) {
        let step = self.last.map(|before| step_between(before, now));
        let course = match step {
            None => Course::Unknown,
            Some(step) if is_off(step) => Course::Stepped(step),
            Some(_) if self.was_away => Course::Doubtful,
            Some(_) => match self.doubted_at {
                Some(at) if now.elapsed.saturating_sub(at) < lease / 2 => Course::Doubtful,
                Some(_) | None => Course::Even,
            },
        };
        let doubted_at = match course {
            Course::Unknown | Course::Stepped(_) => Some(now.elapsed),
            Course::Doubtful if self.was_away => Some(now.elapsed),
            Course::Even | Course::Doubtful => self.doubted_at,
        };
        let seen = Self {
            last: Some(now),
            doubted_at,
            was_away: false,
        };
        (seen, course)
    }

    /// What is seen after a reading that could not be made.
    #[must_use]
    pub fn away(self) -> Self {
        Self {
            was_away: true,
            ..self
        }
    }

    /// The last reading.
    pub fn last(&self) -> Option<Reading> {
        self.last
    }
}

fn step_between(before: Reading, now: Reading) -> TimeDelta {
    let steady = now.elapsed.saturating_sub(before.elapsed);
    let steady = TimeDelta::from_std(steady).unwrap_or(TimeDelta::MAX);
    (now.at - before.at)
        .checked_sub(&steady)
        .unwrap_or(TimeDelta::MIN)
}

/// By how much two clocks may differ before it is worth a word: statements may be slow, and clocks of
/// machines are a little off.
const TOLERANCE: TimeDelta = TimeDelta::seconds(30);

/// The longest lease that a server may be set to. What ends further ahead is left over from a clock that was
/// set back; by an hour, as happens, is further.
pub const LONGEST_LEASE: Duration = Duration::from_secs(30 * 60);

/// Whether a difference between two clocks is worth a word.
pub fn is_off(by: TimeDelta) -> bool {
    by.abs() > TOLERANCE
}

/// When a lease is nobody's any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lapsed {
    /// It ended before this.
    pub before: DateTime<Utc>,
    /// Or it ends behind this, which no holder has asked for.
    pub behind: DateTime<Utc>,
}

impl Course {
    /// Which leases are nobody's any more; none that is known of shortly after a step, a start or an outage.
    pub fn lapsed(self, now: DateTime<Utc>) -> Option<Lapsed> {
        match self {
            Self::Unknown | Self::Stepped(_) | Self::Doubtful => None,
            Self::Even => Some(Lapsed {
                before: now,
                behind: now + LONGEST_LEASE + TOLERANCE,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn reading(at: i64, elapsed: u64) -> Reading {
        Reading {
            at: DateTime::UNIX_EPOCH + TimeDelta::days(20_000) + TimeDelta::seconds(at),
            elapsed: Duration::from_secs(elapsed),
        }
    }

    fn course(before: Reading, now: Reading) -> Course {
        let lease = Duration::ZERO;
        let (seen, _) = Seen::default().and(before, lease);
        seen.and(now, lease).1
    }

    #[test]
    fn only_a_clock_that_was_set_is_ahead_or_behind() {
        let steps = |at, elapsed: u64| match course(reading(0, 100), reading(at, 100 + elapsed)) {
            Course::Stepped(by) => Some(by.num_seconds()),
            Course::Unknown | Course::Even | Course::Doubtful => None,
        };
        assert_eq!(steps(60, 60), None);
        assert_eq!(steps(80, 60), None);
        assert_eq!(steps(90, 60), None);
        assert_eq!(steps(91, 60), Some(31));
        assert_eq!(steps(3_660, 60), Some(3_600));
        assert_eq!(steps(-3_540, 60), Some(-3_600));
        // A server that was stopped for an hour has lived through it on both clocks.
        assert_eq!(steps(3_600, 3_600), None);
    }

    #[test]
    fn a_step_is_told_once_and_doubted_until_all_have_renewed() {
        let mut seen = Seen::default();
        let hour = 3_600;
        for (at, elapsed, expected) in [
            (0, 0, Course::Unknown),
            (60, 60, Course::Even),
            (hour + 61, 61, Course::Stepped(TimeDelta::hours(1))),
            (hour + 62, 62, Course::Doubtful),
            (hour + 90, 90, Course::Doubtful),
            (hour + 91, 91, Course::Even),
        ] {
            let course;
            (seen, course) = seen.and(reading(at, elapsed), Duration::from_secs(60));
            assert_eq!(course, expected, "{elapsed}");
        }
    }

    #[test]
    fn nobody_is_lost_until_those_who_had_no_database_have_renewed() {
        let lease = Duration::from_secs(60);
        let (seen, _) = Seen::default().and(reading(0, 0), lease);
        let (seen, before) = seen.and(reading(60, 60), lease);
        let (seen, first) = seen.away().and(reading(300, 300), lease);
        let (seen, second) = seen.and(reading(329, 329), lease);
        let (_, third) = seen.and(reading(330, 330), lease);
        assert_eq!(
            [before, first, second, third],
            [
                Course::Even,
                Course::Doubtful,
                Course::Doubtful,
                Course::Even
            ]
        );
        // Nor is a step overlooked that was made meanwhile.
        let (_, stepped) = seen.away().and(reading(4_000, 400), lease);
        assert_eq!(stepped, Course::Stepped(TimeDelta::seconds(3_600)));
    }

    #[test]
    fn no_lease_is_judged_by_a_clock_that_may_have_just_been_set() {
        let now = reading(0, 0).at;
        let step = TimeDelta::hours(1);
        for course in [Course::Unknown, Course::Stepped(step), Course::Doubtful] {
            assert_eq!(course.lapsed(now), None, "{course:?}");
        }
        let lapsed = Course::Even.lapsed(now).unwrap();
        assert_eq!(lapsed.before, now);
        // No living server's lease, and every dead one's that an hour's step has left ahead.
        assert!(lapsed.behind > now + LONGEST_LEASE);
        assert!(lapsed.behind < now + step);
    }

    #[test]
    fn a_server_that_has_just_started_doubts_the_clock_for_half_a_lease() {
        let (seen, lease) = (Seen::default(), Duration::from_secs(60));
        let (seen, first) = seen.and(reading(0, 0), lease);
        let (seen, second) = seen.and(reading(29, 29), lease);
        let (_, third) = seen.and(reading(30, 30), lease);
        assert_eq!(
            [first, second, third],
            [Course::Unknown, Course::Doubtful, Course::Even]
        );
    }

    proptest! {
        /// Whatever step lies between two readings, it is found if it is long enough, and then whole.
        #[test]
        fn a_step_is_found_whole(step in -100_000i64..100_000, passed in 0u64..1_000_000) {
            let passed_signed = i64::try_from(passed).unwrap();
            let found = course(reading(0, 0), reading(passed_signed + step, passed));
            let expected = match step.abs() > 30 {
                true => Course::Stepped(TimeDelta::seconds(step)),
                false => Course::Even,
            };
            prop_assert_eq!(found, expected);
        }
    }
}
