//! Administrative templates: the policies, their definition values with presentations, and the ADMX
//! file that a custom one refers to.

use serde_json::{Value, json};

use super::draft::{Draft, stored};
use crate::tenant::StoredObject;

const DEFINITIONS: [(&str, &str); 6] = [
    ("Silently sign in users to OneDrive", "\\OneDrive"),
    ("Configure the home page", "\\Microsoft Edge\\Startup"),
    (
        "Require additional authentication at startup",
        "\\Windows Components\\BitLocker",
    ),
    (
        "Turn off AutoPlay",
        "\\Windows Components\\AutoPlay Policies",
    ),
    (
        "Block macros in files from the internet",
        "\\Microsoft Word 2016\\Security",
    ),
    (
        "Set the default Outlook profile",
        "\\Microsoft Outlook 2016\\Account Settings",
    ),
];

pub(super) fn policy(draft: &mut Draft<'_>) -> StoredObject {
    let custom = draft.number % 5 == 4;
    let count = draft.between(1, 12);
    let values: Vec<Value> = (0..count)
        .map(|position| definition_value(draft, position))
        .collect();
    let (created, changed) = draft.times();
    let object = json!({
        "id": draft.id(),
        "displayName": draft.name("WIN", "Administrative template"),
        "description": "",
        "createdDateTime": created,
        "lastModifiedDateTime": changed,
        "policyConfigurationIngestionType": if custom { "mixed" } else { "builtIn" },
        "roleScopeTagIds": draft.scope_tags(),
    });
    let assignments = draft.assignments();
    stored(
        object,
        json!({ "definitionValues": values, "assignments": assignments }),
    )
}

fn definition_value(draft: &mut Draft<'_>, position: usize) -> Value {
    let (name, category) = draft.pick(&DEFINITIONS);
    let enabled = draft.chance(80);
    let presentations = if enabled { draft.between(0, 2) } else { 0 };
    let values: Vec<Value> = (0..presentations)
        .map(|number| presentation_value(draft, position, number))
        .collect();
    let (created, changed) = draft.times();
    json!({
        "id": draft.own(&format!("definition value {position}")),
        "createdDateTime": created,
        "lastModifiedDateTime": changed,
        "enabled": enabled,
        "configurationType": "policy",
        "definition": {
            "id": draft.own(&format!("definition {position}")),
            "classType": draft.pick(&["machine", "user"]),
            "displayName": name,
            "explainText": format!("{name}. Long text of the vendor."),
            "categoryPath": category,
            "groupPolicyCategoryId": draft.own(category),
            "supportedOn": "At least Windows 10",
            "policyType": "admxBacked",
            "version": "1.0",
            "lastModifiedDateTime": "2020-01-01T00:00:00Z",
        },
        "presentationValues": values,
    })
}

fn presentation_value(draft: &mut Draft<'_>, position: usize, number: usize) -> Value {
    let (created, changed) = draft.times();
    let (sort, value) = match number {
        0 => (
            "Text",
            json!(format!("https://{}.example", draft.between(1, 999))),
        ),
        _ => ("Boolean", json!(draft.chance(50))),
    };
    json!({
        "@odata.type": format!("#microsoft.graph.groupPolicyPresentationValue{sort}"),
        "id": draft.own(&format!("presentation value {position} {number}")),
        "createdDateTime": created,
        "lastModifiedDateTime": changed,
        "value": value,
        "presentation": {
            "@odata.type": "#microsoft.graph.groupPolicyPresentationTextBox",
            "id": draft.own(&format!("presentation {position} {number}")),
            "label": format!("Value {}", number + 1),
            "lastModifiedDateTime": "2020-01-01T00:00:00Z",
        },
    })
}

pub(super) fn uploaded_file(draft: &mut Draft<'_>) -> StoredObject {
    let (_, changed) = draft.times();
    let object = json!({
        "id": draft.id(),
        "displayName": "Chrome",
        "fileName": "chrome.admx",
        "languageCodes": ["en-US"],
        "targetPrefix": "chrome",
        "targetNamespace": "Google.Policies.Chrome",
        "policyType": "admxIngested",
        "revision": "1.0",
        "status": "available",
        "lastModifiedDateTime": changed,
        "content": null,
    });
    let definition = json!({
        "id": draft.own("definition"),
        "classType": "machine",
        "displayName": "Configure the new tab page URL",
        "categoryPath": "\\Google\\Chrome",
        "policyType": "admxIngested",
    });
    stored(object, json!({ "groupPolicyDefinitions": [definition] }))
}
