//! The audit log, as those may read it who may, and as nobody else does.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use serde_json::{Value, json};
use tenantatlas::domain::{global_id::GlobalId, ids::RunId, kind::PolicyKind, role::Role};

use crate::support::{
    Setup, TestApp, by_hand,
    client::{Api, Client, codes, document_of, id},
    instant, sql_instant,
};

const LOG: &str = "query(
    $tenant: ID!, $first: Int, $after: String, $filter: AuditLogFilter, $order: AuditLogOrder
) {
    tenant(id: $tenant) {
        auditLog(first: $first, after: $after, filter: $filter, orderBy: $order) {
            totalCount
            pageInfo { hasNextPage endCursor }
            nodes {
                id action outcome occurredAt targetName changes requestId ipAddress
                actor { __typename displayName ... on ApiToken { id prefix } }
                target { __typename id }
                tenant { id }
            }
        }
    }
}";

/// The page of a log that a client gets.
async fn log(client: &Client, mut variables: Value, app: &TestApp) -> Value {
    variables["tenant"] = json!(id(app.tenant()));
    let mut data = client.data(LOG, variables).await;
    data["tenant"]["auditLog"].take()
}

fn all<'a>(page: &'a Value, member: &str) -> Vec<&'a str> {
    let nodes = page["nodes"].as_array().unwrap().iter();
    nodes.map(|node| node[member].as_str().unwrap()).collect()
}

async fn own_token(client: &Client) -> String {
    let data = client
        .data("{ viewer { apiToken { id } } }", json!({}))
        .await;
    data["viewer"]["apiToken"]["id"]
        .as_str()
        .unwrap()
        .to_owned()
}

/// A manager and what a schedule went through in the manager's hands.
async fn lived(app: &TestApp, api: &Api) -> (Client, Value) {
    let manager = api.client(app, app.tenant(), Role::Manager).await;
    let made = manager
        .change(
            "createBackupSchedule",
            json!({
                "tenantId": id(app.tenant()), "name": "Nightly", "policyTypes": ["SCOPE_TAG"],
                "recurrence": {"frequency": "DAILY", "timeOfDay": "02:00", "timeZone": "UTC"},
            }),
        )
        .await;
    let schedule = made["schedule"]["id"].clone();
    app.pass(TimeDelta::seconds(1));
    for mutation in ["disableBackupSchedule", "enableBackupSchedule"] {
        manager
            .change(mutation, json!({"scheduleId": schedule}))
            .await;
        app.pass(TimeDelta::seconds(1));
    }
    (manager, schedule)
}

#[actix_rt::test]
async fn a_log_tells_who_did_what_to_what_and_from_where() {
    let app = TestApp::working(by_hand()).await;
    let api = Api::serve(&app).await;
    let (manager, schedule) = lived(&app, &api).await;
    let page = log(&manager, json!({}), &app).await;
    assert_eq!(
        all(&page, "action"),
        ["SCHEDULE_ENABLED", "SCHEDULE_DISABLED", "SCHEDULE_CREATED"]
    );
    assert_eq!(page["totalCount"], 3);
    let entry = &page["nodes"][1];
    assert_eq!(entry["outcome"], "SUCCEEDED");
    assert_eq!(entry["targetName"], "Nightly");
    assert_eq!(
        entry["target"],
        json!({"__typename": "BackupSchedule", "id": schedule})
    );
    assert_eq!(entry["actor"]["__typename"], "ApiToken");
    assert_eq!(entry["actor"]["id"], own_token(&manager).await);
    assert_eq!(
        entry["changes"]["enabled"],
        json!({"before": true, "after": false})
    );
    assert!(entry["requestId"].is_string() && entry["ipAddress"] == "127.0.0.1");
    assert_eq!(entry["tenant"]["id"], id(app.tenant()));
    let again = manager
        .data(
            "query($id: ID!) { node(id: $id) { ... on AuditLogEntry { action id } } }",
            json!({"id": entry["id"]}),
        )
        .await;
    assert_eq!(again["node"]["action"], "SCHEDULE_DISABLED");
}

