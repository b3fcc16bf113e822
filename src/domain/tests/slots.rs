//! Slots: what holds for all of them, and tales of clocks that jump.

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;

use super::samples::{any_instant, any_recurrence, at, daily, weekly};
use crate::domain::{
    recurrence::{Frequency, Recurrence},
    slot::{EndOfCalendar, next_slot, slots_after},
    weekdays::{Weekday, Weekdays},
};

/// The next slots as instant and nominal date, such as `03-09T07:30Z for 09`.
fn told(recurrence: &Recurrence, after: &str, count: usize) -> Vec<String> {
    slots_after(recurrence, at(after))
        .take(count)
        .map(|slot| {
            let instant = slot.at.format("%m-%dT%H:%MZ");
            format!("{instant} for {}", slot.date.format("%d"))
        })
        .collect()
}

#[test]
fn new_york_starts_later_in_spring_and_once_in_autumn() {
    let early = daily("02:30", "America/New_York");
    assert_eq!(
        told(&early, "2025-03-08T12:00:00Z", 2),
        ["03-09T07:30Z for 09", "03-10T06:30Z for 10"]
    );
    let repeated = daily("01:30", "America/New_York");
    assert_eq!(
        told(&repeated, "2025-11-01T12:00:00Z", 2),
        ["11-02T05:30Z for 02", "11-03T06:30Z for 03"]
    );
    let between_the_passes = told(&repeated, "2025-11-02T05:45:00Z", 1);
    assert_eq!(between_the_passes, ["11-03T06:30Z for 03"]);
}

#[test]
fn lord_howe_moves_its_clock_by_half_an_hour() {
    assert_eq!(
        told(
            &daily("02:15", "Australia/Lord_Howe"),
            "2025-10-04T00:00:00Z",
            2
        ),
        ["10-04T15:45Z for 05", "10-05T15:15Z for 06"]
    );
    assert_eq!(
        told(
            &daily("01:45", "Australia/Lord_Howe"),
            "2025-04-05T00:00:00Z",
            2
        ),
        ["04-05T14:45Z for 06", "04-06T15:15Z for 07"]
    );
}

#[test]
fn troll_moves_its_clock_by_two_hours() {
    assert_eq!(
        told(
            &daily("01:30", "Antarctica/Troll"),
            "2025-03-29T12:00:00Z",
            2
        ),
        ["03-30T01:30Z for 30", "03-30T23:30Z for 31"]
    );
    assert_eq!(
        told(
            &daily("01:30", "Antarctica/Troll"),
            "2025-10-25T12:00:00Z",
            2
        ),
        ["10-25T23:30Z for 26", "10-27T01:30Z for 27"]
    );
}

#[test]
fn nuuk_s_saturday_slot_stays_saturday_s_on_sunday_morning() {
    let saturdays = weekly(&[Weekday::Saturday], "23:30", "America/Nuuk");
    assert_eq!(
        told(&saturdays, "2025-03-28T00:00:00Z", 2),
        ["03-30T01:30Z for 29", "04-06T00:30Z for 05"]
    );
    let sundays = weekly(&[Weekday::Sunday], "23:30", "America/Nuuk");
    assert_eq!(
        told(&sundays, "2025-03-28T00:00:00Z", 1),
        ["03-31T00:30Z for 30"]
    );
}

#[test]
fn apia_s_absent_day_shares_its_slot_and_its_friday_is_not_skipped() {
    assert_eq!(
        told(&daily("02:00", "Pacific/Apia"), "2011-12-29T00:00:00Z", 3),
        [
            "12-29T12:00Z for 29",
            "12-30T12:00Z for 30",
            "12-31T12:00Z for 01"
        ]
    );
    let fridays = weekly(&[Weekday::Friday], "02:00", "Pacific/Apia");
    assert_eq!(
        told(&fridays, "2011-12-20T00:00:00Z", 3),
        [
            "12-23T12:00Z for 23",
            "12-30T12:00Z for 30",
            "01-05T12:00Z for 06"
        ]
    );
}

#[test]
fn the_end_of_the_calendar_is_an_error() {
    let recurrence = daily("02:00", "Europe/Berlin");
    let last_days = at("9999-12-30T12:00:00Z");
    for after in [last_days, DateTime::<Utc>::MAX_UTC] {
        assert_eq!(next_slot(&recurrence, after), Err(EndOfCalendar));
    }
}

proptest! {
    #[test]
    fn slots_are_later_than_asked_and_ever_later(
        recurrence in any_recurrence(),
        after in any_instant(),
    ) {
        let mut latest = after;
        for slot in slots_after(&recurrence, after).take(30) {
            prop_assert!(slot.at > latest);
            latest = slot.at;
        }
    }

    #[test]
    fn no_slot_is_left_out_wherever_the_search_starts(
        recurrence in any_recurrence(),
        after in any_instant(),
        seconds in 0_i64..3_000_000,
    ) {
        let later = after + TimeDelta::seconds(seconds);
        let from_afar = slots_after(&recurrence, after).find(|slot| slot.at > later);
        prop_assert_eq!(next_slot(&recurrence, later).ok(), from_afar);
    }

    #[test]
    fn a_slot_falls_on_a_chosen_day_and_shows_its_time_or_lies_in_a_gap(
        recurrence in any_recurrence(),
        after in any_instant(),
    ) {
        let slot = next_slot(&recurrence, after).unwrap();
        prop_assert!(recurrence.frequency.selects(slot.date));
        prop_assert_eq!(recurrence.zone.resolve(slot.date, recurrence.time), Some(slot.at));
        let local_date = recurrence.zone.date_at(slot.at).unwrap();
        prop_assert!((0..=1).contains(&(local_date - slot.date).num_days()));
    }

    #[test]
    fn all_seven_days_are_daily(recurrence in any_recurrence(), after in any_instant()) {
        let every_day = Weekdays::of(Weekday::ALL.iter().copied()).unwrap();
        let weekly = Recurrence { frequency: Frequency::Weekly(every_day), ..recurrence.clone() };
        let daily = Recurrence { frequency: Frequency::Daily, ..recurrence };
        prop_assert!(slots_after(&weekly, after).take(20).eq(slots_after(&daily, after).take(20)));
    }
}
