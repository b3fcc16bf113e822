//! A server that is killed: whatever the moment, the database it leaves behind is sound.
//!
//! This program starts itself as the server to be killed.

use std::{
    io::{BufRead, BufReader, Write},
    process::{Child, Command, Stdio},
    sync::Arc,
};

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use diesel::{RunQueryDsl, sql_query};
use rand::{Rng, SeedableRng, rngs::StdRng};
use tenantatlas::{
    clock::ManualClock,
    domain::{
        backup::BackupSet,
        failure::FailureCode,
        kind::PolicyKind,
        run::{Run, RunStatus, Trigger},
        schedule::{Firing, Schedule},
    },
    graph::{Graph, GraphSettings},
    store::{DatabaseUrl, Db, PoolSettings, Store, StoreError},
    vault::Vault,
    workers::{Deps, Workers},
};

use crate::support::{Number, TestApp, by_hand, daily, failure_of, instant, until};

/// Set in the process that is the server.
const MARK: &str = "TENANTATLAS_TEST_SERVER";

const KILLS: usize = 10;
const SCHEDULES: usize = 3;
const KINDS: [PolicyKind; 3] = [
    PolicyKind::DeviceConfiguration,
    PolicyKind::SettingsCatalog,
    PolicyKind::ScopeTag,
];

/// Days between the lives of two servers: more than any of them sees.
const STRIDE: TimeDelta = TimeDelta::days(500);

/// What the server says when it is about to work.
const READY: &str = "the server is ready";

/// A server in the process that is killed.
pub(crate) struct Mortal {
    pub(crate) clock: ManualClock,
    pub(crate) store: Store,
    pub(crate) workers: Workers,
}

/// Starts the server that this process was started for; none when it was started for the tests.
pub(crate) fn mortal() -> Option<Mortal> {
    let orders = std::env::var(MARK).ok()?;
    let orders: Vec<&str> = orders.split(' ').collect();
    let [database, graph, key, start] = orders[..] else {
        panic!("four orders, not {orders:?}");
    };
    let clock = ManualClock::new(instant(start));
    let store = Store::open(
        &database.parse().unwrap(),
        PoolSettings::default(),
        Arc::new(clock.clone()),
    )
    .unwrap();
    let graph_url = Some(graph.parse().unwrap());
    let settings = GraphSettings {
        graph_url: graph_url.clone(),
        login_url: graph_url,
        ..GraphSettings::default()
    };
    let deps = Deps {
        store: store.clone(),
        vault: Vault::from_base64(&key.to_owned().into()).unwrap(),
        graph: Graph::start(settings, Arc::new(ManualClock::eager(instant(start)))).unwrap(),
        clock: Arc::new(clock.clone()),
        measures: Arc::default(),
    };
    let workers = Workers::start(deps, by_hand());
    let mut line = std::io::stdout();
    writeln!(line, "\n{READY}").unwrap();
    Some(Mortal {
        clock,
        store,
        workers,
    })
}

/// The process that is killed. It makes a day of each moment: a tick, and all that it queued.
#[actix_rt::test]
async fn a_server_in_a_process_of_its_own() {
    let Some(Mortal {
        clock,
        store,
        workers,
    }) = mortal()
    else {
        return;
    };
    loop {
        let mut announcements = store.announcements();
        workers.tick().await.unwrap();
        while store.read(has_active_runs).await.unwrap() {
            // However many were missed, the tables are the truth.
            let _ = announcements.recv().await;
        }
        clock.advance(TimeDelta::days(1));
    }
}

pub(crate) fn has_active_runs(db: &mut Db) -> Result<bool, StoreError> {
    has_runs(db, "'QUEUED', 'RUNNING'")
}

pub(crate) fn has_running_runs(db: &mut Db) -> Result<bool, StoreError> {
    has_runs(db, "'RUNNING'")
}

fn has_runs(db: &mut Db, statuses: &str) -> Result<bool, StoreError> {
    let query = format!("SELECT COUNT(*) AS number FROM runs WHERE status IN ({statuses})");
    let found: Number = sql_query(query).get_result(db)?;
    Ok(found.number > 0)
}

/// A server in a process of its own; killed when this is dropped.
pub(crate) struct Server(Child);

impl Server {
    fn start(app: &TestApp, at: DateTime<Utc>) -> Self {
        Self::of(app, at, "restart::a_server_in_a_process_of_its_own")
    }

