//! Proof that a set is what it was when it was stored: which hashes still fit, and what is damaged.
//!
//! What is stored is read elsewhere and handed in. A content is known by the hash it was stored under;
//! an item by the hashes over its parts; a set by the hash over its items.

use std::{
    collections::{BTreeMap, HashMap},
    fmt,
};

use serde_json::Value;

use super::{
    backup::{BackupItem, BackupSet},
    canonical::Hash,
    capture::{self, Parts},
    capture_rules::CaptureRules,
};

/// A content as it was found under its hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// Its bytes fit the hash.
    Whole(Vec<u8>),
    /// Its bytes cannot be unpacked, or do not fit the hash.
    Damaged,
}

/// Contents as they were found, by the hash they are stored under; those that are missing are not in it.
pub type Stock = HashMap<Hash, Found>;

/// A stored part of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// The object itself.
    Payload,
    /// Its assignments.
    Assignments,
    /// Its scope tags.
    ScopeTags,
    /// Where its sealed values stand.
    Sealed,
    /// What it points to.
    References,
}

impl Part {
    /// Every part that an item can have.
    pub const ALL: [Self; 5] = [
        Self::Payload,
        Self::Assignments,
        Self::ScopeTags,
        Self::Sealed,
        Self::References,
    ];
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Payload => "payload",
            Self::Assignments => "assignments",
            Self::ScopeTags => "scope tags",
            Self::Sealed => "index of sealed values",
            Self::References => "references",
        })
    }
}

/// Something that is wrong with an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// A part is not stored.
    Missing(Part),
    /// A part is stored, but is not what was stored once.
    Damaged(Part),
    /// The parts are whole and are not those that the item's content hash was made over.
    ContentHash,
    /// The same for its state hash.
    StateHash,
    /// The payload has another size than the item says.
    Size,
    /// The sealed value at this place is not stored.
    ValueMissing(String),
    /// The sealed value at this place does not open, or is another one.
    ValueDamaged(String),
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(part) => write!(f, "{part}: missing"),
            Self::Damaged(part) => write!(f, "{part}: damaged"),
            Self::ContentHash => f.write_str("item: its content hash does not fit its parts"),
            Self::StateHash => f.write_str("item: its state hash does not fit its parts"),
            Self::Size => f.write_str("item: its size does not fit its payload"),
            Self::ValueMissing(place) => write!(f, "sealed value {place}: missing"),
            Self::ValueDamaged(place) => write!(f, "sealed value {place}: damaged"),
        }
    }
}

/// The parts that an item has, with the hashes they are stored under.
pub fn parts_of(item: &BackupItem) -> impl Iterator<Item = (Part, Hash)> {
    let parts = item.parts;
    [
        (Part::Payload, Some(parts.payload)),
        (Part::Assignments, parts.assignments),
        (Part::ScopeTags, parts.scope_tags),
        (Part::Sealed, parts.sealed),
        (Part::References, parts.references),
    ]
    .into_iter()
    .filter_map(|(part, hash)| Some((part, hash?)))
}

/// What is wrong with an item, by what was found of its parts. Its state hash is looked at if the rules
/// that it was made by are known.
pub fn flaws(item: &BackupItem, stock: &Stock, rules: Option<&CaptureRules>) -> Vec<Flaw> {
    let mut flaws: Vec<Flaw> = parts_of(item)
        .filter_map(|(part, hash)| match stock.get(&hash) {
            Some(Found::Whole(_)) => None,
            Some(Found::Damaged) => Some(Flaw::Damaged(part)),
            None => Some(Flaw::Missing(part)),
        })
        .collect();
    if !flaws.is_empty() {
        return flaws;
    }
    let Some(parts) = assembled(item, stock) else {
        // Their bytes fit their hashes and are no JSON: never written by us.
        return vec![Flaw::ContentHash];
    };
    if whole(stock, item.parts.payload).map(<[u8]>::len) != usize::try_from(item.payload_bytes).ok()
    {
        flaws.push(Flaw::Size);
    }
    if capture::content_hash(&parts) != item.content_hash {
        flaws.push(Flaw::ContentHash);
    }
    if rules.is_some_and(|rules| capture::state_hash(&parts, rules) != item.state_hash) {
        flaws.push(Flaw::StateHash);
    }
    flaws
}

fn whole(stock: &Stock, hash: Hash) -> Option<&[u8]> {
    match stock.get(&hash)? {
        Found::Whole(bytes) => Some(bytes),
        Found::Damaged => None,
    }
}

/// The parts that the hashes of an item are over.
fn assembled(item: &BackupItem, stock: &Stock) -> Option<Parts> {
    let read = |hash| -> Option<Value> { serde_json::from_slice(whole(stock, hash)?).ok() };
    let maybe = |hash: Option<Hash>| match hash {
        Some(hash) => read(hash).map(Some),
        None => Some(None),
    };
    Some(Parts {
        payload: read(item.parts.payload)?,
        assignments: maybe(item.parts.assignments)?,
        scope_tags: maybe(item.parts.scope_tags)?,
        sealed: maybe(item.parts.sealed)?,
    })
}

/// Where the sealed values of an item stand, with their digests; none when that cannot be read.
pub fn sealed_values(item: &BackupItem, stock: &Stock) -> Option<BTreeMap<String, Hash>> {
    match item.parts.sealed {
        None => Some(BTreeMap::new()),
        Some(hash) => capture::sealed_index(whole(stock, hash)?),
    }
}

/// Tells versions of items apart: what is right or wrong with one item is so with every other of the
/// same version, in whichever set.
pub fn version(item: &BackupItem) -> Hash {
    let parts = [
        Some(item.parts.payload),
        item.parts.assignments,
        item.parts.scope_tags,
        item.parts.sealed,
        item.parts.references,
        Some(item.content_hash),
        Some(item.state_hash),
    ];
    let mut text = format!(
        "{} {} {}",
        item.kind, item.catalog_revision, item.payload_bytes
    );
    for part in parts {
        text.push(' ');
        text.extend(part.map(|hash| hash.to_string()));
    }
    Hash::of(text.as_bytes())
}

/// What the items of a set amount to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    hashes: Vec<Hash>,
    payload_bytes: u64,
}

impl Tally {
    /// Counts an item.
    pub fn add(&mut self, item: &BackupItem) {
        self.hashes.push(item.content_hash);
        self.payload_bytes = self.payload_bytes.saturating_add(item.payload_bytes);
    }

    /// How many were counted.
    pub fn items(&self) -> usize {
        self.hashes.len()
    }

    /// What is wrong with a set of which all items were counted.
    pub fn flaws(self, set: &BackupSet) -> Vec<SetFlaw> {
        let mut flaws = Vec::new();
        if u32::try_from(self.hashes.len()) != Ok(set.item_count) {
            flaws.push(SetFlaw::ItemCount);
        }
        if self.payload_bytes != set.payload_bytes {
            flaws.push(SetFlaw::PayloadBytes);
        }
        if Hash::of_all(self.hashes) != set.content_hash {
            flaws.push(SetFlaw::ContentHash);
        }
        flaws
    }
}

/// Something that is wrong with a set as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetFlaw {
    /// It has more or fewer items than it had.
    ItemCount,
    /// Its payloads have another size together.
    PayloadBytes,
    /// Its hash is not that over its items.
    ContentHash,
}

impl fmt::Display for SetFlaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ItemCount => "set: items are missing, or there are too many",
            Self::PayloadBytes => "set: its size does not fit its items",
            Self::ContentHash => "set: its content hash does not fit its items",
        })
    }
}
