//! Real policies from a directory: `<collection>/<name>.json`, each with `object` and `parts`.

use std::{fs, path::Path};

use serde_json::{Map, Value, json};
use tracing::warn;

use crate::tenant::StoredObject;

/// The collection of a corpus in which all app protection policies lie together.
const MIXED: &str = "managedAppPolicies";

/// The objects of a collection, by file name. Files that can not be read are left out with a warning.
pub(crate) fn objects(corpus: &Path, collection: &str) -> Vec<StoredObject> {
    let own = folder(corpus, collection);
    if !own.is_empty() {
        return own;
    }
    match (collection, derived_type(collection)) {
        ("roleAssignments", _) => role_assignments(&folder(corpus, "roleDefinitions")),
        (_, Some(type_name)) => folder(corpus, MIXED)
            .into_iter()
            .filter(|stored| stored.object.get("@odata.type") == Some(&json!(type_name)))
            .collect(),
        _ => own,
    }
}

/// The type by which a typed collection is told apart in the mixed one.
fn derived_type(collection: &str) -> Option<&'static str> {
    Some(match collection {
        "iosManagedAppProtections" => "#microsoft.graph.iosManagedAppProtection",
        "androidManagedAppProtections" => "#microsoft.graph.androidManagedAppProtection",
        "windowsManagedAppProtections" => "#microsoft.graph.windowsManagedAppProtection",
        "targetedManagedAppConfigurations" => "#microsoft.graph.targetedManagedAppConfiguration",
        _ => return None,
    })
}

fn folder(corpus: &Path, name: &str) -> Vec<StoredObject> {
    let Ok(entries) = fs::read_dir(corpus.join(name)) else {
        return Vec::new();
    };
    let mut files: Vec<_> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "json")
        })
        .collect();
    files.sort();
    files.iter().filter_map(|path| read(path)).collect()
}

fn read(path: &Path) -> Option<StoredObject> {
    let parsed = fs::read(path)
        .map_err(|error| error.to_string())
        .and_then(|text| serde_json::from_slice::<Value>(&text).map_err(|error| error.to_string()));
    match parsed {
        Ok(Value::Object(mut file)) => Some(StoredObject {
            object: file.remove("object")?,
            parts: file.remove("parts").unwrap_or_else(|| json!({})),
        }),
        Ok(_) => None,
        Err(error) => {
            warn!(file = %path.display(), "could not read a policy of the corpus: {error}");
            None
        }
    }
}

/// The assignments of all roles. Their list shows no members; the item does.
fn role_assignments(roles: &[StoredObject]) -> Vec<StoredObject> {
    let assignments = |role: &StoredObject| -> Vec<StoredObject> {
        let listed = role.part("roleAssignments").and_then(Value::as_array);
        listed
            .into_iter()
            .flatten()
            .filter_map(Value::as_object)
            .map(|assignment| role_assignment(assignment, &role.object))
            .collect()
    };
    roles.iter().flat_map(assignments).collect()
}

/// One role assignment, from all its members and its role.
pub(crate) fn role_assignment(assignment: &Map<String, Value>, role: &Value) -> StoredObject {
    let (content, object): (Map<_, _>, Map<_, _>) = assignment
        .clone()
        .into_iter()
        .filter(|(name, _)| name != "roleScopeTags")
        .partition(|(name, _)| {
            matches!(name.as_str(), "members" | "resourceScopes" | "scopeMembers")
        });
    let tags = assignment.get("roleScopeTags").cloned();
    StoredObject {
        object: Value::Object(object),
        parts: json!({
            "content": content,
            "roleDefinition": role,
            "roleScopeTags": tags.unwrap_or_else(|| json!([])),
        }),
    }
}
