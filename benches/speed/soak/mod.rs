//! A server under everything at once for a while: runs all the time, people who follow them, come and go,
//! and change things, and a Graph with faults. What must not grow is looked at every few seconds.

mod load;
mod samples;

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use chrono::{DateTime, TimeDelta, Utc};
use tenantatlas::domain::{ids::TenantId, kind::PolicyKind, schedule::Schedule};
use tenantatlas_simulator::{
    Effect, Fault, FaultPlan, Hits, Issuer, IssuerOptions, Simulator, SimulatorOptions, TenantSpec,
};

use self::samples::Samples;
use crate::support::{
    metrics::Figures,
    numbers::number,
    program::Place,
    rows::new_schedule,
    stock::{Wish, stock},
};

/// How large, and for how long.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// How long
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u64).range(2..))]
    minutes: u64,
    /// Tenants
    #[arg(long, default_value_t = 500)]
    tenants: usize,
    /// Schedules of each, every one of which fires once
    #[arg(long, default_value_t = 4)]
    schedules: usize,
    /// People who follow the runs of a tenant all the time
    #[arg(long, default_value_t = 100)]
    subscribers: usize,
}

/// Roughly how many policies a tenant holds.
const POLICIES: usize = 60;

const LATENCY: Duration = Duration::from_millis(30);

/// Between two looks.
const LOOK: Duration = Duration::from_secs(10);

/// After the load: time for what is under way to end, and for connections to be closed.
const REST: Duration = Duration::from_secs(75);

/// Kinds that most schedules choose.
const KINDS: [PolicyKind; 5] = [
    PolicyKind::DeviceConfiguration,
    PolicyKind::SettingsCatalog,
    PolicyKind::DeviceCompliancePolicy,
    PolicyKind::AssignmentFilter,
    PolicyKind::ScopeTag,
];

/// What was done to the server.
#[derive(Debug, Default)]
pub(crate) struct Deeds {
    requests: AtomicU64,
    events: AtomicU64,
    connections: AtomicU64,
    exports: AtomicU64,
    changes: AtomicU64,
}

impl Deeds {
    fn add(count: &AtomicU64) {
        count.fetch_add(1, Ordering::Relaxed);
    }
}

/// Whether nothing grew that must not.
pub(crate) async fn show(chosen: &Arguments) -> bool {
    let specs: Vec<_> = (0..chosen.tenants)
        .map(|n| TenantSpec::numbered(1, n, POLICIES))
        .collect();
    let graph = Simulator::start(SimulatorOptions {
        tenants: specs.clone(),
        latency: LATENCY,
        faults: faults(),
        ..SimulatorOptions::default()
    });
    let graph = Arc::new(graph.unwrap());
    let issuer = Issuer::start(IssuerOptions::default()).unwrap();
    let place = Place::new(&graph.url(), &settings(&issuer));
    let (each, minutes) = (chosen.schedules, chosen.minutes);
    let wishes = specs.into_iter().enumerate().map(|(n, spec)| Wish {
        spec,
        schedules: Box::new(move |tenant, now| firing(tenant, n, each, minutes, now)),
    });
    let stocked = Arc::new(stock(&place, wishes.collect(), &issuer).await);
    let server = place.serve().await;
    println!(
        "{} tenants with {each} schedules each, {} subscribers, {minutes} minutes",
        stocked.len(),
        chosen.subscribers
    );
    let deeds = Arc::new(Deeds::default());
    let mut samples = Samples::default();
    // Before anything happens, for comparison with the end.
    samples
        .take(&server, Duration::ZERO, &place.data_dir())
        .await;
    let mut load = load::start(&server, &graph, &stocked, chosen.subscribers, &deeds).await;
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(60 * minutes) {
        tokio::time::sleep(LOOK).await;
        graph.clear_log();
        load.check();
        samples
            .take(&server, began.elapsed(), &place.data_dir())
            .await;
    }
    load.stop().await;
    tokio::time::sleep(REST).await;
    samples
        .take(&server, began.elapsed(), &place.data_dir())
        .await;
    let is_busy = was_busy(&deeds, &server.metrics().await, minutes);
    samples.judge() && is_busy
}

/// Tells what was done, and whether it was enough to find anything out.
fn was_busy(deeds: &Deeds, figures: &Figures, minutes: u64) -> bool {
    let count = |count: &AtomicU64| count.load(Ordering::Relaxed);
    let runs = figures.sum("tenantatlas_runs_total");
    println!(
        "\n{} runs ended; {} requests, {} exports, {} connections of subscribers, {} events, {} objects changed at Graph",
        runs,
        count(&deeds.requests),
        count(&deeds.exports),
        count(&deeds.connections),
        count(&deeds.events),
        count(&deeds.changes)
    );
    let least = |number: u64, of_a_minute: u64| number >= of_a_minute * minutes;
    let is_busy = runs >= 10.0 * number(minutes)
        && least(count(&deeds.requests), 200)
        && least(count(&deeds.events), 200)
        && least(count(&deeds.connections), 10)
        && least(count(&deeds.exports), 2);
    if !is_busy {
        println!("too little was done to find anything out");
    }
    is_busy
}

fn settings(issuer: &Issuer) -> String {
    format!(
        "[limits]\nrequests_per_minute = 1000000\npoints_per_minute = 1000000000\n\
         [limits.sockets]\nper_caller = 1000\nwaiting = 1000\n\
         [times]\nidle = \"60s\"\n\
         [oidc.soak]\nissuer = \"{}\"\naudience = \"tenantatlas\"\n",
        issuer.url()
    )
}

/// A little goes wrong everywhere.
fn faults() -> FaultPlan {
    let now_and_then = |every, effect| Fault {
        hits: Hits::Every(every),
        ..Fault::on("*/deviceManagement/*", effect)
    };
    FaultPlan(vec![
        now_and_then(197, Effect::throttle(1)),
        now_and_then(211, Effect::status(503)),
        now_and_then(499, Effect::Reset),
    ])
}

/// Schedules that fire once while the server is looked at; one in ten backs everything up.
fn firing(
    tenant: TenantId,
    n: usize,
    each: usize,
    minutes: u64,
    now: DateTime<Utc>,
) -> Vec<Schedule> {
    let span = usize::try_from(minutes).unwrap().max(3) - 2;
    let schedules = (0..each).map(|m| {
        let minute = i64::try_from((n * each + m) % span).unwrap();
        let at = now + TimeDelta::minutes(2 + minute);
        let mut schedule = new_schedule(tenant, m, &at.format("%H:%M").to_string(), now);
        if !(n * each + m).is_multiple_of(10) {
            schedule.scope.kinds = KINDS.to_vec();
        }
        schedule
    });
    schedules.collect()
}
