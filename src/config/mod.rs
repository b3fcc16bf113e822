//! What the operator chose: the environment and a TOML file, parsed once and into the types of the
//! rooms, with every mistake reported together.
//!
//! `Config` knows nothing of what is done with it. A setting is one line in [`Config::read`]; its
//! default stands in the room that obeys it.

pub mod duration;
mod network;
mod written;

use std::{
    fmt::{self, Display},
    fs,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    time::Duration,
};

use tracing_subscriber::EnvFilter;
use url::Url;

pub use self::network::Network;
use self::written::Written;
use crate::{
    graph::{GraphSettings, Rate},
    store::{DatabaseUrl, PoolSettings},
    telemetry::{LogFormat, LogSettings},
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
    /// Where the API listens.
    pub listen: SocketAddr,
    /// The file with the key that seals secrets; the embedded database has a default.
    pub secret_key_file: Option<PathBuf>,
    /// Origins of browsers that may call the API, besides its own.
    pub cors_origins: Vec<String>,
    /// Whose forwarded addresses are believed.
    pub trusted_proxies: Vec<Network>,
    /// Hosts, rates and patience of Graph.
    pub graph: GraphSettings,
    /// Times and numbers of the workers.
    pub workers: WorkerSettings,
    /// What is logged, and how.
    pub log: LogSettings,
}

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("the configuration file {} cannot be read", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        cause: std::io::Error,
    },
    /// Settings are wrong.
    #[error("the configuration is wrong{0}")]
    Settings(Problems),
}

/// Everything that is wrong with the settings, each line with the variable or key at fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problems(pub Vec<String>);

impl Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|line| write!(f, "\n  {line}"))
    }
}

impl Default for Config {
    fn default() -> Self {
        let data_dir = PathBuf::from("./data");
        Self {
            database: embedded_in(&data_dir),
            data_dir,
            pool: PoolSettings::default(),
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)),
            secret_key_file: None,
            cors_origins: Vec::new(),
            trusted_proxies: Vec::new(),
            graph: GraphSettings::default(),
            workers: WorkerSettings::default(),
            log: LogSettings::default(),
        }
    }
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
    /// An unreadable file, or all that is wrong with the settings.
    pub fn load() -> Result<Self, ConfigError> {
        let variable = |name: &str| {
            let text = std::env::var_os(name)?;
            Some(text.to_string_lossy().into_owned())
        };
        let file = match variable(FILE_VARIABLE).filter(|path| !path.is_empty()) {
            Some(path) => Some(
                fs::read_to_string(&path).map_err(|cause| ConfigError::File {
                    path: path.into(),
                    cause,
                })?,
            ),
            None => None,
        };
        Self::read(&variable, file.as_deref())
    }

    /// The configuration that variables and the text of a file make.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Settings`] with all that is wrong.
    pub fn read(
        variable: &dyn Fn(&str) -> Option<String>,
        file: Option<&str>,
    ) -> Result<Self, ConfigError> {
        let mut written = Written::gather(variable, file);
        let mut config = Self::default();
        config.read_places(&mut written);
        config.read_database(&mut written);
        read_graph(&mut config.graph, &mut written);
        read_rates(&mut config.graph, &mut written);
        read_workers(&mut config.workers, &mut written);
        config.log.filter = written.take("log.filter", filter);
        config.log.format = written.take("log.format", str::parse::<LogFormat>);
        check_times(&config.workers, &mut written);
        match written.problems() {
            problems if problems.is_empty() => Ok(config),
            problems => Err(ConfigError::Settings(Problems(problems))),
        }
    }

    fn read_places(&mut self, written: &mut Written) {
        written.set("data_dir", &mut self.data_dir, path);
        written.set("listen", &mut self.listen, address);
        self.secret_key_file = written.take("secret_key_file", path);
        written.set("cors_origins", &mut self.cors_origins, |text| {
            list(text, origin)
        });
        written.set("trusted_proxies", &mut self.trusted_proxies, |text| {
            list(text, |network| {
                network
                    .parse()
                    .map_err(|error: network::NotANetwork| error.to_string())
            })
        });
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
    }
}

