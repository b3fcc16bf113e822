//! Mutations of schedules.

use async_graphql::{Context, ID, InputObject, Object};
use chrono::{DateTime, Utc};

use super::{
    access::Attempt,
    call::Call,
    error::Result,
    faults::{Faults, Stop, Undone, UserErrorCode, found, settle},
    ids,
    leave::Leave,
    loaders::TheTenant,
    repeats::Repeat,
    schedule_audit::created,
    schedule_inputs::{CreateBackupScheduleInput, NewSchedule, UpdateBackupScheduleInput},
    schedule_payloads::{
        CreateBackupSchedulePayload, Created, DeleteBackupSchedulePayload,
        DisableBackupSchedulePayload, EnableBackupSchedulePayload, UpdateBackupSchedulePayload,
    },
    schedule_permits::{Permit, Wanted, name_taken},
    schedules::BackupSchedule,
};
use crate::{
    domain::{
        actor::Actor,
        audit::{AuditAction, Target},
        freshness::Freshness,
        ids::{ScheduleId, TenantId},
        pointer::Timetable,
        role::Permission,
        schedule::{Firing, Schedule},
        schedule_edit::ScheduleEdit,
        slot::EndOfCalendar,
    },
    store::{Claim, Db, active_runs, audit, schedules},
    workers::changes,
};

/// The most schedules of a tenant, deleted ones left out.
const MOST_SCHEDULES: i64 = 200;

macro_rules! schedule_input {
    ($input:ident $name:tt: $about:tt) => {
        #[doc = $about]
        #[derive(InputObject, Clone, Debug)]
        #[graphql(name = $name)]
        pub(super) struct $input {
            /// ID of the schedule.
            schedule_id: ID,
            /// Do it only if the schedule is still at this revision (STALE_REVISION). Unchecked when absent.
            expected_revision: Option<i32>,
        }
    };
}

schedule_input! {
    DeleteBackupScheduleInput "DeleteBackupScheduleInput": "Input of `deleteBackupSchedule`, to delete a schedule."
}

schedule_input! {
    EnableBackupScheduleInput "EnableBackupScheduleInput": "Input of `enableBackupSchedule`, to enable a schedule."
}

schedule_input! {
    DisableBackupScheduleInput "DisableBackupScheduleInput": "Input of `disableBackupSchedule`, to disable a schedule."
}

pub(super) struct ScheduleChanges;

#[Object]
impl ScheduleChanges {
    /// Create a schedule. Requires: MANAGER. User errors: NOT_FOUND, BLANK, TOO_LONG, ALREADY_EXISTS, REQUIRED, DUPLICATE_VALUE, INCOMPATIBLE_VALUES, OUT_OF_RANGE, INVALID_VALUE, LIMIT_REACHED, IDEMPOTENCY_KEY_REUSED.
    async fn create_backup_schedule(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to create.")] input: CreateBackupScheduleInput,
    ) -> Result<Option<CreateBackupSchedulePayload>> {
        settle(create(Call::of(ctx), input).await)
    }

    /// Change a schedule. Absent fields stay as they are. A run that is active goes on with the old settings. Requires: MANAGER. User errors: NOT_FOUND, BLANK, TOO_LONG, ALREADY_EXISTS, REQUIRED, DUPLICATE_VALUE, INCOMPATIBLE_VALUES, OUT_OF_RANGE, INVALID_VALUE, STALE_REVISION.
    async fn update_backup_schedule(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to change.")] input: UpdateBackupScheduleInput,
    ) -> Result<Option<UpdateBackupSchedulePayload>> {
        settle(update(Call::of(ctx), input).await)
    }

    /// Delete a schedule. Its runs and backup sets stay; an active run is asked to stop. Requires: MANAGER. User errors: NOT_FOUND, STALE_REVISION.
    async fn delete_backup_schedule(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which schedule.")] input: DeleteBackupScheduleInput,
    ) -> Result<Option<DeleteBackupSchedulePayload>> {
        settle(delete(Call::of(ctx), input).await)
    }

