//! Mutations of runs.

use async_graphql::{Context, ID, InputObject, Object};
use chrono::{DateTime, Utc};

use super::{
    access::{Attempt, TenantScope},
    call::Call,
    error::Result,
    faults::{Faults, Stop, Undone, UserErrorCode, found, settle},
    ids,
    leave::Leave,
    loaders::{TheRun, TheSchedule},
    repeats::Repeat,
    run_payloads::{
        Answered, Asked, CancelBackupScheduleRunPayload, RetryBackupScheduleRunPayload,
        RunBackupScheduleNowPayload,
    },
    runs::BackupScheduleRun,
    schedule_permits::{Permit, Wanted},
};
use crate::{
    domain::{
        audit::{AuditAction, Target},
        ids::{RunId, TenantId},
        role::Permission,
        run::{Run, Trigger},
        schedule::Schedule,
    },
    store::{Db, credentials, runs, schedules},
    workers::changes::{self, Cancel, NewRun, Started},
};

/// Input of `runBackupScheduleNow`, to start a run.
#[derive(InputObject, Clone, Debug)]
pub(super) struct RunBackupScheduleNowInput {
    /// ID of the schedule.
    schedule_id: ID,
    /// Read everything, also what has not moved since the previous set.
    #[graphql(default = false)]
    full_read: bool,
    /// Chosen by the caller to make a repeat harmless: 8 to 128 characters of `[A-Za-z0-9._:-]`, a UUID for example. A repeat within 24 hours by the same caller with the same input gives the first answer again, with `isReplay` true; with different input it is refused (IDEMPOTENCY_KEY_REUSED).
    idempotency_key: String,
}

/// Input of `retryBackupScheduleRun`, to retry a run.
#[derive(InputObject, Clone, Debug)]
pub(super) struct RetryBackupScheduleRunInput {
    /// ID of the run to retry.
    run_id: ID,
    /// Chosen by the caller to make a repeat harmless: 8 to 128 characters of `[A-Za-z0-9._:-]`, a UUID for example. A repeat within 24 hours by the same caller with the same input gives the first answer again, with `isReplay` true; with different input it is refused (IDEMPOTENCY_KEY_REUSED).
    idempotency_key: String,
}

/// Input of `cancelBackupScheduleRun`, to cancel a run.
#[derive(InputObject, Clone, Debug)]
pub(super) struct CancelBackupScheduleRunInput {
    /// ID of the run.
    run_id: ID,
}

pub(super) struct RunChanges;

#[Object]
impl RunChanges {
    /// Queue a run of a schedule now, enabled or not. Does not move `nextRunAt`. Requires: OPERATOR. User errors: NOT_FOUND, RUN_ALREADY_ACTIVE, TENANT_NOT_CONNECTED, INVALID_VALUE, IDEMPOTENCY_KEY_REUSED.
    async fn run_backup_schedule_now(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which schedule.")] input: RunBackupScheduleNowInput,
    ) -> Result<Option<RunBackupScheduleNowPayload>> {
        settle(run_now(Call::of(ctx), input).await)
    }

    /// Queue a new run in place of one that ended FAILED, PARTIAL or CANCELLED. Each run can be retried once; retry the retry after that. Requires: OPERATOR. User errors: NOT_FOUND, RUN_NOT_RETRYABLE, RUN_ALREADY_ACTIVE, TENANT_NOT_CONNECTED, INVALID_VALUE, IDEMPOTENCY_KEY_REUSED.
    async fn retry_backup_schedule_run(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which run.")] input: RetryBackupScheduleRunInput,
    ) -> Result<Option<RetryBackupScheduleRunPayload>> {
        settle(retry(Call::of(ctx), input).await)
    }

    /// Ask an active run to stop. A queued run is CANCELLED at once, a running one within 30 seconds. Does nothing when it was asked before. Requires: OPERATOR. User errors: NOT_FOUND, RUN_ALREADY_FINISHED.
    async fn cancel_backup_schedule_run(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which run.")] input: CancelBackupScheduleRunInput,
    ) -> Result<Option<CancelBackupScheduleRunPayload>> {
        settle(cancel(Call::of(ctx), input).await)
    }
}

type Outcome<T> = std::result::Result<T, Stop>;
type Change<T> = std::result::Result<T, Undone>;

async fn run_now(call: &Call, input: RunBackupScheduleNowInput) -> Outcome<Answered> {
    let wanted = Wanted {
        id: &input.schedule_id,
        revision: None,
        operation: "runBackupScheduleNow",
        action: AuditAction::RunStarted,
        right: Permission::StartRun,
    };
    let permit = Permit::ask(call, wanted).await?;
    let mut faults = Faults::default();
    let key = Some(input.idempotency_key.as_str());
    let repeat = Repeat::of(
        &call.caller,
        "runBackupScheduleNow",
        key,
        &input,
        &mut faults,
    );
    let repeat = faults.or(Some(repeat))?;
    let scope = permit.leave.scope;
    let asked = call.store.write(move |db, now| {
        let schedule = permit.locked(db)?;
        if let Some(earlier) = earlier(db, &repeat, scope.tenant, now)? {
            return Ok(earlier);
        }
        let new = NewRun {
            schedule: &schedule,
            trigger: Trigger::Manual,
            full_read: input.full_read,
            by: permit.leave.author.actor,
            origin: permit.leave.author.origin,
        };
        start(db, &new, &repeat, now)
    });
    Ok(told(call, scope, asked.await?))
}

