//! Warnings: backups that grow old, and credentials about to expire.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use tenantatlas::{
    domain::{
        credential::{Credential, Means, Usage},
        kind::PolicyKind,
        role::Role,
        run::{RunStatus, Trigger},
        schedule::Schedule,
    },
    store::credentials,
};
use uuid::Uuid;

use crate::support::{
    TestApp, by_hand,
    client::{Api, Client, id},
    start_of_time,
};

const TAG: &[PolicyKind] = &[PolicyKind::ScopeTag];

async fn stale_since(client: &Client, schedule: &Schedule) -> Value {
    let query = "query($id: ID!) { backupSchedule(id: $id) { becameStaleAt } }";
    let mut data = client.data(query, json!({"id": id(schedule.id)})).await;
    data["backupSchedule"]["becameStaleAt"].take()
}

async fn stale_count(app: &TestApp, client: &Client) -> Value {
    let query = "query($id: ID!) { tenant(id: $id) { overview { staleScheduleCount } } }";
    let mut data = client.data(query, json!({"id": id(app.tenant())})).await;
    data["tenant"]["overview"]["staleScheduleCount"].take()
}

#[actix_rt::test]
async fn a_schedule_without_a_complete_set_for_twice_its_interval_is_stale_until_the_next_one() {
    let app = TestApp::working(by_hand()).await;
    let api = Api::serve(&app).await;
    let operator = app.person(app.tenant(), Role::Operator).await;
    let reader = app.person(app.tenant(), Role::Readonly).await;
    let rita = api.lasting_client(&app, app.tenant(), Role::Readonly).await;
    let schedule = app.schedule("Nightly", TAG).await;
    app.pass(TimeDelta::hours(3));
    let run = app.backed_up(&schedule).await;
    assert_eq!(run.state.status(), RunStatus::Succeeded);

    app.tick_at("2026-03-04T13:00:29Z").await;
    assert_eq!(app.told(operator, "BACKUP_STALE").await, 0);
    assert_eq!(stale_since(&rita, &schedule).await, Value::Null);
    assert_eq!(stale_count(&app, &rita).await, 0);
    app.tick_at("2026-03-04T13:00:30Z").await;
    assert_eq!(app.told(operator, "BACKUP_STALE").await, 1);
    assert_eq!(app.told(reader, "BACKUP_STALE").await, 0);
    let since = stale_since(&rita, &schedule).await;
    assert_eq!(since, "2026-03-04T13:00:30.000Z");
    assert_eq!(stale_count(&app, &rita).await, 1);
    app.tick_at("2026-03-04T14:00:00Z").await;
    assert_eq!(app.told(operator, "BACKUP_STALE").await, 1);
    let text =
        "SELECT title || ': ' || body AS line FROM notifications WHERE kind = 'BACKUP_STALE'";
    let told = app.lines(text).await;
    assert_eq!(
        told,
        [
            "Backups of “Nightly” are out of date: “Nightly”: no complete backup since 2026-03-02 13:00 UTC.\n\
          That is twice as long as the schedule's interval. Look at its last runs for what went wrong."
        ]
    );

    app.backed_up(&app.reloaded(&schedule).await).await;
    assert_eq!(stale_since(&rita, &schedule).await, Value::Null);
    assert_eq!(stale_count(&app, &rita).await, 0);
    app.tick_at("2026-03-09T00:00:00Z").await;
    assert_eq!(app.told(operator, "BACKUP_STALE").await, 2);
}

#[actix_rt::test]
async fn people_hear_once_of_all_schedules_of_a_tenant_and_not_of_those_that_do_not_fire() {
    let app = TestApp::dispatcher().await;
    let api = Api::serve(&app).await;
    let operator = app.person(app.tenant(), Role::Operator).await;
    let marco = api.lasting_client(&app, app.tenant(), Role::Manager).await;
    app.schedule("One", TAG).await;
    app.schedule("Two", TAG).await;
    let stopped = app.schedule("Stopped", TAG).await;
    let of = json!({"scheduleId": id(stopped.id)});
    marco.change("disableBackupSchedule", of.clone()).await;
    app.tick_at("2026-03-06T00:00:00Z").await;
    assert_eq!(app.told(operator, "BACKUP_STALE").await, 1);
    let title =
        "SELECT title AS line FROM notifications WHERE kind = 'BACKUP_STALE' GROUP BY title";
    assert_eq!(
        app.lines(title).await,
        ["Backups of 2 schedules are out of date"]
    );
    assert_eq!(stale_since(&marco, &stopped).await, Value::Null);
    // Its age counts from when it fires again.
    marco.change("enableBackupSchedule", of).await;
    app.tick_at("2026-03-07T23:59:59Z").await;
    assert_eq!(app.told(operator, "BACKUP_STALE").await, 1);
    app.tick_at("2026-03-08T00:00:00Z").await;
    assert_eq!(app.told(operator, "BACKUP_STALE").await, 2);
}