#[actix_rt::test]
async fn a_log_is_read_in_pages_and_by_what_one_looks_for() {
    let app = TestApp::working(by_hand()).await;
    let api = Api::serve(&app).await;
    let (manager, schedule) = lived(&app, &api).await;
    let token = own_token(&manager).await;
    let oldest_first = json!({"field": "OCCURRED_AT"});
    let first = log(&manager, json!({"first": 2, "order": oldest_first}), &app).await;
    assert_eq!(
        all(&first, "action"),
        ["SCHEDULE_CREATED", "SCHEDULE_DISABLED"]
    );
    assert_eq!(first["pageInfo"]["hasNextPage"], true);
    let after = first["pageInfo"]["endCursor"].clone();
    let rest = json!({"after": after, "order": oldest_first});
    let rest = log(&manager, rest, &app).await;
    assert_eq!(all(&rest, "action"), ["SCHEDULE_ENABLED"]);
    // The cursor of one order is none of the other.
    let variables = json!({"tenant": id(app.tenant()), "after": after});
    assert_eq!(manager.codes(LOG, variables).await, ["INVALID_CURSOR"]);
    let from = first["nodes"][1]["occurredAt"].clone();
    for (filter, expected) in [
        (json!({"actions": ["SCHEDULE_DISABLED"]}), 1),
        (json!({"actions": ["RUN_STARTED"]}), 0),
        (json!({"actorIds": [token]}), 3),
        (json!({"actorIds": ["usr_0000000000000000000000"]}), 0),
        (json!({"targetIds": [schedule]}), 3),
        (json!({"targetIds": [id(RunId::mint())]}), 0),
        (json!({"outcomes": ["SUCCEEDED"]}), 3),
        (json!({"outcomes": ["DENIED", "FAILED"]}), 0),
        (json!({"occurredAt": {"from": from}}), 2),
        (json!({"occurredAt": {"to": from}}), 1),
        (
            json!({"actions": ["SCHEDULE_DISABLED"], "occurredAt": {"to": from}}),
            0,
        ),
    ] {
        let page = log(&manager, json!({"filter": filter}), &app).await;
        assert_eq!(page["totalCount"], expected, "{filter}");
        assert_eq!(all(&page, "id").len(), expected, "{filter}");
    }
    for (filter, code) in [
        (json!({"actorIds": [schedule]}), "INVALID_ID"),
        (json!({"targetIds": ["x"]}), "INVALID_ID"),
        (
            json!({"targetIds": vec![schedule.clone(); 101]}),
            "BAD_USER_INPUT",
        ),
    ] {
        let variables = json!({"tenant": id(app.tenant()), "filter": filter});
        assert_eq!(manager.codes(LOG, variables).await, [code], "{filter}");
    }
}

#[actix_rt::test]
async fn whoever_may_not_read_a_log_is_refused_and_that_is_written_down_once_a_minute() {
    let app = TestApp::with(Setup {
        tenants: 2,
        workers: by_hand(),
        ..Setup::default()
    })
    .await;
    let api = Api::serve(&app).await;
    let (manager, _) = lived(&app, &api).await;
    let operator = api.client(&app, app.tenant(), Role::Operator).await;
    for _ in 0..3 {
        let answer = operator.ask(LOG, json!({"tenant": id(app.tenant())})).await;
        assert_eq!(codes(&answer), ["FORBIDDEN"]);
        // The field alone is null; the tenant is shown.
        assert_eq!(answer["data"]["tenant"], json!({"auditLog": null}));
    }
    let denied = json!({"filter": {"outcomes": ["DENIED"]}});
    let page = log(&manager, denied.clone(), &app).await;
    assert_eq!(all(&page, "action"), ["READ"]);
    assert_eq!(
        page["nodes"][0]["changes"]["refusals"],
        json!({"before": null, "after": 3})
    );
    assert_eq!(page["nodes"][0]["actor"]["id"], own_token(&operator).await);
    // Another minute is another entry, another operation too.
    app.pass(TimeDelta::minutes(1));
    operator.ask(LOG, json!({"tenant": id(app.tenant())})).await;
    let entry = json!({"id": page["nodes"][0]["id"]});
    let node = "query($id: ID!) { node(id: $id) { id } }";
    assert_eq!(operator.codes(node, entry.clone()).await, ["FORBIDDEN"]);
    assert_eq!(log(&manager, denied, &app).await["totalCount"], 3);
    // A stranger learns nothing, and nothing of the stranger is written here.
    let stranger = api.client(&app, app.tenants[1], Role::Manager).await;
    let variables = json!({"tenant": id(app.tenant())});
    assert_eq!(stranger.codes(LOG, variables).await, ["NOT_FOUND"]);
    assert_eq!(stranger.codes(node, entry).await, ["NOT_FOUND"]);
    assert_eq!(app.audited(app.tenants[1], "READ").await, 0);
}

