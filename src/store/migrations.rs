//! The migrations of both databases, embedded, with the same names in both folders, and whether a
//! database fits this program.
//!
//! While servers are upgraded one by one, programs of two releases work on one database. What a newer
//! one added does not disturb an older one; what would disturb it raises the floor of the schema.

use std::{
    collections::BTreeSet,
    error::Error,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

use diesel::{
    backend::Backend,
    connection::InstrumentationEvent,
    migration::{Migration, MigrationSource},
    prelude::*,
    result::Error as DieselError,
    sql_query, sql_types,
    sqlite::Sqlite,
};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::{
    conn::{Db, LOCK_TIMEOUT},
    error::StoreError,
    schema::schema_floor,
};
use crate::telemetry::chain;

const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// Any number that nobody else uses for an advisory lock in the same database.
const LOCK: i64 = 0x7461_746c_6173;

/// How long another server's migrations are waited for, and a table that others use.
const PATIENCE: Duration = Duration::from_secs(5 * 60);

/// A wait that is worth a line.
const WORTH_A_LINE: Duration = Duration::from_secs(1);

/// Between two looks whether the lock is free: at first, and at most.
const PAUSES: (Duration, Duration) = (Duration::from_millis(10), Duration::from_millis(500));

/// Between two tries to lock a table that others use: at first, and at most. Whoever came to wait behind the
/// last try is let through meanwhile.
const BETWEEN_TRIES: (Duration, Duration) = (Duration::from_secs(2), Duration::from_secs(10));

/// How the schema of a database fits a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fit {
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

/// What the library for migrations says, of which most is said by the database.
fn said(error: Box<dyn Error + Send + Sync>) -> DieselError {
    match error.downcast() {
        Ok(said) => *said,
        Err(other) => DieselError::QueryBuilderError(other),
    }
}

fn failed(error: Box<dyn Error + Send + Sync>) -> StoreError {
    StoreError::Query(said(error))
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
            let unlocked = sql_query(format!("SELECT pg_advisory_unlock({LOCK})")).execute(db);
            if let Err(error) = unlocked {
                // The connection is closed next, and the lock with it.
                tracing::debug!(error = %error, "the lock for migrations could not be given back");
            }
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
    match db {
        Db::Sqlite(conn) => run_each(conn, SQLITE),
        Db::Postgres(conn) => run_each(conn, POSTGRES),
    }
}

fn run_each<DB, C>(conn: &mut C, source: EmbeddedMigrations) -> Result<Vec<String>, StoreError>
where
    DB: Backend,
    C: Connection<Backend = DB> + MigrationHarness<DB>,
{
    let refusal = Refusal::of(conn);
    let pending = conn.pending_migrations(source).map_err(failed)?;
    let done = pending
        .iter()
        .map(|migration| run_one(conn, migration.as_ref(), &refusal));
    done.collect()
}

/// Runs a migration, and tries again as long as others use what it has to lock.
fn run_one<DB, C>(
    conn: &mut C,
    migration: &dyn Migration<DB>,
    refusal: &Refusal,
) -> Result<String, StoreError>
where
    DB: Backend,
    C: MigrationHarness<DB>,
{
    let name = migration.name().version().to_string();
    let (began, mut pause) = (Instant::now(), BETWEEN_TRIES.0);
    loop {
        let tried = Instant::now();
        refusal.forget();
        let Err(error) = conn.run_migration(migration) else {
            return Ok(name);
        };
        let error = StoreError::Migrate {
            migration: name.clone(),
            cause: refusal.taken().unwrap_or_else(|| said(error)),
        };
        // diesel hands on no code, and PostgreSQL says it in the language that it is set to. But nothing
        // else takes as long and may be over the next time.
        let has_waited = tried.elapsed() >= LOCK_TIMEOUT && error.trouble().is_none();
        if !has_waited || !error.is_passing() || began.elapsed() > PATIENCE {
            return Err(error);
        }
        tracing::warn!(
            error = %chain(&error),
            again_in_seconds = pause.as_secs(),
            "others use what a migration has to lock"
        );
        thread::sleep(pause);
        pause = (pause * 2).min(BETWEEN_TRIES.1);
    }
}

/// The first statement that the database refused, and why. The library for migrations hands on only a text.
struct Refusal(Arc<Mutex<Option<DieselError>>>);

impl Refusal {
    /// Of a connection's statements from now on.
    fn of(conn: &mut impl Connection) -> Self {
        let refusal = Self(Arc::default());
        let told = Self(refusal.0.clone());
        conn.set_instrumentation(move |event: InstrumentationEvent<'_>| {
            if let InstrumentationEvent::FinishQuery {
                error: Some(error), ..
            } = event
            {
                told.first().get_or_insert_with(|| copied(error));
            }
        });
        refusal
    }

    fn first(&self) -> MutexGuard<'_, Option<DieselError>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn forget(&self) {
        *self.first() = None;
    }

    fn taken(&self) -> Option<DieselError> {
        self.first().take()
    }
}

fn copied(error: &DieselError) -> DieselError {
    if let DieselError::DatabaseError(kind, information) = error {
        DieselError::DatabaseError(*kind, Box::new(information.message().to_owned()))
    } else {
        DieselError::QueryBuilderError(error.to_string().into())
    }
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
    fn a_migration_that_fails_says_which_and_what_the_database_said() {
        let mut conn = SqliteConnection::establish(":memory:").unwrap();
        sql_query("CREATE TABLE tenants (id TEXT)")
            .execute(&mut conn)
            .unwrap();
        let error = run_each(&mut conn, SQLITE).unwrap_err();
        let StoreError::Migrate { migration, cause } = error else {
            panic!("{error:?}");
        };
        assert_eq!(migration, "0001");
        assert!(
            matches!(&cause, DieselError::DatabaseError(_, said) if said.message().contains("tenants")),
            "{cause:?}"
        );
    }

    #[test]
    fn this_program_knows_its_migrations_in_order() {
        let known = known().unwrap();
        assert_eq!(known.first().map(String::as_str), Some("0001"));
        assert!(known.is_sorted());
    }
}
