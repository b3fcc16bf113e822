//! How long the steps of a purge are: an embedded database has one writer, which they hold.

use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use tenantatlas::{
    clock::Clock,
    domain::{
        actor::{Actor, Component},
        audit::Author,
        backup::DeletionReason,
        canonical::Hash,
        capture::Content,
        pass::Reached,
    },
    store::{
        Db, Store, StoreError, backups,
        contents::{self, Packed},
        passes, purge, unused,
    },
    workers::sets::{self, SetOf},
};

use super::month::Month;

/// Contents that nothing refers to.
const LITTER: usize = 100_000;

/// Rows of a step, as in the server.
const STEP: usize = 200;

/// Steps of one sort.
#[derive(Default)]
struct Steps {
    count: u32,
    total: Duration,
    longest: Duration,
}

impl Steps {
    async fn time<T>(
        &mut self,
        store: &Store,
        step: impl FnOnce(&mut Db, DateTime<Utc>) -> Result<T, StoreError> + Send + 'static,
    ) -> T
    where
        T: Send + 'static,
    {
        let begun = Instant::now();
        let done = store.write(step).await.unwrap();
        let took = begun.elapsed();
        self.count += 1;
        self.total += took;
        self.longest = self.longest.max(took);
        done
    }

    fn print(&self, what: &str) {
        println!(
            "{what:<34} {:>6} steps, {:>7.2} ms on average, {:>7.2} ms the longest",
            self.count,
            1_000.0 * self.total.as_secs_f64() / f64::from(self.count.max(1)),
            1_000.0 * self.longest.as_secs_f64(),
        );
    }
}

/// Deletes all sets of the month and purges them, then removes what nothing refers to, and prints how long
/// the steps were.
pub(crate) async fn measure(month: &Month) {
    let Month {
        store,
        tenant,
        clock,
        ..
    } = month;
    let tenant = *tenant;
    litter(month).await;
    println!();
    let mut looks = Steps::default();
    let mut reached = Reached::Start;
    loop {
        let stretch = looks
            .time(store, move |db, _| {
                let stretch = passes::next(db, reached, STEP)?;
                if let Some(stretch) = &stretch {
                    unused::among(db, stretch.tenant, &stretch.hashes)?;
                }
                Ok(stretch)
            })
            .await;
        match stretch {
            Some(stretch) => reached = stretch.reached,
            None => break,
        }
    }
    looks.print("looking for what nothing refers to");
    let delete = move |db: &mut Db, now| {
        for set in backups::following(db, tenant, None, i64::MAX)? {
            let of = SetOf {
                tenant,
                set: set.id,
                schedule: "Nightly".to_owned(),
            };
            let author = Author::from(Actor::System(Component::CommandLine));
            sets::delete(db, &of, DeletionReason::Retention, &author, now)?;
        }
        Ok::<_, StoreError>(())
    };
    store.write(delete).await.unwrap();
    clock.advance(TimeDelta::days(31));
    let until = clock.now();
    let due = store.read(move |db| purge::due(db, until, None, i64::MAX));
    let due: Result<Vec<_>, StoreError> = due.await;
    let mut marks = Steps::default();
    for set in due.unwrap() {
        marks
            .time(store, move |db, now| sets::purge(db, &set, now))
            .await;
    }
    marks.print("purging a set");
    let mut items = Steps::default();
    let first = async || store.read(|db| purge::with_row(db, "")).await.unwrap();
    while let Some(set) = first().await {
        items
            .time(store, move |db, _| purge::remove_some(db, &set, STEP))
            .await;
    }
    items.print("removing items");
    remove_contents(month, until).await;
}

/// Contents that runs left behind which never landed.
async fn litter(month: &Month) {
    for chunk in 0..LITTER / STEP {
        let packed: Vec<Packed> = (0..STEP)
            .map(|n| {
                let text = format!("{chunk} {n} {}", "x".repeat(n));
                Packed::new(&Content::of(&text.into())).unwrap()
            })
            .collect();
        let tenant = month.tenant;
        let put = move |db: &mut Db, now| contents::put(db, tenant, &packed, now);
        month.store.write(put).await.unwrap();
    }
}

async fn remove_contents(month: &Month, until: DateTime<Utc>) {
    let mut removals = Steps::default();
    let (mut reached, mut removed) = (Reached::Start, 0);
    loop {
        let look = month.store.read(move |db| passes::next(db, reached, STEP));
        let Some(stretch) = look.await.unwrap() else {
            break;
        };
        reached = stretch.reached;
        let hashes: Vec<Hash> = stretch.hashes;
        let tenant = stretch.tenant;
        removed += removals
            .time(&month.store, move |db, _| {
                unused::remove(db, tenant, &hashes, until)
            })
            .await;
    }
    removals.print("removing contents");
    println!("{removed} contents were removed");
}
