//! The audit feed: what it tells, and where it misleads.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};
use tenantatlas_simulator::{Actor, SimulatorOptions, TenantSpec};

use crate::client::{Scene, scene, scene_with};

const FEED: &str = "/beta/deviceManagement/auditEvents";

/// The events of a tenant, the newest first, without those of mere reading.
async fn changes(scene: &Scene, since: DateTime<Utc>) -> Vec<Value> {
    let since = since.to_rfc3339_opts(SecondsFormat::Secs, true);
    let query = format!(
        "$filter=activityDateTime gt {since} and activityOperationType ne 'Get'&$orderby=activityDateTime desc"
    );
    scene.list(&format!("{FEED}?{query}")).await.0
}

fn about(events: &[Value], id: &str) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    events
        .iter()
        .filter(|event| event["resources"][0]["resourceId"] == id)
        .map(|event| {
            let actor = &event["actor"];
            let name = [&actor["userPrincipalName"], &actor["applicationId"]];
            let name = name.into_iter().find(|name| !name.is_null()).unwrap();
            (text(&event["activityOperationType"]), text(name))
        })
        .collect()
}

#[expect(
    clippy::disallowed_methods,
    reason = "the feed bears the time of the machine"
)]
fn a_minute_ago() -> DateTime<Utc> {
    Utc::now() - TimeDelta::minutes(1)
}

#[actix_rt::test]
async fn every_change_is_told_with_its_actor() {
    let scene = scene(38).await;
    let (simulator, tenant) = (&scene.simulator, scene.tenant);
    let since = a_minute_ago();
    let id = simulator.objects(tenant, "intents")[0].object["id"].clone();
    let id = id.as_str().unwrap();
    simulator.edit(tenant, "intents", id, |intent| {
        intent["description"] = json!("x")
    });
    simulator.act_as(Actor::App("Pipeline".to_owned()));
    simulator.reassign(tenant, "intents", id, json!([]));
    simulator.act_as(Actor::Client);
    simulator.edit_parts(tenant, "intents", id, |_| {});
    simulator.act_as(Actor::Unrecorded);
    simulator.edit(tenant, "intents", id, |_| {});
    simulator.act_as(Actor::Person("eve@contoso.example".to_owned()));
    simulator.remove(tenant, "intents", id);
    simulator.insert(
        tenant,
        "intents",
        json!({ "id": "new", "displayName": "New" }),
        json!({}),
    );

    let events = changes(&scene, since).await;
    let told = about(&events, id);
    let operations: Vec<&str> = told
        .iter()
        .map(|(operation, _)| operation.as_str())
        .collect();
    assert_eq!(operations, ["Delete", "Patch", "Action", "Patch"]);
    let client = simulator.tenants()[0].client_id.to_string();
    assert_eq!(
        (&told[0].1, &told[1].1),
        (&"eve@contoso.example".to_owned(), &client)
    );
    assert_eq!(told[3].1, "admin@contoso.example");
    assert!(told[2].1.parse::<uuid::Uuid>().is_ok() && told[2].1 != client);
    assert_eq!(
        about(&events, "new"),
        [("Create".to_owned(), "eve@contoso.example".to_owned())]
    );
    let (all, _) = scene.list(FEED).await;
    assert!(
        all.iter()
            .any(|event| event["activityOperationType"] == "Get")
    );
}

#[actix_rt::test]
async fn the_directory_leaves_no_trace() {
    let scene = scene(38).await;
    let (collection, since) = ("conditionalAccessPolicies", a_minute_ago());
    let id = scene.simulator.objects(scene.tenant, collection)[0].object["id"].clone();
    let id = id.as_str().unwrap();
    scene.simulator.edit(scene.tenant, collection, id, |_| {});
    assert!(changes(&scene, since).await.is_empty());
}

#[actix_rt::test]
async fn the_count_is_wrong_and_the_last_link_leads_to_an_empty_page() {
    let scene = scene(38).await;
    let (status, page) = scene
        .get(&format!("{FEED}?$top=3&$select=activityDateTime,actor"))
        .await;
    assert_eq!(
        (status, page["value"].as_array().map(Vec::len)),
        (200, Some(3))
    );
    assert_eq!(page["@odata.count"], 1000);
    assert_eq!(page["value"][0].as_object().unwrap().len(), 2);
    let (_, last) = scene.get(page["@odata.nextLink"].as_str().unwrap()).await;
    assert_eq!(last["value"].as_array().map(Vec::len), Some(1));
    let (status, empty) = scene.get(last["@odata.nextLink"].as_str().unwrap()).await;
    assert_eq!((status, &empty["value"]), (200, &json!([])));
    assert!(empty.get("@odata.nextLink").is_none());
}

#[actix_rt::test]
async fn the_feed_wants_a_permission_of_apps() {
    let scene = scene(38).await;
    let held = vec!["DeviceManagementConfiguration.Read.All".to_owned()];
    scene.simulator.permissions(scene.tenant, held);
    assert_eq!(scene.get(FEED).await.0, 403);
    let held = vec!["DeviceManagementApps.Read.All".to_owned()];
    scene.simulator.permissions(scene.tenant, held);
    assert_eq!(scene.get("/v1.0/deviceManagement/auditEvents").await.0, 200);
}

#[actix_rt::test]
async fn drift_is_told_as_well() {
    let options = SimulatorOptions {
        tenants: vec![TenantSpec::numbered(7, 0, 300)],
        day: 4,
        drift_percent: 5,
        ..SimulatorOptions::default()
    };
    let scene = scene_with(options).await;
    let today = changes(&scene, a_minute_ago()).await.len();
    let of_both_days = changes(&scene, a_minute_ago() - TimeDelta::days(1))
        .await
        .len();
    assert!(0 < today && today < of_both_days, "{today}, {of_both_days}");
    scene.simulator.move_to_day(5);
    let events = changes(&scene, a_minute_ago()).await;
    assert!(events.len() > today);
    let operations = ["Create", "Delete", "Patch", "Action"];
    for operation in operations {
        assert!(
            events
                .iter()
                .any(|event| event["activityOperationType"] == operation),
            "{operation}"
        );
    }
    let twice = events.iter().any(|event| {
        about(
            &events,
            event["resources"][0]["resourceId"].as_str().unwrap(),
        )
        .len()
            > 1
    });
    assert!(twice, "two changes of one object in one window");
}
