//! The database: rows, queries, and nothing that decides.
//!
//! Every query is a function that takes the connection first and reads as a phrase where it is
//! called. Callers open transactions, so that what belongs together can be seen in one place:
//!
//! ```text
//! store.read(|db| runs::find(db, tenant, run))           a query on a reader
//! store.write(|db, now| { … })                           one transaction, with the time it happens at
//! store.write_telling(|db, notices, now| { … })          the same, and people are told at its end
//! ```
//!
//! Lock order within a transaction: tenant, schedule, run, contents, the counters of tenants' events, the
//! counters of people's events (last); see `streams`.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use diesel::{RunQueryDsl, dsl::sql, sql_types::Timestamp};
use tokio::sync::{Semaphore, broadcast};

use crate::{clock::Clock, domain::notification::Notice};

pub mod api_tokens;
pub mod audit;
pub mod backups;
mod columns;
pub(crate) mod conn;
pub mod contents;
pub mod copy;
pub mod credentials;
pub mod damage;
pub mod dispatcher;
mod error;
pub mod events;
pub mod exports;
pub mod freshness;
pub mod hints;
pub mod housekeeping;
pub mod idempotency;
pub mod items;
pub mod keys;
pub mod leases;
pub mod members;
mod migrations;
pub mod notification_events;
pub mod notifications;
pub mod overviews;
pub mod pages;
pub mod passes;
pub mod pointers;
pub mod policies;
pub mod purge;
pub mod queue;
pub mod references;
pub mod run_failures;
pub mod run_kinds;
pub mod runs;
pub mod schedules;
mod schema;
mod schema_joins;
mod schema_records;
pub mod set_changes;
pub mod sights;
pub mod storage_days;
pub mod streams;
pub mod tenants;
pub mod unused;

pub use conn::{DatabaseUrl, Db};
pub use error::{Claim, StoreError};

use conn::{Access, Manager};
use streams::Stream;

/// How many connections, and how long to wait for one.
#[derive(Clone, Copy, Debug)]
pub struct PoolSettings {
    /// Connections for queries, and on PostgreSQL for everything.
    pub connections: u32,
    /// How long a caller waits for one.
    pub patience: Duration,
}

impl Default for PoolSettings {
    fn default() -> Self {
        Self {
            connections: 8,
            patience: Duration::from_secs(10),
        }
    }
}

/// The database of this process; cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    readers: Lane,
    writers: Lane,
    clock: Arc<dyn Clock>,
    url: DatabaseUrl,
    announcements: broadcast::Sender<Announcement>,
}

/// That a stream has moved.
#[derive(Clone, Copy, Debug)]
pub struct Announcement {
    /// Which.
    pub stream: Stream,
    /// Whether it was moved by this process, and not by another server.
    is_own: bool,
}

/// Announcements that may wait for a slow listener; it reads the tables anyway.
const ANNOUNCEMENTS: usize = 1024;

/// A pool and as many permits, so that callers queue here and not on threads.
#[derive(Clone)]
struct Lane {
    pool: diesel::r2d2::Pool<Manager>,
    permits: Arc<Semaphore>,
}

impl std::fmt::Debug for Lane {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lane")
            .field("free", &self.permits.available_permits())
            .finish_non_exhaustive()
    }
}

impl Lane {
    fn open(
        url: &DatabaseUrl,
        access: Access,
        connections: u32,
        patience: Duration,
    ) -> Result<Self, StoreError> {
        let manager = Manager {
            url: url.clone(),
            access,
        };
        let builder = diesel::r2d2::Pool::builder()
            .max_size(connections)
            .min_idle(Some(1))
            .test_on_check_out(matches!(url, DatabaseUrl::Postgres(_)))
            .connection_timeout(patience);
        Ok(Self {
            pool: builder.build(manager).map_err(StoreError::Unreachable)?,
            permits: Arc::new(Semaphore::new(usize::try_from(connections).unwrap_or(1))),
        })
    }

    /// Runs `work` on the blocking pool with a connection.
    async fn run<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&mut Db) -> Result<T, E> + Send + 'static,
    {
        let Self { pool, permits } = self.clone();
        // A task of its own, because a caller that is not polled for a while (one of several in a
        // stream, say) must not sit on a permit that it was given and others wait for.
        let task = tokio::spawn(async move {
            // The semaphore is never closed; without a permit the pool itself bounds the callers.
            let permit = permits.acquire_owned().await.ok();
            let blocking = tokio::task::spawn_blocking(move || {
                let _permit = permit;
                let mut db = pool.get().map_err(StoreError::Unreachable)?;
                work(&mut db)
            });
            blocking.await.map_err(StoreError::Task)?
        });
        task.await.map_err(StoreError::Task)?
    }
}

