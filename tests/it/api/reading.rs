//! What a backup left behind, read back.

use serde_json::{Value, json};
use tenantatlas::{
    api::{ApiSettings, Limits},
    domain::{kind::PolicyKind, role::Role, sub_kind::SubKind},
};
use tenantatlas_simulator::{Effect, Fault};

use crate::support::{
    TestApp,
    client::{Api, codes, id},
};

const KINDS: [PolicyKind; 2] = [PolicyKind::DeviceConfiguration, PolicyKind::SettingsCatalog];

#[actix_rt::test]
async fn a_run_tells_how_it_went() {
    let app = TestApp::start().await;
    let api = Api::serve(&app).await;
    let client = api.client(&app, app.tenant(), Role::Readonly).await;
    let schedule = app.schedule("Nightly", &KINDS).await;
    let run = app.backed_up(&schedule).await;
    let query = "query($id: ID!) { backupScheduleRun(id: $id) {
        status trigger triggeredBy { __typename displayName } attempt errorCode errorMessage
        policyTypes progress { phase processedPolicies totalPolicies percent }
        summary { policyCount itemCount failedPolicyCount payloadBytes }
        policyTypeResults {
            policyType status listedPolicyCount itemCount failedPolicyCount vanishedPolicyCount
            graphRequestCount failures { name }
        }
        backupSet { isComplete itemCount payloadBytes policyTypes missingPolicyTypes previous { id } }
        schedule { lastRunStatus lastRun { id } activeRun { id } }
    } }";
    let data = client.data(query, json!({"id": id(run.id)})).await;
    let run = &data["backupScheduleRun"];
    assert_eq!(run["status"], "SUCCEEDED");
    assert_eq!(run["triggeredBy"]["__typename"], "SystemActor");
    assert_eq!(run["progress"]["phase"], "DONE");
    assert_eq!(
        run["policyTypes"],
        json!(["DEVICE_CONFIGURATION", "SETTINGS_CATALOG"])
    );
    let results = run["policyTypeResults"].as_array().unwrap();
    let stored: i64 = results
        .iter()
        .map(|it| it["itemCount"].as_i64().unwrap())
        .sum();
    assert!(stored > 0);
    for result in results {
        assert_eq!(result["failures"], json!([]));
        assert_eq!(result["vanishedPolicyCount"], 0);
        assert!(result["graphRequestCount"].as_i64() > Some(0));
    }
    assert_eq!(run["summary"]["itemCount"], stored);
    assert_eq!(run["backupSet"]["itemCount"], stored);
    assert_eq!(run["backupSet"]["isComplete"], true);
    assert_eq!(run["backupSet"]["missingPolicyTypes"], json!([]));
    assert_eq!(
        run["backupSet"]["payloadBytes"],
        run["summary"]["payloadBytes"]
    );
    assert_eq!(run["schedule"]["lastRunStatus"], "SUCCEEDED");
    assert_eq!(run["schedule"]["activeRun"], Value::Null);
}

#[actix_rt::test]
async fn a_run_names_what_it_could_not_store() {
    let app = TestApp::start().await;
    let api = Api::serve(&app).await;
    let client = api.client(&app, app.tenant(), Role::Readonly).await;
    let policies = app.graph.objects(app.directory(), "configurationPolicies");
    let broken = &policies[1].object;
    let path = format!("{}/settings", broken["id"].as_str().unwrap());
    app.graph.fault(Fault::on(path, Effect::status(400)));
    let run = app.backed_up(&app.schedule("Nightly", &KINDS).await).await;
    let query = "query($id: ID!) { backupScheduleRun(id: $id) { policyTypeResults {
        policyType failedPolicyCount errorMessage
        failures { policyGraphId name errorCode errorMessage }
    } } }";
    let data = client.data(query, json!({"id": id(run.id)})).await;
    let results = &data["backupScheduleRun"]["policyTypeResults"];
    assert_eq!(results[0]["failures"], json!([]));
    let failures = results[1]["failures"].as_array().unwrap();
    assert_eq!(
        (failures.len(), &results[1]["failedPolicyCount"]),
        (1, &json!(1))
    );
    assert_eq!(failures[0]["policyGraphId"], broken["id"]);
    assert_eq!(failures[0]["name"], broken["name"]);
    assert_eq!(failures[0]["errorCode"], "UNKNOWN");
    let told = failures[0]["errorMessage"].as_str().unwrap();
    assert!(told.contains("status 400"), "{told}");
    let name = broken["name"].as_str().unwrap();
    assert_eq!(results[1]["errorMessage"], format!("{name}: {told}"));
}

