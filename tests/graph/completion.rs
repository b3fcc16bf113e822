//! Follow-ups of all kinds: what the list leaves out is read and merged.

use serde_json::{Value, json};
use tenantatlas::{
    domain::kind::PolicyKind,
    graph::{Completed, GraphError, catalog},
};
use tenantatlas_simulator::{Effect, Fault};

use crate::support::{World, listed, object, readable, settings};

#[tokio::test]
async fn every_object_of_every_kind_is_completed() {
    let world = World::start();
    let door = world.door();
    for kind in readable() {
        let entry = catalog::entry(kind);
        for listed in door.list(kind).await.unwrap() {
            let whole = object(door.complete(kind, listed.clone()).await.unwrap());
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

/// B12
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

/// B73
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
    // What is gone was asked for again, here and by the look at the object itself.
    world.simulator.clear_log();
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

/// B13
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
