//! The program as people and scripts use it: names, outputs and exit codes.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::Stdio,
};

use chrono::TimeDelta;
use tenantatlas::{
    clock::{Clock, SystemClock},
    data_dir,
    domain::{
        actor::{Actor, Component},
        api_token::TokenText,
        audit::Origin,
        global_id::GlobalId,
        ids::TenantId,
        kind::PolicyKind,
        run::{Run, RunStatus, Trigger},
        schedule::Schedule,
    },
    store::{contents, schedules},
    workers::changes::{self, NewRun, Started},
};

use crate::support::{
    Database, TestApp,
    shell::{Ran, Shell},
};

#[test]
fn a_tenant_is_added_listed_and_deleted_by_its_name() {
    let database = Database::create();
    let shell = Shell::new(&database);
    let added = shell.add_contoso().done();
    let id = added.strip_suffix('\n').expect("the ID alone on a line");
    TenantId::from_global(id).expect("an ID");
    let listed = || shell.run(&["tenant", "list"]).done();
    assert!(listed().contains(id) && listed().contains("Contoso"));

    assert!(shell.add_contoso().refused(1).contains("already"));
    shell
        .run(&["tenant", "delete", id, "--yes", "Fabrikam"])
        .refused(2);
    assert!(listed().contains(id));

    shell
        .run(&["tenant", "delete", id, "--yes", "Contoso"])
        .done();
    assert!(!listed().contains(id));
    shell
        .run(&["tenant", "delete", id, "--yes", "Contoso"])
        .refused(1);
    shell.add_contoso().done();
}

#[test]
fn what_is_asked_in_the_wrong_place_makes_nothing_there() {
    let shell = Shell::new(&Database::create());
    let place = tempfile::tempdir().unwrap();
    let here = |arguments: &[&str]| {
        let mut command = shell.command(arguments);
        command.env_clear().current_dir(place.path());
        command
    };
    let missing = place.path().join("data/tenantatlas.db");
    for arguments in [
        &["tenant", "list"][..],
        &["verify"],
        &["dispatch"],
        &["key", "rotate"],
    ] {
        let told = Ran::of(here(arguments).output().unwrap()).refused(1);
        for words in [
            &*missing.to_string_lossy(),
            "TENANTATLAS_DATA_DIR",
            "none is named now",
        ] {
            assert!(told.contains(words), "{words}: {told}");
        }
        let left = fs::read_dir(place.path()).unwrap().count();
        assert_eq!(left, 0, "{arguments:?}");
    }
    fs::write(
        place.path().join("atlas.toml"),
        "data_dir = \"elsewhere\"\n",
    )
    .unwrap();
    let mut named = here(&["tenant", "list"]);
    named.env("TENANTATLAS_CONFIG", "atlas.toml");
    let told = Ran::of(named.output().unwrap()).refused(1);
    assert!(
        told.contains("/elsewhere/") && told.contains("now atlas.toml"),
        "{told}"
    );
    // What makes one still does.
    Ran::of(here(&["migrate"]).output().unwrap()).done();
    assert!(missing.exists());
    Ran::of(here(&["tenant", "list"]).output().unwrap()).done();
}

#[test]
fn the_client_secret_is_not_told_however_much_is_logged() {
    let database = Database::create();
    let shell = Shell::new(&database);
    let mut add = shell.adding_contoso();
    let added = Ran::of(add.env("TENANTATLAS_LOG", "trace").output().unwrap());
    assert!(!added.told.is_empty() && !added.told.contains("not told"));
    assert!(!added.done().contains("not told"));
}

