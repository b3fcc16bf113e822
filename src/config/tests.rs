//! Tables of variables, files and what they make.

use std::time::Duration;

use super::*;
use crate::metrics::Listen;

fn read(variables: &[(&str, &str)], file: Option<&str>) -> Result<Config, Vec<String>> {
    let variable = |name: &str| {
        let found = variables.iter().find(|(other, _)| *other == name);
        found.map(|(_, text)| (*text).to_owned())
    };
    let names = variables.iter().map(|(name, _)| (*name).to_owned());
    let names: Vec<String> = names.collect();
    let file = Ok(file.map(str::to_owned));
    Config::read(&variable, &names, file, Need::Texts).map_err(|ConfigError(problems)| problems)
}

#[test]
fn nothing_written_gives_the_defaults() {
    let config = read(&[], None).expect("defaults");
    assert_eq!(
        config.database,
        "sqlite:./data/tenantatlas.db".parse().unwrap()
    );
    assert_eq!(config.api.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(config.workers.tick, Duration::from_secs(60));
    assert_eq!(config.workers.places, 8);
}

#[test]
fn the_file_sets_everything_and_a_variable_wins_over_it() {
    let file = r#"
        data_dir = "/srv/atlas"
        listen = "0.0.0.0:80"
        cors_origins = ["https://console.example", "http://localhost:3000"]
        trusted_proxies = ["10.0.0.0/8"]
        [database]
        connections = 20
        [times]
        tick = "10s"
        grace = "1m"
        [graph.rates.intune]
        requests = 500
        window = "20s"
        [runs]
        at_once = 3
        [limits]
        depth = 20
        requests_per_minute = 60
        [limits.sockets]
        ping = "5s"
    "#;
    let variables = [
        ("TENANTATLAS_LISTEN", "127.0.0.1:9000"),
        (
            "TENANTATLAS_CORS_ORIGINS",
            "https://a.example, https://b.example",
        ),
        ("TENANTATLAS_LOG", ""),
        ("TENANTATLAS_METRICS_LISTEN", "off"),
    ];
    let config = read(&variables, Some(file)).expect("a configuration");
    assert_eq!(config.api.listen.to_string(), "127.0.0.1:9000");
    assert_eq!(
        config.api.cors_origins,
        ["https://a.example", "https://b.example"]
    );
    assert_eq!(config.database, embedded_in(Path::new("/srv/atlas")));
    assert_eq!(config.pool.connections, 20);
    assert_eq!(config.workers.tick, Duration::from_secs(10));
    assert_eq!(config.workers.places, 3);
    assert_eq!(config.graph.rates.intune.requests, 500);
    assert_eq!(config.log.filter, None);
    assert_eq!(config.api.stale_tick, Duration::from_secs(60));
    assert_eq!(config.metrics.listen, Some(Listen::Off));
    assert_eq!(config.metrics.grace, Duration::from_secs(60));
    assert_eq!(config.api.limits.depth, 20);
    assert_eq!(config.api.limits.requests_per_minute.get(), 60);
    assert_eq!(config.api.limits.sockets.ping, Duration::from_secs(5));
}

#[test]
fn every_mistake_is_told_with_its_name() {
    let file = r#"
        lissten = "127.0.0.1:1"
        data_dir = 1.5
        [times]
        grace = "90s"
        beat = "40s"
        longest_run = "long"
        cancel_poll = "0s"
        [keep]
        audit = "0s"
        [runs]
        at_once = 0
        [graph.rates.intune]
        burst = 5000
    "#;
    let variables = [
        ("DATABASE_URL", "atlas.db"),
        ("TENANTATLAS_LISTEN", "here"),
        ("TENANTATLAS_METRICS_LISTEN", "9464"),
        ("TENANTATLAS_GRAPH_URL", "ftp://graph"),
        ("TENANTATLAS_CORS_ORIGINS", "https://a.example/"),
        ("TENANTATLAS_LOG", "tenantatlas=loud"),
        ("TENANTATLAS_LOG_FORMAT", "xml"),
    ];
    let problems = read(&variables, Some(file)).expect_err("mistakes");
    let names = [
        "lissten",
        "data_dir",
        "times.grace",
        "times.lease",
        "times.longest_run",
        "times.cancel_poll",
        "keep.audit",
        "runs.at_once",
        "graph.rates.intune.burst",
        "DATABASE_URL",
        "TENANTATLAS_LISTEN",
        "TENANTATLAS_METRICS_LISTEN",
        "TENANTATLAS_GRAPH_URL",
        "TENANTATLAS_CORS_ORIGINS",
        "TENANTATLAS_LOG",
        "TENANTATLAS_LOG_FORMAT",
    ];
    for name in names {
        let start = format!("{name}: ");
        assert!(
            problems.iter().any(|line| line.starts_with(&start)),
            "{name}: {problems:#?}"
        );
    }
    assert_eq!(problems.len(), names.len(), "{problems:#?}");
    let told = |name: &str| {
        let start = format!("{name}: ");
        problems.iter().find_map(|line| line.strip_prefix(&start))
    };
    // What was written is named, and the setting once.
    let filter = told("TENANTATLAS_LOG").unwrap();
    assert!(
        filter.starts_with("`tenantatlas=loud` is no filter"),
        "{filter}"
    );
    let database = told("DATABASE_URL").unwrap();
    assert!(
        database.starts_with("must start with `sqlite:`"),
        "{database}"
    );
}

#[test]
fn a_file_that_is_not_toml_is_told() {
    let file = "listen = \"127.0.0.1:1\"\nurl = postgres://atlas:hunter2@db/atlas";
    let problems = read(&[], Some(file)).expect_err("no TOML");
    assert!(
        problems[0].starts_with("TENANTATLAS_CONFIG: the file is not TOML: line 2: "),
        "{problems:?}"
    );
    assert!(!problems[0].contains("hunter2"), "{problems:?}");
}

#[test]
fn what_may_have_a_password_is_not_repeated() {
    for (name, text) in [
        ("TENANTATLAS_GRAPH_URL", "https://me:hunter2@graph:port"),
        ("TENANTATLAS_LOGIN_URL", "ftp://me:hunter2@login"),
        ("TENANTATLAS_OTLP_ENDPOINT", "me:hunt`hunter2@collector"),
        ("TENANTATLAS_CORS_ORIGINS", "https://me:hunter2@a.example"),
        ("TENANTATLAS_OIDC_ISSUERS", "https://me:hunter2@id.example"),
        ("TENANTATLAS_OIDC_ISSUERS", "http://me:hunter2@id.example=a"),
        ("TENANTATLAS_LISTEN", "me:hunter2@here"),
        ("TENANTATLAS_TRUSTED_PROXIES", "me:hunter2@proxy"),
        ("DATABASE_URL", "mysql://me:hunter2@db"),
    ] {
        let problems = read(&[(name, text)], None).expect_err(text);
        assert_eq!(problems.len(), 1, "{problems:?}");
        let told = &problems[0];
        assert!(told.starts_with(&format!("{name}: ")), "{told}");
        assert!(!told.contains("hunter2"), "{told}");
    }
    let plain = read(&[("TENANTATLAS_GRAPH_URL", "graph")], None).expect_err("no URL");
    assert!(plain[0].contains("`graph`"), "{plain:?}");
}

#[test]
fn variables_are_read_also_where_the_file_cannot_be() {
    let variable = |name: &str| (name == "TENANTATLAS_LISTEN").then(|| "here".to_owned());
    let unreadable = Err("/no/such/file cannot be read".to_owned());
    let ConfigError(told) =
        Config::read(&variable, &[], unreadable, Need::Files).expect_err("mistakes");
    assert_eq!(told.len(), 2, "{told:?}");
    assert_eq!(told[0], "TENANTATLAS_CONFIG: /no/such/file cannot be read");
    assert!(told[1].starts_with("TENANTATLAS_LISTEN: "), "{told:?}");
}

#[test]
fn a_password_in_the_database_url_is_not_shown() {
    let config = read(
        &[("DATABASE_URL", "postgres://atlas:hunter2@db/atlas")],
        None,
    );
    assert!(!format!("{config:?}").contains("hunter2"));
}

const DIRECTORY: &str = "11111111-1111-4111-8111-111111111111";

#[test]
fn issuers_are_a_list_or_tables() {
    let file = format!(
        r#"
        [oidc.entra]
        issuer = "https://login.microsoftonline.com/{{tenantid}}/v2.0"
        audience = "api"
        client_id = "console"
        allowed_tenants = ["{DIRECTORY}"]
        admin_role = "Atlas.Admin"
        [oidc.other]
        name = "Contoso"
        issuer = "https://id.example"
        audience = "atlas"
        scopes = ["a", "b"]
        connect_origins = ["https://tokens.example"]
    "#
    );
    let list =
        format!("https://a.example/=one, https://login.microsoftonline.com/{DIRECTORY}/v2.0=two");
    let variables = [("TENANTATLAS_OIDC_ISSUERS", &*list)];
    // The template and the only directory that it is allowed are one issuer.
    let problems = read(&variables, Some(&file)).expect_err("a double");
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(problems[0].ends_with("is named twice"), "{problems:?}");
    let found = read(&variables[..0], Some(&file))
        .expect("two")
        .oidc
        .issuers;
    let scopes: Vec<_> = found.iter().map(|it| it.scopes.join(" ")).collect();
    assert_eq!(scopes, ["access_as_user", "a b"]);
    assert_eq!(found[0].client_id.as_deref(), Some("console"));
    assert_eq!(found[0].admin_role.as_deref(), Some("Atlas.Admin"));
    assert_eq!(found[1].own_title.as_deref(), Some("Contoso"));
    assert_eq!(found[1].connect_origins, ["https://tokens.example"]);
    let found = read(&variables, None).expect("two").oidc.issuers;
    let audiences: Vec<_> = found.iter().map(|it| &*it.audience).collect();
    assert_eq!(audiences, ["one", "two"]);
}

#[test]
fn every_mistake_with_issuers_is_told() {
    let file = r#"
        [oidc.entra]
        issuer = "https://login.microsoftonline.com/{tenantid}/v2.0"
        scopes = []
        [oidc.other]
        issuer = "http://id.example"
        audience = "atlas"
        secret = "not needed"
        connect_origins = ["https://tokens.example/", "http://tokens.example"]
    "#;
    for (list, count) in [
        ("https://id.example", 1),
        ("https://id.example=", 1),
        ("https://login.microsoftonline.com/{tenantid}/v2.0=api", 1),
        ("https://id.example=a,https://id.example=b", 1),
        ("https://id.example=a", 0),
    ] {
        let variables = [("TENANTATLAS_OIDC_ISSUERS", list)];
        let problems = read(&variables, None).err().unwrap_or_default();
        assert_eq!(problems.len(), count, "{list}: {problems:?}");
    }
    let problems = read(&[], Some(file)).expect_err("mistakes");
    for name in [
        "oidc.entra.audience",
        "oidc.entra.allowed_tenants",
        "oidc.other.issuer",
        "oidc.other.secret",
        "oidc.other.connect_origins",
    ] {
        let start = format!("{name}: ");
        let is_told = problems.iter().any(|line| line.starts_with(&start));
        assert!(is_told, "{name}: {problems:#?}");
    }
}

#[test]
fn ages_are_read_and_clients_are_told_that_of_events() {
    let file = r#"
        [keep]
        events = "2h"
        notifications = "30d"
    "#;
    let config = read(&[], Some(file)).expect("a configuration");
    let hours = |hours: u64| Duration::from_secs(hours * 3_600);
    assert_eq!(config.workers.keep.events, hours(2));
    assert_eq!(config.workers.keep.notifications, hours(30 * 24));
    assert_eq!(config.workers.keep.audit, hours(400 * 24));
    assert_eq!(config.api.limits.events_kept, hours(2));
}

#[test]
fn a_lease_is_no_longer_than_other_servers_reckon_with() {
    let lease = |file: &str| read(&[], Some(file)).map(|config| config.workers.lease);
    let half_an_hour = "[times]\nlease = \"30m\"\n";
    assert_eq!(lease(half_an_hour), Ok(Duration::from_secs(30 * 60)));
    let problems = lease("[times]\nlease = \"31m\"\n").expect_err("too long");
    assert_eq!(problems, ["times.lease: must not be longer than 30m"]);
}

#[test]
fn a_transaction_may_stand_still_for_less_than_a_lease() {
    let idle = |file: &str| read(&[], Some(file)).map(|config| config.pool.idle_in_transaction);
    assert_eq!(idle(""), Ok(Duration::from_secs(15)));
    let short = "[times]\nlease = \"8s\"\nbeat = \"2s\"\n";
    assert_eq!(idle(short), Ok(Duration::from_secs(2)));
    let own = "[database]\nidle_in_transaction = \"59s\"";
    assert_eq!(idle(own), Ok(Duration::from_secs(59)));
    let long = "[database]\nidle_in_transaction = \"60s\"";
    let problems = idle(long).expect_err("as long as a lease");
    assert_eq!(
        problems,
        ["database.idle_in_transaction: must be less than `times.lease`"]
    );
}

#[test]
fn a_variable_that_is_spelt_wrong_is_told_with_the_one_that_was_meant() {
    let problems = |name| read(&[(name, "x")], None).err().unwrap_or_default();
    for (name, meant) in [
        ("TENANTATLAS_LISTN", "TENANTATLAS_LISTEN"),
        ("TENANTATLAS_LOGFORMAT", "TENANTATLAS_LOG_FORMAT"),
        ("TENANTATLAS_OIDC_ISSUER", "TENANTATLAS_OIDC_ISSUERS"),
    ] {
        let told = format!("{name}: there is no such variable; did you mean {meant}?");
        assert_eq!(problems(name), [told]);
    }
    for name in [
        "TENANTATLAS_CONFIG",
        "TENANTATLAS_SERVICE_HOST",
        "TENANTATLAS_PORT",
        "TENANTATLAS_TAG",
        "TENANTATLAS_ORG",
        "TENANTATLAS_HOST",
        "HOME",
    ] {
        assert_eq!(problems(name), [""; 0], "{name}");
    }
}

/// What a server with these variables would be told at its start.
fn at_start(variables: &[(&str, &str)]) -> Vec<String> {
    let variable = |name: &str| {
        let found = variables.iter().find(|(other, _)| *other == name);
        found.map(|(_, text)| (*text).to_owned())
    };
    let read = Config::read(&variable, &[], Ok(None), Need::Files);
    read.err().map(|ConfigError(told)| told).unwrap_or_default()
}

#[test]
fn what_a_server_needs_and_is_not_there_is_told_with_the_other_mistakes() {
    let place = tempfile::tempdir().expect("a directory");
    let shown = place.path().display().to_string();
    let short = format!("{shown}/short");
    fs::write(&short, "too short").expect("written");
    let below_a_file = format!("{short}/data");
    let told = at_start(&[
        ("TENANTATLAS_DATA_DIR", &below_a_file),
        ("TENANTATLAS_SECRET_KEY_FILE", &short),
        ("TENANTATLAS_LISTEN", "127.0.0.1:9464"),
        ("TENANTATLAS_LOG_FORMAT", "xml"),
    ]);
    let names = [
        "TENANTATLAS_DATA_DIR",
        "TENANTATLAS_SECRET_KEY_FILE",
        "TENANTATLAS_METRICS_LISTEN",
        "TENANTATLAS_LOG_FORMAT",
    ];
    assert_eq!(told.len(), names.len(), "{told:#?}");
    for name in names {
        let start = format!("{name}: ");
        assert!(
            told.iter().any(|line| line.starts_with(&start)),
            "{told:#?}"
        );
    }
    let postgres = ("DATABASE_URL", "postgres://db/atlas");
    let told = at_start(&[postgres, ("TENANTATLAS_LISTEN", "here")]);
    assert_eq!(told.len(), 2, "{told:#?}");
    assert!(told[1].contains("TENANTATLAS_SECRET_KEY_FILE"), "{told:#?}");
    // What hangs on something that was not understood is not judged.
    let told = at_start(&[("DATABASE_URL", "atlas"), ("TENANTATLAS_DATA_DIR", &short)]);
    assert_eq!(told.len(), 1, "{told:#?}");
    // And nothing was made.
    let below = format!("{shown}/new/data");
    assert_eq!(at_start(&[("TENANTATLAS_DATA_DIR", &below)]), [""; 0]);
    assert_eq!(fs::read_dir(place.path()).expect("a list").count(), 1);
}

#[test]
fn only_our_own_name_of_the_collector_has_to_be_meant() {
    let standard = ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318");
    let config = read(&[standard], None).expect("it is the platform's");
    assert_eq!(config.traces.endpoint, None);
    assert_eq!(config.warnings.len(), 1, "{:?}", config.warnings);
    assert!(config.warnings[0].starts_with("OTEL_EXPORTER_OTLP_ENDPOINT: "));
    let own = ("TENANTATLAS_OTLP_ENDPOINT", "collector:4318");
    assert_eq!(read(&[own], None).expect_err("it is ours").len(), 1);
}

#[test]
fn our_name_for_the_collector_wins_over_that_of_the_standard() {
    let standard = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://standard:4318");
    let own = ("TENANTATLAS_OTLP_ENDPOINT", "http://own:4318");
    let host = |variables: &[_]| {
        let found = read(variables, None).expect("settings").traces.endpoint;
        found.and_then(|url| url.host_str().map(str::to_owned))
    };
    assert_eq!(host(&[]), None);
    assert_eq!(host(&[standard]).as_deref(), Some("standard"));
    assert_eq!(host(&[standard, own]).as_deref(), Some("own"));
}
