//! How an edit shows: the markers that Graph moves.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Map, Value};

/// Moves `version`, `lastModifiedDateTime` and `modifiedDateTime`, each where the object has it.
/// Deterministic: times move an hour ahead, versions by one.
pub(crate) fn move_marker(object: &mut Value) {
    let Some(members) = object.as_object_mut() else {
        return;
    };
    for name in ["lastModifiedDateTime", "modifiedDateTime"] {
        if let Some(time) = members.get_mut(name) {
            *time = Value::from(an_hour_after(time.as_str().unwrap_or_default()));
        }
    }
    if let Some(version) = members.get_mut("version") {
        *version = next_version(version);
    }
}

fn an_hour_after(time: &str) -> String {
    let time = DateTime::parse_from_rfc3339(time)
        .map_or(DateTime::<Utc>::UNIX_EPOCH, |time| time.to_utc());
    (time + TimeDelta::hours(1)).to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

/// Numbers count up, as numbers or as text; any other text is opaque and gets a mark.
fn next_version(version: &Value) -> Value {
    let text = version.as_str().unwrap_or_default();
    match (version.as_u64(), text.parse::<u64>()) {
        (Some(number), _) => Value::from(number + 1),
        (None, Ok(number)) => Value::from((number + 1).to_string()),
        (None, Err(_)) => Value::from(format!("\"{}+\"", text.trim_matches('"'))),
    }
}

/// The object with its content, as the item shows it; for an edit.
pub(crate) fn joined(object: &Value, content: Option<&Map<String, Value>>) -> Value {
    let mut whole = object.clone();
    if let (Some(members), Some(content)) = (whole.as_object_mut(), content) {
        members.extend(content.clone());
    }
    whole
}

/// Takes the members of `content` out of an edited whole again. In the object stays what its list
/// showed of them.
pub(crate) fn split(whole: Value, object: &mut Value, content: Option<&mut Map<String, Value>>) {
    let before = std::mem::replace(object, whole);
    let (Some(members), Some(content)) = (object.as_object_mut(), content) else {
        return;
    };
    for (name, value) in content.iter_mut() {
        if let Some(edited) = members.remove(name) {
            *value = edited;
        }
        if let Some(listed) = before.get(name) {
            members.insert(name.clone(), listed.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_marker_moves() {
        let mut object = json!({
            "version": 3,
            "lastModifiedDateTime": "2026-01-01T23:30:00.5Z",
            "modifiedDateTime": null,
        });
        move_marker(&mut object);
        assert_eq!(
            object,
            json!({
                "version": 4,
                "lastModifiedDateTime": "2026-01-02T00:30:00.500Z",
                "modifiedDateTime": "1970-01-01T01:00:00Z",
            })
        );
        assert_eq!(next_version(&json!("7")), json!("8"));
        assert_eq!(next_version(&json!("\"ab\"")), json!("\"ab+\""));
    }

    #[test]
    fn an_edited_content_goes_back_to_its_place() {
        let mut object = json!({"name": "a", "script": null});
        let mut parts = json!({"content": {"script": "b2xk", "icon": 1}});
        let content = parts["content"].as_object_mut().unwrap();
        let mut whole = joined(&object, Some(content));
        whole["script"] = json!("bmV3");
        whole["name"] = json!("b");
        split(whole, &mut object, Some(content));
        assert_eq!(object, json!({"name": "b", "script": null}));
        assert_eq!(parts, json!({"content": {"script": "bmV3", "icon": 1}}));
    }
}
