//! Runs. Whoever changes one names the state and the claim it was read with; when that is not the
//! present one any more, nothing is changed and the answer is false.

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::{
    columns::{Origin, actor_columns, kinds_column, readable, stamp, stamp_of},
    conn::{Db, each_backend},
    error::{Claim, StoreError},
    schema::runs,
};
use crate::domain::{
    failure::Failure,
    ids::{RunId, TenantId},
    run::{
        Calls, Outcome, Phase, Progress, Run, RunState, RunStatus, Scope, Summary, Trigger,
        TriggerKind,
    },
    slot::Slot,
};

/// A run as it is stored, and as events tell of it.
#[derive(Clone, Debug, Queryable, Insertable, Serialize, Deserialize)]
#[diesel(table_name = runs)]
pub(super) struct RunRow {
    pub(super) id: String,
    tenant_id: String,
    schedule_id: String,
    trigger_kind: String,
    slot: Option<NaiveDateTime>,
    slot_date: Option<NaiveDate>,
    retry_of: Option<String>,
    started_by_kind: String,
    started_by_id: Option<String>,
    started_by_name: String,
    status: String,
    attempt: i16,
    next_attempt_at: Option<NaiveDateTime>,
    claim: i64,
    owner: Option<String>,
    lease_until: Option<NaiveDateTime>,
    kinds: String,
    include_assignments: bool,
    include_scope_tags: bool,
    full_read: bool,
    created_at: NaiveDateTime,
    started_at: Option<NaiveDateTime>,
    finished_at: Option<NaiveDateTime>,
    cancel_requested_at: Option<NaiveDateTime>,
    error_code: Option<String>,
    error_message: Option<String>,
    missed_count: Option<i32>,
    last_missed_at: Option<NaiveDateTime>,
    progress: String,
    summary: Option<String>,
    /// Of the queue alone; no event tells of it.
    #[serde(skip)]
    turn_at: Option<NaiveDateTime>,
}

/// Progress as it is stored.
#[derive(Serialize, Deserialize)]
struct ProgressColumn {
    phase: String,
    processed: u32,
    total: Option<u32>,
    #[serde(default)]
    requests: u64,
    #[serde(default)]
    throttled: u64,
    at: DateTime<Utc>,
}

pub(super) fn progress_column(progress: &Progress) -> Result<String, StoreError> {
    json(&ProgressColumn {
        phase: progress.phase.to_string(),
        processed: progress.processed,
        total: progress.total,
        requests: progress.calls.requests,
        throttled: progress.calls.throttled,
        at: progress.at,
    })
}

/// A document for a text column. Ours are plain, so writing them cannot fail.
pub(super) fn json<T: Serialize>(document: &T) -> Result<String, StoreError> {
    serde_json::to_string(document).map_err(|error| {
        Origin {
            what: "document",
            id: "to write",
        }
        .corrupt(error)
    })
}

impl RunRow {
    pub(super) fn of(run: &Run) -> Result<Self, StoreError> {
        let (started_by_kind, started_by_id, started_by_name) = actor_columns(&run.started_by);
        let (slot, retry_of) = match run.trigger {
            Trigger::Scheduled(slot) => (Some(slot), None),
            Trigger::Manual => (None, None),
            Trigger::Retry(of) => (None, Some(of.to_string())),
        };
        let mut row = Self {
            id: run.id.to_string(),
            tenant_id: run.tenant.to_string(),
            schedule_id: run.schedule.to_string(),
            trigger_kind: run.trigger.kind().to_string(),
            slot: stamp_of(slot.map(|slot| slot.at)),
            slot_date: slot.map(|slot| slot.date),
            retry_of,
            started_by_kind: started_by_kind.to_owned(),
            started_by_id,
            started_by_name,
            status: run.state.status().to_string(),
            attempt: i16::from(run.attempt),
            next_attempt_at: None,
            claim: run.claim,
            owner: None,
            lease_until: None,
            kinds: kinds_column(&run.scope.kinds),
            include_assignments: run.scope.assignments,
            include_scope_tags: run.scope.scope_tags,
            full_read: run.full_read,
            created_at: stamp(run.created_at),
            started_at: stamp_of(run.started_at),
            finished_at: None,
            cancel_requested_at: stamp_of(run.cancel_requested_at),
            error_code: None,
            error_message: None,
            missed_count: None,
            last_missed_at: None,
            progress: progress_column(&run.progress)?,
            summary: run.summary.as_ref().map(json).transpose()?,
            turn_at: None,
        };
        row.set_state(&run.state);
        Ok(row)
    }

