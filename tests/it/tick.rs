//! A tick: what is due is fired once, what no server could fire is told of, and nothing else happens.

use std::sync::Arc;

use chrono::TimeDelta;
use tenantatlas::{
    domain::{
        kind::PolicyKind,
        role::Role,
        run::{RunStatus, Trigger},
        schedule::{Firing, Schedule},
    },
    store::{PoolSettings, Store, pointers},
    workers::dispatch::{Verdict, dispatch_due},
};

use crate::support::{
    TestApp, by_hand, clocks::TiringClock, daily, dispatch_only, instant, missed_slots, slot_of,
    sql_instant,
};

const ONE: [PolicyKind; 1] = [PolicyKind::ScopeTag];

/// Where a schedule's pointer stands; none while it is disabled.
async fn next_slot(app: &TestApp, schedule: &Schedule) -> Option<String> {
    match app.reloaded(schedule).await.firing {
        Firing::Enabled(pointer) => Some(sql_instant(pointer.slot.at)),
        Firing::Disabled { .. } => None,
    }
}

#[actix_rt::test]
async fn a_slot_within_the_grace_is_fired_exactly_once() {
    let app = TestApp::dispatcher().await;
    let schedule = app.schedule("Nightly", &ONE).await;
    assert_eq!(app.tick_at("2026-03-03T00:59:59Z").await, []);
    let decisions = app.tick_at("2026-03-03T01:00:20Z").await;
    assert!(
        matches!(decisions[0].verdict, Verdict::Queued(slot) if slot.at == instant("2026-03-03T01:00:00Z"))
    );
    assert_eq!(app.tick().await, []);
    assert_eq!(app.tick_at("2026-03-03T01:04:20Z").await, []);
    assert_eq!(app.statuses(&schedule).await, [RunStatus::Queued]);
    assert_eq!(
        next_slot(&app, &schedule).await.unwrap(),
        "2026-03-04 01:00:00"
    );
    assert_eq!(app.audited(schedule.tenant, "RUN_DISPATCHED").await, 1);
    assert_eq!(app.events(schedule.tenant).await.len(), 1);
}

#[actix_rt::test]
async fn a_slot_at_the_very_end_of_the_grace_is_in_time() {
    let app = TestApp::dispatcher().await;
    let schedule = app.schedule("Nightly", &ONE).await;
    app.tick_at("2026-03-03T01:05:00Z").await;
    assert_eq!(app.statuses(&schedule).await, [RunStatus::Queued]);
}

#[actix_rt::test]
async fn days_on_which_the_clocks_change_have_one_slot() {
    for (zone, time, start, slots) in [
        (
            "America/New_York",
            "02:30",
            "2025-03-07T12:00:00Z",
            [
                "2025-03-08T07:30:00Z",
                "2025-03-09T07:30:00Z",
                "2025-03-10T06:30:00Z",
            ],
        ),
        (
            "America/New_York",
            "01:30",
            "2025-10-31T12:00:00Z",
            [
                "2025-11-01T05:30:00Z",
                "2025-11-02T05:30:00Z",
                "2025-11-03T06:30:00Z",
            ],
        ),
    ] {
        let app = TestApp::dispatcher().await;
        app.clock.set(instant(start));
        let schedule = app
            .schedule_at(app.tenant(), "Nightly", &ONE, daily(time, zone))
            .await;
        for slot in slots {
            // An hour before it and an hour after it local clocks may show the same time.
            for minutes in [-60, 0, 60] {
                app.clock
                    .set(instant(slot) + chrono::TimeDelta::minutes(minutes));
                app.tick().await;
                for run in app.runs_of(&schedule).await {
                    app.pretend_success(&run).await;
                }
            }
        }
        let runs = app.runs_of(&schedule).await;
        let fired: Vec<_> = runs.iter().filter_map(slot_of).collect();
        assert_eq!(fired, slots.map(instant), "{zone}");
    }
}

#[actix_rt::test]
async fn slots_that_no_server_could_fire_are_one_record_and_the_next_slot_is_normal() {
    let app = TestApp::dispatcher().await;
    let schedule = app.schedule("Nightly", &ONE).await;
    app.tick_at("2026-03-05T12:00:00Z").await;
    app.tick_at("2026-03-06T01:00:10Z").await;
    let runs = app.runs_of(&schedule).await;
    assert_eq!(slot_of(&runs[0]), Some(instant("2026-03-03T01:00:00Z")));
    assert_eq!(
        missed_slots(&runs[0]),
        Some((3, instant("2026-03-05T01:00:00Z")))
    );
    assert_eq!(slot_of(&runs[1]), Some(instant("2026-03-06T01:00:00Z")));
    assert_eq!(
        app.statuses(&schedule).await,
        [RunStatus::Missed, RunStatus::Queued]
    );
    assert_eq!(app.audited(schedule.tenant, "RUN_MISSED").await, 1);
}

