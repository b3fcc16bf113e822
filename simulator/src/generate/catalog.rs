//! Settings catalog policies and what shares their settings: reusable settings, Linux compliance,
//! legacy intents with their templates.

use serde_json::{Value, json};

use super::draft::{Draft, base64, stored};
use crate::tenant::StoredObject;

/// Platform, technologies, family of the template, name of the template.
pub(super) type Family = (&'static str, &'static str, &'static str, &'static str);

const FAMILIES: [Family; 8] = [
    ("windows10", "mdm", "none", ""),
    (
        "windows10",
        "mdm,microsoftSense",
        "endpointSecurityAntivirus",
        "Microsoft Defender Antivirus",
    ),
    ("macOS", "mdm,appleRemoteManagement", "none", ""),
    (
        "windows10",
        "mdm",
        "endpointSecurityDiskEncryption",
        "BitLocker",
    ),
    ("iOS", "mdm,appleRemoteManagement", "none", ""),
    (
        "windows10",
        "mdm",
        "baseline",
        "Security Baseline for Windows 10 and later",
    ),
    (
        "linux",
        "linuxMdm",
        "deviceConfigurationScripts",
        "Custom script",
    ),
    (
        "windows10",
        "enrollment",
        "enrollmentConfiguration",
        "Device preparation",
    ),
];

/// Families that do not come up by turn, or not in time.
pub(super) const SAMPLES: [Family; 9] = [
    (
        "windows10",
        "endpointPrivilegeManagement",
        "endpointSecurityEndpointPrivilegeManagement",
        "Elevation settings policy",
    ),
    (
        "iOS",
        "enrollment",
        "enrollmentConfiguration",
        "Apple enrolment",
    ),
    (
        "macOS",
        "enrollment",
        "enrollmentConfiguration",
        "Apple enrolment",
    ),
    (
        "windows10",
        "mdm,microsoftSense",
        "endpointSecurityFirewall",
        "Windows Firewall",
    ),
    (
        "windows10",
        "mdm,microsoftSense",
        "endpointSecurityEndpointDetectionAndResponse",
        "Endpoint detection and response",
    ),
    (
        "windows10",
        "mdm,microsoftSense",
        "endpointSecurityAttackSurfaceReduction",
        "Attack surface reduction rules",
    ),
    (
        "windows10",
        "mdm,microsoftSense",
        "endpointSecurityAccountProtection",
        "Account protection",
    ),
    (
        "windows10",
        "mdm,microsoftSense",
        "endpointSecurityApplicationControl",
        "Application control",
    ),
    ("linux", "linuxMdm", SCRIPTS, "Custom script"),
];

/// The family of Linux scripts.
const SCRIPTS: &str = "deviceConfigurationScripts";

const AREAS: [&str; 8] = [
    "defender",
    "bitlocker",
    "browser",
    "update",
    "privacy",
    "firewall",
    "experience",
    "system",
];

pub(super) fn policy(draft: &mut Draft<'_>) -> StoredObject {
    let sample = draft.sample().and_then(|place| SAMPLES.get(place)).copied();
    let (platform, technologies, family, template) =
        sample.unwrap_or_else(|| draft.turn(&FAMILIES));
    // Every sixth has more settings than a page of them holds.
    let count = if draft.number % 6 == 5 {
        draft.between(26, 90)
    } else {
        draft.between(1, 20)
    };
    let count = draft.landscape.settings.unwrap_or(count);
    let mut settings = match draft.landscape.settings {
        Some(count) => super::settings::recipe(draft, count),
        None => settings(draft, count),
    };
    if let (Some((_, _, SCRIPTS, _)), Some(first)) = (sample, settings.get_mut(0)) {
        *first = script_setting();
    }
    let assignments = draft.assignments();
    let (created, changed) = draft.times();
    let area = draft.pick(&AREAS);
    let object = json!({
        "id": draft.id(),
        "name": draft.name(platform, area),
        "description": format!("Settings of the area {area}"),
        "platforms": platform,
        "technologies": technologies,
        "createdDateTime": created,
        "lastModifiedDateTime": changed,
        "settingCount": count,
        "isAssigned": assignments.as_array().is_some_and(|assignments| !assignments.is_empty()),
        "creationSource": null,
        "priorityMetaData": null,
        "roleScopeTagIds": draft.scope_tags(),
        "templateReference": {
            "templateId": if family == "none" { String::new() } else { format!("{}_1", draft.own(family)) },
            "templateFamily": family,
            "templateDisplayName": template,
            "templateDisplayVersion": if family == "none" { "" } else { "Version 1" },
        },
    });
    let target = match family {
        "enrollmentConfiguration" => {
            json!([{ "targetId": draft.group(), "validationSucceeded": true }])
        }
        _ => json!([]),
    };
    stored(
        object,
        json!({
            "settings": settings,
            "assignments": assignments,
            "enrollmentTimeDeviceMembershipTarget": target,
        }),
    )
}

