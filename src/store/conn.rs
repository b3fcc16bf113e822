//! One connection type over both databases, how one is opened, and its write transaction.
//!
//! The scheme of the URL chooses; a scheme that is not known is refused, because SQLite would
//! otherwise take any text for a file name and start an empty database.

use std::{path::PathBuf, str::FromStr, time::Duration};

use diesel::{
    Connection, ConnectionError, PgConnection, RunQueryDsl, SqliteConnection,
    connection::{AnsiTransactionManager, SimpleConnection, TransactionManager},
    result::Error as DieselError,
    sql_query, sql_types,
};

use super::{PoolSettings, error::StoreError, postgres};

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
            Transactions::commit_transaction(db).map_err(why_not_committed)?;
            Ok(value)
        }
        Err(error) => {
            // The body's error says more than that of a rollback on a broken connection, which its
            // lane closes.
            if let Err(rollback) = Transactions::rollback_transaction(db) {
                tracing::debug!(error = %rollback, "a transaction could not be rolled back");
            }
            Err(error)
        }
    }
}

/// Why it was not committed says more than why there was nothing to roll back.
fn why_not_committed(error: DieselError) -> StoreError {
    StoreError::Query(
        if let DieselError::RollbackErrorOnCommit { commit_error, .. } = error {
            *commit_error
        } else {
            error
        },
    )
}

#[derive(diesel::QueryableByName)]
struct Written {
    #[diesel(sql_type = sql_types::BigInt)]
    written: i64,
}

/// A number that has changed by the end of a transaction that wrote something.
pub(super) fn written(db: &mut Db) -> Result<i64, StoreError> {
    let query = sql_query(match db {
        Db::Sqlite(_) => "SELECT total_changes() AS written",
        // A transaction has a number of its own from its first change on.
        Db::Postgres(_) => {
            "SELECT COALESCE(pg_current_xact_id_if_assigned()::text::bigint, 0) AS written"
        }
    });
    Ok(query.get_result::<Written>(db)?.written)
}

/// Whether a transaction was left open, or the connection cannot say.
pub(super) fn is_broken(db: &mut Db) -> bool {
    Transactions::is_broken_transaction_manager(db)
}

/// Asks for nothing, to see whether the connection still leads somewhere.
pub(super) fn answers(db: &mut Db) -> bool {
    // Without preparing it, which would be a second message.
    each_backend!(db, |conn| conn.batch_execute("SELECT 1")).is_ok()
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

/// Where it is, without who uses it: for logs.
impl std::fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Sqlite(path) => {
                let absolute = std::path::absolute(path);
                let path = absolute.as_deref().unwrap_or(path);
                write!(f, "sqlite:{}", path.display())
            }
            Self::Postgres(url) => f.write_str(&postgres::without_user(url)),
        }
    }
}

impl FromStr for DatabaseUrl {
    type Err = StoreError;

