//! Policies of the directory that stand beside Conditional Access.

use serde_json::{Value, json};

use super::draft::{Draft, base64, stored, with};
use crate::tenant::StoredObject;

/// The one policy with a name for its identifier.
fn policy(id: &str, own: Value) -> StoredObject {
    stored(with(json!({ "id": id }), own), json!({}))
}

pub(super) fn authentication_methods(draft: &mut Draft<'_>) -> StoredObject {
    let state = |enabled: bool| if enabled { "enabled" } else { "disabled" };
    let everybody =
        json!([{ "targetType": "group", "id": "all_users", "isRegistrationRequired": false }]);
    policy(
        "authenticationMethodsPolicy",
        json!({
            "displayName": "Authentication Methods Policy",
            "description": "The tenant-wide policy that controls which authentication methods are allowed",
            "lastModifiedDateTime": draft.times().1,
            "policyVersion": "1.5",
            "policyMigrationState": "migrationComplete",
            "registrationEnforcement": { "authenticationMethodsRegistrationCampaign": { "snoozeDurationInDays": 1, "state": "default", "excludeTargets": [], "includeTargets": [] } },
            "authenticationMethodConfigurations": [
                { "@odata.type": "#microsoft.graph.fido2AuthenticationMethodConfiguration", "id": "Fido2", "state": state(draft.chance(80)), "isSelfServiceRegistrationAllowed": true, "isAttestationEnforced": false, "includeTargets": everybody },
                { "@odata.type": "#microsoft.graph.smsAuthenticationMethodConfiguration", "id": "Sms", "state": state(draft.chance(30)), "includeTargets": everybody },
                { "@odata.type": "#microsoft.graph.temporaryAccessPassAuthenticationMethodConfiguration", "id": "TemporaryAccessPass", "state": state(draft.chance(60)), "defaultLifetimeInMinutes": 60, "includeTargets": everybody },
            ],
        }),
    )
}

pub(super) fn authorization(draft: &mut Draft<'_>) -> StoredObject {
    policy(
        "authorizationPolicy",
        json!({
            "displayName": "Authorization Policy",
            "description": "Used to manage authorization related settings across the company.",
            "allowInvitesFrom": draft.pick(&["everyone", "adminsAndGuestInviters"]),
            "allowedToSignUpEmailBasedSubscriptions": draft.chance(50),
            "allowedToUseSSPR": true,
            "allowEmailVerifiedUsersToJoinOrganization": false,
            "blockMsolPowerShell": draft.chance(50),
            "guestUserRoleId": "10dae51f-b6af-4016-8d66-8c2a99b929b3",
            "defaultUserRolePermissions": { "allowedToCreateApps": draft.chance(40), "allowedToCreateSecurityGroups": false, "allowedToReadOtherUsers": true },
        }),
    )
}

pub(super) fn authentication_flows(draft: &mut Draft<'_>) -> StoredObject {
    policy(
        "authenticationFlowsPolicy",
        json!({
            "displayName": "Authentication flows policy",
            "description": "Authentication flows policy allows modification of settings related to authentication flows",
            "selfServiceSignUp": { "isEnabled": draft.chance(20) },
        }),
    )
}

pub(super) fn device_registration(draft: &mut Draft<'_>) -> StoredObject {
    policy(
        "deviceRegistrationPolicy",
        json!({
            "displayName": "Device Registration Policy",
            "description": "Tenant-wide policy that manages initial provisioning controls",
            "userDeviceQuota": draft.between(5, 50),
            "multiFactorAuthConfiguration": "notRequired",
            "azureADRegistration": { "isAdminConfigurable": false, "allowedToRegister": { "@odata.type": "#microsoft.graph.allDeviceRegistrationMembership" } },
            "azureADJoin": { "isAdminConfigurable": true, "allowedToJoin": { "@odata.type": "#microsoft.graph.allDeviceRegistrationMembership" } },
            "localAdminPassword": { "isEnabled": draft.chance(60) },
        }),
    )
}

pub(super) fn security_defaults(draft: &mut Draft<'_>) -> StoredObject {
    policy(
        "00000000-0000-0000-0000-000000000005",
        json!({
            "displayName": "Security Defaults",
            "description": "Security defaults is a set of basic identity security mechanisms",
            "isEnabled": draft.chance(20),
        }),
    )
}

pub(super) fn external_identities(draft: &mut Draft<'_>) -> StoredObject {
    policy(
        "externalIdentitiesPolicy",
        json!({
            "displayName": "External Identities Policy",
            "deletedDateTime": null,
            "allowExternalIdentitiesToLeave": draft.chance(70),
            "allowDeletedIdentitiesDataRemoval": false,
        }),
    )
}

/// The service gives this policy no identifier.
pub(super) fn cross_tenant_default(draft: &mut Draft<'_>) -> StoredObject {
    let object = with(
        json!({ "isServiceDefault": draft.chance(50) }),
        access(draft),
    );
    stored(object, json!({}))
}

/// A partner is known by its tenant.
pub(super) fn cross_tenant_partner(draft: &mut Draft<'_>) -> StoredObject {
    let object = with(
        json!({ "tenantId": draft.id(), "isServiceProvider": draft.chance(20) }),
        access(draft),
    );
    stored(object, json!({}))
}

