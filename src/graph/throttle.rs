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
        Some(Self {
            quota: Quota::with_period(rate.window / rest)?.allow_burst(burst),
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
