//! Lists, items and parts.

use serde_json::json;

use crate::client::scene;

#[actix_rt::test]
async fn a_list_leaves_out_what_its_items_show() {
    let scene = scene(60).await;
    let (scripts, _) = scene
        .list("/beta/deviceManagement/deviceManagementScripts?$expand=assignments")
        .await;
    let truth = scene
        .simulator
        .objects(scene.tenant, "deviceManagementScripts");
    assert_eq!(scripts.len(), truth.len());
    for (listed, stored) in scripts.iter().zip(&truth) {
        let id = listed["id"].as_str().unwrap();
        assert!(listed["scriptContent"].is_null());
        assert_eq!(listed["assignments"], stored.parts["assignments"]);
        assert!(listed["assignments@odata.context"].is_string());
        let path = format!("/beta/deviceManagement/deviceManagementScripts/{id}");
        let (_, item) = scene.get(&path).await;
        assert_eq!(
            item["scriptContent"],
            stored.parts["content"]["scriptContent"]
        );
        assert!(item["assignments"].is_null());
    }
}

#[actix_rt::test]
async fn settings_come_in_small_pages_and_completely() {
    let scene = scene(200).await;
    let (policies, pages) = scene
        .list("/beta/deviceManagement/configurationPolicies")
        .await;
    assert_eq!(pages, policies.len().div_ceil(25));
    assert!(pages > 1);
    for policy in policies.iter().take(12) {
        let id = policy["id"].as_str().unwrap();
        let path = format!("/beta/deviceManagement/configurationPolicies('{id}')/settings");
        let (settings, pages) = scene.list(&path).await;
        assert_eq!(policy["settingCount"], json!(settings.len()));
        assert_eq!(pages, settings.len().div_ceil(25));
        let (whole, pages) = scene.list(&format!("{path}?$top=1000")).await;
        assert_eq!((whole, pages), (settings, 1));
    }
}
