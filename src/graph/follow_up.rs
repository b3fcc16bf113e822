//! What the list of a kind does not give, merged into the object.

use serde_json::{Map, Value};

use super::{
    body,
    catalog::{Assignments, Entry, FollowUp, Read, When},
    door::{Call, Door},
    error::GraphError,
    paging::{self, Identity},
};

const TYPE_PREFIX: &str = "#microsoft.graph.";

/// Merges every follow-up into the listed object.
pub(super) async fn complete(
    door: &Door,
    entry: &Entry,
    listed: Value,
) -> Result<Value, GraphError> {
    let mut object = listed;
    let item = Item::new(door, entry, &object)?;
    for follow_up in entry.follow_ups {
        if follow_up.when.applies(&object) {
            item.read(follow_up, &mut object).await?;
        }
    }
    if let Some(assignments) = item.assignments(&object).await? {
        put(&mut object, "assignments", assignments);
    }
    body::strip(&mut object);
    match body::lost_digits(&object) {
        Some(pointer) => Err(GraphError::LossyNumber {
            pointer: pointer.to_owned(),
        }),
        None => Ok(object),
    }
}

/// The assignments of the listed object; none if its kind has none.
pub(super) async fn assignments(
    door: &Door,
    entry: &Entry,
    listed: &Value,
) -> Result<Option<Value>, GraphError> {
    let item = Item::new(door, entry, listed)?;
    let mut assignments = item.assignments(listed).await?;
    if let Some(assignments) = &mut assignments {
        body::strip(assignments);
    }
    Ok(assignments)
}

/// One object, as the target of follow-ups.
struct Item<'a> {
    door: &'a Door,
    entry: &'a Entry,
    id: String,
    odata_type: String,
}

impl<'a> Item<'a> {
    fn new(door: &'a Door, entry: &'a Entry, object: &Value) -> Result<Self, GraphError> {
        let id = object.get("id").and_then(Value::as_str);
        let needs_id = !entry.follow_ups.is_empty() || entry.assignments != Assignments::None;
        if id.is_none() && needs_id {
            return Err(GraphError::NoId);
        }
        Ok(Self {
            door,
            entry,
            id: encoded(id.unwrap_or_default()),
            odata_type: odata_type(object).to_owned(),
        })
    }

    async fn read(&self, follow_up: &FollowUp, object: &mut Value) -> Result<(), GraphError> {
        match follow_up.read {
            Read::Object { path } => {
                let read = self.object(path, "").await?;
                overlay(object, read);
                Ok(())
            }
            Read::Collection {
                path,
                plain_path,
                into,
                counted_by,
                none_on,
            } => {
                let read = self.collection_or_plain(path, plain_path).await;
                let Some(mut parts) = unless(read, none_on)? else {
                    return Ok(());
                };
                if let Some(counter) = counted_by {
                    parts = self.counted(parts, path, into, counter, object).await?;
                }
                put(object, into, Value::Array(parts));
                Ok(())
            }
            Read::Single {
                path,
                action,
                into,
                none_on,
            } => {
                let call = match action {
                    true => Call::action(self.door, self.entry, &self.path(path, ""))?,
                    false => self.call(path, "")?,
                };
                if let Some(read) = unless(self.door.object(&call).await, none_on)? {
                    put(object, into, read);
                }
                Ok(())
            }
            Read::PerElement {
                array,
                path,
                into,
                trusted,
            } => self.per_element(array, path, into, trusted, object).await,
            Read::Named {
                ids,
                prefixes,
                path,
                into,
            } => self.named(ids, prefixes, path, into, object).await,
            Read::PlainValues { path } => self.plain_values(path, object).await,
        }
    }

    async fn collection_or_plain(
        &self,
        path: &str,
        plain_path: Option<&str>,
    ) -> Result<Vec<Value>, GraphError> {
        match (self.collection(path, "").await, plain_path) {
            (Err(error), Some(plain)) if error.is_about_the_query() => {
                self.collection(plain, "").await
            }
            (read, _) => read,
        }
    }

    /// The parts, if they are as many as the object counts. The object may have changed since it
    /// was listed, so both are read once more before a difference counts.
    async fn counted(
        &self,
        parts: Vec<Value>,
        path: &str,
        into: &'static str,
        counter: &str,
        object: &mut Value,
    ) -> Result<Vec<Value>, GraphError> {
        if agrees(object, counter, parts.len()) {
            return Ok(parts);
        }
        overlay(object, self.object("/{id}", "").await?);
        let parts = self.collection(path, "").await?;
        match agrees(object, counter, parts.len()) {
            true => Ok(parts),
            false => Err(GraphError::CountMismatch {
                part: into,
                read: u64::try_from(parts.len()).unwrap_or(u64::MAX),
                counted: object
                    .get(counter)
                    .and_then(Value::as_u64)
                    .unwrap_or_default(),
            }),
        }
    }

    async fn per_element(
        &self,
        array: &str,
        path: &str,
        into: &str,
        trusted: (&str, &str),
        object: &mut Value,
    ) -> Result<(), GraphError> {
        let (member, text) = trusted;
        let is_trusted = object.get(member).and_then(Value::as_str) == Some(text);
        let Some(elements) = object.get_mut(array).and_then(Value::as_array_mut) else {
            return Ok(());
        };
        let believe_empty = is_trusted && elements.iter().any(|it| length(it, into) > Some(0));
        for element in elements {
            let known = length(element, into);
            if known > Some(0) || (known.is_some() && believe_empty) {
                continue;
            }
            let id = element
                .get("id")
                .and_then(Value::as_str)
                .ok_or(GraphError::NoId)?;
            let parts = self.collection(path, id).await?;
            put(element, into, Value::Array(parts));
        }
        Ok(())
    }

