//! A PostgreSQL that goes away, says nothing or is slow: what the program tells meanwhile, and that it goes
//! on by itself.

use std::{
    sync::{Arc, Barrier},
    time::{Duration, Instant},
};

use diesel::{RunQueryDsl, sql_query};
use prometheus_client::{encoding::text::encode, registry::Registry};
use serde_json::Value;
use tenantatlas::{
    clock::SystemClock,
    store::{Db, PoolSettings, Store, StoreError},
};

use crate::support::{
    Database,
    metrics::Scrape,
    program::Program,
    proxy::{Proxy, Way},
    story::Story,
    until,
};

/// The program behind a proxy; none where the database is a file.
fn behind_a_proxy() -> Option<(Story, Proxy, Program)> {
    let database = Database::create();
    let proxy = Proxy::before(&database)?;
    let story = Story::begin(database);
    let program = serving(&story, &proxy);
    Some((story, proxy, program))
}

fn serving(story: &Story, proxy: &Proxy) -> Program {
    // Of a way that is stalled one hears within this time.
    serving_at(story, &format!("{}&connect_timeout=2", proxy.url))
}

fn serving_at(story: &Story, url: &str) -> Program {
    let mut serve = story.serve();
    serve.env("DATABASE_URL", url);
    Program::start(serve)
}

const AWAY: &str = "\"message\":\"the database cannot be reached\"";
const SILENT: &str = "\"message\":\"the database does not answer\"";
const WARNED: &str = "\"level\":\"WARN\",\"message\":\"the database ";
const BACK: &str = "\"message\":\"the database answers again\"";

/// As many callers at once as would log much.
const CALLERS: usize = 20;

/// Everybody asks at once, and nobody is kept waiting for longer than this.
async fn all_are_turned_away(story: &Story, program: &Program, within: Duration) {
    let began = Instant::now();
    let ask = |_| story.try_asking(program, "{ viewer { __typename } }", Value::Null);
    let answers = futures_util::future::join_all((0..CALLERS).map(ask)).await;
    assert!(answers.iter().all(Option::is_none), "{answers:?}");
    assert!(began.elapsed() < within, "{:?}", began.elapsed());
}

#[actix_rt::test]
async fn a_database_that_goes_away_during_a_run_is_told_once_and_runs_go_on() {
    let Some((story, proxy, mut program)) = behind_a_proxy() else {
        return;
    };
    program.becomes(200).await;
    let schedule = story.schedule(&program, "Weekly").await;
    let other = story.schedule(&program, "Other").await;
    let gate = story.graph.hold("*/deviceConfigurations");
    let run = story.run(&program, &schedule).await;
    gate.arrived().await;

    proxy.set(Way::Cut);
    let away = Instant::now();
    let why = program.becomes(503).await;
    assert!(why.starts_with("the database cannot be reached"), "{why}");
    assert!(
        away.elapsed() < Duration::from_secs(6),
        "{:?}",
        away.elapsed()
    );
    gate.open();
    all_are_turned_away(&story, &program, Duration::from_secs(8)).await;
    assert_eq!(program.get("/healthz").await.0, 200);
    assert_eq!(program.told(AWAY).len(), 1, "{:#?}", program.log());

    proxy.set(Way::Open);
    let back = Instant::now();
    program.becomes(200).await;
    assert!(
        back.elapsed() < Duration::from_secs(3),
        "{:?}",
        back.elapsed()
    );
    let told = program.told(BACK);
    assert_eq!(told.len(), 1, "{:#?}", program.log());
    let line: Value = serde_json::from_str(&told[0]).unwrap();
    assert!(line["after_seconds"].is_f64(), "{line}");
    story.is_let_go(&program, &run).await;
    story.backs_up(&program, &other).await;
    no_secret_is_told(&program);
}

/// As an ordinary restart of PostgreSQL does, in the middle of whatever goes on.
#[actix_rt::test]
async fn connections_that_are_closed_are_no_error() {
    let database = Database::create();
    if database.is_embedded() {
        return;
    }
    let story = Story::begin(database);
    let mut program = Program::start(story.serve());
    program.becomes(200).await;
    for _ in 0..40 {
        let ask = |_| story.try_asking(&program, "{ viewer { __typename } }", Value::Null);
        let asked = futures_util::future::join_all((0..4).map(ask));
        story.database.cut_off();
        asked.await;
    }
    program.becomes(200).await;
    let errors = program.told("\"level\":\"ERROR\"");
    assert_eq!(errors, Vec::<String>::new());
    for line in program.told(AWAY) {
        assert!(
            line.matches("server closed the connection").count() <= 1,
            "{line}"
        );
    }
    let schedule = story.schedule(&program, "Weekly").await;
    story.backs_up(&program, &schedule).await;
}

