//! One server: the program in a process of its own, which ends and is started again.

use std::{
    fs::{self, File, OpenOptions},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};
use serde_json::Value;
use tenantatlas::clock::{Clock, SystemClock};
use tokio::process::{Child, Command};

use crate::{settings::SHUTDOWN_GRACE, waiting::until};

/// How long a server may take to answer, waiting for the database included.
const LONGEST_START: Duration = Duration::from_secs(60);

/// How long a server that was asked to stop is waited for. It has to be faster; the judge says how much.
const LONGEST_STOP: Duration = SHUTDOWN_GRACE.saturating_add(Duration::from_secs(30));

/// What every process of a server is started with.
#[derive(Clone, Debug)]
pub(crate) struct Outfit {
    /// The program, and the one that takes turns with it.
    pub(crate) programs: Vec<PathBuf>,
    pub(crate) address: SocketAddr,
    pub(crate) settings: PathBuf,
    pub(crate) key: PathBuf,
    pub(crate) database: String,
    pub(crate) graph: String,
    /// Directory for the logs.
    pub(crate) logs: PathBuf,
}

/// How a process came to its end.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum End {
    /// SIGKILL.
    Killed,
    /// SIGTERM, so long after which it had ended with this code.
    Stopped { took: Duration, code: Option<i32> },
    /// Nobody had asked.
    ByItself { code: Option<i32> },
}

/// A process from its start to its end.
#[derive(Clone, Debug)]
pub(crate) struct Life {
    pub(crate) server: usize,
    /// What it calls itself in leases; unknown of versions that do not say.
    pub(crate) owner: Option<String>,
    pub(crate) end: End,
    /// When its end was asked for or, if nobody did, noticed.
    pub(crate) ended_at: DateTime<Utc>,
    /// Its log.
    pub(crate) log: PathBuf,
    /// Whether it was the program that is tried, and not the other one.
    pub(crate) is_current: bool,
}

/// A server and what became of its processes.
#[derive(Debug)]
pub(crate) struct Server {
    number: usize,
    outfit: Outfit,
    turn: usize,
    process: Option<Child>,
    pub(crate) lives: Vec<Life>,
    /// Starts of the other program that failed: it may be one that does not wait for the database.
    pub(crate) failed_starts: usize,
    http: reqwest::Client,
}

impl Server {
    pub(crate) fn new(number: usize, turn: usize, outfit: Outfit) -> Self {
        let http = reqwest::Client::builder().timeout(Duration::from_secs(1));
        Self {
            number,
            outfit,
            turn,
            process: None,
            lives: Vec::new(),
            failed_starts: 0,
            http: http.build().expect("an HTTP client"),
        }
    }

    /// Starts a process, and another one as long as they end at once, which is noted; returns when it answers.
    pub(crate) async fn start(&mut self) {
        let health = format!("http://{}/healthz", self.outfit.address);
        let (http, number) = (self.http.clone(), self.number);
        let answers = until(LONGEST_START, async || {
            let mut process = self.process.take().unwrap_or_else(|| {
                let log = log_of(&self.outfit, self.number, self.lives.len());
                let program = &self.outfit.programs[self.program()];
                spawned(program, &self.outfit, &log)
            });
            if let Some(status) = process.try_wait().expect("a process of ours") {
                self.not_started(status.code());
                return None;
            }
            self.process = Some(process);
            let asked = http.get(&health).send().await;
            asked
                .is_ok_and(|answer| answer.status().is_success())
                .then_some(())
        });
        answers
            .await
            .unwrap_or_else(|| panic!("server {number} does not start; see its log"));
    }

    /// Ends the process with SIGKILL.
    pub(crate) async fn kill(&mut self) {
        let Some(mut process) = self.living() else {
            return;
        };
        let at = SystemClock.now();
        process.kill().await.expect("a process of ours");
        self.note(End::Killed, at);
    }

    /// Stops the process where it is.
    pub(crate) async fn freeze(&mut self) {
        self.signal("-STOP").await;
    }

