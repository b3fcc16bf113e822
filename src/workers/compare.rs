//! How a new set differs from the schedule's sets before it.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::read_kind::count;
use crate::{
    domain::{
        attribution::Attribution,
        backup::{BackupItem, BackupSet},
        canonical::Hash,
        change_notice::{ChangedPolicy, How},
        comparison::{self, BaseSearch, KindChanges, Split},
        diff,
        ids::{BackupSetId, PolicyId, ScheduleId},
        kind::PolicyKind,
        run::Scope,
    },
    graph::catalog,
    store::{Db, StoreError, contents, set_changes, sights},
};

/// Sets that are read at once in search of bases; the newest is that of most kinds.
const SETS_AT_ONCE: i64 = 10;

/// Changed objects of a kind whose assignments are read to see whether they differ in more than their order;
/// of more than that, those of the others are taken by their hashes.
const MOST_ASSIGNMENTS: usize = 200;

/// How a set differs from those before it.
#[derive(Clone, Debug, Default)]
pub(super) struct Comparison {
    /// Kind by kind, also those without a base.
    pub(super) kinds: Vec<KindChanges>,
    /// The objects that differ.
    pub(super) policies: Vec<ChangedPolicy>,
}

/// The set with which each kind of a set is compared that was made at an instant.
pub(super) fn bases(
    db: &mut Db,
    schedule: ScheduleId,
    scope: &Scope,
    at: DateTime<Utc>,
) -> Result<BTreeMap<PolicyKind, BackupSetId>, StoreError> {
    let mut search = BaseSearch::of(scope);
    let mut seen = 0;
    while !search.is_over() {
        let earlier = set_changes::earlier_sets(db, schedule, at, (seen, SETS_AT_ONCE))?;
        if earlier.is_empty() {
            break;
        }
        for (set, held) in earlier {
            search.consider(set, &held);
            seen += 1;
        }
    }
    Ok(search.found())
}

/// The same the other way round: the kinds that are compared with each set.
pub(super) fn kinds_by_base(
    bases: &BTreeMap<PolicyKind, BackupSetId>,
) -> BTreeMap<BackupSetId, Vec<PolicyKind>> {
    let mut kinds: BTreeMap<BackupSetId, Vec<PolicyKind>> = BTreeMap::new();
    for (kind, base) in bases {
        kinds.entry(*base).or_default().push(*kind);
    }
    kinds
}

/// The last items of what is not there any more: of the kinds that have these bases, and that `items` hold
/// in full.
pub(super) fn removed(
    db: &mut Db,
    bases: &BTreeMap<PolicyKind, BackupSetId>,
    items: &[PolicyId],
) -> Result<Vec<BackupItem>, StoreError> {
    let mut removed = Vec::new();
    for (base, kinds) in kinds_by_base(bases) {
        let mut before = sights::states(db, base, &kinds)?;
        for policy in items {
            before.remove(policy);
        }
        let gone: Vec<PolicyId> = before.into_keys().collect();
        removed.extend(sights::items_of(db, base, &gone)?.into_values());
    }
    Ok(removed)
}

/// Compares a set that is not stored yet, whose items are these.
pub(super) fn compare(
    db: &mut Db,
    set: &BackupSet,
    items: &[BackupItem],
    removals: &HashMap<PolicyId, Attribution>,
) -> Result<Comparison, StoreError> {
    let bases = bases(db, set.schedule, &set.scope, set.created_at)?;
    let mut comparison = Comparison::default();
    let first = set
        .scope
        .kinds
        .iter()
        .filter(|kind| !bases.contains_key(kind));
    comparison
        .kinds
        .extend(first.map(|kind| KindChanges::first(*kind)));
    let now: HashMap<PolicyId, &BackupItem> =
        items.iter().map(|item| (item.policy, item)).collect();
    for (base, kinds) in kinds_by_base(&bases) {
        let before = sights::states(db, base, &kinds)?;
        for kind in kinds {
            let before = before.iter().filter(|(_, (of, _))| *of == kind);
            let before = before
                .map(|(policy, (_, state))| (*policy, *state))
                .collect();
            let after = items.iter().filter(|item| item.kind == kind);
            let after = after.map(|item| (item.policy, item.state_hash)).collect();
            let split = Split::of(&before, &after, Hash::eq);
            let differing: Vec<PolicyId> = [&split.changed[..], &split.removed].concat();
            let earlier = sights::items_of(db, base, &differing)?;
            let side = Sides {
                earlier: &earlier,
                now: &now,
            };
            let assigned = side.assigned_otherwise(db, set, &split.changed)?;
            comparison.kinds.push(KindChanges {
                kind,
                base: Some(base),
                added: count(split.added.len()),
                changed: count(split.changed.len()),
                removed: count(split.removed.len()),
                unchanged: count(split.unchanged),
                assignments_changed: count(assigned.len()),
            });
            let told = side.told(&split, &assigned, removals);
            comparison.policies.extend(told);
        }
    }
    Ok(comparison)
}

