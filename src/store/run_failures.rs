//! The completeness record by name: the objects that a run could not store.

use diesel::prelude::*;

use super::{
    columns::Origin,
    conn::{Db, each_backend},
    error::StoreError,
    schema::{run_failures, runs},
};
use crate::domain::{
    completeness::{KindResult, ObjectFailure},
    failure::Failure,
    ids::{RunId, TenantId},
    kind::PolicyKind,
};

/// Rows of one statement; a database takes only so many parameters.
const CHUNK: usize = 500;

#[derive(Clone, Debug, Queryable, Insertable)]
#[diesel(table_name = run_failures, treat_none_as_default_value = false)]
struct FailureRow {
    run_id: String,
    kind: String,
    place: i16,
    graph_id: Option<String>,
    name: String,
    error_code: String,
    error_message: String,
}

impl FailureRow {
    fn all_of(run: RunId, result: &KindResult) -> impl Iterator<Item = Self> + '_ {
        (0..)
            .zip(&result.failures)
            .map(move |(place, failed)| Self {
                run_id: run.to_string(),
                kind: result.kind.to_string(),
                place,
                graph_id: failed.graph_id.clone(),
                name: failed.name.clone(),
                error_code: failed.failure.code.to_string(),
                error_message: failed.failure.message.clone(),
            })
    }
}

/// Writes what failed in a run in place of what is there. The caller holds the run.
pub fn replace(db: &mut Db, run: RunId, results: &[KindResult]) -> Result<(), StoreError> {
    diesel::delete(run_failures::table.filter(run_failures::run_id.eq(run.to_string())))
        .execute(db)?;
    let rows: Vec<FailureRow> = results
        .iter()
        .flat_map(|result| FailureRow::all_of(run, result))
        .collect();
    for chunk in rows.chunks(CHUNK) {
        each_backend!(db, |conn| diesel::insert_into(run_failures::table)
            .values(chunk)
            .execute(conn))?;
    }
    Ok(())
}

/// Removes up to `most` runs' failures of a tenant that is deleted; the number removed.
pub fn remove_some(db: &mut Db, tenant: TenantId, most: i64) -> Result<usize, StoreError> {
    let of_tenant = run_failures::run_id.eq_any(
        runs::table
            .filter(runs::tenant_id.eq(tenant.to_string()))
            .select(runs::id),
    );
    let runs: Vec<String> = run_failures::table
        .filter(of_tenant)
        .select(run_failures::run_id)
        .distinct()
        .limit(most)
        .load(db)?;
    let rows = run_failures::table.filter(run_failures::run_id.eq_any(&runs));
    Ok(diesel::delete(rows).execute(db)?)
}

/// The objects that a run could not store, each with its kind.
pub type Failures = Vec<(PolicyKind, ObjectFailure)>;

/// What failed in some runs of a tenant, kind by kind in the order in which it failed.
pub fn of(
    db: &mut Db,
    tenant: TenantId,
    wanted: &[RunId],
) -> Result<Vec<(RunId, Failures)>, StoreError> {
    let ids: Vec<String> = wanted.iter().map(ToString::to_string).collect();
    let of_tenant = runs::table
        .filter(runs::tenant_id.eq(tenant.to_string()))
        .filter(runs::id.eq_any(&ids))
        .select(runs::id);
    let rows: Vec<FailureRow> = run_failures::table
        .filter(run_failures::run_id.eq_any(of_tenant))
        .order((
            run_failures::run_id,
            run_failures::kind,
            run_failures::place,
        ))
        .load(db)?;
    let mut failures: Vec<(RunId, Failures)> =
        wanted.iter().map(|run| (*run, Vec::new())).collect();
    for row in rows {
        let from = Origin {
            what: "failures of run",
            id: &row.run_id,
        };
        let (id, kind): (RunId, PolicyKind) = (from.text(&row.run_id)?, from.text(&row.kind)?);
        let code = from.text(&row.error_code)?;
        let failed = ObjectFailure {
            graph_id: row.graph_id,
            name: row.name,
            failure: Failure {
                code,
                message: row.error_message,
            },
        };
        if let Some((_, of_run)) = failures.iter_mut().find(|(run, _)| *run == id) {
            of_run.push((kind, failed));
        }
    }
    Ok(failures)
}
