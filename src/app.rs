//! The composition root: builds every room once and knows them all.

use std::{net::SocketAddr, path::Path, sync::Arc};

use crate::{
    api::{self, ApiError, ApiParts, ApiServer},
    clock::Clock,
    config::Config,
    data_dir::{self, DataDirError, Lock},
    domain::zone,
    graph::{Graph, GraphError},
    key_file::{self, KeyFileError},
    oidc::{Issuers, OidcError},
    store::{
        DatabaseUrl, Store, StoreError,
        hints::{self, Hints},
        runs,
    },
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
    let store = Store::open(&config.database, config.pool, clock)?;
    let vault = key_file::vault(
        &config.database,
        &config.data_dir,
        config.secret_key_file.as_deref(),
    )?;
    let key = vault.clone();
    store.write(move |db, _| key_file::settle(db, &key)).await?;
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

/// Takes the lock of the directory that an embedded database lies in, wherever the key lies.
fn lock_beside(file: &Path) -> Result<Lock, DataDirError> {
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
    /// From other servers, as long as this one runs.
    _hints: Option<Hints>,
    /// Of the data directory; held as long as the server runs.
    _lock: Option<Lock>,
}

/// Starts a server: the API, and the workers, which tick from now on.
pub async fn start(config: Config, clocks: Clocks) -> Result<App, AppError> {
    let lock = lock(&config)?;
    let base = open(&config, clocks.wall.clone()).await?;
    tracing::info!(database = ?config.database, tzdb = zone::release(), server = config.workers.server, "starting");
    if lock.is_some() {
        // Nobody else works on this database, so whatever is running there was left behind.
        let left = base.store.read(runs::running).await?;
        recovery::fail_lost(&base.store, left).await?;
    }
    let deps = Deps {
        store: base.store.clone(),
        vault: base.vault.clone(),
        graph: graph(&config, clocks.pacing)?,
        clock: clocks.wall.clone(),
    };
    let hints = hints::exchange(&base.store)?;
    let issuers = Issuers::start(config.oidc, clocks.wall.clone())?;
    let workers = Workers::start(deps, config.workers);
    let parts = ApiParts {
        store: base.store.clone(),
        workers: workers.clone(),
        clock: clocks.wall,
        issuers,
        settings: config.api,
    };
    let api = match api::serve(parts).await {
        Ok(api) => api,
        Err(error) => {
            workers.stop().await;
            return Err(error.into());
        }
    };
    tracing::info!(address = %api.address(), "serving");
    Ok(App {
        base,
        workers,
        api,
        _hints: hints,
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

    /// Stops serving and ticking, lets runs land within the grace or hands them back.
    pub async fn stop(self) {
        tokio::join!(self.workers.stop(), self.api.stop());
    }
}
