//! `doctor` at the real program: each of the mistakes that operators make, one at a time.

use std::{
    fs,
    net::{SocketAddr, TcpListener},
    process::Command,
    sync::Arc,
};

use rcgen::{CertificateParams, KeyPair};
use rustls::{ServerConfig, ServerConnection, crypto::ring, pki_types::PrivateKeyDer};
use serde_json::Value;
use tenantatlas::store::DatabaseUrl;

use crate::support::{
    Database,
    program::Program,
    shell::{Ran, Shell},
    story::Story,
};

/// What it said of one thing.
#[derive(Debug)]
struct Said(Vec<(String, String)>);

impl Said {
    /// Lines of a grade about something.
    fn has(&self, grade: &str, text: &str) -> bool {
        let mut lines = self.0.iter();
        lines.any(|(of, line)| of == grade && line.contains(text))
    }

    #[track_caller]
    fn tells(&self, grade: &str, text: &str) {
        assert!(self.has(grade, text), "no {grade} with {text}: {self:#?}");
    }

    #[track_caller]
    fn fails_nowhere(&self) {
        assert!(self.0.iter().all(|(grade, _)| grade != "FAIL"), "{self:#?}");
    }
}

/// Runs it, and checks what always holds: a line each, and the exit code.
fn said(mut doctor: Command) -> Said {
    let ran = Ran::of(doctor.output().unwrap());
    let lines = ran.data.lines().map(|line| {
        let (grade, rest) = line.split_once("  ").expect("a grade");
        assert!(["ok", "warn", "FAIL"].contains(&grade.trim()), "{line}");
        if grade.trim() != "ok" {
            assert!(rest.contains(": "), "nothing to do: {line}");
        }
        (grade.trim().to_owned(), rest.trim().to_owned())
    });
    let said = Said(lines.collect());
    let fails = said.0.iter().any(|(grade, _)| grade == "FAIL");
    assert_eq!(ran.code, Some(i32::from(fails)), "{ran:#?}");
    assert!(!ran.data.contains("not told") && !ran.told.contains("not told"));
    said
}

/// The program beside a simulated Graph.
fn doctor(story: &Story) -> Command {
    with_hosts(story.shell.command(&["doctor"]), story)
}

fn with_hosts(mut command: Command, story: &Story) -> Command {
    command
        .env("TENANTATLAS_GRAPH_URL", story.graph.url())
        .env("TENANTATLAS_LOGIN_URL", story.graph.url());
    command
}

#[test]
fn before_the_first_start_nothing_is_wrong_and_nothing_is_made() {
    let story = Story::begin(Database::create());
    let empty = Database::create();
    let directory = tempfile::tempdir().unwrap();
    let place = directory.path().join("data");
    let mut doctor = doctor(&story);
    doctor.env("TENANTATLAS_DATA_DIR", &place);
    if empty.is_embedded() {
        doctor
            .env_remove("DATABASE_URL")
            .env_remove("TENANTATLAS_SECRET_KEY_FILE");
    } else if let DatabaseUrl::Postgres(url) = &empty.url {
        doctor.env("DATABASE_URL", url);
    }
    let said = said(doctor);
    said.fails_nowhere();
    said.tells("ok", "at the first start");
    said.tells("ok", "answers");
    assert!(!place.exists());
}

#[actix_rt::test]
async fn beside_a_server_that_works_all_is_well_and_nothing_is_changed() {
    let story = Story::begin(Database::create());
    let mut program = Program::start(story.serve());
    program.becomes(200).await;
    let address = program.at("").replace("http://", "");
    let mut beside = doctor(&story);
    beside.env("TENANTATLAS_LISTEN", &address).arg("--sign-in");
    let said = said(beside);
    said.fails_nowhere();
    said.tells("ok", &format!("a server listens at {address}"));
    said.tells("ok", "with all migrations");
    said.tells("ok", "has the key of this database");
    said.tells("ok", "Contoso can be signed in to");
    said.tells("ok", "a server ticked at");
    if story.database.is_embedded() {
        said.tells("ok", "is sound");
        // The lock of a temporary database lies beside it.
        said.tells("ok", &format!("process {} has", program.id()));
    }
    let mut as_json = doctor(&story);
    as_json.env("TENANTATLAS_LISTEN", &address).arg("--json");
    let printed = Ran::of(as_json.output().unwrap()).done();
    let printed: Value = serde_json::from_str(&printed).unwrap();
    let findings = printed["findings"].as_array().unwrap();
    assert!(findings.len() > 8 && findings.iter().all(|it| it["grade"] != "fail"));
    assert!(program.stopped().await.success());
    let log = program.log().join("\n");
    assert!(
        !log.contains("\"ERROR\"") && !log.contains("\"WARN\""),
        "{log}"
    );
}

