//! A server that stops: its runs land within the grace or go back to the queue, and it ticks no more.

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use diesel::{Connection, PgConnection, SqliteConnection, connection::SimpleConnection};
use tenantatlas::{
    domain::{kind::PolicyKind, run::RunStatus},
    store::{DatabaseUrl, Db},
    workers::{WorkerSettings, WorkersError},
};

use crate::support::{
    Database, TestApp, by_hand,
    client::Socket,
    program::Program,
    proxy::{Proxy, Way},
    story::Story,
    until,
};

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
    // It waits again since it went back, and not since it was queued.
    app.pass(TimeDelta::seconds(10));
    let told = app.scrape(None).await;
    assert_eq!(told.one("tenantatlas_queue_age_seconds", &[]), 10.0);
    gate.open();
    let other = app.another_server(by_hand());
    other.tick().await.unwrap();
    let run = app.settled(&run).await;
    assert_eq!(run.state.status(), RunStatus::Succeeded);
    assert_eq!((run.attempt, run.claim), (1, 2));
    let told = app.landed().await;
    assert_eq!(told.one("tenantatlas_run_wait_seconds_count", &[]), 2.0);
    assert_eq!(told.one("tenantatlas_run_wait_seconds_sum", &[]), 10.0);
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

#[actix_rt::test]
async fn the_program_says_that_it_stops_closes_sockets_and_hands_back_what_does_not_land_in_time() {
    let story = Story::begin(Database::create());
    let mut program = Program::start(story.serve());
    program.becomes(200).await;
    let schedule = story.schedule(&program, "Weekly").await;
    let gate = story.graph.hold(LIST);
    let run = story.run(&program, &schedule).await;
    gate.arrived().await;
    let mut socket = Socket::open(program.address()).await;
    program.terminate();
    assert_eq!(socket.closed().await, 1001);
    // Its subscribers went at once, while the run still has time to land.
    assert_eq!(program.becomes(503).await, "stopping\n");
    let ended = program.ended().await;
    assert_eq!(ended.code(), Some(0), "{:#?}", program.log());
    gate.open();
    let mut next = Program::start(story.serve());
    next.becomes(200).await;
    assert_eq!(story.end_of(&next, &run).await, "SUCCEEDED");
}

#[actix_rt::test]
async fn a_stop_has_an_end_while_the_database_is_away_and_names_what_it_leaves() {
    let database = Database::create();
    let Some(proxy) = Proxy::before(&database) else {
        return;
    };
    let story = Story::begin(database);
    let mut serve = story.serve();
    serve.env("DATABASE_URL", format!("{}&connect_timeout=2", proxy.url));
    let mut program = Program::start(serve);
    program.becomes(200).await;
    let schedule = story.schedule(&program, "Weekly").await;
    let gate = story.graph.hold(LIST);
    let run = story.run(&program, &schedule).await;
    gate.arrived().await;
    proxy.set(Way::Stalled);
    let asked = Instant::now();
    let ended = program.stopped().await;
    // The grace of two seconds, five for the runs, three for requests, and what a busy machine takes.
    assert!(asked.elapsed() < Duration::from_secs(15), "{asked:?}");
    assert_eq!(ended.code(), Some(1), "{:#?}", program.log());
    let told = program.told(&format!(
        "the database did not take back 1 run(s) in time: {run};"
    ));
    assert_eq!(told.len(), 1, "{:#?}", program.log());
    gate.open();
}

/// A connection that keeps everybody from writing runs for as long as it lives.
fn standing_in_the_way(database: &Database) -> Db {
    match &database.url {
        DatabaseUrl::Sqlite(path) => {
            let mut conn = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
            conn.batch_execute("PRAGMA busy_timeout = 10000; BEGIN IMMEDIATE")
                .unwrap();
            Db::Sqlite(conn)
        }
        DatabaseUrl::Postgres(url) => {
            let mut conn = PgConnection::establish(url).unwrap();
            conn.batch_execute("BEGIN; LOCK TABLE runs IN EXCLUSIVE MODE")
                .unwrap();
            Db::Postgres(conn)
        }
    }
}

#[actix_rt::test]
async fn a_stop_has_an_end_even_if_the_database_takes_nothing_back() {
    let story = Story::begin(Database::create());
    let mut program = Program::start(story.serve());
    program.becomes(200).await;
    let schedule = story.schedule(&program, "Weekly").await;
    let gate = story.graph.hold(LIST);
    let run = story.run(&program, &schedule).await;
    gate.arrived().await;
    let in_the_way = standing_in_the_way(&story.database);
    let asked = Instant::now();
    let ended = program.stopped().await;
    // The grace of two seconds, the leeway of five, and what a busy machine takes.
    assert!(asked.elapsed() < Duration::from_secs(12), "{asked:?}");
    assert_eq!(ended.code(), Some(1), "{:#?}", program.log());
    let told = program.told(&format!(
        "the database did not take back 1 run(s) in time: {run};"
    ));
    assert_eq!(told.len(), 1, "{:#?}", program.log());
    drop(in_the_way);
    gate.open();
    let mut next = Program::start(story.serve());
    next.becomes(200).await;
    assert_eq!(story.end_of(&next, &run).await, "FAILED");
    story.backs_up(&next, &schedule).await;
}
