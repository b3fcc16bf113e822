//! Counts over whole tenants, for many tenants at once: dashboards of people who look after hundreds.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeDelta, Utc};
use diesel::{
    dsl::{count_star, max, sql},
    prelude::*,
    sql_types::{BigInt, Nullable, Text, Timestamp},
};

use super::{
    columns::{Origin, stamp},
    conn::Db,
    error::StoreError,
    schema::{backup_sets, runs, schedules, tenants},
    storage_days,
};
use crate::domain::{calendar::Entry, ids::TenantId, run::RunStatus};

/// Tenants in one statement: SQLite takes one parameter for each.
const CHUNK: usize = 500;

/// How long a run that did not go well is counted.
const RECENT: TimeDelta = TimeDelta::hours(24);

/// What there is of a tenant, and how it fares.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Overview {
    /// Schedules, deleted ones left out.
    pub schedules: i64,
    /// Those that fire.
    pub enabled: i64,
    /// Those that fire and are stale.
    pub stale: i64,
    /// When the earliest of them fires next.
    pub next_run_at: Option<DateTime<Utc>>,
    /// Runs that are queued or running.
    pub active_runs: i64,
    /// Runs that failed in the last 24 hours.
    pub failed_runs: i64,
    /// Runs that ended with something missing in the last 24 hours.
    pub partial_runs: i64,
    /// When the last run that succeeded ended.
    pub last_succeeded_at: Option<DateTime<Utc>>,
    /// Backup sets, deleted ones left out.
    pub sets: i64,
    /// Bytes that the stored contents take.
    pub stored_bytes: u64,
}

/// The overviews of some tenants, which all exist.
pub fn of(
    db: &mut Db,
    tenants: &[TenantId],
    now: DateTime<Utc>,
) -> Result<HashMap<TenantId, Overview>, StoreError> {
    let mut all = HashMap::with_capacity(tenants.len());
    for chunk in tenants.chunks(CHUNK) {
        let mut overviews: HashMap<TenantId, Overview> = chunk
            .iter()
            .map(|tenant| (*tenant, Overview::default()))
            .collect();
        let ids: Vec<String> = chunk.iter().map(ToString::to_string).collect();
        count_schedules(db, &ids, now, &mut overviews)?;
        count_runs(db, &ids, now, &mut overviews)?;
        count_sets(db, &ids, &mut overviews)?;
        let tomorrow = now.date_naive().succ_opt().unwrap_or(NaiveDate::MAX);
        for (tenant, usage) in storage_days::newest(db, chunk, tomorrow)? {
            overviews.entry(tenant).or_default().stored_bytes = usage.stored;
        }
        all.extend(overviews);
    }
    Ok(all)
}

/// The overview that a row of a tenant belongs to.
fn of_tenant<'a>(
    overviews: &'a mut HashMap<TenantId, Overview>,
    tenant: &str,
) -> Result<&'a mut Overview, StoreError> {
    let from = Origin {
        what: "overview of tenant",
        id: tenant,
    };
    Ok(overviews.entry(from.text(tenant)?).or_default())
}

fn count_schedules(
    db: &mut Db,
    tenants: &[String],
    now: DateTime<Utc>,
    overviews: &mut HashMap<TenantId, Overview>,
) -> Result<(), StoreError> {
    let of_tenants = || {
        schedules::table
            .filter(schedules::tenant_id.eq_any(tenants))
            .filter(schedules::deleted_at.is_null())
            .group_by(schedules::tenant_id)
    };
    let all: Vec<(String, i64)> = of_tenants()
        .select((schedules::tenant_id, count_star()))
        .load(db)?;
    for (tenant, count) in all {
        of_tenant(overviews, &tenant)?.schedules = count;
    }
    let next = sql::<Nullable<Timestamp>>("MIN(next_run_at)");
    let enabled: Vec<(String, i64, Option<NaiveDateTime>)> = of_tenants()
        .filter(schedules::enabled.eq(true))
        .select((schedules::tenant_id, count_star(), next))
        .load(db)?;
    for (tenant, count, next) in enabled {
        let overview = of_tenant(overviews, &tenant)?;
        overview.enabled = count;
        overview.next_run_at = next.map(|at| at.and_utc());
    }
    let stale: Vec<(String, i64)> = of_tenants()
        .filter(schedules::enabled.eq(true))
        .filter(schedules::stale_at.le(stamp(now)))
        .select((schedules::tenant_id, count_star()))
        .load(db)?;
    for (tenant, count) in stale {
        of_tenant(overviews, &tenant)?.stale = count;
    }
    Ok(())
}

