//! A database that fails in the middle of a run: the run goes on, or back to the queue, and is not spoilt.

use std::sync::mpsc;

use chrono::TimeDelta;
use diesel::{RunQueryDsl, connection::SimpleConnection, sql_query};
use tenantatlas::{
    domain::{
        failure::FailureCode,
        kind::PolicyKind,
        run::{Outcome, Run, RunState, RunStatus, Trigger},
        schedule::Schedule,
    },
    store::{Db, StoreError},
    workers::WorkerSettings,
};

use crate::{
    leases::watched,
    support::{TestApp, by_hand, failure_of, sql_instant, until},
};

const ONE: [PolicyKind; 1] = [PolicyKind::DeviceConfiguration];
const LIST: &str = "*/deviceConfigurations";

/// What a database says whose disk is full.
const FULL: &str = "database or disk is full";

/// What one says for a reason that nobody has foreseen.
const ODD: &str = "something is odd";

/// Lets the database refuse new rows of a table, and say why.
async fn refuse(app: &TestApp, table: &'static str, why: &'static str) {
    app.write(move |db, _| {
        match db {
            Db::Sqlite(conn) => conn.batch_execute(&format!(
                "CREATE TRIGGER refusal BEFORE INSERT ON {table} BEGIN SELECT RAISE(ABORT, '{why}'); END"
            )),
            Db::Postgres(conn) => conn.batch_execute(&format!(
                "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS \
                 $$ BEGIN RAISE EXCEPTION USING ERRCODE = 'internal_error', MESSAGE = '{why}'; END $$; \
                 CREATE TRIGGER refusal BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION refuse()"
            )),
        }
        .map_err(StoreError::Query)
    })
    .await;
}

/// Lets it take them again.
async fn take(app: &TestApp, table: &'static str) {
    app.write(move |db, _| {
        match db {
            Db::Sqlite(conn) => conn.batch_execute("DROP TRIGGER refusal"),
            Db::Postgres(conn) => conn.batch_execute(&format!(
                "DROP TRIGGER refusal ON {table}; DROP FUNCTION refuse()"
            )),
        }
        .map_err(StoreError::Query)
    })
    .await;
}

fn is_queued(run: &Run) -> bool {
    run.state.status() == RunStatus::Queued
}

/// Longer than any wait between two attempts.
const NEXT_ATTEMPT: TimeDelta = TimeDelta::minutes(20);

#[actix_rt::test]
async fn a_fault_of_the_database_during_an_attempt_makes_another_attempt_of_the_run() {
    let app = TestApp::working(by_hand()).await;
    let schedule = app.schedule("Nightly", &ONE).await;
    refuse(&app, "contents", FULL).await;
    let run = app.run_now(&schedule).await;
    let waiting = app.once(&run, |run| run.claim == 1 && is_queued(run)).await;
    assert_eq!(waiting.attempt, 2);
    let RunState::Queued { not_before } = waiting.state else {
        panic!("not queued: {waiting:?}");
    };
    let wait = not_before.unwrap() - app.clock_now();
    assert!(wait >= TimeDelta::seconds(60), "{wait}");
    take(&app, "contents").await;
    app.graph.forgive_refusals();
    app.pass(NEXT_ATTEMPT);
    app.tick().await;
    let run = app.settled(&run).await;
    assert_eq!(run.state.status(), RunStatus::Succeeded);
    assert_eq!((run.attempt, run.claim), (2, 2));
    assert!(app.set_of(&run).await.is_some());
}

/// Why a run failed, in words.
fn reason(run: &Run) -> &str {
    let RunState::Ended {
        outcome: Outcome::Failed(failure),
        ..
    } = &run.state
    else {
        panic!("it did not fail: {run:?}");
    };
    &failure.message
}

/// A run whose every attempt meets the same fault.
async fn failed_in_every_attempt(why: &'static str) -> Run {
    let app = TestApp::working(by_hand()).await;
    let schedule = app.schedule("Nightly", &ONE).await;
    refuse(&app, "contents", why).await;
    let run = app.run_now(&schedule).await;
    for attempt in 2..=4 {
        app.once(&run, |run| run.attempt == attempt && is_queued(run))
            .await;
        app.graph.forgive_refusals();
        app.pass(NEXT_ATTEMPT);
        app.tick().await;
    }
    let run = app.settled(&run).await;
    assert_eq!(failure_of(&run), Some(FailureCode::Unknown));
    take(&app, "contents").await;
    app.backed_up(&schedule).await;
    run
}

