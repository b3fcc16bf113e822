//! What a dead server or an outage left behind is cleared before anything new is dispatched.
//!
//! Nothing is caught up here: runs that exist are ended, none is made.

use std::{collections::HashSet, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};

use super::{changes, flights::Flights, told::Told};
use crate::{
    domain::{
        failure::{Failure, FailureCode},
        global_id::GlobalId,
        ids::RunId,
        notification::notice_of_misses,
        outage::{Outage, outage},
        reading::{Course, Reading, Seen},
        run::{Outcome, Run, Trigger},
    },
    store::{Db, Notices, Store, StoreError, dispatcher, leases, queue, schedules},
    telemetry::chain,
};

/// Lost runs that one tick ends; the next one goes on.
const MOST_LOST: i64 = 1_000;

/// Runs that are looked up at once.
const PAGE: i64 = 200;

/// What has to be known to tell what was left behind.
#[derive(Debug)]
pub(super) struct Terms {
    /// How late a slot may be.
    pub(super) grace: TimeDelta,
    /// How long a lease is.
    pub(super) lease: Duration,
    /// What flies here, whatever its lease says.
    pub(super) flights: Flights,
}

/// What one tick remembers for the next.
#[derive(Debug, Default)]
pub(super) struct Memory {
    /// What was seen of the clocks.
    pub(super) seen: Seen,
    /// When, in steady time, this server last noted a tick.
    pub(super) noted_at: Option<Duration>,
}

/// Time after which a tick clears up no more, so that what is due is dispatched on a slow database too.
const LONGEST_CLEARING: Duration = Duration::from_secs(45);

/// Whether all that was left behind is cleared up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cleared {
    /// It is.
    All,
    /// The time was over before runs of servers that are gone were ended.
    ButLost,
    /// The time was over before runs were ended that an outage has kept from starting: it is not over.
    ButStranded,
}

/// Ends runs whose server is gone, which cannot be told shortly after the clock was set, and queued runs
/// that an outage kept from starting. What is seen of the clock is added to what was seen before.
pub(super) async fn clear_up(
    store: &Store,
    terms: &Terms,
    memory: &mut Memory,
    told: &mut Told,
) -> Result<Cleared, StoreError> {
    let before = match memory.seen.last() {
        Some(last) if store.was_away_since(last.elapsed) => memory.seen.away(),
        Some(_) | None => memory.seen,
    };
    let (lease, steady) = (terms.lease, store.clone());
    let began = store.elapsed();
    let is_over = || store.elapsed().saturating_sub(began) >= LONGEST_CLEARING;
    let urgent = store.urgent();
    let looked = urgent.write(move |db, now| {
        let reading = Reading {
            at: now,
            elapsed: steady.elapsed(),
        };
        let (seen, course) = before.and(reading, lease);
        let lost = match course.lapsed(now) {
            Some(lapsed) => leases::lost(db, lapsed, MOST_LOST)?,
            None => Vec::new(),
        };
        Ok::<_, StoreError>((seen, course, now, dispatcher::last_tick(db)?, lost))
    });
    let looked = looked.await.inspect_err(|_| memory.seen = before.away());
    let (course, now, last_tick, mut lost);
    (memory.seen, course, now, last_tick, lost) = looked?;
    if let Course::Stepped(by) = course {
        tracing::warn!(
            by_seconds = by.num_seconds(),
            "the clock that the database goes by was set; leases are judged again later"
        );
    }
    lost.retain(|run| !terms.flights.has(run.id));
    let failed = fail_lost(store, lost, is_over).await?;
    let lived = memory.noted_at.map(|at| began.saturating_sub(at));
    let Some(outage) = last_tick.and_then(|last_tick| outage(last_tick, now, lived, terms.grace))
    else {
        return Ok(failed);
    };
    match miss_stranded(store, outage, told, is_over).await? {
        Cleared::All => Ok(failed),
        left @ (Cleared::ButLost | Cleared::ButStranded) => Ok(left),
    }
}

