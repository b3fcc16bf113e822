//! The kinds that few tenants use: their lists, what lies below, and who may not have them.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::client::scene;

/// The list call of each kind with more than one object, its collection, and the members of which one
/// is the marker, none where there is no marker.
const LISTS: [(&str, &str, &str); 34] = [
    (
        "hardwareConfigurations",
        "/beta/deviceManagement/hardwareConfigurations?$expand=assignments",
        "version",
    ),
    (
        "appleUserInitiatedEnrollmentProfiles",
        "/beta/deviceManagement/appleUserInitiatedEnrollmentProfiles?$expand=assignments",
        "lastModifiedDateTime",
    ),
    (
        "androidDeviceOwnerEnrollmentProfiles",
        "/beta/deviceManagement/androidDeviceOwnerEnrollmentProfiles",
        "lastModifiedDateTime",
    ),
    (
        "androidForWorkEnrollmentProfiles",
        "/beta/deviceManagement/androidForWorkEnrollmentProfiles",
        "lastModifiedDateTime",
    ),
    (
        "managedDeviceCleanupRules",
        "/beta/deviceManagement/managedDeviceCleanupRules",
        "lastModifiedDateTime",
    ),
    (
        "complianceManagementPartners",
        "/beta/deviceManagement/complianceManagementPartners",
        "",
    ),
    (
        "deviceManagementPartners",
        "/v1.0/deviceManagement/deviceManagementPartners",
        "",
    ),
    (
        "remoteAssistancePartners",
        "/beta/deviceManagement/remoteAssistancePartners",
        "",
    ),
    (
        "mobileThreatDefenseConnectors",
        "/beta/deviceManagement/mobileThreatDefenseConnectors",
        "",
    ),
    (
        "derivedCredentials",
        "/beta/deviceManagement/derivedCredentials",
        "",
    ),
    (
        "operationApprovalPolicies",
        "/beta/deviceManagement/operationApprovalPolicies",
        "lastModifiedDateTime",
    ),
    (
        "microsoftTunnelConfigurations",
        "/beta/deviceManagement/microsoftTunnelConfigurations",
        "lastUpdateDateTime",
    ),
    (
        "microsoftTunnelSites",
        "/beta/deviceManagement/microsoftTunnelSites?$expand=microsoftTunnelConfiguration($select=id)",
        "",
    ),
    (
        "cloudCertificationAuthority",
        "/beta/deviceManagement/cloudCertificationAuthority",
        "eTag",
    ),
    (
        "zebraFotaDeployments",
        "/beta/deviceManagement/zebraFotaDeployments",
        "",
    ),
    (
        "resourceAccessProfiles",
        "/beta/deviceManagement/resourceAccessProfiles?$expand=assignments",
        "version",
    ),
    (
        "provisioningPolicies",
        "/beta/deviceManagement/virtualEndpoint/provisioningPolicies?$expand=assignments",
        "lastModifiedDateTime",
    ),
    (
        "userSettings",
        "/beta/deviceManagement/virtualEndpoint/userSettings?$expand=assignments",
        "lastModifiedDateTime",
    ),
    (
        "onPremisesConnections",
        "/v1.0/deviceManagement/virtualEndpoint/onPremisesConnections",
        "",
    ),
    (
        "deviceImages",
        "/v1.0/deviceManagement/virtualEndpoint/deviceImages",
        "lastModifiedDateTime",
    ),
    (
        "mobileAppCategories",
        "/v1.0/deviceAppManagement/mobileAppCategories",
        "lastModifiedDateTime",
    ),
    (
        "policySets",
        "/beta/deviceAppManagement/policySets",
        "lastModifiedDateTime",
    ),
    (
        "vppTokens",
        "/beta/deviceAppManagement/vppTokens",
        "lastModifiedDateTime",
    ),
    (
        "mdmWindowsInformationProtectionPolicies",
        "/beta/deviceAppManagement/mdmWindowsInformationProtectionPolicies?$expand=assignments,protectedAppLockerFiles,exemptAppLockerFiles",
        "version",
    ),
    (
        "windowsInformationProtectionPolicies",
        "/beta/deviceAppManagement/windowsInformationProtectionPolicies?$expand=assignments,protectedAppLockerFiles,exemptAppLockerFiles",
        "version",
    ),
    (
        "defaultManagedAppProtections",
        "/beta/deviceAppManagement/defaultManagedAppProtections?$expand=apps",
        "version",
    ),
    (
        "wdacSupplementalPolicies",
        "/beta/deviceAppManagement/wdacSupplementalPolicies?$expand=assignments",
        "version",
    ),
    (
        "iosLobAppProvisioningConfigurations",
        "/beta/deviceAppManagement/iosLobAppProvisioningConfigurations?$expand=assignments",
        "version",
    ),
    (
        "managedEBooks",
        "/beta/deviceAppManagement/managedEBooks?$expand=assignments",
        "lastModifiedDateTime",
    ),
    (
        "groupPolicyUploadedDefinitionFiles",
        "/beta/deviceManagement/groupPolicyUploadedDefinitionFiles",
        "lastModifiedDateTime",
    ),
    ("groupSettings", "/v1.0/groupSettings", ""),
    ("applications", "/v1.0/applications?$top=999", ""),
    (
        "crossTenantAccessPartners",
        "/v1.0/policies/crossTenantAccessPolicy/partners",
        "",
    ),
    (
        "authorizationPolicy",
        "/beta/policies/authorizationPolicy",
        "",
    ),
];

