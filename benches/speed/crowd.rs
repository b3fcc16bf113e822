//! One server with ten thousand tenants and three schedules each: how soon it is ready, what its ticks
//! take, and how long people wait for lists and dashboards.

use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use tenantatlas::domain::{global_id::GlobalId, ids::TenantId, schedule::Schedule};
use tenantatlas_simulator::{
    Issuer, IssuerOptions, Signer, Simulator, SimulatorOptions, TenantSpec,
};

use crate::support::{
    numbers::quantile,
    process,
    program::{Place, Program},
    rows::new_schedule,
    stock::{Stocked, Wish, stock},
};

/// How large, and for how long.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Tenants
    #[arg(long, default_value_t = 10_000)]
    tenants: usize,
    /// Schedules of each, spread evenly over the minutes of the day
    #[arg(long, default_value_t = 3)]
    schedules: usize,
    /// How long the server is looked at while its schedules fire
    #[arg(long, default_value_t = 5)]
    minutes: u64,
}

const MINUTES_OF_A_DAY: usize = 24 * 60;

/// How often each request is made.
const TIMES: usize = 30;

/// What counts as quick: a start, a tick on average, and what somebody waits for at the median.
const START: Duration = Duration::from_secs(1);
const TICK: Duration = Duration::from_secs(1);
const PAGE: Duration = Duration::from_millis(500);

/// The first page of the console's overview.
const OVERVIEW: &str = "query($after: String) { viewer { tenants(first: 100, after: $after) { edges { viewerRole node {
    id name entraTenantId connectionStatus overview { scheduleCount activeRunCount failedRunCountLast24Hours
    partialRunCountLast24Hours staleScheduleCount lastSucceededAt nextRunAt storageBytes } } }
    pageInfo { hasNextPage endCursor } } } }";

/// What the console's dashboard of a tenant shows.
const DASHBOARD: &str = "query($tenant: ID!) { tenant(id: $tenant) { id name overview { scheduleCount activeRunCount
    staleScheduleCount lastSucceededAt nextRunAt backupSetCount storageBytes }
    backupRuns(first: 20) { nodes { id status createdAt finishedAt durationMs schedule { id name } } }
    backupSchedules(first: 100) { nodes { id name nextRunAt lastRun { id status } } }
    runCalendar { date succeeded failed } storageHistory { date storedBytes } } }";

const SCHEDULES: &str =
    "query($tenant: ID!) { tenant(id: $tenant) { backupSchedules(first: 50) { totalCount nodes {
    id name enabled nextRunAt lastRun { id status finishedAt } } } } }";

/// Whether everything is quick.
pub(crate) async fn show(chosen: &Arguments) -> bool {
    let specs: Vec<TenantSpec> = (0..chosen.tenants)
        .map(|n| TenantSpec::numbered(1, n, 1))
        .collect();
    let graph = Simulator::start(SimulatorOptions {
        tenants: specs.clone(),
        ..SimulatorOptions::default()
    })
    .unwrap();
    let issuer = Issuer::start(IssuerOptions::default()).unwrap();
    let place = Place::new(&graph.url(), &settings(&issuer));
    let each = chosen.schedules;
    let wishes = specs.into_iter().enumerate().map(|(n, spec)| Wish {
        spec,
        schedules: Box::new(move |tenant, now| spread(tenant, n, each, now)),
    });
    let began = Instant::now();
    let stocked = stock(&place, wishes.collect(), &issuer).await;
    println!(
        "{} tenants with {each} schedules each, stored in {:.1?}",
        stocked.len(),
        began.elapsed()
    );
    let server = place.serve().await;
    println!("start to ready: {:.0?}", server.ready_after);
    let mut is_quick = server.ready_after < START;
    let person = issuer.sign(&issuer.draft(&issuer.people()[0].login), &Signer::Es256);
    is_quick &= look(&server, &person, &stocked).await;
    let used = process::processor_seconds(server.id());
    let began = Instant::now();
    tokio::time::sleep(Duration::from_secs(60 * chosen.minutes)).await;
    let used = process::processor_seconds(server.id()) - used;
    println!(
        "\nafter {} minutes, in which {:.1} s of processor were used ({:.1} %):",
        chosen.minutes,
        used,
        100.0 * used / began.elapsed().as_secs_f64()
    );
    is_quick &= look(&server, &person, &stocked).await;
    is_quick & told(&server).await
}

