//! Keeps every tenant below Graph's limits, and Graph's displeasure with one tenant from the others.
//!
//! Each bucket of a tenant has a lane. An answer 429 closes the lane's gate until its wait is over,
//! for calls made meanwhile would only count further; it also halves the tenant's window. Whoever
//! waits for the pace or a gate holds a turn of that bucket, and nothing that other buckets need.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, SemaphorePermit};
use uuid::Uuid;

use super::{
    catalog::Bucket,
    lane::{LONGEST_CLOSURE, Lane, Limit, Pace, lock},
    measures::Measures,
    settings::Rates,
    window::{Place, Window},
};
use crate::clock::Clock;

/// Buckets whose requests that may write have a limit beside that of all requests.
const WRITTEN: [Bucket; 2] = [Bucket::Intune, Bucket::Scripts];

/// A directory on a Graph host; its limits are one, whoever asks.
pub(super) type LanesKey = (String, Uuid);

/// The lanes of all tenants.
#[derive(Debug)]
pub(super) struct Throttle {
    paces: Vec<(Bucket, Pace)>,
    writing: Vec<(Bucket, Pace)>,
    tenant_at_once: usize,
    pacing: Arc<dyn Clock>,
    measures: Arc<Measures>,
    at_once: Arc<Semaphore>,
    tenants: Mutex<HashMap<LanesKey, Arc<Lanes>>>,
}