#[actix_rt::test]
async fn a_server_that_comes_back_in_time_fires_the_newest_slot_of_those_it_was_away_for() {
    let app = TestApp::dispatcher().await;
    let schedule = app.schedule("Nightly", &ONE).await;
    app.tick_at("2026-03-05T01:01:00Z").await;
    let runs = app.runs_of(&schedule).await;
    assert_eq!(
        missed_slots(&runs[0]),
        Some((2, instant("2026-03-04T01:00:00Z")))
    );
    assert_eq!(slot_of(&runs[1]), Some(instant("2026-03-05T01:00:00Z")));
    assert_eq!(runs[1].state.status(), RunStatus::Queued);
}

#[actix_rt::test]
async fn people_are_told_of_an_outage_once_per_tenant() {
    let app = TestApp::with_tenants(2, dispatch_only()).await;
    let (one, other) = (app.tenants[0], app.tenants[1]);
    let operator = app.person(one, Role::Operator).await;
    let reader = app.person(one, Role::Readonly).await;
    let stranger = app.person(other, Role::Owner).await;
    for name in ["Nightly", "Also nightly"] {
        app.schedule_of(one, name, &ONE).await;
    }
    app.schedule_of(other, "Nightly", &ONE).await;
    let early = daily("12:00", "UTC");
    app.schedule_at(one, "Noon", &ONE, early).await;
    // One run is left in the queue, and three slots are missed.
    app.tick_at("2026-03-02T12:00:00Z").await;
    app.tick_at("2026-03-03T09:00:00Z").await;
    assert_eq!(app.count("runs", "status = 'MISSED'").await, 4);
    assert_eq!(app.told(operator, "RUN_MISSED").await, 1);
    assert_eq!(app.told(stranger, "RUN_MISSED").await, 1);
    assert_eq!(app.told(reader, "RUN_MISSED").await, 0);
}

#[actix_rt::test]
async fn an_outage_takes_scheduled_runs_from_the_queue_and_no_others() {
    let app = TestApp::dispatcher().await;
    let nightly = app.schedule("Nightly", &ONE).await;
    let by_hand = app.schedule("By hand", &ONE).await;
    let retried = app.schedule("Retried", &ONE).await;
    app.tick_at("2026-03-03T01:00:00Z").await;
    for schedule in [&by_hand, &retried] {
        let run = app.runs_of(schedule).await.remove(0);
        app.ask_to_stop(&run).await;
    }
    let cancelled = app.runs_of(&retried).await.remove(0);
    app.queue(&by_hand, Trigger::Manual).await;
    app.queue(&retried, Trigger::Retry(cancelled.id)).await;
    app.tick_at("2026-03-03T01:05:01Z").await;
    let run = app.runs_of(&nightly).await.remove(0);
    assert_eq!(
        missed_slots(&run),
        Some((1, instant("2026-03-03T01:00:00Z")))
    );
    for schedule in [&by_hand, &retried] {
        let statuses = app.statuses(schedule).await;
        assert_eq!(statuses, [RunStatus::Cancelled, RunStatus::Queued]);
    }
}

#[actix_rt::test]
async fn a_run_that_waits_while_servers_tick_is_not_missed() {
    let app = TestApp::dispatcher().await;
    let schedule = app.schedule("Nightly", &ONE).await;
    app.tick_at("2026-03-03T01:00:00Z").await;
    for _ in 0..48 {
        app.pass(chrono::TimeDelta::minutes(5));
        app.tick().await;
    }
    assert_eq!(app.statuses(&schedule).await, [RunStatus::Queued]);
}