/// What is there once, and which of it small tenants have as well.
const SINGLES: [(&str, bool); 11] = [
    (
        "/v1.0/deviceManagement/applePushNotificationCertificate",
        false,
    ),
    (
        "/beta/deviceManagement/androidManagedStoreAccountEnterpriseSettings",
        true,
    ),
    ("/beta/deviceManagement/remoteAssistanceSettings", true),
    ("/beta/deviceAppManagement/windowsManagementApp", true),
    ("/beta/policies/authenticationMethodsPolicy", true),
    ("/v1.0/policies/authorizationPolicy", true),
    ("/beta/policies/authenticationFlowsPolicy", true),
    ("/v1.0/policies/deviceRegistrationPolicy", true),
    (
        "/v1.0/policies/identitySecurityDefaultsEnforcementPolicy",
        true,
    ),
    ("/beta/policies/externalIdentitiesPolicy", true),
    ("/v1.0/policies/crossTenantAccessPolicy/default", true),
];

/// What no application may read.
const PEOPLE_ONLY: [&str; 5] = [
    "/v1.0/identityGovernance/termsOfUse/agreements?$expand=files",
    "/v1.0/agreements/1/file/localizations('2')/fileData/data",
    "/beta/policies/mobileDeviceManagementPolicies?$expand=includedGroups",
    "/beta/deviceManagement/inventoryPolicies",
    "/beta/deviceManagement/inventoryPolicies/1?$expand=settings,assignments",
];

fn key(object: &Value) -> &str {
    ["id", "tenantId"]
        .iter()
        .find_map(|name| object[name].as_str())
        .unwrap()
}

#[actix_rt::test]
async fn every_rarer_kind_has_objects_that_can_be_read() {
    let scene = scene(100).await;
    for (collection, list, marker) in LISTS {
        let truth = scene.simulator.objects(scene.tenant, collection);
        let (listed, _) = scene.list(list).await;
        assert!(!listed.is_empty(), "{collection}");
        assert_eq!(listed.len(), truth.len(), "{collection}");
        let (path, query) = list.split_once('?').unwrap_or((list, ""));
        for object in &listed {
            let (status, item) = scene.get(&format!("{path}/{}", key(object))).await;
            assert_eq!((status, key(&item)), (200, key(object)), "{collection}");
            assert!(
                marker.is_empty() || object[marker].is_string() || object[marker].is_u64(),
                "{collection}"
            );
            for part in query.trim_start_matches("$expand=").split(',') {
                let name = part.split('(').next().unwrap();
                assert!(
                    query.is_empty() || name.starts_with('$') || !object[name].is_null(),
                    "{collection}/{name}"
                );
            }
        }
    }
    for (path, _) in SINGLES {
        let (status, body) = scene.get(path).await;
        assert_eq!((status, body["value"].is_null()), (200, true), "{path}");
    }
}

