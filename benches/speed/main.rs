//! How fast and how frugal TenantAtlas is.
//!
//! `cargo bench --bench speed` measures what was promised and prints each figure beside its target;
//! `cargo bench --bench speed -- NAME` looks closer at one thing, and `-- --help` names them. What
//! needs PostgreSQL uses the server that `TEST_DATABASE_URL` names.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a program for people at a terminal, which ends at the first surprise"
)]

mod actors;
mod api;
mod crowd;
mod diff;
mod fleet;
mod hostile;
mod overview;
mod promises;
mod requests;
mod soak;
mod start;
mod storage;
mod support;
mod tick;

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::Parser;

// The program's own, since some of its memory is measured in this process.
#[cfg(target_os = "linux")]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// Measures what was promised, or one thing more closely
#[derive(Debug, Parser)]
#[command(name = "cargo bench --bench speed --")]
struct Arguments {
    /// What cargo says to every benchmark
    #[arg(long, global = true, hide = true)]
    bench: bool,
    /// A directory of real policies, `<collection>/<name>.json`
    #[arg(long, global = true, value_name = "DIR")]
    corpus: Option<PathBuf>,
    #[command(subcommand)]
    measurement: Option<Measurement>,
}

#[derive(Debug, clap::Subcommand)]
enum Measurement {
    /// Everything that was promised, beside its target
    Promises,
    /// What a tick costs with 100,000 schedules
    Tick,
    /// What a backup costs Graph, the processor and the memory
    Requests(requests::Arguments),
    /// What GraphQL costs over the database beneath it, and what a subscriber costs
    Api,
    /// What a month of backups takes beside one, and how long the steps of a purge are
    Storage,
    /// What 10,000 tenants with an actor each take
    Actors,
    /// How soon a server is ready
    Start,
    /// What dashboards' aggregates cost at ten thousand tenants
    Overview,
    /// What the difference of two sets costs
    Diff,
    /// What the worst requests that pass every limit cost
    Hostile,
    /// What servers on one PostgreSQL take to dispatch and to claim
    Fleet,
    /// A server with 10,000 tenants and three schedules each: start, ticks, lists, dashboards
    Crowd(crowd::Arguments),
    /// A server under everything at once for a while: does anything grow?
    Soak(soak::Arguments),
    /// The server that `api` measures
    #[command(hide = true)]
    ServeApi { directory: PathBuf },
    /// The server that `actors` measures
    #[command(hide = true)]
    ServeActors { directory: PathBuf },
}

fn main() -> ExitCode {
    drop(rustls::crypto::ring::default_provider().install_default());
    let Arguments {
        corpus,
        measurement,
        ..
    } = Arguments::parse();
    let corpus = corpus.as_deref();
    let system = actix_rt::System::new();
    let held = system.block_on(measure(
        measurement.unwrap_or(Measurement::Promises),
        corpus,
    ));
    if held {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Measures, and tells whether what was promised holds, where there is a promise.
async fn measure(what: Measurement, corpus: Option<&Path>) -> bool {
    match what {
        Measurement::Promises => return promises::measure(corpus).await,
        Measurement::Tick => tick::show().await,
        Measurement::Requests(chosen) => requests::show(&chosen, corpus).await,
        Measurement::Api => api::show().await,
        Measurement::Storage => storage::show(corpus).await,
        Measurement::Actors => actors::show(),
        Measurement::Start => start::show().await,
        Measurement::Overview => overview::show().await,
        Measurement::Diff => return diff::show().await,
        Measurement::Hostile => return hostile::show().await,
        Measurement::Fleet => fleet::show().await,
        Measurement::Crowd(chosen) => return crowd::show(&chosen).await,
        Measurement::Soak(chosen) => return soak::show(&chosen).await,
        Measurement::ServeApi { directory } => api::serve(&directory).await,
        Measurement::ServeActors { directory } => actors::serve(&directory).await,
    }
    true
}
