//! Days of the week, and sets of them.

use std::str::FromStr;

use chrono::{Datelike, NaiveDate};

use super::words::words;

words! {
    /// A day of the week.
    Weekday {
        /// Monday, the first.
        Monday "MONDAY"
        /// Tuesday.
        Tuesday "TUESDAY"
        /// Wednesday.
        Wednesday "WEDNESDAY"
        /// Thursday.
        Thursday "THURSDAY"
        /// Friday.
        Friday "FRIDAY"
        /// Saturday.
        Saturday "SATURDAY"
        /// Sunday.
        Sunday "SUNDAY"
    }
}

impl Weekday {
    /// The day of the week of `date`.
    pub fn of(date: NaiveDate) -> Self {
        match date.weekday() {
            chrono::Weekday::Mon => Self::Monday,
            chrono::Weekday::Tue => Self::Tuesday,
            chrono::Weekday::Wed => Self::Wednesday,
            chrono::Weekday::Thu => Self::Thursday,
            chrono::Weekday::Fri => Self::Friday,
            chrono::Weekday::Sat => Self::Saturday,
            chrono::Weekday::Sun => Self::Sunday,
        }
    }

    fn bit(self) -> u8 {
        match self {
            Self::Monday => 1,
            Self::Tuesday => 1 << 1,
            Self::Wednesday => 1 << 2,
            Self::Thursday => 1 << 3,
            Self::Friday => 1 << 4,
            Self::Saturday => 1 << 5,
            Self::Sunday => 1 << 6,
        }
    }
}

/// A set of weekdays that is not empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Weekdays(u8);

const EVERY_DAY: u8 = 0b111_1111;

impl Weekdays {
    /// The set of `days`, unless there are none.
    pub fn of(days: impl IntoIterator<Item = Weekday>) -> Option<Self> {
        let bits = days.into_iter().fold(0, |bits, day| bits | day.bit());
        Self::from_bits(bits)
    }

    /// The set that [`bits`](Self::bits) wrote, if `bits` is one.
    pub fn from_bits(bits: u8) -> Option<Self> {
        (1..=EVERY_DAY).contains(&bits).then_some(Self(bits))
    }

    /// One bit for each day, Monday the lowest, Sunday 64.
    pub fn bits(self) -> u8 {
        self.0
    }

    /// Whether `day` is in the set.
    pub fn contains(self, day: Weekday) -> bool {
        self.0 & day.bit() != 0
    }

    /// The days of the set, Monday first.
    pub fn iter(self) -> impl Iterator<Item = Weekday> {
        Weekday::ALL
            .iter()
            .copied()
            .filter(move |day| self.contains(*day))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_set_survives_its_bits_and_its_list() {
        for bits in 1..=127 {
            let days = Weekdays::from_bits(bits).unwrap();
            assert_eq!(days.bits(), bits);
            assert_eq!(Weekdays::of(days.iter()), Some(days));
            assert!(days.iter().is_sorted());
        }
    }

    #[test]
    fn what_is_no_set_is_refused() {
        assert_eq!(Weekdays::of([]), None);
        for bits in [0, 128, 129, 255] {
            assert_eq!(Weekdays::from_bits(bits), None, "{bits}");
        }
    }

    #[test]
    fn bits_are_the_stored_form() {
        for (days, bits) in [
            (&[Weekday::Monday][..], 1),
            (&[Weekday::Sunday, Weekday::Tuesday], 66),
            (Weekday::ALL, 127),
        ] {
            assert_eq!(Weekdays::of(days.iter().copied()).unwrap().bits(), bits);
        }
    }

    #[test]
    fn the_day_of_a_date_is_the_calendar_s() {
        let monday = NaiveDate::from_ymd_opt(2026, 11, 23).unwrap();
        let week: Vec<_> = monday.iter_days().take(7).map(Weekday::of).collect();
        assert_eq!(week, Weekday::ALL);
    }
}
