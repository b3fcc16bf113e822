//! The subscription to runs, over a real connection.

use std::time::Duration;

use serde_json::{Value, json};
use tenantatlas::{
    api::{ApiSettings, Limits, SocketLimits},
    domain::{
        actor::{Actor, Component},
        ids::{RunId, TenantId},
        kind::PolicyKind,
        role::Role,
        run::Trigger,
    },
    workers::changes::{self, NewRun},
};

use crate::support::{
    Setup, TestApp,
    client::{Api, Client, Socket, id},
};

const EVENTS: &str = "subscription($tenant: ID!, $run: ID, $schedule: ID, $after: String, $progress: Boolean! = false) {
    backupRunEvents(tenantId: $tenant, runId: $run, scheduleId: $schedule, after: $after, includeProgress: $progress) {
        cursor kind previousStatus run { id status progress { phase } }
    }
}";

/// A server that looks often, so that no test waits.
async fn served(app: &TestApp) -> (Api, Client) {
    served_with(app, often()).await
}

fn often() -> SocketLimits {
    SocketLimits {
        recheck: Duration::from_millis(50),
        poll: Duration::from_millis(50),
        ..SocketLimits::default()
    }
}

/// The same, with limits of its own.
async fn served_with(app: &TestApp, sockets: SocketLimits) -> (Api, Client) {
    let settings = ApiSettings {
        limits: Limits {
            sockets,
            ..Limits::default()
        },
        ..ApiSettings::default()
    };
    let api = Api::with(app, settings).await;
    let client = api.client(app, app.tenant(), Role::Operator).await;
    (api, client)
}

/// The event in the next message of an operation.
async fn event(socket: &mut Socket) -> Value {
    let mut message = socket.next().await;
    assert_eq!(message["type"], "next", "{message:#}");
    message["payload"]["data"]["backupRunEvents"].take()
}

fn told(event: &Value) -> (&str, &str, &Value) {
    assert!(event["cursor"].is_string(), "{event:#}");
    let status = event["run"]["status"].as_str().unwrap_or_default();
    let kind = event["kind"].as_str().expect("a kind");
    (kind, status, &event["previousStatus"])
}

#[actix_rt::test]
async fn a_run_is_followed_from_its_snapshot_to_its_end() {
    let app = TestApp::start().await;
    let (_api, client) = served(&app).await;
    let schedule = app
        .schedule("Nightly", &[PolicyKind::SettingsCatalog])
        .await;
    let gate = app.graph.hold("configurationPolicies");
    let run = app.run_now(&schedule).await;
    let run = app
        .once(&run, |run| run.state.status().as_str() == "RUNNING")
        .await;
    let mut socket = client.socket().await;
    let variables = json!({"tenant": id(app.tenant()), "run": id(run.id)});
    socket.subscribe("1", EVENTS, variables).await;
    let snapshot = event(&mut socket).await;
    assert_eq!(told(&snapshot), ("SNAPSHOT", "RUNNING", &Value::Null));
    gate.open();
    let end = event(&mut socket).await;
    assert_eq!(
        told(&end),
        ("STATUS_CHANGED", "SUCCEEDED", &json!("RUNNING"))
    );
    assert_eq!(socket.next().await, json!({"id": "1", "type": "complete"}));
    // It has ended: there is nothing to wait for.
    socket
        .subscribe(
            "2",
            EVENTS,
            json!({"tenant": id(app.tenant()), "run": id(run.id)}),
        )
        .await;
    assert_eq!(socket.next().await, json!({"id": "2", "type": "complete"}));
}

