//! Objects that are large, many-membered or strangely named come back byte for byte.

use std::collections::BTreeSet;

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use tenantatlas::domain::{backup::BackupItem, kind::PolicyKind, run::RunStatus};
use tenantatlas_simulator::StoredObject;

use crate::support::{
    TestApp,
    kinds::collection,
    truth::{is_left_out, whole},
};

const POLICIES: usize = 60;
const SETTINGS: usize = 300;
const SCRIPT_BYTES: usize = 5 * 1024 * 1024;
const KINDS: [PolicyKind; 3] = [
    PolicyKind::SettingsCatalog,
    PolicyKind::PowershellScript,
    PolicyKind::DeviceCategory,
];

/// Names that people or their languages think of.
fn awkward_names() -> Vec<String> {
    vec![
        "x".repeat(300),
        "\u{1F469}\u{200D}\u{1F469}\u{200D}\u{1F467}\u{1F3F4}\u{E0067}\u{E0062}".repeat(30),
        "\u{0645}\u{0631}\u{062D}\u{0628}\u{0627} \u{05E9}\u{05DC}\u{05D5}\u{05DD} abc".to_owned(),
        "\u{202E}desrever\u{202C} \u{2066}isolated\u{2069}".to_owned(),
        "e\u{301} \u{e9} \u{212B} \u{C5} A\u{30A}".to_owned(),
        "\u{1D11E}\u{10FFFD}\u{FFFD}\u{FEFF}".repeat(60),
        "'; DROP TABLE policies; -- \"\\\" %00 %2e%2e/ </script> ${x} {{y}}".to_owned(),
        "line\nbreak\ttab \u{7f} \u{85} \u{2028} \u{b}".to_owned(),
        "   ".to_owned(),
    ]
}

fn setting(policy: usize, number: usize) -> Value {
    json!({
        "id": number.to_string(),
        "settingInstance": {
            "@odata.type": "#microsoft.graph.deviceManagementConfigurationSimpleSettingInstance",
            "settingDefinitionId": format!("device_vendor_msft_policy_{policy}_{number}"),
            "settingInstanceTemplateReference": null,
            "simpleSettingValue": {
                "@odata.type": "#microsoft.graph.deviceManagementConfigurationStringSettingValue",
                "value": format!("{number} \u{1F600} {}", "value ".repeat(number % 7)),
            },
        },
    })
}

fn add_policy(app: &TestApp, number: usize, name: &str) {
    let settings: Vec<Value> = (0..SETTINGS).map(|n| setting(number, n)).collect();
    let object = json!({
        "id": format!("00000000-0000-4000-8000-{number:012}"), "name": name, "description": name,
        "platforms": "windows10", "technologies": "mdm", "settingCount": SETTINGS,
        "roleScopeTagIds": ["0"], "lastModifiedDateTime": "2026-03-01T00:00:00Z",
        "createdDateTime": "2026-03-01T00:00:00Z", "isAssigned": false,
        "templateReference": {"templateId": "", "templateFamily": "none"},
    });
    let parts = json!({ "settings": settings, "assignments": [] });
    let collection = collection(PolicyKind::SettingsCatalog);
    app.graph.insert(app.directory(), collection, object, parts);
}

/// A script as large as Intune was seen to keep, of every byte there is.
fn add_script(app: &TestApp) {
    let body: Vec<u8> = (0..SCRIPT_BYTES).map(|n| n.to_le_bytes()[n % 3]).collect();
    let object = json!({
        "id": "00000000-0000-4000-8000-0000000005ca", "displayName": "Large", "description": "",
        "scriptContent": null, "fileName": "large.ps1", "runAsAccount": "system",
        "enforceSignatureCheck": false, "runAs32Bit": false, "roleScopeTagIds": ["0"],
        "lastModifiedDateTime": "2026-03-01T00:00:00Z", "createdDateTime": "2026-03-01T00:00:00Z",
    });
    let content = json!({ "scriptContent": STANDARD.encode(body) });
    let parts = json!({ "content": content, "assignments": [] });
    let collection = collection(PolicyKind::PowershellScript);
    app.graph.insert(app.directory(), collection, object, parts);
}

#[actix_rt::test]
async fn large_and_strangely_named_objects_come_back_byte_for_byte() {
    let app = TestApp::start().await;
    let names = awkward_names();
    for number in 0..POLICIES {
        let plain = format!("Policy {number}");
        add_policy(&app, number, names.get(number).unwrap_or(&plain));
    }
    add_script(&app);
    for (number, name) in names.iter().enumerate() {
        let object = json!({
            "id": format!("category-{number}"), "displayName": name, "description": name,
            "roleScopeTagIds": ["0"],
        });
        let collection = collection(PolicyKind::DeviceCategory);
        let parts = json!({});
        app.graph.insert(app.directory(), collection, object, parts);
    }
    let schedule = app.schedule("Large", &KINDS).await;
    let run = app.backed_up(&schedule).await;
    assert_eq!(run.state.status(), RunStatus::Succeeded, "{:?}", run.state);
    let set = app.set_of(&run).await.expect("a set");
    let items = app.items(&set).await;
    let find = |collection: &str, id: &str| -> Option<StoredObject> {
        let objects = app.graph.objects(app.directory(), collection);
        objects.into_iter().find(|stored| stored.object["id"] == id)
    };
    for kind in KINDS {
        let mut objects = app.graph.objects(app.directory(), collection(kind));
        objects.retain(|stored| !is_left_out(kind, stored));
        let wanted: Vec<Value> = objects
            .iter()
            .map(|stored| whole(kind, stored, &find))
            .collect();
        app.compare(&set, &items, kind, &wanted).await;
    }
    for name in &names {
        let named = items.iter().filter(|item| item.name == *name);
        assert_eq!(named.count(), 2, "{name:?}");
    }

    let quiet = app.backed_up(&schedule).await;
    let set = app.set_of(&quiet).await.expect("a set");
    let known = |items: &[BackupItem]| -> BTreeSet<_> {
        let facts = items.iter();
        let facts = facts.map(|item| (item.graph_id.clone(), item.content_hash));
        facts.collect()
    };
    assert_eq!(known(&app.items(&set).await), known(&items));
}