#[actix_rt::test]
async fn a_small_tenant_has_what_every_tenant_has() {
    let scene = scene(99).await;
    for (path, always) in SINGLES {
        let expected = if always { 200 } else { 404 };
        assert_eq!(scene.get(path).await.0, expected, "{path}");
    }
    for (collection, list, _) in LISTS {
        let always = ["authorizationPolicy", "groupPolicyUploadedDefinitionFiles"];
        if !always.contains(&collection) {
            assert_eq!(scene.list(list).await.0.len(), 0, "{collection}");
        }
    }
    let branding = format!("/v1.0/organization/{}/branding/localizations", scene.tenant);
    assert_eq!(scene.get(&branding).await.0, 404);
}

#[actix_rt::test]
async fn what_only_people_may_read_is_refused_to_an_application() {
    let scene = scene(100).await;
    for path in PEOPLE_ONLY {
        let (status, body) = scene.get(path).await;
        assert_eq!(status, 403, "{path}: {body}");
    }
}

#[actix_rt::test]
async fn the_sign_in_page_of_the_own_tenant_sends_its_images_as_bytes() {
    let scene = scene(100).await;
    let list = format!("/v1.0/organization/{}/branding/localizations", scene.tenant);
    let (listed, _) = scene.list(&list).await;
    assert_eq!(listed[0]["id"], "0");
    let answer = scene.send(&format!("{list}/0/bannerLogo")).await.unwrap();
    assert_eq!(answer.headers()["content-type"], "image/png");
    let bytes = answer.bytes().await.unwrap();
    assert!(bytes.starts_with(b"\x89PNG") && String::from_utf8(bytes.to_vec()).is_err());
    let style = scene.send(&format!("{list}/0/customCSS")).await.unwrap();
    assert_eq!(style.headers()["content-type"], "text/css");
    assert_eq!(scene.get(&format!("{list}/0/squareLogo")).await.0, 404);
    let foreign = "/v1.0/organization/00000000-0000-0000-0000-000000000000/branding/localizations";
    assert_eq!(scene.get(foreign).await.0, 404);
}

#[actix_rt::test]
async fn follow_ups_show_what_the_lists_leave_out() {
    let scene = scene(100).await;
    let first = async |path: &str| scene.list(path).await.0.swap_remove(0);

    let firmware = "/beta/deviceManagement/hardwareConfigurations";
    let listed = first(firmware).await;
    assert!(listed["configurationFileContent"].is_null());
    let (_, item) = scene
        .get(&format!("{firmware}/{}?$expand=assignments", key(&listed)))
        .await;
    assert!(item["configurationFileContent"].is_string() && item["assignments"].is_array());

    let sets = "/beta/deviceAppManagement/policySets";
    assert_eq!(
        scene
            .get(&format!("{sets}?$expand=assignments,items"))
            .await
            .0,
        400
    );
    let set = first(sets).await;
    assert!(set.get("items").is_none());
    let (_, item) = scene
        .get(&format!("{sets}/{}?$expand=assignments,items", key(&set)))
        .await;
    assert_eq!(item["items"].as_array().map(Vec::len), Some(3));

    let enrolment = "/beta/deviceManagement/androidDeviceOwnerEnrollmentProfiles";
    let profile = first(enrolment).await;
    assert!(profile["tokenValue"].is_string() && profile["wifiPassword"].is_string());
    let action = format!(
        "{enrolment}('{}')/retrieveEnrollmentTimeDeviceMembershipTarget",
        key(&profile)
    );
    let (status, body) = scene.post(&action, &json!({})).await;
    assert_eq!(status, 200);
    assert!(
        body["enrollmentTimeDeviceMembershipTargetValidationStatuses"][0]["targetId"].is_string()
    );

    let site = first(LISTS[12].1).await;
    let members: Vec<&String> = site["microsoftTunnelConfiguration"]
        .as_object()
        .unwrap()
        .keys()
        .collect();
    assert_eq!(members, ["id"]);
}

