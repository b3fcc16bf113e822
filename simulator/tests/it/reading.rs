//! Lists and items of all kinds.

use serde_json::{Value, json};

use crate::client::scene;

/// The list call of each kind, and its collection.
const LISTS: [(&str, &str); 38] = [
    (
        "deviceConfigurations",
        "/beta/deviceManagement/deviceConfigurations?$expand=assignments&$top=999",
    ),
    (
        "configurationPolicies",
        "/beta/deviceManagement/configurationPolicies?$expand=assignments&$top=100",
    ),
    (
        "reusablePolicySettings",
        "/beta/deviceManagement/reusablePolicySettings?$select=id,displayName,description,settingDefinitionId,settingInstance,version,createdDateTime,lastModifiedDateTime,referencingConfigurationPolicyCount",
    ),
    (
        "groupPolicyConfigurations",
        "/beta/deviceManagement/groupPolicyConfigurations?$expand=assignments&$top=999",
    ),
    (
        "intents",
        "/beta/deviceManagement/intents?$expand=assignments&$top=999",
    ),
    (
        "windowsFeatureUpdateProfiles",
        "/beta/deviceManagement/windowsFeatureUpdateProfiles?$expand=assignments&$top=200",
    ),
    (
        "windowsQualityUpdateProfiles",
        "/beta/deviceManagement/windowsQualityUpdateProfiles?$expand=assignments&$top=200",
    ),
    (
        "windowsQualityUpdatePolicies",
        "/beta/deviceManagement/windowsQualityUpdatePolicies?$expand=assignments&$top=200",
    ),
    (
        "windowsDriverUpdateProfiles",
        "/beta/deviceManagement/windowsDriverUpdateProfiles?$expand=assignments&$top=200",
    ),
    (
        "deviceCompliancePolicies",
        "/beta/deviceManagement/deviceCompliancePolicies?$expand=assignments,scheduledActionsForRule($expand=scheduledActionConfigurations)&$top=999",
    ),
    (
        "compliancePolicies",
        "/beta/deviceManagement/compliancePolicies?$expand=settings,assignments",
    ),
    (
        "deviceComplianceScripts",
        "/beta/deviceManagement/deviceComplianceScripts",
    ),
    (
        "notificationMessageTemplates",
        "/beta/deviceManagement/notificationMessageTemplates?$expand=localizedNotificationMessages",
    ),
    (
        "deviceManagementScripts",
        "/beta/deviceManagement/deviceManagementScripts?$expand=assignments",
    ),
    (
        "deviceShellScripts",
        "/beta/deviceManagement/deviceShellScripts?$expand=assignments",
    ),
    (
        "deviceCustomAttributeShellScripts",
        "/beta/deviceManagement/deviceCustomAttributeShellScripts?$expand=assignments",
    ),
    (
        "deviceHealthScripts",
        "/beta/deviceManagement/deviceHealthScripts?$expand=assignments",
    ),
    (
        "deviceEnrollmentConfigurations",
        "/beta/deviceManagement/deviceEnrollmentConfigurations?$expand=assignments",
    ),
    (
        "windowsAutopilotDeploymentProfiles",
        "/beta/deviceManagement/windowsAutopilotDeploymentProfiles?$expand=assignments&$top=999",
    ),
    (
        "depOnboardingSettings",
        "/beta/deviceManagement/depOnboardingSettings",
    ),
    (
        "assignmentFilters",
        "/beta/deviceManagement/assignmentFilters",
    ),
    ("roleScopeTags", "/beta/deviceManagement/roleScopeTags"),
    (
        "roleDefinitions",
        "/beta/deviceManagement/roleDefinitions?$filter=isBuiltIn%20eq%20false",
    ),
    ("roleAssignments", "/beta/deviceManagement/roleAssignments"),
    (
        "deviceCategories",
        "/beta/deviceManagement/deviceCategories?$top=500",
    ),
    (
        "termsAndConditions",
        "/beta/deviceManagement/termsAndConditions",
    ),
    (
        "intuneBrandingProfiles",
        "/beta/deviceManagement/intuneBrandingProfiles?$expand=assignments",
    ),
    (
        "deviceManagement",
        "/beta/deviceManagement?$select=id,settings,managedDeviceCleanupSettings,dataProcessorServiceForWindowsFeaturesOnboarding,intuneBrand,userExperienceAnalyticsSettings",
    ),
    (
        "mobileApps",
        "/beta/deviceAppManagement/mobileApps?$filter=(microsoft.graph.managedApp/appAvailability eq null or microsoft.graph.managedApp/appAvailability eq 'lineOfBusiness' or isAssigned eq true)&$expand=assignments&$orderby=displayName&$top=999",
    ),
    (
        "mobileAppConfigurations",
        "/beta/deviceAppManagement/mobileAppConfigurations?$expand=assignments",
    ),
    (
        "iosManagedAppProtections",
        "/beta/deviceAppManagement/iosManagedAppProtections?$expand=apps,assignments",
    ),
    (
        "androidManagedAppProtections",
        "/beta/deviceAppManagement/androidManagedAppProtections?$expand=apps,assignments",
    ),
    (
        "windowsManagedAppProtections",
        "/beta/deviceAppManagement/windowsManagedAppProtections?$expand=apps,assignments",
    ),
    (
        "targetedManagedAppConfigurations",
        "/beta/deviceAppManagement/targetedManagedAppConfigurations?$expand=apps,assignments",
    ),
    (
        "conditionalAccessPolicies",
        "/beta/identity/conditionalAccess/policies?$top=999",
    ),
    (
        "namedLocations",
        "/v1.0/identity/conditionalAccess/namedLocations",
    ),
    (
        "authenticationStrengthPolicies",
        "/v1.0/policies/authenticationStrengthPolicies?$filter=policyType%20eq%20'custom'&$expand=combinationConfigurations",
    ),
    (
        "authenticationContextClassReferences",
        "/v1.0/identity/conditionalAccess/authenticationContextClassReferences",
    ),
];

