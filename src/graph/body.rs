//! Bodies of successful answers: parsed whole or not at all, without OData's annotations, and
//! without a digit lost.
//!
//! Graph can break off after a status of 200, so a body counts only if all of it is JSON and holds
//! no `error` (OData 4.01 calls the whole answer failed then).

use serde::{Deserialize, de::IgnoredAny};
use serde_json::{Map, Value, value::RawValue};

use super::numbers::lossy_number;

/// Member put on an object that holds a number which JSON values here cannot hold; its value is
/// the JSON pointer of that number. Such an object can be listed, but not be captured.
pub(super) const LOSSY_NUMBER: &str = "@tenantatlas.lossyNumber";

/// Why a body of a successful answer is no good.
#[derive(Debug, thiserror::Error)]
pub enum BodyFault {
    /// It is not UTF-8.
    #[error("the body is not UTF-8")]
    NotText,
    /// It is not JSON, or not all of it.
    #[error("the body is cut off or not JSON")]
    NotJson(#[source] serde_json::Error),
    /// It holds an error.
    #[error("the body holds an error in spite of its status")]
    Poisoned,
    /// It is a page without items, not even none.
    #[error("the body has no member \"value\"")]
    NoValue,
    /// It is JSON, but no object.
    #[error("the body is not an object")]
    NotAnObject,
}

/// One page of a collection.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) items: Vec<Value>,
    pub(super) next: Option<String>,
}

#[derive(Deserialize)]
struct RawPage<'a> {
    #[serde(borrow)]
    value: Option<Vec<&'a RawValue>>,
    #[serde(rename = "@odata.nextLink")]
    next: Option<String>,
    error: Option<IgnoredAny>,
}

/// Reads a page. Annotations stay, for links to the rest of an expansion are among them.
pub(super) fn page(bytes: &[u8]) -> Result<Page, BodyFault> {
    let raw: RawPage<'_> = serde_json::from_str(text(bytes)?).map_err(BodyFault::NotJson)?;
    if raw.error.is_some() {
        return Err(BodyFault::Poisoned);
    }
    let items = raw.value.ok_or(BodyFault::NoValue)?;
    let items = items.into_iter().map(|item| value(item.get()));
    Ok(Page {
        items: items.collect::<Result<_, _>>()?,
        next: raw.next,
    })
}

/// Reads a single object.
pub(super) fn object(bytes: &[u8]) -> Result<Value, BodyFault> {
    let object = value(text(bytes)?)?;
    let members = object.as_object().ok_or(BodyFault::NotAnObject)?;
    if members.contains_key("error") {
        return Err(BodyFault::Poisoned);
    }
    Ok(object)
}

fn text(bytes: &[u8]) -> Result<&str, BodyFault> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    std::str::from_utf8(bytes).map_err(|_| BodyFault::NotText)
}

fn value(json: &str) -> Result<Value, BodyFault> {
    let mut value = serde_json::from_str(json).map_err(BodyFault::NotJson)?;
    if let (Value::Object(members), Some(pointer)) = (&mut value, lossy_number(json)) {
        members.insert(LOSSY_NUMBER.to_owned(), pointer.into());
    }
    Ok(value)
}

