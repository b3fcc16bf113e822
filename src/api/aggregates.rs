//! What dashboards show of a tenant as a whole: counts, a calendar of runs, a curve of storage.

use std::{collections::HashMap, hash::Hash, sync::Arc};

use async_graphql::{SimpleObject, dataloader::Loader};
use chrono::{Days, NaiveDate, Utc};

use super::{
    call::Call,
    error::{Refusal, Result},
    loaders::Loaders,
    pages::TOO_MANY_POINTS,
    scalars::{BigInt, DateTime, LocalDate, TimeZone},
};
use crate::{
    domain::{
        calendar::{self, Day, Entry},
        ids::TenantId,
        storage::{self, Usage},
        time_of_day::TimeOfDay,
    },
    store::{
        overviews::{self, Overview},
        storage_days,
    },
};

/// The most days that a history goes back.
const LONGEST_HISTORY: usize = 366;

/// Counts for a dashboard tile. At most 60 seconds old.
#[derive(SimpleObject)]
pub(super) struct TenantOverview {
    /// Schedules, deleted ones left out.
    schedule_count: i32,
    /// Schedules that are enabled.
    enabled_schedule_count: i32,
    /// Runs that are queued or running.
    active_run_count: i32,
    /// Runs that ended FAILED in the last 24 hours.
    #[graphql(name = "failedRunCountLast24Hours")]
    failed_runs: i32,
    /// Runs that ended PARTIAL in the last 24 hours.
    #[graphql(name = "partialRunCountLast24Hours")]
    partial_runs: i32,
    /// Enabled schedules without a complete set for twice their interval.
    stale_schedule_count: i32,
    /// When the last SUCCEEDED run finished; null when there was none.
    last_succeeded_at: Option<DateTime>,
    /// Earliest next run over all enabled schedules; null when none is enabled.
    next_run_at: Option<DateTime>,
    /// Backup sets, deleted ones left out.
    backup_set_count: i32,
    /// Size of the stored backup sets in bytes, deleted but not yet purged ones included.
    storage_bytes: BigInt,
    /// When these counts were taken.
    computed_at: DateTime,
}

impl TenantOverview {
    /// The counts of a tenant as they are now.
    pub(super) async fn of(call: &Call, tenant: TenantId) -> Result<Self> {
        let (overview, at) = call
            .load(OverviewOf(tenant))
            .await?
            .ok_or_else(Refusal::not_found)?;
        let count = |number: i64| i32::try_from(number).unwrap_or(i32::MAX);
        Ok(Self {
            schedule_count: count(overview.schedules),
            enabled_schedule_count: count(overview.enabled),
            active_run_count: count(overview.active_runs),
            failed_runs: count(overview.failed_runs),
            partial_runs: count(overview.partial_runs),
            stale_schedule_count: count(overview.stale),
            last_succeeded_at: overview.last_succeeded_at.map(DateTime),
            next_run_at: overview.next_run_at.map(DateTime),
            backup_set_count: count(overview.sets),
            storage_bytes: bytes(overview.stored_bytes),
            computed_at: DateTime(at),
        })
    }
}

/// Runs of one day by their outcome.
#[derive(SimpleObject)]
pub(super) struct RunCalendarDay {
    /// The day.
    date: LocalDate,
    /// Runs that ended SUCCEEDED.
    succeeded: i32,
    /// Runs that ended PARTIAL.
    partial: i32,
    /// Runs that ended FAILED.
    failed: i32,
    /// Slots that were SKIPPED or MISSED, and CANCELLED runs.
    not_run: i32,
}

impl RunCalendarDay {
    fn of((date, day): (NaiveDate, Day)) -> Self {
        let count = |number: u32| i32::try_from(number).unwrap_or(i32::MAX);
        Self {
            date: LocalDate(date),
            succeeded: count(day.succeeded),
            partial: count(day.partial),
            failed: count(day.failed),
            not_run: count(day.not_run),
        }
    }

    /// The last days of a tenant by the dates of a zone, today being the last.
    pub(super) async fn last(
        call: &Call,
        tenant: TenantId,
        days: i32,
        zone: &TimeZone,
    ) -> Result<Vec<Self>> {
        let days = history(days)?;
        let no_date = || Refusal::bad_input("the calendar has no dates that far back");
        let zone = zone
            .zone()
            .map_err(|error| Refusal::bad_input(error.to_string()))?;
        let today = zone.date_at(call.clock.now()).ok_or_else(no_date)?;
        let first = first_of(days, today).ok_or_else(no_date)?;
        let since = zone
            .resolve(first, TimeOfDay::MIDNIGHT)
            .ok_or_else(no_date)?;
        let entries = call.load(RunsOf(tenant, since)).await?.unwrap_or_default();
        let days = calendar::days(entries.iter().copied(), &zone, first, days);
        Ok(days.into_iter().map(Self::of).collect())
    }
}

