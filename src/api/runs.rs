//! Runs, as clients see them.

use async_graphql::{Context, ID, Object, SimpleObject};

use super::{
    access::TenantScope,
    actors::Actor,
    backups::BackupSet,
    call::Call,
    error::Result,
    ids,
    kinds::PolicyType,
    loaders::{KindsOf, RetryOf, SetOf, TheRun, TheSchedule},
    run_kinds::BackupRunPolicyTypeResult,
    scalars::{BigInt, DateTime, LocalDate},
    schedules::BackupSchedule,
    tenants::Tenant,
    words::{BackupRunErrorCode, BackupRunPhase, BackupRunStatus, BackupRunTrigger},
};
use crate::domain::{
    failure::Failure,
    run::{Outcome, Progress, Run, RunState, Summary, Trigger},
    slot::Slot,
};

/// A count as clients get it; beyond the range it stays at its end.
pub(super) fn count(number: impl TryInto<i32>) -> i32 {
    number.try_into().unwrap_or(i32::MAX)
}

#[derive(Clone)]
pub(super) struct BackupScheduleRun {
    pub(super) scope: TenantScope,
    pub(super) run: Run,
}

impl BackupScheduleRun {
    fn slot(&self) -> Option<Slot> {
        match self.run.trigger {
            Trigger::Scheduled(slot) => Some(slot),
            Trigger::Manual | Trigger::Retry(_) => None,
        }
    }

    fn outcome(&self) -> Option<&Outcome> {
        match &self.run.state {
            RunState::Ended { outcome, .. } => Some(outcome),
            RunState::Queued { .. } | RunState::Running { .. } => None,
        }
    }

    fn failure(&self) -> Option<&Failure> {
        self.outcome().and_then(Outcome::failure)
    }
}

/// One execution of a schedule.
#[Object]
impl BackupScheduleRun {
    /// Opaque global ID.
    pub(super) async fn id(&self) -> ID {
        ids::show(self.run.id)
    }

    /// The tenant.
    async fn tenant(&self, ctx: &Context<'_>) -> Result<Tenant> {
        Tenant::within(Call::of(ctx), self.scope).await
    }

    /// The schedule, also when it was deleted since.
    async fn schedule(&self, ctx: &Context<'_>) -> Result<BackupSchedule> {
        let (scope, id) = (self.scope, self.run.schedule);
        let schedule = Call::of(ctx)
            .must_load(TheSchedule(scope.tenant, id))
            .await?;
        Ok(BackupSchedule { scope, schedule })
    }

    /// What started it.
    async fn trigger(&self) -> BackupRunTrigger {
        self.run.trigger.kind().into()
    }

    /// Who started it; the service itself for SCHEDULED.
    async fn triggered_by(&self, ctx: &Context<'_>) -> Result<Actor> {
        Actor::of(Call::of(ctx), self.scope, &self.run.started_by).await
    }

    /// State.
    async fn status(&self) -> BackupRunStatus {
        self.run.state.status().into()
    }

    /// The slot it belongs to, on a full UTC minute. One run per schedule and slot. Null when the trigger is MANUAL or RETRY.
    async fn scheduled_for(&self) -> Option<DateTime> {
        self.slot().map(|slot| DateTime(slot.at))
    }

    /// 1 to 4: which attempt of this run it is. The service makes another attempt of the same run after a transient failure.
    async fn attempt(&self) -> i32 {
        self.run.attempt.into()
    }

    /// When the next attempt may begin; null unless one is waiting.
    async fn next_attempt_at(&self) -> Option<DateTime> {
        match self.run.state {
            RunState::Queued { not_before } => not_before.map(DateTime),
            RunState::Running { .. } | RunState::Ended { .. } => None,
        }
    }

    /// Nominal local date of the slot in the schedule's zone; null when `scheduledFor` is.
    async fn slot_date(&self) -> Option<LocalDate> {
        self.slot().map(|slot| LocalDate(slot.date))
    }

    /// For MISSED: how many slots in a row were missed, this one included; null otherwise.
    async fn missed_slot_count(&self) -> Option<i32> {
        match self.outcome() {
            Some(Outcome::Missed { count: slots, .. }) => Some(count(*slots)),
            _ => None,
        }
    }

    /// For MISSED: the last slot missed; null otherwise.
    async fn last_missed_at(&self) -> Option<DateTime> {
        match self.outcome() {
            Some(Outcome::Missed { last_at, .. }) => Some(DateTime(*last_at)),
            _ => None,
        }
    }

    /// The run that this one retries; null when the trigger is not RETRY.
    async fn retry_of(&self, ctx: &Context<'_>) -> Result<Option<Self>> {
        let scope = self.scope;
        let Trigger::Retry(of) = self.run.trigger else {
            return Ok(None);
        };
        let run = Call::of(ctx).load(TheRun(scope.tenant, of)).await?;
        Ok(run.map(|run| Self { scope, run }))
    }

    /// The run that retries this one; null when it was not retried.
    async fn retried_by(&self, ctx: &Context<'_>) -> Result<Option<Self>> {
        let scope = self.scope;
        let question = RetryOf(scope.tenant, self.run.id);
        let run = Call::of(ctx).load(question).await?;
        Ok(run.map(|run| Self { scope, run }))
    }

