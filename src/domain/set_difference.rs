//! The difference of any two sets of a tenant: which policies differ, and how.

use std::collections::HashMap;

use super::{
    comparison::{Ground, Sight, Split},
    diff::DiffKind,
    ids::{BackupItemId, PolicyId},
    kind::PolicyKind,
};

/// Where a policy that differs is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// In the later set only.
    Added(BackupItemId),
    /// In both.
    Changed(BackupItemId, BackupItemId),
    /// In the earlier set only.
    Removed(BackupItemId),
}

impl Found {
    /// How the policy differs.
    pub fn kind(self) -> DiffKind {
        match self {
            Self::Added(_) => DiffKind::Added,
            Self::Changed(..) => DiffKind::Changed,
            Self::Removed(_) => DiffKind::Removed,
        }
    }

    /// The item that it is known by: the later one, if there is one.
    pub fn item(self) -> BackupItemId {
        match self {
            Self::Added(item) | Self::Changed(_, item) | Self::Removed(item) => item,
        }
    }

    /// Every item of it.
    pub fn items(self) -> impl Iterator<Item = BackupItemId> {
        let (one, other) = match self {
            Self::Added(item) | Self::Removed(item) => (item, None),
            Self::Changed(before, after) => (before, Some(after)),
        };
        std::iter::once(one).chain(other)
    }
}

/// A policy that differs between two sets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Differing {
    /// The policy.
    pub policy: PolicyId,
    /// Its kind.
    pub kind: PolicyKind,
    /// Its name, folded: the later one, if there is one.
    pub name: String,
    /// Where it is found.
    pub found: Found,
}

/// What differs between two sets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetDifference {
    /// What was compared.
    pub ground: Ground,
    /// The policies that differ, in the order of kinds and names.
    pub differing: Vec<Differing>,
    /// How many do not.
    pub unchanged: usize,
}

impl SetDifference {
    /// Compares what two sets hold of the kinds that both hold in full.
    pub fn of(
        ground: Ground,
        before: &HashMap<PolicyId, Sight>,
        after: &HashMap<PolicyId, Sight>,
    ) -> Self {
        let split = Split::of(before, after, |one, other| ground.parts.is_same(one, other));
        let differing = |policy: &PolicyId| {
            let (then, now) = (before.get(policy), after.get(policy));
            let found = match (then, now) {
                (Some(then), Some(now)) => Found::Changed(then.item, now.item),
                (None, Some(now)) => Found::Added(now.item),
                (then, None) => Found::Removed(then?.item),
            };
            let shown = now.or(then)?;
            Some(Differing {
                policy: *policy,
                kind: shown.kind,
                name: shown.name.clone(),
                found,
            })
        };
        let all = [split.added, split.changed, split.removed].concat();
        let mut differing: Vec<Differing> = all.iter().filter_map(differing).collect();
        let place = |it: &Differing| (it.kind, it.name.clone(), it.found.item().as_uuid());
        differing.sort_by_cached_key(place);
        Self {
            ground,
            differing,
            unchanged: split.unchanged,
        }
    }

    /// How many policies differ so.
    pub fn count(&self, kind: DiffKind) -> usize {
        let of_kind = self.differing.iter();
        of_kind.filter(|it| it.found.kind() == kind).count()
    }
}
