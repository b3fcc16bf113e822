//! One tick: what is due becomes runs, and what a dead server or an outage left behind is cleared.
//!
//! Plain functions over the store; the supervisor and the `dispatch` command call them. What to
//! do about each schedule is decided in `domain::dispatch`.

use std::{collections::HashSet, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};

use super::changes;
use crate::{
    domain::{
        actor::{Actor, Component},
        audit::{AuditAction, AuditEntry, Target},
        dispatch::{Admission, Dispatch, MissedSlots, admit, dispatch},
        failure::{Failure, FailureCode},
        ids::{ScheduleId, TenantId},
        notification::{Audience, Notice, NotificationKind, Subject},
        outage::{Outage, outage},
        pointer::{Pointer, Timetable},
        run::{Outcome, Run, Trigger},
        schedule::{Firing, Schedule},
        slot::Slot,
    },
    store::{
        self, Claim, Db, Store, StoreError, audit, dispatcher, notifications, runs, schedules,
    },
};

/// Schedules of one transaction.
const BATCH: usize = 100;

/// Longest time that one tick goes on dispatching; what is left is due at the next.
const LONGEST_TICK: TimeDelta = TimeDelta::seconds(45);

/// What was decided about a due schedule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The tenant.
    pub tenant: TenantId,
    /// The schedule.
    pub schedule: ScheduleId,
    /// Its name.
    pub name: String,
    /// What became of its slots.
    pub verdict: Verdict,
}

/// What became of a due schedule's slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// A run is queued for this slot.
    Queued(Slot),
    /// A run of the schedule was active at this slot.
    Skipped(Slot),
    /// This slot and those after it, as many as named, were too old.
    Missed(Slot, u32),
    /// The schedule cannot be computed and was disabled.
    Disabled(String),
}

/// Makes one tick for a server: clears up, then dispatches.
pub(super) async fn tick(store: &Store, grace: Duration) -> Result<Vec<Decision>, StoreError> {
    let (ticked_at, last) = store
        .write(|db, now| Ok::<_, StoreError>((now, dispatcher::note_tick(db, now)?)))
        .await?;
    let lost = store
        .read(move |db| runs::lost(db, ticked_at, 1_000))
        .await?;
    fail_lost(store, lost).await?;
    if let Some(outage) = last.and_then(|last| outage(last, ticked_at, length(grace))) {
        miss_stranded(store, outage).await?;
    }
    dispatch_due(store, grace).await
}

pub(super) fn length(duration: Duration) -> TimeDelta {
    TimeDelta::from_std(duration).unwrap_or(TimeDelta::MAX)
}

/// Ends runs whose server is gone.
pub(super) async fn fail_lost(store: &Store, lost: Vec<Run>) -> Result<(), StoreError> {
    for run in lost {
        let tenant = run.tenant;
        tracing::warn!(run.id = %run.id, tenant.id = %tenant, "the server that carried out run {} is gone", run.id);
        store
            .write(move |db, now| {
                let failure = Failure {
                    code: FailureCode::WorkerLost,
                    message: "The server that carried this run out stopped without finishing it. \
                              The next slot runs as usual; retry the run to have a backup sooner."
                        .to_owned(),
                };
                let ended = run.clone().ended(Outcome::Failed(failure), None, now);
                changes::change(db, &run, &ended, now)
            })
            .await?;
        store.announce(tenant);
    }
    Ok(())
}

/// Ends queued runs of schedules that an outage kept from starting.
async fn miss_stranded(store: &Store, outage: Outage) -> Result<(), StoreError> {
    let mut told = HashSet::new();
    loop {
        let stranded = store
            .read(move |db| runs::queued_until(db, outage.queued_until, 200))
            .await?;
        let stranded: Vec<Run> = stranded
            .into_iter()
            .filter(|run| outage.strands(run.trigger.kind(), run.created_at))
            .collect();
        if stranded.is_empty() {
            return Ok(());
        }
        for run in stranded {
            let (tenant, tell) = (run.tenant, told.insert(run.tenant));
            store
                .write(move |db, now| miss(db, &run, tell, now))
                .await?;
            store.announce(tenant);
        }
    }
}

fn miss(db: &mut Db, run: &Run, tell: bool, now: DateTime<Utc>) -> Result<(), StoreError> {
    let last_at = match run.trigger {
        Trigger::Scheduled(slot) => slot.at,
        Trigger::Manual | Trigger::Retry(_) => run.created_at,
    };
    let missed = run
        .clone()
        .ended(Outcome::Missed { count: 1, last_at }, None, now);
    if changes::change(db, run, &missed, now)? == Some(Claim::Ours) && tell {
        let name = schedules::name(db, run.schedule)?;
        notifications::deliver(db, &notice_of_misses(run.tenant, &name, last_at), now)?;
    }
    Ok(())
}

