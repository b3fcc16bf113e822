//! Runs that are queued or running.

use std::collections::HashMap;

use diesel::prelude::*;

use super::{
    columns::Origin,
    conn::Db,
    error::StoreError,
    runs::{RunRow, readable_runs},
    schema::runs,
};
use crate::domain::{
    ids::{RunId, ScheduleId, TenantId},
    run::{Run, RunStatus},
};

const ACTIVE: [RunStatus; 2] = [RunStatus::Queued, RunStatus::Running];

/// The one of a schedule.
pub fn of(db: &mut Db, schedule: ScheduleId) -> Result<Option<Run>, StoreError> {
    let query = runs::table.filter(runs::schedule_id.eq(schedule.to_string()));
    let row: Option<RunRow> = query
        .filter(runs::status.eq_any(ACTIVE.map(RunStatus::as_str)))
        .first(db)
        .optional()?;
    row.map(Run::try_from).transpose()
}

/// Which of some schedules have one, and which.
pub fn among(
    db: &mut Db,
    schedules: &[ScheduleId],
) -> Result<HashMap<ScheduleId, RunId>, StoreError> {
    if schedules.is_empty() {
        return Ok(HashMap::new());
    }
    let ids: Vec<String> = schedules.iter().map(ToString::to_string).collect();
    let rows: Vec<(String, String)> = runs::table
        .filter(runs::schedule_id.eq_any(ids))
        .filter(runs::status.eq_any(ACTIVE.map(RunStatus::as_str)))
        .select((runs::schedule_id, runs::id))
        .load(db)?;
    rows.iter()
        .map(|(schedule, id)| {
            let from = Origin { what: "run", id };
            Ok((from.text(schedule)?, from.text(id)?))
        })
        .collect()
}

/// Those of a tenant, oldest first. Rows that cannot be read are passed over.
pub fn of_tenant(db: &mut Db, tenant: TenantId) -> Result<Vec<Run>, StoreError> {
    let query = runs::table
        .filter(runs::tenant_id.eq(tenant.to_string()))
        .filter(runs::status.eq_any(ACTIVE.map(RunStatus::as_str)))
        .order((runs::created_at, runs::id));
    Ok(readable_runs(query.load(db)?))
}
