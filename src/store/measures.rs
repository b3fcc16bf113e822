//! What the store measures: its connections, its transactions, and of what is committed that which is news.

use std::{fmt, time::Duration};

use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeMetric},
    metrics::{
        MetricType,
        counter::Counter,
        family::Family,
        gauge::{ConstGauge, Gauge},
        histogram::Histogram,
    },
    registry::{Registry, Unit},
};

use super::{lane::Lane, notices::Ended};
use crate::{
    domain::{
        failure::FailureCode,
        run::{RunStatus, TriggerKind},
    },
    measure::{
        Counts, Labels, Lengths, brief, counts, each, lengths, long, number, seconds, waits,
    },
};

/// What a connection was asked for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Work {
    /// To read.
    Read,
    /// To change something, in one transaction.
    Write,
}

impl Work {
    fn word(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
        }
    }
}

/// The measures of one store.
#[derive(Debug)]
pub(super) struct Measures {
    ended: Counts<2>,
    run_lengths: Lengths<1>,
    failures: Counts<1>,
    notifications: Counter,
    transactions: Counts<2>,
    transaction_lengths: Lengths<1>,
    waits: Lengths<1>,
    waiting: Family<Labels<1>, Gauge>,
    refused: Counts<1>,
    opened: Counts<2>,
    dropped: Counts<1>,
}

impl Default for Measures {
    fn default() -> Self {
        let ended = RunStatus::ALL.iter().filter(|status| !status.is_active());
        let ended = ended.flat_map(|status| TriggerKind::ALL.iter().map(|it| of(*status, *it)));
        let works = || [Work::Read, Work::Write].into_iter();
        let done = works().flat_map(|work| [true, false].map(|is_done| transaction(work, is_done)));
        Self {
            ended: counts(ended),
            run_lengths: lengths(
                long,
                each("status", RunStatus::BEGUN.map(RunStatus::as_str)),
            ),
            failures: counts(each("code", FailureCode::ALL.iter().map(|it| it.as_str()))),
            notifications: Counter::default(),
            transactions: counts(done),
            transaction_lengths: lengths(brief, each("work", works().map(Work::word))),
            waits: lengths(waits, []),
            waiting: Family::default(),
            refused: Counts::default(),
            opened: Counts::default(),
            dropped: Counts::default(),
        }
    }
}

fn of(status: RunStatus, trigger: TriggerKind) -> Labels<2> {
    [("status", status.as_str()), ("trigger", trigger.as_str())]
}

fn transaction(work: Work, is_done: bool) -> Labels<2> {
    let result = if is_done { "done" } else { "undone" };
    [("work", work.word()), ("result", result)]
}

impl Measures {
    /// Counts what a transaction that is committed has told.
    pub(super) fn told(&self, ended: &[Ended], notifications: usize) {
        for run in ended {
            self.ended.get_or_create(&of(run.status, run.trigger)).inc();
            if let Some(length) = run.length {
                let of_status = [("status", run.status.as_str())];
                let lengths = self.run_lengths.get_or_create(&of_status);
                lengths.observe(seconds(length));
            }
            if let Some(code) = run.failure {
                self.failures
                    .get_or_create(&[("code", code.as_str())])
                    .inc();
            }
        }
        let notifications = u64::try_from(notifications).unwrap_or(u64::MAX);
        self.notifications.inc_by(notifications);
    }

    /// Counts some work on a connection that took so long.
    pub(super) fn worked(&self, work: Work, length: Duration, is_done: bool) {
        self.transactions
            .get_or_create(&transaction(work, is_done))
            .inc();
        let lengths = self
            .transaction_lengths
            .get_or_create(&[("work", work.word())]);
        lengths.observe(length.as_secs_f64());
    }