    /// Lets a frozen process go on.
    pub(crate) async fn thaw(&mut self) {
        self.signal("-CONT").await;
    }

    /// Asks the process to stop, and waits until it has.
    pub(crate) async fn stop(&mut self) {
        self.signal("-TERM").await;
        let Some(mut process) = self.living() else {
            return;
        };
        let (at, begun) = (SystemClock.now(), Instant::now());
        let code = match tokio::time::timeout(LONGEST_STOP, process.wait()).await {
            Ok(status) => status.expect("a process of ours").code(),
            Err(_) => {
                process.kill().await.expect("a process of ours");
                None
            }
        };
        let took = begun.elapsed();
        self.note(End::Stopped { took, code }, at);
        self.turn += 1;
    }

    /// Starts the server again if its process has ended by itself.
    pub(crate) async fn revive(&mut self) {
        if let Some(process) = self.living() {
            self.process = Some(process);
        } else {
            self.start().await;
        }
    }

    /// The process, if it has not ended by itself. That is noted.
    fn living(&mut self) -> Option<Child> {
        let mut process = self.process.take()?;
        match process.try_wait().expect("a process of ours") {
            None => Some(process),
            Some(status) => {
                let code = status.code();
                self.note(End::ByItself { code }, SystemClock.now());
                None
            }
        }
    }

    /// Whether the program that is tried has its turn.
    pub(crate) fn is_current(&self) -> bool {
        self.program() == 0
    }

    /// Which of the programs has its turn; the first one is the one that is tried.
    fn program(&self) -> usize {
        self.turn % self.outfit.programs.len()
    }

    /// A process ended before it answered.
    fn not_started(&mut self, code: Option<i32>) {
        if self.is_current() {
            self.note(End::ByItself { code }, SystemClock.now());
        } else {
            self.failed_starts += 1;
        }
    }

    async fn signal(&mut self, signal: &str) {
        let Some(id) = self.process.as_ref().and_then(Child::id) else {
            return;
        };
        let sent = Command::new("kill")
            .args([signal, &id.to_string()])
            .status();
        // A process that has just ended by itself cannot be asked any more, which is noticed later.
        let _ = sent.await.expect("`kill` can be run");
    }

    fn note(&mut self, end: End, ended_at: DateTime<Utc>) {
        let log = log_of(&self.outfit, self.number, self.lives.len());
        self.lives.push(Life {
            server: self.number,
            owner: owner_in(&log),
            end,
            ended_at,
            log,
            is_current: self.is_current(),
        });
    }
}

fn log_of(outfit: &Outfit, server: usize, life: usize) -> PathBuf {
    outfit.logs.join(format!("server-{server}-{life:03}.log"))
}

fn spawned(program: &Path, outfit: &Outfit, log: &Path) -> Child {
    let log: File = OpenOptions::new()
        .create(true)
        .append(true)
        .open(log)
        .expect("the log can be written");
    Command::new(program)
        .arg("serve")
        .env_clear()
        .env("TENANTATLAS_CONFIG", &outfit.settings)
        .env("TENANTATLAS_DATA_DIR", &outfit.logs)
        .env("TENANTATLAS_METRICS_LISTEN", "off")
        .env("TENANTATLAS_SECRET_KEY_FILE", &outfit.key)
        .env("DATABASE_URL", &outfit.database)
        .env("TENANTATLAS_GRAPH_URL", &outfit.graph)
        .env("TENANTATLAS_LOGIN_URL", &outfit.graph)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        .kill_on_drop(true)
        .spawn()
        .expect("the program can be started")
}

/// What a server says that it is called in leases: its first line does, and later ones may name others.
fn owner_in(log: &Path) -> Option<String> {
    let text = fs::read_to_string(log).ok()?;
    text.lines().find_map(|line| {
        let line: Value = serde_json::from_str(line).ok()?;
        Some(line["server"].as_str()?.to_owned())
    })
}
