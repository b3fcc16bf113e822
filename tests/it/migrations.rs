//! Both databases have the same tables, and they are those that the queries are written for.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use diesel::{
    Connection, PgConnection, QueryableByName, RunQueryDsl, SqliteConnection,
    connection::SimpleConnection, sql_query, sql_types,
};
use diesel_migrations::{FileBasedMigrations, MigrationHarness};
use tenantatlas::store::DatabaseUrl;

use crate::support::{
    Database,
    database::Line,
    shell::{Ran, Shell},
};

/// Column names with their types as `src/store/schema.rs` writes them, by table.
type Tables = BTreeMap<String, BTreeMap<String, String>>;

/// Each index as its name, whether it is unique, and its columns.
type Indexes = BTreeSet<String>;

fn folder(database: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("migrations")
        .join(database)
}

/// The migrations of a database, as their files are.
pub(crate) fn migrations(database: &str) -> FileBasedMigrations {
    FileBasedMigrations::from_path(folder(database)).unwrap()
}

#[test]
fn both_folders_have_the_same_migrations_and_each_can_be_undone() {
    let names = |database| -> BTreeSet<String> {
        let files = fs::read_dir(folder(database)).unwrap();
        files
            .map(|file| {
                let path = file.unwrap().path();
                for half in ["up.sql", "down.sql"] {
                    assert!(
                        path.join(half).is_file(),
                        "{} has no {half}",
                        path.display()
                    );
                }
                path.file_name().unwrap().to_string_lossy().into_owned()
            })
            .collect()
    };
    assert_eq!(names("sqlite"), names("postgres"));
}

#[test]
fn sqlite_has_the_tables_that_queries_are_written_for() {
    let mut conn = SqliteConnection::establish(":memory:").unwrap();
    conn.run_pending_migrations(migrations("sqlite")).unwrap();
    assert_eq!(sqlite_tables(&mut conn), expected());
}

#[test]
fn the_migrations_of_sqlite_undo_themselves() {
    let mut conn = SqliteConnection::establish(":memory:").unwrap();
    conn.batch_execute("PRAGMA foreign_keys = ON").unwrap();
    for _ in 0..2 {
        conn.run_pending_migrations(migrations("sqlite")).unwrap();
        conn.revert_all_migrations(migrations("sqlite")).unwrap();
        assert_eq!(sqlite_tables(&mut conn), Tables::new());
    }
}

/// The PostgreSQL schema of this test; none when the suite runs on SQLite.
fn postgres() -> Option<(Database, PgConnection)> {
    let database = Database::create();
    match database.url.clone() {
        DatabaseUrl::Sqlite(_) => None,
        DatabaseUrl::Postgres(url) => Some((database, PgConnection::establish(&url).unwrap())),
    }
}

#[test]
fn postgresql_has_the_same_tables_and_indexes() {
    let Some((_database, mut conn)) = postgres() else {
        return;
    };
    conn.run_pending_migrations(migrations("postgres")).unwrap();
    assert_eq!(postgres_tables(&mut conn), expected());
    let mut embedded = SqliteConnection::establish(":memory:").unwrap();
    embedded
        .run_pending_migrations(migrations("sqlite"))
        .unwrap();
    assert_eq!(postgres_indexes(&mut conn), sqlite_indexes(&mut embedded));
}

#[test]
fn every_text_of_postgresql_is_in_the_order_of_its_bytes() {
    let Some((_database, mut conn)) = postgres() else {
        return;
    };
    conn.run_pending_migrations(migrations("postgres")).unwrap();
    let query = "SELECT table_name || '.' || column_name AS line FROM information_schema.columns \
                 WHERE table_schema = current_schema() AND table_name NOT LIKE '\\_\\_%' \
                 AND data_type IN ('text', 'character varying') \
                 AND collation_name IS DISTINCT FROM 'C'";
    let others: Vec<Line> = sql_query(query).load(&mut conn).unwrap();
    let others: Vec<String> = others.into_iter().map(|row| row.line).collect();
    assert_eq!(others, Vec::<String>::new());
}

#[test]
fn a_database_of_another_encoding_is_refused_with_what_to_do() {
    let Some(server) = crate::on_postgres::server() else {
        return;
    };
    let shell = Shell::new(&Database::create());
    let name = format!("latin_{}", uuid::Uuid::new_v4().simple());
    let mut conn = PgConnection::establish(&server).unwrap();
    let create = format!(
        "CREATE DATABASE {name} ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0"
    );
    sql_query(create).execute(&mut conn).unwrap();
    let mut url = url::Url::parse(&server).unwrap();
    url.set_path(&name);
    let mut migrate = shell.command(&["migrate"]);
    let ran = Ran::of(migrate.env("DATABASE_URL", url.as_str()).output().unwrap());
    sql_query(format!("DROP DATABASE {name}"))
        .execute(&mut conn)
        .unwrap();
    let told = ran.refused(1);
    assert!(
        told.contains("LATIN1") && told.contains("ENCODING 'UTF8'"),
        "{told}"
    );
}