/// One message per tenant and tick, however many schedules were missed.
fn notice_of_misses(tenant: TenantId, schedule: &str, slot: DateTime<Utc>) -> Notice {
    let slot = slot.format("%Y-%m-%d %H:%M UTC");
    Notice {
        tenant,
        kind: NotificationKind::RunMissed,
        title: "Scheduled backups were missed".to_owned(),
        body: format!(
            "No server could start \u{201c}{schedule}\u{201d} in time for its slot of {slot}. Other schedules of \
             this tenant may have been missed in the same outage; the list of runs shows each of them. \
             Missed slots are not caught up: run a schedule now if you need a backup before its next slot."
        ),
        subject: Subject::Tenant(tenant),
        audience: Audience::Operators { starter: None },
    }
}

/// Dispatches every schedule that is due, in batches, each schedule in a savepoint of its own.
pub async fn dispatch_due(store: &Store, grace: Duration) -> Result<Vec<Decision>, StoreError> {
    let mut decisions = Vec::new();
    let mut told = HashSet::new();
    let mut began = None;
    loop {
        let batch = store
            .write(move |db, now| {
                let mut due = schedules::due(db, now, i64::try_from(BATCH).unwrap_or(i64::MAX))?;
                // Every server takes the tenants' event counters in the same order.
                due.sort_unstable();
                let batch = dispatch_batch(db, &due, told, length(grace), now)?;
                Ok::<_, StoreError>((now, due.len(), batch))
            })
            .await?;
        let (now, due, (made, told_now)) = batch;
        told = told_now;
        let advanced = !made.is_empty();
        for tenant in made
            .iter()
            .map(|decision| decision.tenant)
            .collect::<HashSet<_>>()
        {
            store.announce(tenant);
        }
        decisions.extend(made);
        if due < BATCH || !advanced || now - *began.get_or_insert(now) > LONGEST_TICK {
            return Ok(decisions);
        }
    }
}

type Batch = (Vec<Decision>, HashSet<TenantId>);

fn dispatch_batch(
    db: &mut Db,
    due: &[(TenantId, ScheduleId)],
    mut told: HashSet<TenantId>,
    grace: TimeDelta,
    now: DateTime<Utc>,
) -> Result<Batch, StoreError> {
    let mut decisions = Vec::with_capacity(due.len());
    for &(tenant, schedule) in due {
        let tell = !told.contains(&tenant);
        match store::savepoint(db, |db| {
            dispatch_one(db, tenant, schedule, tell, grace, now)
        }) {
            Ok(made) => {
                if made
                    .iter()
                    .any(|decision| matches!(decision.verdict, Verdict::Missed(..)))
                {
                    told.insert(tenant);
                }
                decisions.extend(made);
            }
            // A row that cannot be read must not stop the others: it disables itself.
            Err(StoreError::Corrupt { what, id, why }) => {
                let reason = format!("its stored {what} {id} cannot be read: {why}");
                decisions.extend(disable(
                    db,
                    tenant,
                    schedule,
                    schedule.to_string(),
                    reason,
                    now,
                )?);
            }
            Err(error) => return Err(error),
        }
    }
    Ok((decisions, told))
}

/// Dispatches one schedule; nothing when another server or an edit was first.
fn dispatch_one(
    db: &mut Db,
    tenant: TenantId,
    id: ScheduleId,
    tell: bool,
    grace: TimeDelta,
    now: DateTime<Utc>,
) -> Result<Vec<Decision>, StoreError> {
    schedules::lock(db, id)?;
    let Some(schedule) = schedules::find(db, tenant, id)? else {
        return Ok(Vec::new());
    };
    let pointer = match schedule.firing {
        Firing::Enabled(pointer) if pointer.dispatch_at <= now => pointer,
        Firing::Enabled(_) | Firing::Disabled { .. } => return Ok(Vec::new()),
    };
    let name = schedule.name.to_string();
    let decided = match &schedule.recurrence {
        Ok(recurrence) => dispatch(
            &Timetable {
                schedule: id,
                recurrence,
            },
            pointer.slot,
            now,
            grace,
        )
        .map_err(|error| error.to_string()),
        Err(broken) => Err(broken.to_string()),
    };
    match decided {
        Ok(decided) => carry_out(db, &schedule, pointer, &decided, tell, now),
        Err(reason) => disable(db, tenant, id, name, reason, now),
    }
}

