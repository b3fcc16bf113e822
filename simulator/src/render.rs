//! An object as an answer shows it: members left out, parts expanded, annotations added.

use serde_json::{Map, Value, json};

use crate::{
    answer::Answer,
    errors,
    kinds::{ContentRule, Expansion, INNER_NAVIGATIONS, Kind, Part, Side},
    odata::{Expand, Options},
    request::{Incoming, Version},
    tenant::StoredObject,
};

/// One request for data, with what its answers are built from.
#[derive(Clone, Debug)]
pub(crate) struct Query<'a> {
    pub(crate) request: &'a Incoming,
    pub(crate) version: Version,
    pub(crate) options: Options,
}

/// Whether an object is shown among others or alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum View {
    List,
    Item,
}

impl Query<'_> {
    /// `@odata.context` of a thing below the version.
    pub(crate) fn context(&self, of: &str) -> String {
        let host = &self.request.host;
        format!("http://{host}/{}/$metadata#{of}", self.version.name())
    }

    /// The path without the version, which Intune repeats in its errors.
    pub(crate) fn place(&self) -> &str {
        let path = self.request.path.trim_start_matches('/');
        path.split_once('/').map_or("", |(_, place)| place)
    }
}

/// The object with its expanded parts, or the refusal of an expansion.
pub(crate) fn object(
    kind: &Kind,
    stored: &StoredObject,
    query: &Query<'_>,
    view: View,
) -> Result<Map<String, Value>, Answer> {
    let options = &query.options;
    let mut members = stored.object.as_object().cloned().unwrap_or_default();
    for (name, value) in stored.content().into_iter().flatten() {
        let selectable = kind.content == ContentRule::OnItemOrSelected;
        if view == View::Item || (selectable && options.selects(name)) {
            members.insert(name.clone(), value.clone());
        }
    }
    if query.version == Version::V1 && kind.side == Side::Intune {
        members.remove("roleScopeTagIds");
    }
    if options.select.is_some() {
        members.retain(|name, _| name == "@odata.type" || options.selects(name));
    }
    for expand in &options.expand {
        let part = expandable(kind, expand, view)?;
        if fits(stored, expand) {
            let context = format!("{}('{}')/{}", kind.path, stored.id(), part.name);
            members.insert(
                format!("{}@odata.context", part.name),
                query.context(&context).into(),
            );
            members.insert(part.name.to_owned(), expanded(stored, part, expand, view));
        }
    }
    Ok(members)
}

fn expandable(kind: &Kind, expand: &Expand, view: View) -> Result<&'static Part, Answer> {
    kind.part(&expand.name)
        .filter(|part| match view {
            View::List => part.on_list != Expansion::Refused,
            View::Item => part.on_item,
        })
        .ok_or_else(|| {
            errors::bad_request(&format!(
                "Parsing OData Select and Expand failed: Could not find a property named '{}' on type 'microsoft.graph.{}'.",
                expand.name, kind.collection
            ))
        })
}

/// Whether the object is of the type that stands in front of the navigation.
fn fits(stored: &StoredObject, expand: &Expand) -> bool {
    expand
        .cast
        .as_deref()
        .is_none_or(|cast| is_of_type(stored, cast) || !is_typed(stored))
}

fn is_typed(stored: &StoredObject) -> bool {
    stored.object.get("@odata.type").is_some()
}

/// Whether the object says that it is of this type.
pub(crate) fn is_of_type(stored: &StoredObject, type_name: &str) -> bool {
    let own = stored.object.get("@odata.type").and_then(Value::as_str);
    own.is_some_and(|own| own.trim_start_matches('#') == type_name)
}

fn expanded(stored: &StoredObject, part: &Part, expand: &Expand, view: View) -> Value {
    if view == View::List && part.on_list == Expansion::Empty {
        return json!([]);
    }
    match stored.part(part.name) {
        Some(value) => elements(value, &expand.options),
        None if part.many => json!([]),
        None => Value::Null,
    }
}

/// Each element of a list, or the one element that the value is.
fn elements(value: &Value, options: &Options) -> Value {
    match value.as_array() {
        Some(list) => list.iter().map(|value| element(value, options)).collect(),
        None => element(value, options),
    }
}

/// An element of a part: inner navigations only where they are expanded, and no private members.
pub(crate) fn element(value: &Value, options: &Options) -> Value {
    let Some(members) = value.as_object() else {
        return value.clone();
    };
    let shown = |name: &String, value: &Value| -> Option<Value> {
        if name.starts_with('_') {
            return None;
        }
        if !INNER_NAVIGATIONS.contains(&name.as_str()) {
            let selected =
                options.select.is_none() || options.selects(name) || name == "@odata.type";
            return selected.then(|| value.clone());
        }
        let inner = &options.expansion(name)?.options;
        Some(elements(value, inner))
    };
    members
        .iter()
        .filter_map(|(name, value)| Some((name.clone(), shown(name, value)?)))
        .collect::<Map<String, Value>>()
        .into()
}
