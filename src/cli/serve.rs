//! `serve`: the API and the workers, until somebody asks the program to stop.

use super::{error::CliError, signal};
use crate::{
    app::{self, App},
    config::Config,
};

/// Serves until the program is asked to stop.
pub(super) async fn run(config: Config) -> Result<(), CliError> {
    let app = tokio::select! {
        started = app::start(config, super::system_clocks()) => started?,
        // It may be waiting for a database.
        asked = signal::stop_requested() => return asked,
    };
    signal::stop_requested().await?;
    tracing::info!("stopping; a second signal does not wait for runs to land");
    stop(app).await
}

/// Lets runs land within the grace. A second request to stop ends them at once.
pub(super) async fn stop(app: App) -> Result<(), CliError> {
    tokio::select! {
        stopped = app.stop() => Ok(stopped?),
        again = signal::stop_requested() => again,
    }
}
