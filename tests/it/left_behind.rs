//! What is in the way of those who clear up and of those who claim: rows that cannot be read, and rows that
//! somebody holds. One of them keeps nobody else waiting.

use chrono::TimeDelta;
use tenantatlas::{
    domain::{
        failure::FailureCode,
        kind::PolicyKind,
        pointer::Pointer,
        run::{Run, RunStatus, Trigger},
        schedule::Firing,
    },
    workers::{
        WorkerSettings,
        claims::{Answer, claim},
    },
};

use crate::{
    leases::left_behind,
    support::{TestApp, by_hand, dispatch_only, failure_of, instant, sql_instant, until},
};

const ONE: [PolicyKind; 1] = [PolicyKind::DeviceConfiguration];

/// Two tenants of a server that is gone, each with a run whose lease ended in this order.
async fn two_lost() -> (TestApp, Run, Run) {
    let app = TestApp::with_tenants(2, dispatch_only()).await;
    let mut runs = Vec::new();
    for &tenant in &app.tenants {
        let schedule = app.schedule_of(tenant, "Nightly", &ONE).await;
        runs.push(left_behind(&app, &schedule).await);
        app.pass(TimeDelta::seconds(1));
    }
    app.tick().await;
    app.pass(TimeDelta::seconds(61));
    let second = runs.remove(1);
    (app, runs.remove(0), second)
}

async fn status(app: &TestApp, run: &Run) -> RunStatus {
    app.run(run).await.state.status()
}

#[actix_rt::test]
async fn a_lost_run_that_cannot_be_ended_keeps_no_other_and_is_tried_again() {
    let (app, odd, sound) = two_lost().await;
    let is = |kind: &str| {
        format!(
            "UPDATE run_kinds SET kind = '{kind}' WHERE run_id = '{}'",
            odd.id
        )
    };
    app.tamper(is("NONSENSE")).await;
    app.tick().await;
    assert_eq!(status(&app, &odd).await, RunStatus::Running);
    assert_eq!(status(&app, &sound).await, RunStatus::Failed);
    let noted = format!("last_tick_at = '{}'", sql_instant(app.clock_now()));
    assert_eq!(app.count("dispatcher", &noted).await, 1, "the tick counts");
    app.tamper(is("DEVICE_CONFIGURATION")).await;
    app.tick().await;
    let ended = app.run(&odd).await;
    assert_eq!(failure_of(&ended), Some(FailureCode::WorkerLost));
}

#[actix_rt::test]
async fn a_lost_run_whose_schedule_is_held_is_not_waited_for() {
    let (app, held, free) = two_lost().await;
    let Some(holder) = app
        .database
        .holding("schedules", &held.schedule.to_string())
    else {
        return;
    };
    app.tick().await;
    assert_eq!(status(&app, &held).await, RunStatus::Running);
    assert_eq!(status(&app, &free).await, RunStatus::Failed);
    drop(holder);
    app.tick().await;
    assert_eq!(status(&app, &held).await, RunStatus::Failed);
}

#[actix_rt::test]
async fn a_lost_run_that_was_to_stop_is_cancelled() {
    let (app, asked, other) = two_lost().await;
    app.ask_to_stop(&asked).await;
    app.tick().await;
    assert_eq!(status(&app, &asked).await, RunStatus::Cancelled);
    assert_eq!(status(&app, &other).await, RunStatus::Failed);
}

#[actix_rt::test]
async fn a_queued_run_that_cannot_be_read_keeps_no_other_of_its_tenant() {
    let app = TestApp::working(by_hand()).await;
    let odd = app.schedule("Odd", &ONE).await;
    let odd = app.queue(&odd, Trigger::Manual).await;
    app.pass(TimeDelta::seconds(1));
    let scope = app.lines("SELECT kinds AS line FROM runs").await.remove(0);
    let has = |kinds: &str| format!("UPDATE runs SET kinds = '{kinds}' WHERE id = '{}'", odd.id);
    app.tamper(has("NONSENSE")).await;
    let sound = app.schedule("Sound", &ONE).await;
    assert_eq!(
        status(&app, &app.backed_up(&sound).await).await,
        RunStatus::Succeeded
    );
    app.tamper(has(&scope)).await;
    app.pass(TimeDelta::hours(1));
    app.tick().await;
    assert_eq!(app.settled(&odd).await.state.status(), RunStatus::Succeeded);
}

#[actix_rt::test]
async fn what_an_outage_strands_does_not_begin_before_the_tick_that_ends_it() {
    let app = TestApp::working(by_hand()).await;
    app.tick_at("2026-03-03T00:59:00Z").await;
    let nightly = app.schedule("Nightly", &ONE).await;
    let Firing::Enabled(Pointer { slot, .. }) = nightly.firing else {
        panic!("it fires");
    };
    let stranded = app.queue(&nightly, Trigger::Scheduled(slot)).await;
    app.clock.set(instant("2026-03-03T12:00:00Z"));
    let by_hand = app.schedule("By hand", &ONE).await;
    assert_eq!(
        status(&app, &app.backed_up(&by_hand).await).await,
        RunStatus::Succeeded
    );
    assert_eq!(status(&app, &stranded).await, RunStatus::Queued);
    app.tick().await;
    assert_eq!(status(&app, &stranded).await, RunStatus::Missed);
}

#[actix_rt::test]
async fn a_tenant_that_somebody_holds_is_claimed_for_once_it_is_free() {
    let app = TestApp::working(by_hand()).await;
    let schedule = app.schedule("Nightly", &ONE).await;
    let Some(holder) = app
        .database
        .holding("tenants", &schedule.tenant.to_string())
    else {
        return;
    };
    let answer = claim(&app.store, &WorkerSettings::default(), schedule.tenant)
        .await
        .unwrap();
    assert!(matches!(answer, Answer::Held), "{answer:?}");
    let run = app.queue(&schedule, Trigger::Manual).await;
    app.workers.hint(schedule.tenant);
    // The worker waits a second for the one who holds it.
    until(|| app.clock.waits().contains(&TimeDelta::seconds(1))).await;
    drop(holder);
    app.pass(TimeDelta::seconds(1));
    assert_eq!(app.settled(&run).await.state.status(), RunStatus::Succeeded);
}

#[actix_rt::test]
async fn a_tenant_that_was_held_and_found_no_place_has_the_next_one() {
    let settings = WorkerSettings {
        places: 1,
        ..by_hand()
    };
    let app = TestApp::with_tenants(2, settings).await;
    let [held, other] = [0, 1].map(|number: usize| app.tenants[number]);
    let schedule = app.schedule_of(held, "Nightly", &ONE).await;
    let Some(holder) = app.database.holding("tenants", &held.to_string()) else {
        return;
    };
    let gate = app.graph.hold("*/deviceConfigurations");
    let waits = app.queue(&schedule, Trigger::Manual).await;
    app.workers.hint(held);
    until(|| app.clock.waits().contains(&TimeDelta::seconds(1))).await;
    let others = app
        .run_now(&app.schedule_of(other, "Nightly", &ONE).await)
        .await;
    gate.arrived().await;
    drop(holder);
    let before = app.rests();
    app.pass(TimeDelta::seconds(1));
    until(|| app.rests() > before).await;
    gate.open();
    app.settled(&others).await;
    assert_eq!(
        app.settled(&waits).await.state.status(),
        RunStatus::Succeeded
    );
}
