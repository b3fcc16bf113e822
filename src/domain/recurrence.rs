//! When a schedule is due: how often, at which local time, in which zone.

use std::str::FromStr;

use chrono::{NaiveDate, TimeDelta};

use super::{
    spread::Spread,
    time_of_day::TimeOfDay,
    weekdays::{Weekday, Weekdays},
    words::words,
    zone::Zone,
};

words! {
    /// The name of a frequency.
    FrequencyName {
        /// Every day.
        Daily "DAILY"
        /// On chosen days of the week.
        Weekly "WEEKLY"
    }
}

/// On which dates a schedule is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Frequency {
    /// On every date.
    Daily,
    /// On the dates that fall on these days of the week.
    Weekly(Weekdays),
}

impl Frequency {
    /// The frequency without its days.
    pub fn name(self) -> FrequencyName {
        match self {
            Self::Daily => FrequencyName::Daily,
            Self::Weekly(_) => FrequencyName::Weekly,
        }
    }

    /// The days that were chosen; none for a daily frequency, which has no choice.
    pub fn weekdays(self) -> Option<Weekdays> {
        match self {
            Self::Daily => None,
            Self::Weekly(days) => Some(days),
        }
    }

    /// Whether `date` is due.
    pub fn selects(self, date: NaiveDate) -> bool {
        match self {
            Self::Daily => true,
            Self::Weekly(days) => days.contains(Weekday::of(date)),
        }
    }

    /// How many dates are due from `first` to `last`, both included. Costs the same for any
    /// stretch.
    pub fn count_dates(self, first: NaiveDate, last: NaiveDate) -> u32 {
        let weeks = (last - first).num_days() / 7;
        let per_week = match self {
            Self::Daily => 7,
            Self::Weekly(days) => days.bits().count_ones(),
        };
        let rest: u32 = (first + TimeDelta::weeks(weeks))
            .iter_days()
            .take_while(|date| *date <= last)
            .map(|date| u32::from(self.selects(date)))
            .sum();
        u32::try_from(weeks).unwrap_or(0) * per_week + rest
    }
}

/// The rule of a schedule. Every value of its fields is allowed with every other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recurrence {
    /// On which local dates.
    pub frequency: Frequency,
    /// At which local time.
    pub time: TimeOfDay,
    /// The zone of those dates and that time.
    pub zone: Zone,
    /// How far starts may lie after their slots. Slots are not moved by it.
    pub spread: Spread,
}

/// A recurrence as somebody wrote it, its parts not yet checked against each other.
#[derive(Clone, Debug)]
pub struct RecurrenceDraft {
    /// How often.
    pub frequency: FrequencyName,
    /// The days for a weekly frequency, in any order.
    pub weekdays: Vec<Weekday>,
    /// The local time.
    pub time: TimeOfDay,
    /// The zone of that time.
    pub zone: Zone,
    /// The spread in minutes.
    pub spread_minutes: i32,
}

/// A rule that a draft breaks, and by it the field at fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BrokenRule {
    /// Weekly, without a day of the week.
    #[error("a weekly schedule needs at least one day of the week")]
    WeekdaysMissing,
    /// Daily, with days of the week.
    #[error("a daily schedule has no days of the week")]
    WeekdaysOfDaily,
    /// A day of the week that stands in the list already.
    #[error("{day} is in the list already")]
    WeekdayRepeated {
        /// Where in the list, counted from 0.
        index: usize,
        /// Which day.
        day: Weekday,
    },
    /// A spread that is negative or too wide.
    #[error("the spread must be 0 to {} minutes", Spread::MAX_MINUTES)]
    SpreadOutOfRange,
}

impl RecurrenceDraft {
    /// The recurrence that was meant.
    ///
    /// # Errors
    ///
    /// All rules that the draft breaks.
    pub fn check(self) -> Result<Recurrence, Vec<BrokenRule>> {
        let mut broken = repeated(&self.weekdays);
        let frequency = self.frequency().map_err(|rule| broken.push(rule));
        let spread = Spread::from_minutes(self.spread_minutes)
            .ok_or_else(|| broken.push(BrokenRule::SpreadOutOfRange));
        match (frequency, spread) {
            (Ok(frequency), Ok(spread)) if broken.is_empty() => Ok(Recurrence {
                frequency,
                time: self.time,
                zone: self.zone,
                spread,
            }),
            _ => Err(broken),
        }
    }