    fn set_state(&mut self, state: &RunState) {
        match state {
            RunState::Queued { not_before } => {
                self.next_attempt_at = stamp_of(*not_before);
                // Until then it waits for no turn.
                self.turn_at = self.next_attempt_at;
            }
            RunState::Running { owner, lease_until } => {
                self.owner = Some(owner.clone());
                self.lease_until = Some(stamp(*lease_until));
            }
            RunState::Ended { at, outcome } => {
                self.finished_at = Some(stamp(*at));
                self.error_code = outcome.failure().map(|failure| failure.code.to_string());
                self.error_message = outcome.failure().map(|failure| failure.message.clone());
                if let Outcome::Missed { count, last_at } = outcome {
                    self.missed_count = Some(super::columns::int(*count));
                    self.last_missed_at = Some(stamp(*last_at));
                }
            }
        }
    }

    fn trigger(&self, from: Origin<'_>) -> Result<Trigger, StoreError> {
        match (
            from.text::<TriggerKind>(&self.trigger_kind)?,
            self.slot,
            self.slot_date,
            &self.retry_of,
        ) {
            (TriggerKind::Scheduled, Some(at), Some(date), None) => Ok(Trigger::Scheduled(Slot {
                at: at.and_utc(),
                date,
            })),
            (TriggerKind::Manual, None, None, None) => Ok(Trigger::Manual),
            (TriggerKind::Retry, None, None, Some(of)) => Ok(Trigger::Retry(from.text(of)?)),
            _ => Err(from.corrupt("its trigger contradicts its slot")),
        }
    }

    fn state(&self, from: Origin<'_>) -> Result<RunState, StoreError> {
        let ended = |outcome| match self.finished_at {
            Some(at) => Ok(RunState::Ended {
                at: at.and_utc(),
                outcome,
            }),
            None => Err(from.corrupt("it has ended at no time")),
        };
        match from.text::<RunStatus>(&self.status)? {
            RunStatus::Queued => Ok(RunState::Queued {
                not_before: self.next_attempt_at.map(|at| at.and_utc()),
            }),
            RunStatus::Running => match (&self.owner, self.lease_until) {
                (Some(owner), Some(until)) => Ok(RunState::Running {
                    owner: owner.clone(),
                    lease_until: until.and_utc(),
                }),
                _ => Err(from.corrupt("it is running without a lease")),
            },
            RunStatus::Succeeded => ended(Outcome::Succeeded),
            RunStatus::Partial => ended(Outcome::Partial(self.failure(from)?)),
            RunStatus::Failed => ended(Outcome::Failed(self.failure(from)?)),
            RunStatus::Cancelled => ended(Outcome::Cancelled),
            RunStatus::Skipped => ended(Outcome::Skipped),
            RunStatus::Missed => match (self.missed_count, self.last_missed_at) {
                (Some(count), Some(last)) => ended(Outcome::Missed {
                    count: from.number(count)?,
                    last_at: last.and_utc(),
                }),
                _ => Err(from.corrupt("it was missed at no slot")),
            },
        }
    }

    fn failure(&self, from: Origin<'_>) -> Result<Failure, StoreError> {
        match (&self.error_code, &self.error_message) {
            (Some(code), Some(message)) => Ok(Failure {
                code: from.text(code)?,
                message: message.clone(),
            }),
            _ => Err(from.corrupt("it failed for no reason")),
        }
    }

    fn progress(&self, from: Origin<'_>) -> Result<Progress, StoreError> {
        let column: ProgressColumn =
            serde_json::from_str(&self.progress).map_err(|error| from.corrupt(error))?;
        Ok(Progress {
            phase: from.text::<Phase>(&column.phase)?,
            processed: column.processed,
            total: column.total,
            calls: Calls {
                requests: column.requests,
                throttled: column.throttled,
            },
            at: column.at,
        })
    }
}

impl TryFrom<RunRow> for Run {
    type Error = StoreError;

    fn try_from(row: RunRow) -> Result<Self, StoreError> {
        let from = Origin {
            what: "run",
            id: &row.id,
        };
        let summary = row
            .summary
            .as_deref()
            .map(serde_json::from_str::<Summary>)
            .transpose();
        Ok(Self {
            id: from.text(&row.id)?,
            tenant: from.text(&row.tenant_id)?,
            schedule: from.text(&row.schedule_id)?,
            trigger: row.trigger(from)?,
            started_by: from.actor(
                &row.started_by_kind,
                row.started_by_id.as_deref(),
                &row.started_by_name,
            )?,
            scope: Scope {
                kinds: from.kinds(&row.kinds)?,
                assignments: row.include_assignments,
                scope_tags: row.include_scope_tags,
            },
            full_read: row.full_read,
            attempt: from.number(row.attempt)?,
            claim: row.claim,
            state: row.state(from)?,
            progress: row.progress(from)?,
            summary: summary.map_err(|error| from.corrupt(error))?,
            created_at: row.created_at.and_utc(),
            started_at: row.started_at.map(|at| at.and_utc()),
            cancel_requested_at: row.cancel_requested_at.map(|at| at.and_utc()),
        })
    }
}

