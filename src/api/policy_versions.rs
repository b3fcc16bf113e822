//! What a policy has been, version by version, as clients see it.

use std::sync::Arc;

use async_graphql::{Context, Object};

use super::{
    access::TenantScope,
    backups::BackupSet,
    call::Call,
    captured::{Captured, told},
    cursors::Fingerprint,
    error::Result,
    items::BackupItem,
    loaders::{TheItem, TheSet, VersionsOf},
    pages::{List, PageArguments, connection, edge},
    references::PolicyChangeAttribution,
};
use crate::{
    domain::{
        backup::PartHashes,
        comparison::is_assigned_otherwise_only,
        ids::{BackupSetId, PolicyId},
        version::{Sighting, Version},
    },
    store::pages::{Direction, Place, Sort, items::StoredItem, slices::slice},
};

#[derive(Clone)]
pub(super) struct PolicyVersion {
    scope: TenantScope,
    version: Version,
}

impl PolicyVersion {
    async fn first_item(&self, ctx: &Context<'_>) -> Result<StoredItem> {
        let question = TheItem(self.scope.tenant, self.version.first.item);
        Call::of(ctx).must_load(question).await
    }

    async fn set(&self, ctx: &Context<'_>, id: BackupSetId) -> Result<BackupSet> {
        let scope = self.scope;
        let set = Call::of(ctx).must_load(TheSet(scope.tenant, id)).await?;
        Ok(BackupSet { scope, set })
    }
}

/// What a policy was for a while: consecutive backup sets, deleted ones left out, whose items of it have the same `stateHash`. Sets with other options hold other parts of the policy and make versions of their own.
#[Object]
impl PolicyVersion {
    /// The hash that its items have in common.
    async fn state_hash(&self) -> String {
        self.version.first.state.to_string()
    }

    /// The policy as the first of the sets holds it.
    async fn item(&self, ctx: &Context<'_>) -> Result<BackupItem> {
        let scope = self.scope;
        let stored = self.first_item(ctx).await?;
        Ok(BackupItem { scope, stored })
    }

    /// The first set that holds it.
    async fn first_backup_set(&self, ctx: &Context<'_>) -> Result<BackupSet> {
        self.set(ctx, self.version.first.set).await
    }

    /// The last set that holds it.
    async fn last_backup_set(&self, ctx: &Context<'_>) -> Result<BackupSet> {
        self.set(ctx, self.version.last_set).await
    }

    /// How many sets hold it.
    async fn backup_set_count(&self) -> i32 {
        i32::try_from(self.version.sets).unwrap_or(i32::MAX)
    }

    /// Who made it, when the audit events could be read; null when unknown.
    async fn last_change(&self, ctx: &Context<'_>) -> Result<Option<PolicyChangeAttribution>> {
        let stored = self.first_item(ctx).await?;
        Ok(stored.item.last_change.map(PolicyChangeAttribution))
    }

    /// Whether an administrator changed nothing but the assignments since the version before it. False for the oldest, and when it cannot be told because a stored content is damaged or there is too much to compare for one answer. Costs 20 points per version.
    #[graphql(complexity = "20")]
    async fn changes_assignments_only(&self, ctx: &Context<'_>) -> Result<bool> {
        let Some(before) = self.version.before else {
            return Ok(false);
        };
        let (call, tenant) = (Call::of(ctx), self.scope.tenant);
        let question = TheItem(tenant, before);
        let items = futures_util::join!(call.load(question), self.first_item(ctx));
        let (Some(before), after) = (items.0?, items.1?.item) else {
            return Ok(false);
        };
        let (was, is) = (&before.item.parts, &after.parts);
        if was.assignments == is.assignments {
            return Ok(false);
        }
        if is_assigned_otherwise_only(was, is) {
            return Ok(true);
        }
        // Members that move by themselves move with the assignments, too.
        let captured = Captured::of([&before.item, &after], |parts| PartHashes {
            references: None,
            ..*parts
        });
        let told = told(call, tenant, captured).await?;
        Ok(told.is_ok_and(|told| told.changes.are_of_assignments_only()))
    }
}

connection! {
    PolicyVersionConnection "PolicyVersionConnection" of PolicyVersionEdge with PolicyVersion:
    "A page of versions.", edges "The versions with their cursors.", nodes "The versions without their cursors."
}

edge! {
    PolicyVersionEdge "PolicyVersionEdge" with PolicyVersion:
    "A version in a page.", node "The version."
}

fn place(first: &Sighting) -> Place {
    Place {
        sort: Sort::At(first.at),
        id: first.set.to_string(),
    }
}

/// A page of the versions of a policy, newest first.
pub(super) async fn versions_page(
    call: &Call,
    scope: TenantScope,
    policy: PolicyId,
    page: &PageArguments,
) -> Result<PolicyVersionConnection> {
    let versions = call.must_load(VersionsOf(scope.tenant, policy)).await?;
    let counted: Arc<Vec<Version>> = versions.clone();
    let list = List {
        fingerprint: Fingerprint::of(("versions", scope.tenant, policy)),
        load: move |_: &mut _, window: &_| {
            let newest_first = versions.iter().rev();
            let rows = newest_first.map(|version| (place(&version.first), version.clone()));
            Ok(slice(rows, Direction::Descending, window)?)
        },
        count: move |_: &mut _| Ok(i64::try_from(counted.len()).unwrap_or(i64::MAX)),
    };
    let view = |version| PolicyVersion { scope, version };
    Ok(PolicyVersionConnection(list.page(call, page, view).await?))
}
