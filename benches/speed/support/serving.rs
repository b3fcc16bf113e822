//! The API of this process over a database, with workers that leave every run in the queue.

use std::{
    net::{Ipv4Addr, SocketAddr},
    num::NonZeroU32,
    sync::Arc,
    time::Duration,
};

use tenantatlas::{
    api::{self, ApiParts, ApiServer, ApiSettings, Bound, ConsoleFiles, Limits},
    clock::{Clock, SystemClock},
    graph::{Graph, GraphSettings},
    oidc::{Issuers, OidcSettings},
    store::Store,
    vault::{Vault, random_key},
    workers::{Deps, WorkerSettings, Workers},
};

/// A running API.
pub(crate) struct Serving {
    api: ApiServer,
    pub(crate) workers: Workers,
}

impl Serving {
    pub(crate) async fn start(store: &Store) -> Self {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let workers = idle_workers(store, clock.clone());
        let limits = Limits {
            requests_per_minute: NonZeroU32::MAX,
            points_per_minute: NonZeroU32::MAX,
            ..Limits::default()
        };
        let parts = ApiParts {
            store: store.clone(),
            workers: workers.clone(),
            issuers: Issuers::start(OidcSettings::default(), clock.clone()).unwrap(),
            clock,
            console: ConsoleFiles::default(),
            settings: ApiSettings {
                listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
                limits,
                ..ApiSettings::default()
            },
        };
        let bound = Bound::to(parts.settings.listen).unwrap();
        let api = api::serve(bound.listen().unwrap(), parts).unwrap();
        Self { api, workers }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.api.address()
    }

    pub(crate) async fn stop(self) {
        self.api.stop().await;
        self.workers.stop().await;
    }
}

/// Workers that tick when they are told to, and leave every run in the queue.
pub(crate) fn idle_workers(store: &Store, clock: Arc<dyn Clock>) -> Workers {
    let deps = Deps {
        store: store.clone(),
        vault: Vault::new(&random_key()),
        graph: Graph::start(GraphSettings::default(), clock.clone()).unwrap(),
        clock,
        measures: Arc::default(),
    };
    let settings = WorkerSettings {
        tick: Duration::from_secs(1_000_000_000),
        places: 0,
        ..WorkerSettings::default()
    };
    Workers::start(deps, settings)
}
