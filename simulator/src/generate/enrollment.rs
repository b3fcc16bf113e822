//! Enrolment: configurations of all sorts, Autopilot profiles, Apple tokens with their profiles.

use serde_json::{Value, json};

use super::draft::{Draft, stored, with};
use crate::tenant::StoredObject;

pub(super) fn configuration(draft: &mut Draft<'_>) -> StoredObject {
    let own = configuration_sort(draft);
    let (created, changed) = draft.times();
    let object = json!({
        "displayName": draft.name("ALL", "Enrolment"),
        "description": "",
        "priority": draft.number,
        "createdDateTime": created,
        "lastModifiedDateTime": changed,
        "version": draft.between(1, 6),
        "roleScopeTagIds": draft.scope_tags(),
    });
    let object = with(object, own);
    let id = object.get("id").and_then(Value::as_str).unwrap_or_default();
    // The tenant's default has priority 0 and no assignments.
    let assignments = match draft.number {
        0 => json!([]),
        _ => draft.assignments_of(id),
    };
    stored(object, json!({ "assignments": assignments }))
}

/// Makes the members that only one sort of configuration has.
type Sort = fn(&mut Draft<'_>) -> Value;

const SORTS: [Sort; 4] = [limit, status_page, notification, platform];

/// One of each sort, as a tenant with more than the basics has them.
pub(super) const SAMPLES: [Sort; 8] = [
    limit,
    status_page,
    notification,
    platform,
    platforms,
    windows_hello,
    co_management,
    windows_restore,
];

fn configuration_sort(draft: &mut Draft<'_>) -> Value {
    let by_turn = || SORTS.get(draft.number % SORTS.len());
    let sort = draft
        .sample()
        .map_or_else(by_turn, |place| SAMPLES.get(place))
        .copied()
        .unwrap_or(limit);
    sort(draft)
}

fn limit(draft: &mut Draft<'_>) -> Value {
    let name = if draft.number == 0 {
        "DefaultLimit"
    } else {
        "Limit"
    };
    json!({
        "@odata.type": "#microsoft.graph.deviceEnrollmentLimitConfiguration",
        "id": format!("{}_{name}", draft.id()),
        "limit": draft.between(1, 15),
    })
}

fn status_page(draft: &mut Draft<'_>) -> Value {
    json!({
        "@odata.type": "#microsoft.graph.windows10EnrollmentCompletionPageConfiguration",
        "id": format!("{}_Windows10EnrollmentCompletionPageConfiguration", draft.id()),
        "showInstallationProgress": true,
        "blockDeviceSetupRetryByUser": false,
        "installProgressTimeoutInMinutes": draft.between(30, 120),
        "selectedMobileAppIds": draft.any_of("mobileApps").into_iter().collect::<Vec<_>>(),
    })
}

fn notification(draft: &mut Draft<'_>) -> Value {
    let templates: Vec<String> = draft
        .any_of("notificationMessageTemplates")
        .map(|template| format!("email_{template}"))
        .into_iter()
        .collect();
    json!({
        "@odata.type": "#microsoft.graph.deviceEnrollmentNotificationConfiguration",
        "id": format!("{}_EnrollmentNotificationsConfiguration", draft.id()),
        "platformType": "allPlatforms",
        "templateType": "email",
        "brandingOptions": "none",
        "notificationTemplates": templates,
    })
}

fn platform(draft: &mut Draft<'_>) -> Value {
    json!({
        "@odata.type": "#microsoft.graph.deviceEnrollmentPlatformRestrictionConfiguration",
        "id": format!("{}_SinglePlatformRestriction", draft.id()),
        "platformType": "ios",
        "platformRestriction": restriction(draft),
    })
}

/// The tenant's default for all platforms.
fn platforms(draft: &mut Draft<'_>) -> Value {
    json!({
        "@odata.type": "#microsoft.graph.deviceEnrollmentPlatformRestrictionsConfiguration",
        "id": format!("{}_DefaultPlatformRestrictions", draft.id()),
        "iosRestriction": restriction(draft),
        "windowsRestriction": restriction(draft),
        "macOSRestriction": restriction(draft),
        "androidForWorkRestriction": restriction(draft),
    })
}

fn restriction(draft: &mut Draft<'_>) -> Value {
    json!({
        "platformBlocked": false,
        "personalDeviceEnrollmentBlocked": draft.chance(50),
        "osMinimumVersion": "17.0",
        "osMaximumVersion": null,
        "blockedManufacturers": [],
        "blockedSkus": [],
    })
}

fn windows_hello(draft: &mut Draft<'_>) -> Value {
    json!({
        "@odata.type": "#microsoft.graph.deviceEnrollmentWindowsHelloForBusinessConfiguration",
        "id": format!("{}_DefaultWindowsHelloForBusiness", draft.id()),
        "pinMinimumLength": draft.between(4, 8),
        "pinMaximumLength": 127,
        "pinUppercaseCharactersUsage": "disallowed",
        "state": "notConfigured",
        "securityDeviceRequired": draft.chance(50),
        "unlockWithBiometricsEnabled": true,
        "securityKeyForSignIn": "notConfigured",
    })
}

fn co_management(draft: &mut Draft<'_>) -> Value {
    json!({
        "@odata.type": "#microsoft.graph.deviceComanagementAuthorityConfiguration",
        "id": format!("{}_DeviceComanagementAuthorityConfiguration", draft.id()),
        "managedDeviceAuthority": 0,
        "installConfigurationManagerAgent": draft.chance(40),
        "configurationManagerAgentCommandLineArgument": "CCMSETUPCMD=\"CCMHOSTNAME=cmg.contoso.example\"",
    })
}

fn windows_restore(draft: &mut Draft<'_>) -> Value {
    json!({
        "@odata.type": "#microsoft.graph.windowsRestoreDeviceEnrollmentConfiguration",
        "id": format!("{}_WindowsRestore", draft.id()),
        "state": draft.pick(&["enabled", "disabled", "notConfigured"]),
    })
}

pub(super) fn autopilot(draft: &mut Draft<'_>) -> StoredObject {
    let hybrid = draft.number % 3 == 2;
    let (created, changed) = draft.times();
    let type_name = if hybrid { "activeDirectory" } else { "azureAD" };
    let object = json!({
        "@odata.type": format!("#microsoft.graph.{type_name}WindowsAutopilotDeploymentProfile"),
        "id": draft.id(),
        "displayName": draft.name("WIN", "Autopilot"),
        "description": "User driven",
        "language": "os-default",
        "createdDateTime": created,
        "lastModifiedDateTime": changed,
        "deviceNameTemplate": "PC-%SERIAL%",
        "deviceType": "windowsPc",
        "enableWhiteGlove": draft.chance(50),
        "extractHardwareHash": true,
        "hybridAzureADJoinSkipConnectivityCheck": hybrid,
        "roleScopeTagIds": draft.scope_tags(),
        "outOfBoxExperienceSettings": {
            "hidePrivacySettings": true,
            "hideEULA": true,
            "userType": draft.pick(&["standard", "administrator"]),
            "deviceUsageType": "singleUser",
            "skipKeyboardSelectionPage": true,
            "hideEscapeLink": true,
        },
    });
    let domain_join = json!({ "id": draft.own("domain join"), "displayName": "Domain join" });
    let assignments = draft.assignments();
    stored(
        object,
        json!({
            "assignments": assignments,
            "domainJoinConfiguration": if hybrid { domain_join } else { Value::Null },
        }),
    )
}

pub(super) fn apple_token(draft: &mut Draft<'_>) -> StoredObject {
    let (_, changed) = draft.times();
    let object = json!({
        "id": draft.id(),
        "appleIdentifier": "mdm@contoso.example",
        "tokenName": format!("Apple Business Manager {}", draft.number + 1),
        "tokenType": "dep",
        "tokenExpirationDateTime": "2027-03-01T00:00:00Z",
        "lastModifiedDateTime": changed,
        "lastSuccessfulSyncDateTime": "2026-09-01T00:00:00Z",
        "lastSyncTriggeredDateTime": "2026-09-01T00:00:00Z",
        "lastSyncErrorCode": 0,
        "syncedDeviceCount": draft.between(0, 500),
        "roleScopeTagIds": draft.scope_tags(),
    });
    let phone = apple_profile(
        draft,
        "depIOSEnrollmentProfile",
        "iPhone corporate",
        json!({}),
    );
    let password = format!("Sim-{}", draft.own("admin password").simple());
    let mac = apple_profile(
        draft,
        "depMacOSEnrollmentProfile",
        "Mac corporate",
        json!({ "adminAccountUserName": "localadmin", "adminAccountPassword": password }),
    );
    stored(
        object,
        json!({
            "enrollmentProfiles": [phone, mac],
            "defaultIosEnrollmentProfile": phone,
            "defaultMacOsEnrollmentProfile": mac,
        }),
    )
}

fn apple_profile(draft: &mut Draft<'_>, type_name: &str, name: &str, own: Value) -> Value {
    let profile = json!({
        "@odata.type": format!("#microsoft.graph.{type_name}"),
        "id": format!("{}_{}", draft.id(), draft.own(name)),
        "displayName": name,
        "description": "",
        "requiresUserAuthentication": true,
        "supervisedModeEnabled": true,
        "isMandatory": true,
        "supportDepartment": draft.department(),
        "supportPhoneNumber": "+1 425 555 0100",
    });
    with(profile, own)
}