#[test]
fn a_stopped_server_leaves_a_database_that_is_looked_at_without_a_trace() {
    let story = Story::begin(Database::create());
    if !story.database.is_embedded() {
        return;
    }
    let DatabaseUrl::Sqlite(file) = &story.database.url else {
        unreachable!("it is embedded")
    };
    let folder = || {
        let files = fs::read_dir(file.parent().unwrap()).unwrap();
        let mut names: Vec<_> = files.map(|file| file.unwrap().file_name()).collect();
        names.sort();
        (names, fs::read(file).unwrap())
    };
    let before = folder();
    said(doctor(&story)).fails_nowhere();
    assert!(folder() == before, "{:?}", folder().0);
}

#[test]
fn all_mistakes_of_the_configuration_are_told_each_on_its_line() {
    let story = Story::begin(Database::create());
    let mut doctor = doctor(&story);
    doctor
        .env("TENANTATLAS_LISTEN", "8080")
        .env("TENANTATLAS_LOG_FORMAT", "xml")
        .env("TENANTATLAS_GRAFIQL", "true");
    let said = said(doctor);
    said.tells("FAIL", "TENANTATLAS_LISTEN");
    said.tells("FAIL", "TENANTATLAS_LOG_FORMAT");
    said.tells("FAIL", "did you mean TENANTATLAS_GRAPHIQL");
    // A server says the same at its start, and what it needs and is not there too.
    let mut serve = story.serve();
    serve
        .env("TENANTATLAS_LISTEN", "8080")
        .env("TENANTATLAS_SECRET_KEY_FILE", "/no/such/key");
    if story.database.is_embedded() {
        serve.env("TENANTATLAS_DATA_DIR", story.shell.path("key"));
    }
    let told = Ran::of(serve.output().unwrap()).refused(2);
    for text in ["TENANTATLAS_LISTEN", "/no/such/key cannot be read"] {
        assert!(told.contains(text), "{text}: {told}");
    }
    let is_of_the_directory = told.contains("TENANTATLAS_DATA_DIR: ");
    assert_eq!(is_of_the_directory, story.database.is_embedded(), "{told}");
}

#[cfg(unix)]
#[test]
fn which_file_was_read_is_told_and_whether_others_read_a_password_in_it() {
    use std::os::unix::fs::PermissionsExt;
    let story = Story::begin(Database::create());
    let file = story.shell.path("atlas.toml");
    let here = || {
        let mut doctor = doctor(&story);
        doctor
            .current_dir(story.shell.directory.path())
            .env_remove("TENANTATLAS_DATA_DIR");
        doctor
    };
    let told = said(here());
    told.tells("ok", "TENANTATLAS_CONFIG is not set");
    if story.database.is_embedded() {
        told.tells("ok", &story.shell.path("data"));
    }
    let with = |text: &str, mode: u32| {
        fs::write(&file, text).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
        let mut doctor = here();
        // A variable wins over what the file names.
        doctor.env("TENANTATLAS_CONFIG", "atlas.toml");
        let told = said(doctor);
        told.tells("ok", &format!("read from {file}"));
        told.has("warn", "the password in its database.url")
    };
    let url = "[database]\nurl = \"postgres://atlas:hunter2@db.example/atlas\"\n";
    assert!(with(url, 0o644));
    assert!(!with(url, 0o600));
    assert!(!with("listen = \"127.0.0.1:0\"\n", 0o644));
}

#[test]
fn a_file_that_cannot_be_read_hides_no_variable() {
    let story = Story::begin(Database::create());
    let mut doctor = doctor(&story);
    doctor
        .env("TENANTATLAS_CONFIG", "/no/such/file.toml")
        .env("TENANTATLAS_LISTEN", "8080");
    let told = said(doctor);
    told.tells(
        "FAIL",
        "TENANTATLAS_CONFIG: /no/such/file.toml cannot be read",
    );
    told.tells("FAIL", "TENANTATLAS_LISTEN");
    // What a platform sets for all its programs keeps none from starting.
    let mut platform = self::doctor(&story);
    platform
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318")
        .env("TENANTATLAS_TAG", "v3");
    let told = said(platform);
    told.fails_nowhere();
    told.tells("warn", "OTEL_EXPORTER_OTLP_ENDPOINT");
}

