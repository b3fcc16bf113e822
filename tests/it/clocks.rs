//! Clocks that are set, by an hour either way: runs that are well land, no slot runs twice, and ticks go on.

use std::{sync::Arc, time::Duration};

use chrono::TimeDelta;
use tenantatlas::{
    clock::{Clock, SystemClock},
    domain::{
        failure::FailureCode,
        kind::PolicyKind,
        run::{RunStatus, Trigger},
    },
    metrics::{Metrics, MetricsSettings},
    store::{DatabaseUrl, PoolSettings, Store},
    workers::{Deps, Pulse, WorkerSettings, Workers},
};

use crate::{
    leases::{beats_on, left_behind, watched},
    support::{
        TestApp, by_hand,
        clocks::SteppedClock,
        dispatch_only, failure_of, instant,
        metrics::Scrape,
        missed_slots,
        proxy::{Proxy, Way},
        until,
    },
};

const ONE: [PolicyKind; 1] = [PolicyKind::DeviceConfiguration];
const LIST: &str = "*/deviceConfigurations";

/// Both ways.
const STEPS: [TimeDelta; 2] = [TimeDelta::hours(1), TimeDelta::hours(-1)];

#[actix_rt::test]
async fn a_run_whose_holder_lives_is_not_lost_when_the_clock_is_set() {
    for step in STEPS {
        let app = TestApp::working(by_hand()).await;
        let schedule = app.schedule("Nightly", &ONE).await;
        let gate = app.graph.hold(LIST);
        let run = app.run_now(&schedule).await;
        gate.arrived().await;
        watched(&app).await;
        // Another server as well, which does not know that somebody carries it out.
        let other = app.another_server(dispatch_only());
        other.tick().await.unwrap();
        app.clock.step(step);
        for _ in 0..4 {
            app.tick().await;
            other.tick().await.unwrap();
            assert_eq!(app.run(&run).await.state.status(), RunStatus::Running);
            beats_on(&app, &run).await;
        }
        gate.open();
        let run = app.settled(&run).await;
        assert_eq!(run.state.status(), RunStatus::Succeeded, "{step}");
        assert_eq!((run.attempt, run.claim), (1, 1));
        other.stop().await;
    }
}

#[actix_rt::test]
async fn a_run_whose_holder_is_gone_is_lost_a_tick_after_the_clock_was_set() {
    for step in STEPS {
        let app = TestApp::working(by_hand()).await;
        let schedule = app.schedule("Nightly", &ONE).await;
        let run = left_behind(&app, &schedule).await;
        app.clock.step(step);
        app.tick().await;
        assert_eq!(app.run(&run).await.state.status(), RunStatus::Running);
        app.pass(TimeDelta::seconds(60));
        app.tick().await;
        let lost = app.run(&run).await;
        assert_eq!(failure_of(&lost), Some(FailureCode::WorkerLost), "{step}");
    }
}

#[actix_rt::test]
async fn a_waiting_run_is_not_missed_when_the_clock_is_set() {
    for step in STEPS {
        let app = TestApp::dispatcher().await;
        let schedule = app.schedule("Nightly", &ONE).await;
        app.tick_at("2026-03-03T01:00:00Z").await;
        app.clock.step(step);
        for _ in 0..3 {
            app.tick().await;
            app.pass(TimeDelta::seconds(60));
        }
        assert_eq!(app.statuses(&schedule).await, [RunStatus::Queued], "{step}");
    }
}

#[actix_rt::test]
async fn a_waiting_run_is_missed_after_an_outage_in_which_the_clock_was_set() {
    let app = TestApp::dispatcher().await;
    let schedule = app.schedule("Nightly", &ONE).await;
    app.tick_at("2026-03-03T01:00:00Z").await;
    app.pass(TimeDelta::minutes(10));
    app.clock.step(TimeDelta::hours(1));
    app.tick().await;
    assert_eq!(app.statuses(&schedule).await, [RunStatus::Missed]);
}

