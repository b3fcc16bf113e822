//! Which lists have no order, seen from a place in a document.

use crate::domain::{capture_rules::CaptureRules, paths};

const ASSIGNMENTS: &str = "assignments";

/// Paths that lead on from a place to lists without order, each with the key of its elements.
type Ahead = Vec<(&'static str, &'static str)>;

/// A place in a document, as far as the rules of capture tell of it; by default they tell nothing.
#[derive(Clone, Debug, Default)]
pub(super) struct Place {
    /// What leads on from it if it is an object.
    members: Ahead,
    /// What leads on from each of its elements if it is a list.
    elements: Ahead,
    /// The key of its elements if it is a list without order.
    pub(super) key: Option<&'static str>,
}

impl Place {
    /// A whole object of a kind.
    pub(super) fn of_payload(rules: &CaptureRules) -> Self {
        let lists = rules.unordered.iter();
        Self {
            members: lists.map(|list| (list.path, list.key)).collect(),
            ..Self::default()
        }
    }

    /// A list without order, and nothing is known of its elements.
    pub(super) fn unordered() -> Self {
        Self {
            key: Some(""),
            ..Self::default()
        }
    }

    /// The assignments of an object, whose order never counts.
    pub(super) fn assignments(&self) -> Self {
        Self {
            key: Some(""),
            ..self.member(ASSIGNMENTS)
        }
    }

    /// The place of a member.
    pub(super) fn member(&self, name: &str) -> Self {
        let mut place = Self::default();
        for (path, key) in &self.members {
            let (step, rest) = paths::split(path);
            match (step.strip_suffix("[]"), rest) {
                (Some(step), Some(rest)) if step == name => place.elements.push((rest, key)),
                (None, Some(rest)) if step == name => place.members.push((rest, key)),
                (None, None) if step == name => place.key = Some(key),
                (Some(_) | None, Some(_) | None) => {}
            }
        }
        place
    }

    /// The place of each element.
    pub(super) fn element(&self) -> Self {
        Self {
            members: self.elements.clone(),
            ..Self::default()
        }
    }
}