#[test]
fn the_key_of_another_database_is_found_and_so_is_none() {
    let story = Story::begin(Database::create());
    let other = "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWY=";
    fs::write(story.shell.path("other"), other).unwrap();
    let with = |file: &str| {
        let mut doctor = doctor(&story);
        doctor.env("TENANTATLAS_SECRET_KEY_FILE", story.shell.path(file));
        said(doctor)
    };
    with("other").tells("FAIL", "sealed with another key");
    with("nothing").tells("FAIL", "cannot be read");
    fs::write(story.shell.path("short"), "too short").unwrap();
    with("short").tells("FAIL", "is not usable");
    // Without the key nothing can be tried out, which is said.
    let mut tries = self::doctor(&story);
    tries
        .env("TENANTATLAS_SECRET_KEY_FILE", story.shell.path("short"))
        .arg("--sign-in");
    said(tries).tells("warn", "no credential was tried out");
    if story.database.is_embedded() {
        // After a restore without the key file: a server would make a new one.
        let mut doctor = doctor(&story);
        doctor.env_remove("TENANTATLAS_SECRET_KEY_FILE");
        said(doctor).tells("FAIL", "bring the key file back");
    }
}

#[test]
fn hosts_that_cannot_be_reached_are_found_with_the_reason() {
    let story = Story::begin(Database::create());
    let gone = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    for (login, words) in [
        (format!("http://{gone}"), "HTTPS_PROXY"),
        // Nobody has such a name.
        ("https://login.invalid".to_owned(), "name server"),
        // What answers is no TLS.
        (
            story.graph.url().replace("http:", "https:"),
            "cannot be reached",
        ),
    ] {
        let mut doctor = doctor(&story);
        doctor.env("TENANTATLAS_LOGIN_URL", &login);
        let said = said(doctor);
        said.tells("FAIL", words);
        said.tells("ok", &format!("{} answers", story.graph.url()));
    }
}

/// Shows a certificate that nobody trusts to whoever connects.
fn untrusted() -> SocketAddr {
    let key = KeyPair::generate().unwrap();
    let shown = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let shown = shown.self_signed(&key).unwrap().der().clone();
    let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![shown], key)
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut tls = ServerConnection::new(config.clone()).unwrap();
            // The client breaks off.
            while tls.is_handshaking() && tls.complete_io(&mut stream).is_ok() {}
        }
    });
    address
}

#[test]
fn a_certificate_that_is_not_trusted_is_told_once() {
    let story = Story::begin(Database::create());
    let port = untrusted().port();
    let mut doctor = doctor(&story);
    doctor.env("TENANTATLAS_LOGIN_URL", format!("https://localhost:{port}"));
    let ran = Ran::of(doctor.output().unwrap());
    let refused = ran
        .data
        .lines()
        .find(|line| line.contains("cannot be reached"));
    let refused = refused.unwrap_or_else(|| panic!("{ran:?}"));
    assert!(refused.contains("certificate"), "{refused}");
    // The library that looks at certificates has a line of its own for it.
    assert_eq!(ran.told, "error: 1 finding(s) have to be mended\n");
}

#[test]
fn a_database_that_cannot_be_used_is_told_with_what_helps() {
    let story = Story::begin(Database::create());
    let with = |url: &str| {
        let mut doctor = doctor(&story);
        doctor.env("DATABASE_URL", url);
        said(doctor)
    };
    let gone = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    with(&format!("postgres://atlas:hunter2@{gone}/atlas")).tells("FAIL", "start the server");
    let broken = story.shell.path("broken.db");
    fs::write(&broken, vec![b'x'; 9000]).unwrap();
    with(&format!("sqlite:{broken}")).tells("FAIL", "not a database");
    if let DatabaseUrl::Postgres(url) = &story.database.url {
        let (server, options) = url.split_once('?').unwrap();
        let (server, _) = server.rsplit_once('/').unwrap();
        with(&format!("{server}/nothing?{options}")).tells("FAIL", "CREATE DATABASE");
        let role = url.replacen("postgres@", "nobody_known@", 1);
        with(&role).tells("FAIL", "CREATE ROLE");
        let unknown = format!("{url}&foo=bar");
        with(&unknown).tells("FAIL", "spell it as libpq does");
    }
}