#[actix_rt::test]
async fn every_step_of_a_run_is_written_down() {
    let app = TestApp::working(by_hand()).await;
    let api = Api::serve(&app).await;
    let schedule = app.schedule("Nightly", &[PolicyKind::ScopeTag]).await;
    // A slot that is dispatched and carried out, then one that is missed, a run by hand, and a slot
    // that is skipped because the run is still active.
    app.tick_at("2026-03-03T01:00:00Z").await;
    app.quiet(&schedule).await;
    app.tick_at("2026-03-04T03:00:00Z").await;
    let gate = app.graph.hold("roleScopeTags");
    app.clock.set(instant("2026-03-05T00:59:40Z"));
    let manager = api.client(&app, app.tenant(), Role::Manager).await;
    let run = json!({"scheduleId": id(schedule.id), "idempotencyKey": "by-hand-1"});
    manager.change("runBackupScheduleNow", run).await;
    gate.arrived().await;
    app.tick_at("2026-03-05T01:00:00Z").await;
    gate.open();
    app.quiet(&schedule).await;
    let manager = api.client(&app, app.tenant(), Role::Manager).await;
    let order = json!({"order": {"field": "OCCURRED_AT"}});
    let page = log(&manager, order, &app).await;
    let told: Vec<(&str, &str)> = all(&page, "action")
        .into_iter()
        .zip(all(&page, "outcome"))
        .collect();
    assert_eq!(
        told,
        [
            ("RUN_DISPATCHED", "SUCCEEDED"),
            ("RUN_FINISHED", "SUCCEEDED"),
            ("RUN_MISSED", "SUCCEEDED"),
            ("RUN_STARTED", "SUCCEEDED"),
            ("RUN_SKIPPED", "SUCCEEDED"),
            ("RUN_FINISHED", "SUCCEEDED"),
        ]
    );
    // The service acts under the names of its parts.
    let names: BTreeSet<&str> = page["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|node| node["actor"]["displayName"].as_str().unwrap())
        .collect();
    assert_eq!(names, BTreeSet::from(["Scheduler", "Worker", "automation"]));
    // What a target points to is there, of whichever type.
    let dispatched = &page["nodes"][0]["target"];
    assert_eq!(dispatched["__typename"], "BackupScheduleRun");
}

#[actix_rt::test]
async fn what_a_newer_server_writes_breaks_no_page() {
    let app = TestApp::working(by_hand()).await;
    let api = Api::serve(&app).await;
    let (manager, _) = lived(&app, &api).await;
    let now = sql_instant(app.clock_now());
    for (number, (kind, name, action, outcome)) in [
        ("SYSTEM", "Scheduler", "PLANET_MOVED", "SUCCEEDED"),
        ("SYSTEM", "Gardener", "RUN_MISSED", "SUCCEEDED"),
        ("SYSTEM", "Scheduler", "RUN_MISSED", "POSTPONED"),
    ]
    .into_iter()
    .enumerate()
    {
        app.tamper(format!(
            "INSERT INTO audit_log (id, tenant_id, occurred_at, actor_kind, actor_name, action, outcome) \
             VALUES ('{number}', '{}', '{now}', '{kind}', '{name}', '{action}', '{outcome}')",
            app.tenant()
        ))
        .await;
    }
    // One with a target of a kind that is not known here: the entry is shown, the target is not.
    let entry = tenantatlas::domain::ids::AuditEntryId::mint();
    app.tamper(format!(
        "INSERT INTO audit_log (id, tenant_id, occurred_at, actor_kind, actor_name, action, outcome, \
         target_kind, target_id, target_name) VALUES ('{entry}', '{}', '{now}', 'SYSTEM', 'Scheduler', \
         'RUN_MISSED', 'SUCCEEDED', 'PLANET', 'x', 'Mars')",
        app.tenant()
    ))
    .await;
    let page = log(&manager, json!({}), &app).await;
    assert_eq!(page["totalCount"], 4);
    assert_eq!(page["nodes"][0]["id"], entry.to_global());
    assert_eq!(page["nodes"][0]["target"], Value::Null);
    assert_eq!(page["nodes"][0]["targetName"], "Mars");
}

#[actix_rt::test]
async fn an_actor_that_is_gone_is_known_by_its_name() {
    let app = TestApp::working(by_hand()).await;
    let api = Api::serve(&app).await;
    let (manager, _) = lived(&app, &api).await;
    let other = api.client(&app, app.tenant(), Role::Manager).await;
    let gone = own_token(&manager).await;
    let gone = tenantatlas::domain::ids::ApiTokenId::from_global(&gone).unwrap();
    app.tamper(format!("DELETE FROM api_tokens WHERE id = '{gone}'"))
        .await;
    let page = log(&other, json!({}), &app).await;
    assert_eq!(all(&page, "id").len(), 3);
    assert_eq!(
        page["nodes"][0]["actor"],
        json!({"__typename": "NamedActor", "displayName": "automation"})
    );
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
    let query = "SELECT action || ' ' || outcome || ' ' || target_name AS line \
                 FROM audit_log WHERE outcome = 'DENIED'";
    assert_eq!(app.lines(query).await, ["SCHEDULE_DISABLED DENIED Nightly"]);
}
