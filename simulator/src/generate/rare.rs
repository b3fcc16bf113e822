//! Kinds that few tenants use: firmware, tunnels, certificate authorities, Windows 365.

use serde_json::{Value, json};

use super::draft::{Draft, base64, stored, with};
use crate::tenant::StoredObject;

/// The file is content: the list shows `null`.
pub(super) fn firmware(draft: &mut Draft<'_>) -> StoredObject {
    let (created, changed) = draft.times();
    let object = json!({
        "id": draft.id(),
        "version": draft.between(1, 9),
        "displayName": draft.name("WIN", "BIOS"),
        "description": "",
        "fileName": "bios.cctk",
        "configurationFileContent": null,
        "hardwareConfigurationFormat": "dell",
        "perDevicePasswordDisabled": draft.chance(50),
        "createdDateTime": created,
        "lastModifiedDateTime": changed,
        "roleScopeTagIds": draft.scope_tags(),
    });
    let file = format!("[cctk]\nAssetTag={}\nSecureBoot=Enabled\n", draft.number);
    let assignments = draft.assignments_with_lost_group();
    stored(
        object,
        json!({ "content": { "configurationFileContent": base64(&file) }, "assignments": assignments }),
    )
}

pub(super) fn tunnel(draft: &mut Draft<'_>) -> StoredObject {
    let (_, changed) = draft.times();
    let object = json!({
        "id": draft.id(),
        "displayName": draft.name("MOB", "Tunnel"),
        "description": "",
        "network": "169.254.0.0/16",
        "dnsServers": ["10.0.0.53", "10.0.1.53"],
        "defaultDomainSuffix": "corp.contoso.example",
        "routeIncludes": ["10.0.0.0/8"],
        "routeExcludes": [],
        "routesInclude": ["10.0.0.0/8"],
        "routesExclude": [],
        "splitDNS": ["contoso.example"],
        "listenPort": draft.between(443, 500),
        "advancedSettings": [],
        "lastUpdateDateTime": changed,
        "roleScopeTagIds": draft.scope_tags(),
        "disableUdpConnections": false,
    });
    stored(object, json!({}))
}

pub(super) fn tunnel_site(draft: &mut Draft<'_>) -> StoredObject {
    let object = json!({
        "id": draft.id(),
        "displayName": draft.name("MOB", "Tunnel site"),
        "description": "",
        "publicAddress": format!("vpn{}.contoso.example", draft.number + 1),
        "upgradeWindowUtcOffsetInMinutes": 60,
        "upgradeWindowStartTime": "01:00:00.0000000",
        "upgradeWindowEndTime": "03:00:00.0000000",
        "upgradeAutomatically": true,
        "upgradeAvailable": draft.chance(50),
        "internalNetworkProbeUrl": "https://intranet.contoso.example",
        "roleScopeTagIds": draft.scope_tags(),
    });
    let configuration = draft.any_of("microsoftTunnelConfigurations");
    let configuration = configuration.map(|id| json!({ "id": id, "displayName": "Tunnel" }));
    stored(
        object,
        json!({ "microsoftTunnelConfiguration": configuration }),
    )
}

/// Its marker is the `eTag`.
pub(super) fn certificate_authority(draft: &mut Draft<'_>) -> StoredObject {
    let root = draft.number.is_multiple_of(2);
    let (created, changed) = draft.times();
    let object = json!({
        "id": draft.id(),
        "displayName": draft.name("PKI", if root { "Root" } else { "Issuing" }),
        "description": "",
        "scepServerUrl": "https://pki.contoso.example/scep",
        "certificateRevocationListUrl": "https://pki.contoso.example/crl",
        "certificateDownloadUrl": "https://pki.contoso.example/cert",
        "certificationAuthorityIssuerId": null,
        "cloudCertificationAuthorityType": if root { "rootCertificationAuthority" } else { "issuingCertificationAuthority" },
        "cloudCertificationAuthorityStatus": "active",
        "commonName": format!("Contoso CA {}", draft.number + 1),
        "validityPeriodInYears": draft.between(5, 25),
        "extendedKeyUsages": [{ "name": "Client auth", "objectIdentifier": "1.3.6.1.5.5.7.3.2" }],
        "keyPlatform": "software",
        "createdDateTime": created,
        "lastModifiedDateTime": changed,
        "eTag": format!("\"{}\"", draft.own("tag").simple()),
        "versionNumber": draft.between(1, 4),
        "roleScopeTagIds": draft.scope_tags(),
    });
    stored(object, json!({}))
}

pub(super) fn zebra(draft: &mut Draft<'_>) -> StoredObject {
    let object = json!({
        "id": draft.id(),
        "displayName": draft.name("AND", "Zebra update"),
        "description": "",
        "deploymentAssignments": [{ "id": draft.own("assignment"), "assignmentAction": "include", "target": { "@odata.type": "#microsoft.graph.androidFotaDeploymentAssignmentTarget", "groupId": draft.group() } }],
        "deploymentSettings": { "updateType": "latest", "deviceModel": "TC57", "scheduleMode": "installNow", "timeZoneOffsetInMinutes": 60 },
        "deploymentStatus": { "state": "inProgress", "totalDevices": draft.between(1, 90), "totalSucceededInstall": 0 },
        "roleScopeTagIds": draft.scope_tags(),
    });
    stored(object, json!({}))
}

