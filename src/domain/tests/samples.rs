//! Short ways to write instants, dates and rules, and random ones; random documents.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use proptest::{collection, prelude::*, sample};
use serde_json::Value;

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

/// Any document whose numbers a [`Value`] gives back as they were; others are not captured.
pub(super) fn any_json() -> impl Strategy<Value = Value> {
    let is_kept = |value: &Value| {
        serde_json::from_str::<Value>(&value.to_string())
            .ok()
            .as_ref()
            == Some(value)
    };
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>()
            .prop_map(Value::from)
            .prop_filter("a number that is kept", is_kept),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 40, 5, |inner| {
        let name = prop_oneof!["[a-cA-C]{0,2}", any::<String>()];
        prop_oneof![
            collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            collection::btree_map(name, inner, 0..5)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}
