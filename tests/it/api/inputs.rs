//! Inputs that break rules: the right error, all of them at once, and nothing changed.

use serde_json::{Value, json};
use tenantatlas::{
    domain::{kind::PolicyKind, role::Role},
    store::schedules,
};

use crate::support::{
    TestApp,
    client::{Api, document_of, id},
};

fn valid(tenant: &str) -> Value {
    json!({
        "tenantId": tenant,
        "name": "Nightly",
        "recurrence": {"frequency": "DAILY", "timeOfDay": "02:00", "timeZone": "Europe/Berlin"},
        "policyTypes": ["SETTINGS_CATALOG"],
    })
}

/// The same input with another value at a place.
fn with(mut input: Value, place: &str, value: Value) -> Value {
    let (parent, member) = place.rsplit_once('/').expect("a pointer");
    input.pointer_mut(parent).unwrap()[member] = value;
    input
}

#[actix_rt::test]
async fn what_breaks_a_rule_is_told_by_its_place() {
    let app = TestApp::start().await;
    let api = Api::serve(&app).await;
    let client = api.client(&app, app.tenant(), Role::Manager).await;
    app.schedule("Taken", &[PolicyKind::SettingsCatalog]).await;
    let tenant = id(app.tenant());
    let weekly = json!({"frequency": "WEEKLY", "timeOfDay": "02:00", "timeZone": "UTC"});
    let daily = json!({
        "frequency": "DAILY", "timeOfDay": "02:00", "timeZone": "UTC", "weekdays": ["MONDAY"]
    });
    let twice = with(
        weekly.clone(),
        "/weekdays",
        json!(["MONDAY", "FRIDAY", "MONDAY"]),
    );
    for (place, value, code, path) in [
        ("/name", json!(" \t"), "BLANK", "input.name"),
        ("/name", json!("x".repeat(121)), "TOO_LONG", "input.name"),
        ("/name", json!(" tAKEN "), "ALREADY_EXISTS", "input.name"),
        ("/policyTypes", json!([]), "REQUIRED", "input.policyTypes"),
        (
            "/policyTypes",
            json!(["SCOPE_TAG", "SCOPE_TAG"]),
            "DUPLICATE_VALUE",
            "input.policyTypes.1",
        ),
        (
            "/recurrence",
            weekly,
            "REQUIRED",
            "input.recurrence.weekdays",
        ),
        (
            "/recurrence",
            daily,
            "INCOMPATIBLE_VALUES",
            "input.recurrence.weekdays",
        ),
        (
            "/recurrence",
            twice,
            "DUPLICATE_VALUE",
            "input.recurrence.weekdays.2",
        ),
        (
            "/recurrence/spreadMinutes",
            json!(61),
            "OUT_OF_RANGE",
            "input.recurrence.spreadMinutes",
        ),
        (
            "/recurrence/spreadMinutes",
            json!(-1),
            "OUT_OF_RANGE",
            "input.recurrence.spreadMinutes",
        ),
        (
            "/retention",
            json!({"keepLast": 0}),
            "OUT_OF_RANGE",
            "input.retention.keepLast",
        ),
        (
            "/retention",
            json!({"keepLast": 366}),
            "OUT_OF_RANGE",
            "input.retention.keepLast",
        ),
        (
            "/idempotencyKey",
            json!("short"),
            "INVALID_VALUE",
            "input.idempotencyKey",
        ),
        (
            "/idempotencyKey",
            json!("with a space"),
            "INVALID_VALUE",
            "input.idempotencyKey",
        ),
    ] {
        let input = with(valid(&tenant), place, value);
        let faults = client.faults("createBackupSchedule", input.clone()).await;
        assert_eq!(faults, [(code.to_owned(), path.to_owned())], "{input}");
    }
    let tenant = app.tenant();
    assert_eq!(app.read(move |db| schedules::count(db, tenant)).await, 1);
}

#[actix_rt::test]
async fn everything_that_is_wrong_is_told_at_once() {
    let app = TestApp::start().await;
    let api = Api::serve(&app).await;
    let client = api.client(&app, app.tenant(), Role::Manager).await;
    let input = json!({
        "tenantId": id(app.tenant()),
        "name": "",
        "recurrence": {
            "frequency": "WEEKLY", "timeOfDay": "02:00", "timeZone": "UTC", "spreadMinutes": 99
        },
        "policyTypes": [],
        "retention": {"keepLast": 0},
        "idempotencyKey": "",
    });
    let faults = client.faults("createBackupSchedule", input).await;
    let codes: Vec<&str> = faults.iter().map(|(code, _)| code.as_str()).collect();
    let expected = [
        "INVALID_VALUE",
        "BLANK",
        "REQUIRED",
        "OUT_OF_RANGE",
        "REQUIRED",
        "OUT_OF_RANGE",
    ];
    assert_eq!(codes, expected);
}

