//! Compliance policies with their actions, and the notifications that actions send.

use serde_json::{Value, json};

use super::draft::{Draft, stored, with};
use crate::tenant::StoredObject;

pub(super) fn policy(draft: &mut Draft<'_>) -> StoredObject {
    let (platform, type_name, rules) = sort(draft);
    let (created, changed) = draft.times();
    let object = json!({
        "@odata.type": format!("#microsoft.graph.{type_name}"),
        "id": draft.id(),
        "displayName": draft.name(platform, "Compliance"),
        "description": "Who fails this may not sign in",
        "createdDateTime": created,
        "lastModifiedDateTime": changed,
        "version": draft.between(1, 20),
        "roleScopeTagIds": draft.scope_tags(),
        "passwordRequired": true,
        "osMinimumVersion": format!("{}.{}", draft.between(10, 17), draft.between(0, 6)),
        "osMaximumVersion": null,
    });
    let actions = scheduled_actions(draft);
    let assignments = draft.assignments();
    stored(
        with(object, rules),
        json!({ "scheduledActionsForRule": actions, "assignments": assignments }),
    )
}

fn sort(draft: &mut Draft<'_>) -> (&'static str, &'static str, Value) {
    match draft.number % 4 {
        0 => (
            "WIN",
            "windows10CompliancePolicy",
            json!({
                "bitLockerEnabled": true,
                "secureBootEnabled": true,
                "codeIntegrityEnabled": draft.chance(60),
                "storageRequireEncryption": true,
                "validOperatingSystemBuildRanges": [],
                "deviceCompliancePolicyScript": null,
            }),
        ),
        1 => (
            "IOS",
            "iosCompliancePolicy",
            json!({ "securityBlockJailbrokenDevices": true, "passcodeMinimumLength": 6 }),
        ),
        2 => (
            "MAC",
            "macOSCompliancePolicy",
            json!({ "systemIntegrityProtectionEnabled": true, "firewallEnabled": true }),
        ),
        _ => (
            "AND",
            "androidWorkProfileCompliancePolicy",
            json!({ "securityBlockJailbrokenDevices": true, "minAndroidSecurityPatchLevel": "2025-06-01" }),
        ),
    }
}

/// Block at once; send a notification some days later.
pub(super) fn scheduled_actions(draft: &mut Draft<'_>) -> Value {
    let grace = 24 * draft.between(1, 10);
    let template = draft
        .any_of("notificationMessageTemplates")
        .unwrap_or_default();
    let copies = if draft.chance(30) {
        json!([draft.group()])
    } else {
        json!([])
    };
    json!([{
        "id": draft.own("rule"),
        "ruleName": "PasswordRequired",
        "scheduledActionConfigurations": [
            {
                "id": draft.own("block"),
                "gracePeriodHours": 0,
                "actionType": "block",
                "notificationTemplateId": uuid::Uuid::nil(),
                "notificationMessageCCList": [],
            },
            {
                "id": draft.own("notify"),
                "gracePeriodHours": grace,
                "actionType": "notification",
                "notificationTemplateId": template,
                "notificationMessageCCList": copies,
            },
        ],
    }])
}

pub(super) fn notification(draft: &mut Draft<'_>) -> StoredObject {
    let (_, changed) = draft.times();
    let id = draft.id();
    let messages: Vec<Value> = [
        (
            "en-us",
            "Your device is not compliant",
            "Please contact IT.\nAccess ends soon.",
        ),
        (
            "de-de",
            "Ihr Gerät ist nicht konform",
            "Bitte wenden Sie sich an die IT.",
        ),
        (
            "ja-jp",
            "デバイスが準拠していません",
            "IT 部門に連絡してください。",
        ),
    ]
    .iter()
    .enumerate()
    .map(|(position, (locale, subject, text))| {
        json!({
            "id": format!("{id}_{locale}"),
            "lastModifiedDateTime": changed,
            "locale": locale,
            "subject": subject,
            "messageTemplate": text,
            "isDefault": position == 0,
        })
    })
    .collect();
    let object = json!({
        "id": id,
        "displayName": draft.name("ALL", "Notification"),
        "description": null,
        "defaultLocale": "en-us",
        "brandingOptions": "includeCompanyLogo,includeCompanyName",
        "lastModifiedDateTime": changed,
        "roleScopeTagIds": draft.scope_tags(),
    });
    stored(object, json!({ "localizedNotificationMessages": messages }))
}
