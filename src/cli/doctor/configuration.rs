//! The settings: which file they were read from, who may read that, and what is wrong with them.

use std::path::Path;

use super::{finding::Finding, machine, place};
use crate::config::{self, Config, ConfigError};

const CONFIGURATION: &str = "configuration";

/// Where every setting is described.
const DESCRIBED: &str = "see docs/configuration.md";

/// What is to be said where nothing else can be looked at.
pub(super) fn wrong(error: &ConfigError) -> Vec<Finding> {
    let ConfigError(problems) = error;
    let told = |line: &String| Finding::fail(CONFIGURATION, line.as_str(), DESCRIBED);
    let mut findings: Vec<Finding> = problems.iter().map(told).collect();
    let rest = "was not looked at";
    findings.push(Finding::warn(
        "everything else",
        rest,
        "mend the configuration first",
    ));
    findings
}

/// What is to be said of settings that could be read.
pub(super) fn look(config: &Config) -> Vec<Finding> {
    let file = config::file();
    let told = |line: &String| Finding::warn(CONFIGURATION, line.as_str(), DESCRIBED);
    let mut findings = vec![origin(file.as_deref())];
    findings.extend(file.as_deref().and_then(open_password));
    findings.extend(config.warnings.iter().map(told));
    findings
}

fn origin(file: Option<&Path>) -> Finding {
    let found = match file {
        Some(file) => format!("read from {}", place::shown(file)),
        None => format!(
            "of variables and defaults alone: {} is not set, so no file was read",
            config::FILE_VARIABLE
        ),
    };
    Finding::ok(CONFIGURATION, found)
}

/// A password that is there for others to read.
fn open_password(file: &Path) -> Option<Finding> {
    let is_open = std::fs::metadata(file).is_ok_and(|found| machine::is_open_to_others(&found));
    let has_password = std::fs::read_to_string(file).is_ok_and(|text| has_password(&text));
    (is_open && has_password).then(|| {
        let shown = place::shown(file);
        Finding::warn(
            CONFIGURATION,
            format!("others can read {shown}, and with it the password in its database.url"),
            "chmod 600 where it is the server's own; where it is root's, give it the group of the server, \
             and chmod 640",
        )
    })
}

fn has_password(text: &str) -> bool {
    let table = text.parse::<toml::Table>().ok();
    let database = table.as_ref().and_then(|it| it.get("database"));
    let url = database.and_then(|it| it.get("url"));
    url.and_then(toml::Value::as_str)
        .is_some_and(names_password)
}

/// Whether a URL as libpq knows it, which may name several hosts, has a password before them or behind.
fn names_password(url: &str) -> bool {
    let Some((_, rest)) = url.split_once("://") else {
        return false;
    };
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let before = rest
        .rsplit_once('@')
        .and_then(|(user, _)| user.split_once(':'));
    let is_behind = |part: &str| part.starts_with("password=") && part != "password=";
    before.is_some_and(|(_, password)| !password.is_empty()) || query.split('&').any(is_behind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_found_wherever_it_stands() {
        for (url, is_there) in [
            ("postgres://atlas:hunter2@db.example/atlas", true),
            ("postgres://atlas:hunter2@one:5432,two:5432/atlas", true),
            ("postgres:///atlas?user=atlas&password=hunter2", true),
            ("postgres://atlas@db.example:5432/atlas", false),
            ("postgres://atlas:@db.example/atlas?password=", false),
            ("postgres:///atlas?host=/run/postgresql", false),
            ("sqlite:/var/lib/tenantatlas/tenantatlas.db", false),
        ] {
            let text = format!("listen = \"127.0.0.1:1\"\n[database]\nurl = \"{url}\"\n");
            assert_eq!(has_password(&text), is_there, "{url}");
        }
        assert!(!has_password("[database]\nconnections = 3\n"));
        assert!(!has_password("no toml"));
    }
}
