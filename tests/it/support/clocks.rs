//! The machine's clock, set by a test.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::BoxFuture;
use tenantatlas::clock::{Clock, ManualClock, SystemClock};

/// The machine's clock and what a test has set it on or back by. Time passes on it as it does.
#[derive(Clone, Debug)]
pub(crate) struct SteppedClock {
    offset: Arc<Mutex<TimeDelta>>,
    /// Whether the database's clock is this one as well.
    rules: bool,
}

impl SteppedClock {
    pub(crate) fn new(rules: bool) -> Self {
        Self {
            offset: Arc::default(),
            rules,
        }
    }

    /// Sets it on, or back.
    pub(crate) fn step(&self, by: TimeDelta) {
        *self.offset.lock().unwrap() += by;
    }

    fn offset(&self) -> TimeDelta {
        *self.offset.lock().unwrap()
    }
}

impl Clock for SteppedClock {
    fn now(&self) -> DateTime<Utc> {
        SystemClock.now() + self.offset()
    }

    fn elapsed(&self) -> Duration {
        SystemClock.elapsed()
    }

    fn sleep(&self, length: Duration) -> BoxFuture<'static, ()> {
        SystemClock.sleep(length)
    }

    fn sleep_until(&self, at: DateTime<Utc>) -> BoxFuture<'static, ()> {
        SystemClock.sleep_until(at - self.offset())
    }

    fn rules_the_database(&self) -> bool {
        self.rules
    }
}

/// A clock of a test that tires: each look at its steady time takes so long.
#[derive(Clone, Debug)]
pub(crate) struct TiringClock {
    time: ManualClock,
    look: TimeDelta,
}

impl TiringClock {
    pub(crate) fn new(at: DateTime<Utc>, look: TimeDelta) -> Self {
        Self {
            time: ManualClock::new(at),
            look,
        }
    }
}

impl Clock for TiringClock {
    fn now(&self) -> DateTime<Utc> {
        self.time.now()
    }

    fn elapsed(&self) -> Duration {
        self.time.advance(self.look);
        self.time.elapsed()
    }

    fn sleep(&self, length: Duration) -> BoxFuture<'static, ()> {
        self.time.sleep(length)
    }

    fn sleep_until(&self, at: DateTime<Utc>) -> BoxFuture<'static, ()> {
        self.time.sleep_until(at)
    }

    fn rules_the_database(&self) -> bool {
        true
    }
}