#[actix_rt::test]
async fn a_schedule_that_cannot_be_computed_disables_itself_and_stops_no_other() {
    let app = TestApp::dispatcher().await;
    let operator = app.person(app.tenant(), Role::Operator).await;
    let lost_zone = app.schedule("On Mars", &ONE).await;
    let unreadable = app.schedule("Garbled", &ONE).await;
    let sound = app.schedule("Sound", &ONE).await;
    for (column, value, schedule) in [
        ("time_zone", "Mars/Olympus", &lost_zone),
        ("kinds", "NONSENSE", &unreadable),
    ] {
        let id = schedule.id;
        app.tamper(format!(
            "UPDATE schedules SET {column} = '{value}' WHERE id = '{id}'"
        ))
        .await;
    }
    app.tick_at("2026-03-03T01:00:00Z").await;
    assert_eq!(app.statuses(&sound).await, [RunStatus::Queued]);
    let Firing::Disabled { reason } = app.reloaded(&lost_zone).await.firing else {
        panic!("it fires still");
    };
    assert!(reason.unwrap().contains("Mars/Olympus"));
    let stopped = "enabled = FALSE AND dispatch_at IS NULL AND disabled_reason LIKE '%NONSENSE%'";
    assert_eq!(app.count("schedules", stopped).await, 1);
    assert_eq!(app.audited(app.tenant(), "SCHEDULE_DISABLED").await, 2);
    assert_eq!(app.told(operator, "SCHEDULE_STOPPED").await, 2);
    assert_eq!(app.tick().await, []);
}

#[actix_rt::test]
async fn a_schedule_that_only_a_newer_program_can_compute_is_left_to_that() {
    let app = TestApp::dispatcher().await;
    // More than are dispatched at once, and before all others.
    const LEFT: usize = 101;
    app.schedules_of(app.tenant(), LEFT, &ONE).await;
    app.execute("UPDATE schedules SET time_zone = 'Mars/Olympus', tzdb = '2999a'")
        .await;
    let sound = app.schedule("Sound", &ONE).await;
    app.tick_at("2026-03-03T01:00:00Z").await;
    assert_eq!(app.statuses(&sound).await, [RunStatus::Queued]);
    let due = "time_zone = 'Mars/Olympus' AND enabled = TRUE AND dispatch_at IS NOT NULL";
    assert_eq!(app.count("schedules", due).await, 101);
    assert_eq!(app.audited(app.tenant(), "SCHEDULE_DISABLED").await, 0);
}

#[actix_rt::test]
async fn a_new_name_leaves_the_slot_where_it_is() {
    let app = TestApp::dispatcher().await;
    let schedule = app.schedule("Nightly", &ONE).await;
    app.clock.set(instant("2026-03-03T01:00:10Z"));
    let renamed = Schedule {
        name: "Every night".parse().unwrap(),
        revision: 2,
        ..schedule.clone()
    };
    app.change(&schedule, renamed).await;
    app.tick().await;
    assert_eq!(app.statuses(&schedule).await, [RunStatus::Queued]);
}

#[actix_rt::test]
async fn a_new_time_drops_the_slot_that_was_due() {
    let app = TestApp::dispatcher().await;
    let schedule = app.schedule("Nightly", &ONE).await;
    app.clock.set(instant("2026-03-03T01:00:10Z"));
    app.change(&schedule, at_noon(&app, &schedule)).await;
    assert_eq!(app.tick().await, []);
    assert_eq!(app.statuses(&schedule).await, []);
    assert_eq!(
        next_slot(&app, &schedule).await.unwrap(),
        "2026-03-03 12:00:00"
    );
}

#[actix_rt::test]
async fn an_edit_between_reading_and_moving_a_pointer_wins() {
    let app = TestApp::dispatcher().await;
    let schedule = app.schedule("Nightly", &ONE).await;
    let Firing::Enabled(read_at) = schedule.firing else {
        panic!("it is enabled");
    };
    let edited = at_noon(&app, &schedule);
    app.change(&schedule, edited.clone()).await;
    let (stale, next) = (schedule.clone(), read_at);
    let moved = app
        .write(move |db, _| pointers::advance(db, &stale, read_at, next))
        .await;
    assert!(!moved);
    assert_eq!(app.reloaded(&schedule).await, edited);
}

#[actix_rt::test]
async fn a_disabled_schedule_has_no_slots_and_an_enabled_one_those_that_come() {
    let app = TestApp::dispatcher().await;
    let schedule = app.schedule("Nightly", &ONE).await;
    let disabled = Schedule {
        firing: Firing::Disabled { reason: None },
        revision: 2,
        ..schedule.clone()
    };
    app.change(&schedule, disabled.clone()).await;
    app.tick_at("2026-03-03T01:00:00Z").await;
    assert_eq!(next_slot(&app, &schedule).await, None);
    // Enabled exactly on a slot, it waits for the next; those in between were not missed.
    app.clock.set(instant("2026-03-05T01:00:00Z"));
    let enabled = Schedule {
        firing: app.firing_from_now(&schedule),
        revision: 3,
        ..schedule.clone()
    };
    app.change(&disabled, enabled).await;
    assert_eq!(app.tick().await, []);
    assert_eq!(app.statuses(&schedule).await, []);
    assert_eq!(
        next_slot(&app, &schedule).await.unwrap(),
        "2026-03-06 01:00:00"
    );
}