#[test]
fn the_migrations_of_postgresql_undo_themselves() {
    let Some((_database, mut conn)) = postgres() else {
        return;
    };
    for _ in 0..2 {
        conn.run_pending_migrations(migrations("postgres")).unwrap();
        conn.revert_all_migrations(migrations("postgres")).unwrap();
        assert_eq!(postgres_tables(&mut conn), Tables::new());
    }
}

/// The tables of `src/store/schema.rs` and its neighbour, read from their text.
fn expected() -> Tables {
    let read = |file: &str| {
        fs::read_to_string(
            Path::new(env!("CARGO_MANIFEST_DIR"))
                .join("src/store")
                .join(file),
        )
        .unwrap()
    };
    let schema = read("schema.rs") + &read("schema_records.rs");
    let mut tables = Tables::new();
    for block in schema.split("diesel::table! {").skip(1) {
        let (head, body) = block.trim_start().split_once(" {").unwrap();
        let name = head.split_whitespace().next().unwrap();
        let body = body.split('}').next().unwrap();
        let columns = body.lines().filter_map(|line| {
            let (column, kind) = line.trim().trim_end_matches(',').split_once(" -> ")?;
            Some((column.to_owned(), kind.to_owned()))
        });
        tables.insert(name.to_owned(), columns.collect());
    }
    tables
}

/// The type of a column as diesel names it.
fn diesel_type(database_type: &str, is_nullable: bool) -> String {
    let plain = match database_type.to_uppercase().as_str() {
        "TEXT" => "Text",
        "BLOB" | "BYTEA" => "Binary",
        "BOOLEAN" => "Bool",
        "SMALLINT" => "SmallInt",
        "INTEGER" => "Integer",
        "BIGINT" => "BigInt",
        "DATE" => "Date",
        "TIMESTAMP" | "TIMESTAMP WITHOUT TIME ZONE" => "Timestamp",
        other => panic!("a type that no table uses: {other}"),
    };
    match is_nullable {
        true => format!("Nullable<{plain}>"),
        false => plain.to_owned(),
    }
}

#[derive(QueryableByName)]
struct ColumnRow {
    #[diesel(sql_type = sql_types::Text)]
    table_name: String,
    #[diesel(sql_type = sql_types::Text)]
    column_name: String,
    #[diesel(sql_type = sql_types::Text)]
    column_type: String,
    #[diesel(sql_type = sql_types::Bool)]
    is_nullable: bool,
}

fn tables(rows: Vec<ColumnRow>) -> Tables {
    let mut tables = Tables::new();
    for row in rows {
        let kind = diesel_type(&row.column_type, row.is_nullable);
        let columns = tables.entry(row.table_name).or_default();
        columns.insert(row.column_name, kind);
    }
    tables
}

fn sqlite_tables(conn: &mut SqliteConnection) -> Tables {
    let query = "SELECT t.name AS table_name, c.name AS column_name, c.type AS column_type, \
                 c.\"notnull\" = 0 AS is_nullable \
                 FROM sqlite_master t JOIN pragma_table_info(t.name) c \
                 WHERE t.type = 'table' AND t.name NOT LIKE '\\_\\_%' ESCAPE '\\'";
    tables(sql_query(query).load(conn).unwrap())
}

fn postgres_tables(conn: &mut PgConnection) -> Tables {
    let query = "SELECT table_name::text, column_name::text, data_type::text AS column_type, \
                 is_nullable = 'YES' AS is_nullable \
                 FROM information_schema.columns \
                 WHERE table_schema = current_schema() AND table_name NOT LIKE '\\_\\_%'";
    tables(sql_query(query).load(conn).unwrap())
}

#[derive(QueryableByName)]
struct IndexRow {
    #[diesel(sql_type = sql_types::Text)]
    definition: String,
}

/// The statement that makes an index, without what the databases write differently.
fn indexes(rows: Vec<IndexRow>) -> Indexes {
    rows.into_iter()
        .map(|row| {
            let plain = row.definition.replace(['(', ')', '"', ','], " ");
            let words = plain.split_whitespace().map(str::to_lowercase);
            let telling = words.filter(|word| !word.starts_with("::") && word != "btree");
            telling.collect::<Vec<_>>().join(" ")
        })
        .collect()
}

fn sqlite_indexes(conn: &mut SqliteConnection) -> Indexes {
    let query =
        "SELECT sql AS definition FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL";
    indexes(sql_query(query).load(conn).unwrap())
}

fn postgres_indexes(conn: &mut PgConnection) -> Indexes {
    // Primary keys have no statement of their own in SQLite.
    let query = "SELECT replace(replace(replace(replace(replace(pg_get_indexdef(i.indexrelid), \
                 current_schema() || '.', ''), 'USING btree ', ''), '::text', ''), \
                 '= ANY (ARRAY[', 'IN ('), '])', ')') AS definition \
                 FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid \
                 WHERE c.relnamespace = current_schema()::regnamespace AND NOT i.indisprimary \
                 AND c.relname NOT LIKE '\\_\\_%'";
    indexes(sql_query(query).load(conn).unwrap())
}