fn access(draft: &mut Draft<'_>) -> Value {
    let rule = |access: &str| json!({ "accessType": access, "targets": [{ "target": "AllUsers", "targetType": "user" }] });
    let applications = json!({ "accessType": "allowed", "targets": [{ "target": "AllApplications", "targetType": "application" }] });
    json!({
        "inboundTrust": { "isMfaAccepted": draft.chance(60), "isCompliantDeviceAccepted": draft.chance(40), "isHybridAzureADJoinedDeviceAccepted": false },
        "b2bCollaborationInbound": { "usersAndGroups": rule("allowed"), "applications": applications },
        "b2bCollaborationOutbound": { "usersAndGroups": rule("allowed"), "applications": applications },
        "b2bDirectConnectInbound": { "usersAndGroups": rule("blocked"), "applications": applications },
        "b2bDirectConnectOutbound": null,
        "tenantRestrictions": null,
        "automaticUserConsentSettings": { "inboundAllowed": false, "outboundAllowed": null },
    })
}

pub(super) fn group_setting(draft: &mut Draft<'_>) -> StoredObject {
    let (name, member) = draft.turn(&[
        ("Group.Unified", "EnableGroupCreation"),
        ("Password Rule Settings", "EnableBannedPasswordCheck"),
        ("Consent Policy Settings", "EnableAdminConsentRequests"),
    ]);
    let object = json!({
        "id": draft.id(),
        "displayName": name,
        "templateId": draft.own("template"),
        "values": [
            { "name": member, "value": draft.chance(50).to_string() },
            { "name": "ClassificationList", "value": "" },
        ],
    });
    stored(object, json!({}))
}

pub(super) fn application(draft: &mut Draft<'_>) -> StoredObject {
    let (created, _) = draft.times();
    let object = json!({
        "id": draft.id(),
        "appId": draft.own("application"),
        "deletedDateTime": null,
        "createdDateTime": created,
        "displayName": draft.name("APP", "Registration"),
        "description": null,
        "publisherDomain": "contoso.example",
        "signInAudience": "AzureADMyOrg",
        "identifierUris": [],
        "tags": [],
        "requiredResourceAccess": [{
            "resourceAppId": "00000003-0000-0000-c000-000000000000",
            "resourceAccess": [
                { "id": "e1fe6dd8-ba31-4d61-89e7-88639da4683d", "type": "Scope" },
                { "id": draft.own("role"), "type": "Role" },
            ],
        }],
        "keyCredentials": [],
        "passwordCredentials": [{ "keyId": draft.own("key"), "displayName": "Deployment", "hint": "abc", "secretText": null, "startDateTime": created, "endDateTime": "2027-01-01T00:00:00Z" }],
        "web": { "redirectUris": ["https://app.contoso.example/callback"], "implicitGrantSettings": { "enableIdTokenIssuance": false, "enableAccessTokenIssuance": false } },
        "spa": { "redirectUris": [] },
    });
    stored(object, json!({}))
}

/// The default has the id `0`, a language its own name.
pub(super) fn sign_in_page(draft: &mut Draft<'_>) -> StoredObject {
    let locale = draft.turn(&["0", "de-DE", "fr-FR", "ja-JP"]);
    let image = |draft: &mut Draft<'_>, what: &str| {
        // No text in any encoding, as images are.
        let mut bytes = vec![0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0xff];
        for _ in 0..draft.between(2, 30) {
            bytes.extend(draft.own(what).as_bytes());
        }
        super::draft::base64_bytes(&bytes)
    };
    let address = format!("branding/{locale}/banner.png");
    let object = json!({
        "id": locale,
        "backgroundColor": null,
        "backgroundImageRelativeUrl": null,
        "bannerLogoRelativeUrl": address,
        "squareLogoRelativeUrl": null,
        "customCSSRelativeUrl": format!("branding/{locale}/custom.css"),
        "cdnList": [format!("cdn{}.simulated.example", draft.between(1, 9))],
        "signInPageText": format!("Welcome, {}", draft.department()),
        "usernameHintText": "name@contoso.example",
        "loginPageTextVisibilitySettings": null,
        "headerBackgroundColor": null,
    });
    let parts = json!({
        "bannerLogo": image(draft, "banner"),
        "customCSS": base64(".ext-sign-in-box { border: 1px solid; }"),
    });
    stored(object, parts)
}

/// No application gets to see it.
pub(super) fn agreement(draft: &mut Draft<'_>) -> StoredObject {
    let object = json!({
        "id": draft.id(),
        "displayName": draft.name("ALL", "Terms of use"),
        "isViewingBeforeAcceptanceRequired": true,
        "isPerDeviceAcceptanceRequired": false,
        "userReacceptRequiredFrequency": null,
        "termsExpiration": null,
    });
    let file = json!({ "id": draft.own("file"), "fileName": "terms.pdf", "language": "en", "isDefault": true });
    stored(object, json!({ "files": [file] }))
}

/// No application gets to see it.
pub(super) fn mobility(draft: &mut Draft<'_>) -> StoredObject {
    let object = json!({
        "id": "0000000a-0000-0000-c000-000000000000",
        "displayName": "Microsoft Intune",
        "appliesTo": draft.pick(&["all", "selected"]),
        "isValid": true,
    });
    stored(object, json!({ "includedGroups": [] }))
}
