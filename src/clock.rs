//! Time, as an argument.
//!
//! Everything that needs an instant or a wait gets it from a [`Clock`]. The system's clock is read
//! in this file and nowhere else. On PostgreSQL the store asks the database for the time of a
//! transaction unless the clock says that it rules (see [`Clock::rules_the_database`]).

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::BoxFuture;
use tokio::sync::watch;

/// Where instants and waits come from.
pub trait Clock: Send + Sync + fmt::Debug {
    /// The present instant.
    fn now(&self) -> DateTime<Utc>;

    /// Resolves once `now()` has reached `at`.
    fn sleep_until(&self, at: DateTime<Utc>) -> BoxFuture<'static, ()>;

    /// Whether this clock holds even where a database has one of its own. A test's clock does.
    fn rules_the_database(&self) -> bool;

    /// Resolves after `length`.
    fn sleep(&self, length: Duration) -> BoxFuture<'static, ()> {
        let length = TimeDelta::from_std(length).unwrap_or(TimeDelta::MAX);
        let at = self.now().checked_add_signed(length);
        self.sleep_until(at.unwrap_or(DateTime::<Utc>::MAX_UTC))
    }
}

/// The clock of the machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

/// A timer sees neither clock steps nor suspension, so a long wait looks at the clock again.
const LONGEST_NAP: Duration = Duration::from_secs(5);

#[expect(
    clippy::disallowed_methods,
    reason = "the one place that asks the system for the time"
)]
fn system_now() -> DateTime<Utc> {
    Utc::now()
}

impl Clock for SystemClock {
    fn now(&self) -> DateTime<Utc> {
        system_now()
    }

    fn sleep_until(&self, at: DateTime<Utc>) -> BoxFuture<'static, ()> {
        Box::pin(async move {
            while let Ok(left) = (at - system_now()).to_std() {
                if left.is_zero() {
                    break;
                }
                tokio::time::sleep(left.min(LONGEST_NAP)).await;
            }
        })
    }

    fn rules_the_database(&self) -> bool {
        false
    }
}

/// A clock that is moved by hand.
///
/// An *eager* one moves itself: whoever waits on it is served at once, and the clock then stands
/// at the end of that wait. It is for waits whose length is to be looked at, not lived through.
#[derive(Clone, Debug)]
pub struct ManualClock {
    now: Arc<watch::Sender<DateTime<Utc>>>,
    eager: bool,
    waits: Arc<Mutex<Vec<TimeDelta>>>,
}

impl ManualClock {
    /// A clock that stands at `at` until it is moved.
    pub fn new(at: DateTime<Utc>) -> Self {
        Self::with(at, false)
    }

    /// A clock that starts at `at` and jumps to the end of every wait.
    pub fn eager(at: DateTime<Utc>) -> Self {
        Self::with(at, true)
    }

    fn with(at: DateTime<Utc>, eager: bool) -> Self {
        Self {
            now: Arc::new(watch::Sender::new(at)),
            eager,
            waits: Arc::default(),
        }
    }

    /// Moves the clock to `at`, forwards or backwards.
    pub fn set(&self, at: DateTime<Utc>) {
        self.now.send_replace(at);
    }

    /// Moves the clock on by `length`.
    pub fn advance(&self, length: TimeDelta) {
        self.now.send_modify(|now| *now += length);
    }

    /// The waits asked of this clock so far, in order.
    pub fn waits(&self) -> Vec<TimeDelta> {
        self.waits
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl Clock for ManualClock {
    fn now(&self) -> DateTime<Utc> {
        *self.now.borrow()
    }

    fn sleep_until(&self, at: DateTime<Utc>) -> BoxFuture<'static, ()> {
        let wait = at - self.now();
        self.waits
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(wait);
        if self.eager {
            self.now.send_if_modified(|now| {
                let later = at > *now;
                *now = at.max(*now);
                later
            });
        }
        let mut now = self.now.subscribe();
        Box::pin(async move {
            // The sender lives in the clock; without it nobody will ever move time again.
            if now.wait_for(|now| *now >= at).await.is_err() {
                futures_util::future::pending::<()>().await;
            }
        })
    }

    fn rules_the_database(&self) -> bool {
        true
    }
}
