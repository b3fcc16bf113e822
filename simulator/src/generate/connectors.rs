//! Ties to other services: Apple and Google, partners, connectors; and rules for the whole tenant.

use serde_json::{Value, json};

use super::draft::{Draft, base64, stored, with};
use crate::tenant::StoredObject;

pub(super) fn push_certificate(draft: &mut Draft<'_>) -> StoredObject {
    let (_, changed) = draft.times();
    let object = json!({
        "id": draft.id(),
        "appleIdentifier": "mdm@contoso.example",
        "topicIdentifier": format!("com.apple.mgmt.External.{}", draft.own("topic")),
        "lastModifiedDateTime": changed,
        "expirationDateTime": "2027-06-01T00:00:00Z",
        "certificateUploadStatus": null,
        "certificateUploadFailureReason": null,
        "certificateSerialNumber": draft.own("serial").simple().to_string(),
        "certificate": null,
    });
    stored(object, json!({}))
}

/// Bound to Google in tenants that use more than the basics.
pub(super) fn managed_google_play(draft: &mut Draft<'_>) -> StoredObject {
    let bound = draft
        .landscape
        .count("androidDeviceOwnerEnrollmentProfiles")
        > 0;
    let (_, changed) = draft.times();
    let object = json!({
        "id": "androidManagedStoreAccountEnterpriseSettings",
        "bindStatus": if bound { "boundAndValidated" } else { "notBound" },
        "lastAppSyncDateTime": "2026-09-01T00:00:00Z",
        "lastAppSyncStatus": if bound { "success" } else { "none" },
        "ownerUserPrincipalName": if bound { json!("play@contoso.example") } else { Value::Null },
        "ownerOrganizationName": if bound { json!("Contoso") } else { Value::Null },
        "lastModifiedDateTime": changed,
        "enrollmentTarget": "all",
        "targetGroupIds": [],
        "deviceOwnerManagementEnabled": bound,
        "companyCodes": [],
        "androidDeviceOwnerFullyManagedEnrollmentEnabled": bound,
        "managedGooglePlayInitialScopeTagIds": ["0"],
    });
    stored(object, json!({}))
}

pub(super) fn volume_token(draft: &mut Draft<'_>) -> StoredObject {
    let (_, changed) = draft.times();
    let token = format!("vpp-{}", draft.own("token").simple());
    let object = json!({
        "id": draft.id(),
        "displayName": draft.name("APPLE", "Volume purchase"),
        "organizationName": "Contoso",
        "vppTokenAccountType": "business",
        "appleId": "apps@contoso.example",
        "expirationDateTime": "2027-05-01T00:00:00Z",
        "lastSyncDateTime": "2026-09-01T00:00:00Z",
        "token": base64(&token),
        "lastModifiedDateTime": changed,
        "state": "valid",
        "tokenActionResults": [],
        "lastSyncStatus": "completed",
        "automaticallyUpdateApps": draft.chance(50),
        "countryOrRegion": "de",
        "dataSharingConsentGranted": true,
        "locationName": "Headquarters",
        "claimTokenManagementFromExternalMdm": false,
        "roleScopeTagIds": draft.scope_tags(),
    });
    stored(object, json!({}))
}

/// The service lists every partner that it knows: every second is not set up.
pub(super) fn compliance_partner(draft: &mut Draft<'_>) -> StoredObject {
    let known = draft.number % 2 == 1;
    let assignment = |target: Value| json!([{ "target": target }]);
    let everybody = json!({ "@odata.type": "#microsoft.graph.allLicensedUsersAssignmentTarget" });
    let group = json!({ "@odata.type": "#microsoft.graph.groupAssignmentTarget", "groupId": draft.group() });
    let object = json!({
        "id": draft.id(),
        "lastHeartbeatDateTime": if known { "0001-01-01T00:00:00Z" } else { "2026-09-01T00:00:00Z" },
        "partnerState": if known { "unknown" } else { "enabled" },
        "displayName": draft.turn(&["Jamf Device Compliance", "Kandji Device Compliance", "Mosyle"]),
        "macOsOnboarded": !known,
        "windowsOnboarded": false,
        "androidOnboarded": false,
        "iosOnboarded": !known,
        "macOsEnrollmentAssignments": if known { json!([]) } else { assignment(everybody) },
        "windowsEnrollmentAssignments": [],
        "androidEnrollmentAssignments": [],
        "iosEnrollmentAssignments": if known { json!([]) } else { assignment(group) },
    });
    stored(object, json!({}))
}

