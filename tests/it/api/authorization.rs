//! Who may do what: every operation with every role.

use std::collections::BTreeSet;

use diesel::{QueryableByName, RunQueryDsl, sql_types::Text};
use serde_json::{Value, json};
use tenantatlas::{
    api::sdl,
    domain::{ids::BackupSetId, kind::PolicyKind, role::Role, run::Run, schedule::Schedule},
};

use crate::support::{
    TestApp,
    client::{Api, codes, document_of, id},
};

/// The lowest role of each mutation.
const MUTATIONS: [(&str, Role); 10] = [
    ("createBackupSchedule", Role::Manager),
    ("updateBackupSchedule", Role::Manager),
    ("deleteBackupSchedule", Role::Manager),
    ("enableBackupSchedule", Role::Manager),
    ("disableBackupSchedule", Role::Manager),
    ("runBackupScheduleNow", Role::Operator),
    ("retryBackupScheduleRun", Role::Operator),
    ("cancelBackupScheduleRun", Role::Operator),
    ("deleteBackupSet", Role::Manager),
    ("undeleteBackupSet", Role::Manager),
];

/// The mutations that are for people alone: their own tests say for whom.
const FOR_PEOPLE: [&str; 10] = [
    "createTenant",
    "updateTenant",
    "setTenantCredential",
    "verifyTenantCredential",
    "removeTenantCredential",
    "addTenantMember",
    "updateTenantMember",
    "removeTenantMember",
    "createApiToken",
    "revokeApiToken",
];

/// Mutations of what is a person's own, in whatever role; an API token has nothing of its own.
const OWN: [&str; 2] = ["markNotifications", "markAllNotificationsRead"];

/// Every query, which READONLY suffices for.
const QUERIES: [&str; 10] = [
    "node(id: \"$SCHEDULE\") { id }",
    "nodes(ids: [\"$SCHEDULE\"]) { id }",
    "viewer { actor { displayName } }",
    "tenant(id: \"$TENANT\") { viewerRole viewerPermissions }",
    "backupSchedule(id: \"$SCHEDULE\") { id }",
    "backupScheduleRun(id: \"$RUN\") { id }",
    "backupSet(id: \"$SET\") { id }",
    "policy(id: \"$POLICY\") { id }",
    "policyTypes { type requiredPermissions }",
    "serverInfo { version }",
];

#[derive(QueryableByName)]
struct Refusals {
    #[diesel(sql_type = Text)]
    line: String,
}

#[actix_rt::test]
async fn each_role_may_do_what_it_is_for() {
    let app = TestApp::start().await;
    let api = Api::serve(&app).await;
    let schedule = app
        .schedule("Nightly", &[PolicyKind::SettingsCatalog])
        .await;
    let run = app.backed_up(&schedule).await;
    let set = app.set_of(&run).await.expect("a set");
    let policy = app.items(&set).await.remove(0).policy;
    for role in Role::ALL.iter().copied() {
        let client = api.client(&app, app.tenant(), role).await;
        for (number, (mutation, least)) in MUTATIONS.iter().enumerate() {
            let input = input_of(mutation, (&schedule, &run, set.id), number, role);
            let answer = client
                .ask(&document_of(mutation), json!({"input": input}))
                .await;
            let is_refused = codes(&answer) == ["FORBIDDEN"];
            assert_eq!(
                is_refused,
                role < *least,
                "{mutation} by {role}: {answer:#}"
            );
            if is_refused {
                assert_eq!(answer["data"][mutation], Value::Null);
            }
        }
        for mutation in OWN {
            let input = match mutation {
                "markNotifications" => json!({"ids": []}),
                _ => json!({}),
            };
            let document = document_of(mutation);
            let refused = client.codes(&document, json!({"input": input}));
            assert_eq!(refused.await, ["FORBIDDEN"], "{mutation} by {role}");
        }
        for query in QUERIES {
            let query = query
                .replace("$SCHEDULE", &id(schedule.id))
                .replace("$TENANT", &id(app.tenant()))
                .replace("$RUN", &id(run.id))
                .replace("$SET", &id(set.id))
                .replace("$POLICY", &id(policy));
            client.data(&format!("{{ {query} }}"), json!({})).await;
        }
    }
}

