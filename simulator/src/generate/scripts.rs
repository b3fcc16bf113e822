//! Scripts of all five sorts. Their bodies are content: lists show `null`.

use serde_json::{Value, json};

use super::draft::{Draft, base64, stored, with};
use crate::tenant::StoredObject;

const TOPICS: [&str; 8] = [
    "Set time zone",
    "Map drives",
    "Remove consumer apps",
    "Install printer",
    "Clean temporary files",
    "Enforce screen lock",
    "Report battery health",
    "Rename computer",
];

pub(super) fn powershell(draft: &mut Draft<'_>) -> StoredObject {
    let topic = draft.turn(&TOPICS);
    let object = with(
        envelope(draft, "WIN", topic),
        json!({
            "enforceSignatureCheck": draft.chance(20),
            "runAs32Bit": draft.chance(10),
            "fileName": format!("{}.ps1", file_stem(topic)),
            "scriptContent": null,
        }),
    );
    let body = powershell_body(draft, topic);
    scripted(draft, object, json!({ "scriptContent": base64(&body) }))
}

pub(super) fn shell(draft: &mut Draft<'_>) -> StoredObject {
    let topic = draft.turn(&TOPICS);
    let object = with(
        envelope(draft, "MAC", topic),
        json!({
            "blockExecutionNotifications": draft.chance(70),
            "executionFrequency": draft.pick(&["PT0S", "P1D", "P7D"]),
            "retryCount": draft.between(0, 3),
            "fileName": format!("{}.sh", file_stem(topic)),
            "scriptContent": null,
        }),
    );
    let body = shell_body(draft, topic);
    scripted(draft, object, json!({ "scriptContent": base64(&body) }))
}

pub(super) fn custom_attribute(draft: &mut Draft<'_>) -> StoredObject {
    let attribute = draft.turn(&["Battery cycles", "Secure token", "Rosetta", "Uptime"]);
    let object = with(
        envelope(draft, "MAC", attribute),
        json!({
            "customAttributeName": attribute,
            "customAttributeType": draft.pick(&["integer", "string", "dateTime"]),
            "fileName": format!("{}.sh", file_stem(attribute)),
            "scriptContent": null,
        }),
    );
    let body = shell_body(draft, attribute);
    scripted(draft, object, json!({ "scriptContent": base64(&body) }))
}

pub(super) fn remediation(draft: &mut Draft<'_>) -> StoredObject {
    let topic = draft.turn(&TOPICS);
    // Every ninth is one of Microsoft's own, as tenants have them.
    let global = draft.number % 9 == 8;
    let object = with(
        envelope(draft, "WIN", topic),
        json!({
            "publisher": if global { "Microsoft" } else { "IT" },
            "version": draft.between(1, 9).to_string(),
            "enforceSignatureCheck": false,
            "runAs32Bit": draft.chance(10),
            "isGlobalScript": global,
            "highestAvailableVersion": null,
            "deviceHealthScriptType": "deviceHealthScript",
            "detectionScriptContent": null,
            "remediationScriptContent": null,
            "detectionScriptParameters": [],
            "remediationScriptParameters": [],
        }),
    );
    let detection = powershell_body(draft, &format!("Detect: {topic}"));
    let cure = powershell_body(draft, &format!("Remedy: {topic}"));
    let content = json!({
        "detectionScriptContent": base64(&detection),
        "remediationScriptContent": base64(&cure),
    });
    scripted(draft, object, content)
}

pub(super) fn compliance(draft: &mut Draft<'_>) -> StoredObject {
    let topic = draft.turn(&[
        "Firmware version",
        "Disk space",
        "Local admins",
        "Antivirus vendor",
    ]);
    let object = with(
        envelope(draft, "WIN", topic),
        json!({
            "publisher": "IT",
            "version": draft.between(1, 9).to_string(),
            "enforceSignatureCheck": false,
            "runAs32Bit": false,
            "detectionScriptContent": null,
        }),
    );
    let body = powershell_body(draft, topic);
    stored(
        object,
        json!({ "content": { "detectionScriptContent": base64(&body) } }),
    )
}

fn envelope(draft: &mut Draft<'_>, platform: &str, topic: &str) -> Value {
    let (created, changed) = draft.times();
    json!({
        "id": draft.id(),
        "displayName": draft.name(platform, topic),
        "description": format!("{topic}, for devices of one department"),
        "createdDateTime": created,
        "lastModifiedDateTime": changed,
        "runAsAccount": draft.pick(&["system", "user"]),
        "roleScopeTagIds": draft.scope_tags(),
    })
}

fn scripted(draft: &mut Draft<'_>, object: Value, content: Value) -> StoredObject {
    let assignments = draft.assignments();
    stored(
        object,
        json!({ "content": content, "assignments": assignments }),
    )
}

fn powershell_body(draft: &mut Draft<'_>, topic: &str) -> String {
    let key = draft.own("registry key").simple().to_string();
    let steps: String = (1..=draft.between(3, 40))
        .map(|step| {
            format!(
                "$value{step} = Get-ItemProperty -Path 'HKLM:\\SOFTWARE\\Example\\{key}' -Name 'Step{step}' -ErrorAction SilentlyContinue\n\
                 if (-not $value{step}) {{ Write-Output 'step {step} is missing' }}\n"
            )
        })
        .collect();
    format!("<# {topic} #>\n$ErrorActionPreference = 'Stop'\n{steps}exit 0\n")
}

fn shell_body(draft: &mut Draft<'_>, topic: &str) -> String {
    let domain = draft.own("preference domain").simple().to_string();
    let steps: String = (1..=draft.between(3, 30))
        .map(|step| format!("defaults read com.example.{domain} step{step} 2>/dev/null || echo 'step {step} is missing'\n"))
        .collect();
    format!("#!/bin/zsh\n# {topic}\nset -u\n{steps}exit 0\n")
}

fn file_stem(topic: &str) -> String {
    topic.to_lowercase().replace(' ', "-")
}
