//! Programs of two releases on one database: the older one works beside what the newer one added, and not
//! beside what it took away.

use std::{
    process::Command,
    time::{Duration, Instant},
};

use diesel::{Connection, PgConnection, RunQueryDsl, connection::SimpleConnection, sql_query};
use diesel_migrations::MigrationHarness;
use tenantatlas::{
    domain::{kind::PolicyKind, run::RunStatus},
    store::DatabaseUrl,
};

use crate::{
    migrations::migrations,
    support::{
        Database, TestApp, by_hand, database::Line, program::Program, shell::Shell, story::Story,
    },
};

/// As a program does that is some releases ahead.
fn migrate_far_ahead(database: &Database, floor: &str) {
    database.execute(
        "INSERT INTO __diesel_schema_migrations (version) VALUES ('9998'), ('9999') \
         ON CONFLICT DO NOTHING",
    );
    database.execute(&format!("UPDATE schema_floor SET migration = '{floor}'"));
}

#[test]
fn a_program_starts_beside_a_newer_one_only_down_to_the_floor() {
    let database = Database::create();
    let shell = Shell::new(&database);
    shell.run(&["migrate"]).done();
    migrate_far_ahead(&database, "0014");
    let listed = shell.run(&["tenant", "list"]);
    assert!(
        listed.told.contains("newer than this program"),
        "{listed:?}"
    );
    listed.done();

    migrate_far_ahead(&database, "9998");
    for command in [&["tenant", "list"][..], &["migrate"], &["serve"]] {
        let told = shell.run(command).refused(1);
        assert!(
            told.contains("by a newer version of this program"),
            "{told}"
        );
        assert!(told.contains("9999") && told.contains("9998"), "{told}");
    }
}

#[actix_rt::test]
async fn a_server_that_is_overtaken_says_that_it_is_not_ready() {
    let story = Story::begin(Database::create());
    let settings = story.shell.path("settings.toml");
    std::fs::write(&settings, "[times]\ntick = \"1s\"\n").unwrap();
    let mut serve = story.serve();
    serve.env("TENANTATLAS_CONFIG", settings);
    let mut program = Program::start(serve);
    program.becomes(200).await;
    migrate_far_ahead(&story.database, "0014");
    assert_eq!(program.get("/readyz").await.0, 200);
    migrate_far_ahead(&story.database, "9998");
    program.tells("this server begins nothing more").await;
    let (status, text) = program.get("/readyz").await;
    assert_eq!(
        (status, text.contains("newer than this program")),
        (503, true),
        "{text}"
    );
    assert_eq!(program.told("this server begins nothing more").len(), 1);
}

#[actix_rt::test]
async fn a_server_that_is_overtaken_begins_nothing() {
    let app = TestApp::working(by_hand()).await;
    let nightly = app.schedule("Nightly", &[PolicyKind::ScopeTag]).await;
    migrate_far_ahead(&app.database, "9998");
    app.tick_at("2026-03-03T01:00:00Z").await;
    assert_eq!(app.statuses(&nightly).await, []);
    let by_hand = app
        .run_now(&app.schedule("By hand", &[PolicyKind::ScopeTag]).await)
        .await;
    app.tick().await;
    assert_eq!(app.run(&by_hand).await.claim, 0);

    app.database
        .execute("DELETE FROM __diesel_schema_migrations WHERE version LIKE '99%'");
    app.tick().await;
    assert_eq!(
        app.settled(&by_hand).await.state.status(),
        RunStatus::Succeeded
    );
    assert_eq!(app.statuses(&nightly).await.len(), 1);
}

/// The newest migration of the program before the upgrade.
const OLD: &str = "0014";

/// A tenant in the database of an older program, and the connections of that program and of somebody else;
/// none on a file.
fn before_an_upgrade() -> Option<(Story, PgConnection, PgConnection)> {
    let story = Story::begin(Database::create());
    let DatabaseUrl::Postgres(url) = &story.database.url else {
        return None;
    };
    let (mut old, other) = (
        PgConnection::establish(url).unwrap(),
        PgConnection::establish(url).unwrap(),
    );
    while old.applied_migrations().unwrap()[0].to_string().as_str() > OLD {
        old.revert_last_migration(migrations("postgres")).unwrap();
    }
    // Of what it waits for longer it would say that the database does not answer.
    old.batch_execute("SET statement_timeout = '12s'").unwrap();
    Some((story, old, other))
}

/// Waits until somebody waits for such a lock of a table.
async fn is_waited_for(conn: &mut PgConnection, table: &str, mode: &str) {
    let query = format!(
        "SELECT mode AS line FROM pg_locks \
         WHERE NOT granted AND relation = '{table}'::regclass AND mode = '{mode}'"
    );
    let deadline = Instant::now() + Duration::from_secs(60);
    while sql_query(&query).load::<Line>(conn).unwrap().is_empty() {
        assert!(Instant::now() < deadline, "nobody waits for {table}");
        actix_rt::task::yield_now().await;
    }
}

/// As the renewal of a lease does.
const WORK: &str = "SELECT id FROM runs FOR UPDATE";

#[actix_rt::test]
async fn others_go_on_while_a_server_waits_for_a_table_that_it_migrates() {
    let Some((story, mut old, mut dump)) = before_an_upgrade() else {
        return;
    };
    dump.batch_execute("BEGIN; LOCK TABLE runs IN ACCESS SHARE MODE")
        .unwrap();
    let mut program = Program::start(story.serve());
    is_waited_for(&mut old, "runs", "AccessExclusiveLock").await;
    old.batch_execute(WORK).unwrap();
    program
        .tells("others use what a migration has to lock")
        .await;
    dump.batch_execute("ROLLBACK").unwrap();
    program.becomes(200).await;
    assert!(program.told("cannot start yet").is_empty());
}

#[actix_rt::test]
async fn a_server_that_stands_still_in_a_migration_loses_its_locks_and_migrates_later() {
    let Some((story, mut old, mut other)) = before_an_upgrade() else {
        return;
    };
    let ledger = "__diesel_schema_migrations";
    other
        .batch_execute(&format!("BEGIN; LOCK TABLE {ledger} IN SHARE MODE"))
        .unwrap();
    let mut program = Program::start(story.serve());
    // It has changed the table, and has to write that down.
    is_waited_for(&mut old, ledger, "RowExclusiveLock").await;
    let signal = |signal: &str| {
        let id = program.id().to_string();
        let sent = Command::new("kill").args([signal, &id]).status();
        assert!(sent.unwrap().success());
    };
    signal("-STOP");
    other.batch_execute("ROLLBACK").unwrap();
    old.batch_execute(WORK).unwrap();
    signal("-CONT");
    program.tells("cannot start yet").await;
    program.becomes(200).await;
}
