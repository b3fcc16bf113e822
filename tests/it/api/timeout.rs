//! Requests that take too long: how they are answered, and what becomes of what they were about.

use std::{sync::mpsc, time::Duration};

use reqwest::Method;
use serde_json::{Value, json};
use tenantatlas::{
    api::ApiSettings,
    domain::{ids::ScheduleId, kind::PolicyKind, role::Role},
    store::{PoolSettings, StoreError, schedules},
};
use tokio::sync::oneshot;

use crate::support::{
    TestApp,
    client::{Api, codes, document_of, id, in_a_hurry},
};

/// A server that waits for nothing for long.
async fn impatient(app: &TestApp, timeout: Duration) -> Api {
    let mut settings: ApiSettings = in_a_hurry();
    settings.limits.timeout = timeout;
    Api::with(app, settings).await
}

/// Something of the database that nobody else gets until the test lets go.
struct Held(mpsc::Sender<()>);

impl Held {
    fn let_go(self) {
        self.0.send(()).expect("it is held");
    }
}

/// Waits until the test lets go, and not longer than a minute.
fn wait(let_go: &mpsc::Receiver<()>) {
    let_go
        .recv_timeout(Duration::from_secs(60))
        .expect("the test lets go");
}

/// Holds a schedule, as a transaction does that changes it. On SQLite nobody else writes meanwhile.
async fn hold_schedule(app: &TestApp, schedule: ScheduleId) -> Held {
    let (sender, let_go) = mpsc::channel();
    let (told, holds) = oneshot::channel();
    let store = app.store.clone();
    actix_rt::spawn(async move {
        let held = store.write(move |db, _| {
            schedules::lock(db, schedule)?;
            told.send(()).unwrap();
            wait(&let_go);
            Ok::<_, StoreError>(())
        });
        held.await.unwrap();
    });
    holds.await.unwrap();
    Held(sender)
}

/// Holds every connection that queries are asked over.
async fn hold_readers(app: &TestApp) -> Vec<Held> {
    let mut all = Vec::new();
    for _ in 0..PoolSettings::default().connections {
        let (sender, let_go) = mpsc::channel();
        let (told, holds) = oneshot::channel();
        let store = app.store.clone();
        actix_rt::spawn(async move {
            let held = store.read(move |_| {
                told.send(()).unwrap();
                wait(&let_go);
                Ok::<_, StoreError>(())
            });
            held.await.unwrap();
        });
        holds.await.unwrap();
        all.push(Held(sender));
    }
    all
}

#[actix_rt::test]
async fn a_mutation_that_takes_too_long_is_carried_out_whole_or_not_at_all() {
    let app = TestApp::dispatcher().await;
    let api = impatient(&app, Duration::from_millis(200)).await;
    let client = api.client(&app, app.tenant(), Role::Operator).await;
    let schedule = app.schedule("Nightly", &[PolicyKind::ScopeTag]).await;
    let input = json!({"scheduleId": id(schedule.id), "idempotencyKey": "once-and-no-more"});
    let document = document_of("runBackupScheduleNow");
    let held = hold_schedule(&app, schedule.id).await;
    for media in ["application/json", "application/graphql-response+json"] {
        let request = api
            .request(Method::POST, "/graphql")
            .header("authorization", &client.bearer)
            .header("accept", media)
            .json(&json!({"query": document, "variables": {"input": input}}));
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 503, "{media}");
        let kind = response.headers()["content-type"].to_str().unwrap();
        assert!(kind.starts_with(media), "{media}: {kind}");
        let answer: Value = response.json().await.unwrap();
        assert_eq!(codes(&answer), ["TIMEOUT"], "{media}: {answer:#}");
        // Nothing is said of what became of it.
        assert_eq!(answer.get("data"), None, "{media}: {answer:#}");
    }
    assert_eq!(app.count("runs", "1 = 1").await, 0);
    held.let_go();
    // Whoever asks again with the same key finds one run, whether it is that of the first request,
    // of the second or of this one, and everything that belongs to it.
    let patient = Api::serve(&app).await;
    let token = client.bearer.trim_start_matches("Bearer ");
    let again = patient.bearer(token);
    let found = again.change("runBackupScheduleNow", input.clone()).await;
    assert_eq!(found["userErrors"], json!([]), "{found:#}");
    let replayed = again.change("runBackupScheduleNow", input).await;
    assert_eq!(replayed["isReplay"], true);
    assert_eq!(replayed["run"]["id"], found["run"]["id"]);
    for (table, condition) in [
        ("runs", "1 = 1"),
        ("run_events", "1 = 1"),
        ("idempotency_keys", "1 = 1"),
        ("audit_log", "action = 'RUN_STARTED'"),
    ] {
        assert_eq!(app.count(table, condition).await, 1, "{table}");
    }
}

#[actix_rt::test]
async fn a_query_that_takes_too_long_ends_and_its_connection_goes_on() {
    let app = TestApp::dispatcher().await;
    // Long enough for what is not held.
    let api = impatient(&app, Duration::from_secs(2)).await;
    let client = api.client(&app, app.tenant(), Role::Readonly).await;
    let mut socket = client.socket().await;
    let query = "query($id: ID!) { tenant(id: $id) { name } }";
    let variables = json!({"id": id(app.tenant())});
    let all = hold_readers(&app).await;
    socket.subscribe("1", query, variables.clone()).await;
    let ended = socket.next().await;
    assert_eq!(ended["type"], "error", "{ended:#}");
    assert_eq!(ended["payload"][0]["extensions"]["code"], "TIMEOUT");
    all.into_iter().for_each(Held::let_go);
    // The connections are free once a read has come through.
    app.count("tenants", "1 = 1").await;
    socket.subscribe("2", query, variables).await;
    let answer = socket.next().await;
    assert_eq!(answer["payload"]["errors"], Value::Null, "{answer:#}");
    assert!(answer["payload"]["data"]["tenant"]["name"].is_string());
}
