//! A wall-clock time of a day, to the minute.

use std::{fmt, str::FromStr};

use chrono::NaiveTime;

/// A local time from 00:00 to 23:59.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimeOfDay(NaiveTime);

/// A text that is no time of day.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a time of day: two digits for the hour, a colon, two for the minute, up to 23:59")]
pub struct NotATimeOfDay;

const FORMAT: &str = "%H:%M";

impl TimeOfDay {
    /// Where a day starts, unless its zone skips that.
    pub const MIDNIGHT: Self = Self(NaiveTime::MIN);

    /// The same time, for computing.
    pub fn as_naive(self) -> NaiveTime {
        self.0
    }
}

impl FromStr for TimeOfDay {
    type Err = NotATimeOfDay;

    /// Reads exactly what is printed, `HH:MM`.
    fn from_str(text: &str) -> Result<Self, NotATimeOfDay> {
        NaiveTime::parse_from_str(text, FORMAT)
            .ok()
            .map(Self)
            .filter(|time| time.to_string() == text)
            .ok_or(NotATimeOfDay)
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.format(FORMAT).fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_minute_of_a_day_is_read_and_printed() {
        for hour in 0..24 {
            for minute in 0..60 {
                let text = format!("{hour:02}:{minute:02}");
                assert_eq!(text.parse::<TimeOfDay>().unwrap().to_string(), text);
            }
        }
        assert_eq!("00:00".parse(), Ok(TimeOfDay::MIDNIGHT));
    }

    #[test]
    fn other_spellings_are_refused() {
        for text in [
            "",
            "24:00",
            "23:60",
            "2:05",
            "02:5",
            "0205",
            "02:05:00",
            " 02:05",
            "02:05 ",
            "02: 5",
            "+2:05",
            "02:05Z",
            "02:05 AM",
            "٠٢:٠٥",
            "-1:00",
            "002:05",
        ] {
            assert_eq!(text.parse::<TimeOfDay>(), Err(NotATimeOfDay), "{text:?}");
        }
    }
}
