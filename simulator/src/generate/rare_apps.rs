//! What lies beside applications: categories, policy sets, books, retired protection.

use serde_json::{Value, json};

use super::{
    draft::{Draft, base64, stored, with},
    rare::versioned,
};
use crate::tenant::StoredObject;

pub(super) fn category(draft: &mut Draft<'_>) -> StoredObject {
    let name = draft.turn(&["Productivity", "Business", "Utilities", "Field work"]);
    let object = json!({
        "id": draft.id(),
        "displayName": format!("{name} {}", draft.number + 1),
        "lastModifiedDateTime": draft.times().1,
    });
    stored(object, json!({}))
}

/// Items and assignments come with the set alone; its list refuses both.
pub(super) fn policy_set(draft: &mut Draft<'_>) -> StoredObject {
    let (created, changed) = draft.times();
    let assignments = draft.assignments_with_lost_group();
    let object = json!({
        "id": draft.id(),
        "createdDateTime": created,
        "lastModifiedDateTime": changed,
        "displayName": draft.name("ALL", "Set"),
        "description": "",
        "status": "success",
        "errorCode": "noError",
        "guidedDeploymentTags": [],
        "roleScopeTags": draft.scope_tags(),
    });
    let items: Vec<Value> = [
        ("deviceConfigurationPolicySetItem", "deviceConfigurations"),
        ("mobileAppPolicySetItem", "mobileApps"),
        (
            "deviceCompliancePolicyPolicySetItem",
            "deviceCompliancePolicies",
        ),
    ]
    .into_iter()
    .filter_map(|(type_name, collection)| {
        let payload = draft.any_of(collection)?;
        Some(json!({
            "@odata.type": format!("#microsoft.graph.{type_name}"),
            "id": format!("{}_{payload}", draft.own(collection)),
            "createdDateTime": created,
            "lastModifiedDateTime": changed,
            "payloadId": payload,
            "itemType": format!("#microsoft.graph.{type_name}"),
            "displayName": "Part of the set",
            "status": "success",
            "errorCode": "noError",
            "guidedDeploymentTags": [],
        }))
    })
    .collect();
    stored(
        object,
        json!({ "items": items, "assignments": assignments }),
    )
}

pub(super) fn mdm_information_protection(draft: &mut Draft<'_>) -> StoredObject {
    information_protection(draft, "mdmWindowsInformationProtectionPolicy", json!({}))
}

pub(super) fn mam_information_protection(draft: &mut Draft<'_>) -> StoredObject {
    let own = json!({
        "revokeOnMdmHandoffDisabled": false,
        "mdmEnrollmentUrl": null,
        "windowsHelloForBusinessBlocked": false,
        "pinMinimumLength": draft.between(4, 8),
        "daysWithoutContactBeforeUnenroll": 90,
    });
    information_protection(draft, "windowsInformationProtectionPolicy", own)
}

fn information_protection(draft: &mut Draft<'_>, type_name: &str, own: Value) -> StoredObject {
    let id = format!("W_{}", draft.id());
    let certificate = format!("recovery {}", draft.own("recovery").simple());
    let object = json!({
        "@odata.type": format!("#microsoft.graph.{type_name}"),
        "id": id,
        "version": format!("\"{}\"", draft.own("version")),
        "enforcementLevel": "encryptAuditAndBlock",
        "enterpriseDomain": "contoso.example",
        "enterpriseProtectedDomainNames": [{ "displayName": "Domains", "resources": ["contoso.example", "fabrikam.example"] }],
        "protectionUnderLockConfigRequired": false,
        "dataRecoveryCertificate": { "subjectName": "Recovery", "description": "", "certificate": base64(&certificate) },
        "revokeOnUnenrollDisabled": false,
        "protectedApps": [{ "@odata.type": "#microsoft.graph.windowsInformationProtectionDesktopApp", "displayName": "Edge", "binaryName": "msedge.exe", "denied": false }],
        "exemptApps": [],
        "isAssigned": true,
    });
    let object = with(
        versioned(draft, "WIN", "Information protection", json!({})),
        with(object, own),
    );
    let file = |draft: &Draft<'_>, what: &str| {
        json!({
            "id": draft.own(what),
            "displayName": what,
            "fileHash": draft.own("hash").simple().to_string(),
            "file": base64("<RuleCollection Type=\"Exe\" EnforcementMode=\"Enabled\"/>"),
            "version": "1",
        })
    };
    let assignments = draft.assignments_of(&id);
    stored(
        object,
        json!({
            "assignments": assignments,
            "protectedAppLockerFiles": [file(draft, "Protected")],
            "exemptAppLockerFiles": [file(draft, "Exempt")],
        }),
    )
}

