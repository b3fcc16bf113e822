//! Tenants that hold the policies of a directory.

use std::{fs, path::PathBuf};

use serde_json::{Value, json};
use tenantatlas_simulator::TenantSpec;
use uuid::Uuid;

use crate::client::scene_of;

/// A directory that is removed in the end.
struct Corpus(PathBuf);

impl Corpus {
    fn new() -> Self {
        Self(std::env::temp_dir().join(format!("simulated-corpus-{}", Uuid::new_v4())))
    }

    fn add(&self, collection: &str, object: &Value, parts: &Value) {
        let folder = self.0.join(collection);
        fs::create_dir_all(&folder).unwrap();
        let file = folder.join(format!("{}.json", object["id"].as_str().unwrap()));
        let text = json!({ "_meta": {}, "object": object, "parts": parts });
        fs::write(file, text.to_string()).unwrap();
    }

    fn tenant(&self, policies: usize) -> TenantSpec {
        let mut spec = TenantSpec::numbered(7, 0, policies);
        spec.corpus = Some(self.0.clone());
        spec
    }
}

impl Drop for Corpus {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[actix_rt::test]
async fn real_policies_are_served_like_made_up_ones() {
    let corpus = Corpus::new();
    let script = json!({ "id": "s", "displayName": "Real", "scriptContent": null });
    corpus.add(
        "deviceManagementScripts",
        &script,
        &json!({ "content": { "scriptContent": "cmVhbA==" } }),
    );
    let scene = scene_of(corpus.tenant(0)).await;
    let (listed, _) = scene
        .list("/beta/deviceManagement/deviceManagementScripts?$expand=assignments")
        .await;
    assert_eq!(
        (listed.len(), &listed[0]["scriptContent"]),
        (1, &Value::Null)
    );
    let (_, item) = scene
        .get("/beta/deviceManagement/deviceManagementScripts/s")
        .await;
    assert_eq!(item["scriptContent"], "cmVhbA==");
    assert_eq!(
        scene.list("/beta/deviceManagement/intents").await.0.len(),
        0
    );
}

#[actix_rt::test]
async fn mixed_protection_policies_are_told_apart_by_type() {
    let corpus = Corpus::new();
    for (id, type_name) in [
        ("i", "iosManagedAppProtection"),
        ("a", "androidManagedAppProtection"),
    ] {
        let object = json!({ "id": id, "@odata.type": format!("#microsoft.graph.{type_name}") });
        corpus.add(
            "managedAppPolicies",
            &object,
            &json!({ "apps": [{ "id": "app" }], "assignments": [] }),
        );
    }
    let scene = scene_of(corpus.tenant(0)).await;
    let (ios, _) = scene
        .list("/beta/deviceAppManagement/iosManagedAppProtections?$expand=apps,assignments")
        .await;
    assert_eq!(
        (ios.len(), &ios[0]["id"], &ios[0]["apps"][0]["id"]),
        (1, &json!("i"), &json!("app"))
    );
    let (android, _) = scene
        .list("/beta/deviceAppManagement/androidManagedAppProtections")
        .await;
    assert_eq!(android[0]["id"], "a");
}

#[actix_rt::test]
async fn role_assignments_come_from_the_roles() {
    let corpus = Corpus::new();
    let role = json!({ "id": "r", "displayName": "Packager" });
    let assignment = json!({ "id": "ra", "displayName": "To the packagers", "members": ["g"], "resourceScopes": [] });
    corpus.add(
        "roleDefinitions",
        &role,
        &json!({ "roleAssignments": [assignment] }),
    );
    let scene = scene_of(corpus.tenant(0)).await;
    let (listed, _) = scene.list("/beta/deviceManagement/roleAssignments").await;
    assert_eq!(
        listed,
        [json!({ "id": "ra", "displayName": "To the packagers" })]
    );
    let (_, item) = scene
        .get("/beta/deviceManagement/roleAssignments/ra?$expand=roleDefinition")
        .await;
    assert_eq!(
        (&item["members"], &item["roleDefinition"]),
        (&json!(["g"]), &role)
    );
}

#[actix_rt::test]
async fn kinds_that_a_corpus_lacks_get_a_few_made_up_objects() {
    let corpus = Corpus::new();
    corpus.add(
        "assignmentFilters",
        &json!({ "id": "f", "displayName": "Real" }),
        &json!({}),
    );
    let scene = scene_of(corpus.tenant(50)).await;
    let count = |collection| scene.simulator.objects(scene.tenant, collection).len();
    assert_eq!(count("assignmentFilters"), 1);
    assert_eq!(count("intents"), 2);
    assert!(count("groups") > 2);
}