fn carry_out(
    db: &mut Db,
    schedule: &Schedule,
    read_at: Pointer,
    decided: &Dispatch,
    tell: bool,
    now: DateTime<Utc>,
) -> Result<Vec<Decision>, StoreError> {
    if !schedules::advance(db, schedule, read_at, decided.next)? {
        return Ok(Vec::new());
    }
    let mut verdicts = Vec::new();
    if let Some(missed) = decided.missed {
        add_missed(db, schedule, missed, tell, now)?;
        verdicts.push(Verdict::Missed(missed.first, missed.count));
    }
    if let Some(slot) = decided.fire {
        verdicts.extend(fire(db, schedule, slot, now)?);
    }
    let decision = |verdict| Decision {
        tenant: schedule.tenant,
        schedule: schedule.id,
        name: schedule.name.to_string(),
        verdict,
    };
    Ok(verdicts.into_iter().map(decision).collect())
}

fn add_missed(
    db: &mut Db,
    schedule: &Schedule,
    missed: MissedSlots,
    tell: bool,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let outcome = Outcome::Missed {
        count: missed.count,
        last_at: missed.last_at,
    };
    let run = scheduled(schedule, missed.first, now).ended(outcome, None, now);
    let added = add_scheduled(db, schedule, &run, AuditAction::RunMissed, now)?;
    if added == Claim::Ours && tell {
        let notice = notice_of_misses(schedule.tenant, schedule.name.as_str(), missed.first.at);
        notifications::deliver(db, &notice, now)?;
    }
    Ok(())
}

/// Queues the slot's run, or skips it when one of the schedule is active. A slot that has a run
/// already is done, whoever did it.
fn fire(
    db: &mut Db,
    schedule: &Schedule,
    slot: Slot,
    now: DateTime<Utc>,
) -> Result<Option<Verdict>, StoreError> {
    let run = scheduled(schedule, slot, now);
    let active = runs::active_of(db, schedule.id)?.map(|run| run.id);
    let (added, verdict) = match admit(active) {
        Admission::Queue => {
            let added = add_scheduled(db, schedule, &run, AuditAction::RunDispatched, now)?;
            (added, Verdict::Queued(slot))
        }
        Admission::Skip { .. } => {
            let skipped = run.ended(Outcome::Skipped, None, now);
            let added = add_scheduled(db, schedule, &skipped, AuditAction::RunSkipped, now)?;
            if added == Claim::Ours {
                changes::notify(db, &skipped, &Outcome::Skipped, schedule.name.as_str(), now)?;
            }
            (added, Verdict::Skipped(slot))
        }
    };
    Ok((added == Claim::Ours).then_some(verdict))
}

fn scheduled(schedule: &Schedule, slot: Slot, now: DateTime<Utc>) -> Run {
    let scheduler = Actor::System(Component::Scheduler);
    changes::queued(schedule, Trigger::Scheduled(slot), scheduler, false, now)
}

fn add_scheduled(
    db: &mut Db,
    schedule: &Schedule,
    run: &Run,
    action: AuditAction,
    now: DateTime<Utc>,
) -> Result<Claim, StoreError> {
    let entry = changes::entry_of(run, action, run.started_by.clone(), schedule.name.as_str());
    changes::add(db, run, entry, now)
}

/// Stops a schedule that cannot be computed, and says so.
fn disable(
    db: &mut Db,
    tenant: TenantId,
    schedule: ScheduleId,
    name: String,
    reason: String,
    now: DateTime<Utc>,
) -> Result<Vec<Decision>, StoreError> {
    if !schedules::disable_broken(db, schedule, &reason, now)? {
        return Ok(Vec::new());
    }
    tracing::error!(schedule.id = %schedule, tenant.id = %tenant, reason, "schedule {schedule} was disabled");
    let actor = Actor::System(Component::Scheduler);
    let entry = AuditEntry::of(
        tenant,
        actor,
        AuditAction::ScheduleDisabled,
        Target::Schedule(schedule),
        &name,
    )
    .changed("enabled", true, false)
    .changed("disabledReason", serde_json::Value::Null, reason.as_str());
    audit::append(db, &entry, now)?;
    let notice = Notice {
        tenant,
        kind: NotificationKind::ScheduleStopped,
        title: crate::domain::notification::clip(
            &format!("Schedule \u{201c}{name}\u{201d} was disabled"),
            200,
        ),
        body: format!(
            "It cannot be computed any more: {reason}. Change its recurrence, then enable it."
        ),
        subject: Subject::Schedule(schedule),
        audience: Audience::Operators { starter: None },
    };
    notifications::deliver(db, &notice, now)?;
    Ok(vec![Decision {
        tenant,
        schedule,
        name,
        verdict: Verdict::Disabled(reason),
    }])
}