pub(super) fn reusable(draft: &mut Draft<'_>) -> StoredObject {
    let definition = "vendor_msft_firewall_mdmstore_dynamickeywords_addresses_{id}";
    let (created, changed) = draft.times();
    let addresses: Vec<Value> = (1..=draft.between(1, 6))
        .map(|number| string_instance("addresses_{id}_addresses", &format!("10.{number}.0.0/16")))
        .collect();
    let object = json!({
        "id": draft.id(),
        "displayName": draft.name("WIN", "Address group"),
        "description": "Addresses that firewall rules refer to",
        "settingDefinitionId": definition,
        "settingInstance": null,
        "version": draft.between(1, 5),
        "createdDateTime": created,
        "lastModifiedDateTime": changed,
        "referencingConfigurationPolicyCount": draft.between(0, 4),
    });
    let instance = json!({
        "@odata.type": "#microsoft.graph.deviceManagementConfigurationGroupSettingCollectionInstance",
        "settingDefinitionId": definition,
        "settingInstanceTemplateReference": null,
        "groupSettingCollectionValue": [{ "settingValueTemplateReference": null, "children": addresses }],
    });
    stored(
        object,
        json!({ "content": { "settingInstance": instance } }),
    )
}

pub(super) fn linux_compliance(draft: &mut Draft<'_>) -> StoredObject {
    let count = draft.between(2, 12);
    let settings = settings(draft, count);
    let (created, changed) = draft.times();
    let object = json!({
        "id": draft.id(),
        "name": draft.name("LINUX", "Compliance"),
        "description": "Distribution, encryption and password rules",
        "platforms": "linux",
        "technologies": "linuxMdm",
        "createdDateTime": created,
        "lastModifiedDateTime": changed,
        "settingCount": count,
        "isAssigned": true,
        "creationSource": null,
        "roleScopeTagIds": draft.scope_tags(),
    });
    let actions = super::compliance::scheduled_actions(draft);
    let assignments = draft.assignments();
    stored(
        object,
        json!({ "settings": settings, "assignments": assignments, "scheduledActionsForRule": actions }),
    )
}

pub(super) fn intent(draft: &mut Draft<'_>) -> StoredObject {
    let (_, changed) = draft.times();
    let area = draft.pick(&AREAS);
    let count = draft.between(3, 25);
    let settings: Vec<Value> = (0..count)
        .map(|position| intent_setting(draft, area, position))
        .collect();
    let template = draft.any_of("templates");
    let object = json!({
        "id": draft.id(),
        "displayName": draft.name("WIN", area),
        "description": "Endpoint security, before the settings catalog",
        "isAssigned": draft.chance(70),
        "isMigratingToConfigurationPolicy": null,
        "lastModifiedDateTime": changed,
        "templateId": template,
        "roleScopeTagIds": draft.scope_tags(),
    });
    let assignments = draft.assignments();
    stored(
        object,
        json!({ "settings": settings, "assignments": assignments }),
    )
}

fn intent_setting(draft: &mut Draft<'_>, area: &str, position: usize) -> Value {
    let enabled = draft.chance(50);
    json!({
        "@odata.type": "#microsoft.graph.deviceManagementBooleanSettingInstance",
        "id": draft.own(&format!("setting {position}")),
        "definitionId": format!("deviceConfiguration--windows10EndpointProtectionConfiguration_{area}{position}"),
        "valueJson": enabled.to_string(),
    })
}

