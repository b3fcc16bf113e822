//! Connections for callers: a number of places, and in each a connection for as long as some work
//! takes.
//!
//! Callers queue for a place here and not on threads, and not for ever. A statement that gets no answer
//! is given up: its caller is told, its place goes to somebody else, and its connection is never used
//! again. The thread that waits for the answer cannot be stopped, so there is a bound on those as well.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use diesel::{
    Connection, ConnectionError,
    connection::{Instrumentation, InstrumentationEvent, get_default_instrumentation},
};
use tokio::{
    runtime::Handle,
    sync::{OwnedSemaphorePermit, Semaphore},
    task::{JoinError, JoinHandle},
};
use tracing::{Instrument, Span};

use super::{
    StoreError,
    conn::{self, Connector, Db},
    health::{Health, Trouble},
    measures::LaneMeasures,
    watch::Watch,
};
use crate::{measure::Present, task};

/// A connection that was used so lately is taken to work still.
const SURE_FOR: Duration = Duration::from_secs(1);

/// A connection is closed at this age, so that nothing which it piled up stays.
const OLDEST: Duration = Duration::from_secs(30 * 60);

/// How long to wait before another try to connect: at first, and at most.
const PAUSES: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(1));

/// Added to the time that the database gives a statement, for the answer to arrive.
const SLACK: Duration = Duration::from_secs(5);

/// How long opening a connection may take. A host may have many addresses, and the time to connect that
/// the URL gives holds for each of them.
const OPENING: Duration = Duration::from_secs(2 * 60);

/// An answer that is late waits this much longer. A process that was stopped finds the end of its patience
/// and the answer both due when it goes on.
const LAST_CHANCE: Duration = Duration::from_secs(1);

/// Threads that may wait in vain, for each place and at most.
const STRAYS: (usize, usize) = (16, 256);

pub(super) fn places(connections: u32) -> usize {
    usize::try_from(connections).unwrap_or(1)
}

fn strays(places: usize) -> usize {
    (places * STRAYS.0).min(STRAYS.1)
}

/// The most threads that a lane of so many connections has at once, those included that wait in vain.
pub(super) fn most_threads(connections: u32) -> usize {
    let places = places(connections);
    places + strays(places)
}

/// Places, and the connections that nobody uses at present.
#[derive(Clone)]
pub(super) struct Lane(Arc<Shared>);

struct Shared {
    connector: Connector,
    health: Arc<Health>,
    measures: LaneMeasures,
    /// Whose threads the work is done by, whichever thread asks for it: each pool of threads would otherwise
    /// grow until it has one for every place, and every thread keeps some memory for itself.
    threads: Handle,
    most: usize,
    /// How long a caller waits for a place, and in it for a connection.
    patience: Duration,
    /// How long a statement may go without an answer; a file always answers.
    silence: Option<Duration>,
    places: Arc<Semaphore>,
    /// As many threads may wait for answers that nobody wants any more.
    strays: Arc<Semaphore>,
    most_strays: usize,
    idle: Mutex<Vec<Seat>>,
    /// Since when callers wait for a place in vain.
    starved: Mutex<Option<Instant>>,
}

/// An open connection.
struct Seat {
    db: Db,
    watch: Arc<Watch>,
    born: Instant,
    used: Instant,
}

impl std::fmt::Debug for Lane {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lane")
            .field("free", &self.0.places.available_permits())
            .finish_non_exhaustive()
    }
}

impl Lane {
    /// A lane with so many places, whose work is done by threads of a runtime. Connections are opened as
    /// they are needed.
    pub(super) fn new(
        connector: Connector,
        connections: u32,
        patience: Duration,
        health: Arc<Health>,
        measures: LaneMeasures,
        threads: Handle,
    ) -> Self {
        let places = places(connections);
        let strays = strays(places);
        let statement_timeout = connector.statement_timeout();
        Self(Arc::new(Shared {
            connector,
            health,
            measures,
            threads,
            most: places,
            patience,
            silence: statement_timeout.map(|timeout| timeout + SLACK),
            places: Arc::new(Semaphore::new(places)),
            strays: Arc::new(Semaphore::new(strays)),
            most_strays: strays,
            idle: Mutex::default(),
            starved: Mutex::default(),
        }))
    }

