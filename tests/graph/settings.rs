//! Settings of catalogue policies and administrative templates.

use serde_json::{Value, json};
use tenantatlas::{domain::kind::PolicyKind, graph::GraphError};
use tenantatlas_simulator::{Effect, Fault, Hits};

use crate::support::{World, listed, object, settings};

#[tokio::test]
async fn settings_are_read_to_the_last_page() {
    let world = World::start();
    world
        .simulator
        .fault(Fault::on("/settings", Effect::status(400)).query("$top"));
    let policy = json!({"id": "p", "name": "P", "settingCount": 60});
    let parts = json!({"settings": settings(60), "assignments": []});
    let (whole, requests) = world
        .captured(PolicyKind::SettingsCatalog, policy, parts)
        .await;
    assert_eq!(whole["settings"].as_array().unwrap().len(), 60);
    assert_eq!(requests.len(), 4);
}

#[tokio::test]
async fn settings_that_are_too_few_are_an_error_unless_a_second_reading_agrees() {
    for (hits, whole) in [(Hits::First(1), true), (Hits::Always, false)] {
        let world = World::start();
        let policy = json!({"id": "p", "name": "P", "settingCount": 7});
        let parts = json!({"settings": settings(7), "assignments": []});
        world
            .simulator
            .insert(world.tenant_id(), "configurationPolicies", policy, parts);
        let short = Fault::on("/settings", Effect::ShortPage { missing: 3 });
        world.simulator.fault(short.hits(hits));
        let door = world.door();
        let listed = listed(&door, PolicyKind::SettingsCatalog, "p").await;
        let read = door.complete(PolicyKind::SettingsCatalog, listed).await;
        match read {
            Ok(completed) => assert_eq!(object(completed)["settings"], settings(7)),
            Err(error) => {
                assert!(!whole, "{error}");
                assert!(
                    matches!(
                        error,
                        GraphError::CountMismatch {
                            read: 4,
                            counted: 7,
                            ..
                        }
                    ),
                    "{error}"
                );
                let message = error.failure().message;
                assert!(message.contains('4') && message.contains('7'), "{message}");
            }
        }
    }
}

#[tokio::test]
async fn a_policy_that_changes_after_it_was_listed_is_stored_as_it_is_then() {
    let world = World::start();
    let policy = json!({"id": "p", "name": "P", "settingCount": 2});
    let parts = json!({"settings": settings(2), "assignments": []});
    world
        .simulator
        .insert(world.tenant_id(), "configurationPolicies", policy, parts);
    let door = world.door();
    let listed = listed(&door, PolicyKind::SettingsCatalog, "p").await;
    let tenant = world.tenant_id();
    world
        .simulator
        .edit_parts(tenant, "configurationPolicies", "p", |parts| {
            parts["settings"] = settings(3);
        });
    let whole = object(
        door.complete(PolicyKind::SettingsCatalog, listed)
            .await
            .unwrap(),
    );
    assert_eq!(
        (&whole["settingCount"], &whole["settings"]),
        (&json!(3), &settings(3))
    );
}

fn template(ingestion: &str, values: [Value; 2]) -> (Value, Value) {
    let definition = |number: usize| json!({"id": format!("d{number}"), "displayName": "D", "classType": "user"});
    let values = values.into_iter().enumerate().map(|(number, presentation_values)| {
        json!({"id": format!("v{number}"), "enabled": true, "definition": definition(number), "presentationValues": presentation_values})
    });
    let object =
        json!({"id": "t", "displayName": "T", "policyConfigurationIngestionType": ingestion});
    (
        object,
        json!({"definitionValues": values.collect::<Vec<_>>(), "assignments": []}),
    )
}

fn presented(value: &str) -> Value {
    json!([{"id": "x", "value": value, "presentation": {"id": "p"}}])
}

#[tokio::test]
async fn a_template_costs_one_request_where_the_wide_expansion_works() {
    let world = World::start();
    let (object, parts) = template("builtIn", [presented("1"), json!([])]);
    let kind = PolicyKind::GroupPolicyConfiguration;
    let (whole, requests) = world.captured(kind, object, parts).await;
    assert_eq!(requests, ["/definitionValues"]);
    assert_eq!(
        whole["definitionValues"][0]["presentationValues"][0]["value"],
        "1"
    );
    assert_eq!(
        whole["definitionValues"][0]["presentationValues"][0]["presentation"]["id"],
        "p"
    );
    assert_eq!(whole["definitionValues"][1]["definition"]["id"], "d1");
}

#[tokio::test]
async fn a_template_is_read_value_by_value_where_it_does_not() {
    let world = World::start();
    world
        .simulator
        .fault(Fault::on("*/definitionValues", Effect::status(400)).query("presentationValues("));
    let (object, parts) = template("builtIn", [presented("1"), presented("2")]);
    let kind = PolicyKind::GroupPolicyConfiguration;
    let (whole, requests) = world.captured(kind, object, parts).await;
    assert_eq!(requests.len(), 4);
    for (number, value) in ["1", "2"].iter().enumerate() {
        let values = &whole["definitionValues"][number]["presentationValues"];
        assert_eq!(values[0]["value"], *value);
        assert_eq!(values[0]["presentation"]["id"], "p");
    }
}

#[tokio::test]
async fn empty_values_of_a_template_are_doubted_where_they_were_seen_to_be_wrong() {
    for (ingestion, values, requests) in [
        ("builtIn", [json!([]), json!([])], 3),
        ("custom", [presented("1"), json!([])], 2),
        ("builtIn", [presented("1"), json!([])], 1),
    ] {
        let world = World::start();
        let (object, parts) = template(ingestion, values);
        let kind = PolicyKind::GroupPolicyConfiguration;
        let (_, made) = world.captured(kind, object, parts).await;
        assert_eq!(made.len(), requests, "{ingestion} {made:?}");
    }
}

#[tokio::test]
async fn an_action_that_is_not_routed_means_nothing() {
    for status in [400, 404] {
        let world = World::start();
        let path = "/retrieveEnrollmentTimeDeviceMembershipTarget";
        world
            .simulator
            .fault(Fault::on(path, Effect::status(status)).method("POST"));
        let policy = json!({"id": "e", "settingCount": 0, "templateReference": {"templateFamily": "enrollmentConfiguration"}});
        let parts = json!({"settings": [], "assignments": []});
        let (whole, requests) = world
            .captured(PolicyKind::SettingsCatalog, policy, parts)
            .await;
        assert_eq!(whole.get("enrollmentTimeDeviceMembershipTarget"), None);
        assert_eq!(requests.len(), 2);
    }
}