fn count_runs(
    db: &mut Db,
    ids: &[String],
    now: DateTime<Utc>,
    overviews: &mut HashMap<TenantId, Overview>,
) -> Result<(), StoreError> {
    let active = [RunStatus::Queued, RunStatus::Running].map(RunStatus::as_str);
    let active: Vec<(String, i64)> = runs::table
        .filter(runs::tenant_id.eq_any(ids))
        .filter(runs::status.eq_any(active))
        .group_by(runs::tenant_id)
        .select((runs::tenant_id, count_star()))
        .load(db)?;
    for (tenant, count) in active {
        of_tenant(overviews, &tenant)?.active_runs = count;
    }
    for (tenant, count) in recent(db, ids, RunStatus::Failed, now)? {
        of_tenant(overviews, &tenant)?.failed_runs = count;
    }
    for (tenant, count) in recent(db, ids, RunStatus::Partial, now)? {
        of_tenant(overviews, &tenant)?.partial_runs = count;
    }
    // One look into the index for each tenant: the runs of years are not gone through.
    let last = runs::table
        .filter(runs::tenant_id.eq(tenants::id))
        .filter(runs::status.eq(RunStatus::Succeeded.as_str()))
        .select(max(runs::finished_at))
        .single_value();
    let succeeded: Vec<(String, Option<NaiveDateTime>)> = tenants::table
        .filter(tenants::id.eq_any(ids))
        .select((tenants::id, last))
        .load(db)?;
    for (tenant, at) in succeeded {
        of_tenant(overviews, &tenant)?.last_succeeded_at = at.map(|at| at.and_utc());
    }
    Ok(())
}

/// How many runs of some tenants have ended so of late.
fn recent(
    db: &mut Db,
    tenants: &[String],
    status: RunStatus,
    now: DateTime<Utc>,
) -> Result<Vec<(String, i64)>, StoreError> {
    Ok(runs::table
        .filter(runs::tenant_id.eq_any(tenants))
        .filter(runs::status.eq(status.as_str()))
        .filter(runs::finished_at.ge(stamp(now - RECENT)))
        .group_by(runs::tenant_id)
        .select((runs::tenant_id, count_star()))
        .load(db)?)
}

fn count_sets(
    db: &mut Db,
    tenants: &[String],
    overviews: &mut HashMap<TenantId, Overview>,
) -> Result<(), StoreError> {
    let sets: Vec<(String, i64)> = backup_sets::table
        .filter(backup_sets::tenant_id.eq_any(tenants))
        .filter(backup_sets::deleted_at.is_null())
        .group_by(backup_sets::tenant_id)
        .select((backup_sets::tenant_id, count_star()))
        .load(db)?;
    for (tenant, count) in sets {
        of_tenant(overviews, &tenant)?.sets = count;
    }
    Ok(())
}

/// A quarter of an hour in seconds.
const QUARTER: i64 = 900;

/// In which quarter of an hour since 1970 a run was queued.
fn quarter(db: &Db) -> &'static str {
    match db {
        Db::Sqlite(_) => "CAST(strftime('%s', runs.created_at) AS INTEGER) / 900",
        Db::Postgres(_) => "CAST(FLOOR(EXTRACT(EPOCH FROM runs.created_at) / 900) AS BIGINT)",
    }
}

/// The runs of some tenants that a calendar from an instant on shows.
pub fn calendar(
    db: &mut Db,
    tenants: &[TenantId],
    since: DateTime<Utc>,
) -> Result<HashMap<TenantId, Vec<Entry>>, StoreError> {
    let mut entries: HashMap<TenantId, Vec<Entry>> = HashMap::new();
    let of = |tenant: &str| {
        Origin {
            what: "calendar of tenant",
            id: tenant,
        }
        .text(tenant)
    };
    for chunk in tenants.chunks(CHUNK) {
        let ids: Vec<String> = chunk.iter().map(ToString::to_string).collect();
        let alike = format!("runs.tenant_id, {}, runs.status", quarter(db));
        let counted = sql::<(Text, BigInt, Text, BigInt)>(&alike).sql(", COUNT(*)");
        let ended: Vec<(String, i64, String, i64)> = runs::table
            .filter(runs::tenant_id.eq_any(&ids))
            .filter(runs::created_at.ge(stamp(since)))
            .filter(runs::status.ne(RunStatus::Missed.as_str()))
            .group_by(sql::<(Text, BigInt, Text)>(&alike))
            .select(counted)
            .load(db)?;
        for (tenant, quarter, status, count) in ended {
            let from = Origin {
                what: "runs of tenant",
                id: &tenant,
            };
            let at = DateTime::from_timestamp(quarter.saturating_mul(QUARTER), 0);
            let entry = Entry::Runs {
                at: at.ok_or_else(|| from.corrupt("a run outside the calendar"))?,
                status: from.text(&status)?,
                count: from.number(count)?,
            };
            entries.entry(of(&tenant)?).or_default().push(entry);
        }
        let missed: Vec<MissedRow> = runs::table
            .filter(runs::tenant_id.eq_any(&ids))
            .filter(runs::status.eq(RunStatus::Missed.as_str()))
            .filter(runs::finished_at.ge(stamp(since)))
            .select((
                runs::tenant_id,
                runs::slot,
                runs::last_missed_at,
                runs::missed_count,
            ))
            .load(db)?;
        for (tenant, first, last, count) in missed {
            let Some(first) = first else { continue };
            let entry = Entry::Missed {
                first: first.and_utc(),
                last: last.unwrap_or(first).and_utc(),
                count: count
                    .and_then(|count| u32::try_from(count).ok())
                    .unwrap_or(1),
            };
            entries.entry(of(&tenant)?).or_default().push(entry);
        }
    }
    Ok(entries)
}

type MissedRow = (
    String,
    Option<NaiveDateTime>,
    Option<NaiveDateTime>,
    Option<i32>,
);
