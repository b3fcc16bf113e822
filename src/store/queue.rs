//! The queue: runs that wait for a worker. Within a tenant the oldest is next; among tenants the one
//! whose run has waited longest for its turn.

use chrono::{DateTime, Utc};
use diesel::{
    define_sql_function,
    dsl::{exists, not},
    prelude::*,
    sql_types::{Nullable, Timestamp},
};

use super::{
    columns::{Origin, stamp},
    conn::Db,
    error::StoreError,
    runs::{RunRow, readable_runs},
    schema::runs,
};
use crate::domain::{
    ids::TenantId,
    run::{Run, RunStatus, TriggerKind},
};

define_sql_function! {
    /// The first that is not null.
    fn coalesce(first: Nullable<Timestamp>, second: Timestamp) -> Timestamp;
}

/// The tenant's oldest queued run whose time has come.
pub fn next_queued(
    db: &mut Db,
    tenant: TenantId,
    now: DateTime<Utc>,
) -> Result<Option<Run>, StoreError> {
    let row: Option<RunRow> = runs::table
        .filter(runs::tenant_id.eq(tenant.to_string()))
        .filter(runs::status.eq(RunStatus::Queued.as_str()))
        .filter(
            runs::next_attempt_at
                .is_null()
                .or(runs::next_attempt_at.le(stamp(now))),
        )
        .order((runs::created_at, runs::id))
        .first(db)
        .optional()?;
    row.map(Run::try_from).transpose()
}

/// Lets the queued runs of a tenant wait anew, because one of its runs was claimed. Runs that somebody
/// holds keep their turn: nobody waits for fairness.
pub fn give_turns(db: &mut Db, tenant: TenantId, now: DateTime<Utc>) -> Result<(), StoreError> {
    let waiting = runs::table
        .filter(runs::tenant_id.eq(tenant.to_string()))
        .filter(runs::status.eq(RunStatus::Queued.as_str()))
        .filter(coalesce(runs::turn_at, runs::created_at).lt(stamp(now)))
        .select(runs::id);
    let waiting: Vec<String> = match db {
        // Its writers are one at a time.
        Db::Sqlite(conn) => waiting.load(conn)?,
        Db::Postgres(conn) => waiting.for_no_key_update().skip_locked().load(conn)?,
    };
    if !waiting.is_empty() {
        diesel::update(runs::table.filter(runs::id.eq_any(waiting)))
            .set(runs::turn_at.eq(stamp(now)))
            .execute(db)?;
    }
    Ok(())
}

/// Rows that are looked at for each tenant that is wanted, and at the least.
const ROWS_FOR_EACH: usize = 4;
const LEAST_ROWS: usize = 16;

/// Tenants that have a queued run whose time has come and no running one, longest wait first.
///
/// Reads the queue from its front, some rows at a time, and leaves out in each look the tenants found
/// before: what it costs grows with the tenants that are wanted, and not with the queue.
pub fn waiting_tenants(
    db: &mut Db,
    now: DateTime<Utc>,
    most: usize,
) -> Result<Vec<TenantId>, StoreError> {
    let mut found: Vec<String> = Vec::new();
    while found.len() < most {
        let rows = (most - found.len())
            .saturating_mul(ROWS_FOR_EACH)
            .max(LEAST_ROWS);
        let front = front(db, now, &found, rows)?;
        let is_last = front.len() < rows;
        for tenant in front {
            if found.len() < most && !found.contains(&tenant) {
                found.push(tenant);
            }
        }
        if is_last {
            break;
        }
    }
    found
        .iter()
        .map(|id| Origin { what: "tenant", id }.text(id))
        .collect()
}

/// The tenants of the runs at the front of the queue, but for some: one for each run.
fn front(
    db: &mut Db,
    now: DateTime<Utc>,
    but: &[String],
    rows: usize,
) -> Result<Vec<String>, StoreError> {
    let running = diesel::alias!(runs as running);
    let is_running = running
        .filter(running.field(runs::tenant_id).eq(runs::tenant_id))
        .filter(running.field(runs::status).eq(RunStatus::Running.as_str()));
    let query = runs::table
        .filter(runs::status.eq(RunStatus::Queued.as_str()))
        .filter(
            runs::next_attempt_at
                .is_null()
                .or(runs::next_attempt_at.le(stamp(now))),
        )
        .filter(runs::tenant_id.ne_all(but.to_vec()))
        .filter(not(exists(is_running)))
        .order((coalesce(runs::turn_at, runs::created_at), runs::id))
        .select(runs::tenant_id)
        .limit(i64::try_from(rows).unwrap_or(i64::MAX));
    Ok(query.load(db)?)
}

/// Queued runs of schedules that were queued until an instant. Rows that cannot be read are passed over.
pub fn queued_until(db: &mut Db, until: DateTime<Utc>, most: i64) -> Result<Vec<Run>, StoreError> {
    let query = runs::table
        .filter(runs::status.eq(RunStatus::Queued.as_str()))
        .filter(runs::trigger_kind.eq(TriggerKind::Scheduled.as_str()))
        .filter(runs::created_at.le(stamp(until)))
        .order((runs::created_at, runs::id))
        .limit(most);
    Ok(readable_runs(query.load(db)?))
}