    /// Kinds of policies it backs up, as they were when it started.
    async fn policy_types(&self) -> Vec<PolicyType> {
        PolicyType::all(&self.run.scope.kinds)
    }

    /// How far it is. Stays at its last value when the run has ended.
    async fn progress(&self) -> BackupRunProgress {
        (&self.run.progress).into()
    }

    /// Counts; null until the run has ended, and for SKIPPED runs.
    async fn summary(&self) -> Option<BackupRunSummary> {
        self.run.summary.as_ref().map(Into::into)
    }

    /// Outcome per kind of policy, in the order of the enum; empty until listing has begun.
    async fn policy_type_results(
        &self,
        ctx: &Context<'_>,
    ) -> Result<Vec<BackupRunPolicyTypeResult>> {
        let question = KindsOf(self.scope.tenant, self.run.id);
        let results = Call::of(ctx).load(question).await?;
        let results = results.unwrap_or_default().into_iter();
        Ok(results
            .map(|result| BackupRunPolicyTypeResult::of(question, result))
            .collect())
    }

    /// Why it failed; null unless the status is FAILED or PARTIAL. For PARTIAL, the code of the first kind that failed.
    async fn error_code(&self) -> Option<BackupRunErrorCode> {
        self.failure().map(|failure| failure.code.into())
    }

    /// Why it failed, for people, in English, at most 2,000 characters, without secrets; null when `errorCode` is.
    async fn error_message(&self) -> Option<&str> {
        self.failure().map(|failure| failure.message.as_str())
    }

    /// When it was queued.
    async fn created_at(&self) -> DateTime {
        DateTime(self.run.created_at)
    }

    /// When a worker began; null before that and for SKIPPED runs.
    async fn started_at(&self) -> Option<DateTime> {
        self.run.started_at.map(DateTime)
    }

    /// When it reached its final state; null while active.
    async fn finished_at(&self) -> Option<DateTime> {
        self.run.ended_at().map(DateTime)
    }

    /// Milliseconds from `startedAt` to `finishedAt`; null until both are set.
    async fn duration_ms(&self) -> Option<i32> {
        let (started, ended) = (self.run.started_at?, self.run.ended_at()?);
        Some(count((ended - started).num_milliseconds()))
    }

    /// The backup set; null unless the status is SUCCEEDED or PARTIAL. Also given when the set was deleted; null once it was purged.
    async fn backup_set(&self, ctx: &Context<'_>) -> Result<Option<BackupSet>> {
        let scope = self.scope;
        let set = Call::of(ctx).load(SetOf(scope.tenant, self.run.id)).await?;
        Ok(set.map(|set| BackupSet { scope, set }))
    }

    /// When someone asked for it to be cancelled; null when nobody did. Cancelling takes effect within 30 seconds.
    async fn cancel_requested_at(&self) -> Option<DateTime> {
        self.run.cancel_requested_at.map(DateTime)
    }
}

/// How far a run is.
#[derive(SimpleObject)]
pub(super) struct BackupRunProgress {
    /// Current phase.
    phase: BackupRunPhase,
    /// Policies dealt with, failed ones included.
    processed_policies: i32,
    /// Policies to deal with; null while it is not known yet.
    total_policies: Option<i32>,
    /// Whole percent, 0 to 100; null while the total is not known. Never goes down.
    percent: Option<i32>,
    /// Calls made to Microsoft Graph so far, in all attempts together.
    graph_request_count: i32,
    /// Calls that Microsoft Graph throttled so far, in all attempts together.
    graph_throttled_count: i32,
    /// When this progress was recorded.
    updated_at: DateTime,
}

impl From<&Progress> for BackupRunProgress {
    fn from(progress: &Progress) -> Self {
        Self {
            phase: progress.phase.into(),
            processed_policies: count(progress.processed),
            total_policies: progress.total.map(count),
            percent: progress.percent().map(Into::into),
            graph_request_count: count(progress.calls.requests),
            graph_throttled_count: count(progress.calls.throttled),
            updated_at: DateTime(progress.at),
        }
    }
}

/// Counts of a run that has ended.
#[derive(SimpleObject)]
pub(super) struct BackupRunSummary {
    /// Policies listed in Intune for the chosen kinds.
    policy_count: i32,
    /// Items stored.
    item_count: i32,
    /// Items that differ from the schedule's previous backup set, new ones included.
    changed_item_count: i32,
    /// Policies that are no longer in Intune but were in the previous backup set.
    removed_policy_count: i32,
    /// Policies that could not be backed up.
    failed_policy_count: i32,
    /// Size of the stored payloads in bytes, before compression.
    payload_bytes: BigInt,
    /// Calls made to Microsoft Graph, retries included.
    graph_request_count: i32,
    /// Calls that Microsoft Graph throttled (HTTP 429 or 503 with Retry-After).
    graph_throttled_count: i32,
}

impl From<&Summary> for BackupRunSummary {
    fn from(summary: &Summary) -> Self {
        Self {
            policy_count: count(summary.listed),
            item_count: count(summary.items),
            changed_item_count: count(summary.changed),
            removed_policy_count: count(summary.removed),
            failed_policy_count: count(summary.failed),
            payload_bytes: summary.payload_bytes.into(),
            graph_request_count: count(summary.requests),
            graph_throttled_count: count(summary.throttled),
        }
    }
}
