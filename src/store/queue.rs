//! The queue: runs that wait for a worker, oldest first.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::{
    dsl::{exists, min, not},
    prelude::*,
};

use super::{
    columns::{Origin, stamp},
    conn::Db,
    error::StoreError,
    runs::{RunRow, parsed},
    schema::runs,
};
use crate::domain::{
    ids::TenantId,
    run::{Run, RunStatus, TriggerKind},
};

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

/// Tenants that have a queued run whose time has come and no running one, longest wait first.
pub fn waiting_tenants(
    db: &mut Db,
    now: DateTime<Utc>,
    most: i64,
) -> Result<Vec<TenantId>, StoreError> {
    let running = diesel::alias!(runs as running);
    let is_running = running
        .filter(running.field(runs::tenant_id).eq(runs::tenant_id))
        .filter(running.field(runs::status).eq(RunStatus::Running.as_str()));
    let tenants: Vec<(String, Option<NaiveDateTime>)> = runs::table
        .filter(runs::status.eq(RunStatus::Queued.as_str()))
        .filter(
            runs::next_attempt_at
                .is_null()
                .or(runs::next_attempt_at.le(stamp(now))),
        )
        .filter(not(exists(is_running)))
        .group_by(runs::tenant_id)
        .select((runs::tenant_id, min(runs::created_at)))
        .order((min(runs::created_at), runs::tenant_id))
        .limit(most)
        .load(db)?;
    tenants
        .iter()
        .map(|(id, _)| Origin { what: "tenant", id }.text(id))
        .collect()
}

/// Queued runs of schedules that were queued until an instant.
pub fn queued_until(db: &mut Db, until: DateTime<Utc>, most: i64) -> Result<Vec<Run>, StoreError> {
    let query = runs::table
        .filter(runs::status.eq(RunStatus::Queued.as_str()))
        .filter(runs::trigger_kind.eq(TriggerKind::Scheduled.as_str()))
        .filter(runs::created_at.le(stamp(until)))
        .order((runs::created_at, runs::id))
        .limit(most);
    parsed(query.load(db)?)
}