#[actix_rt::test]
async fn a_run_that_the_database_fails_in_every_attempt_says_so_in_the_end() {
    let run = failed_in_every_attempt(FULL).await;
    assert!(reason(&run).contains("lost touch"), "{}", reason(&run));
}

#[actix_rt::test]
async fn a_run_that_fails_for_an_odd_reason_blames_no_database_that_was_well() {
    let run = failed_in_every_attempt(ODD).await;
    let reason = reason(&run);
    assert!(!reason.contains("lost touch"), "{reason}");
    assert!(reason.contains(&run.id.to_string()), "{reason}");
}

#[actix_rt::test]
async fn a_set_that_cannot_be_stored_for_a_while_is_stored_after_that() {
    let app = TestApp::working(by_hand()).await;
    let schedule = app.schedule("Nightly", &ONE).await;
    refuse(&app, "backup_sets", FULL).await;
    let run = app.run_now(&schedule).await;
    // The waits between the tries to land.
    for seconds in [1, 2, 4] {
        let pause = TimeDelta::seconds(seconds);
        until(|| app.clock.waits().contains(&pause)).await;
        assert_eq!(app.run(&run).await.state.status(), RunStatus::Running);
        app.pass(pause);
    }
    until(|| app.clock.waits().contains(&TimeDelta::seconds(8))).await;
    take(&app, "backup_sets").await;
    app.pass(TimeDelta::seconds(8));
    let run = app.settled(&run).await;
    assert_eq!(run.state.status(), RunStatus::Succeeded);
    assert_eq!((run.attempt, run.claim), (1, 1));
}

#[actix_rt::test]
async fn a_set_that_can_never_be_stored_is_a_failure_of_the_run_in_the_end() {
    let app = TestApp::working(by_hand()).await;
    let schedule = app.schedule("Nightly", &ONE).await;
    refuse(&app, "backup_sets", FULL).await;
    let run = app.run_now(&schedule).await;
    until(|| app.clock.waits().contains(&TimeDelta::seconds(1))).await;
    app.pass(TimeDelta::minutes(6));
    let run = app.settled(&run).await;
    assert_eq!(failure_of(&run), Some(FailureCode::Unknown));
    assert_eq!(app.set_of(&run).await, None);
}

#[actix_rt::test]
async fn a_set_that_the_database_refuses_for_an_odd_reason_is_tried_a_few_times() {
    let app = TestApp::working(by_hand()).await;
    let schedule = app.schedule("Nightly", &ONE).await;
    refuse(&app, "backup_sets", ODD).await;
    let run = app.run_now(&schedule).await;
    for seconds in [1, 2, 4] {
        let pause = TimeDelta::seconds(seconds);
        until(|| app.clock.waits().contains(&pause)).await;
        app.pass(pause);
    }
    let run = app.settled(&run).await;
    assert!(reason(&run).contains("could not be stored"), "{run:?}");
}

/// Keeps everybody from writing runs until something is sent, or nobody can send any more.
async fn stand_in_the_way(app: &TestApp) -> mpsc::Sender<()> {
    let (leave, left) = mpsc::channel();
    let (stands, standing) = tokio::sync::oneshot::channel();
    let store = app.store.clone();
    actix_rt::spawn(async move {
        let standing = store.write(move |db, _| {
            if matches!(db, Db::Postgres(_)) {
                sql_query("LOCK TABLE runs IN EXCLUSIVE MODE").execute(db)?;
            }
            stands.send(()).unwrap();
            // Whoever waited may have gone.
            let _ = left.recv();
            Ok::<_, StoreError>(())
        });
        standing.await.unwrap();
    });
    standing.await.unwrap();
    leave
}

/// A run that waits for Graph, watched.
async fn in_flight(app: &TestApp) -> (Schedule, tenantatlas_simulator::Gate, Run) {
    let schedule = app.schedule("Nightly", &ONE).await;
    let gate = app.graph.hold(LIST);
    let run = app.run_now(&schedule).await;
    gate.arrived().await;
    watched(app).await;
    (schedule, gate, run)
}

#[actix_rt::test]
async fn a_renewal_that_hangs_ends_the_attempt_when_the_lease_is_over() {
    let app = TestApp::working(by_hand()).await;
    let (_, gate, run) = in_flight(&app).await;
    let leave = stand_in_the_way(&app).await;
    // Each step is a beat that gets no answer.
    for _ in 0..3 {
        app.pass(TimeDelta::seconds(20));
        actix_rt::task::yield_now().await;
    }
    // Whoever has given up begins to land, and renews meanwhile.
    app.pass(TimeDelta::seconds(1));
    leave.send(()).unwrap();
    let waiting = app.once(&run, is_queued).await;
    assert_eq!(waiting.attempt, 2);
    assert_eq!(app.set_of(&run).await, None);
    gate.open();
    app.pass(NEXT_ATTEMPT);
    app.tick().await;
    let run = app.settled(&run).await;
    assert_eq!(run.state.status(), RunStatus::Succeeded);
}