async fn retry(call: &Call, input: RetryBackupScheduleRunInput) -> Outcome<Answered> {
    let wanted = WantedOfRun {
        id: &input.run_id,
        operation: "retryBackupScheduleRun",
        action: AuditAction::RunRetried,
        right: Permission::StartRun,
    };
    let (leave, run) = reach(call, wanted).await?;
    let scope = leave.scope;
    let mut faults = Faults::default();
    let key = Some(input.idempotency_key.as_str());
    let repeat = Repeat::of(
        &call.caller,
        "retryBackupScheduleRun",
        key,
        &input,
        &mut faults,
    );
    let repeat = faults.or(Some(repeat))?;
    let asked = call.store.write(move |db, now| {
        leave.confirmed(db)?;
        schedules::lock(db, run.schedule)?;
        if let Some(earlier) = earlier(db, &repeat, scope.tenant, now)? {
            return Ok(earlier);
        }
        let schedule = retryable(db, &run)?;
        let new = NewRun {
            schedule: &schedule,
            trigger: Trigger::Retry(run.id),
            full_read: run.full_read,
            by: leave.author.actor,
            origin: leave.author.origin,
        };
        start(db, &new, &repeat, now)
    });
    Ok(told(call, scope, asked.await?))
}

async fn cancel(call: &Call, input: CancelBackupScheduleRunInput) -> Outcome<BackupScheduleRun> {
    let wanted = WantedOfRun {
        id: &input.run_id,
        operation: "cancelBackupScheduleRun",
        action: AuditAction::RunCancelRequested,
        right: Permission::CancelRun,
    };
    let (leave, run) = reach(call, wanted).await?;
    let scope = leave.scope;
    let cancelled = call.store.write_telling(move |db, notices, now| {
        leave.confirmed(db)?;
        let by = (&leave.author.actor, &leave.author.origin);
        let cancelled = changes::request_cancel(db, &run, by, notices, now)?;
        Ok::<_, Undone>(cancelled)
    });
    match cancelled.await? {
        Cancel::Done(run) => {
            call.store.announce(scope.tenant);
            call.workers.cancel(scope.tenant, run.id);
            Ok(BackupScheduleRun { scope, run })
        }
        Cancel::AlreadyEnded(run) => {
            let message = format!("the run has ended: {}", run.state.status());
            let path = ["input", "runId"];
            Err(Faults::one(UserErrorCode::RunAlreadyFinished, message, &path).into())
        }
    }
}

/// What somebody wants to do to a run.
struct WantedOfRun<'a> {
    id: &'a ID,
    operation: &'static str,
    action: AuditAction,
    right: Permission,
}

/// The run that a client named, and leave to do that to it.
async fn reach(call: &Call, wanted: WantedOfRun<'_>) -> Outcome<(Leave, Run)> {
    let id: RunId = ids::read(wanted.id)?;
    let reached = call.reach(id, TheRun).await;
    let (scope, run) = found(reached, &["input", "runId"])?;
    let schedule = call
        .must_load(TheSchedule(scope.tenant, run.schedule))
        .await?;
    let attempt = Attempt {
        operation: wanted.operation,
        action: wanted.action,
        target: Target::Run(id),
        name: schedule.name.to_string(),
    };
    let leave = Leave::ask(call, scope, wanted.right, attempt).await?;
    Ok((leave, run))
}

/// The schedule of a run that may be done again.
fn retryable(db: &mut Db, run: &Run) -> Change<Schedule> {
    let refused = |message: String| {
        let path = ["input", "runId"];
        Undone::from(Faults::one(UserErrorCode::RunNotRetryable, message, &path))
    };
    // Read again under the lock: it may have ended since the caller looked.
    let run = runs::find(db, run.tenant, run.id)?.unwrap_or_else(|| run.clone());
    let status = run.state.status();
    if !status.is_retryable() {
        return Err(refused(format!("a run that is {status} cannot be retried")));
    }
    let schedule = schedules::find(db, run.tenant, run.schedule)?;
    schedule
        .filter(|schedule| schedule.deleted_at.is_none())
        .ok_or_else(|| refused("its schedule was deleted".to_owned()))
}

/// The run that the same request made before.
fn earlier(
    db: &mut Db,
    repeat: &Repeat,
    tenant: TenantId,
    now: DateTime<Utc>,
) -> Change<Option<Asked>> {
    let Some(id) = repeat.earlier(db, now)? else {
        return Ok(None);
    };
    Ok(runs::find(db, tenant, id)?.map(Asked::Before))
}

fn start(db: &mut Db, new: &NewRun<'_>, repeat: &Repeat, now: DateTime<Utc>) -> Change<Asked> {
    if credentials::find(db, new.schedule.tenant)?.is_none() {
        let message = "the tenant has no credential for Microsoft Graph";
        return Err(Faults::one(UserErrorCode::TenantNotConnected, message, &[]).into());
    }
    match changes::start(db, new, now)? {
        Started::Queued(run) => {
            repeat.remember(db, run.id, now)?;
            Ok(Asked::Queued(run))
        }
        Started::Active(run) => Ok(Asked::InTheWay(run)),
        Started::AlreadyRetried => {
            let (message, path) = ("the run was retried already", ["input", "runId"]);
            Err(Faults::one(UserErrorCode::RunNotRetryable, message, &path).into())
        }
    }
}

/// Tells those who wait that a run is queued, and the caller what became of the wish.
fn told(call: &Call, scope: TenantScope, asked: Asked) -> Answered {
    if let Asked::Queued(_) = asked {
        call.store.announce(scope.tenant);
        call.workers.hint(scope.tenant);
    }
    Answered { scope, asked }
}
