//! Files that objects carry within them as base64: scripts, profiles, certificates.

use serde_json::Value;

use super::{kind::PolicyKind, paths};

/// A file that stands in an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Body {
    /// What tells it from the other bodies of its object; empty where there is one.
    pub label: &'static str,
    /// Which of those with the same label, from 0.
    pub number: usize,
    /// What files of its sort end with.
    pub extension: &'static str,
    /// The text that stands for it, which should be base64.
    pub text: String,
}

/// Where an object holds a file.
#[derive(Clone, Copy, Debug)]
struct Place {
    path: &'static str,
    label: &'static str,
    extension: &'static str,
}

const fn place(path: &'static str, label: &'static str, extension: &'static str) -> Place {
    Place {
        path,
        label,
        extension,
    }
}

/// Kinds that hold files in members of their own.
const PLACES: &[(PolicyKind, &[Place])] = &[
    (PolicyKind::PowershellScript, POWERSHELL),
    (PolicyKind::ShellScript, SHELL),
    (PolicyKind::CustomAttributeScript, SHELL),
    (PolicyKind::Remediation, REMEDIATION),
    (PolicyKind::ComplianceScript, REMEDIATION),
    (PolicyKind::DeviceCompliancePolicy, COMPLIANCE),
    (PolicyKind::DeviceConfiguration, PROFILE),
    (PolicyKind::MobileApp, APP),
    (PolicyKind::AppConfigurationDevice, APP_CONFIGURATION),
    (PolicyKind::HardwareConfiguration, FIRMWARE),
];

const POWERSHELL: &[Place] = &[place("scriptContent", "", "ps1")];
const SHELL: &[Place] = &[place("scriptContent", "", "sh")];
const REMEDIATION: &[Place] = &[
    place("detectionScriptContent", "detection", "ps1"),
    place("remediationScriptContent", "remediation", "ps1"),
];
const COMPLIANCE: &[Place] = &[
    place("deviceCompliancePolicyScript.rulesContent", "rules", "json"),
    place(
        "deviceCompliancePolicyScriptDefinition.detectionScriptContentBase64",
        "detection",
        "ps1",
    ),
    place(
        "deviceCompliancePolicyScriptDefinition.rulesContentBase64",
        "rules",
        "json",
    ),
];
const PROFILE: &[Place] = &[
    place("payload", "", "mobileconfig"),
    place("configurationXml", "", "xml"),
    place("startMenuLayoutXml", "start-menu", "xml"),
    place("trustedRootCertificate", "", "cer"),
];
const APP: &[Place] = &[
    place("rules[].scriptContent", "rule", "ps1"),
    place("detectionRules[].scriptContent", "detection", "ps1"),
    place("requirementRules[].scriptContent", "requirement", "ps1"),
    place("preInstallScript.scriptContent", "pre-install", "sh"),
    place("postInstallScript.scriptContent", "post-install", "sh"),
    place("largeIcon.value", "icon", "png"),
];
const APP_CONFIGURATION: &[Place] = &[
    place("payloadJson", "", "json"),
    place("encodedSettingXml", "", "xml"),
];
const FIRMWARE: &[Place] = &[place("configurationFileContent", "", "bin")];

/// Types of OMA settings whose value is a file, and what it ends with. Of the others it is a text or
/// a number, which may well look like one.
const OMA_SETTINGS: [(&str, &str); 2] = [
    ("#microsoft.graph.omaSettingStringXml", "xml"),
    ("#microsoft.graph.omaSettingBase64", "bin"),
];

/// Kinds made of settings, any of which may hold a file.
const OF_SETTINGS: [PolicyKind; 3] = [
    PolicyKind::SettingsCatalog,
    PolicyKind::ReusableSetting,
    PolicyKind::CompliancePolicyV2,
];

/// Settings whose value is a file, by the end of their definition's identifier.
const SETTINGS: [(&str, &str, &str); 3] = [
    ("_customconfig_script", "script", "sh"),
    ("_discoveryscript_reusablesetting", "script", "sh"),
    ("_customcompliance_rules", "rules", "json"),
];

