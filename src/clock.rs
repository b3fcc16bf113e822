//! Time, as an argument.
//!
//! Everything that needs an instant or a wait gets it from a [`Clock`]. The system's clock is read
//! in this file and nowhere else. On PostgreSQL the store asks the database for the time of a
//! transaction unless the clock says that it rules (see [`Clock::rules_the_database`]).
//!
//! A clock tells two times. That of the wall can be set, forwards and backwards, and is for what is
//! written down. The steady one only runs, and is for whatever lasts: waits, paces, leases held.

use std::{
    fmt,
    sync::{Arc, LazyLock, Mutex, PoisonError},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::BoxFuture;
use tokio::sync::watch;

/// Where instants and waits come from.
pub trait Clock: Send + Sync + fmt::Debug {
    /// The present instant, by the wall.
    fn now(&self) -> DateTime<Utc>;

    /// Steady time since a moment that never changes. Setting the wall's time does not touch it.
    fn elapsed(&self) -> Duration;

    /// Resolves after `length` of steady time.
    fn sleep(&self, length: Duration) -> BoxFuture<'static, ()>;

    /// Resolves once `now()` has reached `at`.
    fn sleep_until(&self, at: DateTime<Utc>) -> BoxFuture<'static, ()>;

    /// Whether this clock holds even where a database has one of its own. A test's clock does.
    fn rules_the_database(&self) -> bool;
}

/// The clock of the machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

/// A timer sees neither clock steps nor suspension, so a wait for an instant looks at the clock again.
const LONGEST_NAP: Duration = Duration::from_secs(5);

/// Where the steady time of this process begins.
static BEGINNING: LazyLock<Duration> = LazyLock::new(steady);

/// The time since the machine was started, and while it slept: a server that slept was away.
#[cfg(target_os = "linux")]
fn steady() -> Duration {
    let since = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    Duration::try_from(since).unwrap_or_default()
}

/// The time since the first look.
#[cfg(not(target_os = "linux"))]
fn steady() -> Duration {
    static FIRST: LazyLock<std::time::Instant> = LazyLock::new(std::time::Instant::now);
    FIRST.elapsed()
}

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

    fn elapsed(&self) -> Duration {
        steady().saturating_sub(*BEGINNING)
    }

    fn sleep(&self, length: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(length))
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

/// A clock whose wall time runs as steadily as its other one: what the wall of the clock beneath
/// showed at the beginning, and what has elapsed since. It is for paces that are kept as instants.
#[derive(Clone, Debug)]
pub struct SteadyClock {
    beneath: Arc<dyn Clock>,
    began: DateTime<Utc>,
    began_at: Duration,
}

impl SteadyClock {
    /// Begins with the present of another clock.
    pub fn over(beneath: Arc<dyn Clock>) -> Self {
        Self {
            began: beneath.now(),
            began_at: beneath.elapsed(),
            beneath,
        }
    }
}

impl Clock for SteadyClock {
    fn now(&self) -> DateTime<Utc> {
        let since = self.elapsed().saturating_sub(self.began_at);
        later(self.began, since)
    }

    fn elapsed(&self) -> Duration {
        self.beneath.elapsed()
    }

    fn sleep(&self, length: Duration) -> BoxFuture<'static, ()> {
        self.beneath.sleep(length)
    }

    fn sleep_until(&self, at: DateTime<Utc>) -> BoxFuture<'static, ()> {
        self.sleep((at - self.now()).to_std().unwrap_or_default())
    }

    fn rules_the_database(&self) -> bool {
        self.beneath.rules_the_database()
    }
}

/// The instant so much later, or the last there is.
fn later(at: DateTime<Utc>, length: Duration) -> DateTime<Utc> {
    TimeDelta::from_std(length)
        .ok()
        .and_then(|length| at.checked_add_signed(length))
        .unwrap_or(DateTime::<Utc>::MAX_UTC)
}

/// A clock that is moved by hand.
///
/// Moving it forwards is time that passes; moving it backwards, or stepping it, is a wall clock that
/// is set.
///
/// An *eager* one moves itself: whoever waits on it is served at once, and the clock then stands
/// at the end of that wait. It is for waits whose length is to be looked at, not lived through.
#[derive(Clone, Debug)]
pub struct ManualClock {
    time: Arc<watch::Sender<Moved>>,
    eager: bool,
    waits: Arc<Mutex<Vec<TimeDelta>>>,
}

/// Where a manual clock stands.
#[derive(Clone, Copy, Debug)]
struct Moved {
    now: DateTime<Utc>,
    elapsed: Duration,
}

