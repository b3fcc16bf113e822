//! The program under measurement: a process of its own on an embedded database, used by its commands and
//! over its API.

use std::{
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::metrics::Figures;

/// A data directory, settings, and the address of a simulated Graph.
pub(crate) struct Place {
    directory: TempDir,
    graph: String,
}

impl Place {
    /// `settings` is the text of the configuration file.
    pub(crate) fn new(graph: &str, settings: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("settings.toml"), settings).unwrap();
        Self {
            directory,
            graph: graph.to_owned(),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        self.directory.path()
    }

    pub(crate) fn data_dir(&self) -> PathBuf {
        self.path().join("data")
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tenantatlas"));
        command
            .args(arguments)
            .env_clear()
            .env("TENANTATLAS_DATA_DIR", self.data_dir())
            .env("TENANTATLAS_CONFIG", self.path().join("settings.toml"))
            .env("TENANTATLAS_GRAPH_URL", &self.graph)
            .env("TENANTATLAS_LOGIN_URL", &self.graph)
            .env("TENANTATLAS_LOG", "warn");
        command
    }

    /// What a command prints.
    pub(crate) fn answer(&self, arguments: &[&str]) -> String {
        let Output {
            status,
            stdout,
            stderr,
        } = self.command(arguments).output().unwrap();
        assert!(status.success(), "{}", String::from_utf8_lossy(&stderr));
        String::from_utf8(stdout).unwrap().trim().to_owned()
    }

    /// Starts a server, and waits until it is ready.
    pub(crate) async fn serve(&self) -> Program {
        let began = Instant::now();
        let [root, metrics] = [free_port(), free_port()].map(|port| format!("127.0.0.1:{port}"));
        let process = self
            .command(&["serve"])
            .env("TENANTATLAS_LISTEN", &root)
            .env("TENANTATLAS_METRICS_LISTEN", &metrics)
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let mut program = Program {
            process,
            caller: Caller {
                http: reqwest::Client::new(),
                root,
            },
            metrics,
            ready_after: Duration::ZERO,
        };
        program.wait_until_ready().await;
        program.ready_after = began.elapsed();
        program
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// A client of a server.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    http: reqwest::Client,
    /// Host and port of the server.
    pub(crate) root: String,
}

/// A running server. Dropping it kills the process.
#[derive(Debug)]
pub(crate) struct Program {
    process: Child,
    pub(crate) caller: Caller,
    /// Host and port of its metrics.
    metrics: String,
    /// How long it took to be ready.
    pub(crate) ready_after: Duration,
}

impl Drop for Program {
    fn drop(&mut self) {
        // It has nothing to lose, and may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// How long a start may take before it is called a failure.
const LONGEST_START: Duration = Duration::from_secs(60);

impl Program {
    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }

    async fn wait_until_ready(&self) {
        let begun = Instant::now();
        loop {
            let asked = self.caller.get("/readyz").send();
            if asked.await.is_ok_and(|answer| answer.status().is_success()) {
                return;
            }
            assert!(begun.elapsed() < LONGEST_START, "the server does not start");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    /// What it tells of itself.
    pub(crate) async fn metrics(&self) -> Figures {
        let asked = self
            .caller
            .http
            .get(format!("http://{}/metrics", self.metrics));
        let answer = asked.send().await.unwrap().error_for_status().unwrap();
        Figures(answer.text().await.unwrap())
    }

    /// The data of an answer without errors.
    pub(crate) async fn ask(&self, token: &str, query: &str, variables: Value) -> Value {
        self.caller.ask(token, query, variables).await
    }
}

impl Caller {
    fn get(&self, path: &str) -> reqwest::RequestBuilder {
        self.http.get(format!("http://{}{path}", self.root))
    }

    /// The data of an answer without errors.
    pub(crate) async fn ask(&self, token: &str, query: &str, variables: Value) -> Value {
        let asked = self
            .http
            .post(format!("http://{}/graphql", self.root))
            .bearer_auth(token)
            .json(&json!({"query": query, "variables": variables}))
            .send()
            .await
            .unwrap();
        let mut answer: Value = asked.json().await.unwrap();
        assert!(answer.get("errors").is_none(), "{answer}");
        answer["data"].take()
    }

    /// Takes a backup set as an archive, whole.
    pub(crate) async fn download(&self, token: &str, set: &str) {
        let asked = self.get(&format!("/export/{set}.zip")).bearer_auth(token);
        let answer = asked.send().await.unwrap().error_for_status().unwrap();
        answer.bytes().await.unwrap();
    }
}