#[actix_rt::test]
async fn a_server_that_has_just_started_ends_no_run_by_a_clock_that_was_just_set() {
    let app = TestApp::dispatcher().await;
    let schedule = app.schedule("Nightly", &ONE).await;
    let run = left_behind(&app, &schedule).await;
    app.clock.step(TimeDelta::hours(1));
    let new = app.another_server(dispatch_only());
    for _ in 0..2 {
        new.tick().await.unwrap();
        assert_eq!(app.run(&run).await.state.status(), RunStatus::Running);
    }
    app.pass(TimeDelta::seconds(30));
    new.tick().await.unwrap();
    let lost = app.run(&run).await;
    assert_eq!(failure_of(&lost), Some(FailureCode::WorkerLost));
    new.stop().await;
}

#[actix_rt::test]
async fn a_slot_that_the_clock_jumps_over_is_missed_once_and_none_runs_twice() {
    let app = TestApp::dispatcher().await;
    let schedule = app.schedule("Nightly", &ONE).await;
    app.tick_at("2026-03-03T00:30:00Z").await;
    app.clock.step(TimeDelta::hours(1));
    for _ in 0..3 {
        app.tick().await;
        app.pass(TimeDelta::seconds(60));
    }
    // Back again, and through the same hour once more.
    app.clock.step(TimeDelta::hours(-1));
    for _ in 0..70 {
        app.tick().await;
        app.pass(TimeDelta::seconds(60));
    }
    let runs = app.runs_of(&schedule).await;
    assert_eq!(runs.len(), 1);
    let slot = instant("2026-03-03T01:00:00Z");
    assert_eq!(missed_slots(&runs[0]), Some((1, slot)));
}

#[actix_rt::test]
async fn a_slot_that_has_run_does_not_run_again_when_the_clock_is_set_back() {
    let app = TestApp::dispatcher().await;
    let schedule = app.schedule("Nightly", &ONE).await;
    app.tick_at("2026-03-03T01:00:00Z").await;
    app.pretend_success(&app.runs_of(&schedule).await[0]).await;
    app.clock.step(TimeDelta::hours(-1));
    for _ in 0..70 {
        app.tick().await;
        app.pass(TimeDelta::seconds(60));
    }
    assert_eq!(app.statuses(&schedule).await, [RunStatus::Succeeded]);
}

/// Times of a server that need not be waited for long.
fn short() -> WorkerSettings {
    WorkerSettings {
        tick: Duration::from_millis(200),
        lease: Duration::from_secs(3),
        beat: Duration::from_millis(300),
        cancel_poll: Duration::from_millis(100),
        ..WorkerSettings::default()
    }
}

/// A server on the database of `app` that goes by another clock.
fn server(app: &TestApp, clock: &SteppedClock) -> (Deps, Workers) {
    let clock: Arc<dyn Clock> = Arc::new(clock.clone());
    let store = Store::open(&app.database.url, PoolSettings::default(), clock.clone()).unwrap();
    let deps = Deps {
        store,
        clock,
        ..app.deps.clone()
    };
    (deps.clone(), Workers::start(deps, short()))
}

/// Waits until a server has ticked for longer than any lease lasts.
async fn ticks_on(server: &Workers) {
    let now = SystemClock.elapsed();
    until(|| {
        let Pulse { ticked_at, .. } = server.pulse();
        ticked_at.is_some_and(|at| at > now + short().lease)
    })
    .await;
}

