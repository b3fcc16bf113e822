//! How an object differs between two captures, place by place.
//!
//! Members that move by themselves are no difference, nor is the order of lists that have none.
//! Elements of lists are told apart by what identifies them, such as the definition of a setting
//! or the target of an assignment, and not by where they stand.

mod identity;
mod label;
mod lists;
mod places;
mod walk;

use std::{cmp::Ordering, str::FromStr};

use serde_json::Value;

pub use identity::{Filter, Key, Target};
pub use label::{Names, label};

use self::{places::Place, walk::Walk};
use super::{
    backup::PartHashes,
    capture::{MASK, Parts, SEALED, masked},
    capture_rules::CaptureRules,
    paths,
    words::words,
};

words! {
    /// How something differs between two captures or sets.
    DiffKind {
        /// Only in the later one.
        Added "ADDED"
        /// In both, and not the same.
        Changed "CHANGED"
        /// Only in the earlier one.
        Removed "REMOVED"
    }

    /// A part of a capture.
    Part {
        /// The assignments.
        Assignments "ASSIGNMENTS"
        /// The object itself.
        Payload "PAYLOAD"
        /// The scope tags.
        ScopeTags "SCOPE_TAGS"
    }
}

/// The most changes that are told of one object.
pub const MOST_CHANGES: usize = 1_000;

/// One step from a document to a place in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// To a member of an object.
    Member(String),
    /// To an element of an array. Where it stands in either document, one of which it is in.
    Element {
        /// Its place in the earlier document.
        before: Option<usize>,
        /// Its place in the later document.
        after: Option<usize>,
        /// What identifies it; none when its place does.
        key: Option<Key>,
    },
}

impl Step {
    fn in_order(&self, other: &Self, kind: DiffKind, of_other: DiffKind) -> Ordering {
        match (self, other) {
            (Self::Member(one), Self::Member(other)) => one.cmp(other),
            (Self::Element { .. }, Self::Element { .. }) => {
                self.index(kind).cmp(&other.index(of_other))
            }
            (Self::Element { .. }, Self::Member(_)) => Ordering::Less,
            (Self::Member(_), Self::Element { .. }) => Ordering::Greater,
        }
    }

    /// The place of an element in the document that a change points into.
    fn index(&self, kind: DiffKind) -> Option<usize> {
        match self {
            Self::Member(_) => None,
            Self::Element { before, after, .. } => match kind {
                DiffKind::Removed => *before,
                DiffKind::Added | DiffKind::Changed => *after,
            },
        }
    }
}

/// One difference.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// The part that it is in.
    pub part: Part,
    /// Where in the part.
    pub path: Vec<Step>,
    /// How it differs.
    pub kind: DiffKind,
    /// What was there; none when nothing was.
    pub before: Option<Value>,
    /// What is there now; none when nothing is.
    pub after: Option<Value>,
}

impl Change {
    /// Where it is as a JSON Pointer (RFC 6901): into the later part, or into the earlier one when
    /// it was removed.
    pub fn pointer(&self) -> String {
        let mut pointer = String::new();
        for step in &self.path {
            match step {
                Step::Member(name) => paths::push(&mut pointer, name),
                Step::Element { .. } => {
                    let index = step.index(self.kind).map(|index| index.to_string());
                    paths::push(&mut pointer, &index.unwrap_or_default());
                }
            }
        }
        pointer
    }

    /// Whether it is no difference of documents, but of the rules by which they were compared when
    /// they were captured.
    pub fn is_of_rules(&self) -> bool {
        self.kind == DiffKind::Changed && self.before.is_none() && self.after.is_none()
    }

    /// What identifies the elements on the way to it, the outermost first.
    pub fn keys(&self) -> impl Iterator<Item = &Key> {
        self.path.iter().filter_map(|step| match step {
            Step::Member(_) => None,
            Step::Element { key, .. } => key.as_ref(),
        })
    }

    fn in_order(&self, other: &Self) -> Ordering {
        let steps = self.path.iter().zip(&other.path);
        let steps = steps.map(|(one, next)| one.in_order(next, self.kind, other.kind));
        let by_path = steps.fold(Ordering::Equal, Ordering::then);
        let by_part = self.part.cmp(&other.part).then(by_path);
        let by_length = by_part.then(self.path.len().cmp(&other.path.len()));
        by_length.then(self.kind.cmp(&other.kind).reverse())
    }
}

/// The differences of two captures.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Changes {
    /// Each of them, ordered by part and path; at most [`MOST_CHANGES`].
    pub list: Vec<Change>,
    /// Whether there are more.
    pub is_truncated: bool,
}

