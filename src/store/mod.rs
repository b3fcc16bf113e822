//! The database: rows, queries, and nothing that decides.
//!
//! Every query is a function that takes the connection first and reads as a phrase where it is
//! called. Callers open transactions, so that what belongs together can be seen in one place:
//!
//! ```text
//! store.read(|db| runs::find(db, tenant, run))           a query on a reader
//! store.write(|db, now| { … })                           one transaction, with the time it happens at
//! store.write_telling(|db, notices, now| { … })          the same, and people are told at its end
//! store.urgent().write(|db, now| { … })                  one for which a connection is kept free
//! ```
//!
//! Lock order within a transaction: tenant, schedule, run, keys, contents, the counters of tenants' events, the
//! counters of people's events (last); see `streams`.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};
use diesel::{RunQueryDsl, dsl::sql, sql_types::Timestamp};
use tokio::{runtime::Handle, sync::broadcast};

use prometheus_client::registry::Registry;

use crate::clock::Clock;

pub mod active_runs;
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
pub mod figures;
pub mod freshness;
mod health;
pub mod hints;
pub mod housekeeping;
pub mod idempotency;
pub mod items;
pub mod keys;
mod lane;
pub mod leases;
pub mod look;
mod measures;
pub mod members;
mod migrations;
mod notices;
pub mod notification_events;
pub mod notifications;
pub mod overviews;
pub mod pages;
pub mod passes;
pub mod pointers;
pub mod policies;
mod postgres;
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
mod watch;

pub use conn::{DatabaseUrl, Db};
pub use error::{Claim, StoreError};
pub use health::Trouble;
pub use migrations::Fit;
pub use notices::Notices;

use conn::{Access, Connector};
use health::Health;
use lane::Lane;
use measures::{Measures, Work};
use streams::Stream;
use watch::Watch;

/// How many connections, and how long to wait for one and on one.
#[derive(Clone, Copy, Debug)]
pub struct PoolSettings {
    /// Connections for queries, and on PostgreSQL for everything.
    pub connections: u32,
    /// How long a caller waits for one.
    pub patience: Duration,
    /// How long PostgreSQL works on one statement.
    pub statement_timeout: Duration,
    /// How long PostgreSQL waits for the next statement of a transaction before it undoes that: less
    /// than a lease, because a server that stands still must not hold rows for longer.
    pub idle_in_transaction: Duration,
}

impl Default for PoolSettings {
    fn default() -> Self {
        Self {
            connections: 8,
            patience: Duration::from_secs(10),
            statement_timeout: Duration::from_secs(30),
            idle_in_transaction: Duration::from_secs(15),
        }
    }
}

/// The database of this process; cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    readers: Lane,
    writers: Lane,
    /// Where landings take every other connection, what must not wait for them has these.
    urgent: Option<Lane>,
    health: Arc<Health>,
    measures: Arc<Measures>,
    clock: Arc<dyn Clock>,
    connector: Connector,
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

/// Connections to PostgreSQL beside the others, for what must not wait.
const URGENT: u32 = 2;

/// How long the database may take to answer whether it is there.
const READY_WITHIN: Duration = Duration::from_secs(5);

/// After this time without a free connection a server is beyond help.
const STUCK_AFTER: Duration = Duration::from_secs(5 * 60);

/// Announcements that may wait for a slow listener; it reads the tables anyway.
const ANNOUNCEMENTS: usize = 1024;