pub(super) fn management_partner(draft: &mut Draft<'_>) -> StoredObject {
    let configured = draft.number.is_multiple_of(2);
    let object = json!({
        "id": draft.id(),
        "lastHeartbeatDateTime": if configured { "2026-09-01T00:00:00Z" } else { "0001-01-01T00:00:00Z" },
        "partnerState": if configured { "enabled" } else { "unknown" },
        "partnerAppType": "multiTenantApp",
        "singleTenantAppId": "",
        "displayName": draft.turn(&["Jamf Pro", "Fleet partner", "Kiosk partner"]),
        "isConfigured": configured,
        "whenPartnerDevicesWillBeRemovedDateTime": null,
        "whenPartnerDevicesWillBeMarkedAsNonCompliantDateTime": null,
        "groupsRequiringPartnerEnrollment": [],
    });
    stored(object, json!({}))
}

pub(super) fn assistance_partner(draft: &mut Draft<'_>) -> StoredObject {
    let onboarded = draft.number.is_multiple_of(2);
    let object = json!({
        "id": draft.id(),
        "displayName": draft.turn(&["TeamViewer", "Another helper"]),
        "onboardingUrl": format!("https://partner.example/{}", draft.own("onboarding").simple()),
        "onboardingStatus": if onboarded { "onboarded" } else { "notOnboarded" },
        "lastConnectionDateTime": "2026-09-01T00:00:00Z",
        "onboardingRequestExpiryDateTime": "2026-12-01T00:00:00Z",
    });
    stored(object, json!({}))
}

pub(super) fn threat_connector(draft: &mut Draft<'_>) -> StoredObject {
    let object = json!({
        "id": draft.id(),
        "lastHeartbeatDateTime": "2026-09-01T00:00:00Z",
        "partnerState": draft.pick(&["enabled", "available"]),
        "androidEnabled": draft.chance(60),
        "iosEnabled": true,
        "androidDeviceBlockedOnMissingPartnerData": false,
        "iosDeviceBlockedOnMissingPartnerData": draft.chance(40),
        "windowsEnabled": true,
        "macEnabled": false,
        "partnerUnsupportedOsVersionBlocked": false,
        "partnerUnresponsivenessThresholdInDays": draft.between(3, 14),
        "allowPartnerToCollectIOSApplicationMetadata": false,
        "microsoftDefenderForEndpointAttachEnabled": true,
    });
    stored(object, json!({}))
}

pub(super) fn remote_help(draft: &mut Draft<'_>) -> StoredObject {
    let object = json!({
        "id": draft.id(),
        "remoteAssistanceState": draft.pick(&["enabled", "disabled"]),
        "allowSessionsToUnenrolledDevices": draft.chance(30),
        "blockChat": draft.chance(30),
    });
    stored(object, json!({}))
}

pub(super) fn derived_credential(draft: &mut Draft<'_>) -> StoredObject {
    let object = json!({
        "id": draft.id(),
        "displayName": draft.name("MOB", "Derived credential"),
        "helpUrl": "https://contoso.example/help",
        "renewalThresholdPercentage": 20,
        "issuer": draft.turn(&["intercede", "entrustDatacard", "purebred"]),
        "notificationType": "companyPortal,email",
    });
    stored(object, json!({}))
}

