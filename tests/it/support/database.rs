//! A database of a test's own: a temporary file, or a schema on the server that
//! `TEST_DATABASE_URL` names. Which of the two, the whole process decides; see `on_postgres`.

use diesel::{Connection, PgConnection, RunQueryDsl, sql_query};
use tenantatlas::store::DatabaseUrl;
use uuid::Uuid;

pub(crate) struct Database {
    pub(crate) url: DatabaseUrl,
    place: Place,
}

enum Place {
    File { _directory: tempfile::TempDir },
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
            place: Place::File {
                _directory: directory,
            },
        }
    }

    fn schema(server: String) -> Self {
        let name = format!("test_{}", Uuid::new_v4().simple());
        execute(&server, &format!("CREATE SCHEMA {name}"));
        let mark = if server.contains('?') { '&' } else { '?' };
        let url = DatabaseUrl::Postgres(format!("{server}{mark}options=-c%20search_path%3D{name}"));
        Self {
            url,
            place: Place::Schema { server, name },
        }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Place::Schema { server, name } = &self.place {
            execute(server, &format!("DROP SCHEMA {name} CASCADE"));
        }
    }
}

fn execute(server: &str, statement: &str) {
    let mut conn =
        PgConnection::establish(server).expect("TEST_DATABASE_URL names a server that answers");
    sql_query(statement).execute(&mut conn).unwrap();
}
