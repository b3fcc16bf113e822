//! What lies below an object: settings, definition values, secrets, certificates, profiles.

use serde_json::{Value, json};
use tenantatlas_simulator::StoredObject;

use crate::client::{Scene, scene};

fn with_type(scene: &Scene, collection: &str, type_name: &str) -> StoredObject {
    let objects = scene.simulator.objects(scene.tenant, collection);
    let wanted = json!(format!("#microsoft.graph.{type_name}"));
    objects
        .into_iter()
        .find(|stored| stored.object["@odata.type"] == wanted)
        .unwrap()
}

fn path(collection: &str, stored: &StoredObject) -> String {
    let id = stored.object["id"].as_str().unwrap();
    format!("/beta/deviceManagement/{collection}/{id}")
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

#[actix_rt::test]
async fn expanded_settings_shrink_the_pages_of_the_list() {
    let scene = scene(60).await;
    let list = "/beta/deviceManagement/configurationPolicies?$expand=settings&$top=100";
    let (policies, pages) = scene.list(list).await;
    assert_eq!(pages, policies.len().div_ceil(2));
    assert!(policies.iter().all(|policy| policy["settings"].is_array()));
}

#[actix_rt::test]
async fn scheduled_actions_hold_configurations_only_when_expanded() {
    let scene = scene(38).await;
    let list = "/beta/deviceManagement/deviceCompliancePolicies";
    let (bare, _) = scene
        .list(&format!("{list}?$expand=scheduledActionsForRule"))
        .await;
    assert!(
        bare[0]["scheduledActionsForRule"][0]
            .get("scheduledActionConfigurations")
            .is_none()
    );
    let nested = format!(
        "{list}?$expand=assignments,scheduledActionsForRule($expand=scheduledActionConfigurations)"
    );
    let (full, _) = scene.list(&nested).await;
    let truth = scene
        .simulator
        .objects(scene.tenant, "deviceCompliancePolicies");
    assert_eq!(
        full[0]["scheduledActionsForRule"],
        truth[0].parts["scheduledActionsForRule"]
    );
}

#[actix_rt::test]
async fn definition_values_are_read_setting_by_setting() {
    let scene = scene(300).await;
    let policies = scene
        .simulator
        .objects(scene.tenant, "groupPolicyConfigurations");
    let policy = &policies[0];
    let values = format!(
        "{}/definitionValues",
        path("groupPolicyConfigurations", policy)
    );
    let (bare, _) = scene.list(&values).await;
    assert!(bare[0].get("definition").is_none() && bare[0].get("presentationValues").is_none());

    let (listed, _) = scene
        .list(&format!(
            "{values}?$expand=definition($select=id,classType)"
        ))
        .await;
    let truth = policy.parts["definitionValues"].as_array().unwrap();
    assert_eq!(listed.len(), truth.len());
    for (listed, truth) in listed.iter().zip(truth) {
        let definition = json!({ "id": truth["definition"]["id"], "classType": truth["definition"]["classType"] });
        assert_eq!(listed["definition"], definition);
        let id = truth["id"].as_str().unwrap();
        let inner = format!("{values}/{id}/presentationValues?$expand=presentation");
        let (presentations, _) = scene.list(&inner).await;
        assert_eq!(json!(presentations), truth["presentationValues"]);
    }
}

#[actix_rt::test]
async fn a_plain_value_needs_more_than_the_right_to_read() {
    let scene = scene(38).await;
    let profile = with_type(
        &scene,
        "deviceConfigurations",
        "windows10CustomConfiguration",
    );
    let settings = profile.object["omaSettings"].as_array().unwrap();
    let secret = settings
        .iter()
        .find(|setting| setting["isEncrypted"] == true)
        .unwrap();
    assert_eq!(secret["value"], "****");
    let reference = secret["secretReferenceValueId"].as_str().unwrap();
    let call = format!(
        "{}/getOmaSettingPlainTextValue(secretReferenceValueId='{reference}')",
        path("deviceConfigurations", &profile)
    );
    let (status, body) = scene.get(&call).await;
    assert_eq!(
        (status, &body["value"]),
        (200, &profile.parts["secrets"][reference])
    );

    scene.simulator.permissions(
        scene.tenant,
        vec!["DeviceManagementConfiguration.Read.All".to_owned()],
    );
    assert_eq!(scene.get(&call).await.0, 403);
}

#[actix_rt::test]
async fn certificates_are_reached_through_the_type_of_their_profile() {
    let scene = scene(200).await;
    let wifi = with_type(
        &scene,
        "deviceConfigurations",
        "windowsWifiEnterpriseEAPConfiguration",
    );
    let typed = format!(
        "{}/microsoft.graph.windowsWifiEnterpriseEAPConfiguration",
        path("deviceConfigurations", &wifi)
    );
    let (roots, _) = scene
        .list(&format!("{typed}/rootCertificatesForServerValidation"))
        .await;
    assert_eq!(
        json!(roots),
        wifi.parts["rootCertificatesForServerValidation"]
    );
    let (_, identity) = scene
        .get(&format!(
            "{typed}/identityCertificateForClientAuthentication"
        ))
        .await;
    assert_eq!(
        identity["id"],
        wifi.parts["identityCertificateForClientAuthentication"]["id"]
    );
    assert_eq!(scene.get(&format!("{typed}/rootCertificate")).await.0, 404);

    let wrong = format!(
        "{}/microsoft.graph.iosWiFiConfiguration/rootCertificate",
        path("deviceConfigurations", &wifi)
    );
    assert_eq!(scene.get(&wrong).await.0, 400);
}

#[actix_rt::test]
async fn privacy_rows_come_with_a_typed_expansion_of_the_item() {
    let scene = scene(200).await;
    let profile = with_type(
        &scene,
        "deviceConfigurations",
        "windows10GeneralConfiguration",
    );
    let expand = "?$expand=microsoft.graph.windows10GeneralConfiguration/privacyAccessControls";
    let (_, item) = scene
        .get(&format!(
            "{}{expand}",
            path("deviceConfigurations", &profile)
        ))
        .await;
    assert_eq!(
        item["privacyAccessControls"],
        profile.parts["privacyAccessControls"]
    );
    let list = format!("/beta/deviceManagement/deviceConfigurations{expand}");
    assert_eq!(scene.get(&list).await.0, 400);
}

#[actix_rt::test]
async fn apple_profiles_hold_the_password_of_the_local_admin() {
    let scene = scene(38).await;
    let token = &scene
        .simulator
        .objects(scene.tenant, "depOnboardingSettings")[0];
    let token = path("depOnboardingSettings", token);
    let (profiles, _) = scene.list(&format!("{token}/enrollmentProfiles")).await;
    assert!(
        profiles
            .iter()
            .any(|profile| profile["adminAccountPassword"].is_string())
    );
    let (status, default) = scene
        .get(&format!("{token}/defaultIosEnrollmentProfile"))
        .await;
    assert_eq!((status, &default["id"]), (200, &profiles[0]["id"]));
    assert_eq!(
        scene
            .get(&format!("{token}/defaultTvOSEnrollmentProfile"))
            .await
            .0,
        404
    );
}

#[actix_rt::test]
async fn a_role_assignment_shows_members_tags_and_role_only_alone() {
    let scene = scene(38).await;
    let (listed, _) = scene.list("/beta/deviceManagement/roleAssignments").await;
    assert!(listed[0].get("members").is_none());
    let id = listed[0]["id"].as_str().unwrap();
    let expand =
        "$expand=microsoft.graph.deviceAndAppManagementRoleAssignment/roleScopeTags,roleDefinition";
    let (_, item) = scene
        .get(&format!(
            "/beta/deviceManagement/roleAssignments/{id}?{expand}"
        ))
        .await;
    assert!(item["members"].is_array() && item["roleScopeTags"].is_array());
    let roles = scene.simulator.objects(scene.tenant, "roleDefinitions");
    assert_eq!(item["roleDefinition"]["id"], roles[0].object["id"]);
}

#[actix_rt::test]
async fn some_lists_do_not_expand_assignments() {
    let scene = scene(1000).await;
    let (tags, _) = scene
        .list("/beta/deviceManagement/roleScopeTags?$expand=assignments")
        .await;
    assert!(tags.iter().all(|tag| tag["assignments"] == json!([])));
    let tag = scene
        .simulator
        .objects(scene.tenant, "roleScopeTags")
        .into_iter()
        .find(|tag| tag.parts["assignments"] != json!([]))
        .unwrap();
    let (assignments, _) = scene
        .list(&format!("{}/assignments", path("roleScopeTags", &tag)))
        .await;
    assert_eq!(json!(assignments), tag.parts["assignments"]);

    let terms = "/beta/deviceManagement/termsAndConditions";
    assert_eq!(
        scene.get(&format!("{terms}?$expand=assignments")).await.0,
        400
    );
    let shell = &scene.simulator.objects(scene.tenant, "deviceShellScripts")[0];
    let route = format!("{}/assignments", path("deviceShellScripts", shell));
    assert_eq!(scene.get(&route).await.0, 400);
}

#[actix_rt::test]
async fn images_drivers_relations_and_enrolment_groups_have_routes() {
    let scene = scene(300).await;
    let branding = &scene
        .simulator
        .objects(scene.tenant, "intuneBrandingProfiles")[0];
    let logo = format!(
        "{}/themeColorLogo",
        path("intuneBrandingProfiles", branding)
    );
    assert_eq!(
        scene.get(&logo).await.1["value"],
        branding.parts["themeColorLogo"]["value"]
    );

    let driver = &scene
        .simulator
        .objects(scene.tenant, "windowsDriverUpdateProfiles")[0];
    let inventory = format!(
        "{}/driverInventories?$filter=approvalStatus ne 'needsReview'",
        path("windowsDriverUpdateProfiles", driver)
    );
    assert_eq!(scene.list(&inventory).await.0.len(), 3);

    let apps = scene.simulator.objects(scene.tenant, "mobileApps");
    let app = apps
        .iter()
        .find(|app| app.object["dependentAppCount"] == 1)
        .unwrap();
    let relations = format!(
        "/beta/deviceAppManagement/mobileApps/{}/relationships?$filter=targetType eq microsoft.graph.mobileAppRelationshipType'child'",
        app.object["id"].as_str().unwrap()
    );
    assert_eq!(scene.list(&relations).await.0.len(), 1);

    let policies = scene
        .simulator
        .objects(scene.tenant, "configurationPolicies");
    let family = |policy: &&StoredObject| {
        policy.object["templateReference"]["templateFamily"] == "enrollmentConfiguration"
    };
    let policy = policies.iter().find(family).unwrap();
    let action = format!(
        "{}/retrieveEnrollmentTimeDeviceMembershipTarget",
        path("configurationPolicies", policy)
    );
    let (status, body) = scene.post(&action, &Value::Null).await;
    let target = &body["enrollmentTimeDeviceMembershipTargetValidationStatuses"][0]["targetId"];
    assert_eq!((status, target.is_string()), (200, true));
}
