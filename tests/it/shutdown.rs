//! A server that stops: its runs land within the grace or go back to the queue, and it ticks no more.

use std::time::Duration;

use chrono::TimeDelta;
use tenantatlas::{
    domain::{kind::PolicyKind, run::RunStatus},
    workers::{WorkerSettings, WorkersError},
};

use crate::support::{TestApp, by_hand, until};

const ONE: [PolicyKind; 1] = [PolicyKind::DeviceConfiguration];
const LIST: &str = "*/deviceConfigurations";

/// A grace that no other wait is as long as.
const GRACE: TimeDelta = TimeDelta::seconds(31);

fn settings() -> WorkerSettings {
    WorkerSettings {
        shutdown_grace: Duration::from_secs(31),
        ..by_hand()
    }
}

/// Resolves once a worker has begun to wait for the end of the grace.
async fn drains(app: &TestApp) {
    until(|| app.clock.waits().contains(&GRACE)).await;
}

#[actix_rt::test]
async fn a_run_in_flight_may_land_within_the_grace() {
    let app = TestApp::working(settings()).await;
    let schedule = app.schedule("Nightly", &ONE).await;
    let gate = app.graph.hold(LIST);
    let run = app.run_now(&schedule).await;
    gate.arrived().await;
    let lands = async {
        drains(&app).await;
        gate.open();
    };
    tokio::join!(app.workers.stop(), lands);
    let run = app.run(&run).await;
    assert_eq!(run.state.status(), RunStatus::Succeeded);
    assert!(app.set_of(&run).await.is_some());
}

#[actix_rt::test]
async fn a_run_that_does_not_land_in_time_is_handed_to_another_server() {
    let app = TestApp::working(settings()).await;
    let schedule = app.schedule("Nightly", &ONE).await;
    let gate = app.graph.hold(LIST);
    let run = app.run_now(&schedule).await;
    gate.arrived().await;
    let time_runs_out = async {
        drains(&app).await;
        app.pass(GRACE);
    };
    tokio::join!(app.workers.stop(), time_runs_out);
    let handed_back = app.run(&run).await;
    assert_eq!(handed_back.state.status(), RunStatus::Queued);
    assert_eq!((handed_back.attempt, handed_back.claim), (1, 1));
    assert_eq!(app.set_of(&run).await, None);
    gate.open();
    let other = app.another_server(by_hand());
    other.tick().await.unwrap();
    let run = app.settled(&run).await;
    assert_eq!(run.state.status(), RunStatus::Succeeded);
    assert_eq!((run.attempt, run.claim), (1, 2));
    other.stop().await;
}

#[actix_rt::test]
async fn a_run_that_was_cancelled_meanwhile_is_not_handed_back() {
    let app = TestApp::working(settings()).await;
    let schedule = app.schedule("Nightly", &ONE).await;
    let gate = app.graph.hold(LIST);
    let run = app.run_now(&schedule).await;
    gate.arrived().await;
    app.ask_to_stop(&run).await;
    let time_runs_out = async {
        drains(&app).await;
        app.pass(GRACE);
    };
    tokio::join!(app.workers.stop(), time_runs_out);
    let run = app.run(&run).await;
    assert_eq!(run.state.status(), RunStatus::Cancelled);
}

#[actix_rt::test]
async fn nothing_is_dispatched_or_begun_after_the_stop() {
    let app = TestApp::start().await;
    let schedule = app.schedule("Nightly", &ONE).await;
    app.workers.stop().await;
    let run = app.run_now(&schedule).await;
    app.pass(TimeDelta::days(1));
    assert!(matches!(
        app.workers.tick().await,
        Err(WorkersError::Stopped(_))
    ));
    assert_eq!(app.statuses(&schedule).await, [RunStatus::Queued]);
    assert_eq!(app.run(&run).await.claim, 0);
    assert_eq!(app.graph.log(), []);
}
