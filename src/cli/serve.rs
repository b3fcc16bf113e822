//! `serve`: the API and the workers, until somebody asks the program to stop.

use super::{error::CliError, output, signal};
use crate::{app, config::Config};

/// Serves until the program is asked to stop; then runs may land within the grace. A second request
/// ends it at once.
pub(super) async fn run(config: Config) -> Result<(), CliError> {
    let app = app::start(config, super::system_clocks()).await?;
    signal::stop_requested().await?;
    output::note("stopping; runs may land first, a second signal ends them at once");
    tokio::select! {
        () = app.stop() => Ok(()),
        again = signal::stop_requested() => again,
    }
}
