//! The program under measurement: a process of its own on an embedded database, used over its API.

use std::{
    collections::BTreeMap,
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};

use chrono::TimeDelta;
use serde_json::{Value, json};
use tempfile::TempDir;
use tenantatlas::{
    clock::{Clock, SystemClock},
    domain::{global_id::GlobalId, ids::TenantId, kind::PolicyKind, reuse::is_full_read_day},
};
use tenantatlas_simulator::Simulator;
use uuid::Uuid;

/// How fast the program may ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pace {
    /// As fast as answers come; how many at once stays as it is.
    Unbounded,
    /// As it does by itself.
    Default,
}

impl Pace {
    fn settings(self) -> String {
        let mut text = "[limits]\nrequests_per_minute = 1000000\n".to_owned();
        if self == Self::Unbounded {
            for bucket in ["intune", "scripts", "conditional_access", "identity"] {
                text.push_str(&format!(
                    "[graph.rates.{bucket}]\nrequests = 1000000\nwindow = \"1s\"\nburst = 900000\n"
                ));
            }
        }
        text
    }
}

/// What became of a run.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) status: String,
    pub(crate) wall: Duration,
    pub(crate) listed: u64,
    pub(crate) stored: u64,
    pub(crate) failed: u64,
    pub(crate) payload_bytes: f64,
    pub(crate) listed_by_kind: BTreeMap<String, u64>,
    /// Kinds that are not whole, with the reason.
    pub(crate) failures: Vec<String>,
}

/// A server with one tenant and one schedule of everything. Dropping it kills the process.
pub(crate) struct Server {
    process: Child,
    api: Api,
    schedule: String,
    _place: TempDir,
}

impl Drop for Server {
    fn drop(&mut self) {
        // It has nothing to lose, and may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Server {
    pub(crate) async fn start(graph: &Simulator, pace: Pace) -> Self {
        let place = tempfile::tempdir().unwrap();
        let shell = Shell::new(place.path(), &graph.url(), pace);
        let tenant = shell.add_tenant(graph);
        let id = TenantId::from_global(&tenant).expect("an ID");
        if is_full_read_day(id, SystemClock.now()) {
            // Its second run would be no quiet one; the next tenant's day is another.
            return Box::pin(Self::start(graph, pace)).await;
        }
        let token = shell.answer(&[
            "token",
            "create",
            "--tenant",
            &tenant,
            "--role",
            "MANAGER",
            "--name",
            "Benchmark",
        ]);
        let port = free_port();
        let process = shell
            .command(&["serve"])
            .env("TENANTATLAS_LISTEN", format!("127.0.0.1:{port}"))
            .env("TENANTATLAS_METRICS_LISTEN", "off")
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let api = Api {
            http: reqwest::Client::new(),
            root: format!("http://127.0.0.1:{port}"),
            token,
        };
        let mut server = Self {
            process,
            api,
            schedule: String::new(),
            _place: place,
        };
        server.api.ready().await;
        server.schedule = server.api.schedule(&tenant).await;
        server
    }

    /// Runs the schedule once, to its end.
    pub(crate) async fn back_up(&self) -> Ran {
        let input = json!({"scheduleId": self.schedule, "idempotencyKey": Uuid::new_v4()});
        let query = "mutation($input: RunBackupScheduleNowInput!) { answer: runBackupScheduleNow(input: $input) { run { id } userErrors { code } } }";
        let answer = self.api.ask(query, json!({ "input": input })).await;
        let id = answer["answer"]["run"]["id"].as_str().expect("a run");
        let query = "query($id: ID!) { node(id: $id) { ... on BackupScheduleRun { status durationMs \
            summary { policyCount itemCount failedPolicyCount payloadBytes } \
            policyTypeResults { policyType listedPolicyCount errorMessage } } } }";
        loop {
            let run = self.api.ask(query, json!({ "id": id })).await["node"].take();
            if !matches!(run["status"].as_str(), Some("QUEUED" | "RUNNING")) {
                return ran(&run);
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Most memory that the process ever had resident.
    pub(crate) fn peak_mib(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.id()));
        let status = status.unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<u64>().ok());
        kib.unwrap_or_default() / 1024
    }

    /// Time of the processors that the process has used.
    pub(crate) fn processor_seconds(&self) -> f64 {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.process.id()));
        let stat = stat.unwrap_or_default();
        // Behind the name, which may hold anything, user and system time are the 12th and 13th.
        let numbers = stat.rsplit(')').next().unwrap_or_default();
        let ticks = numbers.split_whitespace().skip(11).take(2);
        let ticks: u32 = ticks.filter_map(|text| text.parse::<u32>().ok()).sum();
        f64::from(ticks) / 100.0
    }
}