/// What objects were and are.
struct Sides<'a> {
    earlier: &'a HashMap<PolicyId, BackupItem>,
    now: &'a HashMap<PolicyId, &'a BackupItem>,
}

impl Sides<'_> {
    fn pair(&self, policy: PolicyId) -> Option<(&BackupItem, &BackupItem)> {
        Some((self.earlier.get(&policy)?, self.now.get(&policy)?))
    }

    /// Those of the changed objects whose assignments differ.
    fn assigned_otherwise(
        &self,
        db: &mut Db,
        set: &BackupSet,
        changed: &[PolicyId],
    ) -> Result<HashSet<PolicyId>, StoreError> {
        let is_else = |(before, after): &(&BackupItem, &BackupItem)| {
            before.parts.assignments != after.parts.assignments
        };
        let pairs = changed.iter().filter_map(|policy| self.pair(*policy));
        let (sure, doubtful): (Vec<_>, Vec<_>) =
            pairs.filter(is_else).partition(|(before, after)| {
                comparison::is_assigned_otherwise_only(&before.parts, &after.parts)
            });
        let (read, unread) = doubtful
            .split_at_checked(MOST_ASSIGNMENTS)
            .unwrap_or((&doubtful, &[]));
        let both = |(before, after): &(&BackupItem, &BackupItem)| {
            [before.parts.assignments, after.parts.assignments]
        };
        let hashes: Vec<Hash> = read.iter().flat_map(both).flatten().collect();
        let stored = contents::bytes_of(db, set.tenant, &hashes)?;
        let stored: HashMap<Hash, Vec<u8>> = stored.into_iter().collect();
        let document = |hash: Option<Hash>| -> Option<Value> {
            serde_json::from_slice(stored.get(&hash?)?).ok()
        };
        let differ = |(before, after): &&(&BackupItem, &BackupItem)| {
            let documents = [before, after].map(|item| document(item.parts.assignments));
            diff::is_assigned_otherwise(documents, &catalog::entry(after.kind).capture)
        };
        let differing = read.iter().filter(differ).chain(unread);
        Ok(sure
            .iter()
            .chain(differing)
            .map(|(_, after)| after.policy)
            .collect())
    }

    fn told(
        &self,
        split: &Split,
        assigned: &HashSet<PolicyId>,
        removals: &HashMap<PolicyId, Attribution>,
    ) -> Vec<ChangedPolicy> {
        let present = |policy: &PolicyId, how| {
            let item = self.now.get(policy)?;
            Some(ChangedPolicy {
                name: item.name.clone(),
                how,
                by: item.last_change.clone(),
            })
        };
        let added = split
            .added
            .iter()
            .filter_map(|policy| present(policy, How::Added));
        let changed = split.changed.iter().filter_map(|policy| {
            let is_assigned = assigned.contains(policy);
            present(
                policy,
                if is_assigned {
                    How::Assigned
                } else {
                    How::Changed
                },
            )
        });
        let removed = split.removed.iter().filter_map(|policy| {
            Some(ChangedPolicy {
                name: self.earlier.get(policy)?.name.clone(),
                how: How::Removed,
                by: removals.get(policy).cloned(),
            })
        });
        added.chain(changed).chain(removed).collect()
    }
}
