//! The queue: runs that wait for a worker. Within a tenant the oldest is next; among tenants the one
//! whose run has waited longest for its turn.

use std::collections::HashSet;

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use diesel::{
    define_sql_function,
    dsl::{auto_type, exists, not, sql},
    prelude::*,
    sql_types::{Bool, Nullable, Timestamp},
};

use super::{
    columns::{Origin, stamp},
    conn::Db,
    error::StoreError,
    runs::{RunRow, readable_runs},
    schema::{runs, tenants},
};
use crate::{
    domain::{
        global_id::GlobalId,
        ids::TenantId,
        run::{Run, RunStatus, TriggerKind},
    },
    telemetry::chain,
};

define_sql_function! {
    /// The first that is not null.
    fn coalesce(first: Nullable<Timestamp>, second: Timestamp) -> Timestamp;
}

/// How long a queued run is put off whose row cannot be read.
const PUT_OFF: TimeDelta = TimeDelta::hours(1);

/// The tenant's oldest queued run whose time has come; those that an outage strands are left to the tick that
/// ends them. One whose row cannot be read is put off, so that it keeps neither the others nor its tenant's
/// place in the queue.
pub fn next_queued(
    db: &mut Db,
    tenant: TenantId,
    stranded_until: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Result<Option<Run>, StoreError> {
    loop {
        let row: Option<RunRow> = runs::table
            .filter(runs::tenant_id.eq(tenant.to_string()))
            .filter(runs::status.eq(RunStatus::Queued.as_str()))
            .filter(may_begin(stranded_until, now))
            .order((runs::created_at, runs::id))
            .first(db)
            .optional()?;
        let Some(row) = row else {
            return Ok(None);
        };
        let queued = runs::table.find(row.id.clone());
        match Run::try_from(row) {
            Ok(run) => return Ok(Some(run)),
            Err(error) => {
                tracing::error!(tenant.id = %tenant.to_global(), error = %chain(&error), "a queued run cannot be read; it is put off by an hour");
                diesel::update(queued)
                    .set(runs::next_attempt_at.eq(stamp(now + PUT_OFF)))
                    .execute(db)?;
            }
        }
    }
}

/// Whose time has come, and whom no outage strands.
#[auto_type(no_type_alias)]
fn may_begin(stranded_until: Option<DateTime<Utc>>, now: DateTime<Utc>) -> _ {
    let now: NaiveDateTime = stamp(now);
    let stranded_until: NaiveDateTime = stamp(stranded_until.unwrap_or(DateTime::UNIX_EPOCH));
    let scheduled: &'static str = TriggerKind::Scheduled.as_str();
    let is_due = runs::next_attempt_at
        .is_null()
        .or(runs::next_attempt_at.le(now));
    let is_not_stranded = runs::trigger_kind
        .ne(scheduled)
        .or(runs::created_at.gt(stranded_until));
    is_due.and(is_not_stranded)
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

/// Tenants that have a queued run whose time has come and no running one, longest wait first; some are left out, and
/// runs that an outage strands count for nothing.
///
/// Reads the queue from its front, some rows at a time, and leaves out in each look the tenants found
/// before: what it costs grows with the tenants that are wanted, and not with the queue.
pub fn waiting_tenants(
    db: &mut Db,
    most: usize,
    but: &HashSet<TenantId>,
    stranded_until: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Result<Vec<TenantId>, StoreError> {
    let mut found: Vec<String> = Vec::new();
    let but: Vec<String> = but.iter().map(ToString::to_string).collect();
    while found.len() < most {
        let rows = (most - found.len())
            .saturating_mul(ROWS_FOR_EACH)
            .max(LEAST_ROWS);
        let known = but.iter().chain(&found).cloned().collect();
        let front = front(db, known, stranded_until, rows, now)?;
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
    but: Vec<String>,
    stranded_until: Option<DateTime<Utc>>,
    rows: usize,
    now: DateTime<Utc>,
) -> Result<Vec<String>, StoreError> {
    let running = diesel::alias!(runs as running);
    let is_running = running
        .filter(running.field(runs::tenant_id).eq(runs::tenant_id))
        .filter(running.field(runs::status).eq(RunStatus::Running.as_str()));
    let query = runs::table
        .filter(runs::status.eq(RunStatus::Queued.as_str()))
        .filter(may_begin(stranded_until, now))
        .filter(runs::tenant_id.ne_all(but))
        .filter(not(exists(is_running)))
        .order((coalesce(runs::turn_at, runs::created_at), runs::id))
        .select(runs::tenant_id)
        .limit(i64::try_from(rows).unwrap_or(i64::MAX));
    Ok(query.load(db)?)
}

/// When the last run of a tenant ended that had begun, as SQL: one look at an index for each status.
fn last_end(tenant: &str) -> String {
    let ends = RunStatus::BEGUN.map(|status| {
        format!(
            "SELECT MAX(ended.finished_at) AS at FROM runs AS ended WHERE ended.tenant_id = {tenant} \
             AND ended.status = '{status}' AND ended.started_at IS NOT NULL"
        )
    });
    ends.join(" UNION ALL ")
}

/// Since when a queued run could have started, if its tenant has no running one: since it has waited, or the
/// run of its tenant before it ended.
pub fn startable_since(db: &mut Db, run: &Run) -> Result<DateTime<Utc>, StoreError> {
    let end = format!("(SELECT MAX(at) FROM ({}) AS ends)", last_end("tenants.id"));
    let end = tenants::table
        .find(run.tenant.to_string())
        .select(sql::<Nullable<Timestamp>>(&end));
    let end: Option<NaiveDateTime> = end.first(db)?;
    let own = run.waits_since();
    Ok(end.map_or(own, |end| own.max(end.and_utc())))
}

/// Since when the run has waited that could have been claimed first, of those whose tenant has no running one; an
/// instant to come when each of them waits for its next attempt. None when there are none.
pub fn waiting_since(db: &mut Db) -> Result<Option<DateTime<Utc>>, StoreError> {
    // Written out, as in `figures`.
    let (queued, running) = (RunStatus::Queued, RunStatus::Running);
    let startable = || {
        runs::table.filter(sql::<Bool>(&format!(
            "runs.status = '{queued}' AND NOT EXISTS (SELECT 1 FROM runs AS running \
             WHERE running.tenant_id = runs.tenant_id AND running.status = '{running}')"
        )))
    };
    let is_handed_back = || {
        runs::started_at
            .is_not_null()
            .and(runs::next_attempt_at.is_null())
    };
    let first = format!(
        "MIN((SELECT MAX(at) FROM (SELECT COALESCE(runs.next_attempt_at, runs.created_at) AS at \
         UNION ALL {}) AS times))",
        last_end("runs.tenant_id")
    );
    let first: Option<NaiveDateTime> = startable()
        .filter(not(is_handed_back()))
        .select(sql::<Nullable<Timestamp>>(&first))
        .get_result(db)?;
    let mut first = first.map(|at| at.and_utc());
    // What a server leaves that stops: a few.
    let handed_back = startable().filter(is_handed_back());
    for run in readable_runs(handed_back.load(db)?) {
        let since = startable_since(db, &run)?;
        first = Some(first.map_or(since, |first| first.min(since)));
    }
    Ok(first)
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
