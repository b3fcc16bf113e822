//! Where metrics are served: at the address that was chosen and nowhere else, from the first moment on.

use std::{fs, net::TcpListener};

use serde_json::Value;

use crate::support::{
    Database,
    metrics::Scrape,
    program::Program,
    shell::{Ran, Shell},
};

fn serving(shell: &Shell, metrics: &str) -> Program {
    let mut serve = shell.command(&["serve"]);
    serve.env("TENANTATLAS_METRICS_LISTEN", metrics);
    Program::start(serve)
}

#[actix_rt::test]
async fn metrics_are_served_at_their_own_address_and_nothing_else_is() {
    let database = Database::create();
    let shell = Shell::new(&database);
    let mut server = serving(&shell, "127.0.0.1:0");
    let line: Value = serde_json::from_str(&server.tells("\"serving\"").await).unwrap();
    let place = line["metrics"]
        .as_str()
        .expect("where metrics are")
        .to_owned();
    assert_ne!(line["address"], line["metrics"]);
    let http = reqwest::Client::new();
    let at = |path: &str| format!("http://{place}{path}");
    let answer = http.get(at("/metrics")).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let kind = answer.headers()["content-type"]
        .to_str()
        .unwrap()
        .to_owned();
    assert_eq!(
        kind,
        "application/openmetrics-text; version=1.0.0; charset=utf-8"
    );
    let told = Scrape::read(&answer.text().await.unwrap());
    assert_eq!(told.sum("tenantatlas_build_info"), 1.0);
    #[cfg(target_os = "linux")]
    for name in [
        "process_resident_memory_bytes",
        "process_cpu_seconds_total",
        "process_start_time_seconds",
        "process_open_fds",
        "process_threads",
    ] {
        assert!(told.one(name, &[]) > 0.0, "{name}");
    }
    let answer = http.head(at("/metrics")).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.text().await.unwrap(), "");
    let answer = http.post(at("/metrics")).send().await.unwrap();
    assert_eq!(answer.status(), 405);
    for path in ["/", "/graphql", "/healthz", "/metrics/more"] {
        let answer = http.get(at(path)).send().await.unwrap();
        assert_eq!(answer.status(), 404, "{path}");
    }
    assert_ne!(server.get("/metrics").await.0, 200);
    assert!(server.stopped().await.success());
}

#[test]
fn an_address_that_is_taken_keeps_a_server_from_starting() {
    let database = Database::create();
    let shell = Shell::new(&database);
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let mut serve = shell.command(&["serve"]);
    serve.env("TENANTATLAS_METRICS_LISTEN", &address);
    let told = Ran::of(serve.output().unwrap()).refused(1);
    assert!(told.contains(&address), "{told}");
    assert!(told.contains("TENANTATLAS_METRICS_LISTEN"), "{told}");
    // What starts, and why it does not: nothing was done between.
    assert_eq!(told.lines().count(), 2, "{told}");
}

#[test]
fn an_address_that_is_none_is_told_with_the_other_mistakes() {
    let database = Database::create();
    let shell = Shell::new(&database);
    let file = shell.path("settings.toml");
    fs::write(&file, "[metrics]\nlisten = \"9464\"\n[times]\ntick = 5\n").unwrap();
    let mut serve = shell.command(&["serve"]);
    serve
        .env("TENANTATLAS_CONFIG", file)
        .env_remove("TENANTATLAS_METRICS_LISTEN");
    let told = Ran::of(serve.output().unwrap()).refused(2);
    for name in ["metrics.listen", "times.tick"] {
        assert!(told.contains(name), "{told}");
    }
}

/// A port that was free a moment ago, and so was the next one.
fn two_free_ports() -> u16 {
    let mut tried = Vec::new();
    loop {
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port();
        if port < u16::MAX && TcpListener::bind(("127.0.0.1", port + 1)).is_ok() {
            return port;
        }
        tried.push(free);
        assert!(tried.len() < 100, "no two free ports in a row");
    }
}

#[actix_rt::test]
async fn a_server_that_waits_for_its_database_is_seen() {
    let database = Database::create();
    let shell = Shell::new(&database);
    let metrics = format!("127.0.0.1:{}", two_free_ports());
    let mut serve = shell.command(&["serve"]);
    serve
        .env("TENANTATLAS_METRICS_LISTEN", &metrics)
        // Nobody listens at the first port.
        .env("DATABASE_URL", "postgres://nobody@127.0.0.1:1/nothing");
    let mut server = Program::start(serve);
    server.tells("cannot start yet").await;
    let answer = reqwest::get(format!("http://{metrics}/metrics")).await;
    let told = Scrape::read(&answer.unwrap().text().await.unwrap());
    assert_eq!(told.one("tenantatlas_database_figures_up", &[]), 0.0);
    assert_eq!(told.sum("tenantatlas_build_info"), 1.0);
    #[cfg(target_os = "linux")]
    assert!(told.one("process_start_time_seconds", &[]) > 0.0);
    assert!(!told.names().contains("tenantatlas_queued_runs"));
    assert!(server.stopped().await.success());
}

#[actix_rt::test]
async fn the_people_of_a_demonstration_leave_the_address_to_the_metrics() {
    let database = Database::create();
    let shell = Shell::new(&database);
    let port = two_free_ports();
    let metrics = format!("127.0.0.1:{}", port + 1);
    let mut demo = shell.command(&["demo"]);
    demo.env("TENANTATLAS_LISTEN", format!("127.0.0.1:{port}"))
        .env("TENANTATLAS_METRICS_LISTEN", &metrics);
    let mut demo = Program::start(demo);
    demo.tells("Ctrl-C ends the demonstration").await;
    let answer = reqwest::get(format!("http://{metrics}/metrics")).await;
    assert_eq!(answer.unwrap().status(), 200);
    assert!(demo.stopped().await.success());
}
