//! Paths into JSON documents as the capture rules write them: `a.b`, and `a[].b` for each element.

use serde_json::Value;

/// Calls `act` with every parent object and member name that `path` leads to in `root`.
///
/// A path whose last step is an array (`tags[]`) leads to nothing: elements have no name.
pub(super) fn each_member(root: &mut Value, path: &str, act: &mut dyn FnMut(&mut Place<'_>)) {
    walk(root, path, &mut String::new(), act);
}

/// One member that a path led to.
pub(super) struct Place<'a> {
    /// The object that has the member.
    pub(super) parent: &'a mut serde_json::Map<String, Value>,
    /// The member's name.
    pub(super) name: &'a str,
    /// JSON Pointer (RFC 6901) of the member.
    pub(super) pointer: String,
}

/// Calls `act` with every text that `path` leads to in `root`, in an array each of its texts.
pub(super) fn each_text(root: &Value, path: &str, act: &mut dyn FnMut(&str)) {
    let (step, rest) = split(path);
    let member = |name| root.get(name);
    match (step.strip_suffix("[]"), rest) {
        (Some(name), Some(rest)) => {
            let elements = member(name).and_then(Value::as_array);
            for element in elements.into_iter().flatten() {
                each_text(element, rest, act);
            }
        }
        (None, Some(rest)) => {
            if let Some(inner) = member(step) {
                each_text(inner, rest, act);
            }
        }
        (None, None) => match member(step) {
            Some(Value::String(text)) => act(text),
            Some(Value::Array(elements)) => {
                elements.iter().filter_map(Value::as_str).for_each(act);
            }
            Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_)) | None => {}
        },
        (Some(_), None) => {}
    }
}

fn walk(value: &mut Value, path: &str, pointer: &mut String, act: &mut dyn FnMut(&mut Place<'_>)) {
    let Value::Object(object) = value else { return };
    let (step, rest) = split(path);
    let length = pointer.len();
    match (step.strip_suffix("[]"), rest) {
        (Some(name), Some(rest)) => {
            if let Some(Value::Array(elements)) = object.get_mut(name) {
                push(pointer, name);
                each_element(elements, rest, pointer, act);
            }
        }
        (None, Some(rest)) => {
            if let Some(inner) = object.get_mut(step) {
                push(pointer, step);
                walk(inner, rest, pointer, act);
            }
        }
        (None, None) if object.contains_key(step) => {
            push(pointer, step);
            act(&mut Place {
                parent: object,
                name: step,
                pointer: pointer.clone(),
            });
        }
        (None | Some(_), None) => {}
    }
    pointer.truncate(length);
}

fn each_element(
    elements: &mut [Value],
    rest: &str,
    pointer: &mut String,
    act: &mut dyn FnMut(&mut Place<'_>),
) {
    for (index, element) in elements.iter_mut().enumerate() {
        let length = pointer.len();
        push(pointer, &index.to_string());
        walk(element, rest, pointer, act);
        pointer.truncate(length);
    }
}

/// The first step and what follows. A name with a dot in it, as OData annotations have, is one step
/// when it stands last.
pub(super) fn split(path: &str) -> (&str, Option<&str>) {
    if path.contains('@') && !path.contains("[]") {
        return (path, None);
    }
    match path.split_once('.') {
        Some((step, rest)) => (step, Some(rest)),
        None => (path, None),
    }
}

pub(super) fn push(pointer: &mut String, step: &str) {
    pointer.push('/');
    pointer.push_str(&step.replace('~', "~0").replace('/', "~1"));
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{each_member, each_text};

    #[test]
    fn paths_lead_through_objects_and_arrays() {
        let mut document = json!({"a": [{"b": {"c": 1}}, {"b": {}}, 7], "x/y": 2, "e": "f"});
        let cases = [
            ("a[].b.c", vec!["/a/0/b/c"]),
            ("a[].b", vec!["/a/0/b", "/a/1/b"]),
            ("x/y", vec!["/x~1y"]),
            ("e.f", vec![]),
            ("missing", vec![]),
            ("a[]", vec![]),
        ];
        for (path, expected) in cases {
            let mut found = Vec::new();
            each_member(&mut document, path, &mut |place| {
                found.push(place.pointer.clone())
            });
            assert_eq!(found, expected, "{path}");
        }
    }

    #[test]
    fn texts_are_found_alone_and_in_arrays() {
        let document =
            json!({"a": [{"b": "1"}, {"b": ["2", 3, "4"]}, 7], "c": {"d": "5"}, "e": null});
        let cases = [
            ("a[].b", vec!["1", "2", "4"]),
            ("c.d", vec!["5"]),
            ("c", vec![]),
            ("e", vec![]),
            ("a[]", vec![]),
            ("missing.d", vec![]),
        ];
        for (path, expected) in cases {
            let mut found = Vec::new();
            each_text(&document, path, &mut |text| found.push(text.to_owned()));
            assert_eq!(found, expected, "{path}");
        }
    }
}
