//! Dispatch: what is fired, what is missed, and where the pointer goes.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use proptest::{collection::vec, prelude::*};

use super::samples::{any_instant, any_length, any_recurrence, at, daily, date, slot, weekly};
use crate::domain::{
    dispatch::{Admission, Dispatch, MissedSlots, admit, dispatch},
    ids::{RunId, ScheduleId},
    pointer::Timetable,
    recurrence::Recurrence,
    slot::{Slot, next_slot, slots_after},
    spread::Spread,
    weekdays::Weekday,
};

const GRACE: TimeDelta = TimeDelta::minutes(5);

/// A spread in minutes that delays the schedule of [`decided`] by 2.
const SPREAD: i32 = 30;

fn decided(recurrence: &Recurrence, stored: Slot, now: &str) -> Dispatch {
    let timetable = Timetable {
        schedule: "0192f0c1-2a3b-7c4d-8e5f-60718293a4b5".parse().unwrap(),
        recurrence,
    };
    dispatch(&timetable, stored, at(now), GRACE).unwrap()
}

/// A decision in days of the month: how many slots were missed from which day to which, the day
/// of the slot to fire, and that of the next.
fn summary(decision: &Dispatch) -> String {
    let missed = decision.missed.map_or("none".to_owned(), |missed| {
        let last = missed.last_at.format("%-d");
        format!(
            "{} of {}-{last}",
            missed.count,
            missed.first.date.format("%-d")
        )
    });
    let fired = decision.fire.map_or("none".to_owned(), |slot| {
        slot.date.format("%-d").to_string()
    });
    let next = decision.next.slot.date.format("%-d");
    format!("missed {missed}, fire {fired}, next {next}")
}

#[test]
fn a_daily_slot_is_fired_within_the_grace_and_missed_beyond_it() {
    let stored = slot("2026-11-02T02:00:00Z", "2026-11-02");
    for (now, expected) in [
        ("2026-11-02T01:59:59Z", "missed none, fire none, next 2"),
        ("2026-11-02T02:00:00Z", "missed none, fire 2, next 3"),
        ("2026-11-02T02:05:00Z", "missed none, fire 2, next 3"),
        (
            "2026-11-02T02:05:00.001Z",
            "missed 1 of 2-2, fire none, next 3",
        ),
        ("2026-11-03T01:59:59Z", "missed 1 of 2-2, fire none, next 3"),
        ("2026-11-03T02:00:00Z", "missed 1 of 2-2, fire 3, next 4"),
        ("2026-11-05T02:01:00Z", "missed 3 of 2-4, fire 5, next 6"),
        ("2026-11-05T02:06:00Z", "missed 4 of 2-5, fire none, next 6"),
    ] {
        let decision = decided(&daily("02:00", "UTC"), stored, now);
        assert_eq!(summary(&decision), expected, "{now}");
    }
}

#[test]
fn the_grace_counts_from_the_spread_start() {
    let recurrence = Recurrence {
        spread: Spread::from_minutes(SPREAD).unwrap(),
        ..daily("02:00", "UTC")
    };
    let stored = slot("2026-11-02T02:00:00Z", "2026-11-02");
    for (now, expected) in [
        ("2026-11-02T02:01:59Z", "missed none, fire none, next 2"),
        ("2026-11-02T02:02:00Z", "missed none, fire 2, next 3"),
        ("2026-11-02T02:07:00Z", "missed none, fire 2, next 3"),
        ("2026-11-02T02:07:01Z", "missed 1 of 2-2, fire none, next 3"),
        ("2026-11-04T02:01:00Z", "missed 2 of 2-3, fire none, next 4"),
        ("2026-11-04T02:02:00Z", "missed 2 of 2-3, fire 4, next 5"),
    ] {
        let decision = decided(&recurrence, stored, now);
        assert_eq!(summary(&decision), expected, "{now}");
        let delay = decision.next.dispatch_at - decision.next.slot.at;
        assert_eq!(delay, TimeDelta::minutes(2));
    }
}

#[test]
fn a_weekly_schedule_misses_its_own_days_only() {
    let recurrence = weekly(&[Weekday::Monday, Weekday::Thursday], "02:00", "UTC");
    let stored = slot("2026-11-02T02:00:00Z", "2026-11-02");
    for (now, expected) in [
        ("2026-11-02T02:00:30Z", "missed none, fire 2, next 5"),
        ("2026-11-04T12:00:00Z", "missed 1 of 2-2, fire none, next 5"),
        ("2026-11-19T02:04:00Z", "missed 5 of 2-16, fire 19, next 23"),
    ] {
        assert_eq!(
            summary(&decided(&recurrence, stored, now)),
            expected,
            "{now}"
        );
    }
}

