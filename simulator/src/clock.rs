//! The time of a simulation: that of the machine or of a test, moved ahead by hand if wanted.

use std::{
    fmt,
    sync::{Arc, Mutex},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};

use crate::sync::lock;

/// The present instant of the machine.
#[expect(
    clippy::disallowed_methods,
    reason = "the simulator's only look at the clock"
)]
pub(crate) fn now() -> DateTime<Utc> {
    Utc::now()
}

/// Where a simulation's time comes from.
///
/// A test whose client lives by a clock of its own lets the simulator read that clock, so that both
/// agree on when a token has ended and a wait is over.
#[derive(Clone)]
pub struct TimeSource(Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>);

impl TimeSource {
    /// Time as this function tells it.
    pub fn new(now: impl Fn() -> DateTime<Utc> + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }
}

/// The clock of the machine.
impl Default for TimeSource {
    fn default() -> Self {
        Self::new(now)
    }
}

impl fmt::Debug for TimeSource {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("TimeSource")
    }
}

/// The clock of a simulation. Its clones are the same clock.
#[derive(Clone, Debug)]
pub(crate) struct Clock {
    source: TimeSource,
    started: DateTime<Utc>,
    ahead: Arc<Mutex<TimeDelta>>,
}

impl Clock {
    pub(crate) fn start(source: TimeSource) -> Self {
        let started = (source.0)();
        Self {
            source,
            started,
            ahead: Arc::default(),
        }
    }

    /// The present instant of the simulation.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        let now = (self.source.0)();
        now.checked_add_signed(*lock(&self.ahead)).unwrap_or(now)
    }

    /// Time since the start, with all that was skipped.
    pub(crate) fn elapsed(&self) -> Duration {
        (self.now() - self.started).to_std().unwrap_or_default()
    }

    /// Skips so much time.
    pub(crate) fn skip(&self, length: Duration) {
        let mut ahead = lock(&self.ahead);
        *ahead = TimeDelta::from_std(length)
            .ok()
            .and_then(|length| ahead.checked_add(&length))
            .unwrap_or(*ahead);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_follows_its_source_and_is_moved_ahead() {
        let told = Arc::new(Mutex::new(DateTime::<Utc>::UNIX_EPOCH));
        let source = Arc::clone(&told);
        let clock = Clock::start(TimeSource::new(move || *lock(&source)));
        assert_eq!(clock.elapsed(), Duration::ZERO);
        *lock(&told) += TimeDelta::seconds(5);
        clock.clone().skip(Duration::from_secs(60));
        assert_eq!(clock.elapsed(), Duration::from_secs(65));
    }
}
