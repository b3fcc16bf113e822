//! How backup sets differ from those before them, as clients see it.

use std::sync::Arc;

use async_graphql::{Context, Object};

use super::{
    access::TenantScope, backups::BackupSet, call::Call, error::Result, kinds::PolicyType,
    loaders::TheSet,
};
use crate::domain::{comparison::KindChanges, kind::PolicyKind};

pub(super) struct BackupSetChanges {
    pub(super) scope: TenantScope,
    /// Kinds that were asked for and are not in the set in full.
    pub(super) missing: Vec<PolicyKind>,
    pub(super) kinds: Arc<Vec<KindChanges>>,
}

impl BackupSetChanges {
    fn sum(&self, count: fn(&KindChanges) -> u32) -> i32 {
        let sum = self.kinds.iter().map(count).fold(0, u32::saturating_add);
        shown(sum)
    }
}

fn shown(count: u32) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

/// How a backup set differs from those of the same schedule before it, found out when it was made. Each kind of policies is compared with the newest earlier set that holds it in full, with the same options, so that a set which lacks some kinds hides no change of the others. After an update of the server that changes how a kind is read or compared, policies that differ for no other reason are unchanged; those that cannot be compared anew, because their contents are damaged or larger than 32 MiB together, are counted nowhere.
#[Object]
impl BackupSetChanges {
    /// Policies that are new.
    async fn added_count(&self) -> i32 {
        self.sum(|kind| kind.added)
    }

    /// Policies with another `stateHash`.
    async fn changed_count(&self) -> i32 {
        self.sum(|kind| kind.changed)
    }

    /// Policies that are no longer in Intune. A kind that could not be read is never removed.
    async fn removed_count(&self) -> i32 {
        self.sum(|kind| kind.removed)
    }

    /// Policies with the same `stateHash`.
    async fn unchanged_count(&self) -> i32 {
        self.sum(|kind| kind.unchanged)
    }

    /// Of the changed policies, those whose assignments changed, with or without other changes.
    async fn assignments_changed_count(&self) -> i32 {
        self.sum(|kind| kind.assignments_changed)
    }

    /// Kinds that were not compared: they were asked for but could not be read in full, or are not available any more though one of the ten sets before holds them, or no earlier set holds them in full with the same options.
    async fn not_compared_policy_types(&self) -> Vec<PolicyType> {
        let first = self.kinds.iter().filter(|kind| kind.base.is_none());
        let mut kinds: Vec<PolicyKind> = first.map(|kind| kind.kind).collect();
        kinds.extend(&self.missing);
        kinds.sort_unstable();
        PolicyType::all(&kinds)
    }

    /// The same counts for each kind that was compared, in the order of the enum. Costs as many points as there are kinds.
    #[graphql(complexity = "PolicyKind::ALL.len() * child_complexity + 1")]
    async fn by_policy_type(&self) -> Vec<PolicyTypeChanges> {
        let scope = self.scope;
        let compared = self.kinds.iter().filter(|kind| kind.base.is_some());
        compared
            .map(|changes| PolicyTypeChanges {
                scope,
                changes: *changes,
            })
            .collect()
    }
}

pub(super) struct PolicyTypeChanges {
    scope: TenantScope,
    changes: KindChanges,
}

/// How the policies of a kind in a backup set differ from those in the set that they were compared with.
#[Object]
impl PolicyTypeChanges {
    /// The kind.
    async fn policy_type(&self) -> PolicyType {
        self.changes.kind.into()
    }

    /// The set that the kind was compared with; null once it was purged.
    async fn base(&self, ctx: &Context<'_>) -> Result<Option<BackupSet>> {
        let Some(base) = self.changes.base else {
            return Ok(None);
        };
        let scope = self.scope;
        let set = Call::of(ctx).load(TheSet(scope.tenant, base)).await?;
        Ok(set.map(|set| BackupSet { scope, set }))
    }

    /// Policies that are new.
    async fn added_count(&self) -> i32 {
        shown(self.changes.added)
    }

    /// Policies with another `stateHash`.
    async fn changed_count(&self) -> i32 {
        shown(self.changes.changed)
    }

    /// Policies that are no longer in Intune.
    async fn removed_count(&self) -> i32 {
        shown(self.changes.removed)
    }

    /// Policies with the same `stateHash`.
    async fn unchanged_count(&self) -> i32 {
        shown(self.changes.unchanged)
    }

    /// Of the changed policies, those whose assignments changed, with or without other changes.
    async fn assignments_changed_count(&self) -> i32 {
        shown(self.changes.assignments_changed)
    }
}
