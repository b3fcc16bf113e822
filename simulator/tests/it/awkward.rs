//! Objects that are hard to keep, and those that are large or many.

use std::collections::HashSet;

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use tenantatlas_simulator::TenantSpec;

use crate::client::{Scene, scene, scene_of};

async fn awkward() -> Scene {
    let mut spec = TenantSpec::numbered(7, 0, 38);
    spec.awkward = true;
    scene_of(spec).await
}

#[actix_rt::test]
async fn odd_names_arrive_as_they_are() {
    let scene = awkward().await;
    let (listed, _) = scene.list("/beta/deviceManagement/assignmentFilters").await;
    let names: Vec<&str> = listed
        .iter()
        .map(|filter| filter["displayName"].as_str().unwrap())
        .collect();
    for name in [
        "Cafe\u{301}",
        "Caf\u{e9}",
        "CON",
        "../../etc/passwd",
        "Case",
        "case",
        "",
    ] {
        assert!(names.contains(&name), "{name:?}");
    }
    assert!(names.iter().any(|name| name.starts_with('\u{202e}')));
    assert!(names.iter().any(|name| name.contains('\u{200d}')));
    assert!(names.iter().any(|name| name.chars().count() == 300));
    assert_eq!(names.iter().filter(|name| **name == "Twin").count(), 2);
    let ids: HashSet<&str> = listed
        .iter()
        .map(|filter| filter["id"].as_str().unwrap())
        .collect();
    assert_eq!(ids.len(), listed.len());
}

#[actix_rt::test]
async fn odd_contents_arrive_as_they_are() {
    let scene = awkward().await;
    let (listed, _) = scene
        .list("/beta/deviceManagement/deviceConfigurations?$expand=assignments")
        .await;
    let of = |name: &str| {
        listed
            .iter()
            .find(|profile| profile["displayName"] == format!("Awkward: {name}"))
            .unwrap()
    };
    assert_eq!(
        of("unknown type")["@odata.type"],
        "#microsoft.graph.unheardOfConfiguration"
    );
    assert_eq!(
        of("large numbers")["beyondDouble"],
        json!(9_007_199_254_740_993_u64)
    );
    assert_eq!(of("large numbers")["largest"], json!(u64::MAX));
    assert_eq!(of("no arrays")["roleScopeTagIds"], Value::Null);
    let mut depth = 0;
    let mut inner = &of("deep nesting")["deep"];
    while let Some(next) = inner.get("inner").or_else(|| inner.get(0)) {
        (inner, depth) = (next, depth + 1);
    }
    assert_eq!(depth, 100);
}

#[actix_rt::test]
async fn a_script_of_five_megabytes_comes_with_its_item_alone() {
    let scene = scene(0).await;
    let body = STANDARD.encode(vec![b'x'; 5 << 20]);
    let object = json!({ "id": "huge", "displayName": "Huge", "scriptContent": null });
    let parts = json!({ "content": { "scriptContent": body } });
    scene
        .simulator
        .insert(scene.tenant, "deviceManagementScripts", object, parts);
    let path = "/beta/deviceManagement/deviceManagementScripts";
    assert_eq!(scene.list(path).await.0[0]["scriptContent"], Value::Null);
    let (status, item) = scene.get(&format!("{path}/huge")).await;
    assert_eq!(
        (status, item["scriptContent"].as_str().map(str::len)),
        (200, Some(body.len()))
    );
}

#[actix_rt::test]
async fn settings_in_any_number_are_made_when_asked_for() {
    let mut spec = TenantSpec::numbered(7, 0, 2000);
    spec.settings_per_policy = Some(300);
    let scene = scene_of(spec).await;
    let path = "/beta/deviceManagement/configurationPolicies";
    let (policies, _) = scene.list(&format!("{path}?$top=100")).await;
    assert!(policies.len() > 400);
    assert!(policies.iter().all(|policy| policy["settingCount"] == 300));

    let id = policies[3]["id"].as_str().unwrap();
    let (settings, pages) = scene.list(&format!("{path}('{id}')/settings")).await;
    assert_eq!((settings.len(), pages), (300, 12));
    let (again, _) = scene.list(&format!("{path}/{id}/settings?$top=1000")).await;
    assert_eq!(again, settings);
    let (_, expanded) = scene.get(&format!("{path}?$expand=settings")).await;
    assert_eq!(expanded["value"].as_array().map(Vec::len), Some(2));
    assert_eq!(
        expanded["value"][1]["settings"].as_array().map(Vec::len),
        Some(300)
    );

    scene
        .simulator
        .edit_parts(scene.tenant, "configurationPolicies", id, |parts| {
            parts["settings"].as_array_mut().unwrap().truncate(7);
        });
    assert_eq!(
        scene.list(&format!("{path}/{id}/settings")).await.0,
        settings[..7]
    );
    let (_, policy) = scene.get(&format!("{path}/{id}")).await;
    assert_eq!(policy["settingCount"], 7);
    scene.simulator.reassign(
        scene.tenant,
        "configurationPolicies",
        policies[4]["id"].as_str().unwrap(),
        json!([]),
    );
    let (_, policy) = scene
        .get(&format!(
            "{path}/{}?$expand=settings,assignments",
            policies[4]["id"].as_str().unwrap()
        ))
        .await;
    assert_eq!(
        (
            policy["assignments"].as_array().map(Vec::len),
            policy["settings"].as_array().map(Vec::len)
        ),
        (Some(0), Some(300))
    );
}