#[actix_rt::test]
async fn callers_of_a_database_that_says_nothing_are_told_so_in_time() {
    let Some((story, proxy, mut program)) = behind_a_proxy() else {
        return;
    };
    program.becomes(200).await;
    let schedule = story.schedule(&program, "Weekly").await;
    story.backs_up(&program, &schedule).await;

    proxy.set(Way::Stalled);
    program.becomes(503).await;
    program.tells(WARNED).await;
    all_are_turned_away(&story, &program, Duration::from_secs(12)).await;
    assert_eq!(program.get("/healthz").await.0, 200);
    // Of one outage, by whichever was the first to notice: a statement, or who wanted a connection.
    let told = program.told(SILENT).len() + program.told(AWAY).len();
    assert_eq!(told, 1, "{:#?}", program.log());

    // New connections come through; those before are left as they are.
    proxy.forget();
    proxy.set(Way::Open);
    program.becomes(200).await;
    story.backs_up(&program, &schedule).await;

    proxy.set(Way::Stalled);
    program.becomes(503).await;
    let asked = Instant::now();
    program.stopped().await;
    assert!(
        asked.elapsed() < Duration::from_secs(30),
        "{:?}",
        asked.elapsed()
    );
}

#[actix_rt::test]
async fn a_slow_database_makes_runs_slow_and_nothing_else() {
    let Some((story, proxy, mut program)) = behind_a_proxy() else {
        return;
    };
    program.becomes(200).await;
    let schedule = story.schedule(&program, "Weekly").await;
    proxy.set(Way::Slow(Duration::from_millis(60)));
    story.backs_up(&program, &schedule).await;
    assert_eq!(program.told(AWAY).len(), 0, "{:#?}", program.log());
    assert_eq!(program.get("/readyz").await.0, 200);
}

/// Two seconds for every message: a transaction takes ten.
#[actix_rt::test]
async fn a_server_of_a_very_slow_database_stays_ready_and_tells() {
    let Some(database) = Some(Database::create()).filter(|database| !database.is_embedded()) else {
        return;
    };
    let proxy = Proxy::before(&database).unwrap();
    let story = Story::begin(database);
    std::fs::write(
        story.shell.path("settings.toml"),
        "[times]\ntick = \"2s\"\n",
    )
    .unwrap();
    // Connecting takes several messages, each of which has its time.
    let mut program = serving_at(&story, &proxy.url);
    program.becomes(200).await;
    proxy.set(Way::Slow(Duration::from_secs(2)));
    program.tells("the database is slow").await;
    for _ in 0..4 {
        let (status, why) = program.get("/readyz").await;
        assert_eq!(status, 200, "{why} {:#?}", program.log());
    }
    for text in [AWAY, SILENT] {
        assert_eq!(program.told(text).len(), 0, "{:#?}", program.log());
    }
}

/// Two seconds for every message, and all times as they are set without a file, in small: a quarter of each.
const SLOW: Duration = Duration::from_millis(500);
const A_QUARTER: &str = r#"
[database]
patience = "2500ms"
statement_timeout = "7500ms"

[times]
tick = "15s"
grace = "75s"
lease = "15s"
beat = "5s"
cancel_poll = "1250ms"

[limits]
requests_per_minute = 100000
points_per_minute = 100000000
"#;

/// A run whose landing alone takes longer than a lease, on one of two servers.
#[actix_rt::test]
async fn runs_come_to_their_end_on_a_very_slow_database_and_their_servers_stay_ready() {
    let Some(database) = Some(Database::create()).filter(|database| !database.is_embedded()) else {
        return;
    };
    let proxy = Proxy::before(&database).unwrap();
    let story = Story::of(database, 120);
    std::fs::write(story.shell.path("settings.toml"), A_QUARTER).unwrap();
    let mut servers = [(); 2].map(|()| serving_at(&story, &proxy.url));
    for server in &mut servers {
        server.becomes(200).await;
    }
    let [one, other] = &servers;
    let schedule = story.schedule(one, "Weekly").await;
    let next = story.schedule(one, "Other").await;

    let gate = story.graph.hold("*/deviceConfigurations");
    let run = story.run(one, &schedule).await;
    gate.arrived().await;
    proxy.set(Way::Slow(SLOW));
    gate.open();
    let ended = tokio::select! {
        ended = story.end_of(one, &run) => ended,
        why = one_is_not_ready(one) => panic!("{why} {:#?}", one.log()),
        why = one_is_not_ready(other) => panic!("{why} {:#?}", other.log()),
    };
    assert_eq!(ended, "SUCCEEDED", "{:#?}", one.log());

    proxy.set(Way::Open);
    let back = Instant::now();
    story.backs_up(other, &next).await;
    assert!(
        back.elapsed() < Duration::from_secs(15),
        "{:?}",
        back.elapsed()
    );
    for server in &servers {
        // That it is slow, and that callers wait for others to be done: each once a minute.
        let warned = server.told("\"level\":\"WARN\"");
        assert!(warned.len() <= 6, "{warned:#?}");
        for text in [AWAY, SILENT, "WORKER_LOST", "\"ERROR\""] {
            assert_eq!(server.told(text), Vec::<String>::new(), "{text}");
        }
    }
    let slow = servers.map(|server| server.told("the database is slow").len());
    assert!(
        slow.iter().sum::<usize>() > 0,
        "nobody tells that it is slow"
    );
}

