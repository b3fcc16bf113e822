//! Objects of the inventory, as clients see them.

use async_graphql::{Context, ID, Object};

use super::{
    access::TenantScope,
    call::Call,
    error::Result,
    ids,
    item_lists::{BackupItemConnection, items_page},
    items::BackupItem,
    kinds::PolicyType,
    loaders::TheItem,
    pages::{PageArguments, points},
    policy_versions::{PolicyVersionConnection, versions_page},
    scalars::DateTime,
    tenants::Tenant,
};
use crate::store::pages::{
    Order,
    items::{ItemFilter, ItemsOf},
    policies,
};

#[derive(Clone)]
pub(super) struct Policy {
    pub(super) scope: TenantScope,
    pub(super) policy: policies::Policy,
}

/// A policy found in Intune by the inventory sync. Metadata only; content is in the backup items.
#[Object]
impl Policy {
    /// Opaque global ID.
    pub(super) async fn id(&self) -> ID {
        ids::show(self.policy.id)
    }

    /// The tenant.
    async fn tenant(&self, ctx: &Context<'_>) -> Result<Tenant> {
        Tenant::within(Call::of(ctx), self.scope).await
    }

    /// ID that Microsoft Graph gives the policy.
    async fn graph_id(&self) -> &str {
        &self.policy.graph_id
    }

    /// Kind of the policy.
    async fn r#type(&self) -> PolicyType {
        self.policy.kind.into()
    }

    /// Name.
    async fn name(&self) -> &str {
        &self.policy.name
    }

    /// Description; null when it has none.
    async fn description(&self) -> Option<&str> {
        self.policy.description.as_deref()
    }

    /// When Microsoft Graph says it was created; null when it does not say.
    async fn graph_created_at(&self) -> Option<DateTime> {
        self.policy.created_at.map(DateTime)
    }

    /// When Microsoft Graph says it was last modified; null when it does not say.
    async fn graph_modified_at(&self) -> Option<DateTime> {
        self.policy.modified_at.map(DateTime)
    }

    /// When a sync last saw it.
    async fn last_seen_at(&self) -> DateTime {
        DateTime(self.policy.last_seen_at)
    }

    /// When a sync first missed it; null while it is in Intune.
    async fn missing_since(&self) -> Option<DateTime> {
        self.policy.missing_since.map(DateTime)
    }

    /// Its item in the newest backup set that has one; null when it was never backed up.
    async fn latest_backup_item(&self, ctx: &Context<'_>) -> Result<Option<BackupItem>> {
        let Some(id) = self.policy.latest_item else {
            return Ok(None);
        };
        let scope = self.scope;
        let stored = Call::of(ctx).load(TheItem(scope.tenant, id)).await?;
        Ok(stored.map(|stored| BackupItem { scope, stored }))
    }

    /// Its items, newest first, those of deleted sets left out.
    #[graphql(complexity = "points(first, last, child_complexity)")]
    async fn backup_items(
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
    ) -> Result<BackupItemConnection> {
        let page = PageArguments {
            first,
            after,
            last,
            before,
        };
        let newest = (ItemFilter::default(), Order::NEWEST);
        let of = ItemsOf::Policy(self.policy.id);
        items_page(Call::of(ctx), self.scope, of, newest, &page).await
    }

    /// Its distinct versions in the backup sets that are not deleted, newest first, each with the first and the last set that hold it. Worked out of its newest 5,000 items. Costs 20 points.
    #[graphql(complexity = "20 + points(first, last, child_complexity)")]
    async fn versions(
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
    ) -> Result<PolicyVersionConnection> {
        let page = PageArguments {
            first,
            after,
            last,
            before,
        };
        versions_page(Call::of(ctx), self.scope, self.policy.id, &page).await
    }
}
