//! Copies of the embedded database, made while it is in use, and brought back.

use std::{
    fs,
    io::{BufRead, BufReader},
    process::{Child, Stdio},
};

use chrono::TimeDelta;
use tenantatlas::{
    domain::{global_id::GlobalId, kind::PolicyKind},
    store::DatabaseUrl,
};

use crate::support::{Database, TestApp, shell::Shell};

const KINDS: [PolicyKind; 2] = [PolicyKind::DeviceConfiguration, PolicyKind::SettingsCatalog];

fn shell_of(app: &TestApp) -> Shell {
    let shell = Shell::new(&app.database);
    fs::write(shell.path("key"), &app.key).unwrap();
    shell
}

fn is_embedded(app: &TestApp) -> bool {
    matches!(app.database.url, DatabaseUrl::Sqlite(_))
}

/// A server of the program.
struct Serving {
    process: Child,
    address: String,
}

impl Serving {
    fn of(shell: &Shell, database: &str) -> Self {
        let mut command = shell.command(&["serve"]);
        command
            .env("DATABASE_URL", format!("sqlite:{database}"))
            .env("TENANTATLAS_LOG_FORMAT", "text")
            .stderr(Stdio::null())
            .stdout(Stdio::null());
        let mut process = command.stderr(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(process.stderr.take().unwrap()).lines();
        let mut said = lines.map(Result::unwrap);
        let address = said
            .find_map(|line| line.split_once("address=").map(|(_, rest)| rest.to_owned()))
            .expect("it serves");
        // What it says from now on has to go somewhere.
        std::thread::spawn(move || said.for_each(drop));
        let address = address.split_whitespace().next().unwrap().to_owned();
        Self { process, address }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

#[actix_rt::test]
async fn a_copy_made_beside_captures_serves_what_was_there() {
    let app = TestApp::start().await;
    if !is_embedded(&app) {
        return;
    }
    let schedule = app.schedule("Nightly", &KINDS).await;
    app.backed_up(&schedule).await;
    let shell = shell_of(&app);
    // Captures go on while each copy is made.
    for day in 0..3 {
        app.pass(TimeDelta::days(1));
        app.graph.move_to_day(day + 1);
        let run = app.run_now(&schedule).await;
        let mut copying = shell.command(&["backup-db", &shell.path(&format!("copy-{day}"))]);
        let copying = copying.spawn().unwrap();
        let copied = tokio::task::spawn_blocking(|| copying.wait_with_output().unwrap());
        let (run, copied) = tokio::join!(app.settled(&run), copied);
        assert!(app.set_of(&run).await.is_some());
        assert!(copied.unwrap().status.success());
    }
    for day in 0..3 {
        let copy = shell.path(&format!("copy-{day}"));
        let restored = shell.path(&format!("restored-{day}"));
        fs::create_dir(&restored).unwrap();
        let database = format!("{restored}/tenantatlas.db");
        fs::copy(&copy, &database).unwrap();
        let serving = Serving::of(&shell, &database);
        let with_copy = |arguments: &[&str]| {
            let mut command = shell.command(arguments);
            command.env("DATABASE_URL", format!("sqlite:{database}"));
            crate::support::shell::Ran::of(command.output().unwrap()).done()
        };
        let tenant = app.tenant().to_global();
        let create = ["token", "create", "--tenant", &tenant, "--role", "readonly"];
        let token = with_copy(&[&create[..], &["--name", "t"]].concat());
        // Every set of the copy is whole, and so is what it is made of.
        let query = r#"{"query": "{ viewer { tenants { nodes { backupSets(first: 50) { nodes { id itemCount } } } } } }"}"#;
        let client = reqwest::Client::new();
        let asked = client.post(format!("http://{}/graphql", serving.address));
        let asked = asked
            .bearer_auth(token.trim())
            .header("content-type", "application/json")
            .body(query);
        let answer: serde_json::Value = asked.send().await.unwrap().json().await.unwrap();
        let sets = answer["data"]["viewer"]["tenants"]["nodes"][0]["backupSets"]["nodes"].clone();
        let sets = sets
            .as_array()
            .unwrap_or_else(|| panic!("{answer}"))
            .clone();
        assert!(sets.len() > usize::try_from(day).unwrap(), "{answer}");
        for set in sets {
            let id = set["id"].as_str().unwrap();
            let to = format!("{restored}/{id}");
            with_copy(&["export", id, "--to", &to, "--with-secrets"]);
            let manifest = fs::read(format!("{to}/manifest.json")).unwrap();
            let manifest: serde_json::Value = serde_json::from_slice(&manifest).unwrap();
            let items = manifest["items"].as_array().unwrap().len();
            assert_eq!(set["itemCount"], items);
        }
    }
}

#[actix_rt::test]
async fn a_copy_is_its_owners_and_takes_no_place() {
    let app = TestApp::start().await;
    let shell = shell_of(&app);
    let file = shell.path("copy");
    if !is_embedded(&app) {
        let told = shell.run(&["backup-db", &file]).refused(2);
        assert!(told.contains("pg_dump"), "{told}");
        return;
    }
    let ran = shell.run(&["backup-db", &file]);
    assert!(ran.told.contains(&shell.path("key")), "{ran:?}");
    assert_eq!(ran.done().trim(), file);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let before = fs::read(&file).unwrap();
    let names = || fs::read_dir(shell.directory.path()).unwrap().count();
    let count = names();
    let told = shell.run(&["backup-db", &file]).refused(1);
    assert!(told.contains("is there already"), "{told}");
    assert_eq!(fs::read(&file).unwrap(), before);
    shell
        .run(&["backup-db", &shell.path("no/such/folder")])
        .refused(1);
    assert_eq!(names(), count, "nothing is left behind");
}

#[test]
fn of_a_database_that_is_not_there_no_copy_is_made() {
    let shell = Shell::new(&Database::create());
    let mut command = shell.command(&["backup-db", &shell.path("copy")]);
    command.env("DATABASE_URL", format!("sqlite:{}", shell.path("none.db")));
    let ran = crate::support::shell::Ran::of(command.output().unwrap());
    assert!(ran.refused(1).contains("there is no database"));
    assert!(!fs::exists(shell.path("none.db")).unwrap());
    assert!(!fs::exists(shell.path("copy")).unwrap());
}

#[actix_rt::test]
async fn of_a_damaged_database_the_copy_is_kept_and_the_command_fails() {
    let app = TestApp::start().await;
    if !is_embedded(&app) {
        return;
    }
    let schedule = app.schedule("Nightly", &[PolicyKind::ScopeTag]).await;
    let run = app.backed_up(&schedule).await;
    let set = app.set_of(&run).await.unwrap();
    let items = app.items(&set).await;
    app.database.lose_content(items[0].parts.payload);
    let shell = shell_of(&app);
    let told = shell.run(&["backup-db", &shell.path("copy")]).refused(1);
    assert!(told.contains("points to nothing"), "{told}");
    assert!(fs::metadata(shell.path("copy")).unwrap().len() > 0);
    let names = fs::read_dir(shell.directory.path()).unwrap();
    let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert_eq!(names.filter(|name| name.starts_with("copy")).count(), 1);
}
