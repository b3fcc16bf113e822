//! What the worst requests that pass every limit cost: CPU, memory, and the size of the answer, on a
//! tenant with ten thousand runs, sets, items and policies.
//!
//! `cargo bench --bench hostile`. Server and client are one process; the client keeps the bytes of the
//! answer, and nothing else of it. Fails when a request takes more than it may.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a program for people at a terminal"
)]

mod documents;
mod fill;

use std::{
    fs,
    net::{Ipv4Addr, SocketAddr},
    num::NonZeroU32,
    process::{Command, ExitCode},
    sync::Arc,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tenantatlas::{
    api::{self, ApiParts, ApiSettings, ConsoleFiles, Limits},
    clock::{Clock, SystemClock},
    graph::{Graph, GraphSettings},
    oidc::{Issuers, OidcSettings},
    store::{DatabaseUrl, PoolSettings, Store},
    vault::{Vault, random_key},
    workers::{Deps, WorkerSettings, Workers},
};

/// CPU that a request may take, in milliseconds.
const MOST_CPU: u64 = 1_000;

/// Memory that it may take, in mebibytes, beyond its answer as the server and as the client hold it.
const MOST_MEMORY: usize = 50;

#[actix_rt::main]
async fn main() -> ExitCode {
    let place = tempfile::tempdir().unwrap();
    let made = Command::new(env!("CARGO_BIN_EXE_tenantatlas"))
        .args(["demo", "--once", "--data-dir"])
        .arg(place.path())
        .env("TENANTATLAS_LISTEN", "127.0.0.1:0")
        .output()
        .unwrap();
    assert!(made.status.success(), "{made:?}");
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let url = DatabaseUrl::Sqlite(place.path().join("tenantatlas.db"));
    let store = Store::open(&url, PoolSettings::default(), clock.clone()).unwrap();
    let filled = fill::fill(&store).await;
    let workers = Workers::start(
        Deps {
            store: store.clone(),
            vault: Vault::new(&random_key()),
            graph: Graph::start(GraphSettings::default(), clock.clone()).unwrap(),
            clock: clock.clone(),
            measures: Arc::default(),
        },
        WorkerSettings {
            tick: Duration::from_secs(1_000_000_000),
            places: 0,
            ..WorkerSettings::default()
        },
    );
    let limits = Limits {
        requests_per_minute: NonZeroU32::MAX,
        points_per_minute: NonZeroU32::MAX,
        ..Limits::default()
    };
    let settings = ApiSettings {
        listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        limits,
        ..ApiSettings::default()
    };
    let server = api::serve(ApiParts {
        store,
        workers: workers.clone(),
        issuers: Issuers::start(OidcSettings::default(), clock.clone()).unwrap(),
        clock,
        console: ConsoleFiles::default(),
        settings,
    })
    .await
    .unwrap();
    let client = Client {
        http: reqwest::Client::new(),
        url: format!("http://{}/graphql", server.address()),
        bearer: format!("Bearer {}", filled.token),
    };
    println!(
        "{:<44} {:>8} {:>8} {:>9} {:>9}  answer",
        "request", "CPU ms", "wall ms", "peak MB", "answer MB"
    );
    client.measure("nothing", "{ __typename }", json!({})).await;
    let mut beyond = Vec::new();
    for (name, document, variables) in documents::all(&filled) {
        if !client.measure(name, &document, variables).await {
            beyond.push(name);
        }
    }
    server.stop().await;
    workers.stop().await;
    if beyond.is_empty() {
        return ExitCode::SUCCESS;
    }
    println!("\nmore than {MOST_CPU} ms or {MOST_MEMORY} MB: {beyond:?}");
    ExitCode::FAILURE
}

struct Client {
    http: reqwest::Client,
    url: String,
    bearer: String,
}

impl Client {
    /// Tells what a request costs, and whether it may cost that.
    async fn measure(&self, name: &str, document: &str, variables: Value) -> bool {
        forget_peak();
        let (cpu, resident, began) = (cpu_ms(), memory("VmRSS:"), Instant::now());
        let request = self
            .http
            .post(&self.url)
            .header("authorization", &self.bearer);
        let request = request.json(&json!({"query": document, "variables": variables}));
        let answer = request.send().await.unwrap().bytes().await.unwrap();
        let (wall, cpu) = (began.elapsed(), cpu_ms() - cpu);
        let peak = memory_mb(memory("VmHWM:").saturating_sub(resident));
        let size = memory_mb(answer.len() / 1024);
        println!(
            "{name:<44} {cpu:>8} {:>8} {peak:>9} {size:>9}  {}",
            wall.as_millis(),
            told(&answer)
        );
        cpu <= MOST_CPU && peak <= MOST_MEMORY + 2 * size
    }
}

/// What an answer is, in a word.
fn told(answer: &[u8]) -> String {
    let answer: Value = serde_json::from_slice(answer).unwrap();
    let points = &answer["extensions"]["cost"]["requestedPoints"];
    match answer["errors"][0]["extensions"]["code"].as_str() {
        Some(code) => format!("{code}, {points} points"),
        None => format!("whole, {points} points"),
    }
}

/// Processor time of this process so far. The system counts it in hundredths of a second.
fn cpu_ms() -> u64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    let (_, after) = stat.rsplit_once(") ").unwrap();
    let fields: Vec<&str> = after.split(' ').collect();
    (fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()) * 10
}

/// A line of the process' status, in kibibytes.
fn memory(line: &str) -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let found = status.lines().find_map(|it| it.strip_prefix(line)).unwrap();
    found.trim().trim_end_matches(" kB").parse().unwrap()
}

fn memory_mb(kibibytes: usize) -> usize {
    kibibytes / 1024
}

/// The peak counts from now on.
fn forget_peak() {
    fs::write("/proc/self/clear_refs", "5").unwrap();
}
