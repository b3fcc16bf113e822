//! A disk that takes no more: the embedded database under a limit on the length of files, which is lifted
//! later. These return at once where the suite runs on PostgreSQL.

use std::process::Command;

use crate::support::{Database, program::Program, shell::Ran, story::Story};

const TOLD: &str = "\"message\":\"the database cannot be written";
const OVER: &str = "\"message\":\"the database can be written again\"";

/// A command, in a process that is not ended by a file which becomes too long.
fn spared(program: &Command, limit: &str) -> Command {
    let mut spared = Command::new("sh");
    let orders = format!(r#"trap "" XFSZ; ulimit -S -f {limit}; exec "$0" "$@""#);
    spared.args(["-c", &orders]);
    spared.arg(program.get_program()).args(program.get_args());
    spared.env_clear();
    for (name, value) in program.get_envs() {
        spared.env(name, value.unwrap_or_default());
    }
    spared.env("PATH", "/usr/bin:/bin");
    spared
}

/// How long its files may become from now on.
fn limit(program: &Program, bytes: &str) {
    let (id, limit) = (program.id().to_string(), format!("--fsize={bytes}:"));
    let set = Command::new("prlimit")
        .args(["--pid", &id, &limit])
        .status();
    assert!(set.unwrap().success());
}

fn embedded() -> Option<Story> {
    let database = Database::create();
    database.is_embedded().then(|| Story::begin(database))
}

#[actix_rt::test]
async fn a_server_whose_disk_is_full_says_so_and_goes_on_when_it_is_not() {
    let Some(story) = embedded() else { return };
    let mut program = Program::start(spared(&story.serve(), "unlimited"));
    program.becomes(200).await;
    let schedule = story.schedule(&program, "Weekly").await;
    story.backs_up(&program, &schedule).await;
    let other = story.schedule(&program, "Other").await;
    let gate = story.graph.hold("*/deviceConfigurations");
    let run = story.run(&program, &schedule).await;
    gate.arrived().await;

    limit(&program, "4096");
    let why = program.becomes(503).await;
    assert!(why.starts_with("the database cannot be written: "), "{why}");
    gate.open();
    for _ in 0..20 {
        let asked = story.try_running(&program, &other).await;
        assert_eq!(asked, None);
    }
    // What is there can be read, by more than have done so before.
    let read = |_| story.status_of(&program, &run);
    let read = futures_util::future::join_all((0..24).map(read)).await;
    assert!(read.iter().all(Option::is_some), "{:#?}", program.log());
    assert_eq!(program.get("/healthz").await.0, 200);

    // What fits in once shows nothing.
    limit(&program, "unlimited");
    story.schedule(&program, "Small").await;
    limit(&program, "4096");
    assert_eq!(story.try_running(&program, &other).await, None);
    assert_eq!(program.get("/readyz").await.0, 503);
    assert_eq!(program.told(TOLD).len(), 1, "{:#?}", program.log());
    assert_eq!(program.told(OVER).len(), 0, "{:#?}", program.log());

    limit(&program, "unlimited");
    program.becomes(200).await;
    assert_eq!(program.told(OVER).len(), 1, "{:#?}", program.log());
    for each_time in ["the use of a token was not", "progress could not be"] {
        assert_eq!(program.told(each_time).len(), 0, "{:#?}", program.log());
    }
    story.is_let_go(&program, &run).await;
    story.backs_up(&program, &other).await;
}

#[actix_rt::test]
async fn a_server_that_starts_on_a_full_disk_waits() {
    let Some(story) = embedded() else { return };
    let mut program = Program::start(spared(&story.serve(), "1"));
    program.tells("cannot start yet").await;
    limit(&program, "unlimited");
    program.becomes(200).await;
}

#[actix_rt::test]
async fn what_only_reads_works_beside_a_server_on_a_full_disk() {
    let Some(story) = embedded() else { return };
    let mut program = Program::start(story.serve());
    program.becomes(200).await;
    for command in [&["tenant", "list"][..], &["verify"]] {
        let command = story.shell.command(command);
        Ran::of(spared(&command, "0").output().unwrap()).done();
    }
}
