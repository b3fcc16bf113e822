//! How an edit shows: what it does to an object, and the markers that Graph moves.

use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Map, Value, json};

use crate::{
    drift::{Change, What},
    generate,
    tenant::StoredObject,
};

/// The times that tell of the last change.
const TIMES: [&str; 3] = [
    "lastModifiedDateTime",
    "modifiedDateTime",
    "lastUpdateDateTime",
];
/// Switches that no administrator turns.
const FIXED: [&str; 3] = ["isBuiltIn", "isBuiltInRoleDefinition", "isAssigned"];

/// Moves versions and the times of the last change, each where the object has it.
/// Deterministic: times move an hour ahead, versions by one.
pub(crate) fn move_marker(object: &mut Value) {
    let Some(members) = object.as_object_mut() else {
        return;
    };
    for name in TIMES {
        if let Some(time) = members.get_mut(name) {
            *time = Value::from(an_hour_after(time.as_str().unwrap_or_default()));
        }
    }
    for name in ["version", "eTag"] {
        if let Some(version) = members.get_mut(name) {
            *version = next_version(version);
        }
    }
}

/// What a change of drift does to an object that stays.
pub(crate) fn drift(stored: &mut StoredObject, change: Change) {
    let day = change.day;
    match change.what {
        What::Reassigned => return reassign(stored, day),
        What::Renamed => rename(&mut stored.object, day),
        What::Edited | What::Added | What::Removed => edit(stored, day),
    }
    move_marker(&mut stored.object);
}

/// Adds all devices, or ends the assignments.
fn reassign(stored: &mut StoredObject, day: u32) {
    let id = stored.id().to_owned();
    let assignments = stored.parts.get_mut("assignments");
    let Some(list) = assignments.and_then(Value::as_array_mut) else {
        return;
    };
    if day.is_multiple_of(2) && !list.is_empty() {
        list.clear();
        return;
    }
    list.push(json!({
        "id": format!("{id}_day{day}"),
        "source": "direct",
        "sourceId": id,
        "target": {
            "@odata.type": "#microsoft.graph.allDevicesAssignmentTarget",
            "deviceAndAppManagementAssignmentFilterId": null,
            "deviceAndAppManagementAssignmentFilterType": "none",
        },
    }));
}

fn rename(object: &mut Value, day: u32) {
    for name in ["displayName", "name"] {
        if let Some(Value::String(text)) = object.get_mut(name) {
            let plain = text.split(" (day ").next().unwrap_or_default();
            *text = format!("{plain} (day {day})");
            return;
        }
    }
    touch(object, day);
}

/// The body of a script, a setting, a description or a switch, whichever the object has first.
fn edit(stored: &mut StoredObject, day: u32) {
    let content = stored.parts.get_mut("content");
    let script = content.and_then(Value::as_object_mut).and_then(|content| {
        content
            .iter_mut()
            .find(|(name, _)| name.ends_with("criptContent"))
    });
    if let Some((_, Value::String(body))) = script {
        let mut text = STANDARD.decode(body.as_bytes()).unwrap_or_default();
        text.extend(format!("\n# day {day}\n").into_bytes());
        *body = STANDARD.encode(text);
        return;
    }
    if let Some(settings) = stored.parts.get_mut("settings")
        && generate::edit_settings(settings, day)
    {
        return;
    }
    match stored.object.get_mut("description") {
        Some(description) => *description = json!(format!("Changed on day {day}")),
        None => touch(&mut stored.object, day),
    }
}

/// Changes something: a switch or, where there is none, a text.
fn touch(object: &mut Value, day: u32) {
    if flip(object) {
        return;
    }
    let members = object.as_object_mut().into_iter().flatten();
    let is_free = |name: &str| !name.contains('@') && !name.ends_with("DateTime") && name != "id";
    for (name, value) in members {
        if let (true, Value::String(text)) = (is_free(name), value) {
            text.push_str(&format!(" (day {day})"));
            return;
        }
    }
}

/// Turns the first switch inside of a value; whether there was one.
fn flip(value: &mut Value) -> bool {
    match value {
        Value::Bool(switch) => {
            *switch = !*switch;
            true
        }
        Value::Array(list) => list.iter_mut().any(flip),
        Value::Object(members) => members
            .iter_mut()
            .filter(|(name, _)| !FIXED.contains(&name.as_str()))
            .any(|(_, value)| flip(value)),
        Value::Null | Value::Number(_) | Value::String(_) => false,
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
