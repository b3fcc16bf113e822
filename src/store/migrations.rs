//! The migrations of both databases, embedded, with the same names in both folders.

use diesel::{RunQueryDsl, migration::MigrationSource, sql_query};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::{conn::Db, error::StoreError};

const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// Any number that nobody else uses for an advisory lock in the same database.
const LOCK: i64 = 0x7461_746c_6173;

/// Runs what is pending, and names it. Several servers may start at once: one runs, the others wait.
pub(super) fn run(db: &mut Db) -> Result<Vec<String>, StoreError> {
    match db {
        // Without a lock of its own another process may have been faster with the same migrations:
        // then there is less to do when one looks again.
        Db::Sqlite(conn) => pending(conn, SQLITE).or_else(|_| pending(conn, SQLITE)),
        Db::Postgres(conn) => {
            sql_query(format!("SELECT pg_advisory_lock({LOCK})")).execute(conn)?;
            let done = pending(conn, POSTGRES);
            sql_query(format!("SELECT pg_advisory_unlock({LOCK})")).execute(conn)?;
            done
        }
    }
}

fn pending<C, S>(conn: &mut C, source: S) -> Result<Vec<String>, StoreError>
where
    C: MigrationHarness<C::Backend> + diesel::Connection,
    S: MigrationSource<C::Backend>,
{
    let done = conn.run_pending_migrations(source);
    let versions = done.map_err(|error| StoreError::Migrate(error.to_string()))?;
    Ok(versions.iter().map(ToString::to_string).collect())
}

/// Whether the database has every migration of this program.
pub(super) fn are_complete(db: &mut Db) -> Result<bool, StoreError> {
    let pending = match db {
        Db::Sqlite(conn) => conn.has_pending_migration(SQLITE),
        Db::Postgres(conn) => conn.has_pending_migration(POSTGRES),
    };
    pending
        .map(|pending| !pending)
        .map_err(|error| StoreError::Migrate(error.to_string()))
}
