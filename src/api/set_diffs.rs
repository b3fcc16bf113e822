//! The difference of two backup sets, as clients see it.

use std::sync::Arc;

use async_graphql::{Context, ID, Object};

use super::{
    access::TenantScope,
    backups::BackupSet,
    call::Call,
    error::{Refusal, Result},
    ids,
    kinds::PolicyType,
    loaders::TheSet,
    pages::{PageArguments, points},
    set_diff_lists::{BackupSetDiffEntryConnection, BackupSetDiffFilter, Of, entries_page},
};
use crate::{
    domain::{
        backup, comparison::Ground, diff::DiffKind, ids::BackupSetId, set_difference::SetDifference,
    },
    store::{StoreError, sights},
};

/// Points of a difference itself: both sets are gone through once.
pub(super) const DIFF_POINTS: usize = 1_000;

pub(super) struct BackupSetDiff {
    scope: TenantScope,
    base: backup::BackupSet,
    target: backup::BackupSet,
    difference: Arc<SetDifference>,
}

impl BackupSetDiff {
    /// The difference of two sets of one tenant of the caller.
    pub(super) async fn find(call: &Call, base: &ID, target: &ID) -> Result<Self> {
        let (base, target): (BackupSetId, BackupSetId) = (ids::read(base)?, ids::read(target)?);
        let reached = futures_util::join!(call.reach(base, TheSet), call.reach(target, TheSet));
        let ((scope, base), (other, target)) = (reached.0?, reached.1?);
        if scope.tenant != other.tenant {
            let message = "`baseId` and `targetId` name sets of different tenants";
            return Err(Refusal::bad_input(message));
        }
        let ground = Ground::of(&base, &target);
        let (tenant, before, after) = (scope.tenant, base.id, target.id);
        let difference = call.store.read(move |db| {
            let before = sights::of_set(db, tenant, before, &ground.kinds)?;
            let after = sights::of_set(db, tenant, after, &ground.kinds)?;
            Ok::<_, StoreError>(SetDifference::of(ground, &before, &after))
        });
        Ok(Self {
            difference: Arc::new(difference.await?),
            scope,
            base,
            target,
        })
    }

    fn count(&self, kind: DiffKind) -> i32 {
        shown(self.difference.count(kind))
    }
}

fn shown(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

/// Differences between two backup sets of a tenant. When the two were made with different options, only the parts that both hold are compared, as they are stored: members that move by themselves then count as well.
#[Object]
impl BackupSetDiff {
    /// The set compared from.
    async fn base(&self) -> BackupSet {
        BackupSet {
            scope: self.scope,
            set: self.base.clone(),
        }
    }

    /// The set compared to.
    async fn target(&self) -> BackupSet {
        BackupSet {
            scope: self.scope,
            set: self.target.clone(),
        }
    }

    /// Policies only in `target`.
    async fn added_count(&self) -> i32 {
        self.count(DiffKind::Added)
    }

    /// Policies only in `base`.
    async fn removed_count(&self) -> i32 {
        self.count(DiffKind::Removed)
    }

    /// Policies in both, with different content.
    async fn changed_count(&self) -> i32 {
        self.count(DiffKind::Changed)
    }

    /// Policies in both, with the same content.
    async fn unchanged_count(&self) -> i32 {
        shown(self.difference.unchanged)
    }

    /// Kinds that one of the two sets does not hold in full; they are left out of the comparison.
    async fn not_compared_policy_types(&self) -> Vec<PolicyType> {
        PolicyType::all(&self.difference.ground.left_out)
    }

    /// The policies that differ, ordered by kind, then name. Unchanged ones are not listed.
    #[graphql(complexity = "points(first, last, child_complexity)")]
    async fn entries(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "How many from the start: 0 to 100, 25 when neither `first` nor `last` is given. Not together with `last`."
        )]
        first: Option<i32>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end: 0 to 100. Not together with `first`.")]
        last: Option<i32>,
        #[graphql(desc = "Only what precedes this cursor.")] before: Option<String>,
        #[graphql(desc = "Only entries that match.")] filter: Option<BackupSetDiffFilter>,
    ) -> Result<BackupSetDiffEntryConnection> {
        let page = PageArguments {
            first,
            after,
            last,
            before,
        };
        let of = Of {
            scope: self.scope,
            sets: (self.base.id, self.target.id),
            made_at: (self.base.created_at, self.target.created_at),
            difference: self.difference.clone(),
        };
        let filter = filter.unwrap_or_default().read()?;
        entries_page(Call::of(ctx), of, filter, &page).await
    }
}