fn at_noon(app: &TestApp, schedule: &Schedule) -> Schedule {
    let moved = Schedule {
        recurrence: Ok(daily("12:00", "UTC")),
        revision: schedule.revision + 1,
        ..schedule.clone()
    };
    Schedule {
        firing: app.firing_from_now(&moved),
        ..moved
    }
}

#[actix_rt::test]
async fn newer_zone_data_moves_slots_that_older_data_computed() {
    let app = TestApp::dispatcher().await;
    let older = app.schedule("Computed long ago", &ONE).await;
    let newer = app.schedule("Computed by a newer server", &ONE).await;
    let garbled = app.schedule("Garbled", &ONE).await;
    for (schedule, release) in [(&older, "2020a"), (&newer, "2999a"), (&garbled, "2020a")] {
        let id = schedule.id;
        app.tamper(format!(
            "UPDATE schedules SET tzdb = '{release}', next_run_at = '2026-03-03 02:00:00', \
             dispatch_at = '2026-03-03 02:00:00' WHERE id = '{id}'"
        ))
        .await;
    }
    let id = garbled.id;
    app.tamper(format!(
        "UPDATE schedules SET kinds = 'NONSENSE' WHERE id = '{id}'"
    ))
    .await;
    app.another_server(dispatch_only()).tick().await.unwrap();
    assert_eq!(
        next_slot(&app, &older).await.unwrap(),
        "2026-03-03 01:00:00"
    );
    assert_eq!(
        next_slot(&app, &newer).await.unwrap(),
        "2026-03-03 02:00:00"
    );
}

#[actix_rt::test]
async fn a_clock_that_ran_wild_parks_no_schedule_for_years() {
    let app = TestApp::dispatcher().await;
    let schedule = app.schedule("Nightly", &ONE).await;
    app.tick_at("2040-01-01T12:00:00Z").await;
    assert_eq!(
        next_slot(&app, &schedule).await.unwrap(),
        "2040-01-02 01:00:00"
    );
    app.clock.set(instant("2026-03-04T10:00:00Z"));
    // An hour of ticks, after which each server looks at all pointers.
    for _ in 0..60 {
        app.tick().await;
    }
    assert_eq!(
        next_slot(&app, &schedule).await.unwrap(),
        "2026-03-05 01:00:00"
    );
    app.tick_at("2026-03-05T01:00:00Z").await;
    assert_eq!(
        app.statuses(&schedule).await,
        [RunStatus::Missed, RunStatus::Queued]
    );
}

#[actix_rt::test]
async fn a_dispatch_by_hand_queues_and_carries_nothing_out() {
    let app = TestApp::working(by_hand()).await;
    let schedule = app.schedule("Nightly", &ONE).await;
    app.clock.set(instant("2026-03-03T01:00:00Z"));
    let decisions = dispatch_due(&app.store, by_hand().grace).await.unwrap();
    assert_eq!(decisions.len(), 1);
    let run = app.runs_of(&schedule).await.remove(0);
    assert_eq!(run.state.status(), RunStatus::Queued);
    assert_eq!(app.graph.log(), []);
    app.tick().await;
    assert_eq!(app.settled(&run).await.state.status(), RunStatus::Succeeded);
}

/// Schedules that are due at once.
const DUE: usize = 30;

#[actix_rt::test]
async fn a_slow_database_has_short_transactions_and_a_tick_that_ends() {
    let app = TestApp::dispatcher().await;
    for number in 0..DUE {
        app.schedule(&format!("Nightly {number}"), &ONE).await;
    }
    // Whatever is done takes two seconds.
    let clock = TiringClock::new(instant("2026-03-03T01:00:00Z"), TimeDelta::seconds(2));
    let clock = Arc::new(clock);
    let slow = Store::open(&app.database.url, PoolSettings::default(), clock).unwrap();
    let grace = by_hand().grace;
    let queued = "status = 'QUEUED'";
    let mut made = 0;
    for tick in 0.. {
        assert!(tick < DUE, "{made} after {tick} ticks");
        let decisions = dispatch_due(&slow, grace).await.unwrap();
        made += decisions.len();
        assert!(decisions.len() <= DUE / 2, "{} at once", decisions.len());
        assert_eq!(
            app.count("runs", queued).await,
            i64::try_from(made).unwrap()
        );
        if decisions.is_empty() {
            break;
        }
    }
    assert_eq!(made, DUE);
}