impl Store {
    /// Opens the database and brings it to this program's migrations.
    pub fn open(
        url: &DatabaseUrl,
        settings: PoolSettings,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, StoreError> {
        let mut db = Manager {
            url: url.clone(),
            access: Access::Write,
        }
        .open()
        .map_err(StoreError::Open)?;
        for migration in migrations::run(&mut db)? {
            tracing::info!(migration, "database migrated");
        }
        drop(db);
        let PoolSettings {
            connections,
            patience,
        } = settings;
        let (readers, writers) = match url {
            DatabaseUrl::Sqlite(_) => (
                Lane::open(url, Access::Read, connections, patience)?,
                Lane::open(url, Access::Write, 1, patience)?,
            ),
            DatabaseUrl::Postgres(_) => {
                let lane = Lane::open(url, Access::Write, connections, patience)?;
                (lane.clone(), lane)
            }
        };
        Ok(Self {
            readers,
            writers,
            clock,
            url: url.clone(),
            announcements: broadcast::Sender::new(ANNOUNCEMENTS),
        })
    }

    /// Runs a query.
    pub async fn read<T, E, F>(&self, query: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&mut Db) -> Result<T, E> + Send + 'static,
    {
        self.readers.run(query).await
    }

    /// Runs a change in one transaction, together with the time that it happens at.
    pub async fn write<T, E, F>(&self, change: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&mut Db, DateTime<Utc>) -> Result<T, E> + Send + 'static,
    {
        let clock = self.clock.clone();
        let transaction = move |db: &mut Db| {
            conn::write_transaction(db, |db| {
                let now = time_of(db, clock.as_ref())?;
                change(db, now)
            })
        };
        self.writers.run(transaction).await
    }

    /// Runs a change as [`Store::write`] does, and delivers the messages that came up in it: at its
    /// end, because that takes the counters of people, whom nobody knows before.
    pub async fn write_telling<T, E, F>(&self, change: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&mut Db, &mut Vec<Notice>, DateTime<Utc>) -> Result<T, E> + Send + 'static,
    {
        let told = self.write(move |db, now| {
            let mut notices = Vec::new();
            let value = change(db, &mut notices, now)?;
            let people = notifications::deliver(db, &notices, now)?;
            Ok::<_, E>((value, people))
        });
        let (value, people) = told.await?;
        people.into_iter().for_each(|person| self.announce(person));
        Ok(value)
    }

    /// The present instant of this process, for what is noted outside a transaction.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// Tells listeners in this process, and where servers exchange [`hints`] those in others, that a
    /// tenant's runs or a person's notifications have changed. A hint: the tables are the truth.
    pub fn announce(&self, of: impl Into<Stream>) {
        let announcement = Announcement {
            stream: of.into(),
            is_own: true,
        };
        // Nobody listening is no fault.
        drop(self.announcements.send(announcement));
    }

    /// The announcements from now on.
    pub fn announcements(&self) -> broadcast::Receiver<Announcement> {
        self.announcements.subscribe()
    }

    /// Whether the database answers and has every migration of this program.
    pub async fn is_ready(&self) -> Result<bool, StoreError> {
        self.read(migrations::are_complete).await
    }
}

/// Runs `change` in a savepoint: when it fails, what it wrote is undone and the transaction goes on.
pub fn savepoint<T>(
    db: &mut Db,
    change: impl FnOnce(&mut Db) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    diesel::Connection::transaction(db, change)
}

/// The present instant: one clock for all servers of a database, which is the database's own.
fn time_of(db: &mut Db, clock: &dyn Clock) -> Result<DateTime<Utc>, StoreError> {
    match db {
        Db::Postgres(_) if !clock.rules_the_database() => {
            let query = diesel::select(sql::<Timestamp>("clock_timestamp() AT TIME ZONE 'UTC'"));
            Ok(query.get_result::<chrono::NaiveDateTime>(db)?.and_utc())
        }
        Db::Postgres(_) | Db::Sqlite(_) => Ok(clock.now()),
    }
}
