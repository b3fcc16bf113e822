//! The program as a server in a process of its own, and what it tells.

use std::{
    io::{BufRead, BufReader},
    net::SocketAddr,
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use serde_json::{Value, json};

/// How long anything is waited for.
const PATIENCE: Duration = Duration::from_secs(90);

/// Between two looks at another process.
const LOOK: Duration = Duration::from_millis(20);

const SERVING: &str = "\"serving\"";

/// A server that runs; killed when this is dropped.
pub(crate) struct Program {
    child: Child,
    log: Arc<Mutex<Vec<String>>>,
    http: reqwest::Client,
}

impl Program {
    pub(crate) fn start(mut command: Command) -> Self {
        let mut child = command
            .env("TENANTATLAS_LOG_FORMAT", "json")
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (log, lines) = (Arc::<Mutex<Vec<String>>>::default(), child.stderr.take());
        let written = log.clone();
        std::thread::spawn(move || {
            for line in BufReader::new(lines.unwrap()).lines() {
                written.lock().unwrap().push(line.unwrap());
            }
        });
        // The first client panics without one; a second installation changes nothing.
        drop(rustls::crypto::ring::default_provider().install_default());
        let http = reqwest::Client::builder()
            .timeout(Duration::from_secs(20))
            // A server that was stopped for a while closes those that it had.
            .pool_max_idle_per_host(0)
            .build();
        Self {
            child,
            log,
            http: http.unwrap(),
        }
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn log(&self) -> Vec<String> {
        self.log.lock().unwrap().clone()
    }

    /// The lines so far with a text in them.
    pub(crate) fn told(&self, text: &str) -> Vec<String> {
        let mut log = self.log();
        log.retain(|line| line.contains(text));
        log
    }

    /// Waits until the server has told something; it must not end before.
    pub(crate) async fn tells(&mut self, text: &str) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(line) = self.told(text).pop() {
                return line;
            }
            let ended = self.child.try_wait().unwrap();
            let is_late = Instant::now() > deadline;
            assert!(
                ended.is_none() && !is_late,
                "{text} is not told: {ended:?} {:#?}",
                self.log()
            );
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Its address, once it serves.
    pub(crate) fn address(&self) -> SocketAddr {
        let serving = self.told(SERVING).pop().expect("it serves");
        let line: Value = serde_json::from_str(&serving).unwrap();
        line["address"].as_str().unwrap().parse().unwrap()
    }

    /// A path of it, once it serves.
    pub(crate) fn at(&self, path: &str) -> String {
        format!("http://{}{path}", self.address())
    }

    /// The status and the text at a path.
    pub(crate) async fn get(&self, path: &str) -> (u16, String) {
        let url = self.at(path);
        let answer = self.http.get(url).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }

    /// Waits until `/readyz` answers so, and says what with.
    pub(crate) async fn becomes(&mut self, status: u16) -> String {
        self.tells(SERVING).await;
        let deadline = Instant::now() + PATIENCE;
        loop {
            let (now, text) = self.get("/readyz").await;
            if now == status {
                return text;
            }
            assert!(
                Instant::now() < deadline,
                "still {now} {text} {:#?}",
                self.log()
            );
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Asks the API.
    pub(crate) async fn ask(&self, token: &str, query: &str, variables: Value) -> Value {
        let request = self.http.post(self.at("/graphql")).bearer_auth(token);
        let body = json!({"query": query, "variables": variables});
        let answer = request.json(&body).send().await.unwrap();
        answer.json().await.unwrap()
    }

    /// Asks it to stop.
    pub(crate) fn terminate(&self) {
        self.signal("-TERM");
    }

    /// Sends it a signal.
    pub(crate) fn signal(&self, signal: &str) {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args([signal, &id]).status();
        assert!(sent.unwrap().success());
    }

    /// Asks it to stop, and waits for the end.
    pub(crate) async fn stopped(&mut self) -> ExitStatus {
        self.terminate();
        self.ended().await
    }

    /// Waits for its end.
    pub(crate) async fn ended(&mut self) -> ExitStatus {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(Instant::now() < deadline, "it goes on: {:#?}", self.log());
            tokio::time::sleep(LOOK).await;
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