#[actix_rt::test]
async fn a_run_under_way_may_end_it_before_anybody_is_told() {
    let app = TestApp::dispatcher().await;
    let api = Api::serve(&app).await;
    let operator = app.person(app.tenant(), Role::Operator).await;
    let rita = api.lasting_client(&app, app.tenant(), Role::Readonly).await;
    let schedule = app.schedule("Nightly", TAG).await;
    app.tick_at("2026-03-04T09:00:00Z").await;
    let run = app.queue(&schedule, Trigger::Manual).await;
    app.tick_at("2026-03-04T10:30:00Z").await;
    assert_eq!(app.told(operator, "BACKUP_STALE").await, 0);
    assert_eq!(stale_count(&app, &rita).await, 1);
    // It ends without a set.
    app.pretend_success(&run).await;
    app.tick_at("2026-03-04T10:34:59Z").await;
    assert_eq!(app.told(operator, "BACKUP_STALE").await, 0);
    app.tick_at("2026-03-04T10:35:00Z").await;
    assert_eq!(app.told(operator, "BACKUP_STALE").await, 1);
}

#[actix_rt::test]
async fn rows_of_an_older_version_are_looked_at_and_a_broken_one_stops_nothing() {
    let app = TestApp::working(by_hand()).await;
    let operator = app.person(app.tenant(), Role::Operator).await;
    let (backed_up, never) = (
        app.schedule("Backed up", TAG).await,
        app.schedule("Never", TAG).await,
    );
    let broken = app.schedule("Broken", TAG).await;
    app.pass(TimeDelta::days(1));
    app.backed_up(&backed_up).await;
    app.tamper(
        "UPDATE schedules SET fresh_since = NULL, stale_at = NULL, stale_tell_at = NULL".to_owned(),
    )
    .await;
    app.tamper(format!(
        "UPDATE schedules SET time_zone = 'Nowhere/Land' WHERE id = '{}'",
        broken.id
    ))
    .await;
    // An age that nobody knows is not old.
    assert_eq!(app.reloaded(&never).await.stale_at(), None);
    let at = start_of_time() + TimeDelta::days(1) + TimeDelta::hours(1);
    app.tick_at(&at.to_rfc3339()).await;
    assert_eq!(app.told(operator, "BACKUP_STALE").await, 0);
    let stale_at = async |schedule: &Schedule| app.reloaded(schedule).await.stale_at();
    let days = |days| Some(start_of_time() + TimeDelta::days(days));
    assert_eq!(stale_at(&never).await, days(2));
    assert_eq!(stale_at(&backed_up).await, days(3));
    // An older server beside this one stores a set and notes nothing of it.
    app.tamper(format!(
        "UPDATE schedules SET fresh_since = '2026-02-01 00:00:00', stale_at = '2026-02-03 00:00:00', \
         stale_tell_at = '2026-02-03 00:00:00' WHERE id = '{}'",
        backed_up.id
    ))
    .await;
    app.tick().await;
    assert_eq!(app.told(operator, "BACKUP_STALE").await, 0);
    assert_eq!(stale_at(&backed_up).await, days(3));
}

async fn store_credential(app: &TestApp, expires_at: Option<DateTime<Utc>>) {
    let credential = Credential {
        tenant: app.tenant(),
        means: Means::ClientSecret { expires_at },
        client_id: Uuid::nil(),
        sealed_secret: Vec::new(),
        updated_at: app.clock_now(),
        usage: Usage::default(),
    };
    app.write(move |db, _| credentials::set(db, &credential))
        .await;
}

#[actix_rt::test]
async fn people_are_warned_30_14_and_3_days_before_a_credential_expires_and_when_it_has() {
    let app = TestApp::dispatcher().await;
    let operator = app.person(app.tenant(), Role::Operator).await;
    let end = start_of_time() + TimeDelta::days(40);
    store_credential(&app, Some(end)).await;
    for (days_left, told) in [
        (40, 0),
        (31, 0),
        (30, 1),
        (29, 1),
        (14, 2),
        (4, 2),
        (3, 3),
        (1, 3),
        (0, 4),
        (-9, 4),
    ] {
        let at = end - TimeDelta::days(days_left);
        app.tick_at(&at.to_rfc3339()).await;
        app.tick().await;
        let found = app.told(operator, "CREDENTIAL_EXPIRING").await;
        assert_eq!(found, told, "{days_left} days before the end");
    }
    let name = app.graph.tenants()[0].name.clone();
    let titles = "SELECT title AS line FROM notifications WHERE kind = 'CREDENTIAL_EXPIRING' ORDER BY created_at";
    let expected = [
        "expires in 30 days",
        "expires in 14 days",
        "expires in 3 days",
        "has expired",
    ]
    .map(|when| format!("The Graph credential of {name} {when}"));
    assert_eq!(app.lines(titles).await, expected);
    // One that is stored late is warned of at once, and of what came due meanwhile once.
    store_credential(&app, Some(app.clock_now() + TimeDelta::days(2))).await;
    app.tick().await;
    assert_eq!(app.told(operator, "CREDENTIAL_EXPIRING").await, 5);
    store_credential(&app, None).await;
    app.tick_at("2026-05-20T00:00:00Z").await;
    assert_eq!(app.told(operator, "CREDENTIAL_EXPIRING").await, 5);
}
