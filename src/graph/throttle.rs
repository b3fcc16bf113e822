//! Keeps every tenant below Graph's limits: one lane per bucket, each with a limiter and a gate.
//!
//! A lane lets fewer than N requests pass in any window of length W: GCRA with burst b and one
//! cell each W / (N - b). An answer 429 closes the lane's gate until its wait is over, for calls
//! made meanwhile would only count further. Whoever waits holds nothing that others need.

use std::{
    collections::HashMap,
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
use tokio::sync::{Semaphore, SemaphorePermit};
use uuid::Uuid;

use super::{
    catalog::Bucket,
    settings::{Rate, Rates},
};
use crate::clock::Clock;

/// Longest time for which a gate is closed. A longer one can only come from a clock set back.
const LONGEST_CLOSURE: TimeDelta = TimeDelta::minutes(15);

/// A directory on a Graph host; its limits are one, whoever asks.
pub(super) type LanesKey = (String, Uuid);

/// The lanes of all tenants.
#[derive(Debug)]
pub(super) struct Throttle {
    paces: Vec<(Bucket, Pace)>,
    tenant_at_once: usize,
    pacing: Arc<dyn Clock>,
    at_once: Arc<Semaphore>,
    tenants: Mutex<HashMap<LanesKey, Arc<Lanes>>>,
}

impl Throttle {
    /// None if there is a rate that cannot be kept.
    pub(super) fn new(rates: Rates, pacing: Arc<dyn Clock>) -> Option<Self> {
        (rates.tenant_at_once > 0 && rates.at_once > 0).then_some(())?;
        let pace = |bucket: Bucket| Some((bucket, Pace::of(rates.of(bucket))?));
        Some(Self {
            paces: Bucket::ALL.into_iter().map(pace).collect::<Option<_>>()?,
            tenant_at_once: rates.tenant_at_once,
            pacing,
            at_once: Arc::new(Semaphore::new(rates.at_once)),
            tenants: Mutex::default(),
        })
    }

    /// The lanes of a tenant.
    pub(super) fn lanes(&self, tenant: LanesKey) -> Arc<Lanes> {
        let mut tenants = lock(&self.tenants);
        let lanes = tenants
            .entry(tenant)
            .or_insert_with(|| Arc::new(Lanes::new(self)));
        Arc::clone(lanes)
    }

    /// Waits until the process may send one more request.
    pub(super) async fn place(&self) -> Option<SemaphorePermit<'_>> {
        self.at_once.acquire().await.ok()
    }

    /// Forgets tenants whose lanes are as good as new.
    pub(super) fn shrink(&self) {
        let now = self.pacing.now();
        let mut tenants = lock(&self.tenants);
        tenants.retain(|_, lanes| Arc::strong_count(lanes) > 1 || !lanes.are_rested(now));
        tenants.shrink_to_fit();
    }
}

/// The lanes of one tenant.
#[derive(Debug)]
pub(super) struct Lanes {
    pacing: Arc<dyn Clock>,
    process: Arc<Semaphore>,
    at_once: Semaphore,
    lanes: HashMap<Bucket, Lane>,
}

/// Leave to send one request; given back when dropped.
#[derive(Debug)]
pub(super) struct Pass<'a> {
    _turn: SemaphorePermit<'a>,
    _tenant: SemaphorePermit<'a>,
    _process: SemaphorePermit<'a>,
}

/// The gate stays closed for longer than the request has time.
#[derive(Debug)]
pub(super) struct Closed;

impl Lanes {
    fn new(throttle: &Throttle) -> Self {
        let lanes = throttle.paces.iter();
        Self {
            pacing: Arc::clone(&throttle.pacing),
            process: Arc::clone(&throttle.at_once),
            at_once: Semaphore::new(throttle.tenant_at_once),
            lanes: lanes
                .map(|(bucket, pace)| (*bucket, Lane::new(*pace, &throttle.pacing)))
                .collect(),
        }
    }

    /// Waits for leave to send a request. A first try waits at most `patience` before a closed
    /// gate, a further one until its `deadline`; waiting for the pace has no bound.
    pub(super) async fn enter(
        &self,
        bucket: Bucket,
        deadline: Option<DateTime<Utc>>,
        patience: Duration,
    ) -> Result<Pass<'_>, Closed> {
        let lane = self.lanes.get(&bucket).ok_or(Closed)?;
        let turn = lane.at_once.acquire().await.map_err(|_| Closed)?;
        let patience = TimeDelta::from_std(patience).unwrap_or(LONGEST_CLOSURE);
        let deadline = deadline.unwrap_or_else(|| self.pacing.now() + patience);
        loop {
            self.pass_gate(lane, deadline).await?;
            while let Err(wait) = lane.take() {
                self.pacing.sleep(wait).await;
            }
            let tenant = self.at_once.acquire().await.map_err(|_| Closed)?;
            let process = self.process.acquire().await.map_err(|_| Closed)?;
            if lane.closed_until(self.pacing.now()).is_none() {
                return Ok(Pass {
                    _turn: turn,
                    _tenant: tenant,
                    _process: process,
                });
            }
        }
    }

    async fn pass_gate(&self, lane: &Lane, deadline: DateTime<Utc>) -> Result<(), Closed> {
        while let Some(until) = lane.closed_until(self.pacing.now()) {
            if until > deadline {
                return Err(Closed);
            }
            self.pacing.sleep_until(until).await;
        }
        Ok(())
    }

    /// Closes the gate of a bucket for `length`, unless it is closed for longer.
    pub(super) fn close(&self, bucket: Bucket, length: Duration) {
        if let Some(lane) = self.lanes.get(&bucket) {
            let length = TimeDelta::from_std(length).unwrap_or(LONGEST_CLOSURE);
            lane.close_until(self.pacing.now() + length.min(LONGEST_CLOSURE));
        }
    }

    fn are_rested(&self, now: DateTime<Utc>) -> bool {
        self.lanes.values().all(|lane| lane.is_rested(now))
    }
}

