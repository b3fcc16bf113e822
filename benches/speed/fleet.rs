//! What several servers on one PostgreSQL do in the minute that everybody chose: dispatch of 10,000 due
//! schedules of as many tenants, and the claims of the runs that this queues.
//!
//! Takes `TEST_DATABASE_URL`. Each server is a thread with a pool of its own.
//! All of them and the database share this machine, so more servers than processors show only what
//! they cost each other.

use std::{
    collections::HashSet,
    sync::{Arc, Barrier},
    thread,
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};
use futures_util::future::join_all;
use tenantatlas::{
    clock::ManualClock,
    domain::ids::TenantId,
    store::{DatabaseUrl, PoolSettings, Store, StoreError, schedules, tenants},
    workers::{
        WorkerSettings,
        claims::{Answer, claim, waiting_tenants},
        dispatch::dispatch_due,
    },
};

use crate::support::{
    databases::Schema,
    rows::{new_schedule, new_tenant},
};

const DUE: usize = 10_000;

/// Runs that a server carries out at once.
const PLACES: usize = 8;

pub(crate) async fn show() {
    for servers in [1, 2, 4, 8] {
        let schema = Schema::make().expect("TEST_DATABASE_URL names a PostgreSQL server");
        let evening = ManualClock::new(at("2026-03-02T20:00:00Z"));
        fill(&opened(&schema.url, &evening)).await;
        let night = ManualClock::new(at("2026-03-03T02:00:30Z"));
        report("dispatched", servers, || {
            on_each(servers, &schema.url, &night, |_, store| async move {
                let grace = WorkerSettings::default().grace;
                dispatch_due(&store, grace).await.unwrap().len()
            })
        });
        report("claimed", servers, || {
            on_each(servers, &schema.url, &night, take_all)
        });
    }
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn opened(url: &DatabaseUrl, clock: &ManualClock) -> Store {
    Store::open(url, PoolSettings::default(), Arc::new(clock.clone())).unwrap()
}

async fn fill(store: &Store) {
    let filled = store.write(|db, now| {
        for _ in 0..DUE {
            let tenant = TenantId::mint();
            tenants::insert(db, &new_tenant(tenant, now))?;
            schedules::insert(db, &new_schedule(tenant, 0, "02:00", now))?;
        }
        Ok::<_, StoreError>(())
    });
    filled.await.unwrap();
}

/// What the work of all comes to, and how long the last of them took.
fn report(what: &str, servers: usize, work: impl FnOnce() -> Vec<(usize, Duration)>) {
    let done = work();
    let all: usize = done.iter().map(|(count, _)| count).sum();
    let longest = done.iter().map(|(_, took)| *took).max().unwrap_or_default();
    assert_eq!(all, DUE, "each once");
    let shares: Vec<String> = done.iter().map(|(count, _)| count.to_string()).collect();
    println!(
        "{servers} server(s): {all} {what} in {:.2} s, {:.0}/s ({})",
        longest.as_secs_f64(),
        f64::from(u32::try_from(all).unwrap()) / longest.as_secs_f64(),
        shares.join(" + ")
    );
}

/// Lets as many servers do their work at the same time.
fn on_each<F, W>(
    servers: usize,
    url: &DatabaseUrl,
    clock: &ManualClock,
    work: F,
) -> Vec<(usize, Duration)>
where
    F: Fn(usize, Store) -> W + Sync,
    W: Future<Output = usize>,
{
    let start = Barrier::new(servers);
    let serve = |server: usize| {
        let system = actix_rt::System::new();
        let store = system.block_on(async { opened(url, clock) });
        start.wait();
        let began = Instant::now();
        let done = system.block_on(work(server, store));
        (done, began.elapsed())
    };
    thread::scope(|scope| {
        let serve = &serve;
        let threads: Vec<_> = (0..servers)
            .map(|server| scope.spawn(move || serve(server)))
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    })
}

/// Claims what waits as the supervisor and the tenants' workers do, until nothing does.
async fn take_all(server: usize, store: Store) -> usize {
    let settings = WorkerSettings {
        server: format!("server {server}"),
        ..WorkerSettings::default()
    };
    let (mut taken, mut passed) = (0, HashSet::new());
    loop {
        let waiting = waiting_tenants(&store, &settings, PLACES, passed.clone());
        let waiting = waiting.await.unwrap();
        if waiting.is_empty() {
            return taken;
        }
        let claims = waiting
            .iter()
            .map(|tenant| claim(&store, &settings, *tenant));
        for (tenant, answer) in waiting.iter().zip(join_all(claims).await) {
            match answer.unwrap() {
                Answer::Claimed(_) => taken += 1,
                Answer::Held | Answer::Nothing => {
                    passed.insert(*tenant);
                }
            }
        }
    }
}
