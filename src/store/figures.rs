//! How much there is in the whole database, of all tenants together: for those who watch over servers.
//!
//! Each figure is one look at an index, or a few for each schedule or tenant: what it costs grows with these and
//! not with the runs and contents of years.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::{
    dsl::sql,
    prelude::*,
    sql_types::{BigInt, Bool, Timestamp},
};

use super::{
    columns::{Origin, stamp},
    conn::Db,
    error::StoreError,
    queue,
    schedules::{fires, was_due},
    schema::{runs, schedules, tenants},
};
use crate::domain::{failure::FailureCode, run::RunStatus};

/// What there is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Tenants, deleted ones left out.
    pub tenants: u64,
    /// Schedules that fire.
    pub enabled_schedules: u64,
    /// Those of them that have had no complete backup for too long.
    pub stale_schedules: u64,
    /// Those of them that were to be dispatched longer ago than the grace, and which no tick has dealt with.
    pub overdue_schedules: u64,
    /// Runs that wait for a worker.
    pub queued_runs: u64,
    /// How long the run has waited that could have started first; zero when none could.
    pub oldest_wait: TimeDelta,
    /// Runs in the hands of a server.
    pub running_runs: u64,
    /// Runs that were recorded as missed a moment ago.
    pub recently_missed_runs: u64,
    /// Runs that ended a moment ago because their server was gone.
    pub recently_lost_runs: u64,
    /// Bytes that the stored contents take, compressed, as noted when they last changed.
    pub stored_bytes: u64,
    /// Bytes that the sets would take one by one.
    pub logical_bytes: u64,
}

/// How long what happened is recent: whoever looks now and then sees it, and a server that told nobody what it
/// counted before it was asked is made up for.
const RECENT: TimeDelta = TimeDelta::hours(1);

const FROM: Origin<'static> = Origin {
    what: "figures of the",
    id: "database",
};

/// What there is at an instant. Slots may be as late as the grace.
pub fn figures(db: &mut Db, now: DateTime<Utc>, grace: TimeDelta) -> Result<Figures, StoreError> {
    let living = tenants::table.filter(tenants::deleted_at.is_null());
    let tenants: i64 = living.count().get_result(db)?;
    let enabled = schedules::table.filter(fires());
    let all: i64 = enabled.count().get_result(db)?;
    let stale = enabled.filter(schedules::stale_at.le(stamp(now)));
    let stale: i64 = stale.count().get_result(db)?;
    let overdue = schedules::table.filter(was_due(now - grace));
    let overdue: i64 = overdue.count().get_result(db)?;
    // Written out: an index that holds the rows of one status is of use only where that is known beforehand.
    let with = |status: RunStatus| runs::table.filter(sql::<Bool>(&format!("status = '{status}'")));
    // All of them have a lease. SQLite goes through every run otherwise.
    let running = with(RunStatus::Running).filter(runs::lease_until.is_not_null());
    let running: i64 = running.count().get_result(db)?;
    let queued: i64 = with(RunStatus::Queued).count().get_result(db)?;
    let oldest = queue::waiting_since(db)?;
    let oldest_wait = oldest.map_or(TimeDelta::zero(), |oldest| now - oldest);
    let (missed, lost) = recent(db, now - RECENT)?;
    let (stored, logical) = bytes(db)?;
    Ok(Figures {
        tenants: FROM.number(tenants)?,
        enabled_schedules: FROM.number(all)?,
        stale_schedules: FROM.number(stale)?,
        overdue_schedules: FROM.number(overdue)?,
        queued_runs: FROM.number(queued)?,
        oldest_wait: oldest_wait.max(TimeDelta::zero()),
        running_runs: FROM.number(running)?,
        recently_missed_runs: FROM.number(missed)?,
        recently_lost_runs: FROM.number(lost)?,
        stored_bytes: FROM.number(stored)?,
        logical_bytes: FROM.number(logical)?,
    })
}

/// Runs since an instant that were missed, and that were lost: one look at an index for each tenant.
fn recent(db: &mut Db, since: DateTime<Utc>) -> Result<(i64, i64), StoreError> {
    let ended = |condition: String| {
        sql::<BigInt>(&format!(
            "CAST(COALESCE(SUM((SELECT COUNT(*) FROM runs WHERE runs.tenant_id = tenants.id AND {condition} \
             AND runs.finished_at > "
        ))
        .bind::<Timestamp, _>(stamp(since))
        .sql(")), 0) AS BIGINT)")
    };
    let missed = format!("runs.status = '{}'", RunStatus::Missed);
    let (failed, lost) = (RunStatus::Failed, FailureCode::WorkerLost);
    let lost = format!("runs.status = '{failed}' AND runs.error_code = '{lost}'");
    let living = tenants::table.filter(tenants::deleted_at.is_null());
    let both = living.select((ended(missed), ended(lost)));
    Ok(both.get_result(db)?)
}

/// What was noted last for each tenant, added up: the contents themselves are too many.
fn bytes(db: &mut Db) -> Result<(i64, i64), StoreError> {
    let newest = |column: &str| {
        sql::<BigInt>(&format!(
            "CAST(COALESCE(SUM((SELECT {column} FROM storage_days WHERE tenant_id = tenants.id \
             ORDER BY date DESC LIMIT 1)), 0) AS BIGINT)"
        ))
    };
    let living = tenants::table.filter(tenants::deleted_at.is_null());
    let both = living.select((newest("stored_bytes"), newest("logical_bytes")));
    Ok(both.get_result(db)?)
}
