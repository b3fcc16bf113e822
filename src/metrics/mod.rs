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

use self::figures::Reading;
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

/// A place to serve metrics at. Taken first of all, so that a server that cannot have it does not begin.
#[derive(Debug)]
pub struct Place {
    listener: TcpListener,
    address: SocketAddr,
}

/// Takes the place; none where metrics are off.
///
/// # Errors
///
/// The address is taken, or is none of this machine's.
pub fn place(settings: MetricsSettings) -> Result<Option<Place>, MetricsError> {
    let address = match settings.listen.unwrap_or_default() {
        Listen::At(address) => address,
        Listen::Off => return Ok(None),
    };
    let refused = |cause| MetricsError { address, cause };
    let listener = TcpListener::bind(address).map_err(refused)?;
    let address = listener.local_addr().map_err(refused)?;
    Ok(Some(Place { listener, address }))
}

/// What is told: what rooms have registered, and what is read when somebody looks.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    reading: Reading,
}

impl Metrics {
    /// Of a server with this database. `register` has its rooms register what they measure.
    pub fn of(
        store: Store,
        clock: Arc<dyn Clock>,
        settings: MetricsSettings,
        register: impl FnOnce(&mut Registry),
    ) -> Self {
        let mut registry = Registry::default();
        let own = registry.sub_registry_with_prefix(PREFIX);
        register(own);
        process::register_build(own);
        let reading = Reading::new(store, clock, settings.grace);
        reading.register(own);
        process::register(&mut registry);
        Self { registry, reading }
    }

    /// All of it as OpenMetrics has it. Waits for the database, but not for long.
    pub async fn text(&self) -> String {
        self.reading.refresh().await;
        let mut text = String::new();
        if let Err(error) = encode(&mut text, &self.registry) {
            // A text takes whatever is written.
            tracing::error!(error = %chain(&error), "metrics could not be written");
        }
        text
    }
}

/// Metrics, being served.
#[derive(Debug)]
pub struct MetricsServer {
    address: SocketAddr,
    handle: ServerHandle,
    server: JoinHandle<std::io::Result<()>>,
}

/// Threads that answer. One is enough for who looks every few seconds.
const WORKERS: usize = 1;

/// Time for answers under way when the server stops.
const SHUTDOWN_SECONDS: u64 = 1;

/// Serves metrics from now on.
///
/// # Errors
///
/// The system does not let the place be listened at.
pub fn serve(place: Place, metrics: Metrics) -> Result<MetricsServer, MetricsError> {
    let Place { listener, address } = place;
    let shared = Data::new(metrics);
    let server = HttpServer::new(move || {
        App::new().app_data(shared.clone()).service(
            web::resource("/metrics")
                .route(web::get().to(told))
                .route(web::head().to(told))
                .default_service(web::to(only_read)),
        )
    })
    .workers(WORKERS)
    .disable_signals()
    .shutdown_timeout(SHUTDOWN_SECONDS)
    .listen(listener)
    .map_err(|cause| MetricsError { address, cause })?
    .run();
    Ok(MetricsServer {
        address,
        handle: server.handle(),
        server: task::spawn_local(server),
    })
}

const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

async fn told(metrics: Data<Metrics>) -> HttpResponse {
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

    /// Stops serving them.
    pub async fn stop(self) {
        self.handle.stop(true).await;
        if let Ok(Err(error)) = self.server.await {
            tracing::warn!(%error, "metrics did not stop in order");
        }
    }
}
