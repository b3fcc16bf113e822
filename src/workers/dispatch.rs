//! One tick: what a dead server or an outage left behind is cleared, then what is due becomes runs.
//!
//! Plain functions over the store; the supervisor and the `dispatch` command call them. What to
//! do about each schedule is decided in `domain::dispatch`.

use std::{collections::HashSet, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    broken::{Broken, End},
    changes::{self, Journal},
    measures::Measures,
    recovery::{self, Cleared, Memory, Terms},
    told::Told,
};
use crate::{
    domain::{
        actor::{Actor, Component},
        audit::AuditAction,
        dispatch::{Admission, Dispatch, MissedSlots, admit, dispatch},
        global_id::GlobalId,
        ids::{RunId, ScheduleId, TenantId},
        notification::{Notice, notice_of_misses},
        pointer::{Pointer, Timetable},
        run::{Outcome, Run, Trigger},
        schedule::{Firing, Schedule},
        slot::Slot,
    },
    store::{
        self, Claim, Db, Notices, Store, StoreError, active_runs, dispatcher,
        pointers::{self, Found},
    },
    telemetry::chain,
};

/// Schedules of one transaction.
const BATCH: usize = 100;

/// Time after which a transaction takes up no more schedules: it holds those that it has locked, and a
/// database may be slow.
const LONGEST_BATCH: Duration = Duration::from_secs(5);

/// Longest time that one tick goes on dispatching; what is left is due at the next.
const LONGEST_TICK: Duration = Duration::from_secs(45);

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

/// What a tick has done.
#[derive(Debug)]
pub(super) struct Ticked {
    /// What was decided about schedules.
    pub(super) decisions: Vec<Decision>,
    /// Whether nothing kept it from clearing up before.
    pub(super) is_clear: bool,
}

/// Makes one tick for a server: clears up, then dispatches.
///
/// What cannot be cleared up stops no schedule; the tick is then not noted, so that the next one
/// still knows of the outage, and readiness tells that something is wrong.
pub(super) async fn tick(
    store: &Store,
    terms: &Terms,
    memory: &mut Memory,
    measures: &Measures,
) -> Result<Ticked, StoreError> {
    let mut told = Told::default();
    let is_clear = match recovery::clear_up(store, terms, memory, &mut told).await {
        Ok(cleared) => {
            if cleared != Cleared::All {
                tracing::warn!("what was left behind is not cleared up yet; the next tick goes on");
            }
            // Where lost runs alone are left, servers tick as they should, and strand nobody.
            if cleared != Cleared::ButStranded {
                let at = store.elapsed();
                store.urgent().write(dispatcher::note_tick).await?;
                memory.noted_at = Some(at);
            }
            true
        }
        Err(error) => {
            tell(&error, "what was left behind could not be cleared up");
            false
        }
    };
    let decisions = dispatch_all(store, terms.grace, told, measures).await?;
    Ok(Ticked {
        decisions,
        is_clear,
    })
}

/// Logs what became of slots; that a run was queued is told when it begins.
pub(super) fn tell_decisions(decisions: &[Decision]) {
    for Decision {
        tenant,
        schedule,
        verdict,
        ..
    } in decisions
    {
        let (tenant, schedule) = (tenant.to_global(), schedule.to_global());
        match verdict {
            Verdict::Queued(slot) => {
                tracing::debug!(schedule.id = schedule, tenant.id = tenant, slot = %slot.at, "a run was queued");
            }
            Verdict::Skipped(slot) => {
                tracing::info!(schedule.id = schedule, tenant.id = tenant, slot = %slot.at, "a slot was skipped: a run of its schedule was active");
            }
            Verdict::Missed(slot, number) => {
                tracing::warn!(schedule.id = schedule, tenant.id = tenant, slot = %slot.at, number, "slots were missed: no server could start them in time");
            }
            // Told when it happened.
            Verdict::Disabled(_) => {}
        }
    }
}

/// Logs what could not be done; quietly where the store has told that the database is away.
pub(super) fn tell(error: &StoreError, what: &str) {
    match error.is_told() {
        true => tracing::debug!(error = %chain(error), "{what}"),
        false => tracing::error!(error = %chain(error), "{what}"),
    }
}

pub(super) fn length(duration: Duration) -> TimeDelta {
    TimeDelta::from_std(duration).unwrap_or(TimeDelta::MAX)
}

/// Dispatches every schedule that is due, in batches.
pub async fn dispatch_due(store: &Store, grace: Duration) -> Result<Vec<Decision>, StoreError> {
    dispatch_all(store, length(grace), Told::default(), &Measures::default()).await
}

