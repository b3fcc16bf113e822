//! Follow-ups: what the list leaves out is read, merged and checked.

use serde_json::{Value, json};
use tenantatlas::{
    domain::kind::PolicyKind,
    graph::{Completed, GraphError, TenantGraph, catalog},
};
use tenantatlas_simulator::{Effect, Fault, Hits};

use crate::support::{World, object};

/// The object of a kind with this id, as it is listed.
async fn listed(door: &TenantGraph, kind: PolicyKind, id: &str) -> Value {
    let objects = door.list(kind).await.unwrap();
    let found = objects.into_iter().find(|object| object["id"] == id);
    found.unwrap_or_else(|| panic!("{kind} {id} is not listed"))
}

impl World {
    /// Puts an object into the tenant, reads it in full and tells what that cost.
    async fn captured(
        &self,
        kind: PolicyKind,
        object: Value,
        parts: Value,
    ) -> (Value, Vec<String>) {
        let id = object["id"].as_str().unwrap().to_owned();
        let collection = catalog::entry(kind).list.rsplit('/').next().unwrap();
        self.simulator
            .insert(self.tenant_id(), collection, object, parts);
        let door = self.door();
        let listed = listed(&door, kind, &id).await;
        self.simulator.clear_log();
        let completed = door.complete(kind, listed).await.unwrap();
        let place = format!("/{collection}/{id}");
        let requests = self.requests().into_iter().map(|request| {
            let below = request.path.split_once(&place);
            below.map_or(request.path.clone(), |(_, below)| below.to_owned())
        });
        (self::object(completed), requests.collect())
    }
}

fn settings(count: usize) -> Value {
    let setting = |number| json!({"id": format!("{number}"), "settingInstance": {"settingDefinitionId": format!("d{number}")}});
    (0..count).map(setting).collect()
}

#[tokio::test]
async fn every_object_of_every_kind_is_completed() {
    let world = World::start();
    let door = world.door();
    for kind in PolicyKind::ALL {
        let entry = catalog::entry(*kind);
        for listed in door.list(*kind).await.unwrap() {
            let whole = object(door.complete(*kind, listed.clone()).await.unwrap());
            let has_assignments = entry.assignments != catalog::Assignments::None;
            assert_eq!(
                whole.get("assignments").is_some_and(Value::is_array),
                has_assignments,
                "{kind}"
            );
            assert_eq!(
                whole.get("roleScopeTagIds").is_some(),
                entry.has_scope_tags,
                "{kind} {whole}"
            );
            let text = whole.to_string();
            let types = text.matches("@odata.type\":").count();
            assert_eq!(text.matches("@odata.").count(), types, "{kind} {text}");
            for (name, value) in whole.as_object().unwrap() {
                let body = name.ends_with("ScriptContent") || name == "scriptContent";
                assert!(!body || value.is_string(), "{kind} {name}");
            }
        }
    }
}

#[tokio::test]
async fn script_bodies_come_from_the_item() {
    let world = World::start();
    let script =
        json!({"id": "s", "displayName": "S", "lastModifiedDateTime": "2026-01-01T00:00:00Z"});
    let parts = json!({"content": {"scriptContent": "ZXhpdA=="}, "assignments": [{"id": "a"}]});
    let (whole, requests) = world.captured(PolicyKind::ShellScript, script, parts).await;
    assert_eq!(whole["scriptContent"], "ZXhpdA==");
    assert_eq!(whole["assignments"], json!([{"id": "a"}]));
    assert_eq!(requests, [""]);
}

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

fn custom_profile() -> (Value, Value) {
    let object = json!({
        "id": "c", "@odata.type": "#microsoft.graph.windows10CustomConfiguration", "version": 1,
        "omaSettings": [
            {"displayName": "open", "isEncrypted": false, "secretReferenceValueId": null, "value": "seen"},
            {"displayName": "secret", "isEncrypted": true, "secretReferenceValueId": "r/1", "value": "****"},
        ]
    });
    (
        object,
        json!({"assignments": [], "secrets": {"r/1": "hidden"}}),
    )
}

#[tokio::test]
async fn encrypted_values_are_decrypted_into_a_member_that_is_sealed() {
    let world = World::start();
    let (object, parts) = custom_profile();
    let (whole, requests) = world
        .captured(PolicyKind::DeviceConfiguration, object, parts)
        .await;
    assert_eq!(requests.len(), 1);
    assert_eq!(whole["omaSettings"][0]["value"], "seen");
    assert_eq!(whole["omaSettings"][1]["decryptedValue"], "hidden");
    assert_eq!(whole["omaSettings"][1].get("value"), None);
    let sealed = catalog::entry(PolicyKind::DeviceConfiguration)
        .capture
        .sealed;
    assert!(sealed.contains(&"omaSettings[].decryptedValue"));
    assert!(!sealed.contains(&"omaSettings[].value"));
}

