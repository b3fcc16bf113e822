//! The layout `json`: a file for each object, its assignments beside it, and what files it holds.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Map, Value, json};

use super::{File, names, object::Object};
use crate::domain::{
    body::{Body, bodies},
    capture::SEALED,
};

/// The files of an object, and the paths of those that it should hold and does not: what stands for
/// them is no base64, and stays in the object alone.
pub(super) fn files(object: &Object) -> (Vec<File>, Vec<String>) {
    let item = &object.item;
    let folder = names::folder(item.kind);
    let stem = format!("{folder}/{}", names::stem(&item.name, &item.graph_id));
    let mut files = Vec::new();
    if let Some(payload) = &object.payload {
        files.push(File {
            path: format!("{stem}.json"),
            bytes: pretty(payload),
        });
    }
    if let Some(beside) = beside(object) {
        files.push(File {
            path: format!("{stem}.assignments.json"),
            bytes: pretty(&beside),
        });
    }
    let payload = object.payload.as_ref();
    let bodies = payload.map(|payload| bodies(item.kind, payload));
    let mut undecoded = Vec::new();
    let bodies = bodies.unwrap_or_default().into_iter();
    for body in bodies.filter(|body| body.text != SEALED) {
        let path = format!("{stem}{}", ending(&body));
        match decoded(&body) {
            Some(bytes) => files.push(File { path, bytes }),
            None => undecoded.push(path),
        }
    }
    (files, undecoded)
}

/// The file that a body stands for; none when it is no base64.
pub(super) fn decoded(body: &Body) -> Option<Vec<u8>> {
    let text: String = body.text.split_ascii_whitespace().collect();
    STANDARD.decode(text).ok()
}

/// Canonical JSON for people: sorted members, one to a line.
pub(super) fn pretty(value: &Value) -> Vec<u8> {
    format!("{value:#}\n").into_bytes()
}

fn ending(body: &Body) -> String {
    let mut ending = String::new();
    if !body.label.is_empty() {
        ending.push('.');
        ending.push_str(body.label);
    }
    if body.number > 0 {
        ending.push_str(&format!("-{}", body.number + 1));
    }
    ending.push('.');
    // An object's own file ends the same way.
    let is_bare = body.label.is_empty() && body.extension == "json";
    ending.push_str(if is_bare {
        "content.json"
    } else {
        body.extension
    });
    ending
}

/// Whom the object is for, and what everything that it points to was called.
fn beside(object: &Object) -> Option<Value> {
    let mut beside = Map::new();
    let parts = [
        ("assignments", &object.assignments),
        ("roleScopeTagIds", &object.scope_tags),
    ];
    for (name, part) in parts {
        if let Some(part) = part {
            beside.insert(name.to_owned(), part.clone());
        }
    }
    if !object.names.is_empty() {
        let names = object.names.iter().map(|named| {
            json!({
                "kind": named.reference.kind.as_str(),
                "id": named.reference.id,
                "name": named.name,
            })
        });
        beside.insert("names".to_owned(), names.collect());
    }
    (!beside.is_empty()).then_some(Value::Object(beside))
}
