//! What goes on on a connection: told by the connection itself, read by whoever waits for it.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use diesel::{
    connection::InstrumentationEvent,
    result::{DatabaseErrorKind, Error as DieselError},
};

use super::{
    StoreError,
    health::{Health, Trouble},
};

/// The watch over a connection and the work that is done on it.
pub(super) struct Watch {
    health: Arc<Health>,
    /// How long a statement may go without an answer.
    silence: Duration,
    /// What is not answered yet.
    waiting: Mutex<Option<Waiting>>,
    /// When the connection began to be opened, in steady time.
    opened_at: Mutex<Duration>,
    /// Whether it is only asked whether it leads somewhere.
    is_probed: AtomicBool,
    /// Whether the connection must not be used again.
    is_lost: AtomicBool,
    /// Whether whoever wanted the work was told that it is not done.
    is_given_up: AtomicBool,
}

/// Something that the database has not answered yet.
#[derive(Clone, Copy)]
struct Waiting {
    since: Instant,
    /// How long it may take.
    limit: Duration,
}

impl Waiting {
    fn left(self) -> Duration {
        self.limit.saturating_sub(self.since.elapsed())
    }
}

impl Watch {
    pub(super) fn new(health: Arc<Health>, silence: Duration) -> Self {
        Self {
            opened_at: Mutex::new(health.moment()),
            health,
            silence,
            waiting: Mutex::default(),
            is_probed: AtomicBool::new(false),
            is_lost: AtomicBool::new(false),
            is_given_up: AtomicBool::new(false),
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Option<Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A connection is being opened, which has its own limit.
    pub(super) fn opens(&self, limit: Duration) {
        self.is_lost.store(false, Ordering::Relaxed);
        *self.opened_at() = self.health.moment();
        self.begins(limit);
    }

    fn opened_at(&self) -> MutexGuard<'_, Duration> {
        let opened_at = self.opened_at.lock();
        opened_at.unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a connection that was idle works. That it does not says nothing of the database: there are
    /// those who close what nobody uses.
    pub(super) fn probe(&self, works: impl FnOnce() -> bool) -> bool {
        self.is_probed.store(true, Ordering::Relaxed);
        let works = works();
        self.is_probed.store(false, Ordering::Relaxed);
        works
    }

    fn begins(&self, limit: Duration) {
        let since = Instant::now();
        *self.waiting() = Some(Waiting { since, limit });
    }

    /// Whatever was waited for is over; says how long it took.
    pub(super) fn ends(&self) -> Duration {
        let over = self.waiting().take();
        over.map_or(Duration::ZERO, |waiting| waiting.since.elapsed())
    }

    /// How much longer the present statement may go without its answer; nothing once that is too long.
    pub(super) fn left(&self) -> Duration {
        self.waiting().map_or(self.silence, Waiting::left)
    }

    /// Gives the work up, if its statement is still without an answer for too long. Whoever carries it
    /// out learns that before its next step that counts.
    pub(super) fn gives_up(&self) -> bool {
        // Under the lock: a statement that was answered at the last moment ends there as well, so that
        // either this sees the answer or the other one sees this.
        let waiting = self.waiting();
        let is_silent = waiting.is_some_and(|waiting| waiting.left().is_zero());
        if is_silent {
            self.is_given_up.store(true, Ordering::Relaxed);
        }
        is_silent
    }

    /// Whether anybody still waits for what is done on this connection.
    ///
    /// # Errors
    ///
    /// [`StoreError::Silent`] when that was given up: what is not committed must not be.
    pub(super) fn is_wanted(&self) -> Result<(), StoreError> {
        match self.is_given_up.load(Ordering::Relaxed) {
            true => Err(StoreError::Silent),
            false => Ok(()),
        }
    }

    /// Whether the connection must not be used again.
    pub(super) fn is_lost(&self) -> bool {
        self.is_lost.load(Ordering::Relaxed) || self.is_given_up.load(Ordering::Relaxed)
    }

    /// Notes what the connection tells of itself.
    pub(super) fn note(&self, event: &InstrumentationEvent<'_>) {
        if let InstrumentationEvent::StartQuery { .. } = event {
            self.begins(self.silence);
        } else if let InstrumentationEvent::FinishQuery { error, .. } = event {
            self.health.took(self.ends());
            match error {
                None => self.health.answered(),
                Some(error) => self.note_error(error),
            }
        }
    }

    fn note_error(&self, error: &DieselError) {
        let trouble = Trouble::of(error);
        match trouble {
            Some(Trouble::Away) if self.is_probed.load(Ordering::Relaxed) => {}
            Some(Trouble::Away) => self.health.cut(*self.opened_at(), error),
            Some(trouble) => self.health.failed(trouble, error),
            None => {}
        }
        // What may only be read was a standby's, and another connection may lead to what took its place.
        let only_reads = matches!(
            error,
            DieselError::DatabaseError(DatabaseErrorKind::ReadOnlyTransaction, _)
        );
        if trouble == Some(Trouble::Away) || only_reads {
            self.is_lost.store(true, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta};

    use super::*;
    use crate::clock::ManualClock;

    #[test]
    fn what_was_answered_at_the_last_moment_is_not_given_up() {
        let watch = Watch::new(Arc::default(), Duration::ZERO);
        watch.begins(Duration::ZERO);
        watch.ends();
        assert!(!watch.gives_up());
        assert!(watch.is_wanted().is_ok());
        watch.begins(Duration::ZERO);
        assert!(watch.gives_up());
        watch.ends();
        assert!(watch.is_lost() && watch.is_wanted().is_err());
        watch.opens(Duration::MAX);
        assert!(watch.is_wanted().is_err(), "for good");
    }

    #[test]
    fn connections_that_break_together_are_told_once() {
        let clock = ManualClock::new(DateTime::UNIX_EPOCH);
        let health = Arc::new(Health::new(Arc::new(clock.clone())));
        let watch = || Watch::new(health.clone(), Duration::MAX);
        let breaks = |watch: &Watch| {
            watch.note_error(&DieselError::DatabaseError(
                DatabaseErrorKind::ClosedConnection,
                Box::new("server closed the connection unexpectedly".to_owned()),
            ));
            assert!(watch.is_lost());
            health.trouble()
        };
        let (idle, one, other) = (watch(), watch(), watch());
        idle.probe(|| breaks(&idle).is_some());
        assert_eq!(health.trouble(), None, "nobody used it");
        assert_eq!(breaks(&one), Some(Trouble::Away));
        health.answered();
        assert_eq!(breaks(&other), None, "it was there when the first broke");
        clock.advance(TimeDelta::seconds(1));
        assert_eq!(breaks(&watch()), None, "it came when the first broke");
        clock.advance(TimeDelta::seconds(1));
        assert_eq!(breaks(&watch()), Some(Trouble::Away), "again");
    }

    #[test]
    fn opening_has_a_limit_of_its_own() {
        let watch = Watch::new(Arc::default(), Duration::ZERO);
        watch.opens(Duration::from_secs(3600));
        assert!(!watch.left().is_zero());
        assert!(!watch.gives_up());
    }
}
