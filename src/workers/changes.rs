//! Every change of a run's state, whichever door it comes through.
//!
//! Each function acts within its caller's transaction and writes all that belongs to the change:
//! the run, the schedule's last run, the audit entry, and last the event. What people are to be told
//! it adds to the notices, which are delivered at the end of the transaction.

use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::{
    domain::{
        actor::{Actor, Component},
        audit::{AuditAction, AuditEntry, AuditOutcome, Origin, Target},
        ids::RunId,
        notification::{self, Notice},
        run::{Outcome, Progress, Run, RunState, RunStatus, Trigger},
        schedule::{LastRun, Schedule},
    },
    store::{
        Claim, Db, Notices, StoreError, active_runs, audit,
        events::{self, StatusChange},
        run_kinds, runs, schedules,
    },
};

/// What changes of runs leave behind for the audit log and for subscribers: collected on the way, and
/// written together at the end of a transaction, because it takes the tenants' counters.
#[derive(Debug, Default)]
pub(super) struct Journal {
    entries: Vec<AuditEntry>,
    changes: Vec<StatusChange>,
}

impl Journal {
    /// Adds an entry of the audit log.
    pub(super) fn push(&mut self, entry: AuditEntry) {
        self.entries.push(entry);
    }

    /// Adds what another one holds, behind what this one holds.
    pub(super) fn append(&mut self, mut other: Self) {
        self.entries.append(&mut other.entries);
        self.changes.append(&mut other.changes);
    }

    /// Writes all of it.
    pub(super) fn write(self, db: &mut Db, now: DateTime<Utc>) -> Result<(), StoreError> {
        audit::append_all(db, &self.entries, now)?;
        events::append(db, &self.changes, now)
    }
}

/// A run that somebody asks for.
#[derive(Clone, Debug)]
pub struct NewRun<'a> {
    /// Of which schedule.
    pub schedule: &'a Schedule,
    /// By hand, or in place of an earlier run.
    pub trigger: Trigger,
    /// Whether it reads also what has not moved.
    pub full_read: bool,
    /// Who asks.
    pub by: Actor,
    /// Where from.
    pub origin: Origin,
}

/// What became of a run that somebody asked for.
#[derive(Clone, Debug)]
pub enum Started {
    /// It is queued.
    Queued(Run),
    /// Another run of the schedule is active.
    Active(Run),
    /// The earlier run was retried already.
    AlreadyRetried,
}

/// Queues a run that somebody asks for, unless one of the schedule is active.
pub fn start(db: &mut Db, new: &NewRun<'_>, now: DateTime<Utc>) -> Result<Started, StoreError> {
    schedules::lock(db, new.schedule.id)?;
    if let Some(active) = active_runs::of(db, new.schedule.id)? {
        return Ok(Started::Active(active));
    }
    let run = queued(
        new.schedule,
        new.trigger,
        new.by.clone(),
        new.full_read,
        now,
    );
    let action = match new.trigger {
        Trigger::Retry(_) => AuditAction::RunRetried,
        Trigger::Manual | Trigger::Scheduled(_) => AuditAction::RunStarted,
    };
    let entry = entry_of(&run, action, new.by.clone(), new.schedule.name.as_str());
    let entry = entry.from_origin(new.origin.clone());
    let mut journal = Journal::default();
    match add(db, &run, entry, &mut journal, now)? {
        Claim::Ours => {
            journal.write(db, now)?;
            Ok(Started::Queued(run))
        }
        // The schedule is locked and has no active run, so it is the retried run that is taken.
        Claim::Taken => Ok(Started::AlreadyRetried),
    }
}

/// A run of a schedule, waiting for a worker.
pub(super) fn queued(
    schedule: &Schedule,
    trigger: Trigger,
    started_by: Actor,
    full_read: bool,
    now: DateTime<Utc>,
) -> Run {
    Run {
        id: RunId::mint(),
        tenant: schedule.tenant,
        schedule: schedule.id,
        trigger,
        started_by,
        scope: schedule.scope.clone(),
        full_read,
        attempt: 1,
        claim: 0,
        state: RunState::Queued { not_before: None },
        progress: Progress::queued(now),
        summary: None,
        created_at: now,
        started_at: None,
        cancel_requested_at: None,
    }
}

/// The audit entry of something done to a run.
pub(super) fn entry_of(run: &Run, action: AuditAction, actor: Actor, schedule: &str) -> AuditEntry {
    let entry = AuditEntry::of(run.tenant, actor, action, Target::Run(run.id), schedule);
    match run.trigger {
        Trigger::Scheduled(slot) => {
            entry.changed("scheduledFor", Value::Null, slot.at.to_rfc3339())
        }
        Trigger::Retry(of) => entry.changed("retryOf", Value::Null, of.to_string()),
        Trigger::Manual => entry,
    }
}

/// Adds a run in whatever state it is made in. The caller has locked the schedule, and writes the journal.
pub(super) fn add(
    db: &mut Db,
    run: &Run,
    entry: AuditEntry,
    journal: &mut Journal,
    now: DateTime<Utc>,
) -> Result<Claim, StoreError> {
    if runs::insert(db, run)? == Claim::Taken {
        return Ok(Claim::Taken);
    }
    note_last(db, run, now)?;
    journal.entries.push(entry);
    journal.changes.push(StatusChange {
        run: run.clone(),
        previous: None,
    });
    Ok(Claim::Ours)
}

