//! A schedule's life: made, changed, stopped, deleted.

use serde_json::{Value, json};
use tenantatlas::domain::{kind::PolicyKind, role::Role};

use crate::support::{
    TestApp,
    client::{Api, Client, id},
};

async fn manager(app: &TestApp) -> (Api, Client) {
    let api = Api::serve(app).await;
    let client = api.client(app, app.tenant(), Role::Manager).await;
    (api, client)
}

fn recurrence(time: &str, spread: i32) -> Value {
    json!({
        "frequency": "DAILY", "timeOfDay": time, "timeZone": "Europe/Berlin",
        "spreadMinutes": spread,
    })
}

#[actix_rt::test]
async fn a_schedule_is_made_as_it_was_asked_for() {
    let app = TestApp::start().await;
    let (_api, client) = manager(&app).await;
    let input = json!({
        "tenantId": id(app.tenant()),
        "name": "  Weekly scripts ",
        "recurrence": {
            "frequency": "WEEKLY", "weekdays": ["SUNDAY", "WEDNESDAY"], "timeOfDay": "02:30",
            "timeZone": "Europe/Berlin",
        },
        "policyTypes": ["SHELL_SCRIPT", "DEVICE_CONFIGURATION"],
    });
    let made = client.change("createBackupSchedule", input).await;
    let query = "query($id: ID!) { backupSchedule(id: $id) {
        name enabled nextRunAt lastRunAt activeRun { id } disabledReason revision
        recurrence { frequency weekdays timeOfDay timeZone spreadMinutes }
        policyTypes includeAssignments includeScopeTags retention { keepLast }
        createdBy { __typename displayName } tenant { id } deletedAt
    } }";
    let data = client
        .data(query, json!({"id": made["schedule"]["id"]}))
        .await;
    let expected = json!({
        "name": "Weekly scripts", "enabled": true, "nextRunAt": "2026-03-04T01:30:00.000Z",
        "lastRunAt": null, "activeRun": null, "disabledReason": null, "revision": 1,
        "recurrence": {
            "frequency": "WEEKLY", "weekdays": ["WEDNESDAY", "SUNDAY"], "timeOfDay": "02:30",
            "timeZone": "Europe/Berlin", "spreadMinutes": 0,
        },
        "policyTypes": ["DEVICE_CONFIGURATION", "SHELL_SCRIPT"],
        "includeAssignments": true, "includeScopeTags": true, "retention": {"keepLast": 30},
        "createdBy": {"__typename": "ApiToken", "displayName": "automation"},
        "tenant": {"id": id(app.tenant())}, "deletedAt": null,
    });
    assert_eq!(data["backupSchedule"], expected);
}

#[actix_rt::test]
async fn only_another_time_moves_the_slot() {
    let app = TestApp::start().await;
    let (_api, client) = manager(&app).await;
    let schedule = app
        .schedule("Nightly", &[PolicyKind::SettingsCatalog])
        .await;
    let schedule = id(schedule.id);
    // A slot that is past, and that no tick has dispatched yet.
    let next = "2026-03-02T01:00:00.000Z";
    app.execute(
        "UPDATE schedules SET next_run_at = '2026-03-02 01:00:00', next_date = '2026-03-02'",
    )
    .await;
    for (member, value, expected, revision) in [
        ("name", json!("Every night"), next, 2),
        ("recurrence", recurrence("02:00", 0), next, 2),
        ("recurrence", recurrence("02:00", 30), next, 3),
        ("retention", json!({"keepLast": 7}), next, 4),
        (
            "recurrence",
            recurrence("03:00", 30),
            "2026-03-03T02:00:00.000Z",
            5,
        ),
    ] {
        let input = json!({"scheduleId": schedule, member: value});
        let payload = client.change("updateBackupSchedule", input).await;
        let found = (
            &payload["schedule"]["nextRunAt"],
            &payload["schedule"]["revision"],
        );
        assert_eq!(found, (&json!(expected), &json!(revision)), "{member}");
    }
}

#[actix_rt::test]
async fn a_change_of_a_revision_that_is_past_is_refused() {
    let app = TestApp::start().await;
    let (_api, client) = manager(&app).await;
    let schedule = app
        .schedule("Nightly", &[PolicyKind::SettingsCatalog])
        .await;
    let schedule = id(schedule.id);
    let change = json!({"scheduleId": schedule, "expectedRevision": 1, "name": "First"});
    let payload = client.change("updateBackupSchedule", change).await;
    assert_eq!(payload["schedule"]["revision"], 2);
    let stale = [(
        "STALE_REVISION".to_owned(),
        "input.expectedRevision".to_owned(),
    )];
    for mutation in [
        "updateBackupSchedule",
        "disableBackupSchedule",
        "enableBackupSchedule",
        "deleteBackupSchedule",
    ] {
        let late = json!({"scheduleId": schedule, "expectedRevision": 1});
        assert_eq!(client.faults(mutation, late).await, stale, "{mutation}");
    }
}