/// PostgreSQL gives a role that was just made the right to look, and to make nothing.
#[test]
fn a_role_that_lacks_a_right_is_found_and_no_server_waits_for_one() {
    let (story, empty) = (Story::begin(Database::create()), Database::create());
    let (DatabaseUrl::Postgres(full), DatabaseUrl::Postgres(url)) =
        (&story.database.url, &empty.url)
    else {
        return;
    };
    let role = format!("reader_{}", uuid::Uuid::new_v4().simple());
    let schema = |url: &str| url.split("search_path%3D").nth(1).unwrap()[..37].to_owned();
    let (of_full, of_empty) = (schema(full), schema(url));
    empty.execute(&format!("CREATE ROLE {role} LOGIN"));
    for schema in [&of_full, &of_empty] {
        empty.execute(&format!("GRANT USAGE ON SCHEMA {schema} TO {role}"));
    }
    story.database.execute(&format!(
        "GRANT SELECT ON ALL TABLES IN SCHEMA {of_full} TO {role}"
    ));
    let with = |url: &str| {
        let mut doctor = doctor(&story);
        doctor.env(
            "DATABASE_URL",
            url.replacen("postgres@", &format!("{role}@"), 1),
        );
        said(doctor)
    };
    with(url).tells(
        "FAIL",
        &format!("GRANT USAGE, CREATE ON SCHEMA {of_empty} TO {role}"),
    );
    empty.execute(&format!("GRANT CREATE ON SCHEMA {of_empty} TO {role}"));
    with(url).fails_nowhere();
    let nowhere = url.replacen(&of_empty, "no_such_schema", 1);
    with(&nowhere).tells("FAIL", "CREATE SCHEMA");
    // With all migrations there, it may only read.
    let grant = format!("GRANT USAGE, CREATE ON SCHEMA {of_full} TO {role}");
    with(full).tells("FAIL", &grant);
    for (user, words) in [
        (&*role, "permission denied"),
        ("nobody_known", "does not exist"),
    ] {
        let mut serve = story.serve();
        let url = full.replacen("postgres@", &format!("{user}@"), 1);
        serve.env("DATABASE_URL", url);
        let told = Ran::of(serve.output().unwrap()).refused(1);
        assert!(
            told.contains(words) && !told.contains("cannot start yet"),
            "{told}"
        );
    }
    story.database.execute(&grant);
    let grant = "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA";
    let grant = format!("{grant} {of_full} TO {role}");
    with(full).tells("FAIL", &grant);
    story.database.execute(&grant);
    with(full).fails_nowhere();
    // The next start has to change tables, which only their owner may.
    story.database.execute(
        "DELETE FROM __diesel_schema_migrations WHERE version = \
         (SELECT max(version) FROM __diesel_schema_migrations)",
    );
    with(full).tells("FAIL", "the tables are those of the role postgres");
    story.database.execute(&format!("DROP OWNED BY {role}"));
    story.database.execute(&format!("DROP ROLE {role}"));
}

#[test]
fn what_is_left_of_a_log_without_its_index_is_not_touched() {
    let story = Story::begin(Database::create());
    let DatabaseUrl::Sqlite(file) = &story.database.url else {
        return;
    };
    let beside = |end: &str| {
        let mut path = file.clone().into_os_string();
        path.push(end);
        std::path::PathBuf::from(path)
    };
    fs::write(beside("-wal"), "what was written last").unwrap();
    let told = said(doctor(&story));
    told.tells("warn", "was not looked at");
    assert!(!beside("-shm").exists());
    assert_eq!(fs::read(beside("-wal")).unwrap(), b"what was written last");
}

