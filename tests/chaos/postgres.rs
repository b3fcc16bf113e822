//! A PostgreSQL of the trial's own, which can be restarted. `scripts/test-postgres` knows how.

use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
    time::Duration,
};

use tenantatlas::store::DatabaseUrl;

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
        Self {
            directory,
            url: url.trim().to_owned(),
        }
    }

    pub(crate) fn url(&self) -> DatabaseUrl {
        DatabaseUrl::Postgres(self.url.clone())
    }

    /// The same, for the environment of a program.
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