type Limiter = RateLimiter<NotKeyed, InMemoryState, Instants, NoOpMiddleware<Nanos>>;

#[derive(Debug)]
struct Lane {
    pace: Pace,
    instants: Instants,
    at_once: Semaphore,
    state: Mutex<LaneState>,
}

#[derive(Debug)]
struct LaneState {
    limiter: Limiter,
    closed_until: Option<DateTime<Utc>>,
    used_at: Option<DateTime<Utc>>,
}

impl Lane {
    fn new(pace: Pace, pacing: &Arc<dyn Clock>) -> Self {
        let instants = Instants(Arc::clone(pacing));
        Self {
            pace,
            at_once: Semaphore::new(pace.at_once),
            state: Mutex::new(LaneState {
                limiter: RateLimiter::direct_with_clock(pace.quota, instants.clone()),
                closed_until: None,
                used_at: None,
            }),
            instants,
        }
    }

    /// Takes one cell, or says how long to wait for it.
    fn take(&self) -> Result<(), Duration> {
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

    fn closed_until(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let until = lock(&self.state).closed_until?;
        (now < until && until - now <= LONGEST_CLOSURE).then_some(until)
    }

    fn close_until(&self, until: DateTime<Utc>) {
        let mut state = lock(&self.state);
        state.closed_until = state.closed_until.max(Some(until));
    }

    fn is_rested(&self, now: DateTime<Utc>) -> bool {
        let open = self.closed_until(now).is_none();
        let used_at = lock(&self.state).used_at;
        let window = TimeDelta::from_std(self.pace.window).unwrap_or(TimeDelta::MAX);
        open && used_at.is_none_or(|used_at| now - used_at >= window)
    }
}

/// A rate that can be kept.
#[derive(Clone, Copy, Debug)]
struct Pace {
    quota: Quota,
    window: Duration,
    at_once: usize,
}

impl Pace {
    fn of(rate: Rate) -> Option<Self> {
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

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::ManualClock;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_790_000_000 + seconds, 0).unwrap()
    }

    fn lane(requests: u32, seconds: u64, burst: u32) -> (Lane, ManualClock) {
        let rate = Rate {
            requests,
            window: Duration::from_secs(seconds),
            burst,
            at_once: 1,
        };
        let clock = ManualClock::new(at(0));
        let pacing: Arc<dyn Clock> = Arc::new(clock.clone());
        (Lane::new(Pace::of(rate).unwrap(), &pacing), clock)
    }

    /// Seconds at which a caller who always wants more is let through.
    fn grants(lane: &Lane, clock: &ManualClock, number: usize) -> Vec<f64> {
        let mut granted = Vec::new();
        while granted.len() < number {
            match lane.take() {
                Ok(()) => granted.push((clock.now() - at(0)).as_seconds_f64()),
                Err(wait) => clock.advance(TimeDelta::from_std(wait).unwrap()),
            }
        }
        granted
    }

    #[test]
    fn no_window_sees_as_many_requests_as_the_limit() {
        for (requests, seconds, burst) in [(1000, 20, 60), (100, 20, 10), (10, 10, 1), (7, 2, 6)] {
            let (lane, clock) = lane(requests, seconds, burst);
            let granted = grants(&lane, &clock, 3 * usize::try_from(requests).unwrap());
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
        let (lane, clock) = lane(10, 10, 1);
        grants(&lane, &clock, 3);
        lane.close_until(clock.now() + TimeDelta::seconds(30));
        clock.set(at(-86_400));
        assert_eq!(lane.closed_until(clock.now()), None);
        assert!(
            lane.take()
                .is_err_and(|wait| wait <= Duration::from_secs(10))
        );
        assert_eq!(lane.take(), Ok(()));
    }

    #[test]
    fn a_gate_opens_when_its_time_is_over() {
        let (lane, _) = lane(10, 10, 1);
        lane.close_until(at(30));
        lane.close_until(at(20));
        assert_eq!(lane.closed_until(at(29)), Some(at(30)));
        assert_eq!(lane.closed_until(at(30)), None);
    }

    #[test]
    fn a_lane_rests_when_nothing_of_it_counts_any_more() {
        let (lane, clock) = lane(10, 10, 1);
        assert!(lane.is_rested(at(0)));
        grants(&lane, &clock, 1);
        assert!(!lane.is_rested(at(9)));
        assert!(lane.is_rested(at(10)));
        lane.close_until(at(30));
        assert!(!lane.is_rested(at(29)));
    }

    #[test]
    fn rates_that_cannot_be_kept_are_refused() {
        let pacing: Arc<dyn Clock> = Arc::new(ManualClock::new(at(0)));
        for change in [
            |rates: &mut Rates| rates.intune.burst = 0,
            |rates: &mut Rates| rates.intune.burst = rates.intune.requests,
            |rates: &mut Rates| rates.intune.window = Duration::ZERO,
            |rates: &mut Rates| rates.intune.at_once = 0,
            |rates: &mut Rates| rates.tenant_at_once = 0,
            |rates: &mut Rates| rates.at_once = 0,
        ] {
            let mut rates = Rates::default();
            change(&mut rates);
            assert!(Throttle::new(rates, Arc::clone(&pacing)).is_none());
        }
        assert!(Throttle::new(Rates::default(), pacing).is_some());
    }
}