#[actix_rt::test]
async fn every_partition_has_an_object() {
    let scene = scene(100).await;
    let objects = |collection: &str| scene.simulator.objects(scene.tenant, collection);
    let types = |collection: &str| -> BTreeSet<String> {
        let of = objects(collection);
        of.iter()
            .filter_map(|stored| stored.object["@odata.type"].as_str())
            .map(|name| name.trim_start_matches("#microsoft.graph.").to_owned())
            .collect()
    };
    let profiles = types("deviceConfigurations");
    for name in [
        "windowsUpdateForBusinessConfiguration",
        "iosUpdateConfiguration",
        "macOSSoftwareUpdateConfiguration",
    ] {
        assert!(profiles.contains(name), "{name}");
    }
    let enrolment = types("deviceEnrollmentConfigurations");
    for name in [
        "windows10EnrollmentCompletionPageConfiguration",
        "deviceEnrollmentPlatformRestrictionConfiguration",
        "deviceEnrollmentPlatformRestrictionsConfiguration",
        "deviceEnrollmentLimitConfiguration",
        "deviceEnrollmentWindowsHelloForBusinessConfiguration",
        "deviceComanagementAuthorityConfiguration",
        "deviceEnrollmentNotificationConfiguration",
        "windowsRestoreDeviceEnrollmentConfiguration",
    ] {
        assert!(enrolment.contains(name), "{name}");
    }
    let policies = objects("configurationPolicies");
    for (family, platform) in [
        ("endpointSecurityAntivirus", "windows10"),
        ("endpointSecurityDiskEncryption", "windows10"),
        ("endpointSecurityFirewall", "windows10"),
        ("endpointSecurityEndpointDetectionAndResponse", "windows10"),
        ("endpointSecurityAttackSurfaceReduction", "windows10"),
        ("endpointSecurityAccountProtection", "windows10"),
        ("endpointSecurityApplicationControl", "windows10"),
        ("baseline", "windows10"),
        ("endpointSecurityEndpointPrivilegeManagement", "windows10"),
        ("deviceConfigurationScripts", "linux"),
        ("enrollmentConfiguration", "windows10"),
        ("enrollmentConfiguration", "iOS"),
        ("enrollmentConfiguration", "macOS"),
    ] {
        let found = policies.iter().any(|policy| {
            policy.object["templateReference"]["templateFamily"] == family
                && policy.object["platforms"] == platform
        });
        assert!(found, "{family} on {platform}");
    }
    assert!(
        objects("mobileAppConfigurations")
            .iter()
            .any(|stored| stored.object["appSupportsOemConfig"] == true)
    );
}

#[actix_rt::test]
async fn assignments_of_rarer_kinds_name_what_exists_but_for_a_deleted_group() {
    let scene = scene(300).await;
    let ids = |collection| -> BTreeSet<String> {
        let objects = scene.simulator.objects(scene.tenant, collection);
        objects
            .iter()
            .map(|stored| key(&stored.object).to_owned())
            .collect()
    };
    let known = [
        ids("groups"),
        ids("assignmentFilters"),
        ids("roleScopeTags"),
    ];
    let mut lost = BTreeSet::new();
    for (collection, ..) in LISTS {
        for stored in scene.simulator.objects(scene.tenant, collection) {
            for tag in stored.object["roleScopeTagIds"]
                .as_array()
                .into_iter()
                .flatten()
            {
                assert!(known[2].contains(tag.as_str().unwrap()), "{collection}");
            }
            for assignment in stored.parts["assignments"].as_array().into_iter().flatten() {
                let target = &assignment["target"];
                let filter = target["deviceAndAppManagementAssignmentFilterId"].as_str();
                assert!(
                    filter.is_none_or(|filter| known[1].contains(filter)),
                    "{collection}"
                );
                let group = target["groupId"].as_str();
                lost.extend(
                    group
                        .filter(|group| !known[0].contains(*group))
                        .map(str::to_owned),
                );
            }
        }
    }
    assert_eq!(lost.len(), 2);
}
