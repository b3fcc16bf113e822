//! What was written in the environment and in the file, before it means anything: texts by key.
//!
//! Each reader takes the keys it knows. What is left at the end is unknown, and every complaint is
//! kept, so that all of them can be told at once.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Display,
    str::FromStr,
};

/// The variables, and the key that each stands for.
pub(super) const VARIABLES: [(&str, &str); 15] = [
    ("DATABASE_URL", "database.url"),
    ("TENANTATLAS_DATA_DIR", "data_dir"),
    ("TENANTATLAS_LISTEN", "listen"),
    ("TENANTATLAS_METRICS_LISTEN", "metrics.listen"),
    ("TENANTATLAS_SECRET_KEY_FILE", "secret_key_file"),
    ("TENANTATLAS_CORS_ORIGINS", "cors_origins"),
    ("TENANTATLAS_TRUSTED_PROXIES", "trusted_proxies"),
    ("TENANTATLAS_GRAPHIQL", "graphiql"),
    ("TENANTATLAS_GRAPH_URL", "graph.url"),
    ("TENANTATLAS_LOGIN_URL", "graph.login_url"),
    ("TENANTATLAS_OIDC_ISSUERS", "oidc.issuers"),
    ("TENANTATLAS_LOG", "log.filter"),
    ("TENANTATLAS_LOG_FORMAT", "log.format"),
    // The name that the standard has for it stands before ours, which wins.
    ("OTEL_EXPORTER_OTLP_ENDPOINT", "telemetry.otlp_endpoint"),
    ("TENANTATLAS_OTLP_ENDPOINT", "telemetry.otlp_endpoint"),
];

/// What every variable of the product begins with, and other variables of its own that are no settings:
/// the file, and those of its build.
const PREFIX: &str = "TENANTATLAS_";
const OTHERS: [&str; 3] = [
    super::FILE_VARIABLE,
    "TENANTATLAS_COMMIT",
    "TENANTATLAS_CONSOLE",
];

/// Letters by which a name may differ from one of ours and still be meant to be it.
const FARTHEST: usize = 2;

/// What is wrong with the name of a variable, if it looks like one of ours.
fn unknown(name: &str) -> Option<String> {
    let known = || VARIABLES.iter().map(|(name, _)| *name).chain(OTHERS);
    if !name.starts_with(PREFIX) || known().any(|other| other == name) {
        return None;
    }
    let ours = known().filter(|other| other.starts_with(PREFIX));
    let distance = |other: &&str| strsim::damerau_levenshtein(name, other);
    // What is like none of ours is somebody else's: Kubernetes names variables after services.
    let nearest = ours
        .min_by_key(distance)
        .filter(|it| distance(it) <= FARTHEST)?;
    Some(format!(
        "there is no such variable; did you mean {nearest}?"
    ))
}

/// Texts by key, and what is wrong with them.
#[derive(Debug, Default)]
pub(super) struct Written {
    texts: BTreeMap<String, Text>,
    /// The keys that were asked for.
    known: BTreeSet<String>,
    problems: Vec<String>,
}

#[derive(Debug)]
struct Text {
    /// The variable or key, for complaints.
    name: String,
    text: String,
}

impl Written {
    /// Gathers both sources. A variable wins over the file; an empty variable counts as unset. `names` are
    /// those of all variables that are set.
    pub(super) fn gather(
        variable: &dyn Fn(&str) -> Option<String>,
        names: &[String],
        file: Option<&str>,
    ) -> Self {
        let mut written = Self::default();
        match file.map(str::parse::<toml::Table>).transpose() {
            Ok(table) => written.flatten("", table.unwrap_or_default()),
            Err(error) => written
                .problems
                .push(format!("the file is not TOML: {error}")),
        }
        for (name, key) in VARIABLES {
            if let Some(text) = variable(name).filter(|text| !text.is_empty()) {
                let name = name.to_owned();
                written.texts.insert(key.to_owned(), Text { name, text });
            }
        }
        for name in names {
            if let Some(problem) = unknown(name) {
                written.complain(name, problem);
            }
        }
        written
    }

    fn flatten(&mut self, prefix: &str, table: toml::Table) {
        for (key, value) in table {
            let name = format!("{prefix}{key}");
            if let toml::Value::Table(table) = value {
                self.flatten(&format!("{name}."), table);
            } else if let Some(text) = text_of(value) {
                let key = name.clone();
                self.texts.insert(key, Text { name, text });
            } else {
                self.complain(
                    &name,
                    "must be a text, a whole number, true or false, or a list of these",
                );
            }
        }
    }

    /// Takes a setting that may be absent.
    pub(super) fn take<T, E: Display>(
        &mut self,
        key: &str,
        read: impl Fn(&str) -> Result<T, E>,
    ) -> Option<T> {
        self.known.insert(key.to_owned());
        let Text { name, text } = self.texts.remove(key)?;
        read(&text)
            .map_err(|error| self.complain(&name, error))
            .ok()
    }

    /// Takes a setting into its place; where nothing was written, the default stays there.
    pub(super) fn set<T, E: Display>(
        &mut self,
        key: &str,
        place: &mut T,
        read: impl Fn(&str) -> Result<T, E>,
    ) {
        if let Some(value) = self.take(key, read) {
            *place = value;
        }
    }

    /// As [`Written::set`], for a number from 1.
    pub(super) fn set_count<T: FromStr + Default + PartialEq>(&mut self, key: &str, place: &mut T) {
        self.set(key, place, |text| {
            let number = text.parse().ok().filter(|number| *number != T::default());
            number.ok_or_else(|| format!("`{text}` is no whole number from 1"))
        });
    }

    /// The names of the tables below a table, in alphabetical order.
    pub(super) fn tables(&self, prefix: &str) -> BTreeSet<String> {
        let below = self.texts.keys().filter_map(|key| key.strip_prefix(prefix));
        let tables = below.filter_map(|key| Some(key.split_once('.')?.0.to_owned()));
        tables.collect()
    }

    /// Every key that a reader has asked for.
    pub(super) fn known(self) -> BTreeSet<String> {
        self.known
    }

    /// Adds a complaint about a key or variable.
    pub(super) fn complain(&mut self, name: &str, problem: impl Display) {
        self.problems.push(format!("{name}: {problem}"));
    }

    /// Every complaint, those about keys that nobody took included.
    pub(super) fn problems(self) -> Vec<String> {
        let unknown = self.texts.into_values();
        let unknown = unknown.map(|text| format!("{}: there is no such setting", text.name));
        self.problems.into_iter().chain(unknown).collect()
    }
}

/// A value of the file as it would stand in a variable: lists are joined by commas.
fn text_of(value: toml::Value) -> Option<String> {
    match value {
        toml::Value::String(text) => Some(text),
        toml::Value::Integer(number) => Some(number.to_string()),
        toml::Value::Boolean(switch) => Some(switch.to_string()),
        toml::Value::Array(values) => {
            let texts: Option<Vec<String>> = values.into_iter().map(text_of).collect();
            texts.map(|texts| texts.join(","))
        }
        toml::Value::Float(_) | toml::Value::Datetime(_) | toml::Value::Table(_) => None,
    }
}
