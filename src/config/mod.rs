//! What the operator chose: the environment and a TOML file, parsed once and into the types of the
//! rooms, with every mistake reported together.
//!
//! `Config` knows nothing of what is done with it. A setting is one line in [`Config::read`]; its
//! default stands in the room that obeys it.

pub mod duration;
mod files;
mod issuers;
mod network;
mod rooms;
pub(crate) mod texts;
mod written;

use std::{
    fmt, fs,
    path::{Path, PathBuf},
    time::Duration,
};

pub use self::network::Network;
use self::written::{VARIABLES, Written};
use crate::{
    api::ApiSettings,
    graph::GraphSettings,
    metrics::MetricsSettings,
    oidc::OidcSettings,
    store::{DatabaseUrl, PoolSettings},
    telemetry::{LogFormat, LogSettings, TraceSettings},
    workers::WorkerSettings,
};

/// Names the TOML file.
pub const FILE_VARIABLE: &str = "TENANTATLAS_CONFIG";

/// Everything that can be chosen.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where the files of the embedded default lie.
    pub data_dir: PathBuf,
    /// Which database.
    pub database: DatabaseUrl,
    /// Connections to it.
    pub pool: PoolSettings,
    /// How long a server waits at its start for a database that does not answer or cannot be written.
    pub start_patience: Duration,
    /// The file with the key that seals secrets; the embedded database has a default.
    pub secret_key_file: Option<PathBuf>,
    /// Where the API is served, to whom, and within which limits.
    pub api: ApiSettings,
    /// Hosts, rates and patience of Graph.
    pub graph: GraphSettings,
    /// Whose people may sign in.
    pub oidc: OidcSettings,
    /// Times and numbers of the workers.
    pub workers: WorkerSettings,
    /// Where metrics are served.
    pub metrics: MetricsSettings,
    /// What is logged, and how.
    pub log: LogSettings,
    /// Where traces are sent.
    pub traces: TraceSettings,
    /// What is wrong and was written for other programs as well, so that this one goes on without it; each
    /// with the variable at fault.
    pub warnings: Vec<String>,
}

/// What somebody needs a configuration for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// To work with all of it, so that what it names has to be there.
    Files,
    /// To know what it says.
    Texts,
}

/// Everything that is wrong with the settings, each line with the variable or key at fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the configuration is wrong{}", listed(.0))]
pub struct ConfigError(pub Vec<String>);

fn listed(problems: &[String]) -> impl fmt::Display {
    fmt::from_fn(move |f| problems.iter().try_for_each(|line| write!(f, "\n  {line}")))
}

impl Default for Config {
    fn default() -> Self {
        let data_dir = PathBuf::from("./data");
        Self {
            database: embedded_in(&data_dir),
            data_dir,
            pool: PoolSettings::default(),
            start_patience: Duration::from_secs(5 * 60),
            secret_key_file: None,
            api: ApiSettings::default(),
            graph: GraphSettings::default(),
            oidc: OidcSettings::default(),
            workers: WorkerSettings::default(),
            metrics: MetricsSettings::default(),
            log: LogSettings::default(),
            traces: TraceSettings::default(),
            warnings: Vec::new(),
        }
    }
}

/// Something that can be chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Its key in the file, with the tables that it stands in: `database.url`.
    pub key: String,
    /// The variables that win over the key; of several the last one.
    pub variables: Vec<&'static str>,
}

/// Everything that can be chosen, by key. Of the tables of issuers, that of one named `NAME`.
pub fn settings() -> Vec<Setting> {
    let one_issuer = Ok(Some("[oidc.NAME]\nissuer = \"\"".to_owned()));
    let mut written = Written::gather(&|_| None, &[], one_issuer);
    // What is wrong with an issuer without a name is nobody's business here.
    drop(Config::of(&mut written));
    let of_key = |key: String| {
        let named = VARIABLES.iter().filter(|(_, other)| *other == key);
        let variables = named.map(|(name, _)| *name).collect();
        Setting { key, variables }
    };
    written.known().into_iter().map(of_key).collect()
}

/// The file that this process reads settings from, if one is named.
pub fn file() -> Option<PathBuf> {
    let path = std::env::var_os(FILE_VARIABLE).filter(|path| !path.is_empty());
    path.map(PathBuf::from)
}

