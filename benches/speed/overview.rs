//! What the aggregates of dashboards cost where there are ten thousand tenants: the overview of a page of
//! a hundred of them, of all of them page by page, a calendar of 90 days, and the figures of a scrape.
//!
//! Each tenant has three schedules, 90 runs, 14 sets and 90 days of storage. On SQLite, and on PostgreSQL
//! as well when `TEST_DATABASE_URL` names a server.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use diesel::{RunQueryDsl, sql_query};
use tenantatlas::{
    clock::SystemClock,
    domain::{ids::TenantId, run::RunStatus},
    store::{
        DatabaseUrl, Db, PoolSettings, Store, StoreError,
        figures::{Figures, figures},
        overviews, storage_days,
    },
};

use crate::support::databases::Schema;

const TENANTS: usize = 10_000;
const PAGE: usize = 100;
const DAYS: i64 = 90;

pub(crate) async fn show() {
    let directory = tempfile::tempdir().unwrap();
    let file = DatabaseUrl::Sqlite(directory.path().join("bench.db"));
    measure("SQLite", &file).await;
    if let Some(schema) = Schema::make() {
        measure("PostgreSQL", &schema.url).await;
    }
}

async fn measure(database: &str, url: &DatabaseUrl) {
    let store = Store::open(url, PoolSettings::default(), Arc::new(SystemClock)).unwrap();
    let now = store.now();
    let tenants: Vec<TenantId> = (0..TENANTS).map(|_| TenantId::mint()).collect();
    let filled = tenants.clone();
    let filling = Instant::now();
    store
        .write(move |db, _| fill(db, &filled, now))
        .await
        .unwrap();
    println!("{database}: filled in {:?}", filling.elapsed());

    let mut pages = Vec::new();
    for page in tenants.chunks(PAGE) {
        let (page, began) = (page.to_vec(), Instant::now());
        let found = store.read(move |db| overviews::of(db, &page, now));
        let found: Result<_, StoreError> = found.await;
        let found = found.unwrap();
        pages.push(began.elapsed());
        assert!(
            found
                .values()
                .all(|of| of.schedules == 3 && of.sets == 14 && of.stored_bytes > 0)
        );
    }
    pages.sort_unstable();
    let all: Duration = pages.iter().sum();
    let (median, worst) = (pages[pages.len() / 2], pages[pages.len() - 1]);
    println!(
        "{database}: overviews of {PAGE} tenants: median {median:?}, worst {worst:?}; of all {TENANTS}: {all:?}"
    );

    for look in ["first", "second"] {
        let (grace, began) = (TimeDelta::minutes(5), Instant::now());
        let figures = store.read(move |db| figures(db, now, grace)).await;
        let figures: Figures = figures.unwrap();
        println!(
            "{database}: figures of all, {look} look: {:?}",
            began.elapsed()
        );
        assert_eq!(figures.stale_schedules, 10_000);
        assert_eq!(figures.stored_bytes, 10_000_000_000);
    }

    let (one, page) = (tenants[..1].to_vec(), tenants[..PAGE].to_vec());
    for of in [one, page] {
        let (count, since, began) = (of.len(), now - TimeDelta::days(DAYS), Instant::now());
        let asked = of.clone();
        let entries = store.read(move |db| overviews::calendar(db, &asked, since));
        let entries: Result<_, StoreError> = entries.await;
        let entries: usize = entries.unwrap().values().map(Vec::len).sum();
        println!(
            "{database}: calendars of {count} tenant(s), {entries} runs: {:?}",
            began.elapsed()
        );
        assert!(entries >= 80 * count);
        let began = Instant::now();
        let days = store.read(move |db| storage_days::since(db, &of, since.date_naive()));
        let days: Result<_, StoreError> = days.await;
        println!(
            "{database}: storage of {} tenant(s): {:?}",
            days.unwrap().len(),
            began.elapsed()
        );
    }
}

/// Rows as the product writes them, made in the database itself: there are two million.
fn fill(db: &mut Db, tenants: &[TenantId], now: DateTime<Utc>) -> Result<(), StoreError> {
    let mut run = |statement: String| sql_query(statement).execute(db).map(drop);
    let at = |days: i64| {
        (now - TimeDelta::days(days))
            .format("%Y-%m-%d %H:%M:%S")
            .to_string()
    };
    for page in tenants.chunks(500) {
        let rows: Vec<String> = page
            .iter()
            .map(|id| {
                format!(
                    "('{id}', '{id}', '{id}', '{id}', 'GLOBAL', 'CONNECTED', '', '{0}', '{0}')",
                    at(DAYS)
                )
            })
            .collect();
        run(format!(
            "INSERT INTO tenants (id, entra_tenant_id, name, name_folded, cloud, connection_status, \
             digest_key, created_at, updated_at) VALUES {}",
            rows.join(", ")
        ))?;
    }
    for n in 0..3 {
        run(format!(
            "INSERT INTO schedules (id, tenant_id, name, name_folded, enabled, frequency, weekdays, time_of_day, \
             time_zone, spread_minutes, kinds, include_assignments, include_scope_tags, keep_last, revision, \
             created_at, updated_at, created_by_kind, created_by_name, fresh_since, stale_at, next_run_at, next_date, \
             dispatch_at) \
             SELECT id || '-{n}', id, 'S{n}', 's{n}', TRUE, 'DAILY', 0, '02:00', 'UTC', 0, 'SCOPE_TAG', TRUE, TRUE, \
             30, 1, '{0}', '{0}', 'SYSTEM', 'COMMAND_LINE', '{0}', '{1}', '{2}', '{3}', '{2}' FROM tenants",
            at(DAYS),
            at(if n == 0 { 1 } else { -1 }),
            at(-1),
            date(now, -1),
        ))?;
    }
    for day in 0..DAYS {
        let status = match day % 9 {
            0 => RunStatus::Failed,
            1 => RunStatus::Partial,
            _ => RunStatus::Succeeded,
        };
        run(format!(
            "INSERT INTO runs (id, tenant_id, schedule_id, trigger_kind, started_by_kind, started_by_name, status, \
             attempt, claim, kinds, include_assignments, include_scope_tags, full_read, created_at, started_at, \
             finished_at, progress) \
             SELECT id || '-{day}', id, id || '-0', 'MANUAL', 'SYSTEM', 'COMMAND_LINE', '{status}', 1, 1, 'SCOPE_TAG', \
             TRUE, TRUE, FALSE, '{0}', '{0}', '{0}', '{{}}' FROM tenants",
            at(day)
        ))?;
        run(format!(
            "INSERT INTO storage_days (tenant_id, date, stored_bytes, logical_bytes) \
             SELECT id, '{}', 1000000 + {day}, 50000000 FROM tenants",
            date(now, day)
        ))?;
    }
    for day in 0..14 {
        run(format!(
            "INSERT INTO backup_sets (id, tenant_id, schedule_id, run_id, created_at, is_complete, kinds, \
             missing_kinds, include_assignments, include_scope_tags, item_count, payload_bytes, content_hash) \
             SELECT id || '-{day}', id, id || '-0', id || '-{day}', '{}', TRUE, 'SCOPE_TAG', '', TRUE, TRUE, 0, 0, '' \
             FROM tenants",
            at(day)
        ))?;
    }
    Ok(())
}

fn date(now: DateTime<Utc>, days_ago: i64) -> NaiveDate {
    (now - TimeDelta::days(days_ago)).date_naive()
}
