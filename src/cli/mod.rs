//! The command line: one file per command.
//!
//! Data goes to standard output, everything else to standard error. Exit codes: 0 done, 1 the thing
//! failed, 2 the command line or the configuration is wrong and nothing was done.

use std::{process::ExitCode, sync::Arc};

use clap::Parser;
use tokio::runtime::{Builder, Runtime};

mod backup_db;
#[cfg(feature = "simulator")]
mod demo;
mod dispatch;
mod doctor;
mod error;
mod export;
mod key;
mod member;
mod migrate;
mod output;
mod serve;
mod signal;
#[cfg(feature = "simulator")]
mod simulate_graph;
mod table;
mod tenant;
mod tenant_credential;
mod tenant_delete;
mod token;
mod values;
mod verify;
mod version;

use self::error::CliError;
use crate::{
    api,
    app::Clocks,
    clock::{Clock, SystemClock},
    config::{self, Config, Need},
    domain::{
        actor::{Actor, Component},
        audit::Author,
    },
    store::{DatabaseUrl, Store},
    task, telemetry,
};

/// Scheduled, verifiable backups of Microsoft Intune and Entra configuration.
#[derive(Debug, Parser)]
#[command(name = "tenantatlas", version = version::line())]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Shows the product with three simulated tenants; needs nothing
    #[cfg(feature = "simulator")]
    Demo(demo::Arguments),
    /// Runs the API and the workers
    Serve,
    /// Looks at everything that a server needs, and says what is wrong and what to do
    Doctor(doctor::Arguments),
    /// Makes one tick by hand: queues what is due now
    Dispatch,
    /// Brings the database up to date
    Migrate,
    /// Prints the GraphQL schema
    Schema,
    /// Runs the simulated Microsoft Graph alone
    #[cfg(feature = "simulator")]
    SimulateGraph(simulate_graph::Arguments),
    /// Recomputes every hash of the stored backup sets, and names what is damaged
    Verify(verify::Arguments),
    /// Adds, lists and deletes tenants, and looks after their credentials
    #[command(subcommand)]
    Tenant(tenant::Command),
    /// Makes API tokens
    #[command(subcommand)]
    Token(token::Command),
    /// Writes a backup set into a folder of files
    Export(export::Arguments),
    /// Copies the embedded database, also while a server works on it
    BackupDb(backup_db::Arguments),
    /// Changes the key that seals secrets
    #[command(subcommand)]
    Key(key::Command),
    /// Adds members
    #[command(subcommand)]
    Member(member::Command),
}

impl Command {
    /// A server is told at once of everything that is missing; who looks for mistakes wants to see them all.
    fn need(&self) -> Need {
        match matches!(self, Self::Serve) {
            true => Need::Files,
            false => Need::Texts,
        }
    }

    /// Whether it is about what is stored already, so that a database which it would have to make is not the
    /// one that was meant.
    fn is_of_what_is_there(&self) -> bool {
        match self {
            #[cfg(feature = "simulator")]
            Self::Demo(_) | Self::SimulateGraph(_) => false,
            Self::Serve
            | Self::Doctor(_)
            | Self::Migrate
            | Self::Schema
            | Self::Tenant(tenant::Command::Add(_)) => false,
            Self::Dispatch
            | Self::BackupDb(_)
            | Self::Verify(_)
            | Self::Tenant(_)
            | Self::Token(_)
            | Self::Export(_)
            | Self::Key(_)
            | Self::Member(_) => true,
        }
    }

    /// The log filter where none was chosen: a demonstration shows its own progress. What the library says of
    /// certificates that are refused is in the error of whoever connected.
    fn usual_log(&self) -> &'static str {
        match self {
            #[cfg(feature = "simulator")]
            Self::Demo(_) | Self::SimulateGraph(_) => "warn,rustls_platform_verifier=off",
            // What it finds is all that it has to say.
            Self::Doctor(_) => "error,rustls_platform_verifier=off",
            Self::Serve
            | Self::Dispatch
            | Self::Migrate
            | Self::Schema
            | Self::Verify(_)
            | Self::Tenant(_)
            | Self::Token(_)
            | Self::Export(_)
            | Self::BackupDb(_)
            | Self::Key(_)
            | Self::Member(_) => "info,actix_server=warn,rustls_platform_verifier=off",
        }
    }
}

/// Runs the command that the process was started with.
pub fn main() -> ExitCode {
    let command = Arguments::parse().command;
    match carry_out(command) {
        Ok(()) => ExitCode::SUCCESS,
        Err((error, told)) => {
            match (&error, told) {
                (_, Told::InTheLog) => {}
                // A line for each of its mistakes.
                (CliError::Config(error), Told::Nowhere) => output::note(format!("error: {error}")),
                (error, Told::Nowhere) => {
                    output::note(format!("error: {}", telemetry::chain(error)));
                }
            }
            ExitCode::from(error.exit_code())
        }
    }
}