fn read_graph(graph: &mut GraphSettings, written: &mut Written) {
    graph.graph_url = written.take("graph.url", web_url);
    graph.login_url = written.take("graph.login_url", web_url);
    written.set_count("graph.tries", &mut graph.tries);
    written.set("graph.patience", &mut graph.patience, duration::parse);
    written.set(
        "graph.request_timeout",
        &mut graph.request_timeout,
        duration::parse,
    );
    written.set(
        "graph.idle_timeout",
        &mut graph.idle_timeout,
        duration::parse,
    );
    written.set_count("graph.answer_limit_bytes", &mut graph.answer_limit_bytes);
    written.set_count("graph.threads", &mut graph.runtime_threads);
    written.set_count("graph.at_once", &mut graph.rates.at_once);
    written.set_count("graph.tenant_at_once", &mut graph.rates.tenant_at_once);
}

fn read_rates(graph: &mut GraphSettings, written: &mut Written) {
    let rates = &mut graph.rates;
    for (bucket, rate) in [
        ("intune", &mut rates.intune),
        ("scripts", &mut rates.scripts),
        ("group_policy", &mut rates.group_policy),
        ("conditional_access", &mut rates.conditional_access),
        ("identity", &mut rates.identity),
    ] {
        read_rate(&format!("graph.rates.{bucket}"), rate, written);
    }
}

fn read_rate(prefix: &str, rate: &mut Rate, written: &mut Written) {
    written.set_count(&format!("{prefix}.requests"), &mut rate.requests);
    written.set(
        &format!("{prefix}.window"),
        &mut rate.window,
        duration::parse,
    );
    written.set_count(&format!("{prefix}.burst"), &mut rate.burst);
    written.set_count(&format!("{prefix}.at_once"), &mut rate.at_once);
    if rate.burst >= rate.requests {
        written.complain(&format!("{prefix}.burst"), "must be less than `requests`");
    }
}

fn read_workers(workers: &mut WorkerSettings, written: &mut Written) {
    written.set("times.tick", &mut workers.tick, duration::parse);
    written.set("times.grace", &mut workers.grace, duration::parse);
    written.set("times.lease", &mut workers.lease, duration::parse);
    written.set("times.beat", &mut workers.beat, duration::parse);
    written.set(
        "times.cancel_poll",
        &mut workers.cancel_poll,
        duration::parse,
    );
    written.set(
        "times.shutdown_grace",
        &mut workers.shutdown_grace,
        duration::parse,
    );
    written.set(
        "times.longest_run",
        &mut workers.longest_run,
        duration::parse,
    );
    written.set("times.idle", &mut workers.idle, duration::parse);
    written.set_count("runs.at_once", &mut workers.places);
    written.set_count("runs.reads_at_once", &mut workers.reads);
}

/// Times that only make sense together.
fn check_times(workers: &WorkerSettings, written: &mut Written) {
    for (name, time) in [
        ("times.tick", workers.tick),
        ("times.beat", workers.beat),
        ("times.cancel_poll", workers.cancel_poll),
    ] {
        if time.is_zero() {
            written.complain(name, "must not be zero");
        }
    }
    let at_least = |name, time: Duration, least: Duration, why: &str, written: &mut Written| {
        if time < least {
            let (time, least) = (duration::show(time), duration::show(least));
            written.complain(name, format!("{time} is less than {least}, {why}"));
        }
    };
    let (tick, beat) = (workers.tick, workers.beat);
    at_least("times.grace", workers.grace, tick * 2, "two ticks", written);
    at_least("times.lease", workers.lease, beat * 2, "two beats", written);
}

fn path(text: &str) -> Result<PathBuf, std::convert::Infallible> {
    Ok(PathBuf::from(text))
}

fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse()
        .map_err(|_| format!("`{text}` is no address and port such as 127.0.0.1:8080"))
}

fn filter(text: &str) -> Result<String, tracing_subscriber::filter::ParseError> {
    EnvFilter::try_new(text).map(|_| text.to_owned())
}

fn web_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| format!("`{text}` is no URL: {error}"))?;
    match url.scheme() {
        "http" | "https" => Ok(url),
        scheme => Err(format!("`{scheme}:` is neither http: nor https:")),
    }
}

/// An origin exactly as browsers send it.
fn origin(text: &str) -> Result<String, String> {
    let origin = web_url(text)?.origin().ascii_serialization();
    if origin == text {
        Ok(origin)
    } else {
        Err(format!("`{text}` is no origin; did you mean `{origin}`?"))
    }
}

fn list<T>(text: &str, read: impl Fn(&str) -> Result<T, String>) -> Result<Vec<T>, String> {
    text.split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .map(read)
        .collect()
}

#[cfg(test)]
mod tests;
