//! Scripts and profiles, which the package keeps as files beside the objects that hold them.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::{Taken, Written};
use crate::{
    domain::kind::PolicyKind,
    export::{File, names},
};

/// Where scripts lie, below the folder of their kind.
const SCRIPTS: &str = "Script Data";

/// Kinds with one script, and what it ends with. Its name begins with the object's file name.
const SCRIPT_OF: [(PolicyKind, &str, &str); 4] = [
    (PolicyKind::PowershellScript, "scriptContent", "ps1"),
    (PolicyKind::ShellScript, "scriptContent", "sh"),
    (PolicyKind::CustomAttributeScript, "scriptContent", "sh"),
    (
        PolicyKind::ComplianceScript,
        "detectionScriptContent",
        "ps1",
    ),
];

const APPLE: [&str; 2] = [
    "#microsoft.graph.iosCustomConfiguration",
    "#microsoft.graph.macOSCustomConfiguration",
];

impl Written<'_> {
    /// The files that an object holds.
    pub(super) fn bodies(&mut self, stem: &str, taken: &Taken) -> Vec<File> {
        let kind = self.object.item.kind;
        let mut files = Vec::new();
        if let Some((_, member, ending)) = SCRIPT_OF.iter().find(|(of, ..)| *of == kind) {
            let id = &self.object.item.graph_id;
            let name = self.text("fileName").unwrap_or(&self.object.item.name);
            let name = name.strip_suffix(&format!(".{ending}")).unwrap_or(name);
            let name = format!("{}.{ending}", names::stem(name, id));
            files.extend(self.script(member, &name));
        }
        if kind == PolicyKind::Remediation {
            // The package looks for both, also where there is one.
            for script in ["detectionScript", "remediationScript"] {
                let name = format!("{stem}_{script}.ps1");
                let member = format!("{script}Content");
                let written = self.script(&member, &name);
                files.push(written.unwrap_or_else(|| self.file(&name, Vec::new())));
            }
        }
        if kind == PolicyKind::ReusableSetting {
            let value = self.payload.get("settingInstance");
            let value = value.and_then(|it| it.pointer("/simpleSettingValue/value"));
            if let Some(text) = value.and_then(Value::as_str) {
                files.push(self.file(&format!("{stem}.sh"), decoded(text)));
            }
        }
        if kind == PolicyKind::DeviceConfiguration {
            files.extend(self.profile(stem, taken));
        }
        files
    }

    fn script(&self, member: &str, name: &str) -> Option<File> {
        let text = self.text(member).filter(|text| !text.is_empty())?;
        Some(self.file(name, decoded(text)))
    }

    fn file(&self, name: &str, bytes: Vec<u8>) -> File {
        File {
            path: format!("{}/{SCRIPTS}/{name}", self.place.folder),
            bytes,
        }
    }

    /// An Apple profile. The package finds it by the name that the object says it has: where that
    /// is no name for a file, or another profile has it, both the file and the object get another.
    fn profile(&mut self, stem: &str, taken: &Taken) -> Option<File> {
        let is_apple = |sort: &str| APPLE.contains(&sort);
        if !self.text("@odata.type").is_some_and(is_apple) {
            return None;
        }
        let bytes = decoded(self.text("payload")?);
        let said = self.text("payloadFileName").unwrap_or_default().to_owned();
        let path = |name: &str| format!("{}/mobileconfig/{name}", self.place.folder);
        let is_free = names::is_harmless(&said) && !taken.contains(&path(&said).to_lowercase());
        let name = if is_free {
            said
        } else {
            format!("{stem}.mobileconfig")
        };
        let path = path(&name);
        self.payload
            .insert("payloadFileName".to_owned(), json!(name));
        Some(File { path, bytes })
    }
}

/// The file that a text stands for. What is no text in UTF-8 the package keeps as it is.
fn decoded(text: &str) -> Vec<u8> {
    match STANDARD.decode(text) {
        Ok(bytes) if std::str::from_utf8(&bytes).is_ok() => bytes,
        Ok(_) | Err(_) => text.as_bytes().to_vec(),
    }
}