/// Changes a run's state if it still is as it was read; see [`runs::replace`] for the answers.
pub fn change(
    db: &mut Db,
    before: &Run,
    after: &Run,
    notices: &mut Notices,
    now: DateTime<Utc>,
) -> Result<Option<Claim>, StoreError> {
    schedules::lock(db, before.schedule)?;
    let claim = runs::replace(db, before, after)?;
    if claim == Some(Claim::Ours) {
        note_last(db, after, now)?;
        if let RunState::Ended { outcome, .. } = &after.state {
            note_end(db, after, outcome, notices, now)?;
            notices.note_end(after);
        }
        let change = StatusChange {
            run: after.clone(),
            previous: Some(before.state.status()),
        };
        events::append(db, &[change], now)?;
    }
    Ok(claim)
}

/// Ends a run before it has come to its own end: what is under way ends with it. The caller has
/// locked the schedule and read the run since. Gives the run as it ended.
pub(super) fn cut_short(
    db: &mut Db,
    run: &Run,
    outcome: Outcome,
    notices: &mut Notices,
    now: DateTime<Utc>,
) -> Result<Run, StoreError> {
    // The run's row first, as everybody who writes its record does.
    let ended = run.clone().ended(outcome.clone(), None, now);
    if change(db, run, &ended, notices, now)? != Some(Claim::Ours) {
        return Ok(ended);
    }
    let cut: Vec<_> = run_kinds::of(db, run.tenant, &[run.id])?
        .into_iter()
        .flat_map(|(_, results)| results)
        .map(|result| result.cut_short(&outcome))
        .collect();
    if !cut.is_empty() {
        run_kinds::amend(db, run.id, &cut)?;
    }
    Ok(ended)
}

/// A run as it is now, if its state is still the one that was seen. Locks its schedule.
pub(super) fn unchanged(db: &mut Db, seen: &Run) -> Result<Option<Run>, StoreError> {
    schedules::lock(db, seen.schedule)?;
    let run = runs::find(db, seen.tenant, seen.id)?;
    Ok(run.filter(|run| (run.claim, &run.state) == (seen.claim, &seen.state)))
}

fn note_last(db: &mut Db, run: &Run, now: DateTime<Utc>) -> Result<(), StoreError> {
    let at = run.started_at.unwrap_or(now);
    schedules::note_run(
        db,
        run.schedule,
        LastRun {
            id: run.id,
            at,
            status: run.state.status(),
        },
    )
}

fn note_end(
    db: &mut Db,
    run: &Run,
    outcome: &Outcome,
    notices: &mut Notices,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let name = schedules::name(db, run.schedule)?;
    let action = match outcome {
        Outcome::Missed { .. } => AuditAction::RunMissed,
        Outcome::Succeeded
        | Outcome::Partial(_)
        | Outcome::Failed(_)
        | Outcome::Cancelled
        | Outcome::Skipped => AuditAction::RunFinished,
    };
    let failure = outcome.failure().map(|failure| failure.code.as_str());
    let entry = entry_of(run, action, Actor::System(Component::Worker), &name)
        .changed("status", Value::Null, outcome.status().as_str())
        .changed("errorCode", Value::Null, failure)
        .ended(audit_outcome(outcome));
    audit::append(db, &entry, now)?;
    // Slots that a tick finds missed are told of once per tenant, by the dispatcher.
    if outcome.status() != RunStatus::Missed {
        notices.extend(news_of_end(db, run, outcome, &name)?);
    }
    Ok(())
}

/// What people are told of how a run ended, if that is news.
pub(super) fn news_of_end(
    db: &mut Db,
    run: &Run,
    outcome: &Outcome,
    schedule: &str,
) -> Result<Option<Notice>, StoreError> {
    let previous = runs::verdict_before(db, run)?;
    Ok(notification::notice_of_end(
        run, outcome, schedule, previous,
    ))
}

fn audit_outcome(outcome: &Outcome) -> AuditOutcome {
    match outcome {
        Outcome::Failed(_) | Outcome::Partial(_) => AuditOutcome::Failed,
        Outcome::Succeeded | Outcome::Cancelled | Outcome::Skipped | Outcome::Missed { .. } => {
            AuditOutcome::Succeeded
        }
    }
}

/// What became of a wish that a run stop.
#[derive(Clone, Debug)]
pub enum Cancel {
    /// It is cancelled, or its worker will notice.
    Done(Run),
    /// It had ended already.
    AlreadyEnded(Run),
}

/// Asks an active run to stop. A queued one is cancelled at once.
pub fn request_cancel(
    db: &mut Db,
    run: &Run,
    (by, origin): (&Actor, &Origin),
    notices: &mut Notices,
    now: DateTime<Utc>,
) -> Result<Cancel, StoreError> {
    schedules::lock(db, run.schedule)?;
    // Read again under the lock: it may have been claimed or ended since the caller looked.
    let Some(run) = runs::find(db, run.tenant, run.id)? else {
        return Ok(Cancel::AlreadyEnded(run.clone()));
    };
    if !run.state.status().is_active() {
        return Ok(Cancel::AlreadyEnded(run));
    }
    if !runs::note_cancel_request(db, run.id, now)? {
        return Ok(Cancel::Done(run));
    }
    let name = schedules::name(db, run.schedule)?;
    let entry = entry_of(&run, AuditAction::RunCancelRequested, by.clone(), &name);
    audit::append(db, &entry.from_origin(origin.clone()), now)?;
    let asked = Run {
        cancel_requested_at: Some(now),
        ..run
    };
    match asked.state {
        RunState::Queued { .. } => {
            let cancelled = asked.clone().ended(Outcome::Cancelled, None, now);
            change(db, &asked, &cancelled, notices, now)?;
            Ok(Cancel::Done(cancelled))
        }
        RunState::Running { .. } | RunState::Ended { .. } => Ok(Cancel::Done(asked)),
    }
}
