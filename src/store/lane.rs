//! Connections for callers: a number of places, and in each a connection for as long as some work
//! takes.
//!
//! Callers queue for a place here and not on threads, and not for ever. A statement that gets no answer
//! is given up: its caller is told, its place goes to somebody else, and its connection is never used
//! again. The thread that waits for the answer cannot be stopped, so there is a bound on those as well.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use diesel::{
    Connection,
    connection::{Instrumentation, InstrumentationEvent, get_default_instrumentation},
    result::{DatabaseErrorKind, Error as DieselError},
};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    task::{JoinError, JoinHandle},
};

use super::{
    StoreError,
    conn::{self, Connector, Db},
    health::{Health, Trouble},
};

/// A connection that was used so lately is taken to work still.
const SURE_FOR: Duration = Duration::from_secs(1);

/// A connection is closed at this age, so that nothing which it piled up stays.
const OLDEST: Duration = Duration::from_secs(30 * 60);

/// How long to wait before another try to connect: at first, and at most.
const PAUSES: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(1));

/// Added to the time that the database gives a statement, for the answer to arrive.
const SLACK: Duration = Duration::from_secs(5);

/// Places, and the connections that nobody uses at present.
#[derive(Clone)]
pub(super) struct Lane(Arc<Shared>);

struct Shared {
    connector: Connector,
    health: Arc<Health>,
    /// How long a caller waits for a place, and in it for a connection.
    patience: Duration,
    /// How long a statement may go without an answer; a file always answers.
    silence: Option<Duration>,
    places: Arc<Semaphore>,
    /// As many threads may wait for answers that nobody wants any more.
    strays: Arc<Semaphore>,
    idle: Mutex<Vec<Seat>>,
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
    /// A lane with so many places. Connections are opened as they are needed.
    pub(super) fn new(
        connector: Connector,
        connections: u32,
        patience: Duration,
        health: Arc<Health>,
    ) -> Self {
        let places = usize::try_from(connections).unwrap_or(1);
        let statement_timeout = connector.statement_timeout();
        Self(Arc::new(Shared {
            connector,
            health,
            patience,
            silence: statement_timeout.map(|timeout| timeout + SLACK),
            places: Arc::new(Semaphore::new(places)),
            strays: Arc::new(Semaphore::new(places)),
            idle: Mutex::default(),
        }))
    }