    async fn named(
        &self,
        ids: &str,
        prefixes: &[&str],
        path: &str,
        into: &str,
        object: &mut Value,
    ) -> Result<(), GraphError> {
        let ids = object.get(ids).and_then(Value::as_array);
        let ids = ids.into_iter().flatten().filter_map(Value::as_str);
        let mut found = Vec::new();
        for id in ids {
            let id = prefixes
                .iter()
                .find_map(|prefix| id.strip_prefix(prefix))
                .unwrap_or(id);
            let path = path.replace("{element}", &encoded(id));
            let call = Call::get(self.door, self.entry, &path)?;
            found.extend(unless(self.door.object(&call).await, &[404])?);
        }
        if !found.is_empty() {
            put(object, into, Value::Array(found));
        }
        Ok(())
    }

    async fn plain_values(&self, path: &str, object: &mut Value) -> Result<(), GraphError> {
        let settings = object.get_mut("omaSettings").and_then(Value::as_array_mut);
        for setting in settings.into_iter().flatten() {
            let reference = setting
                .get("secretReferenceValueId")
                .and_then(Value::as_str);
            let encrypted = setting.get("isEncrypted").and_then(Value::as_bool);
            let (Some(true), Some(reference)) = (encrypted, reference) else {
                continue;
            };
            match self.object(path, reference).await {
                Ok(answer) => {
                    let plain = answer.get("value").cloned().unwrap_or_default();
                    remove(setting, "value");
                    put(setting, "decryptedValue", plain);
                }
                Err(GraphError::PermissionMissing { .. }) => {
                    put(setting, "valueNotCaptured", Value::Bool(true));
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    async fn assignments(&self, object: &Value) -> Result<Option<Value>, GraphError> {
        let listed = object.get("assignments").filter(|it| it.is_array());
        let read = match (self.entry.assignments, listed) {
            (Assignments::None, _) => return Ok(None),
            (Assignments::OnList(_) | Assignments::OnObject(_), Some(listed)) => listed.clone(),
            (Assignments::OnList(path) | Assignments::PerItem(path), _) => {
                Value::Array(self.collection(path, "").await?)
            }
            (Assignments::OnObject(path), None) => {
                let object = self.object(path, "").await?;
                let read = object.get("assignments").filter(|it| it.is_array());
                read.ok_or(GraphError::NoAssignments)?.clone()
            }
        };
        Ok(Some(read))
    }

    async fn object(&self, path: &str, element: &str) -> Result<Value, GraphError> {
        let call = self.call(path, element)?;
        let mut read = self.door.object(&call).await?;
        paging::continue_expansions(self.door, &call, &mut read).await?;
        Ok(read)
    }

    async fn collection(&self, path: &str, element: &str) -> Result<Vec<Value>, GraphError> {
        let call = self.call(path, element)?;
        paging::collect(self.door, call, Identity::Whole).await
    }

    fn call(&self, path: &str, element: &str) -> Result<Call, GraphError> {
        Call::get(self.door, self.entry, &self.path(path, element))
    }

    fn path(&self, path: &str, element: &str) -> String {
        let path = path
            .replace("{id}", &self.id)
            .replace("{type}", &self.odata_type)
            .replace("{element}", &encoded(element));
        format!("{}{path}", self.entry.list)
    }
}

impl When {
    fn applies(self, object: &Value) -> bool {
        let number = |name: &str| object.get(name).and_then(Value::as_u64);
        match self {
            Self::Always => true,
            Self::Missing(member) => object.get(member).is_none_or(Value::is_null),
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

/// Nothing, where a refusal with one of these statuses means that there is nothing.
fn unless<T>(read: Result<T, GraphError>, none_on: &[u16]) -> Result<Option<T>, GraphError> {
    match read {
        Err(GraphError::Refused { status, .. }) if none_on.contains(&status) => Ok(None),
        read => read.map(Some),
    }
}

/// Whether the object has as many parts as it counts. An object that does not count agrees.
fn agrees(object: &Value, counter: &str, length: usize) -> bool {
    let counted = object.get(counter).and_then(Value::as_u64);
    counted.is_none_or(|counted| u64::try_from(length) == Ok(counted))
}

fn length(object: &Value, member: &str) -> Option<usize> {
    object.get(member).and_then(Value::as_array).map(Vec::len)
}

fn odata_type(object: &Value) -> &str {
    let name = object.get("@odata.type").and_then(Value::as_str);
    name.unwrap_or_default().trim_start_matches(TYPE_PREFIX)
}

fn members(object: &mut Value) -> Option<&mut Map<String, Value>> {
    object.as_object_mut()
}

fn put(object: &mut Value, member: &str, value: Value) {
    if let Some(members) = members(object) {
        members.insert(member.to_owned(), value);
    }
}

fn remove(object: &mut Value, member: &str) {
    if let Some(members) = members(object) {
        members.remove(member);
    }
}

/// Puts what was read of an object over what was known of it: the later reading counts.
fn overlay(object: &mut Value, read: Value) {
    if let (Some(members), Value::Object(read)) = (members(object), read) {
        members.extend(read);
    }
}

/// `text` as one segment of a path or one literal in it.
fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                encoded.push(char::from(byte));
            }
            other => encoded.push_str(&format!("%{other:02X}")),
        }
    }
    encoded
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

    #[test]
    fn identifiers_cannot_leave_their_segment() {
        assert_eq!(encoded("T_1ed6-a.b~c"), "T_1ed6-a.b~c");
        assert_eq!(encoded("a/../b?c#d'e é"), "a%2F..%2Fb%3Fc%23d%27e%20%C3%A9");
    }
}
