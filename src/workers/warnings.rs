//! What people are warned of before it hurts: backups that grow old, credentials about to expire.
//!
//! Each tick looks at what is due to be told; its cost does not grow with what exists.

use std::collections::BTreeMap;

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

/// Tells of all that is due to be told.
pub(super) async fn warn(store: &Store) -> Result<(), StoreError> {
    while store.write_telling(warn_of_age).await? >= BATCH {}
    while store.write_telling(warn_of_expiry).await? >= BATCH {}
    Ok(())
}

fn batch() -> i64 {
    i64::try_from(BATCH).unwrap_or(i64::MAX)
}

/// Looks at schedules whose age is due to be told or unknown; how many.
fn warn_of_age(
    db: &mut Db,
    notices: &mut Notices,
    now: DateTime<Utc>,
) -> Result<usize, StoreError> {
    let found = freshness::lock_aged(db, now, batch())?;
    let looked_at = found.len();
    let ids: Vec<ScheduleId> = found.iter().map(|found| found.id).collect();
    let newest = freshness::newest_complete(db, &ids)?;
    let active = active_runs::among(db, &ids)?;
    let mut stale: BTreeMap<TenantId, Vec<Schedule>> = BTreeMap::new();
    for found in found {
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
    Ok(looked_at)
}

/// Looks at credentials whose end is due to be told; how many.
fn warn_of_expiry(
    db: &mut Db,
    notices: &mut Notices,
    now: DateTime<Utc>,
) -> Result<usize, StoreError> {
    let due = freshness::lock_expiring(db, now, batch())?;
    for expiring in &due {
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
    Ok(due.len())
}