fn ran(run: &Value) -> Ran {
    let number = |value: &Value| value.as_u64().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let results = run["policyTypeResults"].as_array().into_iter().flatten();
    let by_kind = results.map(|result| {
        let listed = number(&result["listedPolicyCount"]);
        (text(&result["policyType"]), listed)
    });
    let failures = run["policyTypeResults"].as_array().into_iter().flatten();
    let failures = failures.filter_map(|result| {
        let reason = result["errorMessage"].as_str()?;
        Some(format!("{}: {reason}", text(&result["policyType"])))
    });
    let summary = &run["summary"];
    Ran {
        status: text(&run["status"]),
        wall: Duration::from_millis(number(&run["durationMs"])),
        listed: number(&summary["policyCount"]),
        stored: number(&summary["itemCount"]),
        failed: number(&summary["failedPolicyCount"]),
        payload_bytes: text(&summary["payloadBytes"]).parse().unwrap_or_default(),
        listed_by_kind: by_kind.collect(),
        failures: failures.collect(),
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// The program's commands on one data directory.
struct Shell {
    place: PathBuf,
    graph: String,
}

impl Shell {
    fn new(place: &Path, graph: &str, pace: Pace) -> Self {
        fs::write(place.join("settings.toml"), pace.settings()).unwrap();
        Self {
            place: place.to_owned(),
            graph: graph.to_owned(),
        }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tenantatlas"));
        command
            .args(arguments)
            .env_clear()
            .env("TENANTATLAS_DATA_DIR", self.place.join("data"))
            .env("TENANTATLAS_CONFIG", self.place.join("settings.toml"))
            .env("TENANTATLAS_GRAPH_URL", &self.graph)
            .env("TENANTATLAS_LOGIN_URL", &self.graph)
            .env("TENANTATLAS_LOG", "warn");
        command
    }

    /// What a command prints.
    fn answer(&self, arguments: &[&str]) -> String {
        let Output {
            status,
            stdout,
            stderr,
        } = self.command(arguments).output().unwrap();
        assert!(status.success(), "{}", String::from_utf8_lossy(&stderr));
        String::from_utf8(stdout).unwrap().trim().to_owned()
    }

    fn add_tenant(&self, graph: &Simulator) -> String {
        let spec = graph.tenants().first().unwrap();
        let secret = self.place.join("client-secret");
        fs::write(&secret, &spec.client_secret).unwrap();
        self.answer(&[
            "tenant",
            "add",
            "--name",
            &spec.name,
            "--entra-tenant-id",
            &spec.entra_tenant_id.to_string(),
            "--client-id",
            &spec.client_id.to_string(),
            "--client-secret-file",
            secret.to_str().unwrap(),
        ])
    }
}

/// The API of the server.
struct Api {
    http: reqwest::Client,
    root: String,
    token: String,
}

impl Api {
    /// Waits until the server is ready.
    async fn ready(&self) {
        let begun = Instant::now();
        loop {
            let asked = self.http.get(format!("{}/readyz", self.root)).send().await;
            if asked.is_ok_and(|answer| answer.status().is_success()) {
                return;
            }
            assert!(
                begun.elapsed() < Duration::from_secs(60),
                "the server does not start"
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Makes a schedule of everything that does not fire by itself today.
    async fn schedule(&self, tenant: &str) -> String {
        let kinds: Vec<String> = PolicyKind::ALL
            .iter()
            .map(|kind| kind.to_string())
            .collect();
        let time = (SystemClock.now() - TimeDelta::hours(1))
            .format("%H:%M")
            .to_string();
        let input = json!({
            "tenantId": tenant, "name": "Everything", "policyTypes": kinds,
            "recurrence": {"frequency": "DAILY", "timeOfDay": time, "timeZone": "UTC"},
        });
        let query = "mutation($input: CreateBackupScheduleInput!) { answer: createBackupSchedule(input: $input) { schedule { id } userErrors { code } } }";
        let answer = self.ask(query, json!({ "input": input })).await;
        let id = answer["answer"]["schedule"]["id"].as_str();
        id.expect("a schedule").to_owned()
    }

    async fn ask(&self, query: &str, variables: Value) -> Value {
        let asked = self
            .http
            .post(format!("{}/graphql", self.root))
            .bearer_auth(&self.token)
            .json(&json!({"query": query, "variables": variables}))
            .send()
            .await
            .unwrap();
        let mut answer: Value = asked.json().await.unwrap();
        assert!(answer.get("errors").is_none(), "{answer}");
        answer["data"].take()
    }
}