/// Ends runs whose server is gone, unless they have changed since they were seen, until its time is over.
pub async fn fail_lost(
    store: &Store,
    lost: Vec<Run>,
    is_over: impl Fn() -> bool,
) -> Result<Cleared, StoreError> {
    for seen in lost {
        if is_over() {
            return Ok(Cleared::ButLost);
        }
        let (id, tenant, server) = (seen.id, seen.tenant, seen.state.owner().map(str::to_owned));
        let failed = store.write_telling(move |db, notices, now| fail_one(db, &seen, notices, now));
        if failed.await.or_else(|error| passed_over(id, error))? {
            tracing::warn!(run.id = %id.to_global(), tenant.id = %tenant.to_global(), server, "the server that carried out a run is gone");
            store.announce(tenant);
        }
    }
    Ok(Cleared::All)
}

/// Ends a run whose server is gone; false when it is not gone after all.
fn fail_one(
    db: &mut Db,
    seen: &Run,
    notices: &mut Notices,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    // Whoever holds it may be the worker, which lands: slowly, and not gone.
    if !schedules::try_lock(db, seen.schedule)? {
        return Ok(false);
    }
    let Some(run) = changes::unchanged(db, seen)? else {
        return Ok(false);
    };
    let outcome = match run.cancel_requested_at {
        // They were told that it will stop.
        Some(_) => Outcome::Cancelled,
        None => Outcome::Failed(worker_lost()),
    };
    changes::cut_short(db, &run, outcome, notices, now)?;
    Ok(true)
}

/// What is gone on with when a run cannot be ended that the next tick meets again: the others, unless the fault
/// is the database's and not the run's.
fn passed_over(run: RunId, error: StoreError) -> Result<bool, StoreError> {
    if error.is_of_the_database() {
        return Err(error);
    }
    tracing::error!(run.id = %run.to_global(), error = %chain(&error), "a run that was left behind could not be ended");
    Ok(false)
}

fn worker_lost() -> Failure {
    Failure {
        code: FailureCode::WorkerLost,
        message:
            "The server that carried this run out stopped without finishing it. The next slot \
                  runs as usual; retry the run to have a backup sooner."
                .to_owned(),
    }
}

/// Ends queued runs of schedules that an outage kept from starting, until its time is over.
async fn miss_stranded(
    store: &Store,
    outage: Outage,
    told: &mut Told,
    is_over: impl Fn() -> bool,
) -> Result<Cleared, StoreError> {
    let mut tried = HashSet::new();
    loop {
        let queued = store.read(move |db| queue::queued_until(db, outage.queued_until, PAGE));
        let mut stranded = queued.await?;
        stranded.retain(|run| outage.strands(run.trigger.kind(), run.created_at));
        // What could not be ended is found again.
        stranded.retain(|run| tried.insert(run.id));
        if stranded.is_empty() {
            return Ok(Cleared::All);
        }
        for run in stranded {
            if is_over() {
                return Ok(Cleared::ButStranded);
            }
            let (id, tenant, may_tell) = (run.id, run.tenant, !told.has(run.tenant));
            let missed =
                store.write_telling(move |db, notices, now| miss(db, &run, may_tell, notices, now));
            if missed.await.or_else(|error| passed_over(id, error))? {
                told.add(tenant);
                store.announce(tenant);
            }
        }
    }
}

/// Ends a queued run as missed, and tells people of it if they may be told; false when it is queued no more.
fn miss(
    db: &mut Db,
    seen: &Run,
    may_tell: bool,
    notices: &mut Notices,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let Some(run) = changes::unchanged(db, seen)? else {
        return Ok(false);
    };
    let last_at = match run.trigger {
        Trigger::Scheduled(slot) => slot.at,
        Trigger::Manual | Trigger::Retry(_) => run.created_at,
    };
    let missed = Outcome::Missed { count: 1, last_at };
    changes::cut_short(db, &run, missed, notices, now)?;
    if may_tell {
        let name = schedules::name(db, run.schedule)?;
        notices.push(notice_of_misses(run.tenant, &name, last_at));
    }
    Ok(true)
}
