//! Runs beside each other: what may, what waits, what is refused, and how a run is stopped.

use tenantatlas::{
    domain::{
        kind::PolicyKind,
        role::Role,
        run::{Run, RunStatus, Trigger},
        schedule::Schedule,
    },
    workers::changes::{Cancel, Started},
};

use crate::support::{TestApp, by_hand, daily, until};

const ONE: [PolicyKind; 1] = [PolicyKind::DeviceConfiguration];

/// The list that every run of these stories reads.
const LIST: &str = "*/deviceConfigurations";

fn started(started: Started) -> Run {
    match started {
        Started::Queued(run) => run,
        other => panic!("not queued: {other:?}"),
    }
}

#[actix_rt::test]
async fn a_second_run_now_is_given_the_active_run() {
    let app = TestApp::start().await;
    let schedule = app.schedule("Nightly", &ONE).await;
    let gate = app.graph.hold(LIST);
    let first = app.run_now(&schedule).await;
    gate.arrived().await;
    let second = app.ask_for_run(&schedule, Trigger::Manual, false).await;
    assert!(matches!(second, Started::Active(active) if active.id == first.id));
    gate.open();
    assert_eq!(
        app.settled(&first).await.state.status(),
        RunStatus::Succeeded
    );
    app.backed_up(&schedule).await;
}

#[actix_rt::test]
async fn a_slot_during_a_run_is_skipped_audited_and_told() {
    let app = TestApp::working(by_hand()).await;
    let soon = daily("10:01", "UTC");
    let schedule = app.schedule_at(app.tenant(), "Soon", &ONE, soon).await;
    let operator = app.person(app.tenant(), Role::Operator).await;
    let gate = app.graph.hold(LIST);
    let run = app.run_now(&schedule).await;
    gate.arrived().await;
    app.tick_at("2026-03-02T10:01:00Z").await;
    assert_eq!(
        app.statuses(&schedule).await,
        [RunStatus::Running, RunStatus::Skipped]
    );
    assert_eq!(app.audited(app.tenant(), "RUN_SKIPPED").await, 1);
    assert_eq!(app.told(operator, "RUN_SKIPPED").await, 1);
    gate.open();
    app.settled(&run).await;
    app.tick_at("2026-03-03T10:01:00Z").await;
    let next = app.runs_of(&schedule).await.remove(2);
    assert_eq!(
        app.settled(&next).await.state.status(),
        RunStatus::Succeeded
    );
}

#[actix_rt::test]
async fn tenants_run_beside_each_other_and_the_runs_of_one_after_each_other() {
    let app = TestApp::with_tenants(2, by_hand()).await;
    let here = app.schedule_of(app.tenants[0], "Nightly", &ONE).await;
    let also_here = app.schedule_of(app.tenants[0], "Also nightly", &ONE).await;
    let there = app.schedule_of(app.tenants[1], "Nightly", &ONE).await;
    let gate = app.graph.hold(LIST);
    let first = app.run_now(&here).await;
    let second = app.run_now(&also_here).await;
    let beside = app.run_now(&there).await;
    gate.arrived_times(2).await;
    app.tick().await;
    let standing = |run: Run| run.state.status();
    assert_eq!(standing(app.run(&first).await), RunStatus::Running);
    assert_eq!(standing(app.run(&second).await), RunStatus::Queued);
    assert_eq!(standing(app.run(&beside).await), RunStatus::Running);
    gate.open();
    for run in [&first, &second, &beside] {
        assert_eq!(app.settled(run).await.state.status(), RunStatus::Succeeded);
    }
    let events = app.events(app.tenants[0]).await;
    let history: Vec<_> = events
        .iter()
        .filter(|event| event.previous.is_some())
        .map(|event| (event.run.id, event.run.state.status()))
        .collect();
    let expected = [&first, &second]
        .map(|run| [RunStatus::Running, RunStatus::Succeeded].map(|status| (run.id, status)));
    assert_eq!(history, expected.concat());
}

#[actix_rt::test]
async fn a_run_is_retried_once_and_its_retry_once_more() {
    let app = TestApp::dispatcher().await;
    let schedule = app.schedule("Nightly", &ONE).await;
    let run = app.queue(&schedule, Trigger::Manual).await;
    app.ask_to_stop(&run).await;
    let retry = started(retried(&app, &schedule, &run).await);
    app.ask_to_stop(&retry).await;
    assert!(matches!(
        retried(&app, &schedule, &run).await,
        Started::AlreadyRetried
    ));
    let again = started(retried(&app, &schedule, &retry).await);
    assert_eq!(again.attempt, 1);
    assert_eq!(again.trigger, Trigger::Retry(retry.id));
    assert_eq!(app.audited(app.tenant(), "RUN_RETRIED").await, 2);
}

async fn retried(app: &TestApp, schedule: &Schedule, run: &Run) -> Started {
    app.ask_for_run(schedule, Trigger::Retry(run.id), false)
        .await
}

#[actix_rt::test]
async fn a_queued_run_is_cancelled_at_once_and_an_ended_one_not_at_all() {
    let app = TestApp::dispatcher().await;
    let schedule = app.schedule("Nightly", &ONE).await;
    let run = app.queue(&schedule, Trigger::Manual).await;
    assert!(matches!(app.ask_to_stop(&run).await, Cancel::Done(_)));
    assert_eq!(app.statuses(&schedule).await, [RunStatus::Cancelled]);
    assert!(matches!(
        app.ask_to_stop(&run).await,
        Cancel::AlreadyEnded(_)
    ));
    assert_eq!(app.audited(app.tenant(), "RUN_CANCEL_REQUESTED").await, 1);
}

#[actix_rt::test]
async fn a_running_run_is_cancelled_promptly_and_stores_no_set() {
    let app = TestApp::working(by_hand()).await;
    let schedule = app.schedule("Nightly", &ONE).await;
    let gate = app.graph.hold(LIST);
    let run = app.run_now(&schedule).await;
    gate.arrived().await;
    app.ask_to_stop(&run).await;
    app.workers.cancel(run.tenant, run.id);
    let run = app.settled(&run).await;
    assert_eq!(run.state.status(), RunStatus::Cancelled);
    assert_eq!(app.set_of(&run).await, None);
    assert_eq!(app.results(&run).await[0].status.as_str(), "CANCELLED");
    gate.open();
    app.backed_up(&schedule).await;
}

#[actix_rt::test]
async fn a_wish_to_cancel_that_nobody_passes_on_is_found_in_the_database() {
    let app = TestApp::working(by_hand()).await;
    let schedule = app.schedule("Nightly", &ONE).await;
    let gate = app.graph.hold(LIST);
    let run = app.run_now(&schedule).await;
    gate.arrived().await;
    app.ask_to_stop(&run).await;
    until(|| app.clock.waits().contains(&chrono::TimeDelta::seconds(5))).await;
    app.pass(chrono::TimeDelta::seconds(5));
    let run = app.settled(&run).await;
    assert_eq!(run.state.status(), RunStatus::Cancelled);
    assert_eq!(app.set_of(&run).await, None);
}

#[actix_rt::test]
async fn a_run_that_ends_before_it_learns_of_its_cancelling_stores_no_set_either() {
    let app = TestApp::working(by_hand()).await;
    let schedule = app.schedule("Nightly", &ONE).await;
    let gate = app.graph.hold(LIST);
    let run = app.run_now(&schedule).await;
    gate.arrived().await;
    app.ask_to_stop(&run).await;
    gate.open();
    let run = app.settled(&run).await;
    assert_eq!(run.state.status(), RunStatus::Cancelled);
    assert_eq!(app.set_of(&run).await, None);
}