/// Whether somebody has been told already why the command failed.
#[derive(Clone, Copy, Debug)]
enum Told {
    /// Nobody.
    Nowhere,
    /// Whoever reads the log of a server, where it is a line like all others.
    InTheLog,
}

/// Threads beside those that wait for the database and those that compute: they look up names, and read files.
const OTHER_THREADS: usize = 16;

/// What the program runs on. A pool of threads makes another one whenever none is free yet, though one is about
/// to be, and keeps all of them while there is work: it has as many as it may have after some time.
fn runtime(config: &Config) -> std::io::Result<Runtime> {
    let waiting = Store::most_threads(&config.database, &config.pool);
    Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(waiting + task::processors() + OTHER_THREADS)
        .build()
}

fn carry_out(command: Command) -> Result<(), (CliError, Told)> {
    let untold = |error| (error, Told::Nowhere);
    let config = match (Config::load(command.need()), &command) {
        (Ok(config), _) => config,
        // What is wrong with the configuration is what it was asked for.
        (Err(error), Command::Doctor(arguments)) => {
            return doctor::tell(arguments, &error).map_err(untold);
        }
        (Err(error), _) => return Err(untold(error.into())),
    };
    let traces = telemetry::start(&config.log, &config.traces, command.usual_log());
    let traces = traces.map_err(|error| untold(error.into()))?;
    let serves = matches!(command, Command::Serve);
    if serves {
        telemetry::tell_panics();
        for warning in &config.warnings {
            tracing::warn!(warning, "a setting that is not ours alone is passed over");
        }
    }
    let runtime = runtime(&config).map_err(|error| untold(CliError::Threads(error)))?;
    let system = actix_rt::System::with_tokio_rt(move || runtime);
    let done = system.block_on(run(command, config));
    // Not dropped: that would wait for threads that wait for a database which may never answer.
    std::mem::forget(system);
    let done = done.map_err(|error| match serves {
        true => {
            tracing::error!(error = %telemetry::chain(&error), "the server has failed");
            (error, Told::InTheLog)
        }
        false => untold(error),
    });
    traces.end();
    done
}

/// Refuses where an embedded database is not there: it would be made beside the one that was meant.
fn require_database(config: &Config) -> Result<(), CliError> {
    let DatabaseUrl::Sqlite(file) = &config.database else {
        return Ok(());
    };
    // Why a place cannot be looked at is told by whoever opens it.
    if !matches!(file.try_exists(), Ok(false)) {
        return Ok(());
    }
    let place = std::path::absolute(file).unwrap_or_else(|_| file.clone());
    let read = config::file().map_or_else(
        || "none is named now".to_owned(),
        |file| format!("now {}", file.display()),
    );
    Err(CliError::Refused(format!(
        "there is no database {}; name its directory in TENANTATLAS_DATA_DIR, or the configuration file \
         of the server in {} ({read}). `tenantatlas migrate` makes a new one",
        place.display(),
        config::FILE_VARIABLE
    )))
}

async fn run(command: Command, config: Config) -> Result<(), CliError> {
    if command.is_of_what_is_there() {
        require_database(&config)?;
    }
    match command {
        #[cfg(feature = "simulator")]
        Command::Demo(arguments) => demo::run(arguments, config).await,
        Command::Serve => serve::run(config).await,
        Command::Doctor(arguments) => doctor::run(&arguments, &config).await,
        Command::Dispatch => dispatch::run(&config).await,
        Command::Migrate => migrate::run(&config),
        Command::Schema => output::data(api::sdl().trim_end()),
        #[cfg(feature = "simulator")]
        Command::SimulateGraph(arguments) => simulate_graph::run(arguments).await,
        Command::Verify(arguments) => verify::run(arguments, &config).await,
        Command::Tenant(command) => tenant::run(command, &config).await,
        Command::Token(command) => token::run(command, &config).await,
        Command::Export(arguments) => export::run(arguments, &config).await,
        Command::BackupDb(arguments) => backup_db::run(&arguments, &config),
        Command::Key(command) => key::run(command, &config).await,
        Command::Member(command) => member::run(command, &config).await,
    }
}

/// Who acts here.
fn command_line() -> Actor {
    Actor::System(Component::CommandLine)
}

/// The same, as the author of a change.
fn author() -> Author {
    command_line().into()
}

fn system_clock() -> Arc<dyn Clock> {
    Arc::new(SystemClock)
}

fn system_clocks() -> Clocks {
    Clocks {
        wall: system_clock(),
        pacing: system_clock(),
    }
}
