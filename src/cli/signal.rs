//! The wish of the operating system or of a person that the program end.

use super::error::CliError;

/// Resolves at the next interrupt (Ctrl-C) or, on Unix, SIGTERM.
#[cfg(unix)]
pub(super) async fn stop_requested() -> Result<(), CliError> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate()).map_err(CliError::Signal)?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted.map_err(CliError::Signal),
        _ = terminate.recv() => Ok(()),
    }
}

/// Resolves at the next interrupt (Ctrl-C).
#[cfg(not(unix))]
pub(super) async fn stop_requested() -> Result<(), CliError> {
    tokio::signal::ctrl_c().await.map_err(CliError::Signal)
}
