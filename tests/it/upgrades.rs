//! Programs of two releases on one database: the older one works beside what the newer one added, and not
//! beside what it took away.

use crate::support::{Database, program::Program, shell::Shell, story::Story};

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
    let mut program = Program::start(story.serve());
    program.becomes(200).await;
    migrate_far_ahead(&story.database, "0014");
    assert_eq!(program.get("/readyz").await.0, 200);
    migrate_far_ahead(&story.database, "9998");
    let (status, text) = program.get("/readyz").await;
    assert_eq!(
        (status, text.contains("newer than this program")),
        (503, true),
        "{text}"
    );
}