    /// Let a schedule fire. Does nothing when it already is enabled. Requires: MANAGER. User errors: NOT_FOUND, INVALID_VALUE when its recurrence cannot be computed, STALE_REVISION.
    async fn enable_backup_schedule(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which schedule.")] input: EnableBackupScheduleInput,
    ) -> Result<Option<EnableBackupSchedulePayload>> {
        settle(enable(Call::of(ctx), input).await)
    }

    /// Stop a schedule from firing. An active run goes on. Does nothing when it already is disabled. Requires: MANAGER. User errors: NOT_FOUND, STALE_REVISION.
    async fn disable_backup_schedule(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which schedule.")] input: DisableBackupScheduleInput,
    ) -> Result<Option<DisableBackupSchedulePayload>> {
        settle(disable(Call::of(ctx), input).await)
    }
}

type Outcome<T> = std::result::Result<T, Stop>;

async fn create(call: &Call, input: CreateBackupScheduleInput) -> Outcome<Created> {
    let leave = leave_of(call, &input).await?;
    let scope = leave.scope;
    let mut faults = Faults::default();
    let key = input.idempotency_key.as_deref();
    let repeat = Repeat::of(
        &call.caller,
        "createBackupSchedule",
        key,
        &input,
        &mut faults,
    );
    let new = input.check(&mut faults);
    let new = faults.or(new)?;
    let made = call.store.write(move |db, now| {
        leave.confirmed(db)?;
        if let Some(earlier) = repeat.earlier(db, now)? {
            let schedule = schedules::find(db, scope.tenant, earlier)?;
            let schedule = schedule.ok_or_else(|| Faults::not_found(&[]))?;
            return Ok((schedule, true));
        }
        let schedule = planned(scope.tenant, new, leave.author.actor.clone(), now)?;
        add(db, &schedule)?;
        audit::append(db, &created(&schedule, &leave.author), now)?;
        repeat.remember(db, schedule.id, now)?;
        Ok::<_, Undone>((schedule, false))
    });
    let (schedule, is_replay) = made.await?;
    let schedule = BackupSchedule { scope, schedule };
    Ok(Created {
        schedule,
        is_replay,
    })
}

/// Leave to make a schedule in the tenant that it is to belong to.
async fn leave_of(call: &Call, input: &CreateBackupScheduleInput) -> Outcome<Leave> {
    let scope = found(call.scope(&input.tenant_id).await, &["input", "tenantId"])?;
    let tenant = call.must_load(TheTenant(scope.tenant, ())).await?;
    let attempt = Attempt {
        operation: "createBackupSchedule",
        action: AuditAction::ScheduleCreated,
        target: Target::Tenant(scope.tenant),
        name: tenant.name.to_string(),
    };
    Ok(Leave::ask(call, scope, Permission::ManageSchedules, attempt).await?)
}

fn planned(
    tenant: TenantId,
    new: NewSchedule,
    by: Actor,
    now: DateTime<Utc>,
) -> std::result::Result<Schedule, Faults> {
    let id = ScheduleId::mint();
    let timetable = Timetable {
        schedule: id,
        recurrence: &new.recurrence,
    };
    let firing = if new.enabled {
        Firing::Enabled(timetable.pointer_after(now).map_err(never_due)?)
    } else {
        Firing::Disabled { reason: None }
    };
    Ok(Schedule {
        id,
        tenant,
        name: new.name,
        recurrence: Ok(new.recurrence),
        firing,
        scope: new.scope,
        keep_last: new.keep_last,
        revision: 1,
        last_run: None,
        freshness: Some(Freshness::from(now)),
        created_at: now,
        updated_at: now,
        created_by: by,
        deleted_at: None,
    })
}

fn never_due(end: EndOfCalendar) -> Faults {
    let path = ["input", "recurrence"];
    Faults::one(UserErrorCode::InvalidValue, end.to_string(), &path)
}

fn add(db: &mut Db, schedule: &Schedule) -> std::result::Result<(), Undone> {
    if schedules::count(db, schedule.tenant)? >= MOST_SCHEDULES {
        let message = format!("a tenant has at most {MOST_SCHEDULES} schedules");
        return Err(Faults::one(UserErrorCode::LimitReached, message, &[]).into());
    }
    match schedules::insert(db, schedule)? {
        Claim::Ours => Ok(()),
        Claim::Taken => Err(name_taken().into()),
    }
}

