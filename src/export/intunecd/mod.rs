//! The layout that the Python package IntuneCD (2.6) reads: its folders, its names of files, and the form that it
//! gives to objects.
//!
//! ```text
//!   payload ── what Graph alone knows goes ── people and tags by name ── file, and scripts beside it
//! ```
//!
//! The package writes to tenants what it reads. So an object is left out when its file would say
//! something that is not true: one with a sealed value, unless secrets go with the export, and one
//! of a kind that the package does not read. What is left out is told, never silently missing.

mod beside;
mod names_of;
mod place;
mod refine;

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};

pub(super) use self::names_of::{NEIGHBOURS, Neighbours};
use self::place::Place;
use super::{File, names, object::Object, plain::pretty};
use crate::domain::capture::SEALED;

/// Paths that were given away in an export, folded: some names come from the objects themselves, and
/// not everything that makes a file has an identifier.
pub(super) type Taken = HashSet<String>;

/// The files of an object; none when the layout has no place for it.
pub(super) fn files(
    object: &Object,
    neighbours: &Neighbours,
    taken: &mut Taken,
) -> Option<Vec<File>> {
    let place = place::of(object)?;
    let Some(Value::Object(payload)) = &object.payload else {
        // What is lost has a place, and nothing to put there.
        return Some(Vec::new());
    };
    if payload.values().any(is_secret) {
        return None;
    }
    let mut files = Vec::new();
    for payload in place.objects(payload) {
        let written = Written {
            object,
            neighbours,
            place: &place,
            payload,
        };
        files.extend(written.files(taken));
    }
    (!files.is_empty()).then_some(files)
}

/// Whether a secret is missing from a value.
fn is_secret(value: &Value) -> bool {
    match value {
        Value::String(text) => text == SEALED,
        Value::Array(elements) => elements.iter().any(is_secret),
        Value::Object(members) => {
            members.contains_key("valueNotCaptured") || members.values().any(is_secret)
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// An object that is being written.
struct Written<'a> {
    object: &'a Object,
    neighbours: &'a Neighbours,
    place: &'a Place,
    payload: Map<String, Value>,
}

impl Written<'_> {
    fn files(mut self, taken: &mut Taken) -> Vec<File> {
        let stem = self.free_stem(taken);
        let mut files = self.bodies(&stem, taken);
        self.name_everything();
        self.refine();
        files.push(File {
            path: self.path(&stem),
            bytes: pretty(&Value::Object(self.payload)),
        });
        taken.extend(files.iter().map(|file| file.path.to_lowercase()));
        files
    }

    fn path(&self, stem: &str) -> String {
        format!("{}/{stem}.json", self.place.folder)
    }

    /// A stem that no other object has. Elements with one name and no identifier get numbers.
    fn free_stem(&self, taken: &Taken) -> String {
        let stem = self.stem();
        let is_taken = |stem: &str| taken.contains(&self.path(stem).to_lowercase());
        let (mut free, mut number) = (stem.clone(), 1_usize);
        while is_taken(&free) {
            number += 1;
            free = format!("{stem}-{number}");
        }
        free
    }

    /// Name and type, as the package puts them together, and the identifier, by which it finds the
    /// object again.
    fn stem(&self) -> String {
        let name = match self.place.is_whole() {
            true => self.object.item.name.as_str(),
            false => self.text("displayName").unwrap_or_default(),
        };
        let id = self.text("id").unwrap_or(&self.object.item.graph_id);
        let odata_type = self.text("@odata.type");
        let sort = odata_type.and_then(|it| it.split('.').nth(2));
        let technologies = self.text("technologies");
        let sort = sort.or_else(|| technologies.and_then(|it| it.rsplit(',').next()));
        match sort {
            Some(sort) => names::stem(&format!("{name}_{sort}"), id),
            None => names::stem(name, id),
        }
    }

    fn text(&self, member: &str) -> Option<&str> {
        self.payload.get(member).and_then(Value::as_str)
    }
}

/// What objects of some kinds are called, by kind and identifier.
type Names = HashMap<(crate::domain::kind::PolicyKind, String), String>;
