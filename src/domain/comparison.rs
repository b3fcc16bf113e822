//! How a set differs from others: which sets a kind can be compared with, and what has changed in it.
//!
//! What was not read is never removed: only a kind that both sets hold in full is compared.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::{
    backup::{BackupSet, PartHashes},
    canonical::Hash,
    ids::{BackupItemId, BackupSetId, PolicyId},
    kind::PolicyKind,
    run::Scope,
};

/// A search for the base of each kind of a new set: the newest earlier set of the schedule that holds
/// the kind in full, with the same options.
///
/// Kind by kind, so that a set which lacks some of them loses no change of the others, and tells of
/// none twice.
#[derive(Clone, Debug)]
pub struct BaseSearch {
    scope: Scope,
    found: BTreeMap<PolicyKind, BackupSetId>,
}

impl BaseSearch {
    /// For a set that holds this.
    pub fn of(scope: &Scope) -> Self {
        Self {
            scope: scope.clone(),
            found: BTreeMap::new(),
        }
    }

    /// Looks at an earlier set. They are shown the newest first.
    pub fn consider(&mut self, set: BackupSetId, held: &Scope) {
        if !has_same_options(&self.scope, held) {
            return;
        }
        let wanted = self.scope.kinds.iter();
        for kind in wanted.filter(|kind| held.kinds.contains(kind)) {
            self.found.entry(*kind).or_insert(set);
        }
    }

    /// Whether every kind has its base.
    pub fn is_over(&self) -> bool {
        self.found.len() == self.scope.kinds.len()
    }

    /// The base of each kind that has one.
    pub fn found(self) -> BTreeMap<PolicyKind, BackupSetId> {
        self.found
    }
}

fn has_same_options(one: &Scope, other: &Scope) -> bool {
    (one.assignments, one.scope_tags) == (other.assignments, other.scope_tags)
}

/// How the objects of a kind in a set differ from those in its base.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KindChanges {
    /// The kind.
    pub kind: PolicyKind,
    /// The set that it was compared with; none when there was none, and nothing is counted.
    pub base: Option<BackupSetId>,
    /// Objects that the base does not have.
    pub added: u32,
    /// Objects in both whose state is not the same.
    pub changed: u32,
    /// Objects that only the base has.
    pub removed: u32,
    /// Objects in both whose state is the same.
    pub unchanged: u32,
    /// Of those that are changed, how many are assigned otherwise.
    pub assignments_changed: u32,
}

impl KindChanges {
    /// A kind without a base.
    pub fn first(kind: PolicyKind) -> Self {
        Self {
            kind,
            base: None,
            added: 0,
            changed: 0,
            removed: 0,
            unchanged: 0,
            assignments_changed: 0,
        }
    }
}

/// Objects of two sets by how they differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Split {
    /// Only in the later one.
    pub added: Vec<PolicyId>,
    /// In both, and not the same.
    pub changed: Vec<PolicyId>,
    /// Only in the earlier one.
    pub removed: Vec<PolicyId>,
    /// In both, and the same.
    pub unchanged: usize,
}

impl Split {
    /// Compares what each object was with what it is.
    pub fn of<T>(
        before: &HashMap<PolicyId, T>,
        after: &HashMap<PolicyId, T>,
        is_same: impl Fn(&T, &T) -> bool,
    ) -> Self {
        let is_gone = |policy: &&PolicyId| !after.contains_key(policy);
        let mut split = Self {
            added: Vec::new(),
            changed: Vec::new(),
            removed: before.keys().filter(is_gone).copied().collect(),
            unchanged: 0,
        };
        for (policy, now) in after {
            match before.get(policy) {
                None => split.added.push(*policy),
                Some(then) if is_same(then, now) => split.unchanged += 1,
                Some(_) => split.changed.push(*policy),
            }
        }
        split
    }

    /// Without those that count as changed by their hashes and are the `same` when they are looked at, and
    /// without those of which that is `unknown`: these are counted nowhere.
    pub fn settled(mut self, same: &HashSet<PolicyId>, unknown: &HashSet<PolicyId>) -> Self {
        let is_changed = |policy: &PolicyId| !same.contains(policy) && !unknown.contains(policy);
        self.changed.retain(is_changed);
        self.unchanged += same.len();
        self
    }
}

/// What may be compared of two sets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ground {
    /// Kinds that both hold in full.
    pub kinds: Vec<PolicyKind>,
    /// Kinds that either was asked for, and that not both hold in full.
    pub left_out: Vec<PolicyKind>,
    /// Parts that are compared.
    pub parts: CommonParts,
}

