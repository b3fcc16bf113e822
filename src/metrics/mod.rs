//! What this server measures, for Prometheus and its like: on a port of its own, because it tells of all
//! tenants together and asks nobody who they are.
//!
//! What rooms count they hold themselves and register here. What stands in the database is read when
//! somebody looks, by every server alike; see `figures`.

mod figures;
mod process;

use std::{
    net::{SocketAddr, TcpListener},
    sync::Arc,
    time::Duration,
};

use actix_rt::task::JoinHandle;
use actix_web::{
    App, HttpResponse, HttpServer,
    dev::ServerHandle,
    http::header as names,
    web::{self, Data},
};
use prometheus_client::{encoding::text::encode, registry::Registry};
use tokio::sync::watch;

use self::figures::{Reading, Shown};
use crate::{clock::Clock, store::Store, task, telemetry::chain};

/// What the names of all measures begin with, but for those of the process.
pub const PREFIX: &str = "tenantatlas";

/// Where metrics are served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listen {
    /// At an address.
    At(SocketAddr),
    /// Nowhere.
    Off,
}

impl Default for Listen {
    fn default() -> Self {
        Self::At(SocketAddr::from(([127, 0, 0, 1], 9464)))
    }
}

/// Whether two addresses cannot be listened at side by side.
pub fn meet(one: SocketAddr, other: SocketAddr) -> bool {
    let is_every = one.ip().is_unspecified() || other.ip().is_unspecified();
    one.port() != 0 && one.port() == other.port() && (is_every || one.ip() == other.ip())
}

/// How metrics are served.
#[derive(Clone, Copy, Debug)]
pub struct MetricsSettings {
    /// Where; none leaves the choice to the command.
    pub listen: Option<Listen>,
    /// How late a slot may be before its schedule is overdue: the workers' grace.
    pub grace: Duration,
}

impl Default for MetricsSettings {
    fn default() -> Self {
        Self {
            listen: None,
            grace: Duration::from_secs(300),
        }
    }
}

/// Why metrics cannot be served.
#[derive(Debug, thiserror::Error)]
#[error(
    "metrics cannot be served at {address}; choose another address by TENANTATLAS_METRICS_LISTEN, or `off`"
)]
pub struct MetricsError {
    /// Where they were to be served.
    address: SocketAddr,
    /// What the system said.
    #[source]
    cause: std::io::Error,
}

/// What is told: what rooms have registered, and what is read when somebody looks.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    /// None as long as there is no database.
    reading: Option<Reading>,
}

impl Metrics {
    /// Of a server that has no database yet: what the process takes, and that there are no figures.
    pub fn of_the_process() -> Self {
        let (registry, _) = registered(|_| ());
        Self {
            registry,
            reading: None,
        }
    }

    /// Of a server with this database. `register` has its rooms register what they measure.
    pub fn of(
        store: Store,
        clock: Arc<dyn Clock>,
        settings: MetricsSettings,
        register: impl FnOnce(&mut Registry),
    ) -> Self {
        let (registry, shown) = registered(register);
        Self {
            registry,
            reading: Some(Reading::new(store, clock, settings.grace, shown)),
        }
    }

    /// All of it as OpenMetrics has it. Waits for the database, but not for long.
    pub async fn text(&self) -> String {
        if let Some(reading) = &self.reading {
            reading.refresh().await;
        }
        let mut text = String::new();
        if let Err(error) = encode(&mut text, &self.registry) {
            // A text takes whatever is written.
            tracing::error!(error = %chain(&error), "metrics could not be written");
        }
        text
    }
}

/// A registry of what rooms register, of the process, and of the figures of a database that are shown.
fn registered(register: impl FnOnce(&mut Registry)) -> (Registry, Shown) {
    let (mut registry, shown) = (Registry::default(), Shown::default());
    let own = registry.sub_registry_with_prefix(PREFIX);
    register(own);
    process::register_build(own);
    shown.register(own);
    process::register(&mut registry);
    (registry, shown)
}

/// Metrics, being served.
#[derive(Debug)]
pub struct MetricsServer {
    address: SocketAddr,
    told: watch::Sender<Arc<Metrics>>,
    handle: ServerHandle,
    server: JoinHandle<std::io::Result<()>>,
}

/// Threads that answer. One is enough for who looks every few seconds.
const WORKERS: usize = 1;

/// Time for answers under way when the server stops.
const SHUTDOWN_SECONDS: u64 = 1;

/// Serves metrics from now on; none where they are off.
///
/// # Errors
///
/// The address is taken, or is none of this machine's.
pub fn serve(
    settings: MetricsSettings,
    metrics: Metrics,
) -> Result<Option<MetricsServer>, MetricsError> {
    let address = match settings.listen.unwrap_or_default() {
        Listen::At(address) => address,
        Listen::Off => return Ok(None),
    };
    let refused = |cause| MetricsError { address, cause };
    let listener = TcpListener::bind(address).map_err(refused)?;
    let bound = listener.local_addr().map_err(refused)?;
    let (told, shown) = watch::channel(Arc::new(metrics));
    let shown = Data::new(shown);
    let server = HttpServer::new(move || {
        App::new().app_data(shown.clone()).service(
            web::resource("/metrics")
                .route(web::get().to(tell))
                .route(web::head().to(tell))
                .default_service(web::to(only_read)),
        )
    })
    .workers(WORKERS)
    .disable_signals()
    .shutdown_timeout(SHUTDOWN_SECONDS)
    .listen(listener)
    .map_err(refused)?
    .run();
    Ok(Some(MetricsServer {
        address: bound,
        told,
        handle: server.handle(),
        server: task::spawn_local(server),
    }))
}

const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

async fn tell(shown: Data<watch::Receiver<Arc<Metrics>>>) -> HttpResponse {
    let metrics = shown.borrow().clone();
    HttpResponse::Ok()
        .insert_header((names::CONTENT_TYPE, OPEN_METRICS))
        .insert_header((names::CACHE_CONTROL, "no-store"))
        .body(metrics.text().await)
}

async fn only_read() -> HttpResponse {
    HttpResponse::MethodNotAllowed()
        .insert_header((names::ALLOW, "GET, HEAD"))
        .finish()
}

impl MetricsServer {
    /// Where they are served.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Tells other metrics from now on.
    pub fn show(&self, metrics: Metrics) {
        self.told.send_replace(Arc::new(metrics));
    }

    /// Stops serving them.
    pub async fn stop(self) {
        self.handle.stop(true).await;
        if let Ok(Err(error)) = self.server.await {
            tracing::warn!(%error, "metrics did not stop in order");
        }
    }
}
