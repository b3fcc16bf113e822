//! What the list of a kind does not give, merged into the object.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::Value;

use super::{
    body,
    catalog::{
        Assignments, Collection, Entry, FollowUp, Named, PerElement, Read, Single, Stream, Weight,
    },
    condition::{agrees, length, odata_type},
    door::{Call, Door},
    error::GraphError,
    paging::{self, Identity},
};

const NOT_FOUND: u16 = 404;

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
            let read = item.read(follow_up, &mut object).await;
            item.still_there(read).await?;
        }
    }
    let assignments = item.assignments(&object).await;
    if let Some(assignments) = item.still_there(assignments).await? {
        put(&mut object, "assignments", assignments);
    }
    sound(object)
}

/// The assignments of the listed object; none if its kind has none.
pub(super) async fn assignments(
    door: &Door,
    entry: &Entry,
    listed: &Value,
) -> Result<Option<Value>, GraphError> {
    let item = Item::new(door, entry, listed)?;
    let assignments = item.assignments(listed).await;
    let assignments = item.still_there(assignments).await?;
    assignments.map(sound).transpose()
}

/// What was read, without annotations, if no digit of it was lost.
fn sound(mut read: Value) -> Result<Value, GraphError> {
    body::strip(&mut read);
    match body::lost_digits(&read) {
        Some(pointer) => Err(GraphError::LossyNumber {
            pointer: pointer.to_owned(),
        }),
        None => Ok(read),
    }
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
        let weight = follow_up.weight;
        match &follow_up.read {
            Read::Object(path) => {
                let read = self.object(path, "", weight).await;
                overlay(object, read.map_err(gone)?);
                Ok(())
            }
            Read::Collection(read) => self.parts(read, weight, object).await,
            Read::Single(read) => self.single(read, weight, object).await,
            Read::Stream(read) => self.stream(read, object).await,
            Read::PerElement(read) => self.per_element(read, weight, object).await,
            Read::Named(read) => self.named(read, weight, object).await,
            Read::PlainValues(path) => self.plain_values(path, weight, object).await,
        }
    }

    async fn parts(
        &self,
        read: &Collection,
        weight: Weight,
        object: &mut Value,
    ) -> Result<(), GraphError> {
        let Some(mut parts) = unless_read(self.wide_or_plain(read, weight).await, read.none_on)?
        else {
            return Ok(());
        };
        if let Some(counter) = read.counted_by {
            // The object may have changed since it was listed: both are read once more before a
            // difference counts.
            if !agrees(object, counter, parts.len()) {
                overlay(object, self.object("/{id}", "", Weight::Large).await?);
                parts = self.wide_or_plain(read, weight).await?;
            }
            check_count(object, counter, parts.len(), read.into)?;
        }
        put(object, read.into, Value::Array(parts));
        Ok(())
    }

    async fn wide_or_plain(
        &self,
        read: &Collection,
        weight: Weight,
    ) -> Result<Vec<Value>, GraphError> {
        match (
            self.collection(read.path, "", weight).await,
            read.plain_path,
        ) {
            (Err(error), Some(plain)) if error.is_about_the_query() => {
                self.collection(plain, "", weight).await
            }
            (parts, _) => parts,
        }
    }

    async fn single(
        &self,
        read: &Single,
        weight: Weight,
        object: &mut Value,
    ) -> Result<(), GraphError> {
        let call = match read.action {
            true => Call::action(self.door, self.entry, &self.path(read.path, ""))?,
            false => self.call(read.path, "", weight)?,
        };
        let answer = self.door.object(&call).await;
        let found = match read.action {
            true => unless(answer, read.none_on)?,
            false => unless_read(answer, read.none_on)?,
        };
        if let Some(found) = found {
            put(object, read.into, found);
        }
        Ok(())
    }

    async fn stream(&self, read: &Stream, object: &mut Value) -> Result<(), GraphError> {
        let call = self.call(read.path, "", Weight::Large)?;
        if let Some(bytes) = unless_read(self.door.bytes(&call).await, read.none_on)? {
            put(object, read.into, STANDARD.encode(bytes).into());
        }
        Ok(())
    }

    async fn per_element(
        &self,
        read: &PerElement,
        weight: Weight,
        object: &mut Value,
    ) -> Result<(), GraphError> {
        let (member, text) = read.trusted;
        let is_trusted = object.get(member).and_then(Value::as_str) == Some(text);
        let elements = object.get_mut(read.array).and_then(Value::as_array_mut);
        let Some(elements) = elements else {
            return Ok(());
        };
        let believe_empty = is_trusted && elements.iter().any(|it| length(it, read.into) > Some(0));
        for element in elements {
            let length = length(element, read.into);
            if length > Some(0) || (length == Some(0) && believe_empty) {
                continue;
            }
            let id = element.get("id").and_then(Value::as_str);
            let parts = self
                .collection(read.path, id.ok_or(GraphError::NoId)?, weight)
                .await?;
            put(element, read.into, Value::Array(parts));
        }
        Ok(())
    }

    async fn named(
        &self,
        read: &Named,
        weight: Weight,
        object: &mut Value,
    ) -> Result<(), GraphError> {
        let ids = object.get(read.ids).and_then(Value::as_array);
        let mut found = Vec::new();
        for id in ids.into_iter().flatten().filter_map(Value::as_str) {
            let bare = without_prefix(id, read.prefixes);
            let path = read.path.replace("{element}", &encoded(bare));
            let call = Call::get(self.door, self.entry, &path)?.of(weight);
            let ask = async { unless(self.door.object(&call).await, &[NOT_FOUND]) };
            found.extend(self.door.link.named.once(&path, ask).await?);
        }
        if !found.is_empty() {
            put(object, read.into, Value::Array(found));
        }
        Ok(())
    }

    async fn plain_values(
        &self,
        path: &str,
        weight: Weight,
        object: &mut Value,
    ) -> Result<(), GraphError> {
        let settings = object.get_mut("omaSettings").and_then(Value::as_array_mut);
        for setting in settings.into_iter().flatten() {
            let reference = setting
                .get("secretReferenceValueId")
                .and_then(Value::as_str);
            let encrypted = setting.get("isEncrypted").and_then(Value::as_bool);
            let (Some(true), Some(reference)) = (encrypted, reference) else {
                continue;
            };
            match self.object(path, reference, weight).await {
                Ok(answer) => {
                    let plain = answer.get("value").filter(|value| value.is_string());
                    let plain = plain.ok_or(GraphError::NoPlainValue)?.clone();
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
        let listed = self.entry.listed_assignments(object);
        let read = match (self.entry.assignments, listed) {
            (Assignments::None, _) => return Ok(None),
            (
                Assignments::InFollowUp | Assignments::OnList(_) | Assignments::OnObject(_),
                Some(listed),
            ) => listed.clone(),
            (Assignments::InFollowUp, None) => return Err(GraphError::NoAssignments),
            (Assignments::OnList(path) | Assignments::PerItem(path), _) => {
                Value::Array(self.collection(path, "", Weight::Small).await?)
            }
            (Assignments::OnObject(path), None) => {
                let object = self.object(path, "", Weight::Large).await?;
                let read = object.get("assignments").filter(|it| it.is_array());
                read.ok_or(GraphError::NoAssignments)?.clone()
            }
        };
        Ok(Some(read))
    }

    /// What came of a reading below the object. Only if the object itself is gone as well, a 404
    /// means that it has vanished.
    async fn still_there<T>(&self, read: Result<T, GraphError>) -> Result<T, GraphError> {
        let Err(error) = read else {
            return read;
        };
        if error.status() != Some(NOT_FOUND) {
            return Err(error);
        }
        match self.object("/{id}", "", Weight::Large).await {
            Err(gone) if gone.status() == Some(NOT_FOUND) => Err(GraphError::Vanished),
            Err(_) | Ok(_) => Err(error),
        }
    }

    async fn object(&self, path: &str, element: &str, weight: Weight) -> Result<Value, GraphError> {
        let call = self.call(path, element, weight)?;
        let mut read = self.door.object(&call).await?;
        paging::continue_expansions(self.door, &call, &mut read).await?;
        Ok(read)
    }

    async fn collection(
        &self,
        path: &str,
        element: &str,
        weight: Weight,
    ) -> Result<Vec<Value>, GraphError> {
        let call = self.call(path, element, weight)?;
        paging::collect(self.door, call, Identity::Whole).await
    }

    fn call(&self, path: &str, element: &str, weight: Weight) -> Result<Call, GraphError> {
        Ok(Call::get(self.door, self.entry, &self.path(path, element))?.of(weight))
    }

    fn path(&self, path: &str, element: &str) -> String {
        let path = path
            .replace("{id}", &self.id)
            .replace("{type}", &self.odata_type)
            .replace("{element}", &encoded(element));
        format!("{}{path}", self.entry.list)
    }
}

/// What a refusal of the object itself means: a 404 that it has vanished.
fn gone(error: GraphError) -> GraphError {
    match error.status() {
        Some(NOT_FOUND) => GraphError::Vanished,
        _ => error,
    }
}

/// Nothing, where a refusal with one of these statuses means that there is nothing.
fn unless<T>(read: Result<T, GraphError>, none_on: &[u16]) -> Result<Option<T>, GraphError> {
    match read {
        Err(error) if error.is_one_of(none_on) => Ok(None),
        read => read.map(Some),
    }
}

/// The same of a reading, whose query may be refused with 400 as well as its path: only a refusal
/// of the path means that there is nothing.
fn unless_read<T>(read: Result<T, GraphError>, none_on: &[u16]) -> Result<Option<T>, GraphError> {
    match read {
        Err(error) if error.leaves_open_what_it_is_about() => Err(error),
        read => unless(read, none_on),
    }
}

fn check_count(
    object: &Value,
    counter: &str,
    length: usize,
    part: &'static str,
) -> Result<(), GraphError> {
    if agrees(object, counter, length) {
        return Ok(());
    }
    Err(GraphError::CountMismatch {
        part,
        read: length,
        counted: object
            .get(counter)
            .and_then(Value::as_u64)
            .unwrap_or_default(),
    })
}

/// The identifier without the first of the beginnings that it has, in whatever case.
fn without_prefix<'a>(id: &'a str, prefixes: &[&str]) -> &'a str {
    let cut = |prefix: &&str| {
        let (start, rest) = id.split_at_checked(prefix.len())?;
        start.eq_ignore_ascii_case(prefix).then_some(rest)
    };
    prefixes.iter().find_map(cut).unwrap_or(id)
}