#[actix_rt::test]
async fn items_show_what_was_stored() {
    let app = TestApp::start().await;
    let api = Api::serve(&app).await;
    let client = api.client(&app, app.tenant(), Role::Readonly).await;
    let schedule = app.schedule("Nightly", &KINDS).await;
    let first = app.backed_up(&schedule).await;
    app.pass(chrono::TimeDelta::days(1));
    app.execute("UPDATE api_tokens SET expires_at = '2030-01-01 00:00:00'")
        .await;
    let second = app.backed_up(&schedule).await;
    let (first, second) = (
        app.set_of(&first).await.unwrap(),
        app.set_of(&second).await.unwrap(),
    );
    let query = "query($id: ID!) { backupSet(id: $id) {
        previous { id previous { id } }
        items(first: 100, orderBy: {field: POLICY_TYPE, direction: ASC}) { nodes {
            id policyGraphId policyType subKind name payload payloadBytes assignments scopeTagIds contentHash
            policy { graphId name latestBackupItem { backupSet { id } } backupItems(first: 1) { totalCount } }
        } }
    } }";
    let data = client.data(query, json!({"id": id(second.id)})).await;
    let set = &data["backupSet"];
    assert_eq!(
        set["previous"],
        json!({"id": id(first.id), "previous": null})
    );
    let stored = app.items(&second).await;
    let nodes = set["items"]["nodes"].as_array().unwrap();
    assert_eq!(nodes.len(), stored.len());
    for item in &stored {
        let node = nodes
            .iter()
            .find(|node| node["id"] == id(item.id))
            .expect("the item");
        let payload = app.content(second.tenant, item.parts.payload).await;
        assert_eq!(node["payload"], payload);
        assert_eq!(node["payloadBytes"], item.payload_bytes);
        let sub_kind = item.sub_kind.map(SubKind::as_str);
        assert_eq!(node["subKind"], json!(sub_kind), "{}", item.name);
        assert_eq!(node["contentHash"], item.content_hash.to_string());
        assert_eq!(node["policy"]["graphId"], node["policyGraphId"]);
        assert_eq!(
            node["policy"]["latestBackupItem"]["backupSet"]["id"],
            id(second.id)
        );
        assert_eq!(node["policy"]["backupItems"]["totalCount"], 2);
    }
    let kinds: Vec<&Value> = nodes.iter().map(|node| &node["policyType"]).collect();
    assert!(kinds.is_sorted_by_key(|kind| kind.as_str().unwrap() == "SETTINGS_CATALOG"));
    assert!(nodes.iter().any(|node| node["assignments"].is_array()));
}

#[actix_rt::test]
async fn payloads_beyond_the_limit_of_an_answer_are_left_out() {
    let app = TestApp::start().await;
    let settings = ApiSettings {
        limits: Limits {
            answer_bytes: 4096,
            ..Limits::default()
        },
        ..ApiSettings::default()
    };
    let api = Api::with(&app, settings).await;
    let client = api.client(&app, app.tenant(), Role::Readonly).await;
    let schedule = app.schedule("Nightly", &KINDS).await;
    let run = app.backed_up(&schedule).await;
    let set = app.set_of(&run).await.expect("a set");
    let query =
        "query($id: ID!) { backupSet(id: $id) { items(first: 100) { nodes { name payload } } } }";
    let answer = client.ask(query, json!({"id": id(set.id)})).await;
    let nodes = answer["data"]["backupSet"]["items"]["nodes"]
        .as_array()
        .unwrap();
    assert!(nodes.iter().all(|node| node["name"].is_string()));
    assert!(nodes.iter().any(|node| node["payload"].is_null()));
    let codes = codes(&answer);
    assert!(
        codes.len() <= 10 && codes.iter().all(|code| code == "RESPONSE_TOO_LARGE"),
        "{codes:?}"
    );
}

#[actix_rt::test]
async fn a_preview_knows_about_summer_time() {
    let app = TestApp::start().await;
    let api = Api::serve(&app).await;
    let client = api.client(&app, app.tenant(), Role::Readonly).await;
    let query = "query($id: ID!) { tenant(id: $id) { recurrencePreview(
        count: 3, after: \"2026-03-27T12:00:00Z\",
        recurrence: {frequency: DAILY, timeOfDay: \"02:30\", timeZone: \"Europe/Berlin\"}
    ) } }";
    let data = client.data(query, json!({"id": id(app.tenant())})).await;
    let expected = json!([
        "2026-03-28T01:30:00.000Z",
        "2026-03-29T01:30:00.000Z",
        "2026-03-30T00:30:00.000Z"
    ]);
    assert_eq!(data["tenant"]["recurrencePreview"], expected);
}

#[actix_rt::test]
async fn a_caller_sees_itself_and_its_token_s_use() {
    let app = TestApp::start().await;
    let api = Api::serve(&app).await;
    let client = api.client(&app, app.tenant(), Role::Operator).await;
    let query = "{ viewer {
        user { id } credentialExpiresAt actor { __typename displayName }
        apiToken { id name prefix role status createdBy { displayName } expiresAt revokedAt }
    } policyTypes {
        type displayName requiredPermissions hasAssignments hasScopeTags isBeta tier unavailableReason
    } }";
    let data = client.data(query, json!({})).await;
    let viewer = &data["viewer"];
    assert_eq!(viewer["user"], Value::Null);
    assert_eq!(viewer["credentialExpiresAt"], "2026-03-03T10:00:30.000Z");
    assert_eq!(
        viewer["actor"],
        json!({"__typename": "ApiToken", "displayName": "automation"})
    );
    let token = &viewer["apiToken"];
    assert_eq!(token["id"], id(client.id.unwrap()));
    assert_eq!(token["role"], "OPERATOR");
    assert_eq!(token["status"], "ACTIVE");
    assert_eq!(token["createdBy"], Value::Null, "it may not list members");
    let secret = client.bearer.strip_prefix("Bearer ").unwrap();
    assert!(secret.starts_with(token["prefix"].as_str().unwrap()));
    let kinds = data["policyTypes"].as_array().unwrap();
    assert_eq!(kinds.len(), PolicyKind::ALL.len());
    let of_tier = |tier: &str| kinds.iter().filter(|kind| kind["tier"] == tier).count();
    assert_eq!(["CORE", "EXTENDED", "OPTIONAL"].map(of_tier), [38, 28, 19]);
    let mut closed = kinds
        .iter()
        .filter(|kind| kind["unavailableReason"] != Value::Null);
    let terms = closed.next().unwrap();
    assert_eq!(terms["type"], "TERMS_OF_USE");
    assert_eq!(terms["requiredPermissions"], json!([]));
    assert_eq!(closed.next().unwrap()["type"], "MOBILITY_MANAGEMENT_POLICY");
    assert_eq!(closed.next(), None);
}
