//! Changes under way: edits, gates, and what the log says.

use serde_json::json;

use crate::client::{http, scene};

#[actix_rt::test]
async fn an_edit_moves_the_marker_and_a_new_assignment_does_not() {
    let scene = scene(38).await;
    let (tenant, collection) = (scene.tenant, "deviceHealthScripts");
    let before = &scene.simulator.objects(tenant, collection)[0];
    let id = before.object["id"].as_str().unwrap();

    scene.simulator.edit(tenant, collection, id, |script| {
        script["displayName"] = json!("Renamed");
        script["detectionScriptContent"] = json!("ZXhpdCAx");
    });
    let after = &scene.simulator.objects(tenant, collection)[0];
    assert_eq!(after.object["displayName"], "Renamed");
    assert_eq!(after.object["detectionScriptContent"], json!(null));
    assert_eq!(after.parts["content"]["detectionScriptContent"], "ZXhpdCAx");
    assert_ne!(after.object["version"], before.object["version"]);
    assert_ne!(
        after.object["lastModifiedDateTime"],
        before.object["lastModifiedDateTime"]
    );

    scene.simulator.reassign(tenant, collection, id, json!([]));
    let reassigned = &scene.simulator.objects(tenant, collection)[0];
    assert_eq!(reassigned.object, after.object);
    assert_eq!(reassigned.parts["assignments"], json!([]));
}

#[actix_rt::test]
async fn edited_settings_are_counted() {
    let scene = scene(38).await;
    let (tenant, collection) = (scene.tenant, "configurationPolicies");
    let before = &scene.simulator.objects(tenant, collection)[0];
    let id = before.object["id"].as_str().unwrap();
    scene.simulator.edit_parts(tenant, collection, id, |parts| {
        parts["settings"]
            .as_array_mut()
            .unwrap()
            .push(json!({ "id": "new" }));
    });
    let after = &scene.simulator.objects(tenant, collection)[0];
    let count = before.object["settingCount"].as_u64().unwrap() + 1;
    assert_eq!(after.object["settingCount"], json!(count));
    assert_ne!(
        after.object["lastModifiedDateTime"],
        before.object["lastModifiedDateTime"]
    );
}

#[actix_rt::test]
async fn objects_come_and_go() {
    let scene = scene(0).await;
    let object = json!({ "id": "new", "displayName": "New" });
    scene.simulator.insert(
        scene.tenant,
        "intents",
        object,
        json!({ "settings": [{ "id": "1", "_private": true }] }),
    );
    let (listed, _) = scene
        .list("/beta/deviceManagement/intents/new/settings")
        .await;
    assert_eq!(listed, [json!({ "id": "1" })]);
    scene.simulator.remove(scene.tenant, "intents", "new");
    assert_eq!(
        scene.list("/beta/deviceManagement/intents").await.0.len(),
        0
    );
}

#[actix_rt::test]
#[should_panic(expected = "there is no unknown among the intents")]
async fn an_edit_of_nothing_is_a_mistake_of_the_test() {
    let scene = scene(0).await;
    scene
        .simulator
        .edit(scene.tenant, "intents", "unknown", |_| {});
}

#[actix_rt::test]
async fn a_gate_holds_requests_until_it_is_opened() {
    let scene = std::rc::Rc::new(scene(38).await);
    let gate = scene.simulator.hold("*/intents");
    let held = {
        let scene = scene.clone();
        actix_rt::spawn(async move { scene.get("/beta/deviceManagement/intents").await.0 })
    };
    gate.arrived().await;
    assert_eq!(gate.waiting(), 1);
    assert_eq!(
        scene.get("/beta/deviceManagement/deviceCategories").await.0,
        200
    );
    assert_eq!(
        scene.simulator.log().last().map(|entry| entry.status),
        Some(200)
    );
    assert!(!held.is_finished());
    gate.open();
    assert_eq!(held.await.unwrap(), 200);
    assert_eq!(gate.waiting(), 0);
    assert_eq!(scene.get("/beta/deviceManagement/intents").await.0, 200);
}

#[actix_rt::test]
async fn a_dropped_gate_lets_go_and_one_of_another_tenant_never_held() {
    let scene = scene(0).await;
    let elsewhere = scene.simulator.hold_tenant(uuid::Uuid::nil(), "intents");
    drop(scene.simulator.hold("intents"));
    assert_eq!(scene.get("/beta/deviceManagement/intents").await.0, 200);
    assert_eq!(elsewhere.waiting(), 0);
}

#[actix_rt::test]
async fn the_log_hides_tokens_and_keeps_the_order() {
    let scene = scene(0).await;
    scene.get("/beta/deviceManagement/intents?$top=5").await;
    let log = scene.simulator.log();
    let [token, list] = log.as_slice() else {
        panic!("two requests, not {log:?}");
    };
    assert_eq!(
        (token.method.as_str(), token.tenant),
        ("POST", Some(scene.tenant))
    );
    assert_eq!(
        (list.path.as_str(), list.query.as_str()),
        ("/beta/deviceManagement/intents", "$top=5")
    );
    assert_eq!(list.authorization.as_ref().map(String::len), Some(64));
    scene.simulator.clear_log();
    assert!(scene.simulator.log().is_empty());
}

#[actix_rt::test]
async fn a_simulation_dropped_anywhere_listens_no_more() {
    let scene = scene(0).await;
    let url = scene.simulator.url();
    let gate = scene.simulator.hold("intents");
    std::thread::spawn(move || drop(scene.simulator))
        .join()
        .unwrap();
    assert!(http().get(&url).send().await.is_err());
    assert_eq!(gate.waiting(), 0);
}