fn put(object: &mut Value, member: &str, value: Value) {
    if let Some(members) = object.as_object_mut() {
        members.insert(member.to_owned(), value);
    }
}

fn remove(object: &mut Value, member: &str) {
    if let Some(members) = object.as_object_mut() {
        members.remove(member);
    }
}

/// Puts what was read of an object over what was known of it: the later reading counts.
fn overlay(object: &mut Value, read: Value) {
    if let (Some(members), Value::Object(read)) = (object.as_object_mut(), read) {
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
    use super::*;

    #[test]
    fn beginnings_are_cut_off_in_any_case() {
        let prefixes = ["Email_", "Push_"];
        for (id, bare) in [
            ("Email_1-2", "1-2"),
            ("email_1-2", "1-2"),
            ("PUSH_1-2", "1-2"),
            ("1-2", "1-2"),
            ("é", "é"),
        ] {
            assert_eq!(without_prefix(id, &prefixes), bare);
        }
    }

    #[test]
    fn identifiers_cannot_leave_their_segment() {
        assert_eq!(encoded("T_1ed6-a.b~c"), "T_1ed6-a.b~c");
        assert_eq!(encoded("a/../b?c#d'e é"), "a%2F..%2Fb%3Fc%23d%27e%20%C3%A9");
    }
}