#[actix_rt::test]
async fn whoever_comes_back_is_told_what_happened_meanwhile() {
    let app = TestApp::start().await;
    let (_api, client) = served(&app).await;
    let schedule = app
        .schedule("Nightly", &[PolicyKind::SettingsCatalog])
        .await;
    let other = app.schedule("Other", &[PolicyKind::ScopeTag]).await;
    // The run is held while somebody looks, so that what they are told first does not depend on
    // who is faster.
    let gate = app.graph.hold("configurationPolicies");
    let first = app.run_now(&schedule).await;
    gate.arrived().await;
    let mut socket = client.socket().await;
    socket
        .subscribe("all", EVENTS, json!({"tenant": id(app.tenant())}))
        .await;
    let running = event(&mut socket).await;
    assert_eq!(told(&running), ("SNAPSHOT", "RUNNING", &Value::Null));
    drop(socket);
    gate.open();
    app.settled(&first).await;
    app.backed_up(&other).await;
    let mut socket = client.socket().await;
    let after = running["cursor"].clone();
    let variables = json!({"tenant": id(app.tenant()), "after": after});
    socket.subscribe("all", EVENTS, variables).await;
    let mut statuses = Vec::new();
    for _ in 0..4 {
        statuses.push(
            event(&mut socket).await["run"]["status"]
                .as_str()
                .unwrap()
                .to_owned(),
        );
    }
    assert_eq!(statuses, ["SUCCEEDED", "QUEUED", "RUNNING", "SUCCEEDED"]);
    let variables = json!({
        "tenant": id(app.tenant()), "schedule": id(other.id), "after": after,
    });
    socket.subscribe("one", EVENTS, variables).await;
    let only = event(&mut socket).await;
    assert_eq!(told(&only), ("STATUS_CHANGED", "QUEUED", &Value::Null));
}

#[actix_rt::test]
async fn a_cursor_that_is_too_old_asks_for_a_fresh_start() {
    let app = TestApp::start().await;
    let (_api, client) = served(&app).await;
    let schedule = app
        .schedule("Nightly", &[PolicyKind::SettingsCatalog])
        .await;
    let gate = app.graph.hold("configurationPolicies");
    let run = app.run_now(&schedule).await;
    gate.arrived().await;
    let mut socket = client.socket().await;
    socket
        .subscribe("1", EVENTS, json!({"tenant": id(app.tenant())}))
        .await;
    let first = event(&mut socket).await;
    gate.open();
    app.settled(&run).await;
    app.backed_up(&schedule).await;
    app.execute("DELETE FROM run_events WHERE sequence < 5")
        .await;
    let variables = json!({"tenant": id(app.tenant()), "after": first["cursor"]});
    socket.send(json!({"id": "1", "type": "complete"})).await;
    let mut socket = client.socket().await;
    socket.subscribe("2", EVENTS, variables).await;
    let lost = event(&mut socket).await;
    assert_eq!(told(&lost), ("RESYNC_REQUIRED", "", &Value::Null));
    assert_eq!(lost["run"], Value::Null);
    // The fresh cursor is good.
    app.backed_up(&schedule).await;
    assert_eq!(told(&event(&mut socket).await).1, "QUEUED");
}

#[actix_rt::test]
async fn progress_is_told_unless_it_is_not_wanted() {
    let app = TestApp::start().await;
    let (_api, client) = served(&app).await;
    let schedule = app
        .schedule("Nightly", &[PolicyKind::SettingsCatalog])
        .await;
    // A run in the hands of another server, which says nothing here.
    let by = Actor::System(Component::CommandLine);
    app.write(move |db, now| {
        let new = NewRun {
            schedule: &schedule,
            trigger: Trigger::Manual,
            full_read: false,
            by,
            origin: Default::default(),
        };
        changes::start(db, &new, now)
    })
    .await;
    app.execute(
        "UPDATE runs SET status = 'RUNNING', owner = 'other', lease_until = '2030-01-01 00:00:00'",
    )
    .await;
    let mut socket = client.socket().await;
    for (id_of, progress) in [("with", true), ("without", false)] {
        let variables = json!({"tenant": id(app.tenant()), "progress": progress});
        socket.subscribe(id_of, EVENTS, variables).await;
        assert_eq!(told(&event(&mut socket).await).0, "SNAPSHOT");
    }
    app.execute(
        r#"UPDATE runs SET progress = '{"phase":"FETCHING","processed":3,"total":9,"at":"2026-03-02T11:00:00Z"}'"#,
    )
    .await;
    let mut message = socket.next().await;
    assert_eq!(message["id"], "with");
    let progress = message["payload"]["data"]["backupRunEvents"].take();
    assert_eq!(told(&progress), ("PROGRESS", "RUNNING", &Value::Null));
    assert_eq!(progress["run"]["progress"]["phase"], "FETCHING");
}

