//! From an object read in full to stored contents and hashes.
//!
//! Payload, assignments and scope tags are contents of their own, so that each has its own
//! history. Sealed values are taken out of the payload; in the hashes a keyed digest stands for
//! each, so that a changed secret is a change, and the hash tells nothing about the secret.

use std::collections::BTreeMap;

use hmac::{Hmac, Mac, digest::KeyInit};
use serde_json::{Map, Value};
use sha2::Sha256;

use super::{
    canonical::{self, Hash},
    capture_rules::{CaptureRules, Unordered},
    paths, reference,
    run::Scope,
};

/// What stands in a payload in place of a sealed value.
pub const SEALED: &str = "[sealed]";

/// Stands between the mark of a sealed value and its digest where the two stand together.
pub(super) const MASK: char = '\0';

const ASSIGNMENTS: &str = "assignments";
const SCOPE_TAGS: &str = "roleScopeTagIds";

/// A stored part of a capture: canonical JSON and its hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// Hash of `bytes`, under which the content is stored.
    pub hash: Hash,
    /// Canonical JSON.
    pub bytes: Vec<u8>,
}

impl Content {
    /// The content of a value.
    pub fn of(value: &Value) -> Self {
        let bytes = canonical::bytes(value);
        Self {
            hash: Hash::of(&bytes),
            bytes,
        }
    }
}

/// The key of the digests that stand for a tenant's sealed values. It never rotates: the same
/// secret has the same digest for ever.
#[derive(Clone)]
pub struct DigestKey(Hmac<Sha256>);

impl std::fmt::Debug for DigestKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DigestKey")
    }
}

impl From<[u8; 32]> for DigestKey {
    fn from(key: [u8; 32]) -> Self {
        // HMAC itself fills a short key up to its block with zeros.
        let mut block = hmac::digest::Key::<Hmac<Sha256>>::default();
        block
            .iter_mut()
            .zip(key)
            .for_each(|(place, byte)| *place = byte);
        Self(<Hmac<Sha256> as KeyInit>::new(&block))
    }
}

impl DigestKey {
    /// What stands for a secret.
    pub fn digest(&self, secret: &str) -> Hash {
        let mac = self.0.clone().chain_update(secret).finalize();
        Hash::from(<[u8; 32]>::from(mac.into_bytes()))
    }
}

/// A secret taken out of a payload.
#[derive(Clone)]
pub struct SealedValue {
    /// Its keyed digest, under which it is stored.
    pub digest: Hash,
    /// The secret itself, to be encrypted.
    pub secret: String,
}

impl std::fmt::Debug for SealedValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SealedValue")
            .field("digest", &self.digest)
            .finish_non_exhaustive()
    }
}

/// The parts of one object, as JSON.
#[derive(Clone, Debug, PartialEq)]
pub struct Parts {
    /// The object without the other parts, sealed values replaced by [`SEALED`].
    pub payload: Value,
    /// Assignments; none when they are not kept or the kind has none.
    pub assignments: Option<Value>,
    /// Scope tags; none when they are not kept or the kind has none.
    pub scope_tags: Option<Value>,
    /// JSON Pointer of each sealed value to its digest; none when nothing is sealed.
    pub sealed: Option<Value>,
}

/// One object, ready to be stored.
#[derive(Clone, Debug)]
pub struct Capture {
    /// The object itself.
    pub payload: Content,
    /// Its assignments.
    pub assignments: Option<Content>,
    /// Its scope tags.
    pub scope_tags: Option<Content>,
    /// Where its sealed values stand.
    pub sealed: Option<Content>,
    /// What it points to.
    pub references: Content,
    /// Over all parts as they are: proves fidelity.
    pub content_hash: Hash,
    /// Without volatile members and with unordered lists sorted: shows drift.
    pub state_hash: Hash,
}

/// Takes an object apart, leaving out what the scope does not keep, and its secrets out of the payload.
pub fn take_apart(
    object: Value,
    rules: &CaptureRules,
    scope: &Scope,
    key: &DigestKey,
) -> (Parts, Vec<SealedValue>) {
    let mut payload = object;
    let assignments = take(&mut payload, ASSIGNMENTS).filter(|_| scope.assignments);
    let scope_tags = take(&mut payload, SCOPE_TAGS).filter(|_| scope.scope_tags);
    let (index, secrets) = seal(&mut payload, rules.sealed, key);
    let sealed = (!index.is_empty()).then_some(Value::Object(index));
    (
        Parts {
            payload,
            assignments,
            scope_tags,
            sealed,
        },
        secrets,
    )
}

/// The hash under which a part is stored.
pub fn hash(part: &Value) -> Hash {
    Hash::of(&canonical::bytes(part))
}

/// Whether a listed object shows its scope tags.
pub fn shows_scope_tags(listed: &Value) -> bool {
    listed.get(SCOPE_TAGS).is_some()
}

/// The scope tags of a listed object, if they are kept.
pub fn scope_tags(listed: &Value, scope: &Scope) -> Option<Value> {
    listed.get(SCOPE_TAGS).filter(|_| scope.scope_tags).cloned()
}

