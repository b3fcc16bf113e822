//! Databases of a benchmark's own: a file, and a schema on the server that `TEST_DATABASE_URL` names.

use diesel::{Connection, PgConnection, RunQueryDsl, sql_query};
use tenantatlas::store::DatabaseUrl;
use uuid::Uuid;

/// A schema of its own; it is gone with this.
pub(crate) struct Schema {
    server: String,
    name: String,
    pub(crate) url: DatabaseUrl,
}

impl Schema {
    /// None when `TEST_DATABASE_URL` names no server.
    pub(crate) fn make() -> Option<Self> {
        let server = std::env::var("TEST_DATABASE_URL").ok()?;
        let name = format!("bench_{}", Uuid::new_v4().simple());
        let mark = if server.contains('?') { '&' } else { '?' };
        let url = format!("{server}{mark}options=-c%20search_path%3D{name}");
        execute(&server, &format!("CREATE SCHEMA {name}"));
        Some(Self {
            server,
            name,
            url: DatabaseUrl::Postgres(url),
        })
    }
}

impl Drop for Schema {
    fn drop(&mut self) {
        execute(&self.server, &format!("DROP SCHEMA {} CASCADE", self.name));
    }
}

fn execute(server: &str, statement: &str) {
    let mut conn = PgConnection::establish(server).unwrap();
    sql_query(statement).execute(&mut conn).unwrap();
}
