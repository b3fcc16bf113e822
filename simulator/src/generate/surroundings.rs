//! What policies refer to: groups, filters, scope tags, categories.

use serde_json::json;

use super::draft::{Draft, stored};
use crate::tenant::StoredObject;

pub(super) fn group(draft: &mut Draft<'_>) -> StoredObject {
    let department = draft.department();
    let dynamic = draft.chance(40);
    let (created, _) = draft.times();
    let rule = format!("(user.department -eq \"{department}\")");
    let object = json!({
        "id": draft.id(),
        "deletedDateTime": null,
        "classification": null,
        "createdDateTime": created,
        "description": null,
        "displayName": format!("Intune - {department} {:02}", draft.number + 1),
        "groupTypes": if dynamic { json!(["DynamicMembership"]) } else { json!([]) },
        "mail": null,
        "mailEnabled": false,
        "mailNickname": draft.own("nickname").simple().to_string(),
        "membershipRule": if dynamic { json!(rule) } else { json!(null) },
        "membershipRuleProcessingState": if dynamic { json!("On") } else { json!(null) },
        "securityEnabled": true,
        "visibility": null,
    });
    stored(object, json!({}))
}

pub(super) fn filter(draft: &mut Draft<'_>) -> StoredObject {
    let (platform, rule) = draft.turn(&[
        (
            "windows10AndLater",
            "(device.deviceOwnership -eq \"Corporate\")",
        ),
        (
            "iOS",
            "(device.enrollmentProfileName -eq \"iPhone corporate\")",
        ),
        ("macOS", "(device.model -startsWith \"MacBook\")"),
        ("androidForWork", "(device.osVersion -startsWith \"14\")"),
        ("windows10AndLater", "(device.model -contains \"Virtual\")"),
    ]);
    let (created, changed) = draft.times();
    let object = json!({
        "id": draft.id(),
        "createdDateTime": created,
        "lastModifiedDateTime": changed,
        "displayName": draft.name(platform, "Filter"),
        "description": "",
        "platform": platform,
        "rule": rule,
        "roleScopeTags": draft.scope_tags(),
        "assignmentFilterManagementType": "devices",
    });
    stored(object, json!({}))
}

/// The first is the default tag, which every tenant has. Ids are small numbers.
pub(super) fn scope_tag(draft: &mut Draft<'_>) -> StoredObject {
    let number = draft.number;
    let department = draft.department();
    let object = json!({
        "id": number.to_string(),
        "displayName": if number == 0 { "Default".to_owned() } else { format!("{department} {number}") },
        "description": "",
        "isBuiltIn": number == 0,
    });
    let assignments = if number == 0 {
        json!([])
    } else {
        draft.assignments()
    };
    stored(object, json!({ "assignments": assignments }))
}

pub(super) fn category(draft: &mut Draft<'_>) -> StoredObject {
    let department = draft.department();
    let object = json!({
        "id": draft.id(),
        "displayName": format!("{department} {}", draft.number + 1),
        "description": format!("Devices of {department}"),
        "roleScopeTagIds": ["0"],
    });
    stored(object, json!({}))
}