/// Storage of a tenant at the end of a day.
#[derive(SimpleObject)]
pub(super) struct StorageHistoryDay {
    /// The day, UTC.
    date: LocalDate,
    /// Stored contents in bytes, compressed.
    stored_bytes: BigInt,
    /// What the sets that exist would take without sharing and compression, in bytes.
    logical_bytes: BigInt,
}

impl StorageHistoryDay {
    fn of((date, usage): (NaiveDate, Usage)) -> Self {
        Self {
            date: LocalDate(date),
            stored_bytes: bytes(usage.stored),
            logical_bytes: bytes(usage.logical),
        }
    }

    /// The last days of a tenant, today being the last.
    pub(super) async fn last(call: &Call, tenant: TenantId, days: i32) -> Result<Vec<Self>> {
        let days = history(days)?;
        let today = call.clock.now().date_naive();
        let first = first_of(days, today)
            .ok_or_else(|| Refusal::bad_input("the calendar has no dates that far back"))?;
        let noted = call
            .load(StorageOf(tenant, first))
            .await?
            .unwrap_or_default();
        let days = storage::daily(&noted, first, days);
        Ok(days.into_iter().map(Self::of).collect())
    }
}

/// A number of days that a history may go back.
fn history(days: i32) -> Result<usize> {
    let wanted = usize::try_from(days).unwrap_or_default();
    match (1..=LONGEST_HISTORY).contains(&wanted) {
        true => Ok(wanted),
        false => {
            let message = format!("`days` must be 1 to {LONGEST_HISTORY}");
            Err(Refusal::bad_input(message))
        }
    }
}

fn bytes(number: u64) -> BigInt {
    BigInt(i64::try_from(number).unwrap_or(i64::MAX))
}

fn first_of(days: usize, last: NaiveDate) -> Option<NaiveDate> {
    last.checked_sub_days(Days::new(u64::try_from(days.checked_sub(1)?).ok()?))
}

/// The points of a history: each day costs what is asked of it.
pub(super) fn history_points(days: i32, children: usize) -> usize {
    let days = usize::try_from(days).unwrap_or_default();
    days.saturating_mul(children)
        .saturating_add(1)
        .min(TOO_MANY_POINTS)
}

/// Counts over a tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct OverviewOf(TenantId);

/// Runs of a tenant since an instant, as a calendar shows them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct RunsOf(TenantId, chrono::DateTime<Utc>);

/// What a tenant's backups took since a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct StorageOf(TenantId, NaiveDate);

impl Loader<OverviewOf> for Loaders {
    type Value = (Overview, chrono::DateTime<Utc>);
    type Error = Refusal;

    async fn load(&self, keys: &[OverviewOf]) -> Result<HashMap<OverviewOf, Self::Value>> {
        let tenants: Vec<TenantId> = keys.iter().map(|key| key.0).collect();
        let now = self.store.now();
        let found = self.store.read(move |db| overviews::of(db, &tenants, now));
        let found = found.await?.into_iter();
        Ok(found
            .map(|(tenant, overview)| (OverviewOf(tenant), (overview, now)))
            .collect())
    }
}

/// Keys by what they have in common: one request asks for few stretches of time, of many tenants.
fn alike<K: Copy, S: Hash + Eq>(
    keys: &[K],
    part: impl Fn(K) -> (TenantId, S),
) -> HashMap<S, Vec<TenantId>> {
    let mut groups: HashMap<S, Vec<TenantId>> = HashMap::new();
    for key in keys {
        let (tenant, stretch) = part(*key);
        groups.entry(stretch).or_default().push(tenant);
    }
    groups
}

impl Loader<RunsOf> for Loaders {
    type Value = Arc<Vec<Entry>>;
    type Error = Refusal;

    async fn load(&self, keys: &[RunsOf]) -> Result<HashMap<RunsOf, Self::Value>> {
        let groups = alike(keys, |RunsOf(tenant, since)| (tenant, since));
        let found = self.store.read(move |db| {
            let mut found = HashMap::new();
            for (since, tenants) in groups {
                for (tenant, entries) in overviews::calendar(db, &tenants, since)? {
                    found.insert(RunsOf(tenant, since), Arc::new(entries));
                }
            }
            Ok::<_, Refusal>(found)
        });
        found.await
    }
}

impl Loader<StorageOf> for Loaders {
    type Value = Arc<Vec<(NaiveDate, Usage)>>;
    type Error = Refusal;

    async fn load(&self, keys: &[StorageOf]) -> Result<HashMap<StorageOf, Self::Value>> {
        let groups = alike(keys, |StorageOf(tenant, first)| (tenant, first));
        let found = self.store.read(move |db| {
            let mut found = HashMap::new();
            for (first, tenants) in groups {
                for (tenant, days) in storage_days::since(db, &tenants, first)? {
                    found.insert(StorageOf(tenant, first), Arc::new(days));
                }
            }
            Ok::<_, Refusal>(found)
        });
        found.await
    }
}
