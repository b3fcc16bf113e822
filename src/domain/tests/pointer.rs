//! Pointers: where they start, and when they are replaced.

use chrono::TimeDelta;
use proptest::prelude::*;

use super::samples::{any_instant, any_recurrence, at, daily, slot};
use crate::domain::{
    ids::ScheduleId,
    pointer::{Pointer, StoredSlot, Timetable, refreshed},
    recurrence::Recurrence,
    slot::Slot,
    spread::Spread,
};

fn timetable(recurrence: &Recurrence) -> Timetable<'_> {
    Timetable {
        schedule: ScheduleId::mint(),
        recurrence,
    }
}

/// The slot that replaces `stored`, which `release` computed, by release 2026f.
fn replacement(recurrence: &Recurrence, stored: Slot, release: &str, now: &str) -> Option<Slot> {
    let stored = StoredSlot {
        slot: stored,
        release,
    };
    let pointer = refreshed(&timetable(recurrence), stored, "2026f", at(now)).unwrap();
    pointer.map(|pointer| pointer.slot)
}

#[test]
fn a_pointer_is_dispatched_after_the_schedule_s_delay() {
    let recurrence = Recurrence {
        spread: Spread::from_minutes(30).unwrap(),
        ..daily("02:00", "UTC")
    };
    let timetable = Timetable {
        schedule: "0192f0c1-2a3b-7c4d-8e5f-60718293a4b5".parse().unwrap(),
        recurrence: &recurrence,
    };
    let expected = Pointer {
        slot: slot("2026-11-24T02:00:00Z", "2026-11-24"),
        dispatch_at: at("2026-11-24T02:02:00Z"),
    };
    let enabled_on_the_slot = timetable.pointer_after(at("2026-11-23T02:00:00Z"));
    assert_eq!(enabled_on_the_slot, Ok(expected));
}

#[test]
fn a_newer_release_moves_a_slot_that_lies_ahead() {
    let recurrence = daily("02:00", "America/Vancouver");
    let old = slot("2027-02-11T10:00:00Z", "2027-02-11");
    let new = slot("2027-02-11T09:00:00Z", "2027-02-11");
    for (case, stored, release, now, expected) in [
        (
            "older release",
            old,
            "2025b",
            "2027-02-10T20:00:00Z",
            Some(new),
        ),
        (
            "unknown release",
            old,
            "unknown",
            "2027-02-10T20:00:00Z",
            Some(new),
        ),
        ("same release", old, "2026f", "2027-02-10T20:00:00Z", None),
        ("newer release", old, "2027a", "2027-02-10T20:00:00Z", None),
        (
            "not moved by it",
            new,
            "2025b",
            "2027-02-10T20:00:00Z",
            None,
        ),
        (
            "already past by it",
            old,
            "2025b",
            "2027-02-11T09:00:00Z",
            None,
        ),
        (
            "just ahead by it",
            old,
            "2025b",
            "2027-02-11T08:59:59Z",
            Some(new),
        ),
        ("already due", old, "2025b", "2027-02-11T10:00:00Z", None),
    ] {
        assert_eq!(
            replacement(&recurrence, stored, release, now),
            expected,
            "{case}"
        );
    }
}

#[test]
fn a_slot_that_a_wild_clock_chose_is_taken_back() {
    let recurrence = daily("02:00", "UTC");
    let next = slot("2026-11-25T02:00:00Z", "2026-11-25");
    for (instant, nominal, expected) in [
        ("2040-01-01T02:00:00Z", "2040-01-01", Some(next)),
        ("2026-12-04T02:00:00Z", "2026-12-04", Some(next)),
        ("2026-12-03T02:00:00Z", "2026-12-03", None),
        ("2026-11-25T02:00:00Z", "2026-11-25", None),
        ("2026-11-24T02:00:00Z", "2026-11-24", None),
    ] {
        let stored = slot(instant, nominal);
        let found = replacement(&recurrence, stored, "2026f", "2026-11-24T03:00:00Z");
        assert_eq!(found, expected, "{instant}");
    }
}

proptest! {
    #[test]
    fn what_the_present_data_computed_is_never_replaced(
        recurrence in any_recurrence(),
        now in any_instant(),
    ) {
        let timetable = timetable(&recurrence);
        let pointer = timetable.pointer_after(now).unwrap();
        let delay = pointer.dispatch_at - pointer.slot.at;
        prop_assert!((TimeDelta::zero()..=TimeDelta::minutes(60)).contains(&delay));
        for release in ["2025b", "2026f"] {
            let stored = StoredSlot { slot: pointer.slot, release };
            prop_assert_eq!(refreshed(&timetable, stored, "2026f", now), Ok(None));
        }
    }
}