async fn update(call: &Call, input: UpdateBackupScheduleInput) -> Outcome<BackupSchedule> {
    let wanted = Wanted {
        id: &input.schedule_id,
        revision: input.expected_revision,
        operation: "updateBackupSchedule",
        action: AuditAction::ScheduleUpdated,
        right: Permission::ManageSchedules,
    };
    let permit = Permit::ask(call, wanted).await?;
    let mut faults = Faults::default();
    let wishes = input.check(&mut faults);
    let wishes = faults.or(Some(wishes))?;
    change(call, permit, move |before, now| {
        let edit = ScheduleEdit {
            scope: Some(wishes.scope(&before.scope)),
            name: wishes.name,
            recurrence: wishes.recurrence,
            keep_last: wishes.keep_last,
        };
        before.edited(edit, now).map_err(never_due)
    })
    .await
}

async fn enable(call: &Call, input: EnableBackupScheduleInput) -> Outcome<BackupSchedule> {
    let wanted = Wanted {
        id: &input.schedule_id,
        revision: input.expected_revision,
        operation: "enableBackupSchedule",
        action: AuditAction::ScheduleEnabled,
        right: Permission::ManageSchedules,
    };
    let permit = Permit::ask(call, wanted).await?;
    change(call, permit, |before, now| {
        let path = ["input", "scheduleId"];
        before
            .enabled(now)
            .map_err(|cannot| Faults::one(UserErrorCode::InvalidValue, cannot.to_string(), &path))
    })
    .await
}

async fn disable(call: &Call, input: DisableBackupScheduleInput) -> Outcome<BackupSchedule> {
    let wanted = Wanted {
        id: &input.schedule_id,
        revision: input.expected_revision,
        operation: "disableBackupSchedule",
        action: AuditAction::ScheduleDisabled,
        right: Permission::ManageSchedules,
    };
    let permit = Permit::ask(call, wanted).await?;
    change(call, permit, |before, now| Ok(before.disabled(now))).await
}

async fn delete(call: &Call, input: DeleteBackupScheduleInput) -> Outcome<ID> {
    let wanted = Wanted {
        id: &input.schedule_id,
        revision: input.expected_revision,
        operation: "deleteBackupSchedule",
        action: AuditAction::ScheduleDeleted,
        right: Permission::ManageSchedules,
    };
    let permit = Permit::ask(call, wanted).await?;
    let (tenant, id) = (permit.leave.scope.tenant, permit.schedule);
    let stopped = call.store.write_telling(move |db, notices, now| {
        let before = permit.locked(db)?;
        permit.write(db, &before, &before.deleted(now), notices, now)?;
        let active = active_runs::of(db, id)?;
        if let Some(run) = &active {
            let author = &permit.leave.author;
            let by = (&author.actor, &author.origin);
            changes::request_cancel(db, run, by, notices, now)?;
        }
        Ok::<_, Undone>(active.map(|run| run.id))
    });
    if let Some(run) = stopped.await? {
        call.store.announce(tenant);
        call.workers.cancel(tenant, run);
    }
    Ok(ids::show(id))
}

/// Changes a schedule by a rule; one that the rule leaves as it is stays untouched.
async fn change<F>(call: &Call, permit: Permit, rule: F) -> Outcome<BackupSchedule>
where
    F: FnOnce(&Schedule, DateTime<Utc>) -> std::result::Result<Option<Schedule>, Faults>
        + Send
        + 'static,
{
    let scope = permit.leave.scope;
    let changed = call.store.write_telling(move |db, notices, now| {
        let before = permit.locked(db)?;
        let Some(after) = rule(&before, now)? else {
            return Ok(before);
        };
        permit.write(db, &before, &after, notices, now)?;
        Ok::<_, Undone>(after)
    });
    let schedule = changed.await?;
    Ok(BackupSchedule { scope, schedule })
}
