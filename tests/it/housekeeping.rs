//! What is old goes, and what follows from it for those who come back.

use std::time::Duration;

use chrono::TimeDelta;
use serde_json::{Value, json};
use tenantatlas::{
    api::{ApiSettings, Limits, SocketLimits},
    clock::ManualClock,
    domain::{kind::PolicyKind, role::Role, run::Trigger},
    workers::{KeepSettings, WorkerSettings},
};

use crate::support::{
    TestApp, by_hand,
    client::{Api, Client, document_of, id},
    dispatch_only, sql_instant,
};

/// The time between two steps of a round.
pub(crate) fn breath() -> TimeDelta {
    TimeDelta::milliseconds(100)
}

/// How often a round has waited between two steps.
pub(crate) fn breaths(clock: &ManualClock) -> usize {
    let waits = clock.waits();
    waits.iter().filter(|wait| **wait == breath()).count()
}

/// Ticks when a round is due, and waits until as many rows of a table are left as expected.
async fn swept(app: &TestApp, table: &str, left: i64) {
    swept_of(app, table, "1 = 1", left).await;
}

/// The same, of those rows that fit a condition.
async fn swept_of(app: &TestApp, table: &str, which: &str, left: i64) {
    let waited = tokio::time::timeout(Duration::from_secs(60), async {
        loop {
            // The round before may not be over yet, and then this tick begins none.
            app.tick().await;
            if app.count(table, which).await == left {
                return;
            }
            // The next step waits for the clock, if the last one was a full one.
            app.pass(breath());
        }
    });
    if waited.await.is_err() {
        let found = app.count(table, which).await;
        panic!("{table} has {found} rows, not {left}");
    }
}

async fn quick(app: &TestApp) -> Api {
    let settings = ApiSettings {
        limits: Limits {
            sockets: SocketLimits {
                poll: Duration::from_millis(50),
                ..SocketLimits::default()
            },
            ..Limits::default()
        },
        ..ApiSettings::default()
    };
    Api::with(app, settings).await
}

const EVENTS: &str = "subscription($tenant: ID!, $after: String) {
    backupRunEvents(tenantId: $tenant, after: $after) { cursor kind run { status } }
}";

/// The first event of a subscription after a cursor.
async fn first_event(client: &Client, app: &TestApp, after: &Value) -> Value {
    let mut socket = client.socket().await;
    let variables = json!({"tenant": id(app.tenant()), "after": after});
    socket.subscribe("1", EVENTS, variables).await;
    let mut message = socket.next().await;
    assert_eq!(message["type"], "next", "{message:#}");
    message["payload"]["data"]["backupRunEvents"].take()
}

#[actix_rt::test]
async fn events_go_after_a_day_and_whoever_missed_some_has_to_start_afresh() {
    let app = TestApp::working(by_hand()).await;
    let schedule = app.schedule("Nightly", &[PolicyKind::ScopeTag]).await;
    let api = quick(&app).await;
    let client = api.client(&app, app.tenant(), Role::Readonly).await;
    let run = app.queue(&schedule, Trigger::Manual).await;
    let snapshot = first_event(&client, &app, &Value::Null).await;
    assert_eq!(snapshot["kind"], "SNAPSHOT");
    let seen = snapshot["cursor"].clone();
    app.workers.hint(app.tenant());
    app.settled(&run).await;
    assert_eq!(app.count("run_events", "1 = 1").await, 3);
    app.pass(TimeDelta::hours(23));
    app.tick().await;
    let replayed = first_event(&client, &app, &seen).await;
    assert_eq!(replayed["run"]["status"], "RUNNING");
    // The slot of the night was missed by that tick: one more event, which is younger.
    let latest = app.count("run_events", "1 = 1").await;
    app.pass(TimeDelta::hours(2));
    swept(&app, "run_events", latest - 3).await;
    let client = api.client(&app, app.tenant(), Role::Readonly).await;
    let lost = first_event(&client, &app, &seen).await;
    assert_eq!(lost["kind"], "RESYNC_REQUIRED");
    // When nothing at all is left, whoever has seen everything goes on, and nobody else.
    let current = lost["cursor"].clone();
    app.tamper("DELETE FROM run_events".to_owned()).await;
    let lost = first_event(&client, &app, &seen).await;
    assert_eq!(
        (&lost["kind"], &lost["cursor"]),
        (&json!("RESYNC_REQUIRED"), &current)
    );
    let mut socket = client.socket().await;
    let variables = json!({"tenant": id(app.tenant()), "after": current});
    socket.subscribe("1", EVENTS, variables).await;
    app.run_now(&schedule).await;
    let message = socket.next().await;
    let event = &message["payload"]["data"]["backupRunEvents"];
    assert_eq!(event["run"]["status"], "QUEUED", "{message:#}");
}