#[actix_rt::test]
async fn a_subscription_that_is_refused_ends_with_an_error() {
    let app = TestApp::with(Setup {
        tenants: 2,
        ..Setup::default()
    })
    .await;
    let (_api, client) = served(&app).await;
    let mut socket = client.socket().await;
    let own = id(app.tenant());
    for (variables, code) in [
        (json!({"tenant": id(app.tenants[1])}), "NOT_FOUND"),
        (json!({"tenant": id(TenantId::mint())}), "NOT_FOUND"),
        (json!({"tenant": "ten_1"}), "INVALID_ID"),
        (
            json!({"tenant": own, "run": id(RunId::mint())}),
            "NOT_FOUND",
        ),
        (json!({"tenant": own, "after": "x"}), "INVALID_CURSOR"),
        (json!({"tenant": null}), "GRAPHQL_VALIDATION_FAILED"),
    ] {
        socket.subscribe("1", EVENTS, variables.clone()).await;
        let message = socket.next().await;
        assert_eq!(message["type"], "error", "{variables}");
        let found = &message["payload"][0]["extensions"]["code"];
        assert_eq!(found, code, "{variables}");
    }
}

#[actix_rt::test]
async fn queries_and_mutations_are_answered_on_a_connection_too() {
    let app = TestApp::start().await;
    let (_api, client) = served(&app).await;
    let mut socket = client.socket().await;
    socket
        .subscribe("1", "{ viewer { apiToken { role } } }", json!({}))
        .await;
    let answer = socket.next().await;
    assert_eq!(
        answer["payload"]["data"]["viewer"]["apiToken"]["role"],
        "OPERATOR"
    );
    assert_eq!(socket.next().await["type"], "complete");
}

#[actix_rt::test]
async fn a_connection_is_closed_with_the_code_that_its_client_knows() {
    let app = TestApp::start().await;
    let (api, client) = served(&app).await;
    let address = api.address();
    assert_eq!(Socket::speaking(address, None).await.closed().await, 4406);
    let init = json!({"type": "connection_init"});
    let mut socket = Socket::open(address).await;
    socket.send(init.clone()).await;
    assert_eq!(socket.closed().await, 4403);
    let mut socket = client.socket().await;
    socket.send(init).await;
    assert_eq!(socket.closed().await, 4429);
    let mut socket = client.socket().await;
    app.execute("UPDATE api_tokens SET revoked_at = created_at")
        .await;
    assert_eq!(socket.closed().await, 4403);
}

#[actix_rt::test]
async fn whoever_does_not_say_hello_in_time_is_not_waited_for() {
    let app = TestApp::start().await;
    let limits = SocketLimits {
        init_timeout: Duration::from_millis(50),
        ..often()
    };
    let (api, _client) = served_with(&app, limits).await;
    let mut socket = Socket::open(api.address()).await;
    assert_eq!(socket.closed().await, 4408);
}

#[actix_rt::test]
async fn a_subscription_of_a_revoked_token_ends_with_its_connection_and_no_error() {
    let app = TestApp::start().await;
    // Rare enough for the subscription to notice first.
    let limits = SocketLimits {
        recheck: Duration::from_millis(500),
        ..often()
    };
    let (_api, client) = served_with(&app, limits).await;
    let mut socket = client.socket().await;
    let variables = json!({"tenant": id(app.tenant())});
    socket.subscribe("1", EVENTS, variables).await;
    app.execute("UPDATE api_tokens SET revoked_at = created_at")
        .await;
    assert_eq!(socket.closed().await, 4403);
}

#[actix_rt::test]
async fn connections_end_with_the_server() {
    let app = TestApp::start().await;
    let (api, client) = served(&app).await;
    let mut socket = client.socket().await;
    let stopped = api.stop();
    let (code, ()) = futures_util::future::join(socket.closed(), stopped).await;
    assert_eq!(code, 1001);
}

#[actix_rt::test]
async fn an_origin_that_is_not_let_in_opens_no_connection() {
    let app = TestApp::start().await;
    let (api, _client) = served(&app).await;
    let request = api
        .request(reqwest::Method::GET, "/graphql")
        .header("connection", "upgrade")
        .header("upgrade", "websocket")
        .header("sec-websocket-version", "13")
        .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==")
        .header("origin", "https://other.example");
    assert_eq!(request.send().await.unwrap().status(), 403);
}
