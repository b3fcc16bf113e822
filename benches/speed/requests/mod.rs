//! What a backup costs Microsoft Graph: requests, round trips, time and memory, beside what would
//! suffice and beside a plain client.
//!
//! The program itself is measured, with a simulated Graph in this process.

mod cost;
mod plain;
mod server;
mod traffic;

use std::{path::Path, time::Duration};

use tenantatlas_simulator::{Limits, Simulator, SimulatorOptions, TenantSpec};

use self::{
    cost::Cost,
    server::{Pace, Ran, Server},
    traffic::Traffic,
};
use crate::support::process::{peak_kib, processor_seconds};

/// Sizes of the simulated tenants, in policies.
const SIZES: [usize; 2] = [300, 2_000];

/// Latency of an answer, in the second measurement of time.
const LATENCY: Duration = Duration::from_millis(50);

/// What is measured besides the usual.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Under the published limits as well, which takes as long as they make it
    #[arg(long)]
    limits: bool,
    /// 2,000 policies with 300 settings each as well, for the memory
    #[arg(long)]
    large: bool,
    /// Nothing but what the other options ask for
    #[arg(long)]
    alone: bool,
}

pub(crate) async fn show(chosen: &Arguments, corpus: Option<&Path>) {
    let usual = if chosen.alone { &[][..] } else { &SIZES };
    for size in usual.iter().copied() {
        let name = format!("{size} policies");
        measure(&name, &TenantSpec::numbered(1, 0, size), true).await;
    }
    if let Some(corpus) = corpus {
        measure("corpus", &real(corpus), false).await;
    }
    if chosen.large {
        large().await;
    }
    if chosen.limits {
        for size in SIZES {
            under_limits(size).await;
        }
    }
}

/// A tenant that holds the policies of a directory.
fn real(corpus: &Path) -> TenantSpec {
    TenantSpec {
        corpus: Some(corpus.to_path_buf()),
        ..TenantSpec::numbered(1, 0, 0)
    }
}

/// What was promised of a first and a quiet run.
pub(crate) struct Frugality {
    /// Objects that the first run stored.
    pub(crate) objects: u64,
    /// Requests of the first run, in those of a plain client.
    pub(crate) first: f64,
    /// Requests of the quiet run, in those that its pages and the kinds without a marker take.
    pub(crate) quiet: f64,
    /// Time of the processors in the first run, in seconds.
    pub(crate) processor: f64,
    /// Most memory that the server had resident, in MiB.
    pub(crate) peak_mib: u64,
}

/// Of a tenant with so many made-up policies.
pub(crate) async fn frugality(policies: usize) -> Frugality {
    let spec = TenantSpec::numbered(1, 0, policies);
    let graph = simulated(&spec, Duration::ZERO, Limits::None);
    let pair = two_runs(&graph, Pace::Unbounded).await;
    graph.clear_log();
    plain::read(&graph, &spec).await;
    let plain = Traffic::of(&graph.log()).requests;
    let (first, quiet) = (&pair.first, &pair.quiet);
    for (ran, _) in [first, quiet] {
        assert_eq!(ran.status, "SUCCEEDED", "{:?}", ran.failures);
        assert!(ran.failed == 0 && ran.stored >= u64::try_from(policies).unwrap());
    }
    let needed = Cost::quiet(&first.1, &quiet.1).suffices();
    Frugality {
        objects: first.0.stored,
        first: percent(first.1.requests, plain) / 100.0,
        quiet: percent(quiet.1.requests, needed) / 100.0,
        processor: pair.processor,
        peak_mib: pair.peak_mib,
    }
}

fn simulated(spec: &TenantSpec, latency: Duration, limits: Limits) -> Simulator {
    let options = SimulatorOptions {
        tenants: vec![spec.clone()],
        latency,
        limits,
        ..SimulatorOptions::default()
    };
    Simulator::start(options).unwrap()
}

/// A first and a quiet run.
struct Pair {
    first: (Ran, Traffic),
    quiet: (Ran, Traffic),
    /// Most memory that the server ever had resident, in MiB.
    peak_mib: u64,
    /// Time of the processors that the server used in the first run, in seconds.
    processor: f64,
}

async fn two_runs(graph: &Simulator, pace: Pace) -> Pair {
    let server = Server::start(graph, pace).await;
    let before = processor_seconds(server.id());
    let run = async || {
        graph.clear_log();
        let ran = server.back_up().await;
        (ran, Traffic::of(&graph.log()))
    };
    let first = run().await;
    let processor = processor_seconds(server.id()) - before;
    let quiet = run().await;
    Pair {
        first,
        quiet,
        peak_mib: u64::try_from(peak_kib(server.id()) / 1_024).unwrap(),
        processor,
    }
}