#[tokio::test]
async fn values_that_the_app_may_not_decrypt_are_marked() {
    let world = World::with_options(|options| {
        let granted = vec!["DeviceManagementConfiguration.Read.All".to_owned()];
        options.tenants[0].permissions = Some(granted);
    });
    let (object, parts) = custom_profile();
    let (whole, _) = world
        .captured(PolicyKind::DeviceConfiguration, object, parts)
        .await;
    assert_eq!(whole["omaSettings"][1]["valueNotCaptured"], true);
    assert_eq!(whole["omaSettings"][1]["value"], "****");
    assert_eq!(whole["omaSettings"][0].get("valueNotCaptured"), None);
}

#[tokio::test]
async fn linked_certificates_are_captured_and_missing_ones_are_not() {
    let world = World::start();
    let profile =
        json!({"id": "w", "@odata.type": "#microsoft.graph.windowsWifiEnterpriseEAPConfiguration"});
    let parts = json!({
        "assignments": [],
        "rootCertificatesForServerValidation": [{"id": "r1", "displayName": "Root"}],
        "identityCertificateForClientAuthentication": {"id": "i1", "displayName": "Identity"},
    });
    let (whole, requests) = world
        .captured(PolicyKind::DeviceConfiguration, profile, parts)
        .await;
    assert_eq!(whole["rootCertificatesForServerValidation"][0]["id"], "r1");
    assert_eq!(
        whole["identityCertificateForClientAuthentication"]["displayName"],
        "Identity"
    );
    assert_eq!(whole.get("rootCertificateForClientValidation"), None);
    assert_eq!(requests.len(), 3);
}

#[tokio::test]
async fn a_plain_profile_costs_no_request() {
    let world = World::start();
    let profile =
        json!({"id": "p", "@odata.type": "#microsoft.graph.iosGeneralDeviceConfiguration"});
    let parts = json!({"assignments": [{"id": "a"}]});
    let (whole, requests) = world
        .captured(PolicyKind::DeviceConfiguration, profile, parts)
        .await;
    assert_eq!(whole["assignments"], json!([{"id": "a"}]));
    assert!(requests.is_empty());
}