impl Moved {
    fn move_to(&mut self, at: DateTime<Utc>) {
        self.elapsed += (at - self.now).to_std().unwrap_or_default();
        self.now = at;
    }
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

    fn with(now: DateTime<Utc>, eager: bool) -> Self {
        let elapsed = Duration::ZERO;
        Self {
            time: Arc::new(watch::Sender::new(Moved { now, elapsed })),
            eager,
            waits: Arc::default(),
        }
    }

    /// Moves the clock to `at`: forwards as time passes, backwards as a clock is set.
    pub fn set(&self, at: DateTime<Utc>) {
        self.time.send_modify(|time| time.move_to(at));
    }

    /// Moves the clock on by `length`.
    pub fn advance(&self, length: TimeDelta) {
        self.time
            .send_modify(|time| time.move_to(time.now + length));
    }

    /// Sets the wall's time on or back by `length`, while no time passes.
    pub fn step(&self, length: TimeDelta) {
        self.time.send_modify(|time| time.now += length);
    }

    /// The waits asked of this clock so far, in order.
    pub fn waits(&self) -> Vec<TimeDelta> {
        self.waits
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn note_wait(&self, length: TimeDelta) {
        self.waits
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(length);
    }

    /// Resolves once the clock is as wanted.
    fn once(&self, is_so: impl Fn(&Moved) -> bool + Send + 'static) -> BoxFuture<'static, ()> {
        let mut time = self.time.subscribe();
        Box::pin(async move {
            // The sender lives in the clock; without it nobody will ever move time again.
            if time.wait_for(is_so).await.is_err() {
                futures_util::future::pending::<()>().await;
            }
        })
    }
}

impl Clock for ManualClock {
    fn now(&self) -> DateTime<Utc> {
        self.time.borrow().now
    }

    fn elapsed(&self) -> Duration {
        self.time.borrow().elapsed
    }

    fn sleep(&self, length: Duration) -> BoxFuture<'static, ()> {
        let end = self.elapsed().saturating_add(length);
        let length = TimeDelta::from_std(length).unwrap_or(TimeDelta::MAX);
        self.note_wait(length);
        if self.eager {
            self.time.send_modify(|time| {
                let left = end.saturating_sub(time.elapsed);
                time.move_to(later(time.now, left));
            });
        }
        self.once(move |time| time.elapsed >= end)
    }

    fn sleep_until(&self, at: DateTime<Utc>) -> BoxFuture<'static, ()> {
        self.note_wait(at - self.now());
        if self.eager {
            self.time.send_modify(|time| time.move_to(at.max(time.now)));
        }
        self.once(move |time| time.now >= at)
    }

    fn rules_the_database(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    fn noon() -> DateTime<Utc> {
        "2026-03-02T12:00:00Z".parse().unwrap()
    }

    #[test]
    fn a_clock_that_is_set_neither_ends_a_wait_nor_lengthens_it() {
        for step in [-60, 60] {
            let clock = ManualClock::new(noon());
            let mut wait = clock.sleep(Duration::from_secs(60));
            clock.step(TimeDelta::minutes(step));
            assert!((&mut wait).now_or_never().is_none(), "{step}");
            clock.advance(TimeDelta::seconds(60));
            assert!((&mut wait).now_or_never().is_some(), "{step}");
        }
    }

    #[test]
    fn a_clock_that_is_moved_back_has_not_unlived_anything() {
        let clock = ManualClock::new(noon());
        clock.advance(TimeDelta::seconds(10));
        clock.set(noon() - TimeDelta::days(1));
        assert_eq!(clock.elapsed(), Duration::from_secs(10));
        clock.advance(TimeDelta::seconds(5));
        assert_eq!(clock.elapsed(), Duration::from_secs(15));
    }

    #[test]
    fn a_steady_clock_does_not_see_that_the_wall_is_set() {
        let clock = ManualClock::new(noon());
        clock.advance(TimeDelta::seconds(10));
        let steady = SteadyClock::over(Arc::new(clock.clone()));
        let mut wait = steady.sleep_until(steady.now() + TimeDelta::seconds(30));
        clock.step(TimeDelta::hours(-1));
        clock.advance(TimeDelta::seconds(29));
        assert_eq!(steady.now(), noon() + TimeDelta::seconds(39));
        assert!((&mut wait).now_or_never().is_none());
        clock.advance(TimeDelta::seconds(1));
        assert!((&mut wait).now_or_never().is_some());
    }

    #[test]
    fn the_time_of_the_machine_runs() {
        let before = SystemClock.elapsed();
        assert!(SystemClock.elapsed() >= before);
    }
}
