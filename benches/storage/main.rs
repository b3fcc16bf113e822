//! What a month of backups takes, beside one backup; and how long the steps are that remove what is old.
//!
//! `cargo bench --bench storage -- --corpus DIR`: 30 daily sets of the policies of a directory, of which one in a
//! hundred changes each day, made by real runs against the simulated Graph. Without a directory the policies are
//! made up. The clock is moved by hand; what is stored is measured in the database.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a program for people at a terminal"
)]

mod month;
mod steps;

use std::path::PathBuf;

#[actix_rt::main]
async fn main() {
    let mut corpus = None;
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--corpus" => corpus = arguments.next().map(PathBuf::from),
            // What cargo says to every benchmark.
            "--bench" => {}
            other => println!("{other} means nothing here"),
        }
    }
    drop(rustls::crypto::ring::default_provider().install_default());
    let month = month::backed_up(corpus).await;
    steps::measure(&month).await;
}