#[tokio::test]
async fn privacy_rows_come_from_the_item() {
    let world = World::start();
    let profile =
        json!({"id": "g", "@odata.type": "#microsoft.graph.windows10GeneralConfiguration"});
    let parts = json!({"assignments": [{"id": "a"}], "privacyAccessControls": [{"id": "row"}]});
    let (whole, _) = world
        .captured(PolicyKind::DeviceConfiguration, profile, parts)
        .await;
    assert_eq!(whole["privacyAccessControls"], json!([{"id": "row"}]));
    assert_eq!(whole["assignments"], json!([{"id": "a"}]));
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

#[tokio::test]
async fn an_object_deleted_after_listing_has_vanished() {
    let world = World::start();
    let door = world.door();
    for (kind, collection) in [
        (PolicyKind::PowershellScript, "deviceManagementScripts"),
        (PolicyKind::SettingsCatalog, "configurationPolicies"),
        (PolicyKind::ScopeTag, "roleScopeTags"),
    ] {
        let object = json!({"id": "gone", "displayName": "Gone"});
        world
            .simulator
            .insert(world.tenant_id(), collection, object, json!({}));
        let listed = listed(&door, kind, "gone").await;
        world
            .simulator
            .remove(world.tenant_id(), collection, "gone");
        assert_eq!(
            door.complete(kind, listed).await.unwrap(),
            Completed::Vanished,
            "{kind}"
        );
    }
    let tag = json!({"id": "gone"});
    let error = door
        .assignments(PolicyKind::ScopeTag, &tag)
        .await
        .unwrap_err();
    assert!(matches!(error, GraphError::Vanished), "{error}");
}

#[tokio::test]
async fn what_is_missing_below_an_object_does_not_make_it_vanish() {
    let world = World::start();
    let door = world.door();
    let policy = json!({"id": "p", "settingCount": 0});
    let parts = json!({"settings": [], "assignments": []});
    world
        .simulator
        .insert(world.tenant_id(), "configurationPolicies", policy, parts);
    let listed = listed(&door, PolicyKind::SettingsCatalog, "p").await;
    world
        .simulator
        .fault(Fault::on("/settings", Effect::NotFound));
    let error = door
        .complete(PolicyKind::SettingsCatalog, listed)
        .await
        .unwrap_err();
    assert!(
        matches!(error, GraphError::Refused { status: 404, .. }),
        "{error}"
    );
}

#[tokio::test]
async fn assignments_cost_a_request_only_where_the_list_does_not_give_them() {
    let world = World::start();
    let door = world.door();
    let assigned = json!([{"id": "a", "target": {"groupId": "g"}}]);
    for (kind, collection, requests) in [
        (PolicyKind::DeviceConfiguration, "deviceConfigurations", 0),
        (PolicyKind::ScopeTag, "roleScopeTags", 1),
        (PolicyKind::TermsAndConditions, "termsAndConditions", 1),
    ] {
        let parts = json!({"assignments": assigned});
        world
            .simulator
            .insert(world.tenant_id(), collection, json!({"id": "o"}), parts);
        let listed = listed(&door, kind, "o").await;
        world.simulator.clear_log();
        let read = door.assignments(kind, &listed).await.unwrap();
        assert_eq!(read.as_ref(), Some(&assigned), "{kind}");
        assert_eq!(world.requests().len(), requests, "{kind}");
    }
    let filter = json!({"id": "f"});
    assert_eq!(
        door.assignments(PolicyKind::AssignmentFilter, &filter)
            .await
            .unwrap(),
        None
    );
}

#[tokio::test]
async fn what_a_refused_expansion_left_out_is_read_item_by_item() {
    for (kind, collection) in [
        (
            PolicyKind::DeviceCompliancePolicy,
            "deviceCompliancePolicies",
        ),
        (PolicyKind::ShellScript, "deviceShellScripts"),
        (PolicyKind::AppProtectionIos, "iosManagedAppProtections"),
        (PolicyKind::CompliancePolicyV2, "compliancePolicies"),
    ] {
        let world = World::start();
        let door = world.door();
        let whole = json!({"id": "o", "settingCount": 2, "version": "1"});
        let parts = json!({
            "assignments": [{"id": "a"}], "apps": [{"id": "app"}], "settings": settings(2), "content": {},
            "scheduledActionsForRule": [{"id": "r", "scheduledActionConfigurations": [{"id": "c"}]}],
        });
        world
            .simulator
            .insert(world.tenant_id(), collection, whole, parts);
        let from_list = listed(&door, kind, "o").await;
        let expected = door.complete(kind, from_list).await.unwrap();

        let path = format!("*/{collection}");
        world
            .simulator
            .fault(Fault::on(path, Effect::status(400)).query("$expand"));
        let plain = listed(&door, kind, "o").await;
        assert_eq!(plain.get("assignments"), None);
        assert_eq!(
            door.complete(kind, plain).await.unwrap(),
            expected,
            "{kind}"
        );
    }
}

#[tokio::test]
async fn apps_are_completed_with_categories_and_relationships() {
    let world = World::start();
    let app = json!({"id": "m", "@odata.type": "#microsoft.graph.win32LobApp", "displayName": "M", "isAssigned": true, "dependentAppCount": 1});
    let parts = json!({
        "content": {"largeIcon": {"value": "iVBOR"}}, "assignments": [{"id": "a"}],
        "categories": [{"id": "k"}], "relationships": [{"id": "r", "targetType": "child"}],
    });
    let (whole, requests) = world.captured(PolicyKind::MobileApp, app, parts).await;
    assert_eq!(whole["largeIcon"]["value"], "iVBOR");
    assert_eq!(whole["categories"], json!([{"id": "k"}]));
    assert_eq!(whole["relationships"][0]["id"], "r");
    assert_eq!(whole["assignments"], json!([{"id": "a"}]));
    assert_eq!(requests, ["", "/relationships"]);
}

#[tokio::test]
async fn apple_tokens_carry_their_profiles_and_branding_its_images() {
    let world = World::start();
    let token = json!({"id": "t", "tokenName": "ABM"});
    let parts = json!({"enrollmentProfiles": [{"id": "e", "adminAccountPassword": "pw"}]});
    let (whole, _) = world
        .captured(PolicyKind::AppleEnrollmentToken, token, parts)
        .await;
    assert_eq!(whole["enrollmentProfiles"][0]["id"], "e");

    let branding = json!({"id": "b", "profileName": "B"});
    let parts =
        json!({"assignments": [], "themeColorLogo": {"type": "image/png", "value": "iVBOR"}});
    let (whole, _) = world
        .captured(PolicyKind::CompanyPortalBranding, branding, parts)
        .await;
    assert_eq!(whole["themeColorLogo"]["value"], "iVBOR");
    assert_eq!(whole.get("lightBackgroundLogo"), None);
}

#[tokio::test]
async fn enrolment_notifications_carry_their_texts() {
    let world = World::start();
    let template = json!({"id": "tpl", "displayName": "EnrollmentNotificationInternalMEO"});
    let parts = json!({"localizedNotificationMessages": [{"id": "l", "locale": "en-US", "subject": "Hello"}]});
    world.simulator.insert(
        world.tenant_id(),
        "notificationMessageTemplates",
        template,
        parts,
    );
    let notification = json!({
        "id": "n", "@odata.type": "#microsoft.graph.deviceEnrollmentNotificationConfiguration",
        "notificationTemplates": ["Email_tpl", "Push_gone"],
    });
    let kind = PolicyKind::EnrollmentConfiguration;
    let (whole, _) = world
        .captured(kind, notification, json!({"assignments": []}))
        .await;
    let templates = whole["notificationMessageTemplates"].as_array().unwrap();
    assert_eq!(templates.len(), 1);
    assert_eq!(
        templates[0]["localizedNotificationMessages"][0]["subject"],
        "Hello"
    );
}
