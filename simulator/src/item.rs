//! Single objects, and what lies below them: parts, elements of parts, typed navigations, functions.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use crate::{
    answer::Answer,
    errors::{self, ErrorForm},
    faults::Effect,
    kinds::{INNER_NAVIGATIONS, Kind, Part},
    list,
    permissions::CONFIGURATION_WRITE,
    render::{self, Query, View},
    tenant::{StoredObject, Tenant},
};

/// Page size of inner lists.
const INNER_PAGE: usize = 100;

/// The answer for the object `id` and the segments behind it.
pub(crate) fn answer(
    kind: &'static Kind,
    tenant: &Tenant,
    id: &str,
    below: &[String],
    query: &Query<'_>,
    fault: Option<&Effect>,
) -> Result<Answer, Answer> {
    let stored = tenant
        .object(kind, id)
        .ok_or_else(|| errors::not_found(query.place()))?;
    let stored = tenant.whole(stored);
    match below.split_first() {
        None => whole(kind, &stored, query),
        Some((name, [])) if name.starts_with("getOmaSettingPlainTextValue(") => {
            plain_value(tenant, &stored, name, query)
        }
        Some((name, below)) if name.starts_with("microsoft.graph.") => {
            if !render::is_of_type(&stored, name) {
                return Err(errors::bad_request("The object is not of this type."));
            }
            self::below(kind, &stored, below, query, fault)
        }
        Some(_) => self::below(kind, &stored, below, query, fault),
    }
}

/// The object alone.
pub(crate) fn whole(
    kind: &Kind,
    stored: &StoredObject,
    query: &Query<'_>,
) -> Result<Answer, Answer> {
    let mut members = render::object(kind, stored, query, View::Item)?;
    let context = query.context(&format!("{}/$entity", kind.path));
    members.insert("@odata.context".to_owned(), context.into());
    Ok(Answer::ok(members.into()))
}

/// A part of the object, or something inside of it.
fn below(
    kind: &'static Kind,
    stored: &StoredObject,
    segments: &[String],
    query: &Query<'_>,
    fault: Option<&Effect>,
) -> Result<Answer, Answer> {
    let (name, rest) = segments
        .split_first()
        .ok_or_else(|| errors::no_such_segment(query.place()))?;
    let part = kind
        .part(name)
        .filter(|part| part.routed)
        .ok_or_else(|| errors::no_such_segment(name))?;
    let path = format!("{}('{}')/{}", kind.path, stored.id(), part.name);
    if let (Some(media_type), []) = (part.media_type, rest) {
        let sent = stored.part(part.name).and_then(bytes);
        return sent
            .map(|bytes| Answer::bytes(media_type, bytes))
            .ok_or_else(|| errors::not_found(query.place()));
    }
    let value = stored.part(part.name).cloned();
    let value = value.or_else(|| part.many.then(|| json!([])));
    let found = value
        .as_ref()
        .and_then(|value| walk(value, rest))
        .ok_or_else(|| errors::not_found(query.place()))?;
    if let Some(elements) = found.as_array() {
        let size = if rest.is_empty() {
            part.page
        } else {
            INNER_PAGE
        };
        return list::values(&path, elements, size, query, fault);
    }
    Ok(single_value(part, found, &path, query))
}

fn bytes(encoded: &Value) -> Option<Vec<u8>> {
    STANDARD.decode(encoded.as_str()?).ok()
}

/// Follows ids of elements and names of inner navigations.
fn walk<'a>(value: &'a Value, segments: &[String]) -> Option<&'a Value> {
    let Some((segment, rest)) = segments.split_first() else {
        return Some(value);
    };
    let next = if let Some(elements) = value.as_array() {
        let id = |element: &&Value| element.get("id").and_then(Value::as_str) == Some(segment);
        elements.iter().find(id)
    } else if INNER_NAVIGATIONS.contains(&segment.as_str()) {
        value.get(segment)
    } else {
        None
    };
    walk(next?, rest)
}

fn single_value(part: &Part, value: &Value, path: &str, query: &Query<'_>) -> Answer {
    let mut shown = render::element(value, &query.options);
    let end = if part.many { "/$entity" } else { "" };
    if let Some(members) = shown.as_object_mut() {
        let context = query.context(&format!("{path}{end}"));
        members.insert("@odata.context".to_owned(), context.into());
    }
    Answer::ok(shown)
}

/// The plain value of an encrypted OMA-URI setting. The permission to read is not enough.
fn plain_value(
    tenant: &Tenant,
    stored: &StoredObject,
    call: &str,
    query: &Query<'_>,
) -> Result<Answer, Answer> {
    if !tenant.may(CONFIGURATION_WRITE) {
        return Err(errors::forbidden(
            CONFIGURATION_WRITE,
            query.place(),
            ErrorForm::A,
        ));
    }
    let reference = call
        .split_once("secretReferenceValueId='")
        .and_then(|(_, rest)| rest.strip_suffix("')"))
        .ok_or_else(|| errors::bad_request("The parameter secretReferenceValueId is missing."))?;
    let value = stored
        .part("secrets")
        .and_then(|secrets| secrets.get(reference))
        .ok_or_else(|| errors::not_found(query.place()))?;
    let context = query.context("Edm.String");
    Ok(Answer::ok(
        json!({ "@odata.context": context, "value": value }),
    ))
}