#[cfg(unix)]
#[test]
fn a_directory_that_others_can_read_and_a_file_in_its_place_are_found() {
    use std::os::unix::fs::PermissionsExt;
    let story = Story::begin(Database::create());
    if !story.database.is_embedded() {
        return;
    }
    let open = tempfile::tempdir().unwrap();
    fs::set_permissions(open.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let mut doctor = doctor(&story);
    doctor.env("TENANTATLAS_DATA_DIR", open.path());
    said(doctor).tells("warn", "chmod 700");
    let mut in_place = self::doctor(&story);
    in_place.env("TENANTATLAS_DATA_DIR", story.shell.path("key"));
    said(in_place).tells("FAIL", "is no directory");
    for place in [
        "/proc/tenantatlas".to_owned(),
        story.shell.path("key/below"),
    ] {
        let mut unmade = self::doctor(&story);
        unmade.env("TENANTATLAS_DATA_DIR", &place);
        said(unmade).tells("FAIL", &place);
    }
    fs::set_permissions(story.shell.path("key"), fs::Permissions::from_mode(0o644)).unwrap();
    said(self::doctor(&story)).tells("warn", "chmod 600");
}

#[test]
fn a_port_that_another_program_has_is_found() {
    let story = Story::begin(Database::create());
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut doctor = doctor(&story);
    let address = taken.local_addr().unwrap().to_string();
    doctor.env("TENANTATLAS_LISTEN", &address);
    // It does not speak HTTP: whoever connects is sent away.
    std::thread::spawn(move || taken.incoming().for_each(drop));
    said(doctor).tells("FAIL", &format!("another program listens at {address}"));
    let mut elsewhere = self::doctor(&story);
    elsewhere.env("TENANTATLAS_LISTEN", "192.0.2.1:80");
    said(elsewhere).tells("FAIL", "cannot be listened at");
    let mut metrics = self::doctor(&story);
    metrics.env("TENANTATLAS_METRICS_LISTEN", &address);
    said(metrics).tells("FAIL", "another port in TENANTATLAS_METRICS_LISTEN");
    let mut same = self::doctor(&story);
    same.env("TENANTATLAS_LISTEN", "0.0.0.0:4711")
        .env("TENANTATLAS_METRICS_LISTEN", "127.0.0.1:4711");
    said(same).tells("FAIL", "in each other's way");
}

#[test]
fn credentials_that_expire_are_missing_or_are_refused_are_found() {
    let story = Story::begin(Database::create());
    let database = &story.database;
    let doctor = || said(doctor(&story));
    let state = |sql: &str| database.execute(sql);
    state("UPDATE credentials SET expires_at = '2001-02-03 04:05:06'");
    doctor().tells("FAIL", "expired at 2001-02-03T04:05:06Z");
    state("UPDATE credentials SET expires_at = NULL");
    state("UPDATE tenants SET connection_status = 'TOKEN_EXPIRED'");
    doctor().tells("FAIL", "was refused when it was last used");
    state("UPDATE tenants SET connection_status = 'PERMISSION_MISSING'");
    state("UPDATE credentials SET missing_permissions = 'Policy.Read.All'");
    doctor().tells("warn", "lacks Policy.Read.All");
    // Nobody has used it since; only a try shows it.
    state("UPDATE tenants SET connection_status = 'CONNECTED'");
    doctor().fails_nowhere();
    let directory = story.graph.tenants()[0].entra_tenant_id;
    story.graph.refuse_credential(directory, 7_000_222);
    let mut tried = self::doctor(&story);
    tried.arg("--sign-in");
    said(tried).tells("FAIL", "Contoso cannot be signed in to");
    state("DELETE FROM credentials");
    doctor().tells("FAIL", "has no credential");
}

#[actix_rt::test]
async fn a_server_that_does_not_run_is_missed() {
    let story = Story::begin(Database::create());
    let mut program = Program::start(story.serve());
    program.becomes(200).await;
    story.schedule(&program, "Nightly").await;
    program.stopped().await;
    story
        .database
        .execute("UPDATE dispatcher SET last_tick_at = '2020-01-01 00:00:00'");
    said(doctor(&story)).tells("warn", "no server has ticked since 2020-01-01");
    let past = "'2020-01-02 00:00:00'";
    story.database.execute(&format!(
        "UPDATE schedules SET dispatch_at = {past}, stale_at = {past}"
    ));
    let late = said(doctor(&story));
    late.tells("FAIL", "1 schedule(s) are overdue");
    late.tells("warn", "Nightly of Contoso");
    story
        .database
        .execute("UPDATE schedules SET time_zone = 'Europe/Atlantis'");
    said(doctor(&story)).tells("FAIL", "Europe/Atlantis");
}

#[test]
fn issuers_that_do_not_answer_and_tenants_that_nobody_owns_are_found() {
    let story = Story::begin(Database::create());
    let gone = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let mut doctor = doctor(&story);
    doctor.env("TENANTATLAS_OIDC_ISSUERS", format!("http://{gone}=atlas"));
    let said = said(doctor);
    said.tells("FAIL", "cannot be fetched");
    said.tells("warn", "nobody owns Contoso");
    // The simulator is no issuer: its answer is not the document that was expected.
    let mut wrong = self::doctor(&story);
    wrong.env(
        "TENANTATLAS_OIDC_ISSUERS",
        format!("{}=atlas", story.graph.url()),
    );
    self::said(wrong).tells("FAIL", "exactly as its tokens have it");
}

#[test]
fn an_unused_shell_is_told_of_tenants() {
    let database = Database::create();
    let shell = Shell::new(&database);
    shell.run(&["migrate"]).done();
    let mut doctor = shell.command(&["doctor"]);
    let gone = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    doctor
        .env("TENANTATLAS_GRAPH_URL", format!("http://{gone}"))
        .env("TENANTATLAS_LOGIN_URL", format!("http://{gone}"));
    said(doctor).tells("ok", "there is none yet");
}
