//! Following runs for long: past what is held for the slow, and until one may not any more.

use std::{collections::BTreeSet, time::Duration};

use serde_json::{Value, json};
use tenantatlas::{
    api::{ApiSettings, Limits, SocketLimits},
    domain::{
        actor::{Actor, Component},
        kind::PolicyKind,
        role::Role,
        run::{Run, Trigger},
        schedule::Schedule,
    },
    store::StoreError,
    workers::changes::{self, NewRun, Started},
};

use crate::support::{
    TestApp,
    client::{Api, Client, Socket, id},
};

const EVENTS: &str = "subscription($tenant: ID!, $after: String) {
    backupRunEvents(tenantId: $tenant, after: $after) { cursor kind run { id status } }
}";

/// How long after the loss of a membership its subscriptions may still be there.
const AT_MOST: Duration = Duration::from_secs(5);

/// A server that looks often, so that no test waits.
async fn served(app: &TestApp) -> Api {
    let settings = ApiSettings {
        limits: Limits {
            sockets: SocketLimits {
                recheck: Duration::from_millis(50),
                poll: Duration::from_millis(50),
                ..SocketLimits::default()
            },
            ..Limits::default()
        },
        ..ApiSettings::default()
    };
    Api::with(app, settings).await
}

async fn event(socket: &mut Socket) -> Value {
    let mut message = socket.next().await;
    assert_eq!(message["type"], "next", "{message:#}");
    message["payload"]["data"]["backupRunEvents"].take()
}

fn told(event: &Value) -> (&str, &str) {
    let text = |value: &Value| -> String { value.as_str().unwrap_or_default().to_owned() };
    assert_ne!(text(&event["cursor"]), "", "{event:#}");
    let status = event["run"]["status"].as_str().unwrap_or_default();
    (event["kind"].as_str().expect("a kind"), status)
}

/// A subscription that has begun: what it was told first is the run that waits in the queue.
async fn begun(client: &Client, app: &TestApp) -> Socket {
    let mut socket = client.socket().await;
    socket
        .subscribe("1", EVENTS, json!({"tenant": id(app.tenant())}))
        .await;
    assert_eq!(told(&event(&mut socket).await), ("SNAPSHOT", "QUEUED"));
    socket
}

#[actix_rt::test]
async fn a_subscription_ends_with_the_membership_and_the_connection_stays() {
    let app = TestApp::dispatcher().await;
    let api = served(&app).await;
    let tenant = app.tenant();
    let olivia = api.member(&app, tenant, "olivia", Role::Owner).await;
    let membership = api.membership(&app, tenant, "rita", Role::Readonly).await;
    let rita = api.person("rita");
    let schedule = app.schedule("Nightly", &[PolicyKind::ScopeTag]).await;
    let run = app.queue(&schedule, Trigger::Manual).await;
    let mut socket = begun(&rita, &app).await;
    let mut kept = begun(&olivia, &app).await;
    // Once nothing is active, only the look at who may know is left.
    app.ask_to_stop(&run).await;
    for socket in [&mut socket, &mut kept] {
        let end = event(socket).await;
        assert_eq!(told(&end), ("STATUS_CHANGED", "CANCELLED"));
    }
    let removed = olivia
        .change("removeTenantMember", json!({"memberId": id(membership)}))
        .await;
    assert_eq!(removed["userErrors"], json!([]), "{removed:#}");
    let ended = tokio::time::timeout(AT_MOST, socket.next()).await;
    let ended = ended.expect("an end in time");
    assert_eq!(
        (&ended["id"], &ended["type"]),
        (&json!("1"), &json!("error"))
    );
    assert_eq!(ended["payload"][0]["extensions"]["code"], "NOT_FOUND");
    // Who she is still holds.
    socket
        .subscribe("2", "{ viewer { actor { displayName } } }", json!({}))
        .await;
    let answer = socket.next().await;
    assert_eq!(
        (&answer["id"], &answer["type"]),
        (&json!("2"), &json!("next"))
    );
    assert_eq!(socket.next().await, json!({"id": "2", "type": "complete"}));
    let again = json!({"tenant": id(tenant)});
    socket.subscribe("1", EVENTS, again).await;
    let refused = socket.next().await;
    assert_eq!(refused["payload"][0]["extensions"]["code"], "NOT_FOUND");
    // Nobody else has lost anything.
    app.queue(&schedule, Trigger::Manual).await;
    let next = event(&mut kept).await;
    assert_eq!(told(&next), ("STATUS_CHANGED", "QUEUED"));
}

