//! One connection type over both databases, its pool, and its write transaction.
//!
//! The scheme of the URL chooses; a scheme that is not known is refused, because SQLite would
//! otherwise take any text for a file name and start an empty database.

use std::{path::PathBuf, str::FromStr};

use diesel::{
    Connection, ConnectionError, PgConnection, RunQueryDsl, SqliteConnection,
    connection::{AnsiTransactionManager, SimpleConnection, TransactionManager},
    r2d2::ManageConnection,
};

use super::error::StoreError;

/// A connection to either database. Queries are written once against it.
#[derive(diesel::MultiConnection)]
pub enum Db {
    /// The embedded database.
    Sqlite(SqliteConnection),
    /// PostgreSQL.
    Postgres(PgConnection),
}

impl std::fmt::Debug for Db {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Sqlite(_) => "Db::Sqlite",
            Self::Postgres(_) => "Db::Postgres",
        })
    }
}

/// Runs the same expression on the concrete connection, for what the joint type does not offer:
/// `ON CONFLICT`, and inserts of many rows at once.
macro_rules! each_backend {
    ($db:expr, |$conn:ident| $body:expr) => {
        match $db {
            $crate::store::conn::Db::Sqlite($conn) => $body,
            $crate::store::conn::Db::Postgres($conn) => $body,
        }
    };
}
pub(crate) use each_backend;

type Transactions = <Db as Connection>::TransactionManager;

/// Runs `body` in a transaction that is a writer from its first statement.
///
/// On SQLite a transaction that begins as a reader fails at once when it turns writer after
/// somebody else's commit, whatever the busy timeout says.
pub(super) fn write_transaction<T, E>(
    db: &mut Db,
    body: impl FnOnce(&mut Db) -> Result<T, E>,
) -> Result<T, E>
where
    E: From<StoreError>,
{
    let begun = match db {
        Db::Sqlite(conn) => AnsiTransactionManager::begin_transaction_sql(conn, "BEGIN IMMEDIATE"),
        Db::Postgres(conn) => AnsiTransactionManager::begin_transaction(conn),
    };
    begun.map_err(StoreError::Query)?;
    match body(db) {
        Ok(value) => {
            Transactions::commit_transaction(db).map_err(StoreError::Query)?;
            Ok(value)
        }
        Err(error) => {
            // The body's error says more than that of a rollback on a broken connection.
            if let Err(rollback) = Transactions::rollback_transaction(db) {
                tracing::warn!(error = %rollback, "a transaction could not be rolled back");
            }
            Err(error)
        }
    }
}

/// Which database, as `DATABASE_URL` says it.
#[derive(Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// An embedded file.
    Sqlite(PathBuf),
    /// PostgreSQL, by its URL, which may hold a password.
    Postgres(String),
}

impl DatabaseUrl {
    /// Whether it is a file, which one server has to itself.
    pub fn is_embedded(&self) -> bool {
        matches!(self, Self::Sqlite(_))
    }
}

impl std::fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Self::Postgres(_) => f.write_str("postgres:…"),
        }
    }
}

impl FromStr for DatabaseUrl {
    type Err = StoreError;

    fn from_str(text: &str) -> Result<Self, StoreError> {
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return Ok(Self::Postgres(text.to_owned()));
        }
        match text.strip_prefix("sqlite:") {
            Some(path) if !path.is_empty() => {
                let path = path.strip_prefix("//").unwrap_or(path);
                Ok(Self::Sqlite(PathBuf::from(path)))
            }
            Some(_) | None => Err(StoreError::Url(
                "DATABASE_URL must start with `sqlite:` followed by a file, or with `postgres://`"
                    .to_owned(),
            )),
        }
    }
}

/// What a connection may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    /// Queries only; enforced on SQLite.
    Read,
    /// Everything.
    Write,
}

/// Opens connections for a pool.
#[derive(Clone, Debug)]
pub(super) struct Manager {
    pub(super) url: DatabaseUrl,
    pub(super) access: Access,
}

/// Waited for by a writer of another process (a command beside the server) before it gives up.
const BUSY_TIMEOUT_MS: u32 = 10_000;

impl Manager {
    pub(super) fn open(&self) -> Result<Db, ConnectionError> {
        match &self.url {
            DatabaseUrl::Postgres(url) => PgConnection::establish(url).map(Db::Postgres),
            DatabaseUrl::Sqlite(path) => {
                let mut conn = SqliteConnection::establish(&path.to_string_lossy())?;
                let query_only = match self.access {
                    Access::Read => "ON",
                    Access::Write => "OFF",
                };
                // auto_vacuum holds only when it is set before the first table; later it does nothing.
                conn.batch_execute(&format!(
                    "PRAGMA busy_timeout = {BUSY_TIMEOUT_MS};
                     PRAGMA auto_vacuum = INCREMENTAL;
                     PRAGMA journal_mode = WAL;
                     PRAGMA synchronous = FULL;
                     PRAGMA foreign_keys = ON;
                     PRAGMA query_only = {query_only};"
                ))
                .map_err(ConnectionError::CouldntSetupConfiguration)?;
                Ok(Db::Sqlite(conn))
            }
        }
    }
}

impl ManageConnection for Manager {
    type Connection = Db;
    type Error = diesel::r2d2::Error;

    fn connect(&self) -> Result<Db, Self::Error> {
        self.open().map_err(diesel::r2d2::Error::ConnectionError)
    }

    fn is_valid(&self, db: &mut Db) -> Result<(), Self::Error> {
        diesel::sql_query("SELECT 1")
            .execute(db)
            .map(drop)
            .map_err(diesel::r2d2::Error::QueryError)
    }

    fn has_broken(&self, db: &mut Db) -> bool {
        std::thread::panicking() || Transactions::is_broken_transaction_manager(db)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_without_a_known_scheme_is_refused() {
        let parsed = |text: &str| text.parse::<DatabaseUrl>().ok();
        assert_eq!(
            parsed("sqlite:a.db"),
            Some(DatabaseUrl::Sqlite("a.db".into()))
        );
        assert_eq!(
            parsed("sqlite:///a/b.db"),
            Some(DatabaseUrl::Sqlite("/a/b.db".into()))
        );
        assert_eq!(
            parsed("postgres://u@h/d"),
            Some(DatabaseUrl::Postgres("postgres://u@h/d".to_owned())),
        );
        for typo in ["", "postgre://h/d", "a.db", "sqlite:", "mysql://h/d"] {
            assert_eq!(parsed(typo), None, "{typo}");
        }
    }

    #[test]
    fn a_password_in_a_url_is_not_printed() {
        let url = DatabaseUrl::Postgres("postgres://u:hunter2@h/d".to_owned());
        assert!(!format!("{url:?}").contains("hunter2"));
    }
}
