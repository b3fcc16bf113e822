//! The completeness record of runs: one row per run and kind.

use diesel::prelude::*;

use super::{
    columns::{Origin, big, int},
    conn::{Db, each_backend},
    error::StoreError,
    run_failures,
    schema::{run_kinds, runs},
};
use crate::domain::{
    completeness::KindResult,
    failure::Failure,
    ids::{RunId, TenantId},
};

#[derive(Clone, Debug, Queryable, Insertable)]
#[diesel(table_name = run_kinds, treat_none_as_default_value = false)]
struct RunKindRow {
    run_id: String,
    kind: String,
    status: String,
    listed_count: Option<i32>,
    item_count: i32,
    reused_count: i32,
    failed_count: i32,
    vanished_count: i32,
    payload_bytes: i64,
    request_count: i64,
    error_code: Option<String>,
    error_message: Option<String>,
}

impl RunKindRow {
    fn of(run: RunId, result: &KindResult) -> Self {
        Self {
            run_id: run.to_string(),
            kind: result.kind.to_string(),
            status: result.status.to_string(),
            listed_count: result.listed.map(int),
            item_count: int(result.items),
            reused_count: int(result.reused),
            failed_count: int(result.failed),
            vanished_count: int(result.vanished),
            payload_bytes: big(result.payload_bytes),
            request_count: big(result.requests),
            error_code: result
                .failure
                .as_ref()
                .map(|failure| failure.code.to_string()),
            error_message: result
                .failure
                .as_ref()
                .map(|failure| failure.message.clone()),
        }
    }
}

impl TryFrom<RunKindRow> for KindResult {
    type Error = StoreError;

    fn try_from(row: RunKindRow) -> Result<Self, StoreError> {
        let from = Origin {
            what: "completeness record of run",
            id: &row.run_id,
        };
        let failure = match (&row.error_code, row.error_message) {
            (Some(code), Some(message)) => Some(Failure {
                code: from.text(code)?,
                message,
            }),
            (None, None) => None,
            _ => return Err(from.corrupt("a failure is half known")),
        };
        Ok(Self {
            kind: from.text(&row.kind)?,
            status: from.text(&row.status)?,
            listed: row
                .listed_count
                .map(|count| from.number(count))
                .transpose()?,
            items: from.number(row.item_count)?,
            reused: from.number(row.reused_count)?,
            failed: from.number(row.failed_count)?,
            vanished: from.number(row.vanished_count)?,
            payload_bytes: from.number(row.payload_bytes)?,
            requests: from.number(row.request_count)?,
            failure,
            failures: Vec::new(),
        })
    }
}

/// Writes the record of a run, names of what failed included, in place of the present one. The
/// caller holds the run.
pub fn replace(db: &mut Db, run: RunId, results: &[KindResult]) -> Result<(), StoreError> {
    run_failures::replace(db, run, results)?;
    amend(db, run, results)
}

/// The same, but the names of what failed stay as they are.
pub fn amend(db: &mut Db, run: RunId, results: &[KindResult]) -> Result<(), StoreError> {
    diesel::delete(run_kinds::table.filter(run_kinds::run_id.eq(run.to_string()))).execute(db)?;
    let rows: Vec<RunKindRow> = results
        .iter()
        .map(|result| RunKindRow::of(run, result))
        .collect();
    each_backend!(db, |conn| diesel::insert_into(run_kinds::table)
        .values(&rows)
        .execute(conn))?;
    Ok(())
}

/// The records of some runs of a tenant, each in the order of kinds, without the names of what failed.
pub fn of(
    db: &mut Db,
    tenant: TenantId,
    wanted: &[RunId],
) -> Result<Vec<(RunId, Vec<KindResult>)>, StoreError> {
    let ids: Vec<String> = wanted.iter().map(ToString::to_string).collect();
    let of_tenant = runs::table
        .filter(runs::tenant_id.eq(tenant.to_string()))
        .filter(runs::id.eq_any(&ids))
        .select(runs::id);
    let rows: Vec<RunKindRow> = run_kinds::table
        .filter(run_kinds::run_id.eq_any(of_tenant))
        .load(db)?;
    let mut records: Vec<(RunId, Vec<KindResult>)> =
        wanted.iter().map(|run| (*run, Vec::new())).collect();
    for row in rows {
        let id: RunId = Origin {
            what: "completeness record of run",
            id: &row.run_id,
        }
        .text(&row.run_id)?;
        let result = KindResult::try_from(row)?;
        if let Some((_, results)) = records.iter_mut().find(|(run, _)| *run == id) {
            results.push(result);
        }
    }
    for (_, results) in &mut records {
        results.sort_by_key(|result| result.kind);
    }
    Ok(records)
}
