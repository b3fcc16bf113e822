//! What this room measures: what Graph was asked, what it said, and how long anybody waited.

use std::fmt;

use chrono::TimeDelta;
use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeMetric},
    metrics::{
        MetricType, counter::Counter, family::Family, gauge::ConstGauge, histogram::Histogram,
    },
    registry::{Registry, Unit},
};
use tokio::runtime::Handle;

use super::{catalog::Bucket, error::GraphError};
use crate::measure::{
    Counts, Labels, Lengths, brief, counts, each, lengths, number, seconds, waits,
};

/// Seconds that add up.
type Seconds = Family<Labels<1>, Counter<f64>>;

/// What an answer is counted as.
const STATUSES: [&str; 9] = [
    "2xx", "3xx", "401", "403", "404", "429", "4xx", "5xx", "none",
];

/// What a sign-in is counted as.
const SIGN_INS: [&str; 4] = ["accepted", "refused", "resting", "failed"];

/// The measures of one room.
#[derive(Debug)]
pub(super) struct Measures {
    requests: Counts<2>,
    round_trips: Histogram,
    retries: Counts<1>,
    throttled: Counts<1>,
    throttled_time: Seconds,
    waits: Lengths<1>,
    sign_ins: Counts<1>,
}

fn word(bucket: Bucket) -> &'static str {
    match bucket {
        Bucket::Intune => "intune",
        Bucket::Scripts => "scripts",
        Bucket::GroupPolicy => "group_policy",
        Bucket::ConditionalAccess => "conditional_access",
        Bucket::Identity => "identity",
    }
}

fn of(bucket: Bucket) -> Labels<1> {
    [("bucket", word(bucket))]
}

/// The word for a status; none for a request that got no answer.
fn status_word(status: Option<u16>) -> &'static str {
    match status {
        Some(200..300) => "2xx",
        Some(300..400) => "3xx",
        Some(401) => "401",
        Some(403) => "403",
        Some(404) => "404",
        Some(429) => "429",
        Some(400..500) => "4xx",
        Some(_) => "5xx",
        None => "none",
    }
}

impl Default for Measures {
    fn default() -> Self {
        let buckets = || each("bucket", Bucket::ALL.map(word));
        let requests = Bucket::ALL.into_iter().flat_map(|bucket| {
            STATUSES.map(|status| [("bucket", word(bucket)), ("status", status)])
        });
        let throttled_time = Seconds::default();
        for bucket in buckets() {
            drop(throttled_time.get_or_create(&bucket));
        }
        Self {
            requests: counts(requests),
            round_trips: brief(),
            retries: counts(buckets()),
            throttled: counts(buckets()),
            throttled_time,
            waits: lengths(waits, buckets()),
            sign_ins: counts(each("result", SIGN_INS)),
        }
    }
}

impl Measures {
    /// Counts a request, by the status of its answer if it had one.
    pub(super) fn asked(&self, bucket: Bucket, status: Option<u16>) {
        let labels = [("bucket", word(bucket)), ("status", status_word(status))];
        self.requests.get_or_create(&labels).inc();
    }

    /// Counts what went over the wire and back, a batch once.
    pub(super) fn travelled(&self, length: TimeDelta) {
        self.round_trips.observe(seconds(length));
    }

    /// Counts a request that is made once more.
    pub(super) fn retried(&self, bucket: Bucket) {
        self.retries.get_or_create(&of(bucket)).inc();
    }

    /// Counts an answer that said that there were too many requests.
    pub(super) fn throttled(&self, bucket: Bucket) {
        self.throttled.get_or_create(&of(bucket)).inc();
    }

    /// Counts time that a request waited because Graph had enough.
    pub(super) fn held_up(&self, bucket: Bucket, length: TimeDelta) {
        let time = self.throttled_time.get_or_create(&of(bucket));
        time.inc_by(seconds(length));
    }

    /// Counts how long something that was to be sent had to wait for leave.
    pub(super) fn waited(&self, bucket: Bucket, length: TimeDelta) {
        self.waits
            .get_or_create(&of(bucket))
            .observe(seconds(length));
    }

    /// Counts a sign-in by what came of it.
    pub(super) fn signed_in<T>(&self, result: &Result<T, GraphError>) {
        let [accepted, refused, resting, failed] = SIGN_INS;
        let result = match result {
            Ok(_) => accepted,
            Err(GraphError::SignIn(_)) => refused,
            Err(GraphError::SignInRests { .. }) => resting,
            Err(_) => failed,
        };
        self.sign_ins.get_or_create(&[("result", result)]).inc();
    }

    pub(super) fn register(&self, registry: &mut Registry, threads: Handle) {
        registry.register(
            "graph_requests",
            "Requests as Graph counts them, each item of a batch and each try, by the bucket whose \
             limit counts them and the status of the answer; `none` had no answer",
            self.requests.clone(),
        );
        registry.register_with_unit(
            "graph_round_trip_duration",
            "From sending something to Graph to the last byte of the answer, a batch once",
            Unit::Seconds,
            self.round_trips.clone(),
        );
        registry.register(
            "graph_retries",
            "Requests that were made once more",
            self.retries.clone(),
        );
        registry.register(
            "graph_throttled",
            "Answers that said that there were too many requests (429 and 509)",
            self.throttled.clone(),
        );
        registry.register_with_unit(
            "graph_throttled",
            "Time that requests waited because Graph had said so, or a limit was nearly used up",
            Unit::Seconds,
            self.throttled_time.clone(),
        );
        registry.register_with_unit(
            "graph_limiter_wait",
            "How long requests and batches waited for leave: a turn, the pace, a place in \
             flight, an open gate",
            Unit::Seconds,
            self.waits.clone(),
        );
        registry.register(
            "graph_sign_ins",
            "Sign-ins at the token host: accepted, refused, not tried because the credential was \
             refused a moment ago, or failed otherwise",
            self.sign_ins.clone(),
        );
        registry.register_collector(Box::new(Tasks(threads)));
    }
}

/// The tasks on the room's threads.
#[derive(Debug)]
struct Tasks(Handle);

impl Collector for Tasks {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let help = "Tasks on the threads that talk to Graph.";
        let gauge = encoder.encode_descriptor("graph_tasks", help, None, MetricType::Gauge)?;
        ConstGauge::new(number(self.0.metrics().num_alive_tasks())).encode(gauge)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_is_counted_as_one_of_the_words() {
        for status in (100..1000).map(Some).chain([None]) {
            assert!(STATUSES.contains(&status_word(status)), "{status:?}");
        }
    }
}
