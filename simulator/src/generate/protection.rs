//! App protection and app configuration, for managed apps and for managed devices.

use serde_json::{Value, json};

use super::draft::{Draft, base64, stored, with};
use crate::tenant::StoredObject;

pub(super) fn ios(draft: &mut Draft<'_>) -> StoredObject {
    let own = json!({
        "@odata.type": "#microsoft.graph.iosManagedAppProtection",
        "faceIdBlocked": draft.chance(20),
        "appDataEncryptionType": "whenDeviceLocked",
        "exemptedAppProtocols": [{ "name": "Default", "value": "skype;app-settings;" }],
    });
    managed(
        draft,
        "IOS",
        "App protection",
        protection(),
        own,
        &["com.microsoft.msedge", "com.microsoft.office.outlook"],
    )
}

pub(super) fn android(draft: &mut Draft<'_>) -> StoredObject {
    let own = json!({
        "@odata.type": "#microsoft.graph.androidManagedAppProtection",
        "screenCaptureBlocked": draft.chance(60),
        "encryptAppData": true,
        "minimumRequiredPatchVersion": "2025-06-01",
    });
    managed(
        draft,
        "AND",
        "App protection",
        protection(),
        own,
        &["com.microsoft.emmx", "com.microsoft.office.outlook"],
    )
}

pub(super) fn windows(draft: &mut Draft<'_>) -> StoredObject {
    let own = json!({
        "@odata.type": "#microsoft.graph.windowsManagedAppProtection",
        "printBlocked": draft.chance(40),
        "allowedInboundDataTransferSources": "allApps",
        "allowedOutboundClipboardSharingLevel": "none",
        "mobileThreatDefenseRemediationAction": "block",
    });
    managed(
        draft,
        "WIN",
        "App protection",
        json!({}),
        own,
        &["com.microsoft.edge"],
    )
}

pub(super) fn configuration(draft: &mut Draft<'_>) -> StoredObject {
    let own = json!({
        "@odata.type": "#microsoft.graph.targetedManagedAppConfiguration",
        "customSettings": [
            { "name": "com.microsoft.intune.mam.managedbrowser.homepage", "value": format!("https://intranet{}.example", draft.number) },
            { "name": "com.microsoft.intune.mam.managedbrowser.bookmarks", "value": "IT|https://it.example" },
        ],
        "appGroupType": "selectedPublicApps",
    });
    managed(
        draft,
        "ALL",
        "App configuration",
        json!({}),
        own,
        &["com.microsoft.msedge"],
    )
}

fn protection() -> Value {
    json!({
        "periodOfflineBeforeAccessCheck": "PT12H",
        "periodOnlineBeforeAccessCheck": "PT30M",
        "periodOfflineBeforeWipeIsEnforced": "P90D",
        "allowedOutboundDataTransferDestinations": "managedApps",
        "allowedOutboundClipboardSharingLevel": "managedAppsWithPasteIn",
        "dataBackupBlocked": true,
        "saveAsBlocked": true,
        "pinRequired": true,
        "minimumPinLength": 6,
        "maximumPinRetries": 5,
        "minimumRequiredOsVersion": null,
        "allowedDataStorageLocations": ["oneDriveForBusiness", "sharePoint"],
    })
}

fn managed(
    draft: &mut Draft<'_>,
    platform: &str,
    topic: &str,
    shared: Value,
    own: Value,
    bundles: &[&str],
) -> StoredObject {
    let (created, changed) = draft.times();
    let id = format!("T_{}", draft.id());
    let assignments = draft.assignments_of(&id);
    let object = json!({
        "id": id,
        "displayName": draft.name(platform, topic),
        "description": "",
        "createdDateTime": created,
        "lastModifiedDateTime": changed,
        "roleScopeTagIds": draft.scope_tags(),
        "version": format!("\"{}\"", draft.own("version")),
        "isAssigned": assignments.as_array().is_some_and(|list| !list.is_empty()),
        "targetedAppManagementLevels": "unspecified",
        "deployedAppCount": bundles.len(),
    });
    let apps: Vec<Value> = bundles.iter().map(|bundle| app(platform, bundle)).collect();
    stored(
        with(with(object, shared), own),
        json!({ "apps": apps, "assignments": assignments }),
    )
}

fn app(platform: &str, bundle: &str) -> Value {
    let (sort, member) = match platform {
        "AND" => ("android", "packageId"),
        "WIN" => ("windows", "windowsAppId"),
        _ => ("ios", "bundleId"),
    };
    json!({
        "id": format!("{bundle}.{sort}"),
        "version": "-1255026913",
        "mobileAppIdentifier": {
            "@odata.type": format!("#microsoft.graph.{sort}MobileAppIdentifier"),
            member: bundle,
        },
    })
}

/// App configuration for managed devices; every third and the sample are OEMConfig profiles.
pub(super) fn device_configuration(draft: &mut Draft<'_>) -> StoredObject {
    let sort = draft.sample().map_or(draft.number % 3, |_| 2);
    let own = match sort {
        0 => json!({
            "@odata.type": "#microsoft.graph.iosMobileAppConfiguration",
            "encodedSettingXml": null,
            "settings": [{ "appConfigKey": "IntuneMAMUPN", "appConfigKeyType": "stringType", "appConfigKeyValue": "{{userprincipalname}}" }],
        }),
        number => json!({
            "@odata.type": "#microsoft.graph.androidManagedStoreAppConfiguration",
            "packageId": "app:com.contoso.oem",
            "payloadJson": base64(&json!({ "kind": "androidenterprise#managedConfiguration", "managedProperty": [] }).to_string()),
            "permissionActions": [],
            "appSupportsOemConfig": number == 2,
            "profileApplicability": "androidWorkProfile",
        }),
    };
    let (created, changed) = draft.times();
    let apps: Vec<_> = draft.any_of("mobileApps").into_iter().collect();
    let object = json!({
        "id": draft.id(),
        "displayName": draft.name("MOB", "App configuration"),
        "description": "",
        "targetedMobileApps": apps,
        "createdDateTime": created,
        "lastModifiedDateTime": changed,
        "version": draft.between(1, 6),
        "roleScopeTagIds": draft.scope_tags(),
    });
    let assignments = draft.assignments();
    stored(with(object, own), json!({ "assignments": assignments }))
}