pub(super) fn cleanup_rule(draft: &mut Draft<'_>) -> StoredObject {
    let platform = draft.turn(&["all", "windows", "ios", "androidAOSP"]);
    let (_, changed) = draft.times();
    let object = json!({
        "id": draft.id(),
        "displayName": draft.name(platform, "Clean-up"),
        "description": "",
        "deviceCleanupRulePlatformType": platform,
        "deviceInactivityBeforeRetirementInDays": draft.between(30, 270),
        "lastModifiedDateTime": changed,
    });
    stored(object, json!({}))
}

pub(super) fn approval_policy(draft: &mut Draft<'_>) -> StoredObject {
    let (_, changed) = draft.times();
    let object = json!({
        "id": draft.id(),
        "displayName": draft.name("ALL", "Approval"),
        "description": "A second administrator agrees",
        "lastModifiedDateTime": changed,
        "policyType": draft.turn(&["script", "app", "deviceWipe"]),
        "policyPlatform": "notApplicable",
        "policySet": { "policyType": "script", "policyPlatform": "notApplicable" },
        "approverGroupIds": [draft.group()],
    });
    stored(object, json!({}))
}

pub(super) fn android_owner_profile(draft: &mut Draft<'_>) -> StoredObject {
    let mode = draft.turn(&[
        "corporateOwnedDedicatedDevice",
        "corporateOwnedFullyManaged",
        "corporateOwnedWorkProfile",
    ]);
    let own = json!({
        "enrollmentMode": mode,
        "enrollmentTokenType": "default",
        "enrollmentTokenUsageCount": draft.between(0, 40),
        "tokenCreationDateTime": "2026-01-01T00:00:00Z",
        "configureWifi": true,
        "wifiSsid": "enrol",
        "wifiSecurityType": "wpa",
        "wifiPassword": format!("Wifi-{}", draft.own("wifi").simple()),
        "wifiHidden": false,
        "isTeamsDeviceProfile": false,
        "roleScopeTagIds": draft.scope_tags(),
    });
    let target = json!([{ "targetId": draft.group(), "validationSucceeded": true }]);
    android_profile(
        draft,
        own,
        json!({ "enrollmentTimeDeviceMembershipTarget": target }),
    )
}

pub(super) fn android_work_profile(draft: &mut Draft<'_>) -> StoredObject {
    android_profile(draft, json!({}), json!({}))
}

fn android_profile(draft: &mut Draft<'_>, own: Value, parts: Value) -> StoredObject {
    let (created, changed) = draft.times();
    let token = draft.own("token").simple().to_string();
    let object = json!({
        "id": draft.id(),
        "accountId": draft.own("account"),
        "displayName": draft.name("AND", "Enrolment"),
        "description": "",
        "createdDateTime": created,
        "lastModifiedDateTime": changed,
        "tokenValue": token,
        "tokenExpirationDateTime": "2036-01-01T00:00:00Z",
        "enrolledDeviceCount": draft.between(0, 300),
        "qrCodeContent": json!({ "android.app.extra.PROVISIONING_ADMIN_EXTRAS_BUNDLE": { "token": token } }).to_string(),
        "qrCodeImage": { "type": "image/png", "value": base64(&token) },
    });
    stored(with(object, own), parts)
}

pub(super) fn apple_user_profile(draft: &mut Draft<'_>) -> StoredObject {
    let (created, changed) = draft.times();
    let object = json!({
        "id": draft.id(),
        "displayName": draft.name("IOS", "User enrolment"),
        "description": "",
        "priority": draft.number + 1,
        "platform": "iOS",
        "defaultEnrollmentType": draft.pick(&["device", "user", "webDeviceEnrollment"]),
        "availableEnrollmentTypeOptions": [{ "enrollmentType": "device" }, { "enrollmentType": "user" }],
        "createdDateTime": created,
        "lastModifiedDateTime": changed,
    });
    let assignments = draft.assignments();
    stored(object, json!({ "assignments": assignments }))
}
