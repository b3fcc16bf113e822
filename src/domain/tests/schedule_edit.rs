//! What edits make of schedules.

use super::samples::{at, daily};
use crate::domain::{
    actor::{Actor, Component},
    freshness::Freshness,
    ids::{ScheduleId, TenantId},
    kind::PolicyKind,
    pointer::{Pointer, Timetable},
    recurrence::Recurrence,
    retention::KeepLast,
    run::Scope,
    schedule::{BrokenRecurrence, Firing, Schedule, WrittenRecurrence},
    schedule_edit::{CannotFire, ScheduleEdit},
    spread::Spread,
};

/// A schedule for 02:00 in Berlin, whose slot of this night has come and is not dispatched yet.
pub(super) fn due() -> Schedule {
    let (id, recurrence) = (ScheduleId::mint(), daily("02:00", "Europe/Berlin"));
    let timetable = Timetable {
        schedule: id,
        recurrence: &recurrence,
    };
    let pointer = timetable.pointer_after(at("2026-03-02T12:00:00Z")).unwrap();
    Schedule {
        id,
        tenant: TenantId::mint(),
        name: "Nightly".parse().unwrap(),
        recurrence: Ok(recurrence),
        firing: Firing::Enabled(pointer),
        scope: Scope {
            kinds: vec![PolicyKind::ScopeTag],
            assignments: true,
            scope_tags: true,
        },
        keep_last: KeepLast::of(3).unwrap(),
        revision: 1,
        last_run: None,
        freshness: Some(Freshness::from(at("2026-03-01T00:00:00Z"))),
        created_at: at("2026-03-01T00:00:00Z"),
        updated_at: at("2026-03-01T00:00:00Z"),
        created_by: Actor::System(Component::CommandLine),
        deleted_at: None,
    }
}

const NOW: &str = "2026-03-03T01:00:10Z";

fn pointer(schedule: &Schedule) -> Pointer {
    match &schedule.firing {
        Firing::Enabled(pointer) => *pointer,
        Firing::Disabled { .. } => panic!("it does not fire"),
    }
}

fn with_rule(recurrence: Recurrence) -> ScheduleEdit {
    ScheduleEdit {
        recurrence: Some(recurrence),
        ..ScheduleEdit::default()
    }
}

#[test]
fn a_new_name_leaves_a_due_slot_alone() {
    let before = due();
    let edit = ScheduleEdit {
        name: Some("Every night".parse().unwrap()),
        ..ScheduleEdit::default()
    };
    let after = before.edited(edit, at(NOW)).unwrap().expect("a change");
    assert_eq!(after.firing, before.firing);
    assert_eq!((after.revision, after.updated_at), (2, at(NOW)));
}

#[test]
fn equal_values_change_nothing() {
    let before = due();
    let same = with_rule(daily("02:00", "Europe/Berlin"));
    for edit in [ScheduleEdit::default(), same] {
        assert_eq!(before.edited(edit, at(NOW)), Ok(None));
    }
}

#[test]
fn another_spread_keeps_the_slot_and_moves_its_dispatch() {
    let before = due();
    for minutes in 1..=60 {
        let spread = Spread::from_minutes(minutes).unwrap();
        let rule = Recurrence {
            spread,
            ..daily("02:00", "Europe/Berlin")
        };
        let after = before
            .edited(with_rule(rule), at(NOW))
            .unwrap()
            .expect("a change");
        let (old, new) = (pointer(&before), pointer(&after));
        assert_eq!(new.slot, old.slot);
        assert_eq!(new.dispatch_at, old.slot.at + spread.delay(before.id));
    }
}

#[test]
fn another_time_or_zone_takes_the_next_slot_of_the_new_rule() {
    let before = due();
    for (time, zone, expected) in [
        ("02:30", "Europe/Berlin", "2026-03-03T01:30:00Z"),
        ("02:00", "Europe/Lisbon", "2026-03-03T02:00:00Z"),
        // The same instants under another name are another rule: a due slot is dropped.
        ("02:00", "Europe/Paris", "2026-03-04T01:00:00Z"),
    ] {
        let after = before
            .edited(with_rule(daily(time, zone)), at(NOW))
            .unwrap();
        assert_eq!(
            pointer(&after.expect("a change")).slot.at,
            at(expected),
            "{zone}"
        );
    }
}

#[test]
fn a_stopped_schedule_stays_stopped_whatever_its_rule() {
    let stopped = due().disabled(at(NOW)).expect("a change");
    let edit = with_rule(daily("05:00", "UTC"));
    let after = stopped.edited(edit, at(NOW)).unwrap().expect("a change");
    assert_eq!(after.firing, Firing::Disabled { reason: None });
}

#[test]
fn stopping_and_starting_twice_is_stopping_and_starting_once() {
    let running = due();
    assert_eq!(running.enabled(at(NOW)), Ok(None));
    let stopped = running.disabled(at(NOW)).expect("a change");
    assert_eq!(stopped.disabled(at(NOW)), None);
    let started = stopped.enabled(at(NOW)).unwrap().expect("a change");
    assert_eq!(pointer(&started).slot.at, at("2026-03-04T01:00:00Z"));
    assert_eq!(started.revision, 3);
}

#[test]
fn what_the_service_stopped_starts_once_it_is_mended() {
    let reason = "its time zone is gone".to_owned();
    let broken = BrokenRecurrence {
        written: WrittenRecurrence::from(&daily("02:00", "UTC")),
        reason: reason.clone(),
    };
    let stopped = Schedule {
        recurrence: Err(broken),
        firing: Firing::Disabled {
            reason: Some(reason.clone()),
        },
        ..due()
    };
    assert_eq!(stopped.disabled(at(NOW)), None);
    assert_eq!(stopped.enabled(at(NOW)), Err(CannotFire::Broken(reason)));
    let mended = stopped.edited(with_rule(daily("02:00", "UTC")), at(NOW));
    let mended = mended.unwrap().expect("a change");
    let started = mended.enabled(at(NOW)).unwrap().expect("a change");
    assert_eq!(pointer(&started).slot.at, at("2026-03-03T02:00:00Z"));
}

#[test]
fn a_deleted_schedule_does_not_fire() {
    let deleted = due().deleted(at(NOW));
    assert_eq!(deleted.firing, Firing::Disabled { reason: None });
    assert_eq!((deleted.deleted_at, deleted.revision), (Some(at(NOW)), 2));
}