impl Store {
    /// Opens the database and brings it to this program's migrations. Threads of the present runtime do what
    /// is asked of it from now on.
    ///
    /// # Errors
    ///
    /// There is no runtime, or no database that this program can work with.
    pub fn open(
        url: &DatabaseUrl,
        settings: PoolSettings,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, StoreError> {
        let threads = Handle::try_current().map_err(StoreError::NoRuntime)?;
        let connector = |access| Connector::new(url, access, settings);
        let writer = connector(Access::Write)?;
        let mut db = writer.open_unhurried().map_err(StoreError::Open)?;
        if let Db::Postgres(conn) = &mut db {
            postgres::check_server(conn)?;
        }
        for migration in migrations::run(&mut db)? {
            tracing::info!(migration, "database migrated");
        }
        drop(db);
        let health = Arc::new(Health::new(clock.clone()));
        let measures = Arc::new(Measures::default());
        let lane = |name, connector, connections| {
            let (patience, measures) = (settings.patience, measures.of_lane(name));
            let (health, threads) = (health.clone(), threads.clone());
            Lane::new(connector, connections, patience, health, measures, threads)
        };
        let connections = settings.connections;
        let (readers, writers, urgent) = match url {
            DatabaseUrl::Sqlite(_) => (
                lane("readers", connector(Access::Read)?, connections),
                lane("writers", writer.clone(), 1),
                None,
            ),
            DatabaseUrl::Postgres(_) => {
                let urgent = lane("urgent", writer.clone(), URGENT);
                let lane = lane("shared", writer.clone(), connections);
                (lane.clone(), lane, Some(urgent))
            }
        };
        Ok(Self {
            readers,
            writers,
            urgent,
            health,
            measures,
            clock,
            connector: writer,
            announcements: broadcast::Sender::new(ANNOUNCEMENTS),
        })
    }

    /// The most threads that a database with such settings takes at once.
    pub fn most_threads(url: &DatabaseUrl, settings: &PoolSettings) -> usize {
        let shared = settings.connections;
        match url {
            // A file always answers.
            DatabaseUrl::Sqlite(_) => lane::places(shared) + 1,
            DatabaseUrl::Postgres(_) => lane::most_threads(shared) + lane::most_threads(URGENT),
        }
    }

    /// Runs a query.
    pub async fn read<T, E, F>(&self, query: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&mut Db) -> Result<T, E> + Send + 'static,
    {
        let measures = self.measures.clone();
        let reading = move |db: &mut Db, _: &Watch| {
            let began = Instant::now();
            let answer = query(db);
            measures.worked(Work::Read, began.elapsed(), answer.is_ok());
            answer
        };
        self.readers.run(reading).await
    }

    /// Runs a query that depends on the time, together with the present instant.
    pub async fn read_now<T, E, F>(&self, query: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&mut Db, DateTime<Utc>) -> Result<T, E> + Send + 'static,
    {
        let clock = self.clock.clone();
        self.read(move |db| {
            let now = time_of(db, clock.as_ref())?;
            query(db, now)
        })
        .await
    }

    /// The same database for what must not wait until others are done: leases, ticks, readiness. It is
    /// for what is short.
    pub fn urgent(&self) -> Self {
        let first = |lane: &Lane| match &self.urgent {
            Some(urgent) => urgent.or(lane).clone(),
            None => lane.clone(),
        };
        Self {
            readers: first(&self.readers),
            writers: first(&self.writers),
            ..self.clone()
        }
    }

    /// Runs a change in one transaction, together with the time that it happens at.
    pub async fn write<T, E, F>(&self, change: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&mut Db, DateTime<Utc>) -> Result<T, E> + Send + 'static,
    {
        let (clock, health) = (self.clock.clone(), self.health.clone());
        let measures = self.measures.clone();
        let transaction = move |db: &mut Db, watch: &Watch| {
            // Only what was written shows that it can be done again, so that is asked while it is in doubt.
            let is_in_doubt = health.trouble().is_some();
            let written = |db: &mut Db| match is_in_doubt {
                true => conn::written(db),
                false => Ok(0),
            };
            let began = Instant::now();
            let done = conn::write_transaction(db, |db| {
                let before = written(db)?;
                let now = time_of(db, clock.as_ref())?;
                let value = change(db, now)?;
                let has_written = written(db)? != before;
                // Whoever was told that nothing came of it may do it again.
                watch.is_wanted()?;
                Ok::<_, E>((value, has_written))
            });
            measures.worked(Work::Write, began.elapsed(), done.is_ok());
            let (value, has_written) = done?;
            if has_written {
                health.wrote();
            }
            Ok(value)
        };
        self.writers.run(transaction).await
    }

    /// Runs a change as [`Store::write`] does, and delivers the messages that came up in it: at its
    /// end, because that takes the counters of people, whom nobody knows before. What it has told is counted
    /// once it is committed.
    pub async fn write_telling<T, E, F>(&self, change: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&mut Db, &mut Notices, DateTime<Utc>) -> Result<T, E> + Send + 'static,
    {
        let told = self.write(move |db, now| {
            let mut notices = Notices::default();
            let value = change(db, &mut notices, now)?;
            let delivered = notifications::deliver(db, &notices.messages, now)?;
            Ok::<_, E>((value, notices.ended, delivered))
        });
        let (value, ended, delivered) = told.await?;
        self.measures
            .told(&ended, delivered.iter().map(|(_, count)| count).sum());
        for (person, _) in delivered {
            self.announce(person);
        }
        Ok(value)
    }

    /// Shows what this store measures.
    pub fn register(&self, registry: &mut Registry) {
        let mut lanes = vec![self.readers.clone()];
        match &self.urgent {
            // On PostgreSQL those who read and those who write share one.
            Some(urgent) => lanes.push(urgent.clone()),
            None => lanes.push(self.writers.clone()),
        }
        self.measures.register(registry, lanes);
    }

    /// The present instant of this process, for what is noted outside a transaction.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// The steady time of this process; see [`Clock::elapsed`].
    pub fn elapsed(&self) -> Duration {
        self.clock.elapsed()
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

    /// Whether only another start brings this process to the database again: it has waited for minutes
    /// for connections that are all lost.
    pub fn is_stuck(&self) -> bool {
        let mut lanes = [&self.readers, &self.writers].into_iter();
        lanes.any(|lane| lane.is_stuck(STUCK_AFTER))
    }

    /// Whether nobody could use the database at some time since a moment of steady time, as far as this process has
    /// noticed.
    pub fn was_away_since(&self, moment: Duration) -> bool {
        self.health
            .back_at()
            .is_some_and(|back_at| back_at > moment)
    }

    /// Whether the database is newer than this program can work with.
    pub async fn is_overtaken(&self) -> Result<bool, StoreError> {
        let fit = self.urgent().read(migrations::look).await?;
        Ok(matches!(fit, Fit::Outdated { .. }))
    }

    /// Whether a server can do its work on this database at present.
    pub async fn readiness(&self) -> Result<Readiness, StoreError> {
        let (began, urgent) = (Instant::now(), self.urgent());
        let look = urgent.read(migrations::look);
        let fit = match tokio::time::timeout(READY_WITHIN, look).await {
            Ok(fit) => fit?,
            // Slow is not away: while others are answered the balancer had better keep this server.
            Err(_) if self.health.has_answered_since(began) => Fit::Exact,
            Err(_) => return Err(StoreError::Silent),
        };
        Ok(match (fit, self.health.trouble()) {
            (Fit::Behind, _) => Readiness::Behind,
            (Fit::Outdated { .. }, _) => Readiness::Outdated,
            (Fit::Exact | Fit::Beside { .. }, Some(trouble)) => Readiness::Troubled(trouble),
            (Fit::Exact | Fit::Beside { .. }, None) => Readiness::Ready,
        })
    }
}

/// Whether a server can do its work on a database that answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readiness {
    /// It can.
    Ready,
    /// The database lacks migrations of this program's.
    Behind,
    /// The database is newer than this program can work with.
    Outdated,
    /// The database can be read, and something is wrong with it.
    Troubled(Trouble),
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