/// The embedded database of a data directory.
pub fn embedded_in(data_dir: &Path) -> DatabaseUrl {
    DatabaseUrl::Sqlite(data_dir.join("tenantatlas.db"))
}

impl Config {
    /// The configuration of this process.
    ///
    /// # Errors
    ///
    /// All that is wrong with the settings; a file that cannot be read is one of these things.
    pub fn load(need: Need) -> Result<Self, ConfigError> {
        let variable = |name: &str| {
            let text = std::env::var_os(name)?;
            Some(text.to_string_lossy().into_owned())
        };
        let file = file().map(|path| {
            let text = fs::read_to_string(&path);
            text.map_err(|error| format!("{} cannot be read: {error}", path.display()))
        });
        let names = std::env::vars_os().map(|(name, _)| name.to_string_lossy().into_owned());
        Self::read(
            &variable,
            &names.collect::<Vec<_>>(),
            file.transpose(),
            need,
        )
    }

    /// The configuration that variables and the text of a file make, or why there is no text. `names` are
    /// those of all variables that are set, of which those count that look like ours and are not.
    ///
    /// # Errors
    ///
    /// All that is wrong.
    pub fn read(
        variable: &dyn Fn(&str) -> Option<String>,
        names: &[String],
        file: Result<Option<String>, String>,
        need: Need,
    ) -> Result<Self, ConfigError> {
        let mut written = Written::gather(variable, names, file);
        let mut config = Self::of(&mut written);
        // What is to be there may be named in the file.
        if need == Need::Files && !written.is_refused(FILE_VARIABLE) {
            files::check(&config, &mut written);
        }
        config.warnings = written.warnings();
        match written.problems() {
            problems if problems.is_empty() => Ok(config),
            problems => Err(ConfigError(problems)),
        }
    }

    /// What is written, with its mistakes left to be told.
    fn of(written: &mut Written) -> Self {
        let mut config = Self::default();
        config.read_places(written);
        config.read_database(written);
        rooms::read_api(&mut config.api, written);
        rooms::read_graph(&mut config.graph, written);
        rooms::read_rates(&mut config.graph, written);
        config.oidc.issuers = issuers::read(written);
        rooms::read_workers(&mut config.workers, written);
        config.metrics.listen = written.take("metrics.listen", texts::listen);
        config.log.filter = written.take("log.filter", texts::filter);
        config.log.format = written.take("log.format", str::parse::<LogFormat>);
        config.traces.endpoint = written.take("telemetry.otlp_endpoint", texts::web_url);
        config.read_idle_in_transaction(written);
        rooms::check_times(&config.workers, written);
        config.api.stale_tick = config.workers.grace;
        config.metrics.grace = config.workers.grace;
        config.api.limits.events_kept = config.workers.keep.events;
        config
    }

    fn read_places(&mut self, written: &mut Written) {
        written.set("data_dir", &mut self.data_dir, texts::path);
        self.secret_key_file = written.take("secret_key_file", texts::path);
    }

    fn read_database(&mut self, written: &mut Written) {
        self.database = embedded_in(&self.data_dir);
        written.set("database.url", &mut self.database, str::parse);
        written.set_count("database.connections", &mut self.pool.connections);
        written.set(
            "database.patience",
            &mut self.pool.patience,
            duration::parse,
        );
        written.set(
            "database.statement_timeout",
            &mut self.pool.statement_timeout,
            texts::wait,
        );
        written.set(
            "database.start_patience",
            &mut self.start_patience,
            duration::parse,
        );
    }

    /// How long a transaction may wait for its next statement, which must be less than a lease.
    fn read_idle_in_transaction(&mut self, written: &mut Written) {
        let name = "database.idle_in_transaction";
        let lease = self.workers.lease;
        self.pool.idle_in_transaction = (lease / 4).max(Duration::from_millis(1));
        written.set(name, &mut self.pool.idle_in_transaction, texts::wait);
        if self.pool.idle_in_transaction >= lease {
            written.complain(name, "must be less than `times.lease`");
        }
    }
}

#[cfg(test)]
mod tests;
