//! The migrations of both databases, embedded, with the same names in both folders, and whether a
//! database fits this program.
//!
//! While servers are upgraded one by one, programs of two releases work on one database. What a newer
//! one added does not disturb an older one; what would disturb it raises the floor of the schema.

use std::{
    collections::BTreeSet,
    thread,
    time::{Duration, Instant},
};

use diesel::{migration::MigrationSource, prelude::*, sql_query, sql_types, sqlite::Sqlite};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::{conn::Db, error::StoreError, schema::schema_floor};

const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// Any number that nobody else uses for an advisory lock in the same database.
const LOCK: i64 = 0x7461_746c_6173;

/// How long another server's migrations are waited for.
const PATIENCE: Duration = Duration::from_secs(5 * 60);

/// A wait that is worth a line.
const WORTH_A_LINE: Duration = Duration::from_secs(1);

/// Between two looks whether the lock is free: at first, and at most.
const PAUSES: (Duration, Duration) = (Duration::from_millis(10), Duration::from_millis(500));

/// How the schema of a database fits a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fit {
    /// It has the program's migrations and no others.
    Exact,
    /// It lacks migrations of the program's.
    Behind,
    /// It is newer, and the program can work beside newer ones.
    Beside {
        /// Its newest migration.
        newest: String,
    },
    /// It is newer, and the program can no longer work with it.
    Outdated {
        /// Its newest migration.
        newest: String,
        /// What a program must know at least.
        floor: String,
    },
}

/// Compares what a program knows, in order, with what a database has.
fn fit(known: &[String], applied: &BTreeSet<String>, floor: Option<String>) -> Fit {
    let unknown = applied.iter().filter(|version| !known.contains(version));
    let newest = unknown.max().cloned();
    // A newer database without a floor is not one of ours.
    let floor = floor.or_else(|| newest.clone());
    match (newest, floor) {
        (Some(newest), Some(floor)) if known.last().is_none_or(|own| *own < floor) => {
            Fit::Outdated { newest, floor }
        }
        _ if known.iter().any(|version| !applied.contains(version)) => Fit::Behind,
        (Some(newest), _) => Fit::Beside { newest },
        (None, _) => Fit::Exact,
    }
}

/// The versions of this program's migrations, in order.
fn known() -> Result<Vec<String>, StoreError> {
    let migrations = MigrationSource::<Sqlite>::migrations(&SQLITE).map_err(failed)?;
    let versions = migrations.iter().map(|it| it.name().version().to_string());
    let ordered: BTreeSet<String> = versions.collect();
    Ok(ordered.into_iter().collect())
}

fn failed(error: Box<dyn std::error::Error + Send + Sync>) -> StoreError {
    StoreError::Migrate(error.to_string())
}

table! {
    /// What diesel keeps of migrations.
    __diesel_schema_migrations (version) {
        version -> Text,
    }
}

/// How the database fits this program. Changes nothing.
pub(super) fn look(db: &mut Db) -> Result<Fit, StoreError> {
    // A statement that is kept prepared: readiness asks this every few seconds.
    let applied = __diesel_schema_migrations::table.select(__diesel_schema_migrations::version);
    let applied: Vec<String> = applied.load(db)?;
    compare(db, applied.into_iter().collect())
}

fn compare(db: &mut Db, applied: BTreeSet<String>) -> Result<Fit, StoreError> {
    let known = known()?;
    let floor = match applied.iter().all(|version| known.contains(version)) {
        true => None,
        false => floor(db)?,
    };
    Ok(fit(&known, &applied, floor))
}

fn floor(db: &mut Db) -> Result<Option<String>, StoreError> {
    let floor = schema_floor::table.select(schema_floor::migration);
    Ok(floor.first(db).optional()?)
}