#[actix_rt::test]
async fn every_kind_is_there_and_each_of_its_objects_can_be_read() {
    let scene = scene(38).await;
    for (collection, list) in LISTS {
        let truth = scene.simulator.objects(scene.tenant, collection);
        assert_eq!(truth.len(), 1, "{collection}");
        if collection == "deviceManagement" {
            let (status, body) = scene.get(list).await;
            assert_eq!((status, &body["id"]), (200, &truth[0].object["id"]));
            continue;
        }
        let (listed, _) = scene.list(list).await;
        assert_eq!(listed.len(), 1, "{collection}");
        let id = listed[0]["id"].as_str().unwrap();
        let (path, _) = list.split_once('?').unwrap_or((list, ""));
        for item in [format!("{path}/{id}"), format!("{path}('{id}')")] {
            let (status, body) = scene.get(&item).await;
            assert_eq!((status, &body["id"]), (200, &json!(id)), "{item}");
        }
    }
}

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
        assert!(item.get("assignments").is_none());
    }
}

#[actix_rt::test]
async fn an_app_shows_scope_tags_icon_and_categories_only_alone() {
    let scene = scene(100).await;
    let (apps, _) = scene.list("/beta/deviceAppManagement/mobileApps").await;
    for app in &apps {
        assert_eq!(
            (&app["roleScopeTagIds"], &app["largeIcon"]),
            (&json!([]), &Value::Null)
        );
        let id = app["id"].as_str().unwrap();
        let path =
            format!("/beta/deviceAppManagement/mobileApps/{id}?$expand=categories,assignments");
        let (_, item) = scene.get(&path).await;
        assert_ne!(item["roleScopeTagIds"], json!([]));
        assert!(item["largeIcon"]["value"].is_string());
        assert!(item["categories"].is_array() && item["assignments"].is_array());
    }
}

#[actix_rt::test]
async fn reusable_settings_show_their_instance_where_it_is_selected() {
    let scene = scene(38).await;
    let path = "/beta/deviceManagement/reusablePolicySettings";
    let (plain, _) = scene.list(path).await;
    assert!(plain[0]["settingInstance"].is_null());
    let (selected, _) = scene
        .list(&format!("{path}?$select=id,settingInstance"))
        .await;
    assert!(selected[0]["settingInstance"].is_object());
    assert!(selected[0].get("displayName").is_none());
}

