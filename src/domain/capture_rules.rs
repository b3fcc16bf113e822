//! What the capture of a kind has to know about its objects.

use super::reference::ReferencePlace;

/// Rules for turning an object of one kind, read in full, into stored contents and hashes.
///
/// Paths are member names joined by dots; `name[]` stands for each element of the array `name`
/// (`settings[].id`). They start at the object itself.
#[derive(Clone, Copy, Debug)]
pub struct CaptureRules {
    /// Number of this entry's version, raised when its reading or its rules change.
    pub revision: u16,
    /// Top-level member whose value moves when the object is changed; none: the object is read anew each run.
    pub marker: Option<&'static str>,
    /// Members that move without an administrator's decision; left out of the state hash.
    pub volatile: &'static [&'static str],
    /// Arrays whose order means nothing; sorted in the state hash.
    pub unordered: &'static [Unordered],
    /// Text values that are secrets; taken out of the payload at capture.
    pub sealed: &'static [&'static str],
    /// Where the object itself, beside its assignments and scope tags, points to something.
    pub references: &'static [ReferencePlace],
}

impl CaptureRules {
    /// Whether a sealed value may stand within an array whose order means nothing.
    pub(super) fn seals_in_unordered(&self) -> bool {
        let is_within = |sealed: &str, list: &Unordered| {
            let below = sealed.strip_prefix(list.path);
            below.is_some_and(|below| below.starts_with("[]."))
        };
        let mut sealed = self.sealed.iter();
        sealed.any(|path| self.unordered.iter().any(|list| is_within(path, list)))
    }
}

/// An array whose order means nothing.
#[derive(Clone, Copy, Debug)]
pub struct Unordered {
    /// Path of the array.
    pub path: &'static str,
    /// Path within an element of what identifies it; the whole element when empty.
    pub key: &'static str,
}
