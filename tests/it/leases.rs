//! Leases and places: whose run it is, for how long, and how many run at once.

use std::{sync::mpsc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use tenantatlas::{
    domain::{
        failure::FailureCode,
        kind::PolicyKind,
        reading::Lapsed,
        run::{Run, RunState, RunStatus, Trigger},
        schedule::Schedule,
    },
    store::{
        Db, StoreError, credentials,
        leases::{self, Renewal, Wish},
    },
    workers::{WorkerSettings, recovery},
};

use crate::support::{TestApp, by_hand, failure_of, metrics::Scrape, sql_instant, until};

const ONE: [PolicyKind; 1] = [PolicyKind::DeviceConfiguration];

/// The list that every run of these stories reads.
const LIST: &str = "*/deviceConfigurations";

fn lease_of(run: &Run) -> Option<DateTime<Utc>> {
    match run.state {
        RunState::Running { lease_until, .. } => Some(lease_until),
        RunState::Queued { .. } | RunState::Ended { .. } => None,
    }
}

/// Resolves once the watch over a run waits for its next look.
pub(crate) async fn watched(app: &TestApp) {
    until(|| app.clock.waits().contains(&TimeDelta::seconds(5))).await;
}

/// Lets the time between two beats pass, and waits for the beat and for the watch to wait again.
pub(crate) async fn beats_on(app: &TestApp, run: &Run) {
    let before = looks(app);
    app.pass(TimeDelta::seconds(20));
    let renewed = app.clock_now() + TimeDelta::seconds(60);
    app.eventually(run, |run| lease_of(run) == Some(renewed))
        .await;
    until(|| looks(app) > before).await;
}

/// How many looks of a watch were waited for.
fn looks(app: &TestApp) -> usize {
    let waits = app.clock.waits().into_iter();
    waits.filter(|wait| *wait == TimeDelta::seconds(5)).count()
}

/// Lets time pass to the next look of the watch, and waits until it waits for the one after.
async fn looks_on(app: &TestApp, seconds: i64) {
    let before = looks(app);
    app.pass(TimeDelta::seconds(seconds));
    until(|| looks(app) > before).await;
}

#[actix_rt::test]
async fn the_lease_of_a_long_run_is_renewed_beat_by_beat() {
    let app = TestApp::working(by_hand()).await;
    let schedule = app.schedule("Nightly", &ONE).await;
    let gate = app.graph.hold(LIST);
    let run = app.run_now(&schedule).await;
    gate.arrived().await;
    watched(&app).await;
    for _ in 0..6 {
        beats_on(&app, &run).await;
        app.tick().await;
    }
    gate.open();
    assert_eq!(app.settled(&run).await.state.status(), RunStatus::Succeeded);
}

#[actix_rt::test]
async fn a_worker_whose_run_is_in_other_hands_stops_and_writes_nothing() {
    let app = TestApp::working(by_hand()).await;
    let schedule = app.schedule("Nightly", &ONE).await;
    let gate = app.graph.hold(LIST);
    let run = app.run_now(&schedule).await;
    gate.arrived().await;
    watched(&app).await;
    taken_over(&app, &run).await;
    let seen = app.run(&run).await;
    app.pass(TimeDelta::seconds(5));
    until(|| app.rests() > 0).await;
    gate.open();
    assert_eq!(app.run(&run).await, seen);
    assert_eq!(app.set_of(&run).await, None);
    let told = app.landed().await;
    let lost = told.beyond_zero("tenantatlas_leases_lost_total");
    assert_eq!(lost, ["1 taken"]);
    assert_eq!(told.sum("tenantatlas_runs_total"), 0.0);
}

#[actix_rt::test]
async fn what_a_worker_brings_in_for_a_run_in_other_hands_is_discarded() {
    let app = TestApp::working(by_hand()).await;
    let schedule = app.schedule("Nightly", &ONE).await;
    let gate = app.graph.hold(LIST);
    let run = app.run_now(&schedule).await;
    gate.arrived().await;
    taken_over(&app, &run).await;
    let seen = app.run(&run).await;
    gate.open();
    // The worker rests when it has landed.
    until(|| app.rests() > 0).await;
    assert_eq!(app.run(&run).await, seen);
    assert_eq!(app.set_of(&run).await, None);
    assert_eq!(app.count("policies", "TRUE").await, 0, "the inventory");
    let told = app.landed().await;
    let lost = told.beyond_zero("tenantatlas_leases_lost_total");
    assert_eq!(lost, ["1 taken"]);
    assert_eq!(told.sum("tenantatlas_runs_total"), 0.0);
}

#[actix_rt::test]
async fn what_a_worker_has_read_to_the_end_of_a_run_in_other_hands_is_discarded() {
    let app = TestApp::working(by_hand()).await;
    let schedule = app
        .schedule("Nightly", &[PolicyKind::SettingsCatalog])
        .await;
    let gate = app.graph.hold("*/settings");
    let run = app.run_now(&schedule).await;
    gate.arrived().await;
    taken_over(&app, &run).await;
    let seen = app.run(&run).await;
    gate.open();
    until(|| app.rests() > 0).await;
    assert_eq!(app.run(&run).await, seen);
    assert_eq!(app.set_of(&run).await, None);
    let told = app.landed().await;
    let lost = told.beyond_zero("tenantatlas_leases_lost_total");
    assert_eq!(lost, ["1 ended"]);
    assert_eq!(told.sum("tenantatlas_runs_total"), 0.0);
}

/// Another server has claimed the run.
async fn taken_over(app: &TestApp, run: &Run) {
    let id = run.id;
    app.tamper(format!(
        "UPDATE runs SET claim = claim + 1, owner = 'another' WHERE id = '{id}' AND status = 'RUNNING'"
    ))
    .await;
}

#[actix_rt::test]
async fn a_run_whose_server_died_is_lost_at_the_end_of_its_lease_and_frees_the_tenant() {
    let app = TestApp::working(by_hand()).await;
    let schedule = app.schedule("Nightly", &ONE).await;
    let run = left_behind(&app, &schedule).await;
    app.tick().await;
    assert_eq!(app.run(&run).await.state.status(), RunStatus::Running);
    app.pass(TimeDelta::seconds(61));
    app.tick().await;
    let lost = app.run(&run).await;
    assert_eq!(lost.state.status(), RunStatus::Failed);
    assert_eq!(failure_of(&lost), Some(FailureCode::WorkerLost));
    let told = app.landed().await;
    let failures = told.beyond_zero("tenantatlas_run_failures_total");
    assert_eq!(failures, ["1 WORKER_LOST"]);
    assert_eq!(told.one("tenantatlas_recently_lost_runs", &[]), 1.0);
    let kind = app.results(&run).await.remove(0);
    assert_eq!(kind.status.as_str(), "FAILED");
    assert_eq!(kind.failure.unwrap().code, FailureCode::WorkerLost);
    app.backed_up(&schedule).await;
}

#[actix_rt::test]
async fn a_lease_that_was_renewed_after_it_was_seen_ended_holds() {
    let app = TestApp::dispatcher().await;
    let schedule = app.schedule("Nightly", &ONE).await;
    let run = left_behind(&app, &schedule).await;
    app.pass(TimeDelta::seconds(61));
    let lapsed = Lapsed {
        before: app.clock_now(),
        behind: app.clock_now() + TimeDelta::hours(1),
    };
    let seen = app.read(move |db| leases::lost(db, lapsed, 10)).await;
    assert_eq!(seen.len(), 1);
    let held = leases::Held::of(&seen[0]);
    app.write(move |db, now| leases::renew(db, held, now + TimeDelta::seconds(60), 1))
        .await;
    recovery::fail_lost(&app.store, seen, || false)
        .await
        .unwrap();
    assert_eq!(app.run(&run).await.state.status(), RunStatus::Running);
}

/// The row of a run, held by a transaction of somebody else's until this is dropped.
struct Occupied {
    let_go: Option<mpsc::Sender<()>>,
    over: Option<actix_rt::task::JoinHandle<()>>,
}

impl Occupied {
    async fn by_another(app: &TestApp, run: &Run) -> Self {
        let (let_go, held) = mpsc::channel::<()>();
        let (holding, holds) = tokio::sync::oneshot::channel();
        let (store, at) = (app.opened_again(), leases::Held::of(&app.run(run).await));
        let over = actix_rt::spawn(async move {
            let hold = move |db: &mut Db, _| {
                assert!(leases::is_held(db, at)?);
                holding.send(()).unwrap();
                // It hangs up when it is time.
                let _ = held.recv_timeout(Duration::from_secs(60));
                Ok::<_, StoreError>(())
            };
            store.write(hold).await.unwrap();
        });
        holds.await.unwrap();
        Self {
            let_go: Some(let_go),
            over: Some(over),
        }
    }

    async fn ends(mut self) {
        drop(self.let_go.take());
        self.over.take().unwrap().await.unwrap();
    }
}

#[actix_rt::test]
async fn a_renewal_does_not_wait_for_a_row_that_somebody_holds() {
    let app = TestApp::dispatcher().await;
    let schedule = app.schedule("Nightly", &ONE).await;
    let run = app.run(&left_behind(&app, &schedule).await).await;
    let held = leases::Held::of(&run);
    let renew = async |held: leases::Held| {
        app.write(move |db, now| leases::renew(db, held, now + TimeDelta::seconds(90), 3))
            .await
    };
    if !app.database.is_embedded() {
        let occupied = Occupied::by_another(&app, &run).await;
        assert_eq!(renew(held).await, Renewal::Postponed(Wish::GoOn));
        assert_eq!(app.run(&run).await, run);
        let other = leases::Held {
            claim: held.claim + 1,
            ..held
        };
        assert_eq!(renew(other).await, Renewal::Lost);
        occupied.ends().await;
    }
    assert_eq!(renew(held).await, Renewal::Done(Wish::GoOn));
    let renewed = app.clock_now() + TimeDelta::seconds(90);
    assert_eq!(lease_of(&app.run(&run).await), Some(renewed));
    app.tamper(format!(
        "UPDATE runs SET cancel_requested_at = created_at WHERE id = '{}'",
        run.id
    ))
    .await;
    assert_eq!(renew(held).await, Renewal::Done(Wish::Stop));
    taken_over(&app, &run).await;
    assert_eq!(renew(held).await, Renewal::Lost);
}

#[actix_rt::test]
async fn a_worker_whose_renewal_was_postponed_asks_again_at_its_next_look() {
    let app = TestApp::working(by_hand()).await;
    if app.database.is_embedded() {
        // It has one writer, who waits for nobody's row.
        return;
    }
    let schedule = app.schedule("Nightly", &ONE).await;
    let gate = app.graph.hold(LIST);
    let run = app.run_now(&schedule).await;
    gate.arrived().await;
    watched(&app).await;
    let lease = lease_of(&app.run(&run).await);
    let occupied = Occupied::by_another(&app, &run).await;
    for _ in 0..3 {
        looks_on(&app, 10).await;
    }
    assert_eq!(lease_of(&app.run(&run).await), lease);
    occupied.ends().await;
    app.pass(TimeDelta::seconds(5));
    let renewed = app.clock_now() + TimeDelta::seconds(60);
    app.eventually(&run, |run| lease_of(run) == Some(renewed))
        .await;
    gate.open();
    assert_eq!(app.settled(&run).await.state.status(), RunStatus::Succeeded);
    let told = app.landed().await;
    let lost = told.beyond_zero("tenantatlas_leases_lost_total");
    assert_eq!(lost, Vec::<String>::new());
}

#[actix_rt::test]
async fn a_worker_whose_renewals_are_all_postponed_gives_up_when_its_lease_ends() {
    let app = TestApp::working(by_hand()).await;
    if app.database.is_embedded() {
        return;
    }
    let schedule = app.schedule("Nightly", &ONE).await;
    let gate = app.graph.hold(LIST);
    let run = app.run_now(&schedule).await;
    gate.arrived().await;
    watched(&app).await;
    let occupied = Occupied::by_another(&app, &run).await;
    for _ in 0..5 {
        looks_on(&app, 10).await;
    }
    app.pass(TimeDelta::seconds(10));
    let lost = |told: &Scrape| told.beyond_zero("tenantatlas_leases_lost_total");
    app.scraped(None, |told| lost(told) == ["1 silent"]).await;
    occupied.ends().await;
    let run = app
        .eventually(&run, |run| run.state.status() == RunStatus::Queued)
        .await;
    assert_eq!(run.attempt, 2);
    gate.open();
}

/// A run of a server that is gone, in the middle of its only kind; its lease holds for a minute.
pub(crate) async fn left_behind(app: &TestApp, schedule: &Schedule) -> Run {
    let run = app.queue(schedule, Trigger::Manual).await;
    let (id, until) = (
        run.id,
        sql_instant(app.clock_now() + TimeDelta::seconds(60)),
    );
    app.tamper(format!(
        "UPDATE runs SET status = 'RUNNING', claim = 1, owner = 'gone', lease_until = '{until}' WHERE id = '{id}'"
    ))
    .await;
    app.tamper(format!(
        "INSERT INTO run_kinds (run_id, kind, status, item_count, reused_count, failed_count, vanished_count, \
         payload_bytes, request_count) VALUES ('{id}', 'DEVICE_CONFIGURATION', 'RUNNING', 0, 0, 0, 0, 0, 0)"
    ))
    .await;
    run
}

#[actix_rt::test]
async fn more_runs_than_places_wait_for_one_to_be_free() {
    let settings = WorkerSettings {
        places: 2,
        ..by_hand()
    };
    let app = TestApp::with_tenants(4, settings).await;
    let gate = app.graph.hold(LIST);
    let mut runs = Vec::new();
    for &tenant in &app.tenants {
        let schedule = app.schedule_of(tenant, "Nightly", &ONE).await;
        runs.push(app.run_now(&schedule).await);
    }
    gate.arrived_times(2).await;
    app.tick().await;
    assert_eq!(app.count("runs", "status = 'RUNNING'").await, 2);
    gate.open();
    for run in &runs {
        assert_eq!(app.settled(run).await.state.status(), RunStatus::Succeeded);
    }
}

#[actix_rt::test]
async fn a_free_place_goes_to_the_tenant_that_has_waited_longest() {
    let settings = WorkerSettings {
        places: 1,
        ..by_hand()
    };
    let app = TestApp::with_tenants(2, settings).await;
    let gate = app.graph.hold(LIST);
    let mut runs = Vec::new();
    for (tenant, name) in [(0, "First"), (1, "Second"), (0, "Third")] {
        let schedule = app.schedule_of(app.tenants[tenant], name, &ONE).await;
        runs.push(app.run_now(&schedule).await);
        app.pass(TimeDelta::seconds(1));
    }
    gate.open();
    for run in &runs {
        app.settled(run).await;
    }
    let mut order: Vec<_> = app
        .graph
        .log()
        .into_iter()
        .filter(|request| request.path.ends_with("/deviceConfigurations"))
        .map(|request| request.tenant.unwrap())
        .collect();
    order.dedup();
    let [one, other] = [0, 1].map(|n: usize| app.graph.tenants()[n].entra_tenant_id);
    assert_eq!(order, [one, other, one]);
}

/// Resolves once so many actors are left.
async fn actors_are(app: &TestApp, number: usize) {
    let asked = tokio::time::timeout(Duration::from_secs(60), async {
        while app.workers.count().await.unwrap() != number {}
    });
    asked.await.expect("so many actors are left");
}

#[actix_rt::test]
async fn an_actor_without_work_is_dropped_and_comes_back_when_needed() {
    let app = TestApp::working(by_hand()).await;
    let schedule = app.schedule("Nightly", &ONE).await;
    for _ in 0..2 {
        let before = app.rests();
        app.backed_up(&schedule).await;
        until(|| app.rests() > before).await;
        assert_eq!(app.workers.count().await.unwrap(), 1);
        app.pass(TimeDelta::from_std(by_hand().idle).unwrap());
        actors_are(&app, 0).await;
    }
}

#[actix_rt::test]
async fn an_actor_that_found_no_place_is_dropped_as_well() {
    let settings = WorkerSettings {
        places: 1,
        ..by_hand()
    };
    let app = TestApp::with_tenants(2, settings.clone()).await;
    let gate = app.graph.hold(LIST);
    let mut runs = Vec::new();
    for &tenant in &app.tenants {
        let schedule = app.schedule_of(tenant, "Nightly", &ONE).await;
        runs.push(app.run_now(&schedule).await);
        gate.arrived().await;
    }
    until(|| app.rests() > 0).await;
    app.ask_to_stop(&runs[1]).await;
    watched(&app).await;
    // For as long as an actor may be idle.
    for _ in 0..settings.idle.as_secs() / 20 {
        beats_on(&app, &runs[0]).await;
    }
    actors_are(&app, 1).await;
    gate.open();
    app.settled(&runs[0]).await;
}

#[actix_rt::test]
async fn a_run_that_takes_too_long_is_stopped() {
    let app = TestApp::working(by_hand()).await;
    let schedule = app.schedule("Nightly", &ONE).await;
    let gate = app.graph.hold(LIST);
    let run = app.run_now(&schedule).await;
    gate.arrived().await;
    watched(&app).await;
    app.pass(TimeDelta::hours(6));
    let run = app.settled(&run).await;
    assert_eq!(failure_of(&run), Some(FailureCode::Unknown));
    assert_eq!(app.set_of(&run).await, None);
    gate.open();
    app.backed_up(&schedule).await;
}

#[actix_rt::test]
async fn an_attempt_that_cannot_be_made_ends_its_run_with_a_reason() {
    let app = TestApp::working(by_hand()).await;
    let schedule = app.schedule("Nightly", &ONE).await;
    let tenant = app.tenant();
    app.write(move |db, _| {
        let mut credential = credentials::find(db, tenant)?.unwrap();
        credential.sealed_secret = b"sealed under no key".to_vec();
        credentials::set(db, &credential)
    })
    .await;
    for _ in 0..2 {
        let run = app.backed_up(&schedule).await;
        assert_eq!(failure_of(&run), Some(FailureCode::Unknown));
    }
}