    /// Starts the process that a test is, and waits until it is about to work.
    pub(crate) fn of(app: &TestApp, at: DateTime<Utc>, test: &str) -> Self {
        let database = match &app.database.url {
            DatabaseUrl::Sqlite(path) => format!("sqlite:{}", path.display()),
            DatabaseUrl::Postgres(url) => url.clone(),
        };
        let at = at.to_rfc3339_opts(SecondsFormat::Secs, true);
        let orders = [database, app.graph.url(), app.key.clone(), at].join(" ");
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", test, "--nocapture"])
            .env(MARK, orders)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = child.stdout.take().unwrap();
        let mut lines = BufReader::new(output).lines().map_while(Result::ok);
        let is_ready = lines.any(|line| line == READY);
        let server = Self(child);
        assert!(is_ready, "the server ended before it worked");
        server
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // SIGKILL: it has no chance to tidy up.
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

#[actix_rt::test]
async fn a_server_killed_at_any_moment_leaves_whole_sets_and_no_slot_twice() {
    let app = TestApp::dispatcher().await;
    let mut schedules = Vec::new();
    for n in 0..SCHEDULES {
        let (name, nightly) = (format!("Schedule {n}"), daily("02:00", "UTC"));
        schedules.push(app.schedule_at(app.tenant(), &name, &KINDS, nightly).await);
    }
    let seed = rand::random();
    eprintln!("seed {seed}");
    let mut random = StdRng::seed_from_u64(seed);
    let mut born_at = instant("2026-03-03T02:00:10Z");
    for _ in 0..KILLS {
        app.graph.clear_log();
        let server = Server::start(&app, born_at);
        let requests = random.random_range(1..60);
        until(|| app.graph.log().len() >= requests).await;
        for _ in 0..random.random_range(0..30) {
            app.count("runs", "TRUE").await;
        }
        drop(server);
        // Long after, and at a time of the day when nothing is due.
        app.clock.set(born_at + STRIDE / 2 + TimeDelta::hours(6));
        app.tick().await;
        is_sound(&app, &schedules, born_at).await;
        born_at += STRIDE;
    }
    assert!(app.count("runs", "error_code = 'WORKER_LOST'").await > 0);
    assert!(app.count("runs", "status = 'SUCCEEDED'").await > 0);
    goes_on(&app, &schedules[0]).await;
    // Each of the many runs asked anew for what another was refused.
    app.graph.clear_log();
}

/// What must hold after a kill and the tick that follows it.
async fn is_sound(app: &TestApp, schedules: &[Schedule], born_at: DateTime<Utc>) {
    let twice = "(SELECT 1 FROM runs WHERE slot IS NOT NULL GROUP BY schedule_id, slot HAVING COUNT(*) > 1) AS twice";
    assert_eq!(app.count(twice, "TRUE").await, 0);
    for schedule in schedules {
        let Firing::Enabled(pointer) = app.reloaded(schedule).await.firing else {
            panic!("it was disabled");
        };
        assert!(pointer.dispatch_at > app.clock_now());
        let runs = app.runs_of(schedule).await;
        for run in runs.iter().filter(|run| run.created_at >= born_at) {
            is_whole_or_absent(app, run).await;
        }
    }
}

async fn is_whole_or_absent(app: &TestApp, run: &Run) {
    let (set, status) = (app.set_of(run).await, run.state.status());
    if status == RunStatus::Succeeded {
        return is_whole(app, &set.expect("a set")).await;
    }
    assert_eq!(set, None);
    let is_lost = failure_of(run) == Some(FailureCode::WorkerLost);
    assert!(is_lost || status == RunStatus::Missed, "{:?}", run.state);
}

async fn is_whole(app: &TestApp, set: &BackupSet) {
    let items = app.items(set).await;
    assert_eq!(items.len(), usize::try_from(set.item_count).unwrap());
    for item in items {
        for hash in item.parts.all() {
            app.content(set.tenant, hash).await;
        }
    }
}

async fn goes_on(app: &TestApp, schedule: &Schedule) {
    let server = app.another_server(by_hand());
    let run = app.queue(schedule, Trigger::Manual).await;
    server.tick().await.unwrap();
    assert_eq!(app.settled(&run).await.state.status(), RunStatus::Succeeded);
    server.stop().await;
}
