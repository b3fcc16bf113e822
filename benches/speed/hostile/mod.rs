//! What the worst requests that pass every limit cost: CPU, memory, and the size of the answer, on a
//! tenant with ten thousand runs, sets, items and policies.
//!
//! Server and client are one process; the client keeps the bytes of the
//! answer, and nothing else of it. Fails when a request takes more than it may.

mod documents;
mod fill;

use std::{process::Command, sync::Arc, time::Instant};

use serde_json::{Value, json};
use tenantatlas::{
    clock::SystemClock,
    store::{DatabaseUrl, PoolSettings, Store},
};

use self::documents::Request;
use crate::support::{process, serving::Serving};

/// CPU that a request may take, in milliseconds.
const MOST_CPU: f64 = 1_000.0;

/// Memory that it may take, in mebibytes, beyond its answer as the server and as the client hold it.
const MOST_MEMORY: usize = 50;

/// Whether no request takes more than it may.
pub(crate) async fn show() -> bool {
    let place = tempfile::tempdir().unwrap();
    let made = Command::new(env!("CARGO_BIN_EXE_tenantatlas"))
        .args(["demo", "--once", "--data-dir"])
        .arg(place.path())
        .env("TENANTATLAS_LISTEN", "127.0.0.1:0")
        .output()
        .unwrap();
    assert!(made.status.success(), "{made:?}");
    let url = DatabaseUrl::Sqlite(place.path().join("tenantatlas.db"));
    let store = Store::open(&url, PoolSettings::default(), Arc::new(SystemClock)).unwrap();
    let filled = fill::fill(&store).await;
    let server = Serving::start(&store).await;
    let client = Client {
        http: reqwest::Client::new(),
        url: format!("http://{}/graphql", server.address()),
        bearer: format!("Bearer {}", filled.token),
    };
    println!(
        "{:<44} {:>8} {:>8} {:>9} {:>9}  answer",
        "request", "CPU ms", "wall ms", "peak MB", "answer MB"
    );
    let mut beyond = Vec::new();
    for request in documents::all(&filled) {
        if !client.measure(&request).await {
            beyond.push(request.name);
        }
    }
    server.stop().await;
    if !beyond.is_empty() {
        println!("\nmore than {MOST_CPU} ms or {MOST_MEMORY} MB, or another answer: {beyond:?}");
    }
    beyond.is_empty()
}

struct Client {
    http: reqwest::Client,
    url: String,
    bearer: String,
}

impl Client {
    /// Tells what a request costs, and whether it may cost that and is answered as it is to be.
    async fn measure(&self, wanted: &Request) -> bool {
        let Request {
            name,
            document,
            variables,
            refusal,
        } = wanted;
        process::forget_own_peak();
        let own = std::process::id();
        let cpu_ms = || process::processor_seconds(own) * 1_000.0;
        let (cpu, resident, began) = (cpu_ms(), process::resident_kib(own), Instant::now());
        let request = self
            .http
            .post(&self.url)
            .header("authorization", &self.bearer);
        let request = request.json(&json!({"query": document, "variables": variables}));
        let answer = request.send().await.unwrap().bytes().await.unwrap();
        let (wall, cpu) = (began.elapsed(), cpu_ms() - cpu);
        let peak = process::peak_kib(own).saturating_sub(resident) / 1_024;
        let size = answer.len() / 1_048_576;
        let answer: Value = serde_json::from_slice(&answer).unwrap();
        let code = answer["errors"][0]["extensions"]["code"].as_str();
        println!(
            "{name:<44} {cpu:>8.0} {:>8} {peak:>9} {size:>9}  {}, {} points",
            wall.as_millis(),
            code.unwrap_or("whole"),
            answer["extensions"]["cost"]["requestedPoints"]
        );
        cpu <= MOST_CPU && peak <= MOST_MEMORY + 2 * size && code == *refusal
    }
}
