//! A PostgreSQL of the trial's own, which can be restarted. `scripts/test-postgres` knows how.

use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
    time::Duration,
};

use diesel::{Connection, PgConnection, connection::SimpleConnection};
use tenantatlas::store::DatabaseUrl;

use crate::{settings::SERVERS, waiting::until};

/// How long it may take until a database that is being restarted answers.
const LONGEST_RESTART: Duration = Duration::from_secs(30);

/// How PostgreSQL is stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Mode {
    /// Transactions are rolled back, then it stops in order.
    Fast,
    /// Its processes end as in a crash, and it recovers when it starts.
    Immediate,
}

/// A PostgreSQL server. It is stopped and removed when this is dropped.
#[derive(Debug)]
pub(crate) struct Postgres {
    directory: PathBuf,
    url: String,
}

impl Postgres {
    pub(crate) fn start(directory: PathBuf) -> Self {
        let started = script(&["start", text(&directory), "durable"]);
        let url = String::from_utf8(done(started)).expect("a URL");
        let url = url.trim().to_owned();
        for server in 0..SERVERS {
            let role = role(server);
            execute(&url, &format!("CREATE ROLE {role} SUPERUSER LOGIN")).expect("a new role");
        }
        Self { directory, url }
    }

    /// The URL for the environment of a server, which signs in under a name of its own.
    pub(crate) fn variable_of(&self, server: usize) -> String {
        let own = format!("//{}@", role(server));
        self.url.replacen("//postgres@", &own, 1)
    }

    /// Ends all connections of a server, and lets it have no others.
    pub(crate) async fn cut_off(&self, server: usize) {
        let role = role(server);
        self.execute(format!("ALTER ROLE {role} NOLOGIN")).await;
        let ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename";
        self.execute(format!("{ended} = '{role}'")).await;
    }

    /// Lets a server connect again.
    pub(crate) async fn let_in(&self, server: usize) {
        let role = role(server);
        self.execute(format!("ALTER ROLE {role} LOGIN")).await;
    }

    /// Carries a statement out, as soon as the database answers.
    async fn execute(&self, statement: String) {
        let done = until(LONGEST_RESTART, async || {
            let (url, statement) = (self.url.clone(), statement.clone());
            let executing = tokio::task::spawn_blocking(move || execute(&url, &statement));
            executing.await.expect("no panic").ok()
        });
        done.await.expect("the database answers");
    }

    pub(crate) fn url(&self) -> DatabaseUrl {
        DatabaseUrl::Postgres(self.url.clone())
    }

    /// The same, for the environment of a command.
    pub(crate) fn variable(&self) -> &str {
        &self.url
    }

    /// Stops it, and starts it again so long after.
    pub(crate) async fn restart(&self, mode: Mode, down: Duration) {
        let mode = match mode {
            Mode::Fast => "fast",
            Mode::Immediate => "immediate",
        };
        let (directory, down) = (self.directory.clone(), down.as_secs_f64().to_string());
        let restarting = move || done(script(&["restart", text(&directory), mode, &down]));
        let restarted = tokio::task::spawn_blocking(restarting).await;
        restarted.expect("PostgreSQL starts again");
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // When it cannot be stopped there is nothing more to do than to say so.
        let stopped = script(&["stop", text(&self.directory)]);
        if !stopped.status.success() {
            eprintln!("PostgreSQL in {} was not stopped", self.directory.display());
        }
    }
}

/// The name that a server signs in under.
fn role(server: usize) -> String {
    format!("server_{server}")
}

fn execute(url: &str, statement: &str) -> Result<(), diesel::result::Error> {
    let connection = PgConnection::establish(url);
    let mut connection = connection.map_err(|_| diesel::result::Error::NotFound)?;
    connection.batch_execute(statement)
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a path of plain text")
}

fn script(arguments: &[&str]) -> Output {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/test-postgres");
    let ran = Command::new(script).args(arguments).output();
    ran.expect("scripts/test-postgres can be run")
}

fn done(ran: Output) -> Vec<u8> {
    let Output {
        status,
        stdout,
        stderr,
    } = ran;
    assert!(
        status.success(),
        "scripts/test-postgres: {}",
        String::from_utf8_lossy(&stderr)
    );
    stdout
}