/// An input that reaches the question of the role and changes nothing after it.
fn input_of(
    mutation: &str,
    (schedule, run, set): (&Schedule, &Run, BackupSetId),
    number: usize,
    role: Role,
) -> Value {
    let key = format!("{mutation}-{number}-{role}");
    match mutation {
        "createBackupSchedule" => json!({
            "tenantId": id(schedule.tenant), "name": "Nightly", "policyTypes": ["SETTINGS_CATALOG"],
            "recurrence": {"frequency": "DAILY", "timeOfDay": "02:00", "timeZone": "UTC"},
        }),
        "retryBackupScheduleRun" => json!({"runId": id(run.id), "idempotencyKey": key}),
        "deleteBackupSet" | "undeleteBackupSet" => json!({"backupSetId": id(set)}),
        "cancelBackupScheduleRun" => json!({"runId": id(run.id)}),
        "runBackupScheduleNow" => json!({"scheduleId": id(schedule.id), "idempotencyKey": "short"}),
        _ => json!({"scheduleId": id(schedule.id), "expectedRevision": 99}),
    }
}

#[actix_rt::test]
async fn refusals_are_written_down_once_a_minute() {
    let app = TestApp::start().await;
    let api = Api::serve(&app).await;
    let schedule = app
        .schedule("Nightly", &[PolicyKind::SettingsCatalog])
        .await;
    let client = api.client(&app, app.tenant(), Role::Operator).await;
    let document = document_of("disableBackupSchedule");
    for _ in 0..3 {
        let variables = json!({"input": {"scheduleId": id(schedule.id)}});
        assert_eq!(client.codes(&document, variables).await, ["FORBIDDEN"]);
    }
    let lines = app
        .read(|db| {
            let query = "SELECT action || ' ' || outcome || ' ' || target_name AS line \
                         FROM audit_log WHERE outcome = 'DENIED'";
            Ok(diesel::sql_query(query).load::<Refusals>(db)?)
        })
        .await;
    let lines: Vec<&str> = lines.iter().map(|row| row.line.as_str()).collect();
    assert_eq!(lines, ["SCHEDULE_DISABLED DENIED Nightly"]);
}

#[actix_rt::test]
async fn rights_are_those_of_the_role_and_of_a_token() {
    let app = TestApp::start().await;
    let api = Api::serve(&app).await;
    let query = "query($id: ID!) { tenant(id: $id) { viewerRole viewerPermissions } }";
    for (role, expected) in [
        (Role::Readonly, json!(["READ_BACKUPS"])),
        (
            Role::Operator,
            json!(["CANCEL_RUN", "READ_BACKUPS", "START_RUN"]),
        ),
        (
            Role::Manager,
            json!([
                "CANCEL_RUN",
                "MANAGE_BACKUP_SETS",
                "MANAGE_SCHEDULES",
                "READ_AUDIT_LOG",
                "READ_BACKUPS",
                "READ_MEMBERS",
                "START_RUN"
            ]),
        ),
    ] {
        let client = api.client(&app, app.tenant(), role).await;
        let data = client.data(query, json!({"id": id(app.tenant())})).await;
        assert_eq!(data["tenant"]["viewerRole"], role.as_str());
        assert_eq!(data["tenant"]["viewerPermissions"], expected);
    }
}

#[test]
fn every_operation_is_in_the_tables() {
    let fields = |kind: &str| -> BTreeSet<String> {
        let start = sdl().find(&format!("type {kind} {{")).expect("the type");
        let body = &sdl()[start..start + sdl()[start..].find("\n}").unwrap()];
        let names = body
            .lines()
            .filter(|line| line.starts_with("  ") && !line.starts_with("   "));
        names
            .filter_map(|line| line.trim().split(['(', ':']).next())
            .filter(|name| name.chars().all(char::is_alphanumeric) && !name.is_empty())
            .map(str::to_owned)
            .collect()
    };
    let names = MUTATIONS.iter().map(|(name, _)| *name);
    let names = names.chain(FOR_PEOPLE).chain(OWN);
    assert_eq!(fields("Mutation"), names.map(str::to_owned).collect());
    let name = |query: &&str| query.split(['(', ' ']).next().unwrap().to_owned();
    assert_eq!(fields("Query"), QUERIES.iter().map(name).collect());
}
