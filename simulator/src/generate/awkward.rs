//! Objects that are hard to keep: odd names, values of odd sorts, deep nesting.

use serde_json::{Value, json};

use super::{Landscape, draft::stored, seeds};
use crate::tenant::StoredObject;

/// Names that must come back as they are.
fn names() -> Vec<String> {
    [
        "\u{202e}\u{646}\u{633}\u{62e} \u{627}\u{62d}\u{62a}\u{64a}\u{627}\u{637}\u{64a}\u{202c} \u{644}\u{644}\u{633}\u{64a}\u{627}\u{633}\u{627}\u{62a}",
        "\u{5d2}\u{5d9}\u{5d1}\u{5d5}\u{5d9} \u{2014} Windows 11",
        "\u{1f469}\u{200d}\u{1f4bb} Dev laptops \u{1f3f3}\u{fe0f}\u{200d}\u{1f308}",
        "Cafe\u{301}",
        "Caf\u{e9}",
        "CON",
        "../../etc/passwd",
        "a/b\\c:d*e?f\"g<h>i|j",
        "  leading and trailing  ",
        "\u{65e5}\u{672c}\u{8a9e}\u{30dd}\u{30ea}\u{30b7}\u{30fc} \u{8a2d}\u{5b9a}",
        "tab\tnewline\ncontrol \u{1}\u{7f} null-like \\u0000",
        "zero\u{200b}width",
        "<b>markup</b> & {{handlebars}} ${shell} ' \" `",
        "Case",
        "case",
        "Twin",
        "Twin",
        "",
    ]
    .into_iter()
    .map(str::to_owned)
    .chain([format!("{}.", "N\u{e4}me ".repeat(60)).chars().take(299).chain(['.']).collect()])
    .collect()
}

/// The awkward objects of a collection, behind the others.
pub(super) fn objects(landscape: &Landscape, collection: &str) -> Vec<StoredObject> {
    if !landscape.awkward {
        return Vec::new();
    }
    let id = |what: &str| seeds::id(&[landscape.key(), "awkward", collection, what]);
    match collection {
        "assignmentFilters" => names()
            .iter()
            .enumerate()
            .map(|(number, name)| filter(id(&number.to_string()).to_string(), name))
            .collect(),
        "deviceConfigurations" => contents()
            .into_iter()
            .map(|(what, content)| profile(id(what).to_string(), what, content))
            .collect(),
        _ => Vec::new(),
    }
}

fn filter(id: String, name: &str) -> StoredObject {
    let object = json!({
        "id": id,
        "createdDateTime": "2026-01-01T00:00:00Z",
        "lastModifiedDateTime": "2026-01-01T00:00:00Z",
        "displayName": name,
        "description": name,
        "platform": "windows10AndLater",
        "rule": "(device.model -ne \"x\")",
        "roleScopeTags": ["0"],
        "assignmentFilterManagementType": "devices",
    });
    stored(object, json!({}))
}

/// What only one profile holds, by what is odd about it.
fn contents() -> Vec<(&'static str, Value)> {
    vec![
        (
            "unknown type",
            json!({ "@odata.type": "#microsoft.graph.unheardOfConfiguration", "unheardOf": { "member": true } }),
        ),
        (
            "unknown value",
            json!({ "defenderScanType": "unknownFutureValue", "edgeMode": "notYetInvented" }),
        ),
        (
            "large numbers",
            json!({ "beyondDouble": 9_007_199_254_740_993_u64, "largest": u64::MAX, "smallest": i64::MIN, "fraction": 0.1, "tiny": 1e-300 }),
        ),
        (
            "no arrays",
            json!({ "omaSettings": null, "roleScopeTagIds": null }),
        ),
        ("deep nesting", json!({ "deep": nested(100) })),
    ]
}

fn profile(id: String, what: &str, content: Value) -> StoredObject {
    let object = json!({
        "@odata.type": "#microsoft.graph.windows10GeneralConfiguration",
        "id": id,
        "displayName": format!("Awkward: {what}"),
        "description": null,
        "createdDateTime": "2026-01-01T00:00:00Z",
        "lastModifiedDateTime": "2026-01-01T00:00:00Z",
        "version": 1,
        "roleScopeTagIds": ["0"],
    });
    stored(
        super::draft::with(object, content),
        json!({ "assignments": [] }),
    )
}

/// Objects and arrays in each other, so many deep.
fn nested(depth: usize) -> Value {
    (0..depth).fold(json!("bottom"), |inner, level| {
        if level % 2 == 0 {
            json!({ "inner": inner })
        } else {
            json!([inner])
        }
    })
}
