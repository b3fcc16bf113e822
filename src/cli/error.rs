//! Why a command failed, and the exit code that this makes.

use std::{io, path::PathBuf};

#[cfg(feature = "simulator")]
use tenantatlas_simulator::SimulatorError;

use crate::{
    app::{AppError, Unfinished},
    config::ConfigError,
    export::{ExportError, FolderError},
    store::StoreError,
    telemetry::TracesError,
    vault::VaultError,
    workers::credentials::{CredentialFault, ProofFault},
};

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum CliError {
    /// What was written on the command line cannot be meant; nothing was done.
    #[error("{0}")]
    Usage(String),
    /// The settings are wrong; nothing was done.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The settings of traces are wrong; nothing was done.
    #[error(transparent)]
    Traces(#[from] TracesError),
    /// The system gives no threads; nothing was done.
    #[error("the program's threads could not be started")]
    Threads(#[source] std::io::Error),
    /// The present state does not allow it.
    #[error("{0}")]
    Refused(String),
    /// The server or its parts could not be started.
    #[error(transparent)]
    App(#[from] AppError),
    /// The server stopped before everything was done.
    #[error(transparent)]
    Unfinished(#[from] Unfinished),
    /// The database did not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A secret could not be sealed.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// A backup set could not be exported to its end.
    #[error("the export was not finished")]
    Export(#[from] ExportError),
    /// The folder of an export cannot be used.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// A credential cannot be used.
    #[error("the credential cannot be used")]
    Credential(#[from] CredentialFault),
    /// A token file cannot be used.
    #[error("{} cannot be used", path.display())]
    TokenFile {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        cause: ProofFault,
    },
    /// Stored backups are not what they were.
    #[error("{items} item(s) in {sets} backup set(s) are damaged, or the sets themselves are")]
    Damaged {
        /// How many items.
        items: usize,
        /// In how many sets.
        sets: usize,
    },
    /// A file cannot be used.
    #[error("{} cannot be used", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        cause: io::Error,
    },
    /// Whoever read standard output has gone.
    #[error("standard output cannot be written")]
    Output(#[source] io::Error),
    /// Signals cannot be listened for.
    #[error("signals cannot be listened for")]
    Signal(#[source] io::Error),
    /// The simulated Graph could not be started.
    #[cfg(feature = "simulator")]
    #[error("the simulated Graph cannot be started")]
    Simulator(#[source] SimulatorError),
}

impl CliError {
    /// The exit code: 2 for a command line or configuration that is wrong, 1 for everything else.
    pub(super) fn exit_code(&self) -> u8 {
        match self {
            Self::Usage(_) | Self::Config(_) | Self::Traces(_) => 2,
            Self::App(AppError::Key(error)) if error.is_of_settings() => 2,
            Self::Threads(_)
            | Self::Refused(_)
            | Self::App(_)
            | Self::Unfinished(_)
            | Self::Store(_)
            | Self::Vault(_)
            | Self::Export(_)
            | Self::Folder(_)
            | Self::Credential(_)
            | Self::TokenFile { .. }
            | Self::Damaged { .. }
            | Self::File { .. }
            | Self::Output(_)
            | Self::Signal(_) => 1,
            #[cfg(feature = "simulator")]
            Self::Simulator(_) => 1,
        }
    }
}
