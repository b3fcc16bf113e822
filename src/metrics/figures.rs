//! Figures that stand in the database. Each server reads them itself when somebody looks, and keeps them
//! for a moment: whoever adds servers up takes the greatest of each, and misses nothing when one is gone.
//!
//! A database that does not answer in time has no figures, which is told; one reading goes on at a time,
//! however many look.

use std::{
    fmt,
    sync::{Arc, Mutex as Brief, PoisonError},
    time::Duration,
};

use actix_rt::task::JoinHandle;
use chrono::TimeDelta;
use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeMetric},
    metrics::{MetricType, gauge::ConstGauge},
    registry::{Registry, Unit},
};
use tokio::{sync::Mutex, time::timeout};

use crate::{
    clock::Clock,
    measure::seconds,
    store::{
        Db, Store, StoreError,
        figures::{Figures, figures},
    },
    task,
    telemetry::chain,
};

/// How long figures are shown without another look.
const KEPT: Duration = Duration::from_secs(15);

/// How long somebody who looks waits for the database.
const PATIENCE: Duration = Duration::from_secs(2);

/// What was read last, and what is being read.
#[derive(Debug)]
pub(super) struct Reading {
    store: Store,
    clock: Arc<dyn Clock>,
    grace: TimeDelta,
    state: Mutex<State>,
    shown: Arc<Brief<Option<Figures>>>,
}

#[derive(Debug, Default)]
struct State {
    /// When, in steady time, the last reading ended.
    read_at: Option<Duration>,
    /// The reading that is under way.
    reading: Option<JoinHandle<Result<Figures, StoreError>>>,
}

impl Reading {
    pub(super) fn new(store: Store, clock: Arc<dyn Clock>, grace: Duration) -> Self {
        Self {
            store,
            clock,
            grace: TimeDelta::from_std(grace).unwrap_or(TimeDelta::MAX),
            state: Mutex::default(),
            shown: Arc::default(),
        }
    }

    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register_collector(Box::new(Shown(self.shown.clone())));
    }

    /// Reads the figures, unless that was done a moment ago.
    pub(super) async fn refresh(&self) {
        let mut state = self.state.lock().await;
        let since = |at| self.clock.elapsed().saturating_sub(at);
        if state.read_at.is_some_and(|at| since(at) < KEPT) {
            return;
        }
        let reading = state.reading.get_or_insert_with(|| self.read());
        let read = match timeout(PATIENCE, reading).await {
            Ok(joined) => {
                state.reading = None;
                state.read_at = Some(self.clock.elapsed());
                joined.map_err(StoreError::Task).and_then(|read| read)
            }
            Err(_) => Err(StoreError::Silent),
        };
        if let Err(error) = &read {
            tracing::debug!(error = %chain(error), "the figures of the database could not be read");
        }
        *self.shown.lock().unwrap_or_else(PoisonError::into_inner) = read.ok();
    }

    fn read(&self) -> JoinHandle<Result<Figures, StoreError>> {
        let (store, grace) = (self.store.clone(), self.grace);
        let now = self.clock.now();
        task::spawn_local(async move {
            let look = move |db: &mut Db| figures(db, now, grace);
            store.read(look).await
        })
    }
}

/// What was read last; none when that failed.
#[derive(Debug)]
struct Shown(Arc<Brief<Option<Figures>>>);

type Figure = (
    &'static str,
    &'static str,
    Option<Unit>,
    fn(&Figures) -> f64,
);

/// Figures as gauges show them.
#[expect(
    clippy::as_conversions,
    reason = "a gauge is a float; what it loses beyond 2^53 nobody sees"
)]
fn float(number: u64) -> f64 {
    number as f64
}

const FIGURES: [Figure; 9] = [
    ("tenants", "Tenants that are not deleted.", None, |it| {
        float(it.tenants)
    }),
    ("enabled_schedules", "Schedules that fire.", None, |it| {
        float(it.enabled_schedules)
    }),
    (
        "stale_schedules",
        "Schedules that fire and have had no complete backup for too long.",
        None,
        |it| float(it.stale_schedules),
    ),
    (
        "overdue_schedules",
        "Schedules whose slot is further in the past than the grace, and which no tick has dealt with.",
        None,
        |it| float(it.overdue_schedules),
    ),
    ("queued_runs", "Runs that wait for a worker.", None, |it| {
        float(it.queued_runs)
    }),
    (
        "queue_age",
        "How long the run has waited that could have started first; 0 when none could.",
        Some(Unit::Seconds),
        |it| seconds(it.oldest_wait),
    ),
    (
        "running_runs",
        "Runs in the hands of any server.",
        None,
        |it| float(it.running_runs),
    ),
    (
        "stored",
        "What the stored contents of all tenants take, compressed.",
        Some(Unit::Bytes),
        |it| float(it.stored_bytes),
    ),
    (
        "logical",
        "What the backup sets of all tenants would take one by one.",
        Some(Unit::Bytes),
        |it| float(it.logical_bytes),
    ),
];

impl Collector for Shown {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let shown = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let help = "Whether the figures of the database could be read; without them the others of it are absent: \
                    tenants, schedules, queued and running runs, queue age, bytes.";
        let up = encoder.encode_descriptor("database_figures_up", help, None, MetricType::Gauge)?;
        ConstGauge::new(i64::from(shown.is_some())).encode(up)?;
        let Some(shown) = shown else { return Ok(()) };
        for (name, help, unit, of) in &FIGURES {
            let gauge = encoder.encode_descriptor(name, help, unit.as_ref(), MetricType::Gauge)?;
            ConstGauge::new(of(&shown)).encode(gauge)?;
        }
        Ok(())
    }
}