/// Hashes the parts of an object.
pub fn capture(parts: &Parts, rules: &CaptureRules) -> Capture {
    Capture {
        payload: Content::of(&parts.payload),
        assignments: parts.assignments.as_ref().map(Content::of),
        scope_tags: parts.scope_tags.as_ref().map(Content::of),
        sealed: parts.sealed.as_ref().map(Content::of),
        references: references(parts, rules),
        content_hash: content_hash(parts),
        state_hash: state_hash(parts, rules),
    }
}

/// What an object points to, as it is stored.
fn references(parts: &Parts, rules: &CaptureRules) -> Content {
    let found = reference::references(
        parts.assignments.as_ref(),
        parts.scope_tags.as_ref(),
        (&parts.payload, rules.references),
    );
    Content::of(&reference::document(&found))
}

/// The hash over all parts as they are, which `BackupItem.contentHash` documents.
pub fn content_hash(parts: &Parts) -> Hash {
    let named = [
        ("assignments", &parts.assignments),
        ("scopeTags", &parts.scope_tags),
        ("sealed", &parts.sealed),
    ];
    let mut whole = Map::new();
    whole.insert("payload".to_owned(), parts.payload.clone());
    for (name, part) in named {
        if let Some(part) = part {
            whole.insert(name.to_owned(), part.clone());
        }
    }
    Hash::of(&canonical::bytes(&Value::Object(whole)))
}

/// The payload with the digest of each sealed value in its place, so that another secret is another
/// value, wherever it stands.
pub(super) fn masked(parts: &Parts) -> Value {
    let mut payload = parts.payload.clone();
    let index = parts.sealed.as_ref().and_then(Value::as_object);
    for (pointer, digest) in index.into_iter().flatten() {
        let place = payload.pointer_mut(pointer);
        if let Some(place) = place.filter(|place| *place == SEALED)
            && let Some(digest) = digest.as_str()
        {
            *place = Value::from(format!("{SEALED}{MASK}{digest}"));
        }
    }
    payload
}

/// The hash that two captures share which differ in nothing that an administrator decides.
///
/// Of most kinds the index of sealed values is a part of it. It tells places by their numbers, so that
/// where these mean nothing the digests stand in the payload instead.
pub fn state_hash(parts: &Parts, rules: &CaptureRules) -> Hash {
    let (mut state, sealed) = match rules.seals_in_unordered() {
        true => (masked(parts), None),
        false => (parts.payload.clone(), parts.sealed.clone()),
    };
    if let Value::Object(object) = &mut state {
        let outer = [
            (ASSIGNMENTS, &parts.assignments),
            (SCOPE_TAGS, &parts.scope_tags),
        ];
        for (name, part) in outer {
            if let Some(part) = part {
                object.insert(name.to_owned(), part.clone());
            }
        }
    }
    for path in rules.volatile {
        paths::each_member(&mut state, path, &mut |place| {
            place.parent.remove(place.name);
        });
    }
    for unordered in rules.unordered {
        sort(&mut state, unordered);
    }
    for path in [ASSIGNMENTS, SCOPE_TAGS] {
        sort(&mut state, &Unordered { path, key: "" });
    }
    let whole = Value::Array(vec![state, sealed.unwrap_or(Value::Null)]);
    Hash::of(&canonical::bytes(&whole))
}

/// Where sealed values stand, as JSON Pointers, with their digests: what the stored index says. None when it
/// cannot be read.
pub fn sealed_index(bytes: &[u8]) -> Option<BTreeMap<String, Hash>> {
    let index: BTreeMap<String, String> = serde_json::from_slice(bytes).ok()?;
    let digests = index.into_iter();
    digests
        .map(|(pointer, digest)| Some((pointer, digest.parse().ok()?)))
        .collect()
}

fn take(object: &mut Value, member: &str) -> Option<Value> {
    object.as_object_mut()?.remove(member)
}

fn seal(
    payload: &mut Value,
    sealed: &[&str],
    key: &DigestKey,
) -> (Map<String, Value>, Vec<SealedValue>) {
    let (mut index, mut secrets) = (Map::new(), Vec::new());
    for path in sealed {
        paths::each_member(payload, path, &mut |place| {
            let Some(member) = place.parent.get_mut(place.name) else {
                return;
            };
            let Value::String(secret) = member else {
                return;
            };
            if secret.is_empty() {
                return;
            }
            let digest = key.digest(secret);
            index.insert(place.pointer.clone(), Value::String(digest.to_string()));
            secrets.push(SealedValue {
                digest,
                secret: std::mem::replace(secret, SEALED.to_owned()),
            });
        });
    }
    (index, secrets)
}

/// Sorts an array by the key within each element, then by the whole element.
fn sort(state: &mut Value, unordered: &Unordered) {
    paths::each_member(state, unordered.path, &mut |place| {
        if let Some(Value::Array(elements)) = place.parent.get_mut(place.name) {
            elements.sort_by_cached_key(|element| {
                (
                    at(element, unordered.key).map(Value::to_string),
                    element.to_string(),
                )
            });
        }
    });
}

fn at<'a>(element: &'a Value, key: &str) -> Option<&'a Value> {
    key.split('.')
        .try_fold(element, |value, step| value.get(step))
}
