//! How a new set differs from the schedule's sets before it.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};

use super::{
    read_kind::count,
    sides::{MOST_ANEW, Sides},
};
use crate::{
    domain::{
        attribution::Attribution,
        backup::{BackupItem, BackupSet},
        canonical::Hash,
        change_notice::ChangedPolicy,
        comparison::{BaseSearch, KindChanges, Split},
        ids::{BackupSetId, PolicyId, ScheduleId},
        kind::PolicyKind,
        run::Scope,
    },
    store::{Db, StoreError, set_changes, sights},
};

/// Sets that are read at once in search of bases; the newest is that of most kinds.
const SETS_AT_ONCE: i64 = 10;

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

/// Kinds that were asked for and are not available any more: one of the last sets holds them.
fn not_available_any_more(
    db: &mut Db,
    set: &BackupSet,
    asked: &[PolicyKind],
) -> Result<Vec<PolicyKind>, StoreError> {
    let is_told_of =
        |kind: &PolicyKind| set.scope.kinds.contains(kind) || set.missing_kinds.contains(kind);
    let mut absent = asked.to_vec();
    absent.retain(|kind| !is_told_of(kind));
    if !absent.is_empty() {
        let (schedule, at) = (set.schedule, set.created_at);
        let earlier = set_changes::earlier_sets(db, schedule, at, (0, SETS_AT_ONCE))?;
        absent.retain(|kind| earlier.iter().any(|(_, held)| held.kinds.contains(kind)));
    }
    Ok(absent)
}

/// Compares a set that is not stored yet, whose items are these, and for which so many kinds were asked.
pub(super) fn compare(
    db: &mut Db,
    (set, asked): (&BackupSet, &[PolicyKind]),
    items: &[BackupItem],
    removals: &HashMap<PolicyId, Attribution>,
) -> Result<Comparison, StoreError> {
    let bases = bases(db, set.schedule, &set.scope, set.created_at)?;
    let mut comparison = Comparison::default();
    let mut without_base = set.scope.kinds.clone();
    without_base.retain(|kind| !bases.contains_key(kind));
    without_base.extend(not_available_any_more(db, set, asked)?);
    let without_base = without_base.into_iter().map(KindChanges::first);
    comparison.kinds.extend(without_base);
    let mut left = MOST_ANEW;
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
                tenant: set.tenant,
                earlier: &earlier,
                now: &now,
            };
            let anew = side.anew(db, &split.changed, &mut left)?;
            let split = split.settled(&anew.same, &anew.unknown);
            let assigned = side.assigned_otherwise(db, &split.changed)?;
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
