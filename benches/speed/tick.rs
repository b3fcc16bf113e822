//! How long a tick takes with 100,000 schedules: when none is due, and when 1,000 are.
//!
//! On SQLite, and on PostgreSQL as well when `TEST_DATABASE_URL` is set.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use chrono::TimeDelta;
use tenantatlas::{
    clock::{Clock, ManualClock},
    domain::ids::TenantId,
    store::{DatabaseUrl, PoolSettings, Store, StoreError, schedules, tenants},
};

use crate::support::{
    databases::Schema,
    numbers::quantile,
    rows::{new_schedule, new_tenant},
    serving::idle_workers,
};

const TENANTS: usize = 1_000;
const SCHEDULES_OF_EACH: usize = 100;
const IDLE_TICKS: usize = 100;

/// What a tick takes on one database.
pub(crate) struct Ticks {
    pub(crate) database: &'static str,
    /// With no schedule due.
    pub(crate) idle: Duration,
    /// With one schedule of each tenant due.
    pub(crate) busy: Duration,
}

pub(crate) async fn show() {
    for ticks in measure().await {
        let Ticks {
            database,
            idle,
            busy,
        } = ticks;
        let all = TENANTS * SCHEDULES_OF_EACH;
        println!("{database}, none of {all} due: {idle:?}");
        println!("{database}, {TENANTS} of {all} due: {busy:?}");
    }
}

pub(crate) async fn measure() -> Vec<Ticks> {
    let directory = tempfile::tempdir().unwrap();
    let file = DatabaseUrl::Sqlite(directory.path().join("bench.db"));
    let mut measured = vec![ticks("SQLite", &file).await];
    if let Some(schema) = Schema::make() {
        measured.push(ticks("PostgreSQL", &schema.url).await);
    }
    measured
}

async fn ticks(database: &'static str, url: &DatabaseUrl) -> Ticks {
    let clock = ManualClock::new("2026-03-02T10:00:00Z".parse().unwrap());
    let wall: Arc<dyn Clock> = Arc::new(clock.clone());
    let store = Store::open(url, PoolSettings::default(), wall.clone()).unwrap();
    fill(&store).await;
    let workers = idle_workers(&store, wall);
    workers.tick().await.unwrap();
    // The median, because a round of housekeeping goes on beside the first ones.
    let mut taken = Vec::new();
    for _ in 0..IDLE_TICKS {
        let began = Instant::now();
        assert_eq!(workers.tick().await.unwrap().len(), 0);
        taken.push(began.elapsed());
    }
    taken.sort_unstable();
    let idle = quantile(&taken, 50);
    clock.advance(TimeDelta::minutes(60));
    let began = Instant::now();
    assert_eq!(workers.tick().await.unwrap().len(), TENANTS);
    let busy = began.elapsed();
    workers.stop().await;
    Ticks {
        database,
        idle,
        busy,
    }
}

/// One schedule of each tenant is due within the hour, the others at night.
async fn fill(store: &Store) {
    for _ in 0..TENANTS {
        let tenant = TenantId::mint();
        let fill = move |db: &mut tenantatlas::store::Db, now| {
            tenants::insert(db, &new_tenant(tenant, now))?;
            for n in 0..SCHEDULES_OF_EACH {
                let time = if n == 0 { "11:00" } else { "02:00" };
                schedules::insert(db, &new_schedule(tenant, n, time, now))?;
            }
            Ok::<_, StoreError>(())
        };
        store.write(fill).await.unwrap();
    }
}
