//! How long a tick takes with 100,000 schedules: when none is due, and when 1,000 are.
//!
//! `cargo bench --bench tick`; on PostgreSQL as well when `TEST_DATABASE_URL` is set.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a program for people at a terminal"
)]

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use chrono::TimeDelta;
use tenantatlas::{
    clock::{Clock, ManualClock},
    domain::ids::TenantId,
    graph::{Graph, GraphSettings},
    store::{DatabaseUrl, PoolSettings, Store, StoreError, schedules, tenants},
    vault::{Vault, random_key},
    workers::{Deps, WorkerSettings, Workers},
};

use crate::{
    databases::Schema,
    rows::{new_schedule, new_tenant},
};

#[path = "support/databases.rs"]
mod databases;
#[path = "support/rows.rs"]
mod rows;

const TENANTS: usize = 1_000;
const SCHEDULES_OF_EACH: usize = 100;
const IDLE_TICKS: u32 = 50;

#[actix_rt::main]
async fn main() {
    let directory = tempfile::tempdir().unwrap();
    let file = DatabaseUrl::Sqlite(directory.path().join("bench.db"));
    measure("SQLite", &file).await;
    if let Some(schema) = Schema::make() {
        measure("PostgreSQL", &schema.url).await;
    }
}

async fn measure(database: &str, url: &DatabaseUrl) {
    let clock = ManualClock::new("2026-03-02T10:00:00Z".parse().unwrap());
    let wall: Arc<dyn Clock> = Arc::new(clock.clone());
    let store = Store::open(url, PoolSettings::default(), wall.clone()).unwrap();
    fill(&store).await;
    let deps = Deps {
        store,
        vault: Vault::new(&random_key()),
        graph: Graph::start(GraphSettings::default(), wall.clone()).unwrap(),
        clock: wall,
        measures: Arc::default(),
    };
    let settings = WorkerSettings {
        // Ticks come from here alone, and what they queue stays queued.
        tick: Duration::from_secs(1_000_000_000),
        places: 0,
        ..WorkerSettings::default()
    };
    let workers = Workers::start(deps, settings);
    workers.tick().await.unwrap();
    let idle = Instant::now();
    for _ in 0..IDLE_TICKS {
        assert_eq!(workers.tick().await.unwrap().len(), 0);
    }
    println!(
        "{database}, none of {} due: {:?}",
        TENANTS * SCHEDULES_OF_EACH,
        idle.elapsed() / IDLE_TICKS
    );
    clock.advance(TimeDelta::minutes(60));
    let busy = Instant::now();
    let queued = workers.tick().await.unwrap().len();
    println!("{database}, {queued} due: {:?}", busy.elapsed());
    assert_eq!(queued, TENANTS);
    workers.stop().await;
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
