//! What every test stands on: the whole server with its own database, its own Graph, its own time.

pub(crate) mod client;
pub(crate) mod clocks;
pub(crate) mod database;
pub(crate) mod kinds;
pub(crate) mod metrics;
pub(crate) mod program;
pub(crate) mod promises;
pub(crate) mod proxy;
mod scheduling;
pub(crate) mod shell;
pub(crate) mod story;
pub(crate) mod truth;

use std::{path::PathBuf, sync::Arc, time::Duration};

use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{DateTime, TimeDelta, Utc};
use diesel::RunQueryDsl;
use secrecy::ExposeSecret;
use tenantatlas::{
    clock::{Clock, ManualClock},
    domain::{
        actor::{Actor, Component},
        backup::{BackupItem, BackupSet},
        canonical::{self, Hash},
        completeness::KindResult,
        credential::{Credential, Means, Usage},
        freshness::Freshness,
        ids::{RunId, ScheduleId, TenantId},
        kind::PolicyKind,
        pointer::Timetable,
        recurrence::{Frequency, Recurrence},
        retention::KeepLast,
        run::{Run, Scope, Trigger},
        schedule::{Firing, Schedule},
        spread::Spread,
        tenant::{Cloud, ConnectionStatus, Tenant},
    },
    graph::{Graph, GraphSettings},
    store::{
        Db, PoolSettings, Store, StoreError, active_runs, backups, contents, credentials,
        run_failures::{self, Failures},
        run_kinds, runs, schedules, tenants,
    },
    vault::{Field, Vault, random_key},
    workers::{
        Deps, WorkerSettings, Workers,
        changes::{self, NewRun, Started},
    },
};
use tenantatlas_simulator::{
    Licence, LoggedRequest, Simulator, SimulatorOptions, TenantSpec, TimeSource,
};

pub(crate) use self::database::Database;
use self::database::Line;
pub(crate) use self::scheduling::*;

/// Everything of these kinds.
fn whole(kinds: &[PolicyKind]) -> Scope {
    Scope {
        kinds: kinds.to_vec(),
        assignments: true,
        scope_tags: true,
    }
}

/// Where the clock of every test stands at first: a Monday, half a minute past ten.
pub(crate) fn start_of_time() -> DateTime<Utc> {
    "2026-03-02T10:00:30Z".parse().expect("an instant")
}

/// A server under test.
pub(crate) struct TestApp {
    pub(crate) graph: Simulator,
    pub(crate) clock: ManualClock,
    /// The clock that Graph's pacing waits on; it moves itself and remembers the waits.
    pub(crate) pacing: ManualClock,
    pub(crate) store: Store,
    pub(crate) vault: Vault,
    /// The vault's key, as in a key file.
    pub(crate) key: String,
    pub(crate) workers: Workers,
    pub(crate) tenants: Vec<TenantId>,
    pub(crate) deps: Deps,
    pub(crate) database: Database,
}

/// What a test wants to be different.
pub(crate) struct Setup {
    pub(crate) tenants: usize,
    pub(crate) policies: usize,
    /// A directory of real policies that the first tenant holds.
    pub(crate) corpus: Option<PathBuf>,
    /// Whether the first tenant has an Intune licence.
    pub(crate) licensed: bool,
    /// Certificates of the first tenant's app.
    pub(crate) certificates: Vec<Vec<u8>>,
    /// Licences that the first tenant lacks besides.
    pub(crate) lacks: Vec<Licence>,
    pub(crate) workers: WorkerSettings,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            tenants: 1,
            policies: 60,
            corpus: None,
            licensed: true,
            certificates: Vec::new(),
            lacks: Vec::new(),
            workers: WorkerSettings::default(),
        }
    }
}

impl TestApp {
    pub(crate) async fn start() -> Self {
        Self::with(Setup::default()).await
    }