#[actix_rt::test]
async fn a_schedule_is_stopped_and_started() {
    let app = TestApp::start().await;
    let (_api, client) = manager(&app).await;
    let schedule = app
        .schedule("Nightly", &[PolicyKind::SettingsCatalog])
        .await;
    let input = json!({"scheduleId": id(schedule.id)});
    for (mutation, enabled, next, revision) in [
        (
            "enableBackupSchedule",
            true,
            json!("2026-03-03T01:00:00.000Z"),
            1,
        ),
        ("disableBackupSchedule", false, Value::Null, 2),
        ("disableBackupSchedule", false, Value::Null, 2),
        (
            "enableBackupSchedule",
            true,
            json!("2026-03-03T01:00:00.000Z"),
            3,
        ),
    ] {
        let payload = client.change(mutation, input.clone()).await;
        let schedule = &payload["schedule"];
        assert_eq!(schedule["enabled"], enabled, "{mutation}");
        assert_eq!(schedule["nextRunAt"], next, "{mutation}");
        assert_eq!(schedule["revision"], revision, "{mutation}");
    }
}

#[actix_rt::test]
async fn a_deleted_schedule_is_reached_from_its_runs_only() {
    let app = TestApp::start().await;
    let (_api, client) = manager(&app).await;
    let schedule = app
        .schedule("Nightly", &[PolicyKind::SettingsCatalog])
        .await;
    let run = app.backed_up(&schedule).await;
    let input = json!({"scheduleId": id(schedule.id)});
    let payload = client.change("deleteBackupSchedule", input.clone()).await;
    assert_eq!(payload["deletedScheduleId"], id(schedule.id));
    let query = "query($run: ID!, $tenant: ID!) {
        backupScheduleRun(id: $run) { schedule { name deletedAt nextRunAt } backupSet { id } }
        tenant(id: $tenant) { backupSchedules { totalCount } backupRuns { totalCount } }
    }";
    let variables = json!({"run": id(run.id), "tenant": id(app.tenant())});
    let data = client.data(query, variables).await;
    assert_eq!(data["backupScheduleRun"]["schedule"]["name"], "Nightly");
    assert_ne!(
        data["backupScheduleRun"]["schedule"]["deletedAt"],
        Value::Null
    );
    assert_ne!(data["backupScheduleRun"]["backupSet"], Value::Null);
    assert_eq!(data["tenant"]["backupSchedules"]["totalCount"], 0);
    assert_eq!(data["tenant"]["backupRuns"]["totalCount"], 1);
    let gone = [("NOT_FOUND".to_owned(), "input.scheduleId".to_owned())];
    for mutation in [
        "deleteBackupSchedule",
        "enableBackupSchedule",
        "updateBackupSchedule",
    ] {
        assert_eq!(
            client.faults(mutation, input.clone()).await,
            gone,
            "{mutation}"
        );
    }
    // The name is free again.
    app.schedule("Nightly", &[PolicyKind::SettingsCatalog])
        .await;
}

#[actix_rt::test]
async fn deleting_a_schedule_stops_its_active_run() {
    let app = TestApp::start().await;
    let (_api, client) = manager(&app).await;
    let schedule = app
        .schedule("Nightly", &[PolicyKind::SettingsCatalog])
        .await;
    app.graph.hold("configurationPolicies");
    let run = app.run_now(&schedule).await;
    client
        .change(
            "deleteBackupSchedule",
            json!({"scheduleId": id(schedule.id)}),
        )
        .await;
    let run = app.settled(&run).await;
    assert_eq!(run.state.status().as_str(), "CANCELLED");
}

#[actix_rt::test]
async fn changes_are_written_down_with_what_they_changed() {
    let app = TestApp::start().await;
    let (_api, client) = manager(&app).await;
    let schedule = app
        .schedule("Nightly", &[PolicyKind::SettingsCatalog])
        .await;
    let input = json!({"scheduleId": id(schedule.id), "name": "Every night"});
    client.change("updateBackupSchedule", input).await;
    let changes = app
        .lines("SELECT changes AS line FROM audit_log WHERE action = 'SCHEDULE_UPDATED'")
        .await;
    let changes: Vec<Value> = changes
        .iter()
        .map(|it| serde_json::from_str(it).unwrap())
        .collect();
    assert_eq!(
        changes,
        [json!({"name": {"before": "Nightly", "after": "Every night"}})]
    );
}