/// The files in an object.
pub fn bodies(kind: PolicyKind, payload: &Value) -> Vec<Body> {
    let mut found = Found::default();
    let of_kind = PLACES.iter().filter(|(of, _)| *of == kind);
    for place in of_kind.flat_map(|(_, places)| places.iter()) {
        paths::each_text(payload, place.path, &mut |text| {
            found.add(place.label, place.extension, text);
        });
    }
    if kind == PolicyKind::DeviceConfiguration {
        in_oma_settings(payload, &mut found);
    }
    if OF_SETTINGS.contains(&kind) {
        in_settings(payload, &mut found);
    }
    found.0
}

#[derive(Default)]
struct Found(Vec<Body>);

impl Found {
    fn add(&mut self, label: &'static str, extension: &'static str, text: &str) {
        if text.is_empty() {
            return;
        }
        let before = self.0.iter().filter(|body| body.label == label);
        self.0.push(Body {
            label,
            number: before.count(),
            extension,
            text: text.to_owned(),
        });
    }
}

fn in_oma_settings(payload: &Value, found: &mut Found) {
    let settings = payload.get("omaSettings").and_then(Value::as_array);
    for setting in settings.into_iter().flatten() {
        // Graph shows nothing of an encrypted one, and what it holds is a secret.
        if setting.get("isEncrypted") == Some(&Value::Bool(true)) {
            continue;
        }
        let text = |member| setting.get(member).and_then(Value::as_str);
        let known = OMA_SETTINGS
            .iter()
            .find(|(of, _)| text("@odata.type") == Some(of));
        if let (Some((_, extension)), Some(value)) = (known, text("value")) {
            found.add("oma", extension, value);
        }
    }
}

/// Settings hold settings, as deep as they like; what read them bounded that.
fn in_settings(value: &Value, found: &mut Found) {
    match value {
        Value::Array(elements) => elements.iter().for_each(|it| in_settings(it, found)),
        Value::Object(members) => {
            let definition = value.get("settingDefinitionId").and_then(Value::as_str);
            let text = value.pointer("/simpleSettingValue/value");
            if let (Some(definition), Some(text)) = (definition, text.and_then(Value::as_str)) {
                let known = SETTINGS.iter().find(|(end, ..)| definition.ends_with(end));
                if let Some((_, label, extension)) = known {
                    found.add(label, extension, text);
                }
            }
            members.values().for_each(|it| in_settings(it, found));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn found(kind: PolicyKind, payload: &Value) -> Vec<(&'static str, usize, String)> {
        let bodies = bodies(kind, payload).into_iter();
        bodies
            .map(|body| (body.label, body.number, body.text))
            .collect()
    }

    #[test]
    fn an_oma_setting_holds_a_file_when_its_type_says_so() {
        let setting = |of: &str, is_encrypted, value: &str| {
            json!({
                "@odata.type": format!("#microsoft.graph.omaSetting{of}"),
                "isEncrypted": is_encrypted, "value": value,
            })
        };
        let profile = json!({"omaSettings": [
            setting("String", false, "True"),
            setting("Integer", false, "1234"),
            setting("StringXml", false, "YQ=="),
            setting("StringXml", true, "****"),
            setting("Base64", false, "Yg=="),
            {"value": "YQ=="},
        ]});
        let expected = [("oma", 0, "YQ==".to_owned()), ("oma", 1, "Yg==".to_owned())];
        assert_eq!(found(PolicyKind::DeviceConfiguration, &profile), expected);
    }

    #[test]
    fn files_are_found_in_members_and_in_settings() {
        let app = json!({"rules": [{"scriptContent": "YQ=="}, {}, {"scriptContent": "Yg=="}]});
        let expected = [
            ("rule", 0, "YQ==".to_owned()),
            ("rule", 1, "Yg==".to_owned()),
        ];
        assert_eq!(found(PolicyKind::MobileApp, &app), expected);
        let setting = json!({"settings": [{"settingInstance": {"choiceSettingValue": {"children": [{
            "settingDefinitionId": "linux_customconfig_script",
            "simpleSettingValue": {"value": "YQ=="},
        }]}}}]});
        let expected = [("script", 0, "YQ==".to_owned())];
        assert_eq!(found(PolicyKind::SettingsCatalog, &setting), expected);
        assert_eq!(found(PolicyKind::ScopeTag, &app), []);
    }
}