#[test]
fn ten_years_of_outage_are_one_record() {
    let stored = slot("2026-11-02T02:00:00Z", "2026-11-02");
    let decision = decided(&daily("02:00", "UTC"), stored, "2036-11-02T12:00:00Z");
    let expected = MissedSlots {
        first: stored,
        last_at: at("2036-11-02T02:00:00Z"),
        count: 3654,
    };
    assert_eq!(decision.missed, Some(expected));
    assert_eq!(decision.next.slot.date, date("2036-11-03"));
}

#[test]
fn an_active_run_of_the_schedule_is_not_overlapped() {
    let active = RunId::mint();
    assert_eq!(admit(Some(active)), Admission::Skip { with: active });
    assert_eq!(admit(None), Admission::Queue);
}

/// The slots from `first` on that lie before `cutoff`, one by one.
fn slots_before(recurrence: &Recurrence, first: Slot, cutoff: DateTime<Utc>) -> Vec<Slot> {
    std::iter::once(first)
        .chain(slots_after(recurrence, first.at))
        .take_while(|slot| slot.at < cutoff)
        .collect()
}

proptest! {
    #[test]
    fn the_pointer_moves_past_the_present_and_nothing_fires_outside_the_grace(
        recurrence in any_recurrence(),
        start in any_instant(),
        lateness in any_length(0..3_000_000),
        grace in any_length(120..3600),
    ) {
        let timetable = Timetable { schedule: ScheduleId::mint(), recurrence: &recurrence };
        let stored = timetable.pointer_after(start).unwrap();
        let now = stored.dispatch_at + lateness;
        let decision = dispatch(&timetable, stored.slot, now, grace).unwrap();
        prop_assert!(decision.next.dispatch_at > now);
        prop_assert!(decision.next.slot.at > stored.slot.at);
        if let Some(slot) = decision.fire {
            let age = now - timetable.pointer_to(slot).dispatch_at;
            prop_assert!((TimeDelta::zero()..=grace).contains(&age));
        }
    }

    #[test]
    fn every_slot_up_to_the_next_is_missed_or_fired(
        recurrence in any_recurrence(),
        start in any_instant(),
        lateness in any_length(0..40_000_000),
    ) {
        let timetable = Timetable { schedule: ScheduleId::mint(), recurrence: &recurrence };
        let stored = timetable.pointer_after(start).unwrap();
        let now = stored.dispatch_at + lateness;
        let decision = dispatch(&timetable, stored.slot, now, GRACE).unwrap();
        let owed = slots_before(&recurrence, stored.slot, decision.next.slot.at);
        let (fired, missed) = match decision.fire {
            Some(slot) => (owed.last() == Some(&slot), &owed[..owed.len() - 1]),
            None => (true, &owed[..]),
        };
        prop_assert!(fired);
        let first_and_last = decision.missed.map(|missed| (missed.first, missed.last_at));
        prop_assert_eq!(first_and_last, missed.first().copied().zip(missed.last().map(|s| s.at)));
        // Where a zone left out a day in between, two dates were one slot.
        let count = decision.missed.map_or(0, |missed| missed.count);
        let walked = u32::try_from(missed.len()).unwrap();
        prop_assert!((walked..=walked + 1).contains(&count));
    }

    #[test]
    fn no_history_of_ticks_fires_a_slot_twice_or_loses_one_seen_in_time(
        recurrence in any_recurrence(),
        start in any_instant(),
        pauses in vec(prop_oneof![Just(60), 1_i64..600, 1_i64..400_000], 1..60),
    ) {
        let timetable = Timetable { schedule: ScheduleId::mint(), recurrence: &recurrence };
        let mut pointer = timetable.pointer_after(start).unwrap();
        let mut now = start;
        let mut fired = BTreeSet::new();
        for pause in pauses {
            now += TimeDelta::seconds(pause);
            // The newest slot whose start has come, by another way than the dispatcher's.
            let in_time = next_slot(&recurrence, now - GRACE - timetable.delay()).unwrap();
            if pointer.dispatch_at <= now {
                let decision = dispatch(&timetable, pointer.slot, now, GRACE).unwrap();
                pointer = decision.next;
                if let Some(slot) = decision.fire {
                    prop_assert!(fired.insert(slot.at), "fired twice: {}", slot.at);
                }
            }
            if in_time.at > start && timetable.pointer_to(in_time).dispatch_at <= now {
                prop_assert!(fired.contains(&in_time.at), "lost: {}", in_time.at);
            }
        }
    }
}