pub(super) fn resource_access(draft: &mut Draft<'_>) -> StoredObject {
    let (created, changed) = draft.times();
    let object = json!({
        "@odata.type": "#microsoft.graph.windows10XTrustedRootCertificate",
        "id": draft.id(),
        "version": draft.between(1, 4),
        "displayName": draft.name("WIN", "Trusted root"),
        "description": "",
        "creationDateTime": created,
        "createdDateTime": created,
        "lastModifiedDateTime": changed,
        "roleScopeTagIds": draft.scope_tags(),
    });
    let assignments = draft.assignments();
    stored(object, json!({ "assignments": assignments }))
}

/// No application gets to see it.
pub(super) fn inventory(draft: &mut Draft<'_>) -> StoredObject {
    let (created, changed) = draft.times();
    let object = json!({
        "id": draft.id(),
        "name": draft.name("WIN", "Inventory"),
        "createdDateTime": created,
        "lastModifiedDateTime": changed,
    });
    stored(object, json!({}))
}

pub(super) fn cloud_pc_policy(draft: &mut Draft<'_>) -> StoredObject {
    let (created, changed) = draft.times();
    let object = json!({
        "id": draft.id(),
        "displayName": draft.name("CPC", "Provisioning"),
        "description": "",
        "cloudPcNamingTemplate": "CPC-%USERNAME:5%-%RAND:5%",
        "provisioningType": draft.pick(&["dedicated", "shared"]),
        "imageType": "gallery",
        "imageId": "microsoftwindowsdesktop_windows-ent-cpc_win11-24h2-ent-cpc-m365",
        "imageDisplayName": "Windows 11 Enterprise + Microsoft 365 Apps 24H2",
        "enableSingleSignOn": true,
        "localAdminEnabled": false,
        "cloudPcGroupDisplayName": null,
        "gracePeriodInHours": 4,
        "domainJoinConfigurations": [{ "type": "azureADJoin", "regionName": "automatic", "regionGroup": "europe", "onPremisesConnectionId": null }],
        "windowsSetting": { "locale": "de-DE" },
        "managedBy": "windows365",
        "scopeIds": ["0"],
        "createdDateTime": created,
        "lastModifiedDateTime": changed,
        "createdBy": "admin@contoso.example",
        "lastModifiedBy": "admin@contoso.example",
    });
    let assignments = cloud_pc_assignments(draft);
    stored(object, json!({ "assignments": assignments }))
}

pub(super) fn cloud_pc_setting(draft: &mut Draft<'_>) -> StoredObject {
    let (created, changed) = draft.times();
    let object = json!({
        "id": draft.id(),
        "displayName": draft.name("CPC", "User settings"),
        "selfServiceEnabled": draft.chance(50),
        "localAdminEnabled": draft.chance(20),
        "resetEnabled": true,
        "restorePointSetting": { "frequencyInHours": 12, "frequencyType": "default", "userRestoreEnabled": true },
        "crossRegionDisasterRecoverySetting": null,
        "createdDateTime": created,
        "lastModifiedDateTime": changed,
    });
    let assignments = cloud_pc_assignments(draft);
    stored(object, json!({ "assignments": assignments }))
}

fn cloud_pc_assignments(draft: &mut Draft<'_>) -> Value {
    let group = draft.group();
    json!([{
        "id": format!("{}_{group}", draft.id()),
        "target": { "@odata.type": "#microsoft.graph.cloudPcManagementGroupAssignmentTarget", "groupId": group, "servicePlanId": null },
    }])
}

pub(super) fn cloud_pc_connection(draft: &mut Draft<'_>) -> StoredObject {
    let object = json!({
        "id": draft.id(),
        "displayName": draft.name("CPC", "Network"),
        "connectionType": "hybridAzureADJoin",
        "subscriptionId": draft.own("subscription"),
        "subscriptionName": "Production",
        "resourceGroupId": "/subscriptions/0/resourcegroups/cpc",
        "virtualNetworkId": "/subscriptions/0/resourcegroups/cpc/providers/microsoft.network/virtualnetworks/net",
        "subnetId": "/subscriptions/0/subnets/cpc",
        "virtualNetworkLocation": "westeurope",
        "adDomainName": "corp.contoso.example",
        "adDomainUsername": "join@corp.contoso.example",
        "adDomainPassword": null,
        "organizationalUnit": "OU=CPC",
        "healthCheckStatus": draft.pick(&["passed", "warning", "running"]),
        "healthCheckPaused": false,
        "inUse": draft.chance(70),
        "inUseByCloudPc": draft.chance(70),
        "alternateResourceUrl": null,
        "scopeIds": ["0"],
    });
    stored(object, json!({}))
}

pub(super) fn cloud_pc_image(draft: &mut Draft<'_>) -> StoredObject {
    let (_, changed) = draft.times();
    let object = json!({
        "id": draft.id(),
        "displayName": draft.name("CPC", "Image"),
        "operatingSystem": "Windows 11 Enterprise",
        "osBuildNumber": "24H2",
        "osStatus": "supported",
        "version": "1.0.0",
        "sourceImageResourceId": "/subscriptions/0/resourceGroups/cpc/providers/Microsoft.Compute/images/corp",
        "lastModifiedDateTime": changed,
        "expirationDate": "2027-01-01",
        "status": "ready",
        "errorCode": null,
    });
    stored(object, json!({}))
}

/// What several kinds of rarer apps begin with.
pub(super) fn versioned(draft: &mut Draft<'_>, platform: &str, topic: &str, own: Value) -> Value {
    let (created, changed) = draft.times();
    let object = json!({
        "id": draft.id(),
        "displayName": draft.name(platform, topic),
        "description": "",
        "createdDateTime": created,
        "lastModifiedDateTime": changed,
        "version": draft.between(1, 7),
        "roleScopeTagIds": draft.scope_tags(),
    });
    with(object, own)
}