impl Throttle {
    /// None if there is a rate that cannot be kept.
    pub(super) fn new(
        rates: Rates,
        pacing: Arc<dyn Clock>,
        measures: Arc<Measures>,
    ) -> Option<Self> {
        (rates.tenant_at_once > 0 && rates.at_once > 0).then_some(())?;
        let pace = |bucket: Bucket| Some((bucket, Pace::of(rates.of(bucket))?));
        Some(Self {
            paces: Bucket::ALL.into_iter().map(pace).collect::<Option<_>>()?,
            writing: WRITTEN
                .into_iter()
                .map(|bucket| Some((bucket, Pace::of(rates.of(bucket).of_writes())?)))
                .collect::<Option<_>>()?,
            tenant_at_once: rates.tenant_at_once,
            pacing,
            measures,
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
    measures: Arc<Measures>,
    process: Arc<Semaphore>,
    window: Arc<Window>,
    lanes: HashMap<Bucket, Lane>,
    writes: HashMap<Bucket, Limit>,
}

/// Leave to send something; given back when dropped.
#[derive(Debug)]
pub(super) struct Pass {
    /// To be told how it went.
    pub(super) place: Place,
    _turn: Turn,
    _process: OwnedSemaphorePermit,
}

/// A turn in a bucket; given back when dropped.
#[derive(Debug)]
pub(super) struct Turn(#[expect(dead_code, reason = "held, not looked at")] OwnedSemaphorePermit);

/// A place in flight, of the tenant and of the process.
struct Places {
    place: Place,
    process: OwnedSemaphorePermit,
}

impl Places {
    fn pass(self, turn: Turn) -> Pass {
        Pass {
            place: self.place,
            _turn: turn,
            _process: self.process,
        }
    }
}

/// The gate is closed, for longer than there is time to wait.
#[derive(Debug)]
pub(super) struct Closed;

impl Lanes {
    fn new(throttle: &Throttle) -> Self {
        let mut limits: HashMap<Bucket, Arc<Limit>> = HashMap::new();
        let mut lane = |(bucket, pace): &(Bucket, Pace)| {
            let limit = limits
                .entry(bucket.counted_with())
                .or_insert_with(|| Arc::new(Limit::new(*pace, &throttle.pacing)));
            (*bucket, Lane::new(Arc::clone(limit), pace.at_once))
        };
        Self {
            pacing: Arc::clone(&throttle.pacing),
            measures: Arc::clone(&throttle.measures),
            process: Arc::clone(&throttle.at_once),
            window: Arc::new(Window::new(throttle.tenant_at_once)),
            lanes: throttle.paces.iter().map(&mut lane).collect(),
            writes: throttle
                .writing
                .iter()
                .map(|(bucket, pace)| (*bucket, Limit::new(*pace, &throttle.pacing)))
                .collect(),
        }
    }

    /// Waits for leave to send one request that counts as `cells`. Waits before a closed gate
    /// until `deadline`; waiting for the pace has no bound.
    pub(super) async fn enter(
        &self,
        bucket: Bucket,
        cells: u32,
        deadline: DateTime<Utc>,
    ) -> Result<Pass, Closed> {
        let since = self.pacing.now();
        let turn = self.turn(bucket).await?;
        for _ in 1..cells {
            self.cell(bucket).await?;
        }
        loop {
            self.pass_gate(bucket, deadline).await?;
            let places = self.places().await?;
            // The last cell is taken when the request can leave at once: one taken earlier would
            // let two leave together where one a second is allowed.
            match self.lane(bucket)?.limit.take() {
                Ok(()) if self.is_open(bucket) => {
                    self.measures.waited(bucket, self.pacing.now() - since);
                    return Ok(places.pass(turn));
                }
                Ok(()) => drop(places),
                Err(wait) => {
                    drop(places);
                    self.pacing.sleep(wait).await;
                }
            }
        }
    }

    /// Waits for a turn in the bucket: so many may be under way.
    pub(super) async fn turn(&self, bucket: Bucket) -> Result<Turn, Closed> {
        let turns = Arc::clone(&self.lane(bucket)?.turns);
        turns.acquire_owned().await.map(Turn).map_err(|_| Closed)
    }

    /// Waits for leave to send what has a turn and its cells; none if the gate was closed meanwhile.
    pub(super) async fn leave(&self, bucket: Bucket, turn: Turn) -> Result<Option<Pass>, Closed> {
        let places = self.places().await?;
        Ok(self.is_open(bucket).then(|| places.pass(turn)))
    }

    /// Waits until the gate of a bucket is open, if that is before `deadline`.
    pub(super) async fn pass_gate(
        &self,
        bucket: Bucket,
        deadline: DateTime<Utc>,
    ) -> Result<(), Closed> {
        let lane = self.lane(bucket)?;
        while let Some(until) = lane.closed_until(self.pacing.now()) {
            if until > deadline {
                return Err(Closed);
            }
            let since = self.pacing.now();
            self.pacing.sleep_until(until).await;
            self.measures.held_up(bucket, self.pacing.now() - since);
        }
        Ok(())
    }

    /// Waits for a cell of the bucket's limit.
    pub(super) async fn cell(&self, bucket: Bucket) -> Result<(), Closed> {
        let lane = self.lane(bucket)?;
        while let Err(wait) = lane.limit.take() {
            self.pacing.sleep(wait).await;
        }
        Ok(())
    }

    /// Waits until one more request that may write can follow those before it.
    pub(super) async fn write_cell(&self, bucket: Bucket) {
        if let Some(limit) = self.writes.get(&bucket.counted_with()) {
            while let Err(wait) = limit.take() {
                self.pacing.sleep(wait).await;
            }
        }
    }

    /// Takes a cell if there is one now.
    pub(super) fn try_cell(&self, bucket: Bucket) -> bool {
        self.lane(bucket)
            .is_ok_and(|lane| lane.limit.take().is_ok())
    }

    /// Waits for a place in flight.
    async fn places(&self) -> Result<Places, Closed> {
        let place = self.window.enter().await.ok_or(Closed)?;
        let process = Arc::clone(&self.process).acquire_owned().await;
        Ok(Places {
            place,
            process: process.map_err(|_| Closed)?,
        })
    }

    fn is_open(&self, bucket: Bucket) -> bool {
        let now = self.pacing.now();
        self.lane(bucket)
            .is_ok_and(|lane| lane.closed_until(now).is_none())
    }

    /// Closes the gate of a bucket for `length`, unless it is closed for longer.
    pub(super) fn close(&self, bucket: Bucket, length: Duration) {
        if let Ok(lane) = self.lane(bucket) {
            let length = TimeDelta::from_std(length).unwrap_or(LONGEST_CLOSURE);
            lane.close_until(self.pacing.now() + length.min(LONGEST_CLOSURE));
        }
    }

    fn lane(&self, bucket: Bucket) -> Result<&Lane, Closed> {
        self.lanes.get(&bucket).ok_or(Closed)
    }

    fn are_rested(&self, now: DateTime<Utc>) -> bool {
        self.lanes
            .values()
            .all(|lane| lane.closed_until(now).is_none() && lane.limit.is_rested(now))
            && self.writes.values().all(|limit| limit.is_rested(now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::ManualClock;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_790_000_000 + seconds, 0).unwrap()
    }

    fn lanes(rates: Rates) -> (Lanes, ManualClock) {
        let clock = ManualClock::new(at(0));
        let throttle = Throttle::new(rates, Arc::new(clock.clone()), Arc::default()).unwrap();
        (Lanes::new(&throttle), clock)
    }

    #[test]
    fn templates_count_with_intune_and_rest_alone() {
        let (lanes, clock) = lanes(Rates::default());
        while lanes.try_cell(Bucket::GroupPolicy) {}
        assert!(!lanes.try_cell(Bucket::Intune));
        assert!(lanes.try_cell(Bucket::Scripts));

        lanes.close(Bucket::GroupPolicy, Duration::from_secs(30));
        let gate = |bucket| lanes.lanes[&bucket].closed_until(clock.now());
        assert!(gate(Bucket::GroupPolicy).is_some());
        assert!(gate(Bucket::Intune).is_none());
    }

    #[tokio::test]
    async fn requests_that_may_write_are_a_tenth() {
        let clock = ManualClock::eager(at(0));
        let throttle =
            Throttle::new(Rates::default(), Arc::new(clock.clone()), Arc::default()).unwrap();
        let lanes = Lanes::new(&throttle);
        for _ in 0..90 {
            lanes.write_cell(Bucket::GroupPolicy).await;
        }
        assert!(clock.now() - at(0) >= TimeDelta::seconds(19));
        assert!(lanes.try_cell(Bucket::Intune));
    }

    #[test]
    fn lanes_rest_when_nothing_counts_and_every_gate_is_open() {
        let (lanes, clock) = lanes(Rates::default());
        assert!(lanes.are_rested(clock.now()));
        lanes.try_cell(Bucket::Intune);
        assert!(!lanes.are_rested(at(19)));
        assert!(lanes.are_rested(at(20)));
        lanes.close(Bucket::Scripts, Duration::from_secs(30));
        assert!(!lanes.are_rested(at(29)));
    }

    #[test]
    fn rates_that_cannot_be_kept_are_refused() {
        let pacing: Arc<dyn Clock> = Arc::new(ManualClock::new(at(0)));
        for change in [
            |rates: &mut Rates| rates.intune.burst = 0,
            |rates: &mut Rates| rates.intune.burst = rates.intune.requests,
            |rates: &mut Rates| rates.intune.window = Duration::ZERO,
            |rates: &mut Rates| rates.intune.at_once = 0,
            |rates: &mut Rates| rates.group_policy_at_once = 0,
            |rates: &mut Rates| rates.tenant_at_once = 0,
            |rates: &mut Rates| rates.at_once = 0,
        ] {
            let mut rates = Rates::default();
            change(&mut rates);
            assert!(Throttle::new(rates, Arc::clone(&pacing), Arc::default()).is_none());
        }
        assert!(Throttle::new(Rates::default(), pacing, Arc::default()).is_some());
    }
}
