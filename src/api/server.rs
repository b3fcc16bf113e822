//! The running server.

use std::{
    net::{SocketAddr, TcpListener},
    sync::Arc,
    time::Duration,
};

use actix_rt::task::JoinHandle;
use actix_web::{App, HttpServer, dev::ServerHandle, middleware::from_fn, web};
use prometheus_client::registry::Registry;

use super::{
    call::Rooms,
    census::Sockets,
    console::{Console, ConsoleFiles},
    door::Door,
    engine::Engine,
    exports::Exports,
    http::{around, routes},
    measures::Measures,
    origins::Origins,
    relay::Relays,
    settings::ApiSettings,
    sign_ins::SignIns,
    watch::Watch,
};
use crate::{clock::Clock, oidc::Issuers, store::Store, task, workers::Workers};

/// What the API is made of.
#[derive(Debug)]
pub struct ApiParts {
    /// The database.
    pub store: Store,
    /// Those who carry runs out.
    pub workers: Workers,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Whose people may sign in.
    pub issuers: Issuers,
    /// What the console is made of.
    pub console: ConsoleFiles,
    /// Where it is served, to whom, within which limits.
    pub settings: ApiSettings,
}

/// Why the API could not be served.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// The address is taken, or not one of this machine's.
    #[error("the API cannot listen at {address}")]
    Listen {
        /// Where it was to listen.
        address: SocketAddr,
        /// What the system said.
        #[source]
        cause: std::io::Error,
    },
}

/// Time for requests under way to end when the server stops.
const SHUTDOWN_SECONDS: u64 = 10;

/// Time between looks for callers that the pace can forget.
const FORGETTING: Duration = Duration::from_secs(60);

/// The API, being served.
#[derive(Debug)]
pub struct ApiServer {
    address: SocketAddr,
    handle: ServerHandle,
    sockets: Arc<Sockets>,
    measures: Arc<Measures>,
    server: JoinHandle<std::io::Result<()>>,
    forgetting: JoinHandle<()>,
}

/// Serves the API to those who connect to a listener, from now on. Signals are the caller's business.
///
/// # Errors
///
/// The listener cannot be used.
pub fn serve(listener: TcpListener, parts: ApiParts) -> Result<ApiServer, ApiError> {
    let address = parts.settings.listen;
    let head_arrival = parts.settings.limits.arrival / 2;
    let door = Arc::new(door(parts));
    let (shared, sockets) = (web::Data::from(door.clone()), door.sockets.clone());
    let measures = door.engine.rooms.measures.clone();
    let refused = |cause| ApiError::Listen { address, cause };
    let server = HttpServer::new(move || {
        App::new()
            .app_data(shared.clone())
            .wrap(from_fn(around))
            .configure(routes)
    })
    .disable_signals()
    .client_request_timeout(head_arrival)
    .shutdown_timeout(SHUTDOWN_SECONDS)
    .listen(listener)
    .map_err(refused)?;
    let bound = server.addrs().first().copied().unwrap_or(address);
    let server = server.run();
    Ok(ApiServer {
        address: bound,
        handle: server.handle(),
        sockets,
        measures,
        server: task::spawn_local(server),
        forgetting: task::spawn_local(forget_idle(door)),
    })
}

fn door(parts: ApiParts) -> Door {
    let ApiParts {
        store,
        workers,
        clock,
        issuers,
        console,
        settings,
    } = parts;
    let console = Console::new(console, &issuers.places(), settings.guests.as_deref());
    let sockets = settings.limits.sockets;
    let watch = Watch::start(store.clone(), sockets.poll);
    let rooms = Rooms {
        relays: Relays::new(store.clone(), watch.clone(), &sockets),
        watch,
        store,
        workers,
        clock,
        issuers,
        limits: settings.limits,
        measures: Arc::default(),
    };
    Door {
        engine: Engine::new(rooms),
        sign_ins: SignIns::new(settings.limits.failed_sign_ins_per_minute),
        origins: Origins::new(settings.cors_origins),
        proxies: settings.trusted_proxies,
        sockets: Sockets::new(),
        exports: Exports::new(settings.limits.exports),
        stale_tick: settings.stale_tick,
        graphiql: settings.graphiql,
        console,
    }
}

async fn forget_idle(door: Arc<Door>) {
    loop {
        tokio::time::sleep(FORGETTING).await;
        door.engine.pace.forget_idle();
    }
}

impl ApiServer {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Shows what this API measures.
    pub fn register(&self, registry: &mut Registry) {
        self.measures.register(registry);
    }

    /// Closes the connections of subscribers, and those that come meanwhile; requests are answered as before.
    pub fn close_sockets(&self) {
        self.sockets.stop();
    }

    /// Stops: connections are closed so that their clients come back elsewhere, requests under way
    /// may end.
    pub async fn stop(self) {
        self.forgetting.abort();
        self.sockets.stop();
        self.handle.stop(true).await;
        match self.server.await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "the API did not stop in order"),
            Err(error) => tracing::warn!(%error, "the API had stopped already"),
        }
    }
}
