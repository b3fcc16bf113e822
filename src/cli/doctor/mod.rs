//! `doctor`: looks at everything that a server needs, and says what is wrong and what to do.
//!
//! It changes nothing, and works beside a running server. Each check looks at one thing, waits for at
//! most five seconds, and hands what it saw to a function that judges it.

mod configuration;
mod database;
mod finding;
mod key;
mod machine;
mod network;
mod people;
mod place;
mod schedules;
mod tenants;
mod words;

use std::{future::Future, time::Duration};

use serde_json::json;

use self::finding::{Finding, Grade};
use super::{error::CliError, output};
use crate::config::{Config, ConfigError};

/// How long anything is waited for.
const PATIENCE: Duration = Duration::from_secs(5);

/// What is looked at.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Prints JSON
    #[arg(long)]
    json: bool,
    /// Signs in with the credential of every tenant as well
    #[arg(long)]
    sign_in: bool,
}

/// Looks, prints what was found, and fails if something does not work.
pub(super) async fn run(arguments: &Arguments, config: &Config) -> Result<(), CliError> {
    print(&look(config, arguments.sign_in).await, arguments.json)
}

/// Prints what is wrong with the configuration: without one there is nothing else to look at.
pub(super) fn tell(arguments: &Arguments, error: &ConfigError) -> Result<(), CliError> {
    print(&configuration::wrong(error), arguments.json)
}

fn print(findings: &[Finding], as_json: bool) -> Result<(), CliError> {
    if as_json {
        let findings: Vec<_> = findings.iter().map(Finding::to_json).collect();
        output::data(format_args!("{:#}", json!({ "findings": findings })))?;
    } else {
        findings.iter().try_for_each(output::data)?;
    }
    match findings.iter().filter(|it| it.grade == Grade::Fail).count() {
        0 => Ok(()),
        failed => Err(CliError::Refused(format!(
            "{failed} finding(s) have to be mended"
        ))),
    }
}

async fn look(config: &Config, signs_in: bool) -> Vec<Finding> {
    let mut findings = configuration::look(config);
    findings.extend(place::look(config));
    findings.extend(machine::look());
    let (database, whole, addresses, issuers, collector) = tokio::join!(
        database::look(config),
        database::quick_check(config),
        place::addresses(config),
        network::issuers(config),
        network::collector(config),
    );
    let (told, looked) = database;
    findings.extend(told);
    findings.extend(whole);
    let stored = looked.as_ref().and_then(|looked| looked.stored.as_ref());
    let (told, vault) = key::look(config, stored.map(|stored| &stored.keys));
    findings.extend(told);
    if signs_in && (vault.is_none() || stored.is_none()) {
        findings.push(tenants::not_tried());
    }
    let clouds = tenants::clouds(stored);
    let (hosts, credentials) = tokio::join!(
        network::hosts(config, &clouds),
        tenants::look(config, stored, vault.as_ref().filter(|_| signs_in)),
    );
    findings.extend(hosts);
    findings.extend(network::clock(looked.as_ref()));
    findings.extend(issuers);
    findings.extend(collector);
    findings.extend(addresses);
    if let Some(stored) = stored {
        findings.extend(credentials);
        findings.extend(people::judge(stored, config));
        // What was written by the database's clock is judged by it.
        let theirs = looked.as_ref().and_then(|looked| looked.now);
        let at = theirs.unwrap_or_else(now);
        findings.extend(schedules::judge(stored, config, at));
    }
    findings
}

/// The machine's own time.
fn now() -> chrono::DateTime<chrono::Utc> {
    super::system_clock().now()
}

/// Does what may wait on a thread of its own; none where that takes longer than it may.
async fn on_a_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    let work = tokio::task::spawn_blocking(work);
    in_time(work).await?.ok()
}

async fn in_time<T>(work: impl Future<Output = T>) -> Option<T> {
    tokio::time::timeout(PATIENCE, work).await.ok()
}

/// The first few names, and how many more there are.
fn some_of<T: AsRef<str>>(names: &[T]) -> String {
    const SHOWN: usize = 5;
    let shown: Vec<&str> = names.iter().take(SHOWN).map(AsRef::as_ref).collect();
    match names.len().saturating_sub(SHOWN) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
