//! Tests of the room beside the tables that stand with the code.

mod claims;
mod fetching;
mod keys;

use serde_json::Value;

/// An object with members changed, or removed where the change is null.
fn with(mut object: Value, changes: Value) -> Value {
    let members = object.as_object_mut().unwrap();
    for (name, value) in changes.as_object().unwrap().clone() {
        if value.is_null() {
            members.remove(&name);
        } else {
            members.insert(name, value);
        }
    }
    object
}