#[actix_rt::test]
async fn a_deleted_tenant_leaves_its_runs_but_nothing_that_was_stored() {
    let app = TestApp::start().await;
    let shell = Shell::new(&app.database);
    let kinds = [PolicyKind::DeviceCategory, PolicyKind::RoleAssignment];
    let schedule = app.schedule("Nightly", &kinds).await;
    let done = app.backed_up(&schedule).await;
    assert!(app.count("reference_names", "name IS NOT NULL").await > 0);
    // Nobody is there to carry out what is queued next.
    app.workers.stop().await;
    let waiting = queued(&app, &schedule).await;
    let id = app.tenant().to_global();
    let name = app.graph.tenants()[0].name.clone();
    shell.run(&["tenant", "delete", &id, "--yes", &name]).done();

    assert_eq!(app.run(&waiting).await.state.status(), RunStatus::Cancelled);
    assert_eq!(app.run(&done).await.state.status(), RunStatus::Succeeded);
    assert!(app.set_of(&done).await.is_none());
    let tenant = app.tenant();
    let bytes = app.read(move |db| contents::stored_bytes(db, tenant)).await;
    assert_eq!(bytes, 0);
    assert_eq!(app.count("reference_names", "1 = 1").await, 0);
    let left = app.read(move |db| schedules::of_tenant(db, tenant)).await;
    assert_eq!(left, []);
}

/// A run that waits: nobody tells the workers of it.
async fn queued(app: &TestApp, schedule: &Schedule) -> Run {
    let schedule = schedule.clone();
    let started = app.write(move |db, now| {
        let new = NewRun {
            schedule: &schedule,
            trigger: Trigger::Manual,
            full_read: false,
            by: Actor::System(Component::CommandLine),
            origin: Origin::default(),
        };
        changes::start(db, &new, now)
    });
    match started.await {
        Started::Queued(run) => run,
        Started::Active(_) | Started::AlreadyRetried => panic!("not queued"),
    }
}

#[test]
fn a_token_is_printed_alone_and_is_never_an_owners() {
    let database = Database::create();
    let shell = Shell::new(&database);
    let added = shell.add_contoso().done();
    let tenant = added.trim();
    let create = |tenant: &str, role: &str| {
        shell.run(&[
            "token", "create", "--tenant", tenant, "--role", role, "--name", "backup",
        ])
    };
    let printed = create(tenant, "operator").done();
    let text = printed
        .strip_suffix('\n')
        .expect("the token alone on a line");
    text.parse::<TokenText>().expect("a token");

    create(tenant, "OWNER").refused(2);
    create("Contoso", "OPERATOR").refused(2);
    create(&TenantId::mint().to_global(), "OPERATOR").refused(1);
}

#[test]
fn a_person_becomes_a_member_once() {
    let database = Database::create();
    let shell = Shell::new(&database);
    let added = shell.add_contoso().done();
    let add = || {
        let issuer = "https://login.example/v2.0";
        let person = ["--issuer", issuer, "--subject", "b7", "--role", "OWNER"];
        shell.run(&[&["member", "add", "--tenant", added.trim()][..], &person].concat())
    };
    assert_eq!(add().done(), "");
    assert!(add().refused(1).contains("member"));
}

#[actix_rt::test]
async fn dispatch_prints_what_was_decided_about_what_is_due() {
    let app = TestApp::start().await;
    let shell = Shell::new(&app.database);
    // The program goes by the real time, for which a slot of the day before yesterday is too old.
    app.clock.set(SystemClock.now() - TimeDelta::days(2));
    let schedule = app.schedule("Nightly", &[PolicyKind::DeviceCategory]).await;
    let printed = shell.run(&["dispatch"]).done();
    let row = printed.lines().nth(1).expect("a decision");
    assert!(row.contains(&schedule.id.to_global()), "{printed}");
    assert!(
        row.contains("Nightly") && row.contains("MISSED"),
        "{printed}"
    );
    let printed = shell.run(&["dispatch"]).done();
    assert_eq!(printed.lines().count(), 1, "{printed}");
}

#[test]
fn migrate_needs_no_key() {
    let database = Database::create();
    let shell = Shell::new(&database);
    let mut migrate = shell.command(&["migrate"]);
    migrate.env_remove("TENANTATLAS_SECRET_KEY_FILE");
    assert_eq!(Ran::of(migrate.output().unwrap()).done(), "");
}

