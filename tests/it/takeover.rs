//! Several servers, many tenants: whose turn it is, and who goes on when a server is killed.

use std::collections::HashSet;

use chrono::TimeDelta;
use tenantatlas::{
    domain::{
        failure::FailureCode,
        kind::PolicyKind,
        run::{Run, RunStatus, Trigger},
        schedule::Schedule,
    },
    store::queue,
    workers::WorkerSettings,
};

use crate::{
    restart::{Mortal, Server, mortal},
    support::{TestApp, by_hand, dispatch_only, failure_of, until},
};

const ONE: [PolicyKind; 1] = [PolicyKind::DeviceConfiguration];
const LIST: &str = "*/deviceConfigurations";

/// Runs of one tenant that wait before anybody else's.
const CROWD: usize = 50;

/// Queues a run of a new schedule of a tenant, a second after the one before.
async fn queued(app: &TestApp, tenant: usize, name: &str) -> Run {
    let schedule = app.schedule_of(app.tenants[tenant], name, &ONE).await;
    let run = app.queue(&schedule, Trigger::Manual).await;
    app.pass(TimeDelta::seconds(1));
    run
}

#[actix_rt::test]
async fn a_tenant_with_fifty_runs_lets_those_with_one_come_between() {
    let settings = WorkerSettings {
        places: 1,
        ..by_hand()
    };
    let app = TestApp::with_tenants(4, settings).await;
    // The server's first tick may find what is queued first, and nothing more until all is there.
    let gate = app.graph.hold(LIST);
    for number in 0..CROWD {
        queued(&app, 0, &format!("Crowd {number}")).await;
    }
    let mut others = Vec::new();
    for tenant in 1..4 {
        others.push(queued(&app, tenant, "Single").await);
    }
    app.tick().await;
    gate.open();
    for run in &others {
        let run = app.settled(run).await;
        assert_eq!(run.state.status(), RunStatus::Succeeded);
    }
    let crowd = app.tenant();
    // One after the other, so they ended as they began. Others of the crowd may have, since.
    let before = format!(
        "tenant_id = '{crowd}' AND action = 'RUN_FINISHED' AND id < (SELECT MAX(id) FROM audit_log \
         WHERE tenant_id <> '{crowd}' AND action = 'RUN_FINISHED')"
    );
    let before = app.count("audit_log", &before).await;
    assert!(
        (1..=2).contains(&before),
        "{before} runs of the crowd came before"
    );
}

#[actix_rt::test]
async fn tenants_with_many_runs_take_turns() {
    let app = TestApp::with_tenants(2, dispatch_only()).await;
    for tenant in [0, 1] {
        for number in 0..4 {
            queued(&app, tenant, &format!("{number}")).await;
        }
    }
    let mut turns = Vec::new();
    for _ in 0..8 {
        let next = app.write(|db, now| {
            let tenant = queue::waiting_tenants(db, 1, &HashSet::new(), None, now)?[0];
            queue::give_turns(db, tenant, now)?;
            queue::next_queued(db, tenant, None, now)
        });
        let run = next.await.unwrap();
        app.pretend_success(&run).await;
        app.pass(TimeDelta::seconds(1));
        turns.push(run.tenant);
    }
    assert_eq!(turns, app.tenants.repeat(4));
}

#[actix_rt::test]
async fn a_run_that_waits_for_its_next_attempt_keeps_nobody_waiting() {
    let app = TestApp::with_tenants(2, dispatch_only()).await;
    let later = queued(&app, 0, "Later").await;
    let (id, tenant) = (later.id, app.tenants[1]);
    app.tamper(format!(
        "UPDATE runs SET next_attempt_at = '2026-03-03 00:00:00' WHERE id = '{id}'"
    ))
    .await;
    let now = queued(&app, 1, "Now").await;
    let waiting = app
        .write(|db, now| queue::waiting_tenants(db, 8, &HashSet::new(), None, now))
        .await;
    assert_eq!(waiting, [tenant]);
    let server = app.another_server(WorkerSettings {
        places: 1,
        ..by_hand()
    });
    server.tick().await.unwrap();
    app.eventually(&now, has_succeeded).await;
    assert_eq!(app.run(&later).await.state.status(), RunStatus::Queued);
    server.stop().await;
}

/// The process that is killed: it takes what is queued, and never comes to an end with it.
#[actix_rt::test]
async fn a_server_that_takes_what_is_queued() {
    let Some(Mortal { workers, .. }) = mortal() else {
        return;
    };
    workers.tick().await.unwrap();
    futures_util::future::pending::<()>().await;
}

#[actix_rt::test]
async fn the_work_of_a_server_that_is_killed_is_taken_over_at_the_next_tick() {
    let app = TestApp::with_tenants(2, dispatch_only()).await;
    let (first, second) = (
        app.schedule_of(app.tenants[0], "Nightly", &ONE).await,
        app.schedule_of(app.tenants[1], "Nightly", &ONE).await,
    );
    let gate = app.graph.hold(LIST);
    let lost = app.queue(&first, Trigger::Manual).await;
    let dying = Server::of(
        &app,
        app.clock_now(),
        "takeover::a_server_that_takes_what_is_queued",
    );
    gate.arrived().await;
    let other = app.another_server(by_hand());
    other.tick().await.unwrap();
    let left = app.queue(&second, Trigger::Manual).await;
    drop(dying);

    // What it had not begun is taken at once.
    other.tick().await.unwrap();
    gate.arrived().await;
    gate.open();
    app.eventually(&left, has_succeeded).await;

    // What it had begun is lost when the lease has ended, and not before.
    other.tick().await.unwrap();
    assert_eq!(app.run(&lost).await.state.status(), RunStatus::Running);
    app.pass(TimeDelta::seconds(61));
    other.tick().await.unwrap();
    let lost = app.run(&lost).await;
    assert_eq!(failure_of(&lost), Some(FailureCode::WorkerLost));
    next_is_normal(&app, &first).await;
    until(|| other.in_flight().is_empty()).await;
    other.stop().await;
}

fn has_succeeded(run: &Run) -> bool {
    run.state.status() == RunStatus::Succeeded
}

/// The next run of a schedule is carried out as if nothing had happened.
async fn next_is_normal(app: &TestApp, schedule: &Schedule) {
    let next = app.queue(schedule, Trigger::Manual).await;
    let another = app.another_server(by_hand());
    another.tick().await.unwrap();
    app.eventually(&next, has_succeeded).await;
    another.stop().await;
}