/// The story at the pace of the machine: the server's own clock is set, which on a file is the database's as
/// well, or that of the database.
#[actix_rt::test]
async fn a_server_whose_clock_is_set_ticks_on_and_its_run_lands() {
    let stories = STEPS
        .into_iter()
        .flat_map(|step| [(step, false), (step, true)]);
    let stories = stories.map(async |(step, rules)| {
        let app = TestApp::dispatcher().await;
        app.clock.set(SystemClock.now());
        let schedule = app.schedule("Nightly", &ONE).await;
        let gate = app.graph.hold(LIST);
        let run = app.queue(&schedule, Trigger::Manual).await;
        let clock = SteppedClock::new(rules);
        let (deps, server) = server(&app, &clock);
        server.hint(app.tenant());
        gate.arrived().await;
        clock.step(step);
        ticks_on(&server).await;
        assert_eq!(app.run(&run).await.state.status(), RunStatus::Running);
        let is_off = server.pulse().ahead.abs() > TimeDelta::minutes(59);
        assert_eq!(is_off, !rules && !app.database.is_embedded());
        gate.open();
        app.eventually(&run, |run| run.state.status() == RunStatus::Succeeded)
            .await;
        assert_eq!(app.run(&run).await.claim, 1, "{step} {rules}");
        server.stop().await;
        drop(deps);
    });
    futures_util::future::join_all(stories).await;
}

#[actix_rt::test]
async fn a_server_that_had_no_database_calls_nobody_lost_who_may_have_had_none_either() {
    let app = TestApp::dispatcher().await;
    let Some(proxy) = Proxy::before(&app.database) else {
        return;
    };
    let hasty = PoolSettings {
        patience: Duration::from_millis(300),
        ..PoolSettings::default()
    };
    let url = DatabaseUrl::Postgres(proxy.url.clone());
    let deps = Deps {
        store: Store::open(&url, hasty, Arc::new(app.clock.clone())).unwrap(),
        ..app.deps.clone()
    };
    let server = Workers::start(deps, dispatch_only());
    let schedule = app.schedule("Nightly", &ONE).await;
    let run = left_behind(&app, &schedule).await;
    server.tick().await.unwrap();
    proxy.set(Way::Cut);
    app.pass(TimeDelta::seconds(61));
    server.tick().await.unwrap_err();
    proxy.set(Way::Open);
    until_well(&server).await;
    assert_eq!(app.run(&run).await.state.status(), RunStatus::Running);
    app.pass(TimeDelta::seconds(30));
    server.tick().await.unwrap();
    let lost = app.run(&run).await;
    assert_eq!(failure_of(&lost), Some(FailureCode::WorkerLost));
    server.stop().await;
}

/// Lets a server tick until it has its database again.
async fn until_well(server: &Workers) {
    let late = SystemClock.elapsed() + Duration::from_secs(60);
    while server.tick().await.is_err() {
        assert!(SystemClock.elapsed() < late, "it has no database");
    }
}

#[actix_rt::test]
async fn what_is_told_of_times_goes_by_the_databases_clock() {
    let app = TestApp::dispatcher().await;
    if app.database.is_embedded() {
        // Its clock is the server's.
        return;
    }
    app.clock.set(SystemClock.now());
    let schedule = app.schedule("Nightly", &ONE).await;
    app.queue(&schedule, Trigger::Manual).await;
    let clock = SteppedClock::new(false);
    clock.step(TimeDelta::hours(1));
    let clock: Arc<dyn Clock> = Arc::new(clock);
    let store = Store::open(&app.database.url, PoolSettings::default(), clock.clone()).unwrap();
    let deps = Deps {
        store: store.clone(),
        clock: clock.clone(),
        measures: Arc::default(),
        ..app.deps.clone()
    };
    let server = Workers::start(deps.clone(), dispatch_only());
    server.tick().await.unwrap();
    let metrics = Metrics::of(store, clock, MetricsSettings::default(), |all| {
        deps.measures.register(all);
    });
    let told = Scrape::read(&metrics.text().await);
    let age = told.one("tenantatlas_queue_age_seconds", &[]);
    assert!(age < 600.0, "{age}");
    let ticked = told.one("tenantatlas_last_tick_timestamp_seconds", &[]);
    let ticked = Duration::from_secs_f64(ticked);
    let now = Duration::from_millis(SystemClock.now().timestamp_millis().try_into().unwrap());
    assert!(
        ticked.abs_diff(now) < Duration::from_secs(600),
        "{ticked:?}"
    );
    server.stop().await;
}