    /// The measures of a lane.
    pub(super) fn of_lane(&self, lane: &'static str) -> LaneMeasures {
        let labels = [("lane", lane)];
        let opened = |result| {
            let labels = [("lane", lane), ("result", result)];
            self.opened.get_or_create_owned(&labels)
        };
        LaneMeasures {
            lane,
            waits: self.waits.get_or_create_owned(&labels),
            waiting: self.waiting.get_or_create_owned(&labels),
            refused: self.refused.get_or_create_owned(&labels),
            opened: opened("opened"),
            not_opened: opened("failed"),
            dropped: self.dropped.get_or_create_owned(&labels),
        }
    }

    pub(super) fn register(&self, registry: &mut Registry, lanes: Vec<Lane>) {
        registry.register(
            "runs",
            "Runs that ended, as what, by what had started them",
            self.ended.clone(),
        );
        registry.register_with_unit(
            "run_duration",
            "From the first claim of a run to its end, its other attempts and the waits for \
             them included",
            Unit::Seconds,
            self.run_lengths.clone(),
        );
        registry.register(
            "run_failures",
            "Runs that ended as FAILED or PARTIAL, by the reason; WORKER_LOST are those whose \
             server was gone",
            self.failures.clone(),
        );
        registry.register(
            "notifications",
            "Notifications delivered, each person counted",
            self.notifications.clone(),
        );
        registry.register(
            "database_transactions",
            "Transactions and readings, by whether they came to their end",
            self.transactions.clone(),
        );
        registry.register_with_unit(
            "database_transaction_duration",
            "How long transactions and readings had their connection",
            Unit::Seconds,
            self.transaction_lengths.clone(),
        );
        registry.register_with_unit(
            "database_wait",
            "How long callers waited for a place among the connections",
            Unit::Seconds,
            self.waits.clone(),
        );
        registry.register(
            "database_waiting",
            "Callers that wait for a place among the connections",
            self.waiting.clone(),
        );
        registry.register(
            "database_refused",
            "Callers that waited for a place in vain",
            self.refused.clone(),
        );
        registry.register(
            "database_connections_opened",
            "Connections that were opened, and tries that failed",
            self.opened.clone(),
        );
        registry.register(
            "database_connections_dropped",
            "Connections that were closed because they were broken",
            self.dropped.clone(),
        );
        registry.register_collector(Box::new(Lanes(lanes)));
    }
}

/// What one lane measures.
#[derive(Clone, Debug)]
pub(super) struct LaneMeasures {
    /// Its name.
    pub(super) lane: &'static str,
    /// How long callers waited for a place.
    pub(super) waits: Histogram,
    /// How many do.
    pub(super) waiting: Gauge,
    /// How many waited in vain.
    pub(super) refused: Counter,
    /// Connections that were opened.
    pub(super) opened: Counter,
    /// Tries that failed.
    pub(super) not_opened: Counter,
    /// Connections that broke.
    pub(super) dropped: Counter,
}

/// Something of a lane that can be counted.
type Count = fn(&Lane) -> usize;

/// The lanes as they are when somebody looks.
#[derive(Debug)]
struct Lanes(Vec<Lane>);

impl Lanes {
    fn gauge(
        &self,
        encoder: &mut DescriptorEncoder<'_>,
        (name, help): (&str, &str),
        count: Count,
    ) -> fmt::Result {
        let mut gauge = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
        for lane in &self.0 {
            let labels = [("lane", lane.measures().lane)];
            ConstGauge::new(number(count(lane))).encode(gauge.encode_family(&labels)?)?;
        }
        Ok(())
    }
}

impl Collector for Lanes {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let gauges: [(_, _, Count); 3] = [
            (
                "database_places",
                "Places for connections: `readers` and `writers` of the embedded database, \
                 `shared` and `urgent` on PostgreSQL.",
                Lane::places,
            ),
            (
                "database_places_in_use",
                "Places that are taken.",
                Lane::in_use,
            ),
            (
                "database_strays",
                "Threads that wait for an answer of the database which nobody wants any more.",
                Lane::strays,
            ),
        ];
        for (name, help, count) in gauges {
            self.gauge(&mut encoder, (name, help), count)?;
        }
        Ok(())
    }
}
