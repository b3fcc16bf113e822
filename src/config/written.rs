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

/// One that a platform sets for all its programs, whatever they can do with it.
const OF_THE_PLATFORM: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";

/// Whether a name may be meant to be one of ours: it differs by a quarter of its letters at most, by one at
/// least where it has four. Of short names everything is near everything.
fn is_near(name: &str, ours: &str) -> bool {
    let tail = |name: &str| name.len().saturating_sub(PREFIX.len());
    let letters = tail(name).max(tail(ours));
    strsim::damerau_levenshtein(name, ours) <= letters / 4
}

/// What is wrong with the name of a variable, if it looks like one of ours.
fn unknown(name: &str) -> Option<String> {
    let known = || VARIABLES.iter().map(|(name, _)| *name).chain(OTHERS);
    if !name.starts_with(PREFIX) || known().any(|other| other == name) {
        return None;
    }
    let ours = known().filter(|other| other.starts_with(PREFIX));
    let distance = |other: &&str| strsim::damerau_levenshtein(name, other);
    // What is like none of ours is somebody else's: Kubernetes names variables after services.
    let nearest = ours.min_by_key(distance).filter(|it| is_near(name, it))?;
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
    /// The keys whose texts could not be understood, and the variable of a file that could not be.
    refused: BTreeSet<String>,
    problems: Vec<String>,
    warnings: Vec<String>,
}

#[derive(Debug)]
struct Text {
    /// The variable or key, for complaints.
    name: String,
    text: String,
}

impl Written {
    /// Gathers both sources. A variable wins over the file, of which there may be no text for a reason; an
    /// empty variable counts as unset. `names` are those of all variables that are set.
    pub(super) fn gather(
        variable: &dyn Fn(&str) -> Option<String>,
        names: &[String],
        file: Result<Option<String>, String>,
    ) -> Self {
        let mut written = Self::default();
        match file.and_then(|text| parsed(&text.unwrap_or_default())) {
            Ok(table) => written.flatten("", table),
            Err(problem) => {
                written.refused.insert(super::FILE_VARIABLE.to_owned());
                written.complain(super::FILE_VARIABLE, problem);
            }
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
        let refused = |error| {
            self.refused.insert(key.to_owned());
            self.complain(&name, error);
        };
        read(&text).map_err(refused).ok()
    }

    /// Whether the text of a key could not be understood, so that its default stands in its place.
    pub(super) fn is_refused(&self, key: &str) -> bool {
        self.refused.contains(key)
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
        let told = format!("{name}: {}", without_passwords(problem.to_string()));
        match name == OF_THE_PLATFORM {
            true => self.warnings.push(told),
            false => self.problems.push(told),
        }
    }

    /// Takes every complaint about what was written for others as well.
    pub(super) fn warnings(&mut self) -> Vec<String> {
        std::mem::take(&mut self.warnings)
    }

    /// Every complaint, those about keys that nobody took included.
    pub(super) fn problems(self) -> Vec<String> {
        let unknown = self.texts.into_values();
        let unknown = unknown.map(|text| format!("{}: there is no such setting", text.name));
        self.problems.into_iter().chain(unknown).collect()
    }
}

/// The table of a file. The library would show the line at fault, with whatever secret is in it.
fn parsed(text: &str) -> Result<toml::Table, String> {
    text.parse().map_err(|error: toml::de::Error| {
        let before = error.span().and_then(|span| text.get(..span.start));
        let line = before.map_or(0, |before| before.matches('\n').count()) + 1;
        format!("the file is not TOML: line {line}: {}", error.message())
    })
}

/// What was written is repeated between backticks, of which it may have some itself. With an `@` in it, it
/// may be a URL with a password.
fn without_passwords(told: String) -> String {
    let quoted = told.split_once('`').and_then(|(before, rest)| {
        let (quoted, after) = rest.rsplit_once('`')?;
        quoted.contains('@').then_some((before, after))
    });
    match quoted {
        Some((before, after)) => {
            format!("{before}`…`{after} (what has an @ is not repeated: it may be a password)")
        }
        None => told,
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
