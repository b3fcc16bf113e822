//! `simulate-graph`: the simulated Microsoft Graph alone, for tests of whatever talks to Graph.

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use tenantatlas_simulator::{
    FaultPlan, Limits, RequestLimit, Simulator, SimulatorOptions, TenantSpec,
};

use super::{error::CliError, output, signal, table::Table};
use crate::config::duration;

/// Makes the same tenants each time.
const SEED: u64 = 1;

/// What is simulated.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Address to listen on; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8081")]
    listen: SocketAddr,
    /// How many tenants
    #[arg(long, value_name = "COUNT", default_value_t = 3)]
    tenants: usize,
    /// Roughly how many policies are made up for each tenant
    #[arg(long, value_name = "COUNT", default_value_t = 60)]
    policies: usize,
    /// Settings of each settings catalog policy; a few of varying number if absent
    #[arg(long, value_name = "COUNT")]
    settings: Option<usize>,
    /// Adds objects with awkward names and contents
    #[arg(long)]
    awkward: bool,
    /// The day that the tenants show: a share of their objects changes every day
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    day: u32,
    /// How many of a hundred objects change every day; one at least
    #[arg(long, value_name = "PERCENT", default_value_t = 1)]
    drift: u32,
    /// Directory of real policies that every tenant holds instead
    #[arg(long, value_name = "DIR")]
    corpus: Option<PathBuf>,
    /// Added to each answer, such as 50ms
    #[arg(long, value_name = "TIME", default_value = "0s", value_parser = duration::parse)]
    latency: Duration,
    /// Requests that each tenant may make in a time, such as 1000/20s; `published` enforces the
    /// limits that Microsoft publishes for each backend
    #[arg(long, value_name = "COUNT/TIME", value_parser = limits)]
    limit: Option<Limits>,
    /// Requests that another application makes in Intune in a time, out of each tenant's limit
    #[arg(long, value_name = "COUNT/TIME", value_parser = limit, requires = "limit")]
    neighbour: Option<RequestLimit>,
    /// JSON file with a list of faults
    #[arg(long, value_name = "FILE")]
    faults: Option<PathBuf>,
}

/// Simulates until the program is asked to stop.
pub(super) async fn run(arguments: Arguments) -> Result<(), CliError> {
    let faults = arguments.faults.as_deref().map(read_faults).transpose()?;
    let tenants = tenants(
        arguments.tenants,
        arguments.policies,
        arguments.corpus.as_deref(),
    )?;
    let with_settings = |tenant| TenantSpec {
        settings_per_policy: arguments.settings,
        awkward: arguments.awkward,
        ..tenant
    };
    let options = SimulatorOptions {
        listen: arguments.listen,
        seed: SEED,
        tenants: tenants.into_iter().map(with_settings).collect(),
        day: arguments.day,
        drift_percent: arguments.drift,
        latency: arguments.latency,
        limits: arguments.limit.unwrap_or_default(),
        neighbour: arguments.neighbour,
        faults: faults.unwrap_or_default(),
        ..SimulatorOptions::default()
    };
    let simulator = Simulator::start(options).map_err(CliError::Simulator)?;
    output::data(simulator.url())?;
    let mut table = Table::new(&["NAME", "ENTRA TENANT ID", "CLIENT ID", "CLIENT SECRET"]);
    for tenant in simulator.tenants() {
        table.row([
            tenant.name.clone(),
            tenant.entra_tenant_id.to_string(),
            tenant.client_id.to_string(),
            tenant.client_secret.clone(),
        ]);
    }
    output::data(table)?;
    signal::stop_requested().await
}

/// Demonstration tenants: with made-up policies or, with a corpus, with nothing but real ones.
pub(super) fn tenants(
    count: usize,
    policies: usize,
    corpus: Option<&Path>,
) -> Result<Vec<TenantSpec>, CliError> {
    if let Some(path) = corpus.filter(|path| !path.is_dir()) {
        return Err(CliError::Usage(format!(
            "{} is no directory",
            path.display()
        )));
    }
    let policies = if corpus.is_some() { 0 } else { policies };
    let tenant = |n| TenantSpec {
        corpus: corpus.map(Path::to_owned),
        ..TenantSpec::numbered(SEED, n, policies)
    };
    Ok((0..count).map(tenant).collect())
}

fn read_faults(path: &Path) -> Result<FaultPlan, CliError> {
    let text = fs::read_to_string(path).map_err(|cause| CliError::File {
        path: path.to_owned(),
        cause,
    })?;
    serde_json::from_str(&text)
        .map_err(|error| CliError::Usage(format!("{}: {error}", path.display())))
}

fn limits(text: &str) -> Result<Limits, String> {
    match text {
        "published" => Ok(Limits::Published),
        other => limit(other).map(Limits::from),
    }
}

fn limit(text: &str) -> Result<RequestLimit, String> {
    let (requests, window) = text
        .split_once('/')
        .ok_or("write it as COUNT/TIME, such as 1000/20s")?;
    Ok(RequestLimit {
        requests: requests
            .parse()
            .map_err(|_| format!("`{requests}` is no number"))?,
        window: duration::parse(window)?,
    })
}