#[test]
fn a_wrong_configuration_is_told_as_a_whole() {
    let database = Database::create();
    let shell = Shell::new(&database);
    fs::write(
        shell.path("settings.toml"),
        "lissten = \"x\"\n[times]\ntick = 5\n",
    )
    .unwrap();
    let mut serve = shell.command(&["serve"]);
    serve
        .env("TENANTATLAS_CONFIG", shell.path("settings.toml"))
        .env("TENANTATLAS_LISTEN", "everywhere");
    let told = Ran::of(serve.output().unwrap()).refused(2);
    for name in ["lissten", "times.tick", "TENANTATLAS_LISTEN"] {
        assert!(told.contains(name), "{told}");
    }
    shell.run(&["serve", "--fast"]).refused(2);
}

#[test]
fn one_data_directory_has_one_server() {
    let shell = Shell::new(&Database::create());
    let database = format!("sqlite:{}", shell.path("own.db"));
    let _held = data_dir::lock(shell.directory.path()).expect("free");
    let mut serve = shell.command(&["serve"]);
    serve.env("DATABASE_URL", database);
    let told = Ran::of(serve.output().unwrap()).refused(1);
    let holder = format!("process {}", std::process::id());
    assert!(told.contains(&holder), "{told}");
}

#[test]
fn the_demonstration_backs_up_what_the_corpus_holds() {
    let shell = Shell::new(&Database::create());
    let corpus = shell.directory.path().join("corpus");
    category(&corpus, "lab", "4f2f8c1e-0000-4000-8000-000000000001");
    category(&corpus, "kiosk", "4f2f8c1e-0000-4000-8000-000000000002");
    let kept = shell.path("kept");
    let corpus = corpus.display().to_string();
    let once = ["demo", "--once", "--corpus", &corpus, "--data-dir", &kept];
    let printed = shell.run(&once).done();
    for tenant in ["Contoso", "Fabrikam", "Northwind Traders"] {
        let row = words_of(&printed, tenant, "DEVICE_CATEGORY");
        assert_eq!(row[..3], ["SUCCEEDED", "2", "2"], "{printed}");
    }
    let again = shell.run(&once).done();
    assert_eq!(again.lines().count(), printed.lines().count(), "{again}");
    shell
        .run(&["demo", "--once", "--corpus", "nowhere"])
        .refused(2);
}

fn category(corpus: &Path, name: &str, id: &str) {
    let folder = corpus.join("deviceCategories");
    fs::create_dir_all(&folder).unwrap();
    let object =
        format!(r#"{{"object": {{"id": "{id}", "displayName": "{name}"}}, "parts": {{}}}}"#);
    fs::write(folder.join(format!("{name}.json")), object).unwrap();
}

/// What stands in a tenant's row after a word.
fn words_of<'a>(printed: &'a str, tenant: &str, word: &str) -> Vec<&'a str> {
    let row = printed
        .lines()
        .find(|line| line.starts_with(tenant) && line.contains(word));
    let words = row.expect("a row").split_whitespace();
    words.skip_while(|other| *other != word).skip(1).collect()
}

#[test]
fn the_simulated_graph_tells_its_address_and_credentials() {
    let shell = Shell::new(&Database::create());
    let arguments = [
        "simulate-graph",
        "--listen",
        "127.0.0.1:0",
        "--tenants",
        "2",
        "--limit",
        "published",
        "--neighbour",
        "50/1s",
    ];
    let mut command = shell.command(&arguments);
    let mut running = command.stdout(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(running.stdout.take().unwrap()).lines();
    let lines: Vec<String> = lines.take(4).map(Result::unwrap).collect();
    running.kill().unwrap();
    running.wait().unwrap();
    assert!(lines[0].starts_with("http://127.0.0.1:"), "{lines:?}");
    assert!(
        lines[2].starts_with("Contoso") && lines[3].starts_with("Fabrikam"),
        "{lines:?}"
    );
    shell.run(&["simulate-graph", "--limit", "fast"]).refused(2);
    shell
        .run(&["simulate-graph", "--neighbour", "50/1s"])
        .refused(2);
}
