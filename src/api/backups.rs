//! Backup sets, as clients see them.

use std::sync::Arc;

use async_graphql::{Context, ID, Object};

use super::{
    access::TenantScope,
    actors::Actor,
    call::Call,
    differences::BackupSetChanges,
    error::Result,
    ids,
    item_lists::{BackupItemConnection, BackupItemFilter, BackupItemOrder, items_page},
    kinds::PolicyType,
    loaders::{DifferencesOf, SetBefore, TheRun, TheSchedule},
    pages::{PageArguments, points},
    runs::BackupScheduleRun,
    scalars::{BigInt, DateTime},
    schedules::BackupSchedule,
    tenants::Tenant,
    words::BackupSetDeletionReason,
};
use crate::{
    domain::backup::{self, Deletion},
    store::pages::items::ItemsOf,
};

#[derive(Clone)]
pub(super) struct BackupSet {
    pub(super) scope: TenantScope,
    pub(super) set: backup::BackupSet,
}

/// The policies stored by one run.
#[Object]
impl BackupSet {
    /// Opaque global ID.
    pub(super) async fn id(&self) -> ID {
        ids::show(self.set.id)
    }

    /// The tenant.
    async fn tenant(&self, ctx: &Context<'_>) -> Result<Tenant> {
        Tenant::within(Call::of(ctx), self.scope).await
    }

    /// The run that made it. Every SUCCEEDED run has exactly one set.
    async fn run(&self, ctx: &Context<'_>) -> Result<BackupScheduleRun> {
        let scope = self.scope;
        let question = TheRun(scope.tenant, self.set.run);
        let run = Call::of(ctx).must_load(question).await?;
        Ok(BackupScheduleRun { scope, run })
    }

    /// The schedule of the run, also when it was deleted since.
    async fn schedule(&self, ctx: &Context<'_>) -> Result<BackupSchedule> {
        let (scope, id) = (self.scope, self.set.schedule);
        let schedule = Call::of(ctx)
            .must_load(TheSchedule(scope.tenant, id))
            .await?;
        Ok(BackupSchedule { scope, schedule })
    }

    /// When it was completed. It never changes afterwards, apart from being deleted.
    async fn created_at(&self) -> DateTime {
        DateTime(self.set.created_at)
    }

    /// Whether all chosen kinds were backed up in full. False for PARTIAL runs. Incomplete sets do not count for the retention and are deleted with the next older complete set.
    async fn is_complete(&self) -> bool {
        self.set.is_complete
    }

    /// Kinds of policies that it holds in full, in the order of the enum.
    async fn policy_types(&self) -> Vec<PolicyType> {
        PolicyType::all(&self.set.scope.kinds)
    }

    /// Kinds that were asked for but failed, in the order of the enum.
    async fn missing_policy_types(&self) -> Vec<PolicyType> {
        PolicyType::all(&self.set.missing_kinds)
    }

    /// Whether assignments were asked for.
    async fn includes_assignments(&self) -> bool {
        self.set.scope.assignments
    }

    /// Whether scope tags were asked for.
    async fn includes_scope_tags(&self) -> bool {
        self.set.scope.scope_tags
    }

    /// Items in the set.
    async fn item_count(&self) -> i32 {
        i32::try_from(self.set.item_count).unwrap_or(i32::MAX)
    }

    /// Size of the payloads in bytes, before compression.
    async fn payload_bytes(&self) -> BigInt {
        self.set.payload_bytes.into()
    }

    /// SHA-256 over the sorted content hashes of its items, 64 lower-case hexadecimal digits. Two sets with the same value hold the same content.
    async fn content_hash(&self) -> String {
        self.set.content_hash.to_string()
    }

    /// When all its hashes were last checked; null when never.
    async fn verified_at(&self) -> Option<DateTime> {
        self.set.verified_at.map(DateTime)
    }

    /// Items found damaged or missing by the last check, or damaged since; at least 1 when the set is not what it was. 0 when none or never checked.
    async fn damaged_item_count(&self) -> i32 {
        i32::try_from(self.set.damaged_items).unwrap_or(i32::MAX)
    }

    /// The policies in it.
    #[graphql(complexity = "points(first, last, child_complexity)")]
    async fn items(
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
        #[graphql(desc = "Only items that match.")] filter: Option<BackupItemFilter>,
        #[graphql(
            desc = "Order of the items.",
            default_with = "Some(BackupItemOrder::default())"
        )]
        order_by: Option<BackupItemOrder>,
    ) -> Result<BackupItemConnection> {
        let page = PageArguments {
            first,
            after,
            last,
            before,
        };
        let filter = filter.unwrap_or_default().read()?;
        let order = order_by.unwrap_or_default().into();
        let of = ItemsOf::Set(self.set.id);
        items_page(Call::of(ctx), self.scope, of, (filter, order), &page).await
    }

    /// The set of the same schedule before it, deleted ones left out; null for the first.
    async fn previous(&self, ctx: &Context<'_>) -> Result<Option<Self>> {
        let scope = self.scope;
        let set = Call::of(ctx)
            .load(SetBefore(scope.tenant, self.set.id))
            .await?;
        Ok(set.map(|set| Self { scope, set }))
    }

    /// How it differs from the sets of the same schedule before it; null when it was made by a version that did not find out.
    async fn changes(&self, ctx: &Context<'_>) -> Result<Option<BackupSetChanges>> {
        let question = DifferencesOf(self.scope.tenant, self.set.id);
        let kinds = match Call::of(ctx).load(question).await? {
            // Nothing in it could be compared.
            None if self.set.scope.kinds.is_empty() => Some(Arc::default()),
            kinds => kinds,
        };
        Ok(kinds.map(|kinds| BackupSetChanges {
            scope: self.scope,
            missing: self.set.missing_kinds.clone(),
            kinds,
        }))
    }

    /// When it was deleted; null while it exists.
    async fn deleted_at(&self) -> Option<DateTime> {
        self.set
            .deletion
            .as_ref()
            .map(|deletion| DateTime(deletion.at))
    }

    /// Why it was deleted; null while it exists.
    async fn deletion_reason(&self) -> Option<BackupSetDeletionReason> {
        self.set
            .deletion
            .as_ref()
            .map(|deletion| deletion.reason.into())
    }

    /// Who deleted it; null while it exists.
    async fn deleted_by(&self, ctx: &Context<'_>) -> Result<Option<Actor>> {
        let Some(deletion) = &self.set.deletion else {
            return Ok(None);
        };
        let actor = Actor::of(Call::of(ctx), self.scope, &deletion.by);
        actor.await.map(Some)
    }

    /// When a deleted set will be purged for good, 30 days after it was deleted; until then it can be undeleted. Null while it exists.
    async fn purge_at(&self) -> Option<DateTime> {
        self.set
            .deletion
            .as_ref()
            .map(Deletion::purge_at)
            .map(DateTime)
    }
}
