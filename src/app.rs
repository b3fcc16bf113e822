//! The composition root: builds every room once and knows them all.

use std::{
    net::SocketAddr,
    path::{self, Path},
    sync::Arc,
    time::Duration,
};

use crate::{
    api::{self, ApiError, ApiParts, ApiServer, Bound, ConsoleFiles},
    clock::Clock,
    config::Config,
    data_dir::{self, DataDirError, Lock},
    domain::{global_id::GlobalId, ids::RunId, zone},
    graph::{Graph, GraphError},
    key_file::{self, KeyFileError},
    metrics::{self, Metrics, MetricsError, MetricsServer},
    oidc::{Issuers, OidcError},
    store::{
        DatabaseUrl, Store, StoreError,
        hints::{self, Hints},
        runs,
    },
    telemetry::{self, chain},
    vault::Vault,
    workers::{Deps, Workers, recovery},
};

/// The two times of a server.
#[derive(Clone, Debug)]
pub struct Clocks {
    /// The time of the day: slots, leases, records.
    pub wall: Arc<dyn Clock>,
    /// What requests to Graph are paced by.
    pub pacing: Arc<dyn Clock>,
}

/// Why the server did not start.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// The data directory cannot be used.
    #[error("the data directory cannot be used")]
    DataDir(#[from] DataDirError),
    /// The key cannot be used.
    #[error("the key that seals secrets cannot be used")]
    Key(#[from] KeyFileError),
    /// The database cannot be used.
    #[error("the database cannot be used")]
    Store(#[from] StoreError),
    /// The Graph client could not be started.
    #[error("the Graph client could not be started")]
    Graph(#[from] GraphError),
    /// People cannot be let in.
    #[error("people cannot be let in")]
    Oidc(#[from] OidcError),
    /// The API cannot be served.
    #[error("the API cannot be served")]
    Api(#[from] ApiError),
    /// Metrics cannot be served.
    #[error(transparent)]
    Metrics(#[from] MetricsError),
}

impl AppError {
    /// Whether the same may succeed later without another setting: the database was away, or could not
    /// be written. A role that lacks a right, or is not there, waits for somebody who has to be told.
    fn may_pass(&self) -> bool {
        match self {
            Self::Store(error) | Self::Key(KeyFileError::Store(error)) => {
                !error.is_denied() && (error.is_passing() || error.trouble().is_some())
            }
            Self::DataDir(error) => error.is_of_the_disk(),
            Self::Key(KeyFileError::Make { cause, .. }) => data_dir::is_of_the_disk(cause),
            Self::Key(_) | Self::Graph(_) | Self::Oidc(_) | Self::Api(_) | Self::Metrics(_) => {
                false
            }
        }
    }
}

/// What every command works with: the database, and the key that belongs to it.
#[derive(Clone, Debug)]
pub struct Base {
    /// The database.
    pub store: Store,
    /// The key.
    pub vault: Vault,
}

/// Opens the database and checks that the key is its own. Does not take the lock of an embedded
/// database, so that commands work beside a server.
pub async fn open(config: &Config, clock: Arc<dyn Clock>) -> Result<Base, AppError> {
    if config.database.is_embedded() {
        data_dir::make(&config.data_dir)?;
    }
    let (url, pool) = (config.database.clone(), config.pool);
    let opened = tokio::task::spawn_blocking(move || Store::open(&url, pool, clock));
    let store = opened.await.map_err(StoreError::Task)??;
    let vault = key_file::vault(
        &config.database,
        &config.data_dir,
        config.secret_key_file.as_deref(),
    )?;
    let (asked, key) = (vault.clone(), vault.clone());
    // Nobody who only reads waits for whoever writes, or for room on the disk.
    if !store
        .read(move |db| key_file::is_settled(db, &asked))
        .await?
    {
        store.write(move |db, _| key_file::settle(db, &key)).await?;
    }
    Ok(Base { store, vault })
}

/// Starts the Graph client.
pub fn graph(config: &Config, pacing: Arc<dyn Clock>) -> Result<Graph, AppError> {
    Ok(Graph::start(config.graph.clone(), pacing)?)
}

/// Has the embedded database to itself, as one server has it at a time; none for PostgreSQL.
pub fn lock(config: &Config) -> Result<Option<Lock>, AppError> {
    match &config.database {
        DatabaseUrl::Sqlite(file) => Ok(Some(lock_beside(file)?)),
        DatabaseUrl::Postgres(_) => Ok(None),
    }
}

/// Takes the lock of the directory that an embedded database lies in, wherever the key and links to it lie.
fn lock_beside(file: &Path) -> Result<Lock, DataDirError> {
    // One that is not there yet has its lock where its path says.
    let file = file.canonicalize().unwrap_or_else(|_| file.to_owned());
    let folder = match file.parent() {
        Some(folder) if folder != Path::new("") => folder,
        Some(_) | None => Path::new("."),
    };
    data_dir::make(folder)?;
    data_dir::lock(folder)
}

/// A server that runs.
#[derive(Debug)]
pub struct App {
    base: Base,
    workers: Workers,
    api: ApiServer,
    metrics: Option<MetricsServer>,
    /// From other servers, as long as this one runs.
    _hints: Option<Hints>,
    clock: Arc<dyn Clock>,
    /// How long the workers' stop may take.
    patience: Duration,
    /// Of the data directory; held as long as the server runs.
    _lock: Option<Lock>,
}

/// Between two tries to start: at first, and at most.
const PAUSES: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(10));

/// Has the database to itself, if that can be, and opens it.
async fn begin(config: &Config, clock: Arc<dyn Clock>) -> Result<(Option<Lock>, Base), AppError> {
    let lock = lock(config)?;
    let base = open(config, clock).await?;
    if lock.is_some() {
        // Nobody else works on this database, so whatever is running there was left behind.
        let left = base.store.read(runs::running).await?;
        recovery::fail_lost(&base.store, left, || false).await?;
    }
    Ok((lock, base))
}

/// Does the same, and tries again where the database is away or cannot be written: a server that waits
/// tells more than one that is started again and again.
async fn begin_patiently(
    config: &Config,
    clock: Arc<dyn Clock>,
) -> Result<(Option<Lock>, Base), AppError> {
    let (began, mut pause) = (clock.elapsed(), PAUSES.0);
    loop {
        let error = match begin(config, clock.clone()).await {
            Ok(begun) => return Ok(begun),
            Err(error) => error,
        };
        let spent = clock.elapsed().saturating_sub(began);
        if !error.may_pass() || spent + pause > config.start_patience {
            return Err(error);
        }
        let seconds = pause.as_secs();
        tracing::warn!(error = %chain(&error), again_in_seconds = seconds, "cannot start yet");
        clock.sleep(pause).await;
        pause = (pause * 2).min(PAUSES.1);
    }
}

/// Starts a server: the API, and the workers, which tick from now on.
pub async fn start(config: Config, clocks: Clocks) -> Result<App, AppError> {
    tell_start(&config);
    // Before anything else: a server that cannot have its addresses does not begin, and one that waits for
    // its database is seen.
    let bound = Bound::to(config.api.listen)?;
    let mut metrics = metrics::serve(config.metrics, Metrics::of_the_process())?;
    let started = start_beside(bound, &mut metrics, config, clocks).await;
    if let Some(metrics) = metrics {
        metrics.stop().await;
    }
    started
}

/// Says what starts, so that it is known of a server that waits or fails as well.
fn tell_start(config: &Config) {
    let data_dir = path::absolute(&config.data_dir);
    let data_dir = data_dir.as_deref().unwrap_or(&config.data_dir);
    tracing::info!(
        version = env!("CARGO_PKG_VERSION"),
        commit = telemetry::COMMIT,
        tzdb = zone::release(),
        data_dir = %data_dir.display(),
        database = %config.database,
        server = config.workers.server,
        "starting"
    );
}

/// Starts a server at an address that it has, which takes the metrics that are served over once it has begun.
async fn start_beside(
    bound: Bound,
    metrics: &mut Option<MetricsServer>,
    config: Config,
    clocks: Clocks,
) -> Result<App, AppError> {
    let (lock, base) = begin_patiently(&config, clocks.wall.clone()).await?;
    let deps = Deps {
        store: base.store.clone(),
        vault: base.vault.clone(),
        graph: graph(&config, clocks.pacing)?,
        clock: clocks.wall.clone(),
        measures: Arc::default(),
    };
    let hints = hints::exchange(&base.store)?;
    let issuers = Issuers::start(config.oidc, clocks.wall.clone())?;
    let patience = config.workers.shutdown_grace.saturating_add(LEEWAY);
    let shown = deps.clone();
    // Before any work is begun: somebody who started at the same moment may listen there by now.
    let listener = bound.listen()?;
    let workers = Workers::start(deps, config.workers);
    let parts = ApiParts {
        store: base.store.clone(),
        workers: workers.clone(),
        clock: clocks.wall.clone(),
        issuers,
        console: ConsoleFiles::built(),
        settings: config.api,
    };
    let api = match api::serve(listener, parts) {
        Ok(api) => api,
        Err(error) => {
            workers.stop().await;
            return Err(error.into());
        }
    };
    let metrics = metrics.take();
    if let Some(metrics) = &metrics {
        let (store, clock) = (base.store.clone(), clocks.wall.clone());
        metrics.show(Metrics::of(store, clock, config.metrics, |all| {
            shown.store.register(all);
            shown.graph.register(all);
            shown.measures.register(all);
            api.register(all);
        }));
    }
    let metrics_at = metrics
        .as_ref()
        .map(|it| tracing::field::display(it.address()));
    tracing::info!(address = %api.address(), metrics = metrics_at, "serving");
    Ok(App {
        base,
        workers,
        api,
        metrics,
        _hints: hints,
        clock: clocks.wall,
        patience,
        _lock: lock,
    })
}

impl App {
    /// Where the API listens.
    pub fn address(&self) -> SocketAddr {
        self.api.address()
    }

    /// The database.
    pub fn store(&self) -> &Store {
        &self.base.store
    }

    /// The key.
    pub fn vault(&self) -> &Vault {
        &self.base.vault
    }

    /// Those who work.
    pub fn workers(&self) -> &Workers {
        &self.workers
    }

    /// Closes the connections of subscribers, who go on elsewhere, and stops ticking; lets runs land within
    /// the grace or hands them back; then stops serving. What was asked for meanwhile is answered, and
    /// readiness tells balancers to turn away. Whatever does not answer, the database say, this comes to an
    /// end.
    pub async fn stop(self) -> Result<(), Unfinished> {
        let Self {
            workers,
            api,
            metrics,
            ..
        } = self;
        api.close_sockets();
        let left = tokio::select! {
            () = workers.stop() => Vec::new(),
            () = self.clock.sleep(self.patience) => workers.in_flight(),
        };
        tokio::select! {
            () = api.stop() => {}
            () = self.clock.sleep(API_PATIENCE) => {
                tracing::warn!("requests under way were cut off by the stop");
            }
        }
        if let Some(metrics) = metrics {
            metrics.stop().await;
        }
        match left.is_empty() {
            true => Ok(()),
            false => Err(Unfinished { runs: left }),
        }
    }
}

/// Beyond the grace of runs: time to hand them back.
const LEEWAY: Duration = Duration::from_secs(5);

/// After that: time for requests under way to end.
const API_PATIENCE: Duration = Duration::from_secs(3);

/// Runs that had neither landed nor gone back to the queue when the server had to stop.
#[derive(Debug, thiserror::Error)]
#[error(
    "the database did not take back {} run(s) in time: {}; they end as WORKER_LOST when their leases do, \
     and the next slots run as usual", runs.len(), listed(runs)
)]
pub struct Unfinished {
    runs: Vec<RunId>,
}

fn listed(runs: &[RunId]) -> String {
    let runs: Vec<_> = runs.iter().map(|run| run.to_global()).collect();
    runs.join(", ")
}
