//! What tenants' backups take, day by day.
//!
//! A day has a row when something changed on it; what holds on the others is the row before.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use diesel::{
    dsl::sql,
    prelude::*,
    sql_types::{BigInt, Nullable},
    upsert::excluded,
};

use super::{
    columns::{Origin, big},
    conn::{Db, each_backend},
    contents,
    error::StoreError,
    schema::{backup_sets, storage_days},
};
use crate::domain::{ids::TenantId, storage::Usage};

/// Tenants in one statement: SQLite takes one parameter for each.
const CHUNK: usize = 500;

/// Notes what a tenant's backups take now, for the day. Whoever stores or removes some calls it.
pub fn note(db: &mut Db, tenant: TenantId, now: DateTime<Utc>) -> Result<(), StoreError> {
    let usage = usage(db, tenant)?;
    let row = (
        storage_days::tenant_id.eq(tenant.to_string()),
        storage_days::date.eq(now.date_naive()),
        storage_days::stored_bytes.eq(big(usage.stored)),
        storage_days::logical_bytes.eq(big(usage.logical)),
    );
    let changes = (
        storage_days::stored_bytes.eq(excluded(storage_days::stored_bytes)),
        storage_days::logical_bytes.eq(excluded(storage_days::logical_bytes)),
    );
    each_backend!(db, |conn| diesel::insert_into(storage_days::table)
        .values(row)
        .on_conflict((storage_days::tenant_id, storage_days::date))
        .do_update()
        .set(changes)
        .execute(conn))?;
    Ok(())
}

/// Whether a tenant's backups take something else than was noted last; false where nothing ever was.
pub fn is_outdated(db: &mut Db, tenant: TenantId) -> Result<bool, StoreError> {
    let query = storage_days::table
        .filter(storage_days::tenant_id.eq(tenant.to_string()))
        .order(storage_days::date.desc())
        .select((storage_days::stored_bytes, storage_days::logical_bytes));
    let Some(noted) = query.first::<(i64, i64)>(db).optional()? else {
        return Ok(false);
    };
    let usage = usage(db, tenant)?;
    Ok(noted != (big(usage.stored), big(usage.logical)))
}

fn usage(db: &mut Db, tenant: TenantId) -> Result<Usage, StoreError> {
    Ok(Usage {
        stored: contents::stored_bytes(db, tenant)?,
        logical: logical_bytes(db, tenant)?,
    })
}

/// What the sets of a tenant would take one by one.
fn logical_bytes(db: &mut Db, tenant: TenantId) -> Result<u64, StoreError> {
    let sum = sql::<Nullable<BigInt>>("CAST(SUM(payload_bytes) AS BIGINT)");
    let bytes: Option<i64> = backup_sets::table
        .filter(backup_sets::tenant_id.eq(tenant.to_string()))
        .filter(backup_sets::purged_at.is_null())
        .select(sum)
        .get_result(db)?;
    from(&tenant.to_string()).number(bytes.unwrap_or(0))
}

fn from(tenant: &str) -> Origin<'_> {
    Origin {
        what: "storage of tenant",
        id: tenant,
    }
}

type DayRow = (String, NaiveDate, i64, i64);

fn parsed(rows: Vec<DayRow>) -> Result<Vec<(TenantId, NaiveDate, Usage)>, StoreError> {
    let usages = rows.iter().map(|(tenant, date, stored, logical)| {
        let from = from(tenant);
        let usage = Usage {
            stored: from.number(*stored)?,
            logical: from.number(*logical)?,
        };
        Ok((from.text(tenant)?, *date, usage))
    });
    usages.collect()
}

/// The days of some tenants that have a row, from a date on, and the newest before it; oldest first.
pub fn since(
    db: &mut Db,
    tenants: &[TenantId],
    first: NaiveDate,
) -> Result<HashMap<TenantId, Vec<(NaiveDate, Usage)>>, StoreError> {
    let mut days: HashMap<TenantId, Vec<(NaiveDate, Usage)>> = HashMap::new();
    for chunk in tenants.chunks(CHUNK) {
        let ids: Vec<String> = chunk.iter().map(ToString::to_string).collect();
        let mut rows = newest_before(db, &ids, first)?;
        rows.extend::<Vec<DayRow>>(
            storage_days::table
                .filter(storage_days::tenant_id.eq_any(&ids))
                .filter(storage_days::date.ge(first))
                .order(storage_days::date)
                .load(db)?,
        );
        for (tenant, date, usage) in parsed(rows)? {
            days.entry(tenant).or_default().push((date, usage));
        }
    }
    Ok(days)
}

fn newest_before(
    db: &mut Db,
    tenants: &[String],
    first: NaiveDate,
) -> Result<Vec<DayRow>, StoreError> {
    let later = diesel::alias!(storage_days as later);
    let newest = later
        .filter(
            later
                .field(storage_days::tenant_id)
                .eq(storage_days::tenant_id),
        )
        .filter(later.field(storage_days::date).lt(first))
        .select(diesel::dsl::max(later.field(storage_days::date)))
        .single_value();
    Ok(storage_days::table
        .filter(storage_days::tenant_id.eq_any(tenants))
        .filter(storage_days::date.nullable().eq(newest))
        .load(db)?)
}

/// What the backups of some tenants took last before a date; those without a row are left out.
pub fn newest(
    db: &mut Db,
    tenants: &[TenantId],
    before: NaiveDate,
) -> Result<HashMap<TenantId, Usage>, StoreError> {
    let mut newest = HashMap::new();
    for chunk in tenants.chunks(CHUNK) {
        let ids: Vec<String> = chunk.iter().map(ToString::to_string).collect();
        let rows = newest_before(db, &ids, before)?;
        let rows = parsed(rows)?.into_iter();
        newest.extend(rows.map(|(tenant, _, usage)| (tenant, usage)));
    }
    Ok(newest)
}

/// Removes every row of a tenant that is deleted.
pub fn remove(db: &mut Db, tenant: TenantId) -> Result<usize, StoreError> {
    let rows = storage_days::table.filter(storage_days::tenant_id.eq(tenant.to_string()));
    Ok(diesel::delete(rows).execute(db)?)
}
