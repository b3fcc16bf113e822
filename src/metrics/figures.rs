//! Figures that stand in the database. Each server reads them itself when somebody looks, and keeps them
//! for a moment: whoever adds servers up takes the greatest of each, and misses nothing when one is gone.
//!
//! A database that does not answer in time has no figures, which is told; one reading goes on at a time,
//! however many look, and all of them wait for the same.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use chrono::TimeDelta;
use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeMetric},
    metrics::{MetricType, gauge::ConstGauge},
    registry::{Registry, Unit},
};
use tokio::{sync::watch, time::timeout};

use crate::{
    clock::Clock,
    measure::{float, seconds},
    store::{
        Db, Store, StoreError,
        figures::{Figures, figures},
    },
    task,
    telemetry::chain,
};

/// How long after a reading began its figures are shown without another look.
const KEPT: Duration = Duration::from_secs(15);

/// How long somebody who looks waits for the database.
const PATIENCE: Duration = Duration::from_secs(2);

/// Reads what is shown.
#[derive(Debug)]
pub(super) struct Reading {
    store: Store,
    clock: Arc<dyn Clock>,
    grace: TimeDelta,
    last: Mutex<Option<Look>>,
    shown: Shown,
}

/// One look at the database.
#[derive(Clone, Debug)]
struct Look {
    /// When it began, in steady time: as old are its figures.
    began: Duration,
    answer: watch::Receiver<Answer>,
}

/// What came of a look.
#[derive(Clone, Copy, Debug)]
enum Answer {
    /// Nothing yet.
    Awaited,
    /// Figures; none when they could not be read.
    Read(Option<Figures>),
}

impl Look {
    fn is_under_way(&self) -> bool {
        // Whoever panicked instead of answering is gone.
        matches!(*self.answer.borrow(), Answer::Awaited) && self.answer.has_changed().is_ok()
    }

    async fn figures(&mut self) -> Option<Figures> {
        let is_there = |answer: &Answer| matches!(answer, Answer::Read(_));
        match self.answer.wait_for(is_there).await.as_deref() {
            Ok(Answer::Read(figures)) => *figures,
            Ok(Answer::Awaited) | Err(_) => None,
        }
    }
}

impl Reading {
    pub(super) fn new(store: Store, clock: Arc<dyn Clock>, grace: Duration, shown: Shown) -> Self {
        Self {
            store,
            clock,
            grace: TimeDelta::from_std(grace).unwrap_or(TimeDelta::MAX),
            last: Mutex::default(),
            shown,
        }
    }

    /// Reads the figures, unless that was done a moment ago.
    pub(super) async fn refresh(&self) {
        let read = timeout(PATIENCE, self.fresh()).await;
        let read = read.unwrap_or_else(|_| {
            complain(&StoreError::Silent);
            None
        });
        self.shown.show(read);
    }

    /// Figures that are not old; none when they could not be read.
    async fn fresh(&self) -> Option<Figures> {
        loop {
            let mut look = self.look();
            let figures = look.figures().await;
            // What a database told late is old.
            if !self.is_old(&look) {
                return figures;
            }
        }
    }

    fn is_old(&self, look: &Look) -> bool {
        self.clock.elapsed().saturating_sub(look.began) >= KEPT
    }

    /// The look that is under way or not old, else a new one.
    fn look(&self) -> Look {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        match &*last {
            Some(look) if look.is_under_way() || !self.is_old(look) => look.clone(),
            Some(_) | None => last.insert(self.begin()).clone(),
        }
    }

    fn begin(&self) -> Look {
        let (store, grace) = (self.store.clone(), self.grace);
        let began = self.clock.elapsed();
        let (tell, answer) = watch::channel(Answer::Awaited);
        task::spawn_local(async move {
            let look = move |db: &mut Db, now| figures(db, now, grace);
            let read = store.read_now(look).await;
            if let Err(error) = &read {
                complain(error);
            }
            tell.send_replace(Answer::Read(read.ok()));
        });
        Look { began, answer }
    }
}

fn complain(error: &StoreError) {
    tracing::debug!(error = %chain(error), "the figures of the database could not be read");
}

/// What was read last; none when that failed, or nothing was read yet.
#[derive(Clone, Debug, Default)]
pub(super) struct Shown(Arc<Mutex<Option<Figures>>>);

impl Shown {
    fn show(&self, figures: Option<Figures>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = figures;
    }

    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register_collector(Box::new(self.clone()));
    }
}

type Figure = (
    &'static str,
    &'static str,
    Option<Unit>,
    fn(&Figures) -> f64,
);

const FIGURES: [Figure; 11] = [
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
        "Schedules that were to be dispatched longer ago than the grace, and which no tick has dealt with.",
        None,
        |it| float(it.overdue_schedules),
    ),
    ("queued_runs", "Runs that wait for a worker.", None, |it| {
        float(it.queued_runs)
    }),
    (
        "queue_age",
        "How long the run has waited that could have started first, runs of tenants with a running one left out; 0 when none could.",
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
        "recently_missed_runs",
        "Runs of the last hour that stand for slots which no server could start in time.",
        None,
        |it| float(it.recently_missed_runs),
    ),
    (
        "recently_lost_runs",
        "Runs that ended as WORKER_LOST in the last hour, because their server was gone.",
        None,
        |it| float(it.recently_lost_runs),
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
                    tenants, schedules, runs, queue age, bytes.";
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
