//! An object of the inventory: what Graph's list says of it.

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::sub_kind::SubKind;

/// What a listed object says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its identifier at Graph.
    pub graph_id: String,
    /// Its name; its identifier when it has none.
    pub name: String,
    /// Its description.
    pub description: Option<String>,
    /// When Graph says it was created.
    pub created_at: Option<DateTime<Utc>>,
    /// When Graph says it was last modified.
    pub modified_at: Option<DateTime<Utc>>,
    /// The slice of its kind that it belongs to.
    pub sub_kind: Option<SubKind>,
}

/// A listed object without an identifier, which therefore cannot be kept apart from others.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("a listed object has no id")]
pub struct Nameless;

impl Listed {
    /// Reads what an object of no particular slice says of itself. `id` is the member that
    /// identifies it; `fallback_id` names a singleton, which may have no identifier.
    pub fn read(object: &Value, id: &str, fallback_id: Option<&str>) -> Result<Self, Nameless> {
        let text = |member: &str| {
            object
                .get(member)
                .and_then(Value::as_str)
                .filter(|text| !text.is_empty())
        };
        let instant = |member: &str| text(member)?.parse::<DateTime<Utc>>().ok();
        let graph_id = text(id).or(fallback_id).ok_or(Nameless)?.to_owned();
        // A branding's `displayName` is that of the company.
        let name = ["profileName", "displayName", "name", "tokenName"]
            .into_iter()
            .find_map(text);
        // PostgreSQL keeps no NUL in text; the payload keeps the name as it is.
        let storable = |text: &str| text.replace('\0', " ");
        Ok(Self {
            name: storable(name.unwrap_or(&graph_id)),
            description: text("description").map(storable),
            created_at: instant("createdDateTime"),
            modified_at: instant("lastModifiedDateTime").or_else(|| instant("modifiedDateTime")),
            graph_id,
            sub_kind: None,
        })
    }
}

/// The value of a change marker as text; none when the object has none, or null.
pub fn marker(object: &Value, member: Option<&str>) -> Option<String> {
    match object.get(member?)? {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other @ (Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
            Some(other.to_string())
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_object_is_named_by_what_it_has() {
        let name = |object| Listed::read(&object, "id", None).map(|listed| listed.name);
        assert_eq!(
            name(json!({"id": "1", "displayName": "A", "name": "B"})),
            Ok("A".to_owned())
        );
        assert_eq!(
            name(json!({"id": "1", "displayName": null, "name": "B"})),
            Ok("B".to_owned())
        );
        assert_eq!(
            name(json!({"id": "1", "displayName": "Contoso", "profileName": "C"})),
            Ok("C".to_owned())
        );
        assert_eq!(name(json!({"id": "1"})), Ok("1".to_owned()));
        assert_eq!(name(json!({"displayName": "A"})), Err(Nameless));
        let partner = json!({"tenantId": "t"});
        let named = |fallback| Listed::read(&partner, "tenantId", fallback).map(|it| it.graph_id);
        assert_eq!(named(Some("default")), Ok("t".to_owned()));
        let id = |fallback| Listed::read(&partner, "id", fallback).map(|it| it.graph_id);
        assert_eq!(id(Some("default")), Ok("default".to_owned()));
    }

    #[test]
    fn a_marker_may_be_text_or_number_and_may_be_absent() {
        let object = json!({"version": 7, "at": "2026-01-01T00:00:00Z", "none": null});
        assert_eq!(marker(&object, Some("version")).as_deref(), Some("7"));
        assert_eq!(
            marker(&object, Some("at")).as_deref(),
            Some("2026-01-01T00:00:00Z")
        );
        assert_eq!(marker(&object, Some("none")), None);
        assert_eq!(marker(&object, Some("missing")), None);
        assert_eq!(marker(&object, None), None);
    }
}
