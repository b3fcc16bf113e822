//! For which objects a follow-up is made.

use serde_json::Value;

use super::catalog::When;

const TYPE_PREFIX: &str = "#microsoft.graph.";

impl When {
    /// Whether the follow-up is to be made for `object`.
    pub(super) fn applies(self, object: &Value) -> bool {
        let number = |name: &str| object.get(name).and_then(Value::as_u64);
        match self {
            Self::Always => true,
            Self::Missing(member) => object.get(member).is_none_or(Value::is_null),
            Self::Present(member) => object.get(member).is_some_and(|value| !value.is_null()),
            Self::Short { member, counted_by } => match length(object, member) {
                Some(length) => !agrees(object, counted_by, length),
                None => true,
            },
            Self::Type(types) => types.contains(&odata_type(object)),
            Self::Equals(pointer, text) => {
                object.pointer(pointer).and_then(Value::as_str) == Some(text)
            }
            Self::Positive(members) => members.iter().any(|name| number(name) > Some(0)),
        }
    }
}

/// Whether the object has as many parts as it counts. An object that does not count agrees.
pub(super) fn agrees(object: &Value, counter: &str, length: usize) -> bool {
    let counted = object.get(counter).and_then(Value::as_u64);
    counted.is_none_or(|counted| u64::try_from(length) == Ok(counted))
}

/// Length of an array.
pub(super) fn length(object: &Value, member: &str) -> Option<usize> {
    object.get(member).and_then(Value::as_array).map(Vec::len)
}

/// The OData type without its namespace; empty if there is none.
pub(super) fn odata_type(object: &Value) -> &str {
    let name = object.get("@odata.type").and_then(Value::as_str);
    name.unwrap_or_default().trim_start_matches(TYPE_PREFIX)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn conditions_look_at_the_object() {
        let object = json!({
            "@odata.type": "#microsoft.graph.aType", "none": null, "some": [1, 2], "count": 2,
            "wrong": 3, "zero": 0, "deep": {"family": "x"}
        });
        let short = |counted_by| When::Short {
            member: "some",
            counted_by,
        };
        for (when, applies) in [
            (When::Always, true),
            (When::Missing("none"), true),
            (When::Missing("absent"), true),
            (When::Missing("some"), false),
            (When::Present("none"), false),
            (When::Present("absent"), false),
            (When::Present("some"), true),
            (short("count"), false),
            (short("wrong"), true),
            (short("absent"), false),
            (
                When::Short {
                    member: "absent",
                    counted_by: "absent",
                },
                true,
            ),
            (When::Type(&["aType"]), true),
            (When::Type(&["anotherType"]), false),
            (When::Equals("/deep/family", "x"), true),
            (When::Equals("/deep/family", "y"), false),
            (When::Positive(&["zero", "absent"]), false),
            (When::Positive(&["zero", "count"]), true),
        ] {
            assert_eq!(when.applies(&object), applies, "{when:?}");
        }
    }
}
