//! What the difference of two sets costs: 2,000 policies with 20 settings each, 1 % of them changed.
//!
//! Asks a server of this process over HTTP for the first page with all of
//! its changes, and for the counts alone. Fails when the page takes longer than it may.

mod fill;

use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tenantatlas::{
    clock::SystemClock,
    store::{DatabaseUrl, PoolSettings, Store},
};

use self::fill::{CHANGED, Filled, POLICIES};
use crate::support::serving::Serving;

/// How long the first page may take.
const MOST: Duration = Duration::from_millis(100);

/// How often each request is made.
const TIMES: usize = 50;

const PAGE: &str =
    "query($base: ID!, $target: ID!) { backupSetDiff(baseId: $base, targetId: $target) {
    addedCount removedCount changedCount unchangedCount
    entries(first: 25) { totalCount nodes {
        kind policyType name before { id } after { id } isTruncated
        changes { part path kind before after label }
    } }
} }";

const COUNTS: &str =
    "query($base: ID!, $target: ID!) { backupSetDiff(baseId: $base, targetId: $target) {
    addedCount removedCount changedCount unchangedCount
} }";

/// Whether the page comes in time.
pub(crate) async fn show() -> bool {
    let place = tempfile::tempdir().unwrap();
    let url = DatabaseUrl::Sqlite(place.path().join("bench.db"));
    let store = Store::open(&url, PoolSettings::default(), Arc::new(SystemClock)).unwrap();
    let filled = fill::fill(&store).await;
    let server = Serving::start(&store).await;
    println!("{POLICIES} policies, {CHANGED} changed, {TIMES} times each");
    let address = server.address();
    let page = measure("first page with its changes", address, &filled, PAGE).await;
    measure("counts alone", address, &filled, COUNTS).await;
    server.stop().await;
    if page >= MOST {
        println!("more than {MOST:?}");
    }
    page < MOST
}

/// How long a request takes at the 99th percentile.
async fn measure(name: &str, address: SocketAddr, filled: &Filled, query: &str) -> Duration {
    let http = reqwest::Client::new();
    let body = json!({"query": query, "variables": {"base": filled.base, "target": filled.target}});
    let mut taken = Vec::new();
    let mut size = 0;
    for _ in 0..TIMES {
        let began = Instant::now();
        let request = http.post(format!("http://{address}/graphql"));
        let request = request.bearer_auth(&filled.token).json(&body);
        let text = request.send().await.unwrap().text().await.unwrap();
        taken.push(began.elapsed());
        check(&text);
        size = text.len();
    }
    taken.sort_unstable();
    let (middle, last) = (taken[TIMES / 2], taken[TIMES * 99 / 100]);
    println!("  {name:28} p50 {middle:.1?}, p99 {last:.1?}, {size} bytes");
    last
}

/// Looks whether an answer tells what there is to tell.
fn check(answer: &str) {
    let answer: Value = serde_json::from_str(answer).unwrap();
    assert_eq!(answer["errors"], Value::Null, "{answer:#}");
    let diff = &answer["data"]["backupSetDiff"];
    assert_eq!(diff["changedCount"], json!(CHANGED));
    assert_eq!(diff["unchangedCount"], json!(POLICIES - CHANGED));
    for entry in diff["entries"]["nodes"].as_array().into_iter().flatten() {
        assert_eq!(entry["changes"].as_array().unwrap().len(), 2, "{entry:#}");
    }
}