/// Counts the requests of a tenant, and the time with and without latency.
async fn measure(name: &str, spec: &TenantSpec, with_plain: bool) {
    let graph = simulated(spec, Duration::ZERO, Limits::None);
    let pair = two_runs(&graph, Pace::Unbounded).await;
    let groups = graph.objects(spec.entra_tenant_id, "groups").len();
    let (first, quiet) = (&pair.first, &pair.quiet);
    println!("\n=== {name}\n");
    for (run, (ran, _)) in [("first", first), ("quiet", quiet)] {
        println!(
            "{run} run: {}, {} objects listed, {} stored, {} failed",
            ran.status, ran.listed, ran.stored, ran.failed
        );
        for failure in &ran.failures {
            println!("        {failure}");
        }
    }
    println!("\n{}", traffic::table(&first.1, &quiet.1));
    let first_cost = Cost::first(&first.1, &first.0, groups);
    let quiet_cost = Cost::quiet(&first.1, &quiet.1);
    println!(
        "{}",
        cost::table(&[("first", &first_cost), ("quiet", &quiet_cost)])
    );
    if with_plain {
        graph.clear_log();
        let read = plain::read(&graph, spec).await;
        let plain = Traffic::of(&graph.log()).requests;
        println!(
            "plain client: {plain} requests in {:.1} s; the first run needs {:.0} % of them, the quiet one {:.0} %",
            read.as_secs_f64(),
            percent(first.1.requests, plain),
            percent(quiet.1.requests, plain),
        );
    }
    drop(graph);
    let late = two_runs(&simulated(spec, LATENCY, Limits::None), Pace::Unbounded).await;
    for (latency, pair) in [(Duration::ZERO, &pair), (LATENCY, &late)] {
        println!(
            "latency {latency:?}, no limits: first run {:.1} s, quiet run {:.1} s, {:.1} s of processor in the first, {} MiB at most",
            pair.first.0.wall.as_secs_f64(),
            pair.quiet.0.wall.as_secs_f64(),
            pair.processor,
            pair.peak_mib,
        );
    }
}

/// How much memory 2,000 policies with 300 settings each take, oddly named ones among them.
async fn large() {
    let spec = TenantSpec {
        settings_per_policy: Some(300),
        awkward: true,
        // A fourth of them are of the settings catalog.
        ..TenantSpec::numbered(1, 0, 8_000)
    };
    let graph = simulated(&spec, Duration::ZERO, Limits::None);
    let pair = two_runs(&graph, Pace::Unbounded).await;
    println!("\n=== 300 settings in each policy of the settings catalog\n");
    for (run, (ran, traffic)) in [("first", &pair.first), ("quiet", &pair.quiet)] {
        let policies = ran.listed_by_kind.get("SETTINGS_CATALOG");
        println!(
            "{run} run: {}, {} objects stored, {} of them of the settings catalog, {:.1} MiB, {} requests, {:.1} s",
            ran.status,
            ran.stored,
            policies.copied().unwrap_or_default(),
            ran.payload_bytes / 1_048_576.0,
            traffic.requests,
            ran.wall.as_secs_f64(),
        );
    }
    println!("{} MiB at most", pair.peak_mib);
}

/// How close to the least possible time a run comes under the published limits.
async fn under_limits(size: usize) {
    let spec = TenantSpec::numbered(1, 0, size);
    let graph = simulated(&spec, Duration::ZERO, Limits::Published);
    let pair = two_runs(&graph, Pace::Default).await;
    println!("\n=== {size} policies under the published limits\n");
    for (run, (ran, traffic)) in [("first", &pair.first), ("quiet", &pair.quiet)] {
        let least = traffic.least_seconds();
        println!(
            "{run} run: {}, {:.1} s; {least:.1} s are the least ({:+.0} %); throttled {} times",
            ran.status,
            ran.wall.as_secs_f64(),
            100.0 * (ran.wall.as_secs_f64() / least - 1.0),
            traffic.throttled,
        );
    }
}

fn percent(part: u64, whole: u64) -> f64 {
    let as_float = |number: u64| f64::from(u32::try_from(number).unwrap());
    100.0 * as_float(part) / as_float(whole)
}
