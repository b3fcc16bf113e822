//! Run events: what subscribers are told, in the order in which it was committed.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::{dsl::min, prelude::*};

use super::{
    columns::{Origin, stamp},
    conn::Db,
    error::StoreError,
    runs::{RunRow, json},
    schema::run_events,
    streams,
};
use crate::domain::{
    ids::TenantId,
    run::{Run, RunStatus},
};

/// That a run changed its status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunEvent {
    /// Its place in the tenant's stream, from 1.
    pub sequence: i64,
    /// When it happened.
    pub occurred_at: DateTime<Utc>,
    /// Status before; none for a run's first event.
    pub previous: Option<RunStatus>,
    /// The run as it was then.
    pub run: Run,
}

#[derive(Clone, Debug, Queryable, Insertable)]
#[diesel(table_name = run_events)]
struct RunEventRow {
    tenant_id: String,
    sequence: i64,
    occurred_at: NaiveDateTime,
    run_id: String,
    schedule_id: String,
    previous_status: Option<String>,
    run: String,
}

impl TryFrom<RunEventRow> for RunEvent {
    type Error = StoreError;

    fn try_from(row: RunEventRow) -> Result<Self, StoreError> {
        let from = Origin {
            what: "event of run",
            id: &row.run_id,
        };
        let run: RunRow = serde_json::from_str(&row.run).map_err(|error| from.corrupt(error))?;
        Ok(Self {
            sequence: row.sequence,
            occurred_at: row.occurred_at.and_utc(),
            previous: from.maybe(row.previous_status.as_deref())?,
            run: Run::try_from(run)?,
        })
    }
}

/// Writes that a run changed its status. Call it last in a transaction, before people are told: it
/// takes the tenant's counter.
pub fn append(
    db: &mut Db,
    run: &Run,
    previous: Option<RunStatus>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let row = RunEventRow {
        tenant_id: run.tenant.to_string(),
        sequence: streams::next(db, run.tenant.into())?,
        occurred_at: stamp(now),
        run_id: run.id.to_string(),
        schedule_id: run.schedule.to_string(),
        previous_status: previous.map(|status| status.to_string()),
        run: json(&RunRow::of(run)?)?,
    };
    diesel::insert_into(run_events::table)
        .values(row)
        .execute(db)?;
    Ok(())
}

/// The place of a tenant's oldest event that is still kept.
pub fn oldest(db: &mut Db, tenant: TenantId) -> Result<Option<i64>, StoreError> {
    Ok(run_events::table
        .filter(run_events::tenant_id.eq(tenant.to_string()))
        .select(min(run_events::sequence))
        .first(db)?)
}

/// The events of a tenant after a place, in order.
pub fn after(
    db: &mut Db,
    tenant: TenantId,
    sequence: i64,
    most: i64,
) -> Result<Vec<RunEvent>, StoreError> {
    let rows: Vec<RunEventRow> = run_events::table
        .filter(run_events::tenant_id.eq(tenant.to_string()))
        .filter(run_events::sequence.gt(sequence))
        .order(run_events::sequence)
        .limit(most)
        .load(db)?;
    rows.into_iter().map(RunEvent::try_from).collect()
}
