//! What a dead server or an outage left behind is cleared before anything new is dispatched.
//!
//! Nothing is caught up here: runs that exist are ended, none is made.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    changes,
    dispatch::{Told, length},
    flights::Flights,
};
use crate::{
    domain::{
        failure::{Failure, FailureCode},
        notification::{Notice, notice_of_misses},
        outage::{Outage, outage},
        reading::{Course, Reading, Seen},
        run::{Outcome, Run, Trigger},
    },
    store::{Db, Store, StoreError, dispatcher, leases, queue, schedules},
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

/// Ends runs whose server is gone, and queued runs that an outage kept from starting; neither shortly after
/// the clock was set. What is seen of the clock is added to what was seen before.
pub(super) async fn clear_up(
    store: &Store,
    terms: &Terms,
    seen: &mut Seen,
    told: &mut Told,
) -> Result<(), StoreError> {
    let (before, lease, steady) = (*seen, terms.lease, store.clone());
    let urgent = store.urgent();
    let looked = urgent.write(move |db, now| {
        let reading = Reading {
            at: now,
            elapsed: steady.elapsed(),
        };
        let (seen, course) = before.and(reading, lease);
        let lost = match course.lapsed(now, length(lease)) {
            Some(lapsed) => leases::lost(db, lapsed, MOST_LOST)?,
            None => Vec::new(),
        };
        Ok::<_, StoreError>((seen, course, now, dispatcher::last_tick(db)?, lost))
    });
    let (course, now, last_tick, mut lost);
    (*seen, course, now, last_tick, lost) = looked.await?;
    match course {
        Course::Unknown | Course::Even => {}
        Course::Doubtful => return Ok(()),
        Course::Stepped(by) => {
            tracing::warn!(
                by_seconds = by.num_seconds(),
                "the clock that the database goes by was set; leases and waiting runs are judged again later"
            );
            return Ok(());
        }
    }
    lost.retain(|run| !terms.flights.has(run.id));
    fail_lost(store, lost).await?;
    match last_tick.and_then(|last_tick| outage(last_tick, now, terms.grace)) {
        Some(outage) => miss_stranded(store, outage, told).await,
        None => Ok(()),
    }
}

/// Ends runs whose server is gone, unless they have changed since they were seen.
pub async fn fail_lost(store: &Store, lost: Vec<Run>) -> Result<(), StoreError> {
    for seen in lost {
        let tenant = seen.tenant;
        tracing::warn!(run.id = %seen.id, tenant.id = %tenant, "the server that carried out run {} is gone", seen.id);
        store
            .write_telling(
                move |db, notices, now| match changes::unchanged(db, &seen)? {
                    Some(run) => {
                        let lost = Outcome::Failed(worker_lost());
                        changes::cut_short(db, &run, lost, notices, now)
                    }
                    None => Ok(()),
                },
            )
            .await?;
        store.announce(tenant);
    }
    Ok(())
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

/// Ends queued runs of schedules that an outage kept from starting.
async fn miss_stranded(store: &Store, outage: Outage, told: &mut Told) -> Result<(), StoreError> {
    loop {
        let queued = store.read(move |db| queue::queued_until(db, outage.queued_until, PAGE));
        let mut stranded = queued.await?;
        stranded.retain(|run| outage.strands(run.trigger.kind(), run.created_at));
        if stranded.is_empty() {
            return Ok(());
        }
        for run in stranded {
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
    notices: &mut Vec<Notice>,
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
