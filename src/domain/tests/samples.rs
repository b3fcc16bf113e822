//! Short ways to write instants, dates and rules, and random ones.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use proptest::{prelude::*, sample};

use crate::domain::{
    recurrence::{Frequency, Recurrence},
    slot::Slot,
    spread::Spread,
    weekdays::{Weekday, Weekdays},
};

pub(super) fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

pub(super) fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

pub(super) fn slot(instant: &str, nominal: &str) -> Slot {
    Slot {
        at: at(instant),
        date: date(nominal),
    }
}

pub(super) fn daily(time: &str, zone: &str) -> Recurrence {
    Recurrence {
        frequency: Frequency::Daily,
        time: time.parse().unwrap(),
        zone: zone.parse().unwrap(),
        spread: Spread::default(),
    }
}

pub(super) fn weekly(days: &[Weekday], time: &str, zone: &str) -> Recurrence {
    let days = Weekdays::of(days.iter().copied()).unwrap();
    Recurrence {
        frequency: Frequency::Weekly(days),
        ..daily(time, zone)
    }
}

/// Any rule, in any zone, in any minute.
pub(super) fn any_recurrence() -> impl Strategy<Value = Recurrence> {
    let zones = sample::select(&chrono_tz::TZ_VARIANTS[..]);
    (zones, 0..24, 0..60, 0_u8..128, 0..=60).prop_map(|(zone, hour, minute, days, spread)| {
        Recurrence {
            // An empty set of days stands for a daily rule.
            frequency: Weekdays::from_bits(days).map_or(Frequency::Daily, Frequency::Weekly),
            spread: Spread::from_minutes(spread).unwrap(),
            ..daily(&format!("{hour:02}:{minute:02}"), zone.name())
        }
    })
}

/// Any instant from 2000 to 2040, to the millisecond.
pub(super) fn any_instant() -> impl Strategy<Value = DateTime<Utc>> {
    let from = at("2000-01-01T00:00:00Z").timestamp_millis();
    let until = at("2040-01-01T00:00:00Z").timestamp_millis();
    (from..until).prop_map(|millis| DateTime::from_timestamp_millis(millis).unwrap())
}

/// Any whole number of seconds within the bounds.
pub(super) fn any_length(bounds: std::ops::Range<i64>) -> impl Strategy<Value = TimeDelta> {
    bounds.prop_map(TimeDelta::seconds)
}