    fn frequency(&self) -> Result<Frequency, BrokenRule> {
        let weekdays = Weekdays::of(self.weekdays.iter().copied());
        match (self.frequency, weekdays) {
            (FrequencyName::Daily, None) => Ok(Frequency::Daily),
            (FrequencyName::Daily, Some(_)) => Err(BrokenRule::WeekdaysOfDaily),
            (FrequencyName::Weekly, None) => Err(BrokenRule::WeekdaysMissing),
            (FrequencyName::Weekly, Some(days)) => Ok(Frequency::Weekly(days)),
        }
    }
}

fn repeated(days: &[Weekday]) -> Vec<BrokenRule> {
    days.iter()
        .enumerate()
        .filter(|(index, day)| days.iter().take(*index).any(|earlier| earlier == *day))
        .map(|(index, day)| BrokenRule::WeekdayRepeated { index, day: *day })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use BrokenRule::*;
    use FrequencyName::{Daily, Weekly};
    use Weekday::*;

    fn draft(frequency: FrequencyName, weekdays: &[Weekday], spread: i32) -> RecurrenceDraft {
        RecurrenceDraft {
            frequency,
            weekdays: weekdays.to_vec(),
            time: "02:00".parse().unwrap(),
            zone: "Europe/Berlin".parse().unwrap(),
            spread_minutes: spread,
        }
    }

    #[test]
    fn a_sound_draft_becomes_what_it_says() {
        let weekend = Weekdays::of([Saturday, Sunday]).unwrap();
        let weekly = draft(Weekly, &[Sunday, Saturday], 15).check().unwrap();
        assert_eq!(weekly.frequency, Frequency::Weekly(weekend));
        assert_eq!(weekly.frequency.weekdays(), Some(weekend));
        assert_eq!(weekly.spread.minutes(), 15);
        let daily = draft(Daily, &[], 0).check().unwrap();
        assert_eq!(daily.frequency, Frequency::Daily);
        assert_eq!(daily.frequency.weekdays(), None);
    }

    #[test]
    fn dates_are_counted_as_if_one_by_one() {
        let start = NaiveDate::from_ymd_opt(2026, 11, 20).unwrap();
        for bits in 1..=127 {
            let frequency = Frequency::Weekly(Weekdays::from_bits(bits).unwrap());
            let mut expected = 0;
            for last in start.iter_days().take(30) {
                expected += u32::from(frequency.selects(last));
                assert_eq!(
                    frequency.count_dates(start, last),
                    expected,
                    "{bits} {last}"
                );
            }
        }
        let ten_years_on = start + TimeDelta::days(3652);
        assert_eq!(Frequency::Daily.count_dates(start, ten_years_on), 3653);
    }

    #[test]
    fn every_broken_rule_is_reported() {
        let repeated = |index, day| WeekdayRepeated { index, day };
        for (frequency, weekdays, spread, expected) in [
            (Weekly, &[][..], 0, &[WeekdaysMissing][..]),
            (Daily, &[Monday], 0, &[WeekdaysOfDaily]),
            (Daily, &[], 61, &[SpreadOutOfRange]),
            (Daily, &[], -1, &[SpreadOutOfRange]),
            (Weekly, &[], 99, &[WeekdaysMissing, SpreadOutOfRange]),
            (Weekly, &[Monday, Friday, Monday], 0, &[repeated(2, Monday)]),
            (
                Weekly,
                &[Monday; 3],
                0,
                &[repeated(1, Monday), repeated(2, Monday)],
            ),
            (
                Daily,
                &[Sunday; 2],
                99,
                &[repeated(1, Sunday), WeekdaysOfDaily, SpreadOutOfRange],
            ),
        ] {
            let found = draft(frequency, weekdays, spread).check();
            assert_eq!(
                found,
                Err(expected.to_vec()),
                "{frequency} {weekdays:?} {spread}"
            );
        }
    }
}