#[actix_rt::test]
async fn a_connection_ends_with_the_token() {
    let app = TestApp::dispatcher().await;
    let api = served(&app).await;
    let tenant = app.tenant();
    let olivia = api.member(&app, tenant, "olivia", Role::Owner).await;
    let automation = api.client(&app, tenant, Role::Readonly).await;
    let schedule = app.schedule("Nightly", &[PolicyKind::ScopeTag]).await;
    app.queue(&schedule, Trigger::Manual).await;
    let mut socket = begun(&automation, &app).await;
    let token = json!({"apiTokenId": id(automation.id.expect("a token"))});
    let revoked = olivia.change("revokeApiToken", token).await;
    assert_eq!(revoked["userErrors"], json!([]), "{revoked:#}");
    let closed = tokio::time::timeout(AT_MOST, socket.closed()).await;
    assert_eq!(closed.expect("an end in time"), 4403);
}

/// Runs that are queued and called off at once: two events each, all in one transaction.
async fn many_runs(app: &TestApp, schedule: &Schedule, count: usize) -> Vec<Run> {
    let schedule = schedule.clone();
    let tenant = schedule.tenant;
    let made = app.store.write_telling(move |db, notices, now| {
        let by = Actor::System(Component::CommandLine);
        let mut made = Vec::new();
        for _ in 0..count {
            let new = NewRun {
                schedule: &schedule,
                trigger: Trigger::Manual,
                full_read: false,
                by: by.clone(),
                origin: Default::default(),
            };
            let Started::Queued(run) = changes::start(db, &new, now)? else {
                panic!("another run is active");
            };
            changes::request_cancel(db, &run, (&by, &Default::default()), notices, now)?;
            made.push(run);
        }
        Ok::<_, StoreError>(made)
    });
    let made = made.await.unwrap();
    app.store.announce(tenant);
    made
}

/// Reads one event after the other, and checks that they are these and no others.
async fn hears(socket: &mut Socket, expected: &[(String, &str)]) {
    let mut cursors = BTreeSet::new();
    for (n, (run, status)) in expected.iter().enumerate() {
        let event = event(socket).await;
        assert_eq!(told(&event), ("STATUS_CHANGED", *status), "event {n}");
        assert_eq!(event["run"]["id"], **run, "event {n}");
        let cursor = event["cursor"].as_str().unwrap().to_owned();
        assert!(
            cursors.insert(cursor),
            "the cursor of event {n} is not its own"
        );
    }
}

/// Each event many times over, so that few of them fill what lies between server and client.
fn at_length() -> String {
    let run = "run { id status trigger attempt createdAt startedAt finishedAt cancelRequestedAt }";
    let runs: Vec<String> = (0..25).map(|n| format!("a{n}: {run}")).collect();
    EVENTS.replace("run {", &format!("{} run {{", runs.join(" ")))
}

#[actix_rt::test]
async fn whoever_does_not_read_for_long_misses_nothing() {
    let app = TestApp::dispatcher().await;
    let api = served(&app).await;
    let client = api.client(&app, app.tenant(), Role::Readonly).await;
    let schedule = app.schedule("Nightly", &[PolicyKind::ScopeTag]).await;
    let first = app.queue(&schedule, Trigger::Manual).await;
    let tenant = json!({"tenant": id(app.tenant())});
    let mut slow = client.narrow_socket().await;
    slow.subscribe("1", &at_length(), tenant).await;
    let snapshot = event(&mut slow).await;
    assert_eq!(told(&snapshot), ("SNAPSHOT", "QUEUED"));
    let mut fast = begun(&client, &app).await;

    app.ask_to_stop(&first).await;
    // More than are held for anybody.
    let runs = many_runs(&app, &schedule, 200).await;
    let mut expected = vec![(id(first.id), "CANCELLED")];
    for run in &runs {
        expected.extend([(id(run.id), "QUEUED"), (id(run.id), "CANCELLED")]);
    }
    // By then the events are all read, and most of them held no longer.
    hears(&mut fast, &expected).await;
    hears(&mut slow, &expected).await;
    // Nor does whoever comes back to a server on which others go on.
    let mut back = client.socket().await;
    let after = json!({"tenant": id(app.tenant()), "after": snapshot["cursor"]});
    back.subscribe("1", EVENTS, after).await;
    hears(&mut back, &expected).await;
    // All of them go on with the same event.
    let last = app.queue(&schedule, Trigger::Manual).await;
    for socket in [&mut fast, &mut slow, &mut back] {
        hears(socket, &[(id(last.id), "QUEUED")]).await;
    }
}