/// Asks a server again and again whether it is ready; says why it is not.
async fn one_is_not_ready(server: &Program) -> String {
    loop {
        let (status, why) = server.get("/readyz").await;
        if status != 200 {
            return why;
        }
    }
}

#[actix_rt::test]
async fn a_process_that_was_stopped_does_not_take_its_own_time_for_silence() {
    let Some((_story, proxy, mut program)) = behind_a_proxy() else {
        return;
    };
    program.becomes(200).await;
    proxy.set(Way::Stalled);
    proxy.holds();
    program.signal("-STOP");
    proxy.set(Way::Open);
    // As long as a statement may go without an answer, and a little longer.
    let stopped = Instant::now();
    until(|| stopped.elapsed() > Duration::from_secs(8)).await;
    program.signal("-CONT");
    program.becomes(200).await;
    assert_eq!(program.told(SILENT).len(), 0, "{:#?}", program.log());
}

#[actix_rt::test]
async fn a_server_waits_at_its_start_for_a_database_that_is_away() {
    let Some((story, proxy, mut program)) = behind_a_proxy() else {
        return;
    };
    program.becomes(200).await;
    drop(program);
    proxy.set(Way::Cut);
    let mut program = serving(&story, &proxy);
    program.tells("cannot start yet").await;
    proxy.set(Way::Open);
    program.becomes(200).await;
}

#[actix_rt::test]
async fn a_server_gives_up_at_its_start_and_a_signal_ends_the_wait() {
    let Some((story, proxy, program)) = behind_a_proxy() else {
        return;
    };
    drop(program);
    proxy.set(Way::Cut);
    let mut waiting = serving(&story, &proxy);
    waiting.tells("cannot start yet").await;
    assert!(waiting.stopped().await.success());

    let settings = "[database]\nstart_patience = \"500ms\"\n";
    std::fs::write(story.shell.path("settings.toml"), settings).unwrap();
    let mut serve = story.serve();
    serve.env("DATABASE_URL", &proxy.url);
    let ended = serve.output().unwrap();
    assert_eq!(ended.status.code(), Some(1));
    let told = String::from_utf8(ended.stderr).unwrap();
    assert!(
        told.contains("\"error\":\"the database cannot be used"),
        "{told}"
    );
    // Other commands do not wait at all.
    let mut list = story.shell.command(&["tenant", "list"]);
    let listed = list.env("DATABASE_URL", &proxy.url).output().unwrap();
    assert_eq!(listed.status.code(), Some(1));
}

/// The URL that the program was given ends in no line.
fn no_secret_is_told(program: &Program) {
    assert_eq!(program.told("search_path"), Vec::<String>::new());
}

/// Connections of one store.
const SEATS: u8 = 3;

fn asks(db: &mut Db) -> Result<(), StoreError> {
    sql_query("SELECT 1").execute(db)?;
    Ok(())
}

#[actix_rt::test]
async fn connections_that_break_while_nobody_uses_them_are_counted() {
    let database = Database::create();
    if database.is_embedded() {
        // It is in the process.
        return;
    }
    let settings = PoolSettings {
        connections: SEATS.into(),
        ..PoolSettings::default()
    };
    let store = Store::open(&database.url, settings, Arc::new(SystemClock)).unwrap();
    // All at once, so that each has a connection of its own.
    let together = Arc::new(Barrier::new(SEATS.into()));
    let asked = (0..SEATS).map(|_| {
        let together = together.clone();
        store.read(move |db| {
            together.wait();
            asks(db)
        })
    });
    for asked in futures_util::future::join_all(asked).await {
        asked.unwrap();
    }
    // One that was used less than a second ago is not asked whether it works.
    let rests = "state_change < clock_timestamp() - INTERVAL '1.5 seconds'";
    until(|| database.sessions(rests) == usize::from(SEATS)).await;
    database.cut_off();
    until(|| database.sessions("true") == 0).await;
    store.read(asks).await.unwrap();
    let (mut registry, mut text) = (Registry::default(), String::new());
    store.register(&mut registry);
    encode(&mut text, &registry).unwrap();
    let told = Scrape::read(&text);
    let dropped = told.sum("database_connections_dropped_total");
    assert_eq!(dropped, f64::from(SEATS));
    let opened = [("lane", "shared"), ("result", "opened")];
    let opened = told.one("database_connections_opened_total", &opened);
    assert_eq!(opened - dropped, 1.0, "one is open");
}
