//! A database of a test's own: a temporary file, or a schema on the server that
//! `TEST_DATABASE_URL` names. Which of the two, the whole process decides; see `on_postgres`.

use diesel::{
    Connection, PgConnection, RunQueryDsl, SqliteConnection, connection::SimpleConnection,
    sql_query,
};
use tenantatlas::{domain::canonical::Hash, store::DatabaseUrl};
use uuid::Uuid;

pub(crate) struct Database {
    pub(crate) url: DatabaseUrl,
    place: Place,
}

enum Place {
    File { directory: tempfile::TempDir },
    Schema { server: String, name: String },
}

impl Database {
    pub(crate) fn create() -> Self {
        match crate::on_postgres::server() {
            Some(server) => Self::schema(server),
            None => Self::file(),
        }
    }

    fn file() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let url = DatabaseUrl::Sqlite(directory.path().join("test.db"));
        Self {
            url,
            place: Place::File { directory },
        }
    }

    fn schema(server: String) -> Self {
        let name = format!("test_{}", Uuid::new_v4().simple());
        execute(&server, &format!("CREATE SCHEMA {name}"));
        let mark = if server.contains('?') { '&' } else { '?' };
        let url = DatabaseUrl::Postgres(format!(
            "{server}{mark}options=-c%20search_path%3D{name}&application_name={name}"
        ));
        Self {
            url,
            place: Place::Schema { server, name },
        }
    }
}

impl Database {
    /// Loses a content that items refer to, as a damaged disk would.
    pub(crate) fn lose_content(&self, hash: Hash) {
        let statement = format!("DELETE FROM contents WHERE hash = '{hash}'");
        match (&self.place, &self.url) {
            (Place::File { .. }, DatabaseUrl::Sqlite(path)) => {
                let mut conn = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
                conn.batch_execute("PRAGMA busy_timeout = 10000; PRAGMA foreign_keys = OFF")
                    .unwrap();
                sql_query(statement).execute(&mut conn).unwrap();
            }
            (_, DatabaseUrl::Sqlite(_)) => unreachable!("a schema lies on a server"),
            (_, DatabaseUrl::Postgres(url)) => {
                for part in ["payload", "assignments", "scope_tags", "sealed"] {
                    let key = format!("backup_items_tenant_id_{part}_hash_fkey");
                    execute(
                        url,
                        &format!("ALTER TABLE backup_items DROP CONSTRAINT IF EXISTS {key}"),
                    );
                }
                execute(url, &statement);
            }
        }
    }

    /// Ends every connection to it but those of others to the same server; false on a file.
    pub(crate) fn cut_off(&self) -> bool {
        let Place::Schema { server, name } = &self.place else {
            return false;
        };
        let statement = format!(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = '{name}'"
        );
        execute(server, &statement);
        true
    }

    /// How many connections there are to it of which something holds, as PostgreSQL's view of its sessions
    /// has it; none on a file.
    pub(crate) fn sessions(&self, condition: &str) -> usize {
        let Place::Schema { server, name } = &self.place else {
            return 0;
        };
        let query = format!(
            "SELECT state AS line FROM pg_stat_activity WHERE application_name = '{name}' AND {condition}"
        );
        let mut conn = PgConnection::establish(server).unwrap();
        sql_query(query).load::<Line>(&mut conn).unwrap().len()
    }

    /// Carries out a statement, past the program.
    pub(crate) fn execute(&self, statement: &str) {
        match &self.url {
            DatabaseUrl::Sqlite(path) => {
                let mut conn = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
                conn.batch_execute("PRAGMA busy_timeout = 10000").unwrap();
                sql_query(statement).execute(&mut conn).unwrap();
            }
            DatabaseUrl::Postgres(url) => execute(url, statement),
        }
    }

    /// A connection that holds a row for as long as it lives; none on a file, which has one writer at a time.
    pub(crate) fn holding(&self, table: &str, id: &str) -> Option<PgConnection> {
        let DatabaseUrl::Postgres(url) = &self.url else {
            return None;
        };
        let mut conn = PgConnection::establish(url).unwrap();
        let hold = format!("BEGIN; SELECT 1 FROM {table} WHERE id = '{id}' FOR NO KEY UPDATE");
        conn.batch_execute(&hold).unwrap();
        Some(conn)
    }

    /// Whether it is a file.
    pub(crate) fn is_embedded(&self) -> bool {
        matches!(self.url, DatabaseUrl::Sqlite(_))
    }

    /// All that is stored: the files as they lie on the disk, or every row as text, in which
    /// binary columns are hexadecimal.
    pub(crate) fn dump(&self) -> Vec<u8> {
        match &self.place {
            Place::File { directory } => {
                let files = std::fs::read_dir(directory.path()).unwrap();
                let bytes = files.map(|file| std::fs::read(file.unwrap().path()).unwrap());
                bytes.collect::<Vec<_>>().concat()
            }
            Place::Schema { server, name } => {
                let mut conn = PgConnection::establish(server).unwrap();
                let tables = format!(
                    "SELECT table_name::text AS line FROM information_schema.tables WHERE table_schema = '{name}'"
                );
                let rows = |conn: &mut PgConnection, query: &str| -> Vec<Line> {
                    sql_query(query).load(conn).unwrap()
                };
                let tables = rows(&mut conn, &tables);
                let lines = tables.iter().flat_map(|table| {
                    let table = &table.line;
                    rows(
                        &mut conn,
                        &format!("SELECT t::text AS line FROM {name}.{table} t"),
                    )
                });
                let lines: Vec<String> = lines.map(|row| row.line).collect();
                lines.join("\n").into_bytes()
            }
        }
    }
}

/// A row of one text.
#[derive(diesel::QueryableByName)]
pub(crate) struct Line {
    #[diesel(sql_type = diesel::sql_types::Text)]
    pub(crate) line: String,
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Place::Schema { server, name } = &self.place {
            // Housekeeping may be at work in there still; of two that wait for each other, the
            // database asks one to try again.
            let statement = format!("DROP SCHEMA {name} CASCADE");
            let is_gone = (0..10).any(|_| try_to_execute(server, &statement).is_ok());
            assert!(
                is_gone || std::thread::panicking(),
                "{name} cannot be dropped"
            );
        }
    }
}

fn execute(server: &str, statement: &str) {
    try_to_execute(server, statement).unwrap();
}

fn try_to_execute(server: &str, statement: &str) -> diesel::QueryResult<usize> {
    let mut conn =
        PgConnection::establish(server).expect("TEST_DATABASE_URL names a server that answers");
    sql_query(statement).execute(&mut conn)
}