    fn from_str(text: &str) -> Result<Self, StoreError> {
        if postgres::is_named_by(text) {
            postgres::check(text)?;
            return Ok(Self::Postgres(text.to_owned()));
        }
        match text.strip_prefix("sqlite:") {
            Some(path) if !path.is_empty() => {
                let path = path.strip_prefix("//").unwrap_or(path);
                Ok(Self::Sqlite(PathBuf::from(path)))
            }
            Some(_) | None => Err(StoreError::Url(
                "must start with `sqlite:` followed by a file, or with `postgres://`".to_owned(),
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

/// Opens connections.
#[derive(Clone, Debug)]
pub(super) struct Connector {
    to: DatabaseUrl,
    access: Access,
    settings: PoolSettings,
}

/// Waited for by a writer of another process (a command beside the server) before it gives up.
const BUSY_TIMEOUT_MS: u32 = 10_000;

/// What a connection keeps of the file. Readers are many, and the system keeps the file for all of them; what
/// a transaction has written stays with the writer until it is committed.
const READER_CACHE_KIB: u32 = 512;
const WRITER_CACHE_KIB: u32 = 2_048;

/// How long a migration waits for a lock at a time, and others behind it.
pub(super) const LOCK_TIMEOUT: Duration = Duration::from_secs(3);

impl Connector {
    /// Of the database that a URL names.
    pub(super) fn new(
        url: &DatabaseUrl,
        access: Access,
        settings: PoolSettings,
    ) -> Result<Self, StoreError> {
        let to = match url {
            DatabaseUrl::Sqlite(path) => DatabaseUrl::Sqlite(path.clone()),
            DatabaseUrl::Postgres(url) => DatabaseUrl::Postgres(postgres::completed(url)?),
        };
        Ok(Self {
            to,
            access,
            settings,
        })
    }

    /// Whether it is to a file.
    pub(super) fn is_embedded(&self) -> bool {
        self.to.is_embedded()
    }

    /// How long a statement may take; a file is not bounded.
    pub(super) fn statement_timeout(&self) -> Option<Duration> {
        match self.to {
            DatabaseUrl::Sqlite(_) => None,
            DatabaseUrl::Postgres(_) => Some(self.settings.statement_timeout),
        }
    }

    /// A connection for the work of a server, on which no statement and no pause within a transaction
    /// takes longer than it may.
    pub(super) fn open(&self) -> Result<Db, ConnectionError> {
        let mut db = self.connect()?;
        if let Db::Postgres(conn) = &mut db {
            let PoolSettings {
                statement_timeout,
                idle_in_transaction,
                ..
            } = self.settings;
            // Whoever was stopped in the middle of a transaction must not hold its rows for ever, and a
            // host that is gone not its connections. Of sockets of the same host the latter says nothing.
            conn.batch_execute(&format!(
                "SET statement_timeout = {}; SET idle_in_transaction_session_timeout = {};
                 SET tcp_keepalives_idle = 30; SET tcp_keepalives_interval = 10;
                 SET tcp_keepalives_count = 3",
                statement_timeout.as_millis(),
                idle_in_transaction.as_millis(),
            ))
            .map_err(ConnectionError::CouldntSetupConfiguration)?;
        }
        Ok(db)
    }

    /// A connection for what may take long, such as migrations. It does not keep others waiting: what it
    /// wants to lock it waits for only shortly, and what it has locked it loses when it stands still.
    pub(super) fn open_unhurried(&self) -> Result<Db, ConnectionError> {
        let mut db = self.connect()?;
        if let Db::Postgres(conn) = &mut db {
            // Behind a lock that is waited for, everybody waits who comes later. The server has to notice
            // that a host is gone, since nobody else ends that host's transaction.
            conn.batch_execute(&format!(
                "SET lock_timeout = {}; SET idle_in_transaction_session_timeout = {}; \
                 SET tcp_keepalives_idle = 30; SET tcp_keepalives_interval = 10; \
                 SET tcp_keepalives_count = 3",
                LOCK_TIMEOUT.as_millis(),
                self.settings.idle_in_transaction.as_millis(),
            ))
            .map_err(ConnectionError::CouldntSetupConfiguration)?;
        }
        Ok(db)
    }

    fn connect(&self) -> Result<Db, ConnectionError> {
        match &self.to {
            DatabaseUrl::Postgres(url) => PgConnection::establish(url).map(Db::Postgres),
            DatabaseUrl::Sqlite(path) => {
                let mut conn = SqliteConnection::establish(&path.to_string_lossy())?;
                if self.access == Access::Write {
                    keep_account_of_free_pages(&mut conn)
                        .map_err(ConnectionError::CouldntSetupConfiguration)?;
                }
                let (query_only, cache) = match self.access {
                    Access::Read => ("ON", READER_CACHE_KIB),
                    Access::Write => ("OFF", WRITER_CACHE_KIB),
                };
                // Nothing of this writes to a database that is there: readers work on a disk that is full, and
                // beside whoever writes.
                conn.batch_execute(&format!(
                    "PRAGMA busy_timeout = {BUSY_TIMEOUT_MS};
                     PRAGMA journal_mode = WAL;
                     PRAGMA synchronous = FULL;
                     PRAGMA foreign_keys = ON;
                     PRAGMA cache_size = -{cache};
                     PRAGMA query_only = {query_only};"
                ))
                .map_err(ConnectionError::CouldntSetupConfiguration)?;
                Ok(Db::Sqlite(conn))
            }
        }
    }
}

#[derive(diesel::QueryableByName)]
struct Vacuum {
    #[diesel(sql_type = sql_types::Integer)]
    auto_vacuum: i32,
}

/// Has a database that is about to be made keep account of the pages that are free, so that they can be
/// given back. That is settled before the first table, and before `journal_mode`. To say it once more would be
/// a change, which waits for whoever writes and fails on a full disk.
fn keep_account_of_free_pages(conn: &mut SqliteConnection) -> Result<(), DieselError> {
    const INCREMENTAL: i32 = 2;
    conn.batch_execute(&format!("PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}"))?;
    let Vacuum { auto_vacuum } = sql_query("PRAGMA auto_vacuum").get_result(conn)?;
    match auto_vacuum {
        INCREMENTAL => Ok(()),
        _ => conn.batch_execute("PRAGMA auto_vacuum = INCREMENTAL"),
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
        assert!(!format!("{url:?}{url}").contains("hunter2"));
    }

    #[test]
    fn where_a_database_is_can_be_shown() {
        let shown = |text: &str| text.parse::<DatabaseUrl>().unwrap().to_string();
        assert_eq!(shown("sqlite:///a/b.db"), "sqlite:/a/b.db");
        let here = std::env::current_dir().unwrap();
        let file = here.join("data").join("b.db");
        assert_eq!(
            shown("sqlite:data/b.db"),
            format!("sqlite:{}", file.display())
        );
        assert_eq!(shown("postgres://u:p@h:5433/d"), "postgres://h:5433/d");
    }
}