/// Parts that two sets have in common, beside the payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CommonParts {
    /// Both were made with the same options: the states of their items can be compared.
    All,
    /// They were not; what one of them does not hold cannot be compared.
    Some {
        /// Whether both hold assignments.
        assignments: bool,
        /// Whether both hold scope tags.
        scope_tags: bool,
    },
}

impl Ground {
    /// Of two sets.
    pub fn of(before: &BackupSet, after: &BackupSet) -> Self {
        let holds = |set: &BackupSet, kind: &PolicyKind| set.scope.kinds.contains(kind);
        let asked = |set: &BackupSet, kind: &PolicyKind| {
            holds(set, kind) || set.missing_kinds.contains(kind)
        };
        let in_order = PolicyKind::ALL.iter().copied();
        let (kinds, others): (Vec<_>, Vec<_>) =
            in_order.partition(|kind| holds(before, kind) && holds(after, kind));
        let left_out = others.into_iter();
        let left_out = left_out.filter(|kind| asked(before, kind) || asked(after, kind));
        let (one, other) = (&before.scope, &after.scope);
        let parts = if has_same_options(one, other) {
            CommonParts::All
        } else {
            CommonParts::Some {
                assignments: one.assignments && other.assignments,
                scope_tags: one.scope_tags && other.scope_tags,
            }
        };
        Self {
            kinds,
            left_out: left_out.collect(),
            parts,
        }
    }
}

/// What counts of an item when two sets are compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sight {
    /// The item.
    pub item: BackupItemId,
    /// Its kind.
    pub kind: PolicyKind,
    /// Its name, folded.
    pub name: String,
    /// Its state.
    pub state: Hash,
    /// Its parts.
    pub parts: PartHashes,
}

impl CommonParts {
    /// Whether an object is the same in two sets. Of parts in common, what moves by itself counts
    /// too: no hash leaves it out.
    pub fn is_same(self, before: &Sight, after: &Sight) -> bool {
        let (one, other) = (&before.parts, &after.parts);
        match self {
            Self::All => before.state == after.state,
            Self::Some {
                assignments,
                scope_tags,
            } => {
                (one.payload, one.sealed) == (other.payload, other.sealed)
                    && (!assignments || one.assignments == other.assignments)
                    && (!scope_tags || one.scope_tags == other.scope_tags)
            }
        }
    }
}

/// Whether nothing differs but how an object is assigned, of two items whose states differ.
pub fn is_assigned_otherwise_only(before: &PartHashes, after: &PartHashes) -> bool {
    let content = |parts: &PartHashes| (parts.payload, parts.scope_tags, parts.sealed);
    content(before) == content(after) && before.assignments != after.assignments
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(kinds: &[PolicyKind], assignments: bool) -> Scope {
        Scope {
            kinds: kinds.to_vec(),
            assignments,
            scope_tags: true,
        }
    }

    #[test]
    fn each_kind_has_the_newest_set_that_holds_it_in_full() {
        use PolicyKind::{DeviceCategory, ScopeTag, TermsAndConditions};
        let [partial, otherwise, whole, oldest] = [(); 4].map(|()| BackupSetId::mint());
        let mut search = BaseSearch::of(&scope(
            &[ScopeTag, DeviceCategory, TermsAndConditions],
            true,
        ));
        search.consider(partial, &scope(&[ScopeTag], true));
        search.consider(otherwise, &scope(&[DeviceCategory], false));
        assert!(!search.is_over());
        search.consider(whole, &scope(&[ScopeTag, DeviceCategory], true));
        search.consider(oldest, &scope(&[ScopeTag, DeviceCategory], true));
        assert!(!search.is_over());
        let expected = BTreeMap::from([(ScopeTag, partial), (DeviceCategory, whole)]);
        assert_eq!(search.found(), expected);
    }

    #[test]
    fn objects_are_split_by_how_they_differ() {
        let [same, changed, gone, new] = [(); 4].map(|()| PolicyId::mint());
        let before = HashMap::from([(same, 1), (changed, 1), (gone, 1)]);
        let after = HashMap::from([(same, 1), (changed, 2), (new, 1)]);
        let expected = Split {
            added: vec![new],
            changed: vec![changed],
            removed: vec![gone],
            unchanged: 1,
        };
        let split = Split::of(&before, &after, i32::eq);
        assert_eq!(split, expected);

        let (these, none) = (HashSet::from([changed]), HashSet::new());
        let looked_at = split.clone().settled(&these, &none);
        assert_eq!((looked_at.changed, looked_at.unchanged), (vec![], 2));
        let not_looked_at = split.settled(&none, &these);
        assert_eq!(
            (not_looked_at.changed, not_looked_at.unchanged),
            (vec![], 1)
        );
    }
}