    pub(crate) async fn with(setup: Setup) -> Self {
        log_to_the_test();
        let mut specs: Vec<_> = (0..setup.tenants)
            .map(|n| TenantSpec::numbered(7, n, setup.policies))
            .collect();
        specs[0].corpus = setup.corpus;
        specs[0].licensed = setup.licensed;
        let pacing = ManualClock::eager(start_of_time());
        let told = pacing.clone();
        specs[0].certificates = setup.certificates;
        specs[0].lacks = setup.lacks;
        let graph = Simulator::start(SimulatorOptions {
            tenants: specs,
            // Waits that take no time shall still count as kept.
            time: TimeSource::new(move || told.now()),
            ..SimulatorOptions::default()
        })
        .unwrap();
        let clock = ManualClock::new(start_of_time());
        let database = Database::create();
        let store = Store::open(
            &database.url,
            PoolSettings::default(),
            Arc::new(clock.clone()),
        )
        .unwrap();
        let key = STANDARD.encode(random_key().expose_secret());
        let vault = Vault::from_base64(&key.clone().into()).unwrap();
        let url = Some(graph.url().parse().unwrap());
        let settings = GraphSettings {
            graph_url: url.clone(),
            login_url: url,
            ..GraphSettings::default()
        };
        let deps = Deps {
            store: store.clone(),
            vault: vault.clone(),
            graph: Graph::start(settings, Arc::new(pacing.clone())).unwrap(),
            clock: Arc::new(clock.clone()),
            measures: Arc::default(),
        };
        let workers = Workers::start(deps.clone(), setup.workers);
        let mut app = Self {
            graph,
            clock,
            pacing,
            store,
            vault,
            key,
            workers,
            tenants: Vec::new(),
            deps,
            database,
        };
        for n in 0..setup.tenants {
            let tenant = app.add_tenant(n).await;
            app.tenants.push(tenant);
        }
        app
    }

    /// The only tenant, or the first.
    pub(crate) fn tenant(&self) -> TenantId {
        self.tenants[0]
    }

    /// Its directory at Graph.
    pub(crate) fn directory(&self) -> uuid::Uuid {
        self.graph.tenants()[0].entra_tenant_id
    }

    async fn add_tenant(&self, n: usize) -> TenantId {
        let spec = self.graph.tenants()[n].clone();
        let id = TenantId::mint();
        let now = self.clock.now();
        let key = self
            .vault
            .seal(id, Field::DigestKey, &[u8::try_from(n).unwrap(); 32])
            .unwrap();
        let tenant = Tenant {
            id,
            entra_tenant_id: spec.entra_tenant_id,
            name: spec.name.parse().unwrap(),
            cloud: Cloud::Global,
            connection: ConnectionStatus::Unverified,
            sealed_digest_key: key,
            synced_at: None,
            created_at: now,
            updated_at: now,
            deleted_at: None,
        };
        let credential = Credential {
            tenant: id,
            means: Means::ClientSecret { expires_at: None },
            client_id: spec.client_id,
            sealed_secret: self
                .vault
                .seal(id, Field::Credential, spec.client_secret.as_bytes())
                .unwrap(),
            updated_at: now,
            usage: Usage::default(),
        };
        self.write(move |db, _| {
            tenants::insert(db, &tenant)?;
            credentials::set(db, &credential)
        })
        .await;
        id
    }

    /// A schedule of the first tenant: daily at 02:00 in Berlin, all kinds named, keeping three sets.
    pub(crate) async fn schedule(&self, name: &str, kinds: &[PolicyKind]) -> Schedule {
        self.schedule_of(self.tenant(), name, kinds).await
    }

    /// As many of a tenant's as wanted, in one transaction.
    pub(crate) async fn schedules_of(&self, tenant: TenantId, count: usize, kinds: &[PolicyKind]) {
        let scope = whole(kinds);
        let nightly = daily("02:00", "Europe/Berlin");
        let named = (0..count).map(|n| format!("Schedule {n}"));
        let made =
            named.map(|name| self.new_schedule(tenant, &name, scope.clone(), nightly.clone()));
        let made: Vec<Schedule> = made.collect();
        self.write(move |db, _| {
            made.iter()
                .try_for_each(|made| schedules::insert(db, made).map(drop))
        })
        .await;
    }

    pub(crate) async fn schedule_of(
        &self,
        tenant: TenantId,
        name: &str,
        kinds: &[PolicyKind],
    ) -> Schedule {
        self.schedule_with(tenant, name, whole(kinds)).await
    }

    /// As [`Self::schedule_of`], with options of its own.
    pub(crate) async fn schedule_with(
        &self,
        tenant: TenantId,
        name: &str,
        scope: Scope,
    ) -> Schedule {
        let nightly = daily("02:00", "Europe/Berlin");
        self.schedule_as(tenant, name, scope, nightly).await
    }

    /// As [`Self::schedule_of`], at times of its own.
    pub(crate) async fn schedule_at(
        &self,
        tenant: TenantId,
        name: &str,
        kinds: &[PolicyKind],
        recurrence: Recurrence,
    ) -> Schedule {
        self.schedule_as(tenant, name, whole(kinds), recurrence)
            .await
    }