/// The runs of those rows that can be read, for those who go through the runs of everybody.
pub(super) fn readable_runs(rows: Vec<RunRow>) -> Vec<Run> {
    let runs = rows.into_iter().map(Run::try_from);
    runs.filter_map(readable).collect()
}

/// Adds a run; taken when its slot has one, its schedule has an active one, or the run it retries
/// was retried.
pub fn insert(db: &mut Db, run: &Run) -> Result<Claim, StoreError> {
    let row = RunRow::of(run)?;
    let added = each_backend!(db, |conn| diesel::insert_into(runs::table)
        .values(row)
        .on_conflict_do_nothing()
        .execute(conn))?;
    Ok(match added {
        0 => Claim::Taken,
        _ => Claim::Ours,
    })
}

/// A run of a tenant.
pub fn find(db: &mut Db, tenant: TenantId, run: RunId) -> Result<Option<Run>, StoreError> {
    let query = runs::table
        .find(run.to_string())
        .filter(runs::tenant_id.eq(tenant.to_string()));
    let row: Option<RunRow> = query.first(db).optional()?;
    row.map(Run::try_from).transpose()
}

/// The run that retries another.
pub fn retry_of(db: &mut Db, run: RunId) -> Result<Option<Run>, StoreError> {
    let row: Option<RunRow> = runs::table
        .filter(runs::retry_of.eq(run.to_string()))
        .first(db)
        .optional()?;
    row.map(Run::try_from).transpose()
}

/// How the last run of a schedule before this one ended that was carried out or should have been.
pub fn verdict_before(db: &mut Db, run: &Run) -> Result<Option<RunStatus>, StoreError> {
    let verdicts = [
        RunStatus::Succeeded,
        RunStatus::Partial,
        RunStatus::Failed,
        RunStatus::Missed,
    ];
    let status: Option<String> = runs::table
        .filter(runs::schedule_id.eq(run.schedule.to_string()))
        .filter(runs::status.eq_any(verdicts.map(RunStatus::as_str)))
        .filter(runs::created_at.le(stamp(run.created_at)))
        .filter(runs::id.ne(run.id.to_string()))
        .order((runs::created_at.desc(), runs::id.desc()))
        .select(runs::status)
        .first(db)
        .optional()?;
    Origin {
        what: "run",
        id: &run.id.to_string(),
    }
    .maybe(status.as_deref())
}

/// Writes what became of a run, if its state and claim are still those of `before`. Taken when
/// another run of the tenant is running. None when it is not as it was any more.
pub fn replace(db: &mut Db, before: &Run, after: &Run) -> Result<Option<Claim>, StoreError> {
    let row = RunRow::of(after)?;
    let still = runs::table
        .find(before.id.to_string())
        .filter(runs::status.eq(before.state.status().as_str()))
        .filter(runs::claim.eq(before.claim));
    let changes = (
        runs::status.eq(row.status),
        runs::attempt.eq(row.attempt),
        runs::next_attempt_at.eq(row.next_attempt_at),
        runs::claim.eq(row.claim),
        runs::owner.eq(row.owner),
        runs::lease_until.eq(row.lease_until),
        runs::started_at.eq(row.started_at),
        runs::finished_at.eq(row.finished_at),
        runs::error_code.eq(row.error_code),
        runs::error_message.eq(row.error_message),
        runs::missed_count.eq(row.missed_count),
        runs::last_missed_at.eq(row.last_missed_at),
        runs::progress.eq(row.progress),
        runs::summary.eq(row.summary),
        runs::turn_at.eq(row.turn_at),
    );
    match db.transaction(|db| diesel::update(still).set(changes).execute(db)) {
        Ok(0) => Ok(None),
        result => Claim::of(result).map(Some),
    }
}

/// Notes that somebody asked for an active run to stop; false when somebody did before.
pub fn note_cancel_request(db: &mut Db, run: RunId, at: DateTime<Utc>) -> Result<bool, StoreError> {
    let open = runs::table
        .find(run.to_string())
        .filter(runs::cancel_requested_at.is_null());
    Ok(diesel::update(open)
        .set(runs::cancel_requested_at.eq(stamp(at)))
        .execute(db)?
        == 1)
}

/// Every running run, for the server that has the database to itself. Rows that cannot be read are passed over.
pub fn running(db: &mut Db) -> Result<Vec<Run>, StoreError> {
    let query = runs::table
        .filter(runs::status.eq(RunStatus::Running.as_str()))
        .order(runs::id);
    Ok(readable_runs(query.load(db)?))
}
