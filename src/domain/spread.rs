//! The spread of starts: how schedules due at the same minute are kept apart.

use chrono::TimeDelta;
use sha2::{Digest, Sha256};

use super::ids::ScheduleId;

/// Minutes over which the starts of schedules are spread, 0 to 60.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Spread(u8);

impl Spread {
    /// The widest spread, in minutes.
    pub const MAX_MINUTES: u8 = 60;

    /// A spread of `minutes`, if that is a width allowed.
    pub fn from_minutes(minutes: i32) -> Option<Self> {
        let minutes = u8::try_from(minutes).ok()?;
        (minutes <= Self::MAX_MINUTES).then_some(Self(minutes))
    }

    /// The width in minutes.
    pub fn minutes(self) -> u8 {
        self.0
    }

    /// How long after its slots `schedule` starts: whole minutes, at most the width, and always
    /// the same, so that its runs stay evenly apart.
    pub fn delay(self, schedule: ScheduleId) -> TimeDelta {
        let digest = Sha256::digest(schedule.to_string());
        let choices = i64::from(self.0) + 1;
        let minutes = digest
            .iter()
            .take(8)
            .fold(0, |rest, byte| (rest * 256 + i64::from(*byte)) % choices);
        TimeDelta::minutes(minutes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_width_is_bounded() {
        for (minutes, allowed) in [
            (-1, false),
            (0, true),
            (60, true),
            (61, false),
            (256, false),
        ] {
            assert_eq!(
                Spread::from_minutes(minutes).is_some(),
                allowed,
                "{minutes}"
            );
        }
    }

    #[test]
    fn the_delay_is_the_head_of_the_digest_modulo_the_width_and_one() {
        let schedule = "0192f0c1-2a3b-7c4d-8e5f-60718293a4b5".parse().unwrap();
        for (width, minutes) in [(0, 0), (1, 0), (15, 12), (30, 2), (60, 41)] {
            let delay = Spread::from_minutes(width).unwrap().delay(schedule);
            assert_eq!(delay, TimeDelta::minutes(minutes), "{width}");
        }
    }

    #[test]
    fn a_spread_uses_its_whole_width_and_no_more() {
        let spread = Spread::from_minutes(7).unwrap();
        let mut delays: Vec<_> = (0..500)
            .map(|_| spread.delay(ScheduleId::mint()).num_minutes())
            .collect();
        delays.sort_unstable();
        delays.dedup();
        assert_eq!(delays, [0, 1, 2, 3, 4, 5, 6, 7]);
    }
}
