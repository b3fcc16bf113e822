//! The servers of the trial, and a book of who was in trouble when.

use std::{
    fs,
    net::{SocketAddr, TcpListener},
    path::PathBuf,
    sync::Mutex as Book,
};

use chrono::{DateTime, Utc};
use futures_util::future::join_all;
use tokio::sync::Mutex;

use crate::{
    place::Place,
    postgres::Postgres,
    server::{Life, Outfit, Server},
    settings::{self, SERVERS},
    world::World,
};

/// Who can be in trouble.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Whom {
    Server(usize),
    Database,
}

/// Somebody was not at work.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Trouble {
    pub(crate) whom: Whom,
    pub(crate) from: DateTime<Utc>,
    pub(crate) until: DateTime<Utc>,
}

/// The servers.
#[derive(Debug)]
pub(crate) struct Fleet {
    pub(crate) servers: Vec<Mutex<Server>>,
    pub(crate) addresses: Vec<SocketAddr>,
    troubles: Book<Vec<Trouble>>,
    /// What was done, in words, so often.
    acts: Book<Vec<&'static str>>,
}

impl Fleet {
    /// Starts all servers at once, on a database that has no tables yet.
    pub(crate) async fn start(
        place: &Place,
        postgres: &Postgres,
        world: &World,
        old_program: Option<PathBuf>,
    ) -> Self {
        let addresses = free_addresses();
        let programs: Vec<PathBuf> = [env!("CARGO_BIN_EXE_tenantatlas").into()]
            .into_iter()
            .chain(old_program)
            .collect();
        let servers = addresses.iter().enumerate().map(|(number, address)| {
            let settings = place.path(&format!("server-{number}.toml"));
            fs::write(&settings, settings::file(*address, &world.issuer.url())).unwrap();
            let outfit = Outfit {
                programs: programs.clone(),
                address: *address,
                settings,
                key: place.path("key"),
                database: postgres.variable_of(number),
                graph: world.graph.url(),
                logs: place.root().to_owned(),
            };
            // The last one begins with the other program, if there is one.
            let turn = usize::from(number + 1 == SERVERS);
            Mutex::new(Server::new(number, turn, outfit))
        });
        let fleet = Self {
            servers: servers.collect(),
            addresses,
            troubles: Book::default(),
            acts: Book::default(),
        };
        let starts = fleet.servers.iter();
        join_all(starts.map(async |server| server.lock().await.start().await)).await;
        fleet
    }

    pub(crate) fn note_trouble(&self, trouble: Trouble) {
        self.troubles.lock().unwrap().push(trouble);
    }

    pub(crate) fn troubles(&self) -> Vec<Trouble> {
        self.troubles.lock().unwrap().clone()
    }

    pub(crate) fn note_act(&self, act: &'static str) {
        self.acts.lock().unwrap().push(act);
    }

    pub(crate) fn acts(&self) -> Vec<&'static str> {
        self.acts.lock().unwrap().clone()
    }

    /// Sees that every server is up.
    pub(crate) async fn revive(&self) {
        let servers = self.servers.iter();
        join_all(servers.map(async |server| server.lock().await.revive().await)).await;
    }

    /// Asks every server to stop. Returns what became of all processes, and how many starts failed.
    pub(crate) async fn stop(&self) -> (Vec<Life>, usize) {
        let stops = self.servers.iter().map(async |server| {
            let mut server = server.lock().await;
            server.stop().await;
            (server.lives.clone(), server.failed_starts)
        });
        let (lives, failed): (Vec<_>, Vec<_>) = join_all(stops).await.into_iter().unzip();
        (lives.concat(), failed.iter().sum())
    }
}

/// Addresses that nobody listens at. All are taken before one is given back, so that they differ.
fn free_addresses() -> Vec<SocketAddr> {
    let listeners = (0..SERVERS).map(|_| TcpListener::bind("127.0.0.1:0").expect("a free port"));
    let listeners: Vec<_> = listeners.collect();
    let addresses = listeners.iter().map(|listener| listener.local_addr());
    addresses
        .map(|address| address.expect("an address"))
        .collect()
}
