//! Run events: what subscribers are told, in the order in which it was committed.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::{dsl::min, prelude::*};

use super::{
    columns::{Origin, stamp},
    conn::{Db, each_backend},
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

/// That a run has another status now.
#[derive(Clone, Debug)]
pub struct StatusChange {
    /// The run as it is now.
    pub run: Run,
    /// Status before; none for a new run.
    pub previous: Option<RunStatus>,
}

/// Events of one statement.
const CHUNK: usize = 500;

#[derive(Clone, Debug, Queryable, Insertable)]
#[diesel(table_name = run_events, treat_none_as_default_value = false)]
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

impl RunEventRow {
    fn of(change: &StatusChange, sequence: i64, now: DateTime<Utc>) -> Result<Self, StoreError> {
        let StatusChange { run, previous } = change;
        Ok(Self {
            tenant_id: run.tenant.to_string(),
            sequence,
            occurred_at: stamp(now),
            run_id: run.id.to_string(),
            schedule_id: run.schedule.to_string(),
            previous_status: previous.map(|status| status.to_string()),
            run: json(&RunRow::of(run)?)?,
        })
    }
}

/// Writes that runs changed their status, in this order. Call it last in a transaction, before people
/// are told: it takes the tenants' counters.
pub fn append(db: &mut Db, changes: &[StatusChange], now: DateTime<Utc>) -> Result<(), StoreError> {
    let mut more = BTreeMap::new();
    for change in changes {
        *more.entry(change.run.tenant).or_default() += 1;
    }
    let mut next = streams::reserve(db, &more)?;
    for chunk in changes.chunks(CHUNK) {
        let rows: Vec<RunEventRow> = chunk
            .iter()
            .map(|change| {
                let tenant = change.run.tenant;
                let next = next.get_mut(&tenant).ok_or_else(|| {
                    let id = &tenant.to_string();
                    let what = "stream of tenant";
                    Origin { what, id }.corrupt("it has no place for an event")
                })?;
                let row = RunEventRow::of(change, *next, now)?;
                *next += 1;
                Ok(row)
            })
            .collect::<Result<_, StoreError>>()?;
        each_backend!(db, |conn| diesel::insert_into(run_events::table)
            .values(&rows)
            .execute(conn))?;
    }
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
