//! `demo`: the whole product beside a simulated Graph, on an embedded database.
//!
//! Nothing here is a shortcut: the simulated tenants are added as `tenant add` adds real ones, and
//! the server is the one that `serve` runs, with other hosts for Graph.

mod cast;
mod once;
mod people;
mod place;
mod playbill;
mod watch;

use std::{
    net::{SocketAddr, TcpListener},
    path::PathBuf,
};

use tenantatlas_simulator::{Issuer, Simulator, SimulatorOptions};
use url::Url;

use self::{
    cast::{Opening, Player},
    place::Place,
};
use super::{error::CliError, output, serve, signal, simulate_graph};
use crate::{
    app::{self, App},
    config::{Config, embedded_in},
    metrics::Listen,
};

/// Tenants of the demonstration.
const TENANTS: usize = 3;

/// Policies that are made up for each of them.
const POLICIES: usize = 120;

/// What is shown.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Runs one backup of each tenant to its end, prints the result and exits
    #[arg(long)]
    once: bool,
    /// Directory of real policies that the simulated tenants hold: DIR/<collection>/<name>.json
    #[arg(long, value_name = "DIR")]
    corpus: Option<PathBuf>,
    /// Keeps the data in this directory; without it they are removed at the end
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
}

/// Runs the demonstration.
pub(super) async fn run(arguments: Arguments, config: Config) -> Result<(), CliError> {
    let options = SimulatorOptions {
        tenants: simulate_graph::tenants(TENANTS, POLICIES, arguments.corpus.as_deref())?,
        ..SimulatorOptions::default()
    };
    let place = Place::new(arguments.data_dir)?;
    let simulator = Simulator::start(options).map_err(CliError::Simulator)?;
    let mut config = staged(config, &place, &simulator)?;
    let (opening, listen) = match arguments.once {
        true => (Opening::Tomorrow, any_port(config.api.listen)),
        false => (Opening::Soon, free(config.api.listen)),
    };
    config.api.listen = listen;
    // Nobody signs in to what ends by itself.
    let issuer = match arguments.once {
        true => None,
        false => Some(people::start(port_beside(listen, config.metrics.listen))?),
    };
    let issuers = issuer.iter().map(people::settings);
    config.oidc.issuers = issuers.collect::<Result<_, _>>()?;
    config.api.guests = issuer.as_ref().map(people::guests);
    let cast = cast::settle(&config, simulator.tenants(), opening).await?;
    let app = app::start(config, super::system_clocks()).await?;
    let result = match &issuer {
        None => back_up_once(&app, &cast).await,
        Some(issuer) => show(&app, &cast, &place, &simulator, issuer).await,
    };
    serve::stop(app).await?;
    result
}

/// The chosen configuration, but for the place of the data and the hosts of Graph, and with GraphiQL.
fn staged(config: Config, place: &Place, simulator: &Simulator) -> Result<Config, CliError> {
    let url = Url::parse(&simulator.url())
        .map_err(|error| CliError::Refused(format!("the simulated Graph has no URL: {error}")))?;
    let mut config = Config {
        data_dir: place.path().to_owned(),
        database: embedded_in(place.path()),
        secret_key_file: None,
        ..config
    };
    config.graph.graph_url = Some(url.clone());
    config.graph.login_url = Some(url);
    config.api.graphiql = true;
    // Two demonstrations at once have no port to quarrel about.
    config.metrics.listen.get_or_insert(Listen::Off);
    Ok(config)
}

/// The port beside that of the API which is not that of the metrics, so that people of a kept directory are the
/// same the next time.
fn port_beside(api: SocketAddr, metrics: Option<Listen>) -> u16 {
    let metrics = match metrics {
        Some(Listen::At(address)) => address.port(),
        Some(Listen::Off) | None => 0,
    };
    let mut beside = (api.port()..=u16::MAX).skip(1);
    match beside.find(|port| *port != metrics) {
        Some(port) if api.port() != 0 => free(people::address(port)).port(),
        Some(_) | None => 0,
    }
}

fn any_port(mut address: SocketAddr) -> SocketAddr {
    address.set_port(0);
    address
}

/// The address if nobody listens there, else one with a free port: a demonstration has no users
/// that know its port.
fn free(address: SocketAddr) -> SocketAddr {
    match TcpListener::bind(address) {
        Ok(_) => address,
        Err(error) => {
            output::note(format!(
                "{address} cannot be used ({error}); taking a free port"
            ));
            any_port(address)
        }
    }
}

async fn back_up_once(app: &App, cast: &[Player]) -> Result<(), CliError> {
    let stopped = || CliError::Refused("stopped before every backup had ended".to_owned());
    tokio::select! {
        done = once::run(app, cast) => done,
        asked = signal::stop_requested() => asked.and(Err(stopped())),
    }
}

async fn show(
    app: &App,
    cast: &[Player],
    place: &Place,
    simulator: &Simulator,
    issuer: &Issuer,
) -> Result<(), CliError> {
    people::join(app.store(), issuer, cast).await?;
    playbill::print(app, cast, place, &simulator.url(), issuer).await?;
    let ended = tokio::select! {
        stopped = signal::stop_requested() => stopped,
        failed = watch::follow(app.store(), cast) => failed,
    };
    output::note("stopping");
    ended
}