async fn dispatch_all(
    store: &Store,
    grace: TimeDelta,
    mut told: Told,
    measures: &Measures,
) -> Result<Vec<Decision>, StoreError> {
    let mut decisions = Vec::new();
    let began = store.elapsed();
    loop {
        let steady = store.clone();
        let until = steady.elapsed() + LONGEST_BATCH;
        let (batch, told_now, at) = store
            .write_telling(move |db, notices, now| {
                let is_over = || steady.elapsed() >= until;
                let at = Moment { now, grace };
                let batch = dispatch_batch(db, &mut told, notices, at, is_over)?;
                Ok::<_, StoreError>((batch, told, now))
            })
            .await?;
        told = told_now;
        announce(store, &batch.decisions);
        let verdicts = batch.decisions.iter().map(|decision| &decision.verdict);
        measures.decided(verdicts, at);
        decisions.extend(batch.decisions);
        if batch.is_last || store.elapsed().saturating_sub(began) > LONGEST_TICK {
            return Ok(decisions);
        }
    }
}

fn announce(store: &Store, decisions: &[Decision]) {
    let tenants: HashSet<TenantId> = decisions.iter().map(|decision| decision.tenant).collect();
    tenants
        .into_iter()
        .for_each(|tenant| store.announce(tenant));
}

/// What came of the schedules of one transaction.
struct Batch {
    /// Whether nothing else was due.
    is_last: bool,
    decisions: Vec<Decision>,
}

/// What is to be told of one schedule.
#[derive(Default)]
struct News {
    /// For people.
    notices: Vec<Notice>,
    missed: Option<Notice>,
    /// Runs that ended as they were made.
    ended: Vec<Run>,
    /// For the audit log and subscribers.
    journal: Journal,
    /// The schedule, if it is left to others.
    left: Option<ScheduleId>,
}

/// Dispatches schedules that are due, one at least, until its time is over.
fn dispatch_batch(
    db: &mut Db,
    told: &mut Told,
    notices: &mut Notices,
    at: Moment,
    is_over: impl Fn() -> bool,
) -> Result<Batch, StoreError> {
    let most = i64::try_from(BATCH).unwrap_or(i64::MAX);
    let found = pointers::lock_due(db, told.left(), at.now, most)?;
    let ids: Vec<ScheduleId> = found.iter().map(|found| found.id).collect();
    let active = active_runs::among(db, &ids)?;
    let mut journal = Journal::default();
    let (mut is_last, left_before) = (found.len() < BATCH, told.left().len());
    let mut decisions = Vec::with_capacity(found.len());
    for found in found {
        if !decisions.is_empty() && is_over() {
            is_last = false;
            break;
        }
        let active = active.get(&found.id).copied();
        let (made, news) = dispatch_one(db, found, active, at)?;
        decisions.extend(made);
        notices.extend(news.notices);
        notices.extend(news.missed.and_then(|missed| told.once(missed)));
        news.ended.iter().for_each(|run| notices.note_end(run));
        journal.append(news.journal);
        told.leave(news.left);
    }
    // In a few statements for all of them, which makes half of a tick with many due.
    journal.write(db, at.now)?;
    // The next batch would find the same.
    is_last |= decisions.is_empty() && told.left().len() == left_before;
    Ok(Batch { is_last, decisions })
}

/// When slots are judged, and how late they may be.
#[derive(Clone, Copy)]
struct Moment {
    now: DateTime<Utc>,
    grace: TimeDelta,
}

fn dispatch_one(
    db: &mut Db,
    found: Found,
    active: Option<RunId>,
    at: Moment,
) -> Result<(Vec<Decision>, News), StoreError> {
    let (tenant, id, release) = (found.tenant, found.id, found.release);
    let made = found.schedule.and_then(|schedule| {
        let Firing::Enabled(pointer) = schedule.firing else {
            return Ok(Default::default());
        };
        let decided = |db: &mut Db| {
            let mut news = News::default();
            let due = Due {
                schedule: &schedule,
                pointer,
                release: &release,
                active,
            };
            let decisions = decide(db, &due, &mut news, at)?;
            Ok((decisions, news))
        };
        match active {
            // Only writes from here on. Going without a savepoint takes a fifth of a tick with many due.
            None => decided(db),
            // What a skipped run is told of stands in rows that may not be readable.
            Some(_) => store::savepoint(db, decided),
        }
    });
    match made {
        // A row that cannot be read must not stop the others: it disables itself.
        Err(StoreError::Corrupt { what, id: row, why }) => {
            let reason = format!("its stored {what} {row} cannot be read: {why}");
            let mut news = News::default();
            let broken = Broken {
                tenant,
                schedule: id,
                name: &id.to_string(),
                release: &release,
                reason,
            };
            let disabled = disable(db, broken, &mut news, at.now)?;
            Ok((disabled, news))
        }
        made => made,
    }
}