    async fn schedule_as(
        &self,
        tenant: TenantId,
        name: &str,
        scope: Scope,
        recurrence: Recurrence,
    ) -> Schedule {
        let schedule = self.new_schedule(tenant, name, scope, recurrence);
        let added = schedule.clone();
        self.write(move |db, _| schedules::insert(db, &added)).await;
        schedule
    }

    fn new_schedule(
        &self,
        tenant: TenantId,
        name: &str,
        scope: Scope,
        recurrence: Recurrence,
    ) -> Schedule {
        let (id, now) = (ScheduleId::mint(), self.clock.now());
        let pointer = Timetable {
            schedule: id,
            recurrence: &recurrence,
        }
        .pointer_after(now)
        .unwrap();
        Schedule {
            id,
            tenant,
            name: name.parse().unwrap(),
            recurrence: Ok(recurrence),
            firing: Firing::Enabled(pointer),
            scope,
            keep_last: KeepLast::of(3).unwrap(),
            revision: 1,
            last_run: None,
            freshness: Some(Freshness::from(now)),
            created_at: now,
            updated_at: now,
            created_by: Actor::System(Component::CommandLine),
            deleted_at: None,
        }
    }

    /// The database, opened once more, as another server does.
    pub(crate) fn opened_again(&self) -> Store {
        let clock = Arc::new(self.clock.clone());
        Store::open(&self.database.url, PoolSettings::default(), clock).unwrap()
    }

    /// Queues a run by hand and tells the workers.
    pub(crate) async fn run_now(&self, schedule: &Schedule) -> Run {
        let started = self.ask_for_run(schedule, Trigger::Manual, false).await;
        let Started::Queued(run) = started else {
            panic!("not queued: {started:?}")
        };
        run
    }

    pub(crate) async fn ask_for_run(
        &self,
        schedule: &Schedule,
        trigger: Trigger,
        full_read: bool,
    ) -> Started {
        self.graph.forgive_refusals();
        let (schedule, by) = (schedule.clone(), Actor::System(Component::CommandLine));
        let tenant = schedule.tenant;
        let started = self
            .write(move |db, now| {
                let new = NewRun {
                    schedule: &schedule,
                    trigger,
                    full_read,
                    by,
                    origin: Default::default(),
                };
                changes::start(db, &new, now)
            })
            .await;
        self.workers.hint(tenant);
        started
    }

    /// A run by hand, carried out to its end.
    pub(crate) async fn backed_up(&self, schedule: &Schedule) -> Run {
        let run = self.run_now(schedule).await;
        self.settled(&run).await
    }

    /// The run once it has ended.
    pub(crate) async fn settled(&self, run: &Run) -> Run {
        self.once(run, |run| !run.state.status().is_active()).await
    }

    /// The run once it is as wanted. Waits for announcements, and for nothing longer than a minute.
    pub(crate) async fn once(&self, run: &Run, is_so: impl Fn(&Run) -> bool) -> Run {
        let mut announcements = self.store.announcements();
        let waited = tokio::time::timeout(Duration::from_secs(60), async {
            loop {
                let now = self.run(run).await;
                if is_so(&now) {
                    return now;
                }
                let _ = announcements.recv().await;
            }
        });
        match waited.await {
            Ok(run) => run,
            Err(_) => panic!("the run stays as it is: {:?}", self.run(run).await),
        }
    }

    /// Waits until no run of a schedule is active.
    pub(crate) async fn quiet(&self, schedule: &Schedule) {
        let id = schedule.id;
        if let Some(run) = self.read(move |db| active_runs::of(db, id)).await {
            self.settled(&run).await;
        }
    }

    /// The lines that a statement gives, in the column `line`.
    pub(crate) async fn lines(&self, query: &str) -> Vec<String> {
        let query = query.to_owned();
        let rows = self.read(move |db| Ok(diesel::sql_query(query).load::<Line>(db)?));
        rows.await.into_iter().map(|row| row.line).collect()
    }

    /// The run as it is now.
    pub(crate) async fn run(&self, run: &Run) -> Run {
        let (tenant, id): (TenantId, RunId) = (run.tenant, run.id);
        self.read(move |db| runs::find(db, tenant, id))
            .await
            .expect("the run is there")
    }

    /// What became of each kind.
    pub(crate) async fn results(&self, run: &Run) -> Vec<KindResult> {
        let (tenant, id) = (run.tenant, run.id);
        self.read(move |db| run_kinds::of(db, tenant, &[id]))
            .await
            .remove(0)
            .1
    }

    /// What failed in a run, by name.
    pub(crate) async fn failures(&self, run: &Run) -> Failures {
        let (tenant, id) = (run.tenant, run.id);
        let failures = self
            .read(move |db| run_failures::of(db, tenant, &[id]))
            .await;
        failures
            .into_iter()
            .flat_map(|(_, failures)| failures)
            .collect()
    }

