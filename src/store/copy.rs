//! A copy of the embedded database, made while others read and write it.

use std::path::Path;

use diesel::{
    Connection, RunQueryDsl, SqliteConnection, sql_query,
    sql_types::{BigInt, Nullable, Text},
};

use super::{
    DatabaseUrl, PoolSettings,
    conn::{Access, Connector, Db},
    error::StoreError,
};

/// A finding of a check.
#[derive(diesel::QueryableByName)]
struct Finding {
    #[diesel(sql_type = Text)]
    integrity_check: String,
}

/// A row that points to nothing.
#[derive(diesel::QueryableByName)]
struct Orphan {
    #[diesel(sql_type = Text)]
    table: String,
    #[diesel(sql_type = Nullable<BigInt>)]
    rowid: Option<i64>,
}

/// Writes the embedded database as it is at one instant into a file, which must be empty. Writers
/// need not wait.
pub fn write(database: &Path, to: &str) -> Result<(), StoreError> {
    let url = DatabaseUrl::Sqlite(database.to_owned());
    let connector = Connector::new(&url, Access::Write, PoolSettings::default())?;
    let mut db: Db = connector.open_unhurried().map_err(StoreError::Open)?;
    sql_query("VACUUM INTO ?")
        .bind::<Text, _>(to)
        .execute(&mut db)?;
    Ok(())
}

/// What is wrong with a file that should be a database; empty when nothing is. Changes nothing.
pub fn check(file: &str) -> Result<Vec<String>, StoreError> {
    let mut conn = SqliteConnection::establish(file).map_err(StoreError::Open)?;
    sql_query("PRAGMA query_only = ON").execute(&mut conn)?;
    let findings: Vec<Finding> = sql_query("PRAGMA integrity_check").load(&mut conn)?;
    let findings = findings.into_iter().map(|finding| finding.integrity_check);
    let mut wrong: Vec<String> = findings.filter(|finding| finding != "ok").collect();
    let orphans: Vec<Orphan> = sql_query("PRAGMA foreign_key_check").load(&mut conn)?;
    wrong.extend(orphans.into_iter().map(|Orphan { table, rowid }| {
        let row = rowid.map_or_else(String::new, |row| format!(" {row}"));
        format!("row{row} of {table} points to nothing")
    }));
    Ok(wrong)
}