/// Pointer of a number in `value` that lost digits when it was read.
pub(super) fn lost_digits(value: &Value) -> Option<&str> {
    match value {
        Value::Object(members) => members
            .get(LOSSY_NUMBER)
            .and_then(Value::as_str)
            .or_else(|| members.values().find_map(lost_digits)),
        Value::Array(elements) => elements.iter().find_map(lost_digits),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

/// Removes OData's annotations but types, which are needed to write an object back.
pub(super) fn strip(value: &mut Value) {
    match value {
        Value::Object(members) => strip_members(members),
        Value::Array(elements) => elements.iter_mut().for_each(strip),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn strip_members(members: &mut Map<String, Value>) {
    members.retain(|name, _| !is_passing_annotation(name));
    members.values_mut().for_each(strip);
}

fn is_passing_annotation(name: &str) -> bool {
    name.starts_with("@microsoft.graph.")
        || (name.contains("@odata.") && !name.ends_with("@odata.type"))
}

/// An expanded array of an object that goes on behind a link.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Continuation {
    /// JSON pointer of the array.
    pub(super) pointer: String,
    pub(super) link: String,
}

/// The arrays within `value` that are not complete.
pub(super) fn continuations(value: &Value) -> Vec<Continuation> {
    let mut found = Vec::new();
    collect_continuations(value, &mut String::new(), &mut found);
    found
}

fn collect_continuations(value: &Value, at: &mut String, found: &mut Vec<Continuation>) {
    let here = at.len();
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                at.push('/');
                match (name.strip_suffix("@odata.nextLink"), member) {
                    (Some(array), Value::String(link)) => found.push(Continuation {
                        pointer: format!("{at}{}", escaped(array)),
                        link: link.clone(),
                    }),
                    _ => {
                        at.push_str(&escaped(name));
                        collect_continuations(member, at, found);
                    }
                }
                at.truncate(here);
            }
        }
        Value::Array(elements) => {
            for (index, element) in elements.iter().enumerate() {
                at.push_str(&format!("/{index}"));
                collect_continuations(element, at, found);
                at.truncate(here);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// A name as a step of a JSON pointer.
fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_page_is_read_whole_or_refused() {
        let good = page(b"\xEF\xBB\xBF{\"value\":[{\"id\":\"1\"}],\"@odata.nextLink\":\"next\"}");
        let good = good.unwrap();
        assert_eq!(good.items, [json!({"id": "1"})]);
        assert_eq!(good.next.as_deref(), Some("next"));

        assert!(matches!(page(b"{\"items\":[]}"), Err(BodyFault::NoValue)));
        let poisoned = br#"{"value":[],"error":{"code":"BadRequest"}}"#;
        assert!(matches!(page(poisoned), Err(BodyFault::Poisoned)));
        for broken in [
            r#"{"value":[{"id":"1"},{"id":"#,
            r#"{"value":[{"id":"1"{"error":{}}]}"#,
            "<html></html>",
            "[]",
            "",
        ] {
            assert!(page(broken.as_bytes()).is_err(), "{broken}");
        }
        assert!(matches!(page(b"\xFF{}"), Err(BodyFault::NotText)));
    }

    #[test]
    fn an_object_is_read_whole_or_refused() {
        assert_eq!(object(b"{\"id\":1}").unwrap(), json!({"id": 1}));
        assert!(matches!(
            object(b"{\"error\":{}}"),
            Err(BodyFault::Poisoned)
        ));
        assert!(matches!(object(b"[1]"), Err(BodyFault::NotAnObject)));
        assert!(matches!(object(b"{\"id\":"), Err(BodyFault::NotJson(_))));
    }

    #[test]
    fn a_number_that_loses_digits_marks_its_object_alone() {
        let body = br#"{"value":[{"id":"1","size":9007199254740993},{"id":"2","n":{"size":123456789012345678901}}]}"#;
        let items = page(body).unwrap().items;
        assert_eq!(lost_digits(&items[0]), None);
        assert_eq!(items[0]["size"], json!(9_007_199_254_740_993_u64));
        assert_eq!(lost_digits(&items[1]), Some("/n/size"));
        assert_eq!(lost_digits(&json!({"parts": [items[1]]})), Some("/n/size"));
    }

    #[test]
    fn annotations_go_but_types_stay() {
        let mut object = json!({
            "@odata.context": "c", "@odata.type": "#t", "@microsoft.graph.tips": "t", "@odata.id": 1,
            "apps@odata.context": "c", "apps": [{"@odata.etag": "e", "id": "a", "@odata.type": "#a"}],
            "owner@odata.navigationLink": "n", "tags@odata.type": "#Collection(String)", "tags": [],
            "name": "some@odata.example"
        });
        strip(&mut object);
        let expected = json!({
            "@odata.type": "#t", "apps": [{"id": "a", "@odata.type": "#a"}],
            "tags@odata.type": "#Collection(String)", "tags": [], "name": "some@odata.example"
        });
        assert_eq!(object, expected);
    }

    #[test]
    fn incomplete_expansions_are_found_at_any_depth() {
        let object = json!({
            "settings": [], "settings@odata.nextLink": "one",
            "rules": [{}, {"a/b": [], "a/b@odata.nextLink": "not ours", "actions@odata.nextLink": "two"}]
        });
        let found = continuations(&object);
        let found: Vec<_> = found
            .iter()
            .map(|c| (c.pointer.as_str(), c.link.as_str()))
            .collect();
        assert!(found.contains(&("/settings", "one")));
        assert!(found.contains(&("/rules/1/actions", "two")));
    }
}