fn settings(issuer: &Issuer) -> String {
    format!(
        "[limits]\nrequests_per_minute = 1000000\npoints_per_minute = 1000000000\n\
         [oidc.crowd]\nissuer = \"{}\"\naudience = \"tenantatlas\"\n",
        issuer.url()
    )
}

/// The schedules of the `n`th tenant, so that as many are due in each minute as in any other.
fn spread(tenant: TenantId, n: usize, each: usize, now: DateTime<Utc>) -> Vec<Schedule> {
    let schedules = (0..each).map(|m| {
        let minute = (n * each + m) % MINUTES_OF_A_DAY;
        let time = format!("{:02}:{:02}", minute / 60, minute % 60);
        new_schedule(tenant, m, &time, now)
    });
    schedules.collect()
}

/// How long people wait.
async fn look(server: &Program, person: &str, stocked: &[Stocked]) -> bool {
    println!(
        "  memory {} MiB, {} open files, {} threads",
        process::resident_kib(server.id()) / 1_024,
        process::descriptors(server.id()),
        process::threads(server.id())
    );
    let what = "overview, first page of 100 tenants";
    let mut is_quick = time(server, person, what, OVERVIEW, |_| json!({})).await;
    let began = Instant::now();
    let pages = all_pages(server, person).await;
    println!(
        "  {:<40} {:>9.1?}, {pages} pages",
        "overview, all tenants",
        began.elapsed()
    );
    let of = |n: usize| json!({"tenant": stocked[n * 97 % stocked.len()].id.to_global()});
    is_quick &= time(server, person, "a tenant's schedules", SCHEDULES, of).await;
    is_quick &= time(server, person, "a tenant's dashboard", DASHBOARD, of).await;
    is_quick
}

/// One request, again and again; whether it is quick.
async fn time(
    server: &Program,
    token: &str,
    what: &str,
    query: &str,
    variables: impl Fn(usize) -> Value,
) -> bool {
    let mut taken = Vec::new();
    for n in 0..TIMES {
        let (variables, began) = (variables(n), Instant::now());
        server.ask(token, query, variables).await;
        taken.push(began.elapsed());
    }
    taken.sort_unstable();
    println!(
        "  {what:<40} {:>9.1?} at the median of {TIMES}, {:.1?} at most",
        quantile(&taken, 50),
        quantile(&taken, 100)
    );
    quantile(&taken, 50) < PAGE
}

/// Reads the overview to its end; how many pages it has.
async fn all_pages(server: &Program, token: &str) -> usize {
    let (mut pages, mut after) = (0, Value::Null);
    loop {
        let mut answer = server.ask(token, OVERVIEW, json!({ "after": after })).await;
        pages += 1;
        let page = &mut answer["viewer"]["tenants"]["pageInfo"];
        if page["hasNextPage"] != json!(true) {
            return pages;
        }
        after = page["endCursor"].take();
    }
}

/// What the server says of its ticks.
async fn told(server: &Program) -> bool {
    let figures = server.metrics().await;
    let ticks = figures.sum("tenantatlas_tick_duration_seconds_count");
    let spent = figures.sum("tenantatlas_tick_duration_seconds_sum");
    let due = figures.sum("tenantatlas_slots_total");
    println!(
        "  {ticks:.0} ticks of {:.1} ms on average, in which {due:.0} slots were decided",
        1_000.0 * spent / ticks.max(1.0)
    );
    spent / ticks.max(1.0) < TICK.as_secs_f64()
}
