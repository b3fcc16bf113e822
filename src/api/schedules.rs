//! Schedules, as clients see them.

use async_graphql::{Context, ID, Object, SimpleObject};

use super::{
    access::TenantScope,
    actors::Actor,
    backup_lists::{BackupSetConnection, BackupSetFilter, BackupSetOrder, sets_page},
    call::Call,
    error::Result,
    ids,
    kinds::PolicyType,
    loaders::{ActiveRunOf, TheRun},
    pages::{PageArguments, points},
    recurrences::BackupScheduleRecurrence,
    run_lists::{
        BackupScheduleRunConnection, BackupScheduleRunFilter, BackupScheduleRunOrder, runs_page,
    },
    runs::BackupScheduleRun,
    scalars::DateTime,
    tenants::Tenant,
    words::BackupRunStatus,
};
use crate::domain::schedule::{Firing, Schedule, WrittenRecurrence};

/// How many backup sets of a schedule are kept.
#[derive(SimpleObject)]
pub(super) struct BackupRetention {
    /// Number of complete backup sets kept, newest first; older ones are deleted when a run has succeeded. 1 to 365.
    keep_last: i32,
}

#[derive(Clone)]
pub(super) struct BackupSchedule {
    pub(super) scope: TenantScope,
    pub(super) schedule: Schedule,
}

/// A plan for backing up chosen kinds of policies of one tenant.
#[Object]
impl BackupSchedule {
    /// Opaque global ID.
    pub(super) async fn id(&self) -> ID {
        ids::show(self.schedule.id)
    }

    /// The tenant.
    async fn tenant(&self, ctx: &Context<'_>) -> Result<Tenant> {
        Tenant::within(Call::of(ctx), self.scope).await
    }

    /// Name, 1 to 120 characters, unique in the tenant without regard to case.
    async fn name(&self) -> &str {
        self.schedule.name.as_str()
    }

    /// Whether the schedule fires. Manual runs work either way.
    async fn enabled(&self) -> bool {
        matches!(self.schedule.firing, Firing::Enabled(_))
    }

    /// When it fires.
    async fn recurrence(&self) -> Result<BackupScheduleRecurrence> {
        match &self.schedule.recurrence {
            Ok(recurrence) => BackupScheduleRecurrence::of(&WrittenRecurrence::from(recurrence)),
            Err(broken) => BackupScheduleRecurrence::of(&broken.written),
        }
    }

    /// Kinds of policies it backs up, at least one, in the order of the enum.
    async fn policy_types(&self) -> Vec<PolicyType> {
        PolicyType::all(&self.schedule.scope.kinds)
    }

    /// Whether assignments are backed up with the policies.
    async fn include_assignments(&self) -> bool {
        self.schedule.scope.assignments
    }

    /// Whether scope tags are backed up with the policies.
    async fn include_scope_tags(&self) -> bool {
        self.schedule.scope.scope_tags
    }

    /// How many backup sets are kept.
    async fn retention(&self) -> BackupRetention {
        BackupRetention {
            keep_last: self.schedule.keep_last.sets().into(),
        }
    }

    /// When the last run started, whatever its trigger; null before the first run.
    async fn last_run_at(&self) -> Option<DateTime> {
        self.schedule.last_run.map(|run| DateTime(run.at))
    }

    /// Status of the last run; null before the first run.
    async fn last_run_status(&self) -> Option<BackupRunStatus> {
        self.schedule.last_run.map(|run| run.status.into())
    }

    /// The last run; null before the first run.
    async fn last_run(&self, ctx: &Context<'_>) -> Result<Option<BackupScheduleRun>> {
        let scope = self.scope;
        let Some(last) = self.schedule.last_run else {
            return Ok(None);
        };
        let run = Call::of(ctx).load(TheRun(scope.tenant, last.id)).await?;
        Ok(run.map(|run| BackupScheduleRun { scope, run }))
    }

    /// When it fires next; null while disabled.
    async fn next_run_at(&self) -> Option<DateTime> {
        match &self.schedule.firing {
            Firing::Enabled(pointer) => Some(DateTime(pointer.slot.at)),
            Firing::Disabled { .. } => None,
        }
    }

    /// Since when it has lacked a complete set for twice its interval; null when it has not.
    async fn became_stale_at(&self, ctx: &Context<'_>) -> Option<DateTime> {
        let now = Call::of(ctx).clock.now();
        self.schedule.became_stale_at(now).map(DateTime)
    }

    /// Why the service itself disabled it (its time zone no longer exists, say); null otherwise.
    async fn disabled_reason(&self) -> Option<&str> {
        match &self.schedule.firing {
            Firing::Disabled { reason } => reason.as_deref(),
            Firing::Enabled(_) => None,
        }
    }

    /// Its run that is queued or running; null when there is none. There is never more than one.
    async fn active_run(&self, ctx: &Context<'_>) -> Result<Option<BackupScheduleRun>> {
        let scope = self.scope;
        let question = ActiveRunOf(scope.tenant, self.schedule.id);
        let run = Call::of(ctx).load(question).await?;
        Ok(run.map(|run| BackupScheduleRun { scope, run }))
    }

    /// Its runs.
    #[graphql(complexity = "points(first, last, child_complexity)")]
    async fn runs(
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
        #[graphql(desc = "Only runs that match.")] filter: Option<BackupScheduleRunFilter>,
        #[graphql(
            desc = "Order of the runs.",
            default_with = "Some(BackupScheduleRunOrder::default())"
        )]
        order_by: Option<BackupScheduleRunOrder>,
    ) -> Result<BackupScheduleRunConnection> {
        let page = PageArguments {
            first,
            after,
            last,
            before,
        };
        let filter = filter
            .unwrap_or_default()
            .read()?
            .of_schedule(self.schedule.id);
        runs_page(
            Call::of(ctx),
            self.scope,
            filter,
            order_by.unwrap_or_default(),
            &page,
        )
        .await
    }

    /// Its backup sets. Deleted sets are left out unless the filter asks for them.
    #[graphql(complexity = "points(first, last, child_complexity)")]
    async fn backup_sets(
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
        #[graphql(desc = "Only backup sets that match.")] filter: Option<BackupSetFilter>,
        #[graphql(
            desc = "Order of the backup sets.",
            default_with = "Some(BackupSetOrder::default())"
        )]
        order_by: Option<BackupSetOrder>,
    ) -> Result<BackupSetConnection> {
        let page = PageArguments {
            first,
            after,
            last,
            before,
        };
        let filter = filter
            .unwrap_or_default()
            .read()?
            .of_schedule(self.schedule.id);
        sets_page(
            Call::of(ctx),
            self.scope,
            filter,
            order_by.unwrap_or_default(),
            &page,
        )
        .await
    }

    /// Number of the current version, from 1, one higher after each change by a user. Send it as `expectedRevision` to avoid overwriting someone else's change.
    async fn revision(&self) -> i32 {
        self.schedule.revision
    }

    /// When the schedule was created.
    async fn created_at(&self) -> DateTime {
        DateTime(self.schedule.created_at)
    }

    /// When its settings last changed. Runs do not count.
    async fn updated_at(&self) -> DateTime {
        DateTime(self.schedule.updated_at)
    }

    /// Who created it.
    async fn created_by(&self, ctx: &Context<'_>) -> Result<Actor> {
        Actor::of(Call::of(ctx), self.scope, &self.schedule.created_by).await
    }

    /// When it was deleted; null while it exists. Deleted schedules can still be reached from their runs.
    async fn deleted_at(&self) -> Option<DateTime> {
        self.schedule.deleted_at.map(DateTime)
    }
}