#[actix_rt::test]
async fn values_outside_their_types_are_not_even_looked_at() {
    let app = TestApp::start().await;
    let api = Api::serve(&app).await;
    let client = api.client(&app, app.tenant(), Role::Manager).await;
    let tenant = id(app.tenant());
    let document = document_of("createBackupSchedule");
    for (place, value) in [
        ("/recurrence/timeZone", json!("W. Europe Standard Time")),
        ("/recurrence/timeZone", json!("europe/berlin")),
        ("/recurrence/timeZone", json!("+02:00")),
        ("/recurrence/timeOfDay", json!("24:00")),
        ("/recurrence/timeOfDay", json!("2:00")),
        ("/recurrence/frequency", json!("HOURLY")),
        ("/policyTypes", json!(["NO_SUCH_KIND"])),
        ("/policyTypes", json!(null)),
        ("/name", json!(7)),
        ("/enabled", json!("yes")),
        ("/surplus", json!(1)),
    ] {
        let input = with(valid(&tenant), place, value);
        let answer = client.ask(&document, json!({"input": input})).await;
        assert_eq!(answer.get("data"), None, "{place}");
        let code = &answer["errors"][0]["extensions"]["code"];
        assert_eq!(code, "GRAPHQL_VALIDATION_FAILED", "{place}: {answer:#}");
    }
}

#[actix_rt::test]
async fn null_is_not_the_same_as_absent() {
    let app = TestApp::start().await;
    let api = Api::serve(&app).await;
    let client = api.client(&app, app.tenant(), Role::Manager).await;
    let schedule = app
        .schedule("Nightly", &[PolicyKind::SettingsCatalog])
        .await;
    let schedule = id(schedule.id);
    for member in [
        "name",
        "recurrence",
        "policyTypes",
        "includeAssignments",
        "includeScopeTags",
        "retention",
    ] {
        let input = with(
            json!({"scheduleId": schedule}),
            &format!("/{member}"),
            Value::Null,
        );
        let faults = client.faults("updateBackupSchedule", input).await;
        assert_eq!(faults, [("REQUIRED".to_owned(), format!("input.{member}"))]);
    }
    let payload = client
        .change("updateBackupSchedule", json!({"scheduleId": schedule}))
        .await;
    assert_eq!(payload["schedule"]["revision"], 1);
}

#[actix_rt::test]
async fn filters_and_pages_have_rules_too() {
    let app = TestApp::start().await;
    let api = Api::serve(&app).await;
    let client = api.client(&app, app.tenant(), Role::Readonly).await;
    let tenant = id(app.tenant());
    for (field, code) in [
        (
            "backupRuns(first: 101) { totalCount }",
            "PAGE_SIZE_OUT_OF_RANGE",
        ),
        (
            "backupRuns(first: -1) { totalCount }",
            "PAGE_SIZE_OUT_OF_RANGE",
        ),
        (
            "backupRuns(last: 101) { totalCount }",
            "PAGE_SIZE_OUT_OF_RANGE",
        ),
        (
            "backupRuns(first: 1, last: 1) { totalCount }",
            "BAD_USER_INPUT",
        ),
        ("backupRuns(after: \"x\") { totalCount }", "INVALID_CURSOR"),
        (
            "backupRuns(filter: {createdAt: {}}) { totalCount }",
            "BAD_USER_INPUT",
        ),
        (
            "backupRuns(filter: {scheduleIds: [\"x\"]}) { totalCount }",
            "INVALID_ID",
        ),
        (
            "backupRuns(filter: {createdAt: {from: \"2026-01-02T00:00:00Z\", to: \"2026-01-01T00:00:00Z\"}}) { totalCount }",
            "BAD_USER_INPUT",
        ),
        (
            "policies(filter: {search: \"\"}) { totalCount }",
            "BAD_USER_INPUT",
        ),
        (
            "recurrencePreview(count: 51, recurrence: {frequency: DAILY, timeOfDay: \"02:00\", timeZone: \"UTC\"})",
            "BAD_USER_INPUT",
        ),
        (
            "recurrencePreview(recurrence: {frequency: WEEKLY, timeOfDay: \"02:00\", timeZone: \"UTC\"})",
            "BAD_USER_INPUT",
        ),
    ] {
        let query = format!("{{ tenant(id: \"{tenant}\") {{ {field} }} }}");
        assert_eq!(client.codes(&query, json!({})).await, [code], "{field}");
    }
}

#[actix_rt::test]
async fn a_tenant_has_so_many_schedules() {
    let app = TestApp::start().await;
    let api = Api::serve(&app).await;
    let client = api.client(&app, app.tenant(), Role::Manager).await;
    for number in 0..200 {
        app.schedule(&format!("Schedule {number}"), &[PolicyKind::ScopeTag])
            .await;
    }
    let faults = client
        .faults("createBackupSchedule", valid(&id(app.tenant())))
        .await;
    assert_eq!(faults, [("LIMIT_REACHED".to_owned(), String::new())]);
}