    /// Runs `work` on the blocking pool with a connection.
    pub(super) async fn run<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&mut Db) -> Result<T, E> + Send + 'static,
    {
        // A task of its own, because a caller that is not polled for a while (one of several in a
        // stream, say) must not sit on a place that it was given and others wait for.
        let task = tokio::spawn(self.clone().serve(work));
        task.await.map_err(StoreError::Task)?
    }

    async fn serve<T, E, F>(self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&mut Db) -> Result<T, E> + Send + 'static,
    {
        let place = self.place().await?;
        let seat = self.idle().pop();
        let watch = match &seat {
            Some(seat) => seat.watch.clone(),
            None => Arc::new(Watch::new(self.0.health.clone())),
        };
        let (lane, watched) = (self.clone(), watch.clone());
        let mut task = tokio::task::spawn_blocking(move || {
            let mut seat = lane.settled(seat, watched)?;
            let answer = work(&mut seat.db);
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
        let place = self.0.places.clone().acquire_owned();
        match tokio::time::timeout(self.0.patience, place).await {
            Ok(Ok(place)) => Ok(place),
            // The semaphore is never closed.
            Ok(Err(_)) | Err(_) if self.0.health.away_since().is_some() => Err(StoreError::Silent),
            Ok(Err(_)) | Err(_) => {
                self.0.health.busy(self.0.patience);
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
        let Some(silence) = self.0.silence else {
            return Some(task.await);
        };
        let mut wait = silence;
        loop {
            if let Ok(joined) = tokio::time::timeout(wait, &mut *task).await {
                return Some(joined);
            }
            let waited = watch.waited();
            if waited >= silence {
                watch.give_up();
                return None;
            }
            wait = silence - waited;
        }
    }

    /// Lets others have the place of a task that cannot be stopped, unless there are too many such.
    fn leave_behind<T: Send + 'static>(&self, task: JoinHandle<T>, place: OwnedSemaphorePermit) {
        self.0.health.failed(Trouble::Silent, &StoreError::Silent);
        // What else is open leads to the same silence.
        self.idle().clear();
        let kept = self.0.strays.clone().try_acquire_owned().unwrap_or(place);
        tokio::spawn(async move {
            // Whatever it comes to, nobody waits for it.
            drop(task.await);
            drop(kept);
        });
    }

    /// A connection that works: the one that was idle, or a new one.
    fn settled(&self, seat: Option<Seat>, watch: Arc<Watch>) -> Result<Seat, StoreError> {
        if let Some(mut seat) = seat {
            if seat.is_sure() || conn::answers(&mut seat.db) {
                return Ok(seat);
            }
            // The others were opened when it was, or before.
            self.idle().clear();
        }
        let first_try = Instant::now();
        let mut pause = PAUSES.0;
        loop {
            let error = match self.open(&watch) {
                Ok(seat) => return Ok(seat),
                Err(error) => error,
            };
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

    fn open(&self, watch: &Arc<Watch>) -> diesel::ConnectionResult<Seat> {
        watch.begins();
        let opened = self.0.connector.open();
        watch.ends();
        let mut db = opened?;
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
        if is_old || seat.watch.is_lost() || conn::is_broken(&mut seat.db) {
            return;
        }
        seat.used = Instant::now();
        self.idle().push(seat);
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

/// What goes on on a connection, told by itself and read by whoever waits for it.
struct Watch {
    health: Arc<Health>,
    /// When the statement began that is not answered yet.
    since: Mutex<Option<Instant>>,
    /// Whether the connection must not be used again.
    is_lost: AtomicBool,
}

impl Watch {
    fn new(health: Arc<Health>) -> Self {
        Self {
            health,
            since: Mutex::default(),
            is_lost: AtomicBool::new(false),
        }
    }

    fn since(&self) -> MutexGuard<'_, Option<Instant>> {
        self.since.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begins(&self) {
        *self.since() = Some(Instant::now());
    }

    fn ends(&self) {
        *self.since() = None;
    }

    /// How long the present statement has been waiting for its answer.
    fn waited(&self) -> Duration {
        self.since().map_or(Duration::ZERO, |since| since.elapsed())
    }

    fn give_up(&self) {
        self.is_lost.store(true, Ordering::Relaxed);
    }

    fn is_lost(&self) -> bool {
        self.is_lost.load(Ordering::Relaxed)
    }

    fn note(&self, event: &InstrumentationEvent<'_>) {
        if let InstrumentationEvent::StartQuery { .. } = event {
            self.begins();
        } else if let InstrumentationEvent::FinishQuery { error, .. } = event {
            self.health.took(self.waited());
            self.ends();
            match error {
                None => self.health.answered(),
                Some(error) => self.note_error(error),
            }
        }
    }

    fn note_error(&self, error: &DieselError) {
        if let Some(trouble) = Trouble::of(error) {
            self.health.failed(trouble, error);
        }
        if let DieselError::DatabaseError(
            DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::UnableToSendCommand,
            _,
        ) = error
        {
            self.give_up();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::{
        super::{DatabaseUrl, PoolSettings, conn::Access},
        *,
    };

    #[actix_rt::test]
    async fn nobody_waits_for_a_place_for_ever() {
        let folder = tempfile::tempdir().unwrap();
        let url = DatabaseUrl::Sqlite(folder.path().join("a.db"));
        let connector = Connector::new(&url, Access::Write, PoolSettings::default()).unwrap();
        let lane = Lane::new(connector, 1, Duration::from_millis(50), Arc::default());
        let (let_go, held) = mpsc::channel::<()>();
        let (holding, holds) = tokio::sync::oneshot::channel();
        let holder = lane.clone();
        let holder = actix_rt::spawn(async move {
            let hold = move |_: &mut Db| {
                holding.send(()).unwrap();
                held.recv_timeout(Duration::from_secs(60)).unwrap();
                Ok::<_, StoreError>(())
            };
            holder.run(hold).await
        });
        holds.await.unwrap();
        let turned_away = lane.run(|_| Ok::<_, StoreError>(())).await;
        assert!(
            matches!(turned_away, Err(StoreError::Busy)),
            "{turned_away:?}"
        );
        let_go.send(()).unwrap();
        holder.await.unwrap().unwrap();
        lane.run(|_| Ok::<_, StoreError>(())).await.unwrap();
    }
}
