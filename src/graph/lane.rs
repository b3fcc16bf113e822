//! One bucket of one tenant: its limit, its gate and its turns.

use std::{
    num::NonZeroU32,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use governor::{
    Quota, RateLimiter,
    clock::Clock as GovernorClock,
    middleware::NoOpMiddleware,
    nanos::Nanos,
    state::{InMemoryState, NotKeyed},
};
use tokio::sync::Semaphore;

use super::settings::Rate;
use crate::clock::Clock;

/// Longest time for which a gate is closed. A longer one can only come from a clock set back.
pub(super) const LONGEST_CLOSURE: TimeDelta = TimeDelta::minutes(15);

type Limiter = RateLimiter<NotKeyed, InMemoryState, Instants, NoOpMiddleware<Nanos>>;

/// A limit of Graph for one tenant: fewer than N cells in any window of length W, by GCRA with
/// burst b and one cell each W / (N - b).
#[derive(Debug)]
pub(super) struct Limit {
    pace: Pace,
    instants: Instants,
    state: Mutex<LimitState>,
}

#[derive(Debug)]
struct LimitState {
    limiter: Limiter,
    used_at: Option<DateTime<Utc>>,
}

impl Limit {
    pub(super) fn new(pace: Pace, pacing: &Arc<dyn Clock>) -> Self {
        let instants = Instants(Arc::clone(pacing));
        Self {
            pace,
            state: Mutex::new(LimitState {
                limiter: RateLimiter::direct_with_clock(pace.quota, instants.clone()),
                used_at: None,
            }),
            instants,
        }
    }

    /// Takes one cell, or says how long to wait for it.
    pub(super) fn take(&self) -> Result<(), Duration> {
        let mut state = lock(&self.state);
        let Err(refusal) = state.limiter.check() else {
            state.used_at = Some(self.instants.0.now());
            return Ok(());
        };
        let wait = refusal.wait_time_from(self.instants.now());
        if wait > self.pace.window {
            // No quota makes anybody wait so long: the clock was set back.
            state.limiter = RateLimiter::direct_with_clock(self.pace.quota, self.instants.clone());
        }
        Err(wait.min(self.pace.window))
    }

    /// Whether nothing that was taken counts any more.
    pub(super) fn is_rested(&self, now: DateTime<Utc>) -> bool {
        let used_at = lock(&self.state).used_at;
        let window = TimeDelta::from_std(self.pace.window).unwrap_or(TimeDelta::MAX);
        used_at.is_none_or(|used_at| now - used_at >= window)
    }
}

/// A bucket of one tenant. Buckets that Graph counts together share the limit, not the gate.
#[derive(Debug)]
pub(super) struct Lane {
    pub(super) limit: Arc<Limit>,
    pub(super) turns: Arc<Semaphore>,
    closed_until: Mutex<Option<DateTime<Utc>>>,
}

impl Lane {
    pub(super) fn new(limit: Arc<Limit>, at_once: usize) -> Self {
        Self {
            limit,
            turns: Arc::new(Semaphore::new(at_once)),
            closed_until: Mutex::default(),
        }
    }

    pub(super) fn closed_until(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let until = (*lock(&self.closed_until))?;
        (now < until && until - now <= LONGEST_CLOSURE).then_some(until)
    }

    pub(super) fn close_until(&self, until: DateTime<Utc>) {
        let mut closed_until = lock(&self.closed_until);
        *closed_until = closed_until.max(Some(until));
    }
}

/// A rate that can be kept.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    quota: Quota,
    window: Duration,
    pub(super) at_once: usize,
}

impl Pace {
    pub(super) fn of(rate: Rate) -> Option<Self> {
        let burst = NonZeroU32::new(rate.burst)?;
        let rest = rate.requests.checked_sub(rate.burst);
        let rest = rest.filter(|rest| *rest > 0 && rate.at_once > 0)?;
        (!rate.window.is_zero()).then_some(())?;
        // Rounded up, or one request too many would fit in.
        let period = rate.window / rest + Duration::from_nanos(1);
        Some(Self {
            quota: Quota::with_period(period)?.allow_burst(burst),
            window: rate.window,
            at_once: rate.at_once,
        })
    }
}

/// The pacing clock as governor reads it.
#[derive(Clone, Debug)]
struct Instants(Arc<dyn Clock>);

impl GovernorClock for Instants {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        let nanos = self.0.now().timestamp_nanos_opt().unwrap_or_default();
        u64::try_from(nanos).unwrap_or_default().into()
    }
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::ManualClock;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_790_000_000 + seconds, 0).unwrap()
    }

    fn limit(requests: u32, seconds: u64, burst: u32) -> (Limit, ManualClock) {
        let rate = Rate {
            requests,
            window: Duration::from_secs(seconds),
            burst,
            at_once: 1,
        };
        let clock = ManualClock::new(at(0));
        let pacing: Arc<dyn Clock> = Arc::new(clock.clone());
        (Limit::new(Pace::of(rate).unwrap(), &pacing), clock)
    }

    /// Seconds at which a caller who always wants more is let through.
    fn grants(limit: &Limit, clock: &ManualClock, number: usize) -> Vec<f64> {
        let mut granted = Vec::new();
        while granted.len() < number {
            match limit.take() {
                Ok(()) => granted.push((clock.now() - at(0)).as_seconds_f64()),
                Err(wait) => clock.advance(TimeDelta::from_std(wait).unwrap()),
            }
        }
        granted
    }

    #[test]
    fn no_window_sees_as_many_requests_as_the_limit() {
        for (requests, seconds, burst) in [(900, 20, 20), (100, 20, 10), (10, 10, 1), (7, 2, 6)] {
            let (limit, clock) = limit(requests, seconds, burst);
            let granted = grants(&limit, &clock, 3 * usize::try_from(requests).unwrap());
            let window = Duration::from_secs(seconds).as_secs_f64();
            let most = granted.iter().enumerate().map(|(first, start)| {
                let later = granted.get(first..).unwrap_or_default();
                later.iter().take_while(|at| **at < start + window).count()
            });
            let most = u32::try_from(most.max().unwrap()).unwrap();
            assert!(most < requests, "{most} of {requests}");
            assert!(most * 10 >= requests * 8, "{most} of {requests}");
        }
    }

    #[test]
    fn a_clock_set_back_stops_nobody_for_long() {
        let (limit, clock) = limit(10, 10, 1);
        grants(&limit, &clock, 3);
        let lane = Lane::new(Arc::new(limit), 1);
        lane.close_until(clock.now() + TimeDelta::seconds(30));
        clock.set(at(-86_400));
        assert_eq!(lane.closed_until(clock.now()), None);
        let wait = lane.limit.take().unwrap_err();
        assert!(wait <= Duration::from_secs(10));
        assert_eq!(lane.limit.take(), Ok(()));
    }

    #[test]
    fn a_gate_opens_when_its_time_is_over() {
        let lane = Lane::new(Arc::new(limit(10, 10, 1).0), 1);
        lane.close_until(at(30));
        lane.close_until(at(20));
        assert_eq!(lane.closed_until(at(29)), Some(at(30)));
        assert_eq!(lane.closed_until(at(30)), None);
    }

    #[test]
    fn a_limit_rests_when_nothing_of_it_counts_any_more() {
        let (limit, clock) = limit(10, 10, 1);
        assert!(limit.is_rested(at(0)));
        grants(&limit, &clock, 1);
        assert!(!limit.is_rested(at(9)));
        assert!(limit.is_rested(at(10)));
    }
}