#[actix_rt::test]
async fn a_heap_goes_in_steps_with_a_breath_between() {
    let app = TestApp::dispatcher().await;
    let person = app.person(app.tenant(), Role::Operator).await;
    let made = sql_instant(app.clock_now());
    let rows: Vec<String> = (0..1_200)
        .map(|n| {
            format!(
                "('{n}', '{person}', '{}', 'RUN_FAILED', 'ERROR', 't', '', 'RUN', 'x', '{made}')",
                app.tenant()
            )
        })
        .collect();
    app.tamper(format!(
        "INSERT INTO notifications (id, user_id, tenant_id, kind, severity, title, body, subject_kind, \
         subject_id, created_at) VALUES {}",
        rows.join(", ")
    ))
    .await;
    app.pass(TimeDelta::days(89));
    app.tick().await;
    assert_eq!(app.count("notifications", "1 = 1").await, 1_200);
    app.pass(TimeDelta::days(2));
    swept(&app, "notifications", 0).await;
    assert_eq!(
        breaths(&app.clock),
        2,
        "1,200 rows are two full steps and one that is not"
    );
}

#[actix_rt::test]
async fn everything_goes_at_its_own_age() {
    let app = TestApp::dispatcher().await;
    let api = quick(&app).await;
    let schedule = app.schedule("Nightly", &[PolicyKind::ScopeTag]).await;
    let manager = api.client(&app, app.tenant(), Role::Manager).await;
    let operator = api.client(&app, app.tenant(), Role::Operator).await;
    let disable = json!({"scheduleId": id(schedule.id)});
    let refused = json!({"input": disable});
    let document = document_of("disableBackupSchedule");
    assert_eq!(operator.codes(&document, refused).await, ["FORBIDDEN"]);
    manager.change("disableBackupSchedule", disable).await;
    let run = json!({"scheduleId": id(schedule.id), "idempotencyKey": "by-hand-1"});
    manager.change("runBackupScheduleNow", run).await;
    for (age, table, left) in [
        (TimeDelta::hours(23), "idempotency_keys", 1),
        (TimeDelta::hours(25), "idempotency_keys", 0),
        (TimeDelta::hours(25), "refusals", 0),
        (TimeDelta::hours(25), "api_tokens", 2),
        // They held for a day.
        (TimeDelta::days(90), "api_tokens", 2),
        (TimeDelta::days(92), "api_tokens", 0),
        (TimeDelta::days(399), "audit_log", 3),
        (TimeDelta::days(401), "audit_log", 0),
    ] {
        app.clock.set(crate::support::start_of_time() + age);
        swept(&app, table, left).await;
    }
}

#[actix_rt::test]
async fn revoked_tokens_count_from_their_revocation() {
    let app = TestApp::dispatcher().await;
    let api = quick(&app).await;
    api.client(&app, app.tenant(), Role::Manager).await;
    let far = sql_instant(app.clock_now() + TimeDelta::days(365));
    app.tamper(format!("UPDATE api_tokens SET expires_at = '{far}'"))
        .await;
    app.pass(TimeDelta::days(91));
    swept(&app, "api_tokens", 1).await;
    app.tamper("UPDATE api_tokens SET revoked_at = created_at".to_owned())
        .await;
    app.pass(TimeDelta::hours(2));
    swept(&app, "api_tokens", 0).await;
}

#[actix_rt::test]
async fn ages_are_settings_and_clients_are_told() {
    let hour = Duration::from_secs(3_600);
    let app = TestApp::working(WorkerSettings {
        keep: KeepSettings {
            events: hour,
            ..KeepSettings::default()
        },
        ..dispatch_only()
    })
    .await;
    let api = Api::with(
        &app,
        ApiSettings {
            limits: Limits {
                events_kept: hour,
                ..Limits::default()
            },
            ..ApiSettings::default()
        },
    )
    .await;
    let client = api.client(&app, app.tenant(), Role::Readonly).await;
    let info = "{ serverInfo { limits { eventRetentionSeconds } } }";
    let data = client.data(info, json!({})).await;
    assert_eq!(data["serverInfo"]["limits"]["eventRetentionSeconds"], 3_600);
    let schedule = app.schedule("Nightly", &[PolicyKind::ScopeTag]).await;
    app.queue(&schedule, Trigger::Manual).await;
    app.pass(TimeDelta::minutes(61));
    swept(&app, "run_events", 0).await;
}

#[actix_rt::test]
async fn several_servers_keep_house_at_once() {
    let app = TestApp::dispatcher().await;
    let schedule = app.schedule("Nightly", &[PolicyKind::ScopeTag]).await;
    app.queue(&schedule, Trigger::Manual).await;
    let person = app.person(app.tenant(), Role::Operator).await;
    app.tamper(format!(
        "INSERT INTO notifications (id, user_id, tenant_id, kind, severity, title, body, subject_kind, \
         subject_id, created_at) VALUES ('1', '{person}', '{}', 'RUN_FAILED', 'ERROR', 't', '', 'RUN', 'x', '{}')",
        app.tenant(),
        sql_instant(app.clock_now())
    ))
    .await;
    app.pass(TimeDelta::days(91));
    // Their first rounds are due now, and none is under way from before.
    let others = [
        app.another_server(dispatch_only()),
        app.another_server(dispatch_only()),
    ];
    let ticks = others.iter().map(|server| server.tick());
    futures_util::future::join_all(ticks).await;
    swept_of(&app, "notifications", "id = '1'", 0).await;
    swept_of(&app, "run_events", "sequence = 1", 0).await;
    for server in others {
        server.stop().await;
    }
}