#[actix_rt::test]
async fn filters_and_orders_are_applied() {
    let scene = scene(600).await;
    let all = scene.simulator.objects(scene.tenant, "roleDefinitions");
    let own = all
        .iter()
        .filter(|role| role.object["isBuiltIn"] == false)
        .count();
    assert!(own < all.len());
    let (listed, _) = scene
        .list("/beta/deviceManagement/roleDefinitions?$filter=isBuiltIn eq false")
        .await;
    assert_eq!(listed.len(), own);

    let (apps, _) = scene.list(LISTS[28].1).await;
    let all = scene.simulator.objects(scene.tenant, "mobileApps");
    assert!(apps.len() < all.len());
    let names: Vec<&str> = apps
        .iter()
        .filter_map(|app| app["displayName"].as_str())
        .collect();
    assert!(names.is_sorted());

    // The service ignores filters on remediations.
    let (scripts, _) = scene
        .list("/beta/deviceManagement/deviceHealthScripts?$filter=isGlobalScript eq false")
        .await;
    assert!(
        scripts
            .iter()
            .any(|script| script["isGlobalScript"] == true)
    );
}

#[actix_rt::test]
async fn the_same_seed_makes_the_same_tenant() {
    let (first, second) = (scene(120).await, scene(120).await);
    for (collection, _) in LISTS {
        let of = |scene: &crate::client::Scene| scene.simulator.objects(scene.tenant, collection);
        assert_eq!(of(&first), of(&second), "{collection}");
    }
}

#[actix_rt::test]
async fn groups_are_found_by_their_ids() {
    let scene = scene(100).await;
    let groups = scene.simulator.objects(scene.tenant, "groups");
    let ids = [
        &groups[1].object["id"],
        &json!("00000000-0000-0000-0000-000000000000"),
        &groups[0].object["id"],
    ];
    let body = json!({ "ids": ids, "types": ["group"] });
    let (status, found) = scene.post("/v1.0/directoryObjects/getByIds", &body).await;
    assert_eq!(status, 200);
    let found = found["value"].as_array().unwrap();
    let names: Vec<&Value> = found.iter().map(|group| &group["displayName"]).collect();
    assert_eq!(
        names,
        [
            &groups[1].object["displayName"],
            &groups[0].object["displayName"]
        ]
    );
    assert_eq!(found[0]["@odata.type"], "#microsoft.graph.group");
}

#[actix_rt::test]
async fn a_thousand_groups_are_looked_up_at_once_and_no_more() {
    let scene = scene(0).await;
    for number in 0..1000 {
        let group = json!({ "id": format!("group-{number}"), "displayName": "Group" });
        scene
            .simulator
            .insert(scene.tenant, "groups", group, json!({}));
    }
    let path = "/v1.0/directoryObjects/getByIds";
    let mut ids: Vec<String> = (0..1000).map(|number| format!("group-{number}")).collect();
    let (status, found) = scene.post(path, &json!({ "ids": ids })).await;
    assert_eq!(
        (status, found["value"].as_array().map(Vec::len)),
        (200, Some(1000))
    );
    ids.push("group-0".to_owned());
    assert_eq!(scene.post(path, &json!({ "ids": ids })).await.0, 400);
}

#[actix_rt::test]
async fn assignments_name_groups_and_filters_that_exist() {
    let scene = scene(300).await;
    let ids = |collection| -> Vec<Value> {
        let objects = scene.simulator.objects(scene.tenant, collection);
        objects
            .iter()
            .map(|stored| stored.object["id"].clone())
            .collect()
    };
    let (groups, filters) = (ids("groups"), ids("assignmentFilters"));
    let mut filtered = 0;
    for (collection, _) in LISTS {
        for stored in scene.simulator.objects(scene.tenant, collection) {
            for assignment in stored.parts["assignments"].as_array().into_iter().flatten() {
                let target = &assignment["target"];
                assert!(target["groupId"].is_null() || groups.contains(&target["groupId"]));
                let filter = &target["deviceAndAppManagementAssignmentFilterId"];
                assert!(filter.is_null() || filters.contains(filter));
                filtered += usize::from(!filter.is_null());
            }
        }
    }
    assert!(filtered > 0);
}
