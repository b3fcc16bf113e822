//! Three servers on one PostgreSQL, and nothing lost when one dies.
//!
//! Servers are killed, frozen, stopped and cut off from their database at random, while schedules
//! fire at a simulated Graph that fails now and then, people ask for runs and follow them. When all
//! is quiet again everything has to add up. See CONTRIBUTING.md for how to run it.
//!
//! ```text
//! trial ─▶ place, postgres, world (Graph, people, tenants, schedules), fleet (the servers)
//!       ─▶ blows by the plan; people and followers meanwhile
//!       ─▶ quiet ─▶ records (what the tables say) ─▶ judge, takeover ─▶ report
//! ```
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod arguments;
mod blows;
mod client;
mod fleet;
mod followers;
mod judge;
mod people;
mod place;
mod plan;
mod postgres;
mod quiet;
mod records;
mod report;
mod server;
mod settings;
mod takeover;
mod trial;
mod waiting;
mod world;

use std::{
    io::{self, Write},
    process::ExitCode,
};

use arguments::Order;

fn main() -> ExitCode {
    match Order::given() {
        Order::List(names) => {
            let mut out = io::stdout().lock();
            for name in names {
                writeln!(out, "{name}: test").expect("standard output is open");
            }
            ExitCode::SUCCESS
        }
        Order::Tests { judges, servers } => {
            if judges {
                judge::judges_see();
            }
            let options = match servers {
                Ok(options) => options,
                Err(why) => {
                    eprintln!("{why}");
                    return ExitCode::SUCCESS;
                }
            };
            let provider = rustls::crypto::ring::default_provider();
            provider.install_default().expect("the first provider");
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .worker_threads(2)
                .enable_all()
                .build()
                .expect("a runtime");
            runtime.block_on(trial::held(options))
        }
    }
}