/// What an administrator changed between two captures: nothing, when their states are the same.
pub fn decisions(before: &Parts, after: &Parts, rules: &CaptureRules) -> Changes {
    let strip = |part: &Value| {
        let mut part = part.clone();
        for path in rules.volatile {
            paths::each_member(&mut part, path, &mut |place| {
                place.parent.remove(place.name);
            });
        }
        part
    };
    let place = Place::of_payload(rules);
    let parts = [before, after].map(|parts| Parts {
        payload: strip(&masked(parts)),
        assignments: parts.assignments.as_ref().map(|list| inner(list, rules)),
        ..parts.clone()
    });
    compared(&parts, [place.assignments(), place, Place::unordered()])
}

/// What differs between two captures whose states are not the same: what an administrator changed;
/// where that finds nothing, because they were captured under other rules, whatever differs at all;
/// and where not even that finds anything, one change of everything without values.
pub fn changes(before: &Parts, after: &Parts, rules: &CaptureRules) -> Changes {
    let decided = decisions(before, after, rules);
    if !decided.list.is_empty() {
        return decided;
    }
    let parts = [before, after].map(|parts| Parts {
        payload: masked(parts),
        ..parts.clone()
    });
    let mut differing = compared(
        &parts,
        [Place::default(), Place::default(), Place::default()],
    );
    if differing.list.is_empty() {
        differing.list.push(whole(Part::Payload));
    }
    differing
}

/// The parts that are not the same in two items whose states differ, of which nothing more is known: each
/// a change of the whole part without values.
pub fn wholes([before, after]: &[PartHashes; 2]) -> Vec<Change> {
    let differs = |part: Part| match part {
        Part::Assignments => before.assignments != after.assignments,
        Part::Payload => (before.payload, before.sealed) != (after.payload, after.sealed),
        Part::ScopeTags => before.scope_tags != after.scope_tags,
    };
    let parts: Vec<Part> = Part::ALL
        .iter()
        .copied()
        .filter(|it| differs(*it))
        .collect();
    // Not even a part differs where only the rules do.
    let parts = if parts.is_empty() {
        vec![Part::Payload]
    } else {
        parts
    };
    parts.into_iter().map(whole).collect()
}

/// A change of a whole part without values.
fn whole(part: Part) -> Change {
    Change {
        part,
        path: Vec::new(),
        kind: DiffKind::Changed,
        before: None,
        after: None,
    }
}

impl Changes {
    /// Whether they are all of assignments, as far as they are known.
    pub fn are_of_assignments_only(&self) -> bool {
        let is_so = |change: &Change| change.part == Part::Assignments;
        !self.is_truncated && !self.list.is_empty() && self.list.iter().all(is_so)
    }
}

/// Whether two lists of assignments differ in what an administrator decides.
pub fn is_assigned_otherwise([before, after]: [Option<Value>; 2], rules: &CaptureRules) -> bool {
    let parts = |assignments| Parts {
        payload: Value::Null,
        assignments,
        scope_tags: None,
        sealed: None,
    };
    !decisions(&parts(before), &parts(after), rules)
        .list
        .is_empty()
}

/// The differences of captures, each of whose parts is found at a place of its own.
fn compared([before, after]: &[Parts; 2], places: [Place; 3]) -> Changes {
    let payloads = [Some(&before.payload), Some(&after.payload)];
    let pairs = [
        [before.assignments.as_ref(), after.assignments.as_ref()],
        payloads,
        [before.scope_tags.as_ref(), after.scope_tags.as_ref()],
    ];
    let mut walk = Walk::default();
    for ((part, place), [before, after]) in Part::ALL.iter().zip(places).zip(pairs) {
        walk.part(*part, before, after, &place);
    }
    let mut changes = walk.changes;
    let is_truncated = changes.len() > MOST_CHANGES;
    changes.truncate(MOST_CHANGES);
    for change in &mut changes {
        let values = [&mut change.before, &mut change.after];
        values.into_iter().flatten().for_each(unmask);
    }
    changes.sort_by(Change::in_order);
    Changes {
        list: changes,
        is_truncated,
    }
}

/// Assignments without what moves by itself in them.
fn inner(assignments: &Value, rules: &CaptureRules) -> Value {
    let mut whole = Value::Object(
        [("assignments".to_owned(), assignments.clone())]
            .into_iter()
            .collect(),
    );
    for path in rules.volatile {
        paths::each_member(&mut whole, path, &mut |place| {
            place.parent.remove(place.name);
        });
    }
    whole
        .get_mut("assignments")
        .map(Value::take)
        .unwrap_or_default()
}

/// Takes the digests out again: what is told of a difference has none in it.
fn unmask(value: &mut Value) {
    match value {
        Value::String(text) => {
            let rest = text.strip_prefix(SEALED);
            if rest.is_some_and(|rest| rest.starts_with(MASK)) {
                text.truncate(SEALED.len());
            }
        }
        Value::Array(elements) => elements.iter_mut().for_each(unmask),
        Value::Object(members) => members.values_mut().for_each(unmask),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
