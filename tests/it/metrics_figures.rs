//! Figures that stand in the database: none that is old, none of a database that is away, and queues that grow
//! old only by what could have started.

use std::{
    sync::{Arc, mpsc},
    time::{Duration, Instant},
};

use chrono::TimeDelta;
use futures_util::future::join_all;
use tenantatlas::{
    domain::{
        kind::PolicyKind,
        run::{Run, RunStatus, Trigger},
    },
    metrics::{Metrics, MetricsSettings},
    store::{PoolSettings, Store, StoreError},
};
use tokio::sync::oneshot;

use crate::support::{TestApp, by_hand, metrics::Scrape, sql_instant};

const ONE: [PolicyKind; 1] = [PolicyKind::DeviceConfiguration];

const UP: &str = "tenantatlas_database_figures_up";
const AGE: &str = "tenantatlas_queue_age_seconds";

#[actix_rt::test]
async fn figures_that_cannot_be_read_are_absent() {
    let app = TestApp::dispatcher().await;
    assert_eq!(app.scrape(None).await.one(UP, &[]), 1.0);
    app.write(|db, _| {
        diesel::RunQueryDsl::execute(
            diesel::sql_query("ALTER TABLE storage_days RENAME TO moved"),
            db,
        )?;
        Ok(())
    })
    .await;
    let told = app.scrape(None).await;
    assert_eq!(told.one(UP, &[]), 0.0);
    assert!(!told.names().contains("tenantatlas_queued_runs"));
    // What the server knows itself is told all the same.
    assert!(told.names().contains("tenantatlas_ticks_total"));
}

/// Those who ask at once. Each waits for two seconds.
const SCRAPES: u64 = 8;

#[actix_rt::test]
async fn figures_of_a_silent_database_are_absent_for_all_who_ask_and_never_old() {
    let app = TestApp::dispatcher().await;
    let schedule = app.schedule("Nightly", &ONE).await;
    app.queue(&schedule, Trigger::Manual).await;
    let settings = PoolSettings {
        connections: 1,
        ..PoolSettings::default()
    };
    let clock = Arc::new(app.clock.clone());
    let store = Store::open(&app.database.url, settings, clock.clone()).unwrap();
    let metrics = Metrics::of(store.clone(), clock, MetricsSettings::default(), |_| ());
    let scrape = async || Scrape::read(&metrics.text().await);

    let ((arrive, arrived), (open, gate)) = (oneshot::channel(), mpsc::channel::<()>());
    let holder = actix_rt::spawn(async move {
        let hold = move |_: &mut _| {
            arrive.send(()).unwrap();
            gate.recv().unwrap();
            Ok::<_, StoreError>(())
        };
        store.read(hold).await
    });
    arrived.await.unwrap();
    let began = Instant::now();
    for told in join_all((0..SCRAPES).map(|_| scrape())).await {
        assert_eq!(told.one(UP, &[]), 0.0);
        assert!(!told.names().contains(AGE));
    }
    // They did not wait for each other.
    let spent = began.elapsed();
    assert!(spent < Duration::from_secs(SCRAPES), "{spent:?}");

    app.pass(TimeDelta::seconds(60));
    open.send(()).unwrap();
    holder.await.unwrap().unwrap();
    // The reading that was under way is a minute old, and shown to nobody.
    let told = scrape().await;
    assert_eq!(told.one(UP, &[]), 1.0);
    assert_eq!(told.one(AGE, &[]), 60.0);
    // One that is not is shown once more.
    app.pass(TimeDelta::seconds(14));
    assert_eq!(scrape().await.one(AGE, &[]), 60.0);
    app.pass(TimeDelta::seconds(1));
    assert_eq!(scrape().await.one(AGE, &[]), 75.0);
}

/// A run in the hands of a server that lets nobody take it.
async fn running(app: &TestApp) -> Run {
    let schedule = app.schedule("Long", &ONE).await;
    let run = app.queue(&schedule, Trigger::Manual).await;
    let now = app.clock_now();
    let (now, until) = (sql_instant(now), sql_instant(now + TimeDelta::hours(2)));
    app.tamper(format!(
        "UPDATE runs SET status = 'RUNNING', claim = 1, owner = 'another', started_at = '{now}', \
         lease_until = '{until}' WHERE id = '{}'",
        run.id
    ))
    .await;
    run
}

#[actix_rt::test]
async fn a_run_does_not_wait_as_long_as_another_of_its_tenant_runs() {
    let app = TestApp::dispatcher().await;
    let long = running(&app).await;
    let schedule = app.schedule("Nightly", &ONE).await;
    let next = app.queue(&schedule, Trigger::Manual).await;
    app.pass(TimeDelta::minutes(20));
    let told = app.scrape(None).await;
    assert_eq!(told.one("tenantatlas_running_runs", &[]), 1.0);
    assert_eq!(told.one("tenantatlas_queued_runs", &[]), 1.0);
    assert_eq!(told.one(AGE, &[]), 0.0);
    app.pretend_success(&long).await;
    app.pass(TimeDelta::seconds(40));
    assert_eq!(app.scrape(None).await.one(AGE, &[]), 40.0);
    let other = app.another_server(by_hand());
    other.tick().await.unwrap();
    let next = app.settled(&next).await;
    assert_eq!(next.state.status(), RunStatus::Succeeded);
    let told = app.landed().await;
    assert_eq!(told.one("tenantatlas_run_wait_seconds_count", &[]), 1.0);
    assert_eq!(told.one("tenantatlas_run_wait_seconds_sum", &[]), 40.0);
    other.stop().await;
}