    /// This one, or the other one where only that has a free place.
    pub(super) fn or<'a>(&'a self, other: &'a Self) -> &'a Self {
        match (self.free(), other.free()) {
            (0, 1..) => other,
            _ => self,
        }
    }

    /// What it measures.
    pub(super) fn measures(&self) -> &LaneMeasures {
        &self.0.measures
    }

    /// How many places it has.
    pub(super) fn places(&self) -> usize {
        self.0.most
    }

    /// How many of them are taken.
    pub(super) fn in_use(&self) -> usize {
        self.0.most.saturating_sub(self.free())
    }

    /// How many threads wait for answers that nobody wants any more.
    pub(super) fn strays(&self) -> usize {
        let left = self.0.strays.available_permits();
        self.0.most_strays.saturating_sub(left)
    }

    fn free(&self) -> usize {
        self.0.places.available_permits()
    }

    /// Whether for so long every place has been with a thread that waits for an answer in vain, so that
    /// only the end of this process frees them.
    pub(super) fn is_stuck(&self, length: Duration) -> bool {
        let starved = *self.starved();
        self.free() == 0
            && self.0.strays.available_permits() == 0
            && starved.is_some_and(|since| since.elapsed() >= length)
    }

    fn starved(&self) -> MutexGuard<'_, Option<Instant>> {
        let starved = self.0.starved.lock();
        starved.unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs `work` on the blocking pool with a connection. Work that takes several steps asks the watch
    /// whether it is still wanted before the last.
    pub(super) async fn run<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&mut Db, &Watch) -> Result<T, E> + Send + 'static,
    {
        // A task of its own, because a caller that is not polled for a while (one of several in a
        // stream, say) must not sit on a place that it was given and others wait for.
        let task = task::spawn(self.clone().serve(work).in_current_span());
        task.await.map_err(StoreError::Task)?
    }

    async fn serve<T, E, F>(self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&mut Db, &Watch) -> Result<T, E> + Send + 'static,
    {
        let place = self.place().await?;
        let seat = self.idle().pop();
        let watch = match &seat {
            Some(seat) => seat.watch.clone(),
            None => {
                let silence = self.0.silence.unwrap_or(Duration::MAX);
                Arc::new(Watch::new(self.0.health.clone(), silence))
            }
        };
        let (lane, watched, span) = (self.clone(), watch.clone(), Span::current());
        let mut task = self.0.threads.spawn_blocking(move || {
            let _within = span.entered();
            let mut seat = lane.settled(seat, watched)?;
            seat.watch.is_wanted()?;
            let answer = work(&mut seat.db, &seat.watch);
            lane.put_back(seat);
            answer
        });
        match self.joined(&mut task, &watch).await {
            Some(joined) => joined.map_err(StoreError::Task)?,
            None => {
                self.leave_behind(task, place);
                Err(StoreError::Silent.into())
            }
        }
    }

    async fn place(&self) -> Result<OwnedSemaphorePermit, StoreError> {
        let (measures, began) = (&self.0.measures, Instant::now());
        let waiting = Present::in_number(&measures.waiting);
        let place = self.0.places.clone().acquire_owned();
        let place = tokio::time::timeout(self.0.patience, place).await;
        drop(waiting);
        measures.waits.observe(began.elapsed().as_secs_f64());
        match place {
            Ok(Ok(place)) => {
                *self.starved() = None;
                Ok(place)
            }
            // The semaphore is never closed.
            Ok(Err(_)) | Err(_) => {
                measures.refused.inc();
                self.starved().get_or_insert_with(Instant::now);
                if self.0.health.away_since().is_some() {
                    return Err(StoreError::Silent);
                }
                self.0.health.busy(measures.lane, self.0.patience);
                Err(StoreError::Busy)
            }
        }
    }

    /// What became of the work; nothing when a statement of it is not answered.
    async fn joined<T>(
        &self,
        task: &mut JoinHandle<T>,
        watch: &Watch,
    ) -> Option<Result<T, JoinError>> {
        if self.0.silence.is_none() {
            return Some(task.await);
        }
        loop {
            let left = watch.left();
            let wait = if left.is_zero() { LAST_CHANCE } else { left };
            if let Ok(joined) = tokio::time::timeout(wait, &mut *task).await {
                return Some(joined);
            }
            if left.is_zero() && watch.gives_up() {
                return None;
            }
        }
    }

    /// Lets others have the place of a task that cannot be stopped, unless there are too many such.
    fn leave_behind<T: Send + 'static>(&self, task: JoinHandle<T>, place: OwnedSemaphorePermit) {
        self.0.health.failed(Trouble::Silent, &StoreError::Silent);
        // What else is open leads to the same silence.
        self.drop_idle();
        let kept = self.0.strays.clone().try_acquire_owned().unwrap_or(place);
        task::spawn(async move {
            // Whatever it comes to, nobody waits for it.
            drop(task.await);
            drop(kept);
        });
    }

    /// A connection that works: the one that was idle, or a new one.
    fn settled(&self, seat: Option<Seat>, watch: Arc<Watch>) -> Result<Seat, StoreError> {
        if let Some(mut seat) = seat {
            if seat.is_sure() || watch.probe(|| conn::answers(&mut seat.db)) {
                return Ok(seat);
            }
            self.0.measures.dropped.inc();
            // The others were opened when it was, or before.
            self.drop_idle();
        }
        let first_try = Instant::now();
        let mut pause = PAUSES.0;
        loop {
            watch.is_wanted()?;
            if !self.0.health.may_try(self.0.patience, PAUSES.1) {
                let why = "it was tried a moment ago".to_owned();
                return Err(StoreError::Unreachable(ConnectionError::BadConnection(why)));
            }
            let error = match self.open(&watch) {
                Ok(seat) => return Ok(seat),
                Err(error) => error,
            };
            self.0.measures.not_opened.inc();
            self.0.health.not_opened(&error);
            // Where the database has been away for long, nobody is kept waiting for it.
            let since = self.0.health.away_since().unwrap_or(first_try);
            if since.min(first_try).elapsed() + pause > self.0.patience {
                return Err(StoreError::Unreachable(error));
            }
            std::thread::sleep(pause);
            pause = (pause * 2).min(PAUSES.1);
        }
    }

    fn open(&self, watch: &Arc<Watch>) -> Result<Seat, ConnectionError> {
        watch.opens(OPENING);
        let opened = self.0.connector.open();
        watch.ends();
        let mut db = opened?;
        self.0.measures.opened.inc();
        self.0.health.answered();
        let (told, mut others) = (watch.clone(), get_default_instrumentation());
        db.set_instrumentation(move |event: InstrumentationEvent<'_>| {
            told.note(&event);
            others.on_connection_event(event);
        });
        let now = Instant::now();
        Ok(Seat {
            db,
            watch: watch.clone(),
            born: now,
            used: now,
        })
    }

    fn put_back(&self, mut seat: Seat) {
        seat.watch.ends();
        let is_old = seat.born.elapsed() > OLDEST;
        let is_broken = seat.watch.is_lost() || conn::is_broken(&mut seat.db);
        if is_broken {
            self.0.measures.dropped.inc();
        }
        if is_old || is_broken {
            return;
        }
        seat.used = Instant::now();
        self.idle().push(seat);
    }

    /// Closes the connections that nobody uses, which are as broken as one that was.
    fn drop_idle(&self) {
        let broken = std::mem::take(&mut *self.idle());
        let count = u64::try_from(broken.len()).unwrap_or(u64::MAX);
        self.0.measures.dropped.inc_by(count);
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Seat>> {
        self.0.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seat {
    fn is_sure(&self) -> bool {
        match self.db {
            Db::Sqlite(_) => true,
            Db::Postgres(_) => self.used.elapsed() < SURE_FOR,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        net::TcpListener,
        sync::{
            atomic::{AtomicUsize, Ordering},
            mpsc,
        },
    };

    use super::{
        super::{DatabaseUrl, PoolSettings, conn::Access, measures::Measures},
        *,
    };

    fn measures() -> LaneMeasures {
        Measures::default().of_lane("test")
    }

    #[actix_rt::test]
    async fn nobody_waits_for_a_place_for_ever() {
        let folder = tempfile::tempdir().unwrap();
        let url = DatabaseUrl::Sqlite(folder.path().join("a.db"));
        let connector = Connector::new(&url, Access::Write, PoolSettings::default()).unwrap();
        let lane = Lane::new(
            connector,
            1,
            Duration::from_millis(50),
            Arc::default(),
            measures(),
            Handle::current(),
        );
        let (let_go, held) = mpsc::channel::<()>();
        let (holding, holds) = tokio::sync::oneshot::channel();
        let holder = lane.clone();
        let holder = actix_rt::spawn(async move {
            let hold = move |_: &mut Db, _: &Watch| {
                holding.send(()).unwrap();
                held.recv_timeout(Duration::from_secs(60)).unwrap();
                Ok::<_, StoreError>(())
            };
            holder.run(hold).await
        });
        holds.await.unwrap();
        let turned_away = lane.run(|_, _| Ok::<_, StoreError>(())).await;
        assert!(
            matches!(turned_away, Err(StoreError::Busy)),
            "{turned_away:?}"
        );
        let_go.send(()).unwrap();
        holder.await.unwrap().unwrap();
        lane.run(|_, _| Ok::<_, StoreError>(())).await.unwrap();
    }
    /// A lane to a server that closes every connection at once and counts them.
    fn refused(patience: Duration) -> (Lane, Arc<AtomicUsize>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let at = listener.local_addr().unwrap();
        let tries = Arc::new(AtomicUsize::new(0));
        let counted = tries.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                drop(stream);
                counted.fetch_add(1, Ordering::SeqCst);
            }
        });
        let url = DatabaseUrl::Postgres(format!("postgres://u@{at}/d?sslmode=disable"));
        let connector = Connector::new(&url, Access::Write, PoolSettings::default()).unwrap();
        (
            Lane::new(
                connector,
                2,
                patience,
                Arc::default(),
                measures(),
                Handle::current(),
            ),
            tries,
        )
    }

    #[actix_rt::test]
    async fn a_database_that_is_away_is_not_overrun_by_callers() {
        let (lane, tries) = refused(Duration::from_millis(100));
        let ask = || lane.run(|_, _| Ok::<_, StoreError>(()));
        let is_long_away = || {
            let since = lane.0.health.away_since();
            since.is_some_and(|since| since.elapsed() > lane.0.patience)
        };
        while !is_long_away() {
            assert!(matches!(ask().await, Err(StoreError::Unreachable(_))));
        }
        let (began, before) = (Instant::now(), tries.load(Ordering::SeqCst));
        for _ in 0..100 {
            assert!(matches!(ask().await, Err(StoreError::Unreachable(_))));
        }
        let tries = tries.load(Ordering::SeqCst) - before;
        let most = 1 + usize::try_from(began.elapsed().as_secs()).unwrap();
        assert!(tries <= most, "{tries} in {:?}", began.elapsed());
    }

    #[actix_rt::test]
    async fn a_lane_without_hope_says_so() {
        let (lane, _) = refused(Duration::from_millis(10));
        let strays = lane.0.strays.clone();
        let all = u32::try_from(strays.available_permits()).unwrap();
        let lost = strays.try_acquire_many_owned(all).unwrap();
        let taken = lane.0.places.clone().try_acquire_many_owned(2).unwrap();
        assert!(!lane.is_stuck(Duration::ZERO), "nobody has waited");
        let asked = lane.run(|_, _| Ok::<_, StoreError>(())).await;
        assert!(matches!(asked, Err(StoreError::Busy)), "{asked:?}");
        assert!(lane.is_stuck(Duration::ZERO));
        assert!(!lane.is_stuck(Duration::from_secs(3600)));
        drop(taken);
        assert!(!lane.is_stuck(Duration::ZERO), "a place is free");
        drop(lost);
    }
}
