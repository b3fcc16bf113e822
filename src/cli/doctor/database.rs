//! The database: whether it is there, which one it is, and whether it fits this program.

use std::path::Path;

use chrono::TimeDelta;

use super::{finding::Finding, machine, now, on_a_thread, place, words};
use crate::{
    config::Config,
    store::{
        DatabaseUrl, Fit,
        look::{self, Hindrance, Looked},
    },
    telemetry::chain,
};

const DATABASE: &str = "database";

/// What there is to say of it, and what it holds.
pub(super) async fn look(config: &Config) -> (Vec<Finding>, Option<Looked>) {
    let mut findings = Vec::new();
    if let DatabaseUrl::Sqlite(file) = &config.database {
        if !file.exists() {
            let found = format!("{} is made at the first start", place::shown(file));
            return (vec![Finding::ok(DATABASE, found)], None);
        }
        findings.push(server_of(file));
        if look::is_unfinished(file) {
            findings.push(unfinished(file));
            return (findings, None);
        }
    }
    let (url, grace) = (config.database.clone(), config.workers.grace);
    let grace = TimeDelta::from_std(grace).unwrap_or(TimeDelta::MAX);
    match on_a_thread(move || look::look(&url, now(), grace)).await {
        Some(Ok(looked)) => {
            findings.push(fit(&looked));
            findings.extend(looked.hindrance.as_ref().map(hindered));
            findings.extend(plain_view(&looked));
            (findings, Some(looked))
        }
        Some(Err(error)) => {
            let said = chain(&error).to_string();
            findings.push(Finding::fail(
                DATABASE,
                &*said,
                words::about_database(&said),
            ));
            (findings, None)
        }
        None => {
            let said = "it does not answer within 5 seconds";
            findings.push(Finding::fail(DATABASE, said, words::about_database(said)));
            (findings, None)
        }
    }
}

fn fit(looked: &Looked) -> Finding {
    let server = &looked.server;
    let upgrade = "start the newer program, or bring back a copy from before the upgrade";
    match &looked.fit {
        None => Finding::ok(
            DATABASE,
            format!("{server}, empty: its tables are made at the first start"),
        ),
        Some(Fit::Exact) => Finding::ok(DATABASE, format!("{server}, with all migrations")),
        Some(Fit::Behind) => Finding::warn(
            DATABASE,
            format!(
                "{server}, of an older version of this program, so its contents were not looked at"
            ),
            "the next start brings it up to date; make a copy before",
        ),
        Some(Fit::Beside { newest }) => Finding::warn(
            DATABASE,
            format!(
                "{server}, migrated to {newest} by a newer program, beside which this one works"
            ),
            "upgrade this one too",
        ),
        Some(Fit::Outdated { newest, floor }) => Finding::fail(
            DATABASE,
            format!(
                "{server}, migrated to {newest} by a newer program, and works with those that know {floor}"
            ),
            upgrade,
        ),
    }
}

/// What a role of PostgreSQL's has to be given before the next start.
fn hindered(by: &Hindrance) -> Finding {
    let (found, remedy) = match by {
        Hindrance::NoSchema => (
            "no schema of the role's search_path is there to make tables in".to_owned(),
            "make it by CREATE SCHEMA, or mend search_path (options in DATABASE_URL)".to_owned(),
        ),
        Hindrance::MayNotCreate { role, schema } => (
            format!("the role {role} may not make tables in the schema {schema}"),
            format!(
                "as the owner of the database: GRANT USAGE, CREATE ON SCHEMA {schema} TO {role}"
            ),
        ),
        Hindrance::OwnedBy { role, owner } => (
            format!("the tables are those of the role {owner}, so {role} may not change them"),
            format!("start with {owner} in DATABASE_URL, or GRANT {owner} TO {role}"),
        ),
        Hindrance::MayNotWrite {
            role,
            table,
            schema,
        } => (
            format!("the role {role} may not read and write the table {table}"),
            format!(
                "as the owner of the tables: GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA \
                 {schema} TO {role}"
            ),
        ),
    };
    Finding::fail(DATABASE, found, remedy)
}

/// A file that would be changed by being opened.
fn unfinished(file: &Path) -> Finding {
    let shown = file.display();
    Finding::warn(
        DATABASE,
        format!(
            "{shown} was not looked at: a -wal file lies beside it without its -shm file, and whoever opens \
             it puts that in order"
        ),
        "start the server, or run `tenantatlas verify`; then look again",
    )
}

fn plain_view(looked: &Looked) -> Option<Finding> {
    looked.is_in_plain_view.then(|| {
        Finding::warn(
            DATABASE,
            "what goes to it over the network is not encrypted",
            "add sslmode=verify-full&sslrootcert=system to DATABASE_URL",
        )
    })
}

/// Which server has an embedded database to itself.
fn server_of(file: &Path) -> Finding {
    const SERVER: &str = "server";
    let lock = file.with_file_name("tenantatlas.lock");
    match machine::holder(&lock) {
        Some(process) => Finding::ok(
            SERVER,
            format!("process {process} has the embedded database; another server would be refused"),
        ),
        None => Finding::ok(SERVER, "none has the embedded database"),
    }
}

/// Whether the structure of an embedded database is sound.
pub(super) async fn quick_check(config: &Config) -> Option<Finding> {
    const FILE: &str = "database file";
    let DatabaseUrl::Sqlite(file) = &config.database else {
        return None;
    };
    if !file.exists() || look::is_unfinished(file) {
        return None;
    }
    let (path, shown) = (file.clone(), file.display());
    Some(match on_a_thread(move || look::quick_check(&path)).await {
        Some(Ok(wrong)) if wrong.is_empty() => Finding::ok(FILE, format!("{shown} is sound")),
        Some(Ok(wrong)) => Finding::fail(
            FILE,
            format!("{shown} is damaged ({})", wrong.join("; ")),
            "bring a copy back (see docs/copies-and-keys.md)",
        ),
        // Why it cannot be read is told already.
        Some(Err(_)) => return None,
        None => Finding::ok(
            FILE,
            format!("{shown} is too large for a look of 5 seconds; `backup-db` checks all of it"),
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::doctor::finding::Grade;

    fn looked(fit: Option<Fit>) -> Looked {
        Looked {
            server: "PostgreSQL 16.2".to_owned(),
            now: None,
            hindrance: None,
            is_in_plain_view: false,
            fit,
            stored: None,
        }
    }

    #[test]
    fn a_database_is_judged_by_its_migrations() {
        let newest = "0030".to_owned();
        let floor = newest.clone();
        for (fitting, grade) in [
            (None, Grade::Ok),
            (Some(Fit::Exact), Grade::Ok),
            (Some(Fit::Behind), Grade::Warn),
            (
                Some(Fit::Beside {
                    newest: newest.clone(),
                }),
                Grade::Warn,
            ),
            (Some(Fit::Outdated { newest, floor }), Grade::Fail),
        ] {
            let finding = fit(&looked(fitting));
            assert_eq!(finding.grade, grade, "{finding}");
            assert_eq!(finding.remedy.is_some(), grade != Grade::Ok);
        }
    }

    #[test]
    fn what_can_be_read_on_its_way_is_told() {
        assert_eq!(plain_view(&looked(None)), None);
        let open = Looked {
            is_in_plain_view: true,
            ..looked(None)
        };
        assert_eq!(plain_view(&open).map(|it| it.grade), Some(Grade::Warn));
    }
}