pub(super) fn template(draft: &mut Draft<'_>) -> StoredObject {
    let name = draft.turn(&["Account protection", "Disk encryption", "Firewall"]);
    let object = json!({
        "id": draft.id(),
        "displayName": name,
        "description": "",
        "versionInfo": "1.0",
        "isDeprecated": false,
        "intentCount": 1,
        "templateType": "securityTemplate",
        "platformType": "windows10AndLater",
        "templateSubtype": "none",
        "publishedDateTime": "2020-01-01T00:00:00Z",
    });
    let category =
        json!({ "id": draft.own("category"), "displayName": name, "hasRequiredSetting": false });
    stored(object, json!({ "categories": [category] }))
}

/// The text of a script is a value like any other, in base64.
fn script_setting() -> Value {
    let script = base64("#!/bin/bash\nset -eu\nsystemctl enable --now fstrim.timer\n");
    json!({ "id": "0", "settingInstance": string_instance("linux_customconfig_script", &script) })
}

pub(super) fn settings(draft: &mut Draft<'_>, count: usize) -> Value {
    (0..count)
        .map(|position| json!({ "id": position.to_string(), "settingInstance": setting(draft, position) }))
        .collect()
}

fn setting(draft: &mut Draft<'_>, position: usize) -> Value {
    let area = draft.pick(&AREAS);
    let definition = format!("device_vendor_msft_policy_config_{area}_setting{position}");
    match draft.between(0, 9) {
        0..=5 => choice_instance(&definition, draft.between(0, 3), Vec::new()),
        6 => {
            let child = string_instance(&format!("{definition}_text"), draft.department());
            choice_instance(&definition, 1, vec![child])
        }
        7 => integer_instance(&definition, draft.between(1, 3600)),
        8 => string_collection(draft, &definition),
        _ => secret_instance(draft, &definition, position),
    }
}

fn choice_instance(definition: &str, choice: usize, children: Vec<Value>) -> Value {
    json!({
        "@odata.type": "#microsoft.graph.deviceManagementConfigurationChoiceSettingInstance",
        "settingDefinitionId": definition,
        "settingInstanceTemplateReference": null,
        "choiceSettingValue": {
            "settingValueTemplateReference": null,
            "value": format!("{definition}_{choice}"),
            "children": children,
        },
    })
}

fn string_instance(definition: &str, value: &str) -> Value {
    simple_instance(definition, "String", value.into())
}

fn integer_instance(definition: &str, value: usize) -> Value {
    simple_instance(definition, "Integer", value.into())
}

fn simple_instance(definition: &str, sort: &str, value: Value) -> Value {
    json!({
        "@odata.type": "#microsoft.graph.deviceManagementConfigurationSimpleSettingInstance",
        "settingDefinitionId": definition,
        "settingInstanceTemplateReference": null,
        "simpleSettingValue": {
            "@odata.type": format!("#microsoft.graph.deviceManagementConfiguration{sort}SettingValue"),
            "settingValueTemplateReference": null,
            "value": value,
        },
    })
}

fn string_collection(draft: &mut Draft<'_>, definition: &str) -> Value {
    let values: Vec<Value> = (0..draft.between(1, 5))
        .map(|_| {
            json!({
                "@odata.type": "#microsoft.graph.deviceManagementConfigurationStringSettingValue",
                "settingValueTemplateReference": null,
                "value": format!("https://{}.example", draft.department().to_lowercase().replace(' ', "-")),
            })
        })
        .collect();
    json!({
        "@odata.type": "#microsoft.graph.deviceManagementConfigurationSimpleSettingCollectionInstance",
        "settingDefinitionId": definition,
        "settingInstanceTemplateReference": null,
        "simpleSettingCollectionValue": values,
    })
}

/// A secret comes back as a token only.
fn secret_instance(draft: &mut Draft<'_>, definition: &str, position: usize) -> Value {
    let token = draft.own(&format!("secret {position}"));
    json!({
        "@odata.type": "#microsoft.graph.deviceManagementConfigurationSimpleSettingInstance",
        "settingDefinitionId": definition,
        "settingInstanceTemplateReference": null,
        "simpleSettingValue": {
            "@odata.type": "#microsoft.graph.deviceManagementConfigurationSecretSettingValue",
            "settingValueTemplateReference": null,
            "value": token,
            "valueState": "encryptedValueToken",
        },
    })
}