/// A schedule whose time has come.
struct Due<'a> {
    schedule: &'a Schedule,
    pointer: Pointer,
    /// The release of the time zone data that computed the pointer.
    release: &'a str,
    /// Its run that is queued or running.
    active: Option<RunId>,
}

fn decide(
    db: &mut Db,
    due: &Due<'_>,
    news: &mut News,
    at: Moment,
) -> Result<Vec<Decision>, StoreError> {
    let &Due {
        schedule,
        pointer,
        release,
        active,
    } = due;
    let owed = match owed(schedule, pointer, at) {
        Ok(owed) => owed,
        Err(reason) => {
            let broken = Broken {
                tenant: schedule.tenant,
                schedule: schedule.id,
                name: schedule.name.as_str(),
                release,
                reason,
            };
            return disable(db, broken, news, at.now);
        }
    };
    if !pointers::advance(db, schedule, pointer, owed.next)? {
        return Ok(Vec::new());
    }
    let mut verdicts = Vec::new();
    if let Some(missed) = owed.missed {
        add_missed(db, schedule, missed, news, at.now)?;
        verdicts.push(Verdict::Missed(missed.first, missed.count));
    }
    if let Some(slot) = owed.fire {
        verdicts.extend(fire(db, schedule, slot, active, news, at.now)?);
    }
    let decision = |verdict| Decision {
        tenant: schedule.tenant,
        schedule: schedule.id,
        name: schedule.name.to_string(),
        verdict,
    };
    Ok(verdicts.into_iter().map(decision).collect())
}

/// What a due schedule is owed, or why that cannot be computed.
fn owed(schedule: &Schedule, pointer: Pointer, at: Moment) -> Result<Dispatch, String> {
    let recurrence = schedule.recurrence.as_ref();
    let timetable = Timetable {
        schedule: schedule.id,
        recurrence: recurrence.map_err(ToString::to_string)?,
    };
    dispatch(&timetable, pointer.slot, at.now, at.grace).map_err(|error| error.to_string())
}

fn add_missed(
    db: &mut Db,
    schedule: &Schedule,
    missed: MissedSlots,
    news: &mut News,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let outcome = Outcome::Missed {
        count: missed.count,
        last_at: missed.last_at,
    };
    let run = scheduled(schedule, missed.first, now).ended(outcome, None, now);
    if add_scheduled(db, schedule, &run, AuditAction::RunMissed, news, now)? == Claim::Ours {
        let name = schedule.name.as_str();
        news.missed = Some(notice_of_misses(schedule.tenant, name, missed.first.at));
        news.ended.push(run);
    }
    Ok(())
}

/// Queues the slot's run, or skips it when one of the schedule is active. A slot that has a run
/// already is done, whoever did it.
fn fire(
    db: &mut Db,
    schedule: &Schedule,
    slot: Slot,
    active: Option<RunId>,
    news: &mut News,
    now: DateTime<Utc>,
) -> Result<Option<Verdict>, StoreError> {
    let run = scheduled(schedule, slot, now);
    let (added, verdict) = match admit(active) {
        Admission::Queue => {
            let added = add_scheduled(db, schedule, &run, AuditAction::RunDispatched, news, now)?;
            (added, Verdict::Queued(slot))
        }
        Admission::Skip { .. } => {
            let skipped = run.ended(Outcome::Skipped, None, now);
            let added = add_scheduled(db, schedule, &skipped, AuditAction::RunSkipped, news, now)?;
            if added == Claim::Ours {
                let name = schedule.name.as_str();
                let notice = changes::news_of_end(db, &skipped, &Outcome::Skipped, name)?;
                news.notices.extend(notice);
                news.ended.push(skipped);
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
    news: &mut News,
    now: DateTime<Utc>,
) -> Result<Claim, StoreError> {
    let entry = changes::entry_of(run, action, run.started_by.clone(), schedule.name.as_str());
    changes::add(db, run, entry, &mut news.journal, now)
}

/// Stops a schedule that cannot be computed, if it is for this server to do so.
fn disable(
    db: &mut Db,
    broken: Broken<'_>,
    news: &mut News,
    now: DateTime<Utc>,
) -> Result<Vec<Decision>, StoreError> {
    match broken.stop(db, now)? {
        End::Disabled(told) => {
            let (entry, notice) = *told;
            news.journal.push(entry);
            news.notices.push(notice);
        }
        End::Left => {
            news.left = Some(broken.schedule);
            return Ok(Vec::new());
        }
        End::Gone => return Ok(Vec::new()),
    }
    Ok(vec![Decision {
        tenant: broken.tenant,
        schedule: broken.schedule,
        name: broken.name.to_owned(),
        verdict: Verdict::Disabled(broken.reason),
    }])
}