    /// The set that a run made.
    pub(crate) async fn set_of(&self, run: &Run) -> Option<BackupSet> {
        let id = run.id;
        self.read(move |db| backups::of_runs(db, &[id])).await.pop()
    }

    /// The items of a set.
    pub(crate) async fn items(&self, set: &BackupSet) -> Vec<BackupItem> {
        let (tenant, id) = (set.tenant, set.id);
        self.read(move |db| tenantatlas::store::items::of_set(db, tenant, id))
            .await
    }

    /// A stored content as JSON.
    pub(crate) async fn content(&self, tenant: TenantId, hash: Hash) -> serde_json::Value {
        let bytes = self
            .read(move |db| contents::bytes(db, tenant, hash))
            .await
            .expect("the content is stored");
        assert_eq!(Hash::of(&bytes), hash);
        let content = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(canonical::bytes(&content), bytes, "not canonical");
        content
    }

    /// The result of one kind of a run.
    pub(crate) async fn result(&self, run: &Run, kind: PolicyKind) -> KindResult {
        let results = self.results(run).await;
        let found = results.into_iter().find(|result| result.kind == kind);
        found.expect("the kind belongs to the run")
    }

    /// The requests to Graph whose path contains this, as Graph counts them: sign-ins and the
    /// envelopes of batches left out.
    pub(crate) fn requests(&self, path_part: &str) -> Vec<LoggedRequest> {
        let mut log = self.graph.log();
        log.retain(|request| {
            !is_sign_in(request)
                && !request.path.ends_with("/$batch")
                && request.path.contains(path_part)
        });
        log
    }

    /// How often a token was asked for.
    pub(crate) fn sign_ins(&self) -> usize {
        self.graph.log().iter().filter(|it| is_sign_in(it)).count()
    }

    pub(crate) fn pass(&self, length: TimeDelta) {
        self.clock.advance(length);
    }

    /// The hashes of all contents of the first tenant, in order.
    pub(crate) async fn content_hashes(&self) -> Vec<Hash> {
        let query = "SELECT hash AS line FROM contents ORDER BY hash";
        let rows = self.read(move |db| Ok(diesel::sql_query(query).load::<Line>(db)?));
        let rows = rows.await.into_iter();
        rows.map(|row| row.line.parse().unwrap()).collect()
    }

    /// Carries a statement out behind the product's back.
    pub(crate) async fn execute(&self, statement: &str) -> usize {
        let statement = statement.to_owned();
        self.write(move |db, _| Ok(diesel::sql_query(statement).execute(db)?))
            .await
    }

    pub(crate) async fn read<T: Send + 'static>(
        &self,
        query: impl FnOnce(&mut Db) -> Result<T, StoreError> + Send + 'static,
    ) -> T {
        self.store.read(query).await.unwrap()
    }

    pub(crate) async fn write<T: Send + 'static>(
        &self,
        change: impl FnOnce(&mut Db, DateTime<Utc>) -> Result<T, StoreError> + Send + 'static,
    ) -> T {
        self.store.write(change).await.unwrap()
    }
}

/// A test that is over gives its connections and threads back to the others of its process.
impl Drop for TestApp {
    fn drop(&mut self) {
        let workers = self.workers.clone();
        let stopping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_time()
                .build()
                .unwrap();
            // A run that is still in flight waits for a clock that nobody moves any more.
            let stopped =
                async { tokio::time::timeout(Duration::from_secs(5), workers.stop()).await };
            let _ = runtime.block_on(stopped);
        });
        let _ = stopping.join();
        // Whatever a test is about, its client has to behave.
        if !std::thread::panicking() {
            let violations = self.graph.violations();
            assert!(violations.is_empty(), "{violations:#?}");
        }
    }
}

fn is_sign_in(request: &LoggedRequest) -> bool {
    request.path.ends_with("/oauth2/v2.0/token")
}

/// Every day at a local time.
pub(crate) fn daily(time: &str, zone: &str) -> Recurrence {
    Recurrence {
        frequency: Frequency::Daily,
        time: time.parse().unwrap(),
        zone: zone.parse().unwrap(),
        spread: Spread::default(),
    }
}

/// Shows the server's log of a failed test; `TENANTATLAS_LOG` says how much of it.
fn log_to_the_test() {
    let filter = std::env::var("TENANTATLAS_LOG").unwrap_or_else(|_| "warn".to_owned());
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_test_writer();
    // Another test of this process may have set it up.
    let _ = subscriber.try_init();
}
