//! Device configuration profiles: restrictions, custom OMA-URI with an encrypted value, update
//! rings, Wi-Fi with its certificates, domain join, and the certificates themselves.

use serde_json::{Value, json};

use super::draft::{Draft, base64, stored, with};
use crate::tenant::StoredObject;

/// Makes the members and parts that only one sort of profile has.
pub(super) type Sort = fn(&mut Draft<'_>) -> (Value, Value);

const SORTS: [Sort; 7] = [
    custom,
    wifi,
    restrictions,
    update_ring,
    trusted_root,
    ios_restrictions,
    domain_join,
];

/// One of each sort that does not come up by turn.
pub(super) const SAMPLES: [Sort; 2] = [ios_update, mac_update];

pub(super) fn profile(draft: &mut Draft<'_>) -> StoredObject {
    let by_turn = || SORTS.get(draft.number % SORTS.len());
    let sort = draft
        .sample()
        .map_or_else(by_turn, |place| SAMPLES.get(place))
        .copied()
        .unwrap_or(custom);
    let (own, parts) = sort(draft);
    let (created, changed) = draft.times();
    let object = json!({
        "id": draft.id(),
        "description": null,
        "createdDateTime": created,
        "lastModifiedDateTime": changed,
        "version": draft.between(1, 12),
        "supportsScopeTags": true,
        "roleScopeTagIds": draft.scope_tags(),
        "deviceManagementApplicabilityRuleOsEdition": null,
        "deviceManagementApplicabilityRuleOsVersion": null,
        "deviceManagementApplicabilityRuleDeviceMode": null,
    });
    let assignments = draft.assignments();
    stored(
        with(object, own),
        with(parts, json!({ "assignments": assignments })),
    )
}

/// Custom settings, the last of them encrypted.
fn custom(draft: &mut Draft<'_>) -> (Value, Value) {
    let reference = format!(
        "{}_{}_{}",
        draft.own("account"),
        draft.id(),
        draft.own("secret")
    );
    let mut settings: Vec<Value> = (1..=draft.between(1, 4)).map(plain_setting).collect();
    settings.push(json!({
        "@odata.type": "#microsoft.graph.omaSettingString",
        "displayName": "Registration token",
        "description": null,
        "omaUri": "./Device/Vendor/MSFT/Policy/Config/Example/Token",
        "isEncrypted": true,
        "secretReferenceValueId": reference,
        "value": "****",
    }));
    let object = json!({
        "@odata.type": "#microsoft.graph.windows10CustomConfiguration",
        "displayName": draft.name("WIN", "Custom"),
        "omaSettings": settings,
    });
    let secret = format!("token-{}", draft.own("secret value").simple());
    (object, json!({ "secrets": { reference: secret } }))
}

fn plain_setting(number: usize) -> Value {
    json!({
        "@odata.type": "#microsoft.graph.omaSettingInteger",
        "displayName": format!("Setting {number}"),
        "description": null,
        "omaUri": format!("./Device/Vendor/MSFT/Policy/Config/Example/Setting{number}"),
        "isEncrypted": false,
        "secretReferenceValueId": null,
        "value": number,
    })
}

fn wifi(draft: &mut Draft<'_>) -> (Value, Value) {
    let department = draft.department();
    let object = json!({
        "@odata.type": "#microsoft.graph.windowsWifiEnterpriseEAPConfiguration",
        "displayName": draft.name("WIN", "Wi-Fi"),
        "wifiSecurityType": "wpa2Enterprise",
        "networkName": format!("{department} network"),
        "ssid": format!("corp-{}", department.to_lowercase().replace(' ', "-")),
        "connectAutomatically": true,
        "preSharedKey": null,
        "eapType": "eapTls",
        "trustedServerCertificateNames": ["radius.contoso.example"],
        "authenticationMethod": "certificate",
    });
    let root = certificate(draft, "trusted root", "windows81TrustedRootCertificate");
    let identity = certificate(draft, "identity", "windows81SCEPCertificateProfile");
    let parts = json!({
        "rootCertificatesForServerValidation": [root],
        "identityCertificateForClientAuthentication": identity,
    });
    (object, parts)
}

fn certificate(draft: &mut Draft<'_>, what: &str, type_name: &str) -> Value {
    json!({
        "@odata.type": format!("#microsoft.graph.{type_name}"),
        "id": draft.own(what),
        "displayName": draft.name("WIN", what),
    })
}

/// With privacy rows that only an expansion of the item shows.
fn restrictions(draft: &mut Draft<'_>) -> (Value, Value) {
    let object = json!({
        "@odata.type": "#microsoft.graph.windows10GeneralConfiguration",
        "displayName": draft.name("WIN", "Device restrictions"),
        "cameraBlocked": draft.chance(20),
        "bluetoothBlocked": draft.chance(10),
        "passwordRequired": true,
        "passwordMinimumLength": draft.between(8, 14),
        "passwordBlockSimple": true,
        "storageBlockRemovableStorage": draft.chance(60),
        "edgeBlocked": false,
        "defenderScanType": draft.pick(&["quick", "full"]),
        "privacyBlockInputPersonalization": draft.chance(50),
    });
    let row = json!({
        "id": draft.own("privacy row"),
        "displayName": "Camera app",
        "appPackageFamilyName": "Microsoft.WindowsCamera_8wekyb3d8bbwe",
        "dataCategory": "camera",
        "accessLevel": "forceDeny",
    });
    (object, json!({ "privacyAccessControls": [row] }))
}

fn update_ring(draft: &mut Draft<'_>) -> (Value, Value) {
    let object = json!({
        "@odata.type": "#microsoft.graph.windowsUpdateForBusinessConfiguration",
        "displayName": draft.name("WIN", "Update ring"),
        "automaticUpdateMode": "autoInstallAtMaintenanceTime",
        "businessReadyUpdatesOnly": "all",
        "qualityUpdatesDeferralPeriodInDays": draft.between(0, 14),
        "featureUpdatesDeferralPeriodInDays": draft.between(0, 90),
        "qualityUpdatesPaused": draft.chance(10),
        "featureUpdatesPaused": false,
        "featureUpdatesPauseStartDate": null,
        "qualityUpdatesPauseStartDate": null,
        "featureUpdatesWillBeRolledBack": null,
        "qualityUpdatesWillBeRolledBack": null,
        "installationSchedule": null,
    });
    (object, json!({}))
}

fn ios_update(draft: &mut Draft<'_>) -> (Value, Value) {
    let object = json!({
        "@odata.type": "#microsoft.graph.iosUpdateConfiguration",
        "displayName": draft.name("IOS", "Software update"),
        "isEnabled": null,
        "activeHoursStart": "08:00:00.0000000",
        "activeHoursEnd": "18:00:00.0000000",
        "desiredOsVersion": null,
        "scheduledInstallDays": ["saturday", "sunday"],
        "utcTimeOffsetInMinutes": 60,
        "enforcedSoftwareUpdateDelayInDays": draft.between(0, 30),
        "updateScheduleType": "updateDuringTimeWindows",
        "customUpdateTimeWindows": [{ "startDay": "saturday", "endDay": "sunday", "startTime": "20:00:00", "endTime": "05:00:00" }],
    });
    (object, json!({}))
}

fn mac_update(draft: &mut Draft<'_>) -> (Value, Value) {
    let object = json!({
        "@odata.type": "#microsoft.graph.macOSSoftwareUpdateConfiguration",
        "displayName": draft.name("MAC", "Software update"),
        "criticalUpdateBehavior": "installASAP",
        "configDataUpdateBehavior": "installLater",
        "firmwareUpdateBehavior": "notifyOnly",
        "allOtherUpdateBehavior": "installLater",
        "updateScheduleType": "alwaysUpdate",
        "updateTimeWindowUtcOffsetInMinutes": 60,
        "customUpdateTimeWindows": [],
        "maxUserDeferralsCount": draft.between(0, 5),
        "priority": "low",
    });
    (object, json!({}))
}

fn trusted_root(draft: &mut Draft<'_>) -> (Value, Value) {
    let body = format!(
        "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
        draft.own("certificate").simple()
    );
    let object = json!({
        "@odata.type": "#microsoft.graph.windows81TrustedRootCertificate",
        "displayName": draft.name("WIN", "Trusted root"),
        "trustedRootCertificate": base64(&body),
        "certFileName": "root.cer",
        "destinationStore": "computerCertStoreRoot",
    });
    (object, json!({}))
}

fn ios_restrictions(draft: &mut Draft<'_>) -> (Value, Value) {
    let object = json!({
        "@odata.type": "#microsoft.graph.iosGeneralDeviceConfiguration",
        "displayName": draft.name("IOS", "Device restrictions"),
        "cameraBlocked": false,
        "airDropBlocked": draft.chance(40),
        "iCloudBlockBackup": draft.chance(60),
        "passcodeRequired": true,
        "passcodeMinimumLength": draft.between(4, 8),
        "safariBlocked": false,
        "kioskModeAppStoreUrl": null,
        "mediaContentRatingUnitedKingdom": null,
    });
    (object, json!({}))
}

fn domain_join(draft: &mut Draft<'_>) -> (Value, Value) {
    let object = json!({
        "@odata.type": "#microsoft.graph.windowsDomainJoinConfiguration",
        "displayName": draft.name("WIN", "Domain join"),
        "computerNameStaticPrefix": "PC-",
        "computerNameSuffixRandomCharCount": 10,
        "activeDirectoryDomainName": "corp.contoso.example",
        "organizationalUnit": "OU=Devices,DC=corp,DC=contoso,DC=example",
    });
    let network = json!({ "id": draft.own("network"), "displayName": "Always-on VPN" });
    (object, json!({ "networkAccessConfigurations": [network] }))
}