pub(super) fn default_protection(draft: &mut Draft<'_>) -> StoredObject {
    let own = json!({
        "@odata.type": "#microsoft.graph.defaultManagedAppProtection",
        "version": format!("\"{}\"", draft.own("version")),
        "deployedAppCount": 1,
        "pinRequired": true,
        "encryptAppData": true,
        "customSettings": [{ "name": "homepage", "value": "https://intranet.contoso.example" }],
    });
    let apps = json!([{
        "id": "com.microsoft.office.outlook.ios",
        "version": "1",
        "mobileAppIdentifier": { "@odata.type": "#microsoft.graph.iosMobileAppIdentifier", "bundleId": "com.microsoft.office.outlook" },
    }]);
    stored(
        versioned(draft, "ALL", "Default protection", own),
        json!({ "apps": apps }),
    )
}

pub(super) fn supplemental(draft: &mut Draft<'_>) -> StoredObject {
    let created = draft.times().0;
    let own = json!({
        "content": base64("<SiPolicy/>"),
        "contentFileName": "supplemental.bin",
        "creationDateTime": created,
    });
    assigned(draft, "WIN", "S mode", own)
}

pub(super) fn provisioning_profile(draft: &mut Draft<'_>) -> StoredObject {
    let own = json!({
        "expirationDateTime": "2027-01-01T00:00:00Z",
        "payloadFileName": "app.mobileprovision",
        "payload": base64(&format!("<plist>{}</plist>", draft.number)),
    });
    assigned(draft, "IOS", "Provisioning", own)
}

fn assigned(draft: &mut Draft<'_>, platform: &str, topic: &str, own: Value) -> StoredObject {
    let object = versioned(draft, platform, topic, own);
    let assignments = draft.assignments();
    stored(object, json!({ "assignments": assignments }))
}

pub(super) fn book(draft: &mut Draft<'_>) -> StoredObject {
    let (created, changed) = draft.times();
    let object = json!({
        "@odata.type": "#microsoft.graph.iosVppEBook",
        "id": draft.id(),
        "displayName": draft.name("IOS", "Handbook"),
        "description": "",
        "publisher": "Contoso",
        "publishedDateTime": created,
        "createdDateTime": created,
        "lastModifiedDateTime": changed,
        "informationUrl": null,
        "privacyInformationUrl": null,
        "language": "de",
        "vppTokenId": draft.any_of("vppTokens"),
        "usedLicenseCount": draft.between(0, 20),
        "totalLicenseCount": draft.between(20, 90),
        "roleScopeTagIds": draft.scope_tags(),
    });
    let assignments = draft.assignments();
    stored(object, json!({ "assignments": assignments }))
}

pub(super) fn managed_installer(draft: &mut Draft<'_>) -> StoredObject {
    let object = json!({
        "id": draft.id(),
        "availableVersion": format!("1.{}.0", draft.between(40, 90)),
        "managedInstaller": draft.pick(&["enabled", "disabled"]),
        "managedInstallerConfiguredDateTime": draft.times().1,
    });
    stored(object, json!({}))
}