/// Resolves once so much time was passed and the watch over a run waits anew, or has begun to ask.
async fn passes(app: &TestApp, length: TimeDelta) {
    let before = app.clock.waits().len();
    app.pass(length);
    until(|| app.clock.waits().len() > before).await;
}

#[actix_rt::test]
async fn a_renewal_that_is_answered_late_counts_all_the_same() {
    let app = TestApp::working(by_hand()).await;
    let (_, gate, run) = in_flight(&app).await;
    let leave = stand_in_the_way(&app).await;
    // A renewal is sent, and not answered within a beat.
    let sent_at = app.clock_now() + TimeDelta::seconds(20);
    passes(&app, TimeDelta::seconds(20)).await;
    passes(&app, TimeDelta::seconds(20)).await;
    leave.send(()).unwrap();
    let is_renewed = |run: &Run| match run.state {
        RunState::Running { lease_until, .. } => lease_until > sent_at + TimeDelta::seconds(40),
        RunState::Queued { .. } | RunState::Ended { .. } => panic!("let go: {run:?}"),
    };
    app.eventually(&run, is_renewed).await;
    passes(&app, TimeDelta::seconds(5)).await;
    // By now the lease as it was claimed would be over.
    let leave = stand_in_the_way(&app).await;
    passes(&app, TimeDelta::seconds(16)).await;
    gate.open();
    leave.send(()).unwrap();
    let run = app.settled(&run).await;
    assert_eq!(run.state.status(), RunStatus::Succeeded);
    assert_eq!((run.attempt, run.claim), (1, 1));
}

#[actix_rt::test]
async fn a_claim_whose_answer_was_lost_goes_back_to_the_queue() {
    let settings = WorkerSettings {
        server: "this one".to_owned(),
        ..by_hand()
    };
    let beat = TimeDelta::from_std(settings.beat).unwrap();
    let app = TestApp::working(settings).await;
    let schedule = app.schedule("Nightly", &ONE).await;
    let run = app.queue(&schedule, Trigger::Manual).await;
    refuse(&app, "run_events", ODD).await;
    app.workers.hint(app.tenant());
    until(|| app.clock.waits().contains(&beat)).await;
    // As if it had been made, and the answer lost.
    let (id, until) = (
        run.id,
        sql_instant(app.clock_now() + TimeDelta::seconds(60)),
    );
    app.tamper(format!(
        "UPDATE runs SET status = 'RUNNING', claim = 1, owner = 'this one', lease_until = '{until}' WHERE id = '{id}'"
    ))
    .await;
    take(&app, "run_events").await;
    app.pass(beat);
    let run = app.settled(&run).await;
    assert_eq!(run.state.status(), RunStatus::Succeeded);
    assert_eq!((run.attempt, run.claim), (1, 2));
}

#[actix_rt::test]
async fn a_server_that_stood_still_for_longer_than_its_lease_stops_at_once() {
    let app = TestApp::working(by_hand()).await;
    let (_, gate, run) = in_flight(&app).await;
    // One that is stopped finds, when it goes on, that much time has passed.
    app.pass(TimeDelta::minutes(10));
    let waiting = app.once(&run, is_queued).await;
    assert_eq!((waiting.attempt, waiting.claim), (2, 1));
    // What it had asked is answered, and nothing more is asked.
    let asked = app.graph.log().len();
    gate.open();
    for _ in 0..20 {
        app.count("runs", "TRUE").await;
    }
    assert!(app.graph.log().len() <= asked + 1);
}

#[actix_rt::test]
async fn what_stood_still_is_discarded_where_another_server_has_ended_the_run() {
    let app = TestApp::working(by_hand()).await;
    let (_, gate, run) = in_flight(&app).await;
    let id = run.id;
    app.tamper(format!(
        "UPDATE runs SET status = 'FAILED', finished_at = created_at, owner = NULL, lease_until = NULL, \
         error_code = 'WORKER_LOST', error_message = 'lost' WHERE id = '{id}'"
    ))
    .await;
    let ended = app.run(&run).await;
    app.pass(TimeDelta::minutes(10));
    until(|| app.rests() > 0).await;
    assert_eq!(app.run(&run).await, ended);
    gate.open();
}
