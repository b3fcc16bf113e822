//! What a dead server or an outage left behind is cleared before anything new is dispatched.
//!
//! Nothing is caught up here: runs that exist are ended, none is made.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::{changes, dispatch::Told, flights::Flights};
use crate::{
    domain::{
        failure::{Failure, FailureCode},
        global_id::GlobalId,
        notification::notice_of_misses,
        outage::{Outage, outage},
        reading::{Course, Reading, Seen},
        run::{Outcome, Run, Trigger},
    },
    store::{Db, Notices, Store, StoreError, dispatcher, leases, queue, schedules},
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
    /// The time was over before.
    Some,
}

/// Ends runs whose server is gone, which cannot be told shortly after the clock was set, and queued runs
/// that an outage kept from starting. What is seen of the clock is added to what was seen before.
pub(super) async fn clear_up(
    store: &Store,
    terms: &Terms,
    memory: &mut Memory,
    told: &mut Told,
) -> Result<Cleared, StoreError> {
    let (before, lease, steady) = (memory.seen, terms.lease, store.clone());
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
    let (course, now, last_tick, mut lost);
    (memory.seen, course, now, last_tick, lost) = looked.await?;
    if let Course::Stepped(by) = course {
        tracing::warn!(
            by_seconds = by.num_seconds(),
            "the clock that the database goes by was set; leases are judged again later"
        );
    }
    lost.retain(|run| !terms.flights.has(run.id));
    if fail_lost(store, lost, is_over).await? == Cleared::Some {
        return Ok(Cleared::Some);
    }
    let lived = memory.noted_at.map(|at| began.saturating_sub(at));
    match last_tick.and_then(|last_tick| outage(last_tick, now, lived, terms.grace)) {
        Some(outage) => miss_stranded(store, outage, told, is_over).await,
        None => Ok(Cleared::All),
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
            return Ok(Cleared::Some);
        }
        let tenant = seen.tenant;
        tracing::warn!(run.id = %seen.id.to_global(), tenant.id = %tenant.to_global(), "the server that carried out a run is gone");
        store
            .write_telling(
                move |db, notices, now| match changes::unchanged(db, &seen)? {
                    Some(run) => {
                        let lost = Outcome::Failed(worker_lost());
                        changes::cut_short(db, &run, lost, notices, now).map(drop)
                    }
                    None => Ok(()),
                },
            )
            .await?;
        store.announce(tenant);
    }
    Ok(Cleared::All)
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
    loop {
        let queued = store.read(move |db| queue::queued_until(db, outage.queued_until, PAGE));
        let mut stranded = queued.await?;
        stranded.retain(|run| outage.strands(run.trigger.kind(), run.created_at));
        if stranded.is_empty() {
            return Ok(Cleared::All);
        }
        for run in stranded {
            if is_over() {
                return Ok(Cleared::Some);
            }
            let (tenant, mut told_so_far) = (run.tenant, std::mem::take(told));
            *told = store
                .write_telling(move |db, notices, now| {
                    miss(db, &run, &mut told_so_far, notices, now)?;
                    Ok::<_, StoreError>(told_so_far)
                })
                .await?;
            store.announce(tenant);
        }
    }
}

fn miss(
    db: &mut Db,
    seen: &Run,
    told: &mut Told,
    notices: &mut Notices,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let Some(run) = changes::unchanged(db, seen)? else {
        return Ok(());
    };
    let last_at = match run.trigger {
        Trigger::Scheduled(slot) => slot.at,
        Trigger::Manual | Trigger::Retry(_) => run.created_at,
    };
    let missed = Outcome::Missed { count: 1, last_at };
    changes::cut_short(db, &run, missed, notices, now)?;
    let name = schedules::name(db, run.schedule)?;
    notices.extend(told.once(notice_of_misses(run.tenant, &name, last_at)));
    Ok(())
}
