//! When schedules become stale.

use super::{samples::at, schedule_edit::due};
use crate::domain::{
    freshness::Freshness,
    recurrence::Frequency,
    schedule::{Firing, Schedule},
    weekdays::{Weekday, Weekdays},
};

#[test]
fn the_interval_is_the_longest_stretch_between_two_dates() {
    use Weekday::{Friday, Monday, Saturday, Sunday, Thursday, Tuesday, Wednesday};
    let weekly = |days: &[Weekday]| {
        let days = Weekdays::of(days.iter().copied()).unwrap();
        Frequency::Weekly(days).longest_interval()
    };
    assert_eq!(Frequency::Daily.longest_interval(), 1);
    assert_eq!(weekly(&[Wednesday]), 7);
    assert_eq!(weekly(&[Monday, Tuesday, Wednesday, Thursday, Friday]), 3);
    assert_eq!(weekly(&[Sunday, Monday]), 6);
    assert_eq!(weekly(&[Saturday, Tuesday]), 4);
    assert_eq!(weekly(Weekday::ALL), 1);
}

/// A daily schedule whose age counts from noon.
fn since_noon() -> Schedule {
    Schedule {
        freshness: Some(Freshness::from(at("2026-03-02T12:00:00Z"))),
        ..due()
    }
}

#[test]
fn it_is_stale_after_twice_its_interval() {
    let schedule = since_noon();
    let stale = |now| schedule.became_stale_at(at(now));
    assert_eq!(stale("2026-03-04T11:59:59Z"), None);
    assert_eq!(
        stale("2026-03-04T12:00:00Z"),
        Some(at("2026-03-04T12:00:00Z"))
    );
    let stopped = schedule.disabled(at("2026-03-05T00:00:00Z")).unwrap();
    assert_eq!(stopped.became_stale_at(at("2026-03-09T00:00:00Z")), None);
    let Ok(Some(resumed)) = stopped.enabled(at("2026-03-09T00:00:00Z")) else {
        panic!("it fires again");
    };
    assert_eq!(resumed.stale_at(), Some(at("2026-03-11T00:00:00Z")));
}

#[test]
fn a_day_that_is_longer_than_others_is_one_day() {
    let schedule = Schedule {
        freshness: Some(Freshness::from(at("2026-10-24T00:00:00Z"))),
        ..due()
    };
    assert_eq!(schedule.stale_at(), Some(at("2026-10-26T01:00:00Z")));
}

#[test]
fn a_look_believes_the_newer_of_what_is_noted_and_what_is_stored() {
    let now = at("2026-03-05T00:00:00Z");
    let told = |schedule: &Schedule| schedule.freshness.unwrap().is_told;
    let schedule = since_noon();
    let stale = schedule.looked_at(None, now);
    assert!(told(&stale));
    let older = schedule.looked_at(Some(at("2026-03-01T00:00:00Z")), now);
    assert_eq!(older, stale);
    // An older server beside this one has stored a set and noted nothing.
    let newer = since_noon().looked_at(Some(at("2026-03-04T02:30:00Z")), now);
    assert_eq!(newer.stale_at(), Some(at("2026-03-06T02:30:00Z")));
    assert!(!told(&newer));
    let unknown = Schedule {
        freshness: None,
        ..due()
    };
    assert_eq!(unknown.stale_at(), None);
    let known = unknown.looked_at(None, at("2026-03-01T06:00:00Z"));
    assert_eq!(known.stale_at(), Some(at("2026-03-03T00:00:00Z")));
    let idle = Schedule {
        firing: Firing::Disabled { reason: None },
        ..due()
    };
    assert!(!told(&idle.looked_at(None, now)));
}
