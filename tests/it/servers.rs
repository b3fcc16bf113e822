//! Several servers on one database: what one of them writes, subscribers of the others see.

use std::time::Duration;

use serde_json::{Value, json};
use tenantatlas::{
    api::{ApiSettings, Limits, SocketLimits},
    domain::{
        ids::TenantId,
        kind::PolicyKind,
        role::Role,
        run::{Progress, Trigger},
    },
    store::{
        Store,
        hints::{self, Hints},
        leases::{self, Held},
        streams::Stream,
    },
};
use tokio::time::timeout;

use crate::support::{
    TestApp,
    client::{Api, Client, Socket, id, in_a_hurry},
};

const EVENTS: &str = "subscription($tenant: ID!, $after: String) {
    backupRunEvents(tenantId: $tenant, after: $after) {
        cursor kind run { id status progress { processedPolicies } }
    }
}";

const EVER: Duration = Duration::from_secs(60 * 60);
const LONG: Duration = Duration::from_secs(60);

/// A server of its own on the test's database, whose subscribers look at the tables this often unless
/// they are told of something.
async fn another(app: &TestApp, poll: Duration) -> (Api, Store) {
    let settings = in_a_hurry();
    let sockets = SocketLimits {
        poll,
        recheck: poll,
        ..SocketLimits::default()
    };
    let limits = Limits {
        sockets,
        ..settings.limits
    };
    let store = app.opened_again();
    let api = Api::of_store(app, store.clone(), ApiSettings { limits, ..settings });
    (api.await, store)
}

/// Exchanges hints of two stores, and resolves when what the one announces is heard by the other.
async fn exchanging(from: &Store, to: &Store, tenant: TenantId) -> [Hints; 2] {
    let both = [from, to].map(|store| hints::exchange(store).unwrap().unwrap());
    heard(from, to, tenant).await;
    both
}

async fn heard(from: &Store, to: &Store, tenant: TenantId) {
    let mut announcements = to.announcements();
    let hearing = async {
        loop {
            from.announce(tenant);
            let next = timeout(Duration::from_millis(100), announcements.recv());
            if let Ok(Ok(heard)) = next.await {
                assert_eq!(heard.stream, Stream::Tenant(tenant));
                return;
            }
        }
    };
    timeout(LONG, hearing).await.expect("a hint");
}

async fn following(client: &Client, app: &TestApp, after: Option<&str>) -> Socket {
    let mut socket = client.socket().await;
    let variables = json!({"tenant": id(app.tenant()), "after": after});
    socket.subscribe("1", EVENTS, variables).await;
    socket
}

/// The status that a run has come to, and the place of that in the stream.
async fn told(socket: &mut Socket) -> (String, String) {
    let message = timeout(LONG, socket.next()).await.expect("an event");
    let event = &message["payload"]["data"]["backupRunEvents"];
    let text = |value: &Value| {
        value
            .as_str()
            .unwrap_or_else(|| panic!("{message:#}"))
            .to_owned()
    };
    (text(&event["run"]["status"]), text(&event["cursor"]))
}

#[actix_rt::test]
async fn what_one_server_writes_the_others_tell_without_looking() {
    let app = TestApp::dispatcher().await;
    if app.database.is_embedded() {
        // It has one server.
        return;
    }
    let (api, elsewhere) = another(&app, EVER).await;
    let tenant = app.tenant();
    let hints = exchanging(&app.store, &elsewhere, tenant).await;
    let reader = api.client(&app, tenant, Role::Readonly).await;
    let here = Api::serve(&app).await;
    let operator = here.client(&app, tenant, Role::Operator).await;
    let schedule = app.schedule("Nightly", &[PolicyKind::ScopeTag]).await;
    let ask = |key: &str| json!({"scheduleId": id(schedule.id), "idempotencyKey": key});
    let run = operator
        .change("runBackupScheduleNow", ask("first-click"))
        .await;
    // Told as it stands when the subscription begins.
    let mut socket = following(&reader, &app, None).await;
    assert_eq!(told(&mut socket).await.0, "QUEUED");
    let cancelled = json!({"runId": run["run"]["id"]});
    operator.change("cancelBackupScheduleRun", cancelled).await;
    assert_eq!(told(&mut socket).await.0, "CANCELLED");
    // Without its connection each makes itself another one.
    app.database.cut_off();
    heard(&app.store, &elsewhere, tenant).await;
    operator
        .change("runBackupScheduleNow", ask("second-click"))
        .await;
    assert_eq!(told(&mut socket).await.0, "QUEUED");
    drop(hints);
}

#[actix_rt::test]
async fn a_subscriber_goes_on_at_another_server() {
    let app = TestApp::dispatcher().await;
    let often = Duration::from_millis(50);
    let [(first, _), (second, _)] = [another(&app, often).await, another(&app, often).await];
    let tenant = app.tenant();
    let schedule = app.schedule("Nightly", &[PolicyKind::ScopeTag]).await;
    let here = first.client(&app, tenant, Role::Readonly).await;
    let there = second.client(&app, tenant, Role::Readonly).await;
    let run = app.queue(&schedule, Trigger::Manual).await;
    let mut socket = following(&here, &app, None).await;
    let (status, cursor) = told(&mut socket).await;
    assert_eq!(status, "QUEUED");
    // The server dies with everything that it was about to tell.
    drop(socket);
    first.stop().await;
    app.ask_to_stop(&run).await;
    let next = app.queue(&schedule, Trigger::Manual).await;
    let mut socket = following(&there, &app, Some(&cursor)).await;
    assert_eq!(told(&mut socket).await.0, "CANCELLED");
    assert_eq!(told(&mut socket).await.0, "QUEUED");
    app.ask_to_stop(&next).await;
    assert_eq!(told(&mut socket).await.0, "CANCELLED");
}

#[actix_rt::test]
async fn how_far_a_run_of_one_server_is_the_others_tell() {
    let app = TestApp::start().await;
    let (api, _) = another(&app, Duration::from_millis(50)).await;
    let reader = api.client(&app, app.tenant(), Role::Readonly).await;
    let schedule = app
        .schedule("Nightly", &[PolicyKind::DeviceConfiguration])
        .await;
    let gate = app.graph.hold("*/deviceConfigurations");
    let run = app.run_now(&schedule).await;
    gate.arrived().await;
    let mut socket = following(&reader, &app, None).await;
    assert_eq!(told(&mut socket).await.0, "RUNNING");
    let run = app.run(&run).await;
    let progress = Progress {
        processed: 4_711,
        ..run.progress
    };
    app.write(move |db, _| leases::note_progress(db, Held::of(&run), &progress))
        .await;
    let message = timeout(LONG, socket.next()).await.expect("an event");
    let event = &message["payload"]["data"]["backupRunEvents"];
    assert_eq!(event["kind"], "PROGRESS", "{message:#}");
    assert_eq!(event["run"]["progress"]["processedPolicies"], 4_711);
    gate.open();
}
