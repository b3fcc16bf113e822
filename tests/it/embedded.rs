//! The embedded database: one server has it, commands work beside that, and what was committed survives
//! a loss of power. These return at once where the suite runs on PostgreSQL.

use std::{
    fs,
    time::{Duration, Instant},
};

use diesel::{
    Connection, QueryableByName, RunQueryDsl, SqliteConnection, connection::SimpleConnection,
    sql_query, sql_types,
};
use serde_json::Value;
use tenantatlas::store::{DatabaseUrl, Db, StoreError};

use crate::support::{
    Database, TestApp,
    program::Program,
    shell::{Ran, Shell},
    story::Story,
};

fn embedded() -> Option<Database> {
    let database = Database::create();
    database.is_embedded().then_some(database)
}

#[actix_rt::test]
async fn a_second_server_names_the_first_and_writes_nothing() {
    let Some(database) = embedded() else { return };
    let story = Story::begin(database);
    let mut first = Program::start(story.serve());
    first.becomes(200).await;
    let told = Ran::of(story.serve().output().unwrap()).refused(1);
    let holder = format!("process {}", first.id());
    assert!(told.contains(&holder), "{told}");
    // It was refused before it looked at the database at all.
    assert_eq!(told.lines().count(), 2, "{told}");
    assert_eq!(first.get("/readyz").await.0, 200);

    drop(first);
    let mut second = Program::start(story.serve());
    second.becomes(200).await;
}

#[test]
fn a_server_that_is_refused_leaves_an_empty_directory_without_a_database() {
    let Some(database) = embedded() else { return };
    let shell = Shell::new(&database);
    let own = shell.directory.path().join("own");
    fs::create_dir(&own).unwrap();
    let _held = tenantatlas::data_dir::lock(&own).expect("free");
    let mut serve = shell.command(&["serve"]);
    serve.env(
        "DATABASE_URL",
        format!("sqlite:{}", own.join("a.db").display()),
    );
    Ran::of(serve.output().unwrap()).refused(1);
    let left = fs::read_dir(&own).unwrap();
    let left: Vec<_> = left.map(|file| file.unwrap().file_name()).collect();
    assert_eq!(left, ["tenantatlas.lock"]);
}

#[actix_rt::test]
async fn a_link_to_the_database_leads_to_the_same_lock() {
    let Some(database) = embedded() else { return };
    let story = Story::begin(database);
    let mut first = Program::start(story.serve());
    first.becomes(200).await;
    let DatabaseUrl::Sqlite(file) = &story.database.url else {
        unreachable!("it is embedded")
    };
    let elsewhere = story.shell.directory.path().join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    let link = elsewhere.join("link.db");
    std::os::unix::fs::symlink(file, &link).unwrap();
    let mut serve = story.serve();
    serve.env("DATABASE_URL", format!("sqlite:{}", link.display()));
    let told = Ran::of(serve.output().unwrap()).refused(1);
    assert!(told.contains(&format!("process {}", first.id())), "{told}");
}

#[actix_rt::test]
async fn commands_work_beside_a_server() {
    let Some(database) = embedded() else { return };
    let story = Story::begin(database);
    let mut server = Program::start(story.serve());
    server.becomes(200).await;
    let schedule = story.schedule(&server, "Weekly").await;
    story.backs_up(&server, &schedule).await;
    let (copy, set) = (story.shell.path("copy.db"), story.newest_set(&server).await);
    let folder = story.shell.path("exported");
    let create = ["token", "create", "--role", "READONLY", "--name", "beside"];
    for command in [
        &["tenant", "list"][..],
        &[&create[..], &["--tenant", story.tenant()]].concat(),
        &["verify"],
        &["dispatch"],
        &["migrate"],
        &["export", &set, "--to", &folder],
        &["backup-db", &copy],
    ] {
        story.shell.run(command).done();
    }
    story.backs_up(&server, &schedule).await;
    assert_eq!(server.get("/readyz").await.0, 200);
}

/// Less than whoever waits for somebody that writes waits.
const AT_ONCE: Duration = Duration::from_secs(8);

#[actix_rt::test]
async fn whoever_only_reads_does_not_wait_for_whoever_writes() {
    let Some(database) = embedded() else { return };
    let story = Story::begin(database);
    let mut server = Program::start(story.serve());
    server.becomes(200).await;
    let DatabaseUrl::Sqlite(file) = &story.database.url else {
        unreachable!("it is embedded")
    };
    let mut writes = SqliteConnection::establish(file.to_str().unwrap()).unwrap();
    writes
        .batch_execute("PRAGMA busy_timeout = 10000; BEGIN IMMEDIATE")
        .unwrap();
    let began = Instant::now();
    // More at once than have read before, so that there are new connections.
    let ask = |_| story.try_asking(&server, "{ viewer { __typename } }", Value::Null);
    let answers = futures_util::future::join_all((0..24).map(ask)).await;
    assert!(answers.iter().all(Option::is_some), "{:#?}", server.log());
    assert!(began.elapsed() < AT_ONCE, "{:?}", began.elapsed());
    let copy = story.shell.path("copy.db");
    for command in [&["tenant", "list"][..], &["backup-db", &copy]] {
        let began = Instant::now();
        story.shell.run(command).done();
        assert!(began.elapsed() < AT_ONCE, "{command:?}");
    }
    drop(writes);
}

#[derive(QueryableByName)]
struct Vacuum {
    #[diesel(sql_type = sql_types::Integer)]
    auto_vacuum: i32,
}

#[actix_rt::test]
async fn a_database_gives_back_what_is_free() {
    const INCREMENTAL: i32 = 2;
    let app = TestApp::dispatcher().await;
    if !app.database.is_embedded() {
        return;
    }
    let asked = app.read(|db: &mut Db| {
        let query = sql_query("PRAGMA auto_vacuum");
        Ok::<Vacuum, StoreError>(query.get_result(db)?)
    });
    assert_eq!(asked.await.auto_vacuum, INCREMENTAL);
}

#[derive(QueryableByName)]
struct Pragmas {
    #[diesel(sql_type = sql_types::Integer)]
    synchronous: i32,
    #[diesel(sql_type = sql_types::Text)]
    journal_mode: String,
}

fn pragmas(db: &mut Db) -> Result<Pragmas, StoreError> {
    let query = "SELECT synchronous, journal_mode FROM pragma_synchronous, pragma_journal_mode";
    Ok(sql_query(query).get_result(db)?)
}

#[actix_rt::test]
async fn what_was_committed_is_on_the_disk() {
    const FULL: i32 = 2;
    let app = TestApp::dispatcher().await;
    if !app.database.is_embedded() {
        return;
    }
    for pragmas in [
        app.read(pragmas).await,
        app.write(|db, _| pragmas(db)).await,
    ] {
        assert_eq!(
            (pragmas.synchronous, pragmas.journal_mode.as_str()),
            (FULL, "wal")
        );
    }
}
