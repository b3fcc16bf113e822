//! What people are warned of before it hurts: backups that grow old, credentials about to expire.
//!
//! Each tick looks at what is due to be told; its cost does not grow with what exists.

use std::{collections::BTreeMap, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    domain::{
        expiry::outlook,
        global_id::GlobalId,
        ids::{ScheduleId, TenantId},
        notification::{notice_of_expiry, notice_of_staleness},
        schedule::Schedule,
    },
    store::{Db, Notices, Store, StoreError, active_runs, freshness, schedules},
    telemetry::chain,
};

/// Rows of one transaction.
const BATCH: usize = 100;

/// While a run of a stale schedule is queued or under way, which may end it, people are told nothing for so long.
const PATIENCE: TimeDelta = TimeDelta::minutes(5);

/// Time after which a transaction takes up no more rows: it holds those that it has locked, and a database
/// may be slow.
const LONGEST_BATCH: Duration = Duration::from_secs(5);

/// Longest time that one tick goes on with either of the two.
const LONGEST_LOOK: Duration = Duration::from_secs(10);

/// Whether there may be more that is due to be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Left {
    Nothing,
    Some,
}

/// Tells of all that is due to be told, as far as its time goes; what is left is told at the next tick.
pub(super) async fn warn(store: &Store) -> Result<(), StoreError> {
    let began = store.elapsed();
    while batch_of(store, warn_of_age).await? == Left::Some && is_early(store, began) {}
    let began = store.elapsed();
    while batch_of(store, warn_of_expiry).await? == Left::Some && is_early(store, began) {}
    Ok(())
}

fn is_early(store: &Store, began: Duration) -> bool {
    store.elapsed().saturating_sub(began) < LONGEST_LOOK
}

/// What looks at rows that are due, and asks whether its time is over.
type Look = fn(&mut Db, &mut Notices, DateTime<Utc>, &dyn Fn() -> bool) -> Result<Left, StoreError>;

/// Makes one transaction of a look.
async fn batch_of(store: &Store, look: Look) -> Result<Left, StoreError> {
    let steady = store.clone();
    let until = steady.elapsed() + LONGEST_BATCH;
    store
        .write_telling(move |db, notices, now| {
            look(db, notices, now, &|| steady.elapsed() >= until)
        })
        .await
}

/// What is left behind a batch of so many, of which so many were looked at.
fn left(found: usize, looked_at: usize) -> Left {
    match found >= BATCH || looked_at < found {
        true => Left::Some,
        false => Left::Nothing,
    }
}

fn batch() -> i64 {
    i64::try_from(BATCH).unwrap_or(i64::MAX)
}

/// Looks at schedules whose age is due to be told or unknown, one at least, until its time is over.
fn warn_of_age(
    db: &mut Db,
    notices: &mut Notices,
    now: DateTime<Utc>,
    is_over: &dyn Fn() -> bool,
) -> Result<Left, StoreError> {
    let found = freshness::lock_aged(db, now, batch())?;
    let (number, mut looked_at) = (found.len(), 0);
    let ids: Vec<ScheduleId> = found.iter().map(|found| found.id).collect();
    let newest = freshness::newest_complete(db, &ids)?;
    let active = active_runs::among(db, &ids)?;
    let mut stale: BTreeMap<TenantId, Vec<Schedule>> = BTreeMap::new();
    for found in found {
        if looked_at > 0 && is_over() {
            break;
        }
        looked_at += 1;
        let schedule = match found.schedule {
            Ok(schedule) if schedule.recurrence.is_ok() => schedule,
            Ok(_) => {
                freshness::put_aside(db, found.id)?;
                continue;
            }
            Err(error) => {
                tracing::warn!(schedule.id = %found.id.to_global(), error = %chain(&error), "the age of a schedule could not be looked at");
                freshness::put_aside(db, found.id)?;
                continue;
            }
        };
        let after = schedule.looked_at(newest.get(&schedule.id).copied(), now);
        schedules::note_freshness(db, &after)?;
        if !after.freshness.is_some_and(|fresh| fresh.is_told) {
            continue;
        }
        if active.contains_key(&after.id) {
            freshness::tell_later(db, after.id, now + PATIENCE)?;
        } else {
            stale.entry(after.tenant).or_default().push(after);
        }
    }
    notices.extend(
        stale
            .values()
            .filter_map(|stale| notice_of_staleness(stale)),
    );
    Ok(left(number, looked_at))
}

/// Looks at credentials whose end is due to be told, one at least, until its time is over.
fn warn_of_expiry(
    db: &mut Db,
    notices: &mut Notices,
    now: DateTime<Utc>,
    is_over: &dyn Fn() -> bool,
) -> Result<Left, StoreError> {
    let due = freshness::lock_expiring(db, now, batch())?;
    let mut looked_at = 0;
    for expiring in &due {
        if looked_at > 0 && is_over() {
            break;
        }
        looked_at += 1;
        let outlook = expiring.end.map(|end| (end, outlook(end, now)));
        let next = outlook.and_then(|(_, outlook)| outlook.tell_next_at);
        freshness::tell_next_at(db, expiring.tenant, next)?;
        if let Some((end, outlook)) = outlook
            && outlook.is_near
        {
            let name = expiring.tenant_name.as_str();
            notices.push(notice_of_expiry(expiring.tenant, name, end, now));
        }
    }
    Ok(left(due.len(), looked_at))
}