/// Runs what is pending, and names it. Several servers may start at once: one runs, the others wait.
pub(super) fn run(db: &mut Db) -> Result<Vec<String>, StoreError> {
    match db {
        // Without a lock of its own another process may have been faster with the same migrations:
        // then there is less to do when one looks again.
        Db::Sqlite(_) => run_pending(db).or_else(|error| {
            if matches!(error, StoreError::Newer { .. }) {
                Err(error)
            } else {
                run_pending(db)
            }
        }),
        Db::Postgres(_) => {
            wait_for_turn(db)?;
            let done = run_pending(db);
            sql_query(format!("SELECT pg_advisory_unlock({LOCK})")).execute(db)?;
            done
        }
    }
}

#[derive(QueryableByName)]
struct Turn {
    #[diesel(sql_type = sql_types::Bool)]
    ours: bool,
}

fn wait_for_turn(db: &mut Db) -> Result<(), StoreError> {
    let (began, mut pause) = (Instant::now(), PAUSES.0);
    let mut is_told = false;
    loop {
        let query = sql_query(format!("SELECT pg_try_advisory_lock({LOCK}) AS ours"));
        if query.get_result::<Turn>(db)?.ours {
            return Ok(());
        }
        let waited = began.elapsed();
        if waited > PATIENCE {
            return Err(StoreError::Migrating(PATIENCE.as_secs() / 60));
        }
        if waited > WORTH_A_LINE && !is_told {
            tracing::info!("another server migrates the database; waiting for it");
            is_told = true;
        }
        thread::sleep(pause);
        pause = (pause * 2).min(PAUSES.1);
    }
}

fn run_pending(db: &mut Db) -> Result<Vec<String>, StoreError> {
    let applied = match db {
        Db::Sqlite(conn) => conn.applied_migrations(),
        Db::Postgres(conn) => conn.applied_migrations(),
    };
    let applied = applied.map_err(failed)?;
    match compare(db, applied.iter().map(ToString::to_string).collect())? {
        Fit::Exact | Fit::Behind => {}
        Fit::Beside { newest } => tracing::info!(
            newest,
            "the database is newer than this program, which can still work with it"
        ),
        Fit::Outdated { newest, floor } => return Err(StoreError::Newer { newest, floor }),
    }
    let done = match db {
        Db::Sqlite(conn) => conn.run_pending_migrations(SQLITE),
        Db::Postgres(conn) => conn.run_pending_migrations(POSTGRES),
    };
    Ok(done
        .map_err(failed)?
        .iter()
        .map(ToString::to_string)
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn versions(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|&text| text.to_owned()).collect()
    }

    fn fits(known: &[&str], applied: &[&str], floor: Option<&str>) -> Fit {
        let applied = versions(applied).into_iter().collect();
        fit(&versions(known), &applied, floor.map(str::to_owned))
    }

    #[test]
    fn a_newer_database_is_worked_with_down_to_its_floor() {
        let beside = Fit::Beside {
            newest: "0016".to_owned(),
        };
        let outdated = |floor: &str| Fit::Outdated {
            newest: "0016".to_owned(),
            floor: floor.to_owned(),
        };
        let (known, newer) = (["0013", "0014"], ["0013", "0014", "0015", "0016"]);
        for (applied, floor, expected) in [
            (&known[..], None, Fit::Exact),
            (&known[..1], None, Fit::Behind),
            (&[][..], None, Fit::Behind),
            (&newer[..], Some("0013"), beside.clone()),
            (&newer[..], Some("0014"), beside),
            (&newer[..], Some("0015"), outdated("0015")),
            (&newer[..], None, outdated("0016")),
            // Of two branches: it is told that something is missing.
            (&["0013", "0016"][..], Some("0013"), Fit::Behind),
        ] {
            assert_eq!(
                fits(&known, applied, floor),
                expected,
                "{applied:?} {floor:?}"
            );
        }
    }

    #[test]
    fn this_program_knows_its_migrations_in_order() {
        let known = known().unwrap();
        assert_eq!(known.first().map(String::as_str), Some("0001"));
        assert!(known.is_sorted());
    }
}
