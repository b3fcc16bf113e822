//! What rooms measure themselves with. Each room holds its own counters, gauges and histograms, and
//! registers them where somebody wants to see them; nothing is kept for the process as a whole.
//!
//! A label is one of a few words that stand in the program. No tenant, person or other identifier can
//! become one, because none is `'static`.

use chrono::TimeDelta;
use prometheus_client::metrics::{
    counter::Counter, family::Family, gauge::Gauge, histogram::Histogram,
};

/// Names and values of labels.
pub type Labels<const N: usize> = [(&'static str, &'static str); N];

/// Counters that differ in their labels.
pub type Counts<const N: usize> = Family<Labels<N>, Counter>;

/// Histograms that differ in their labels.
pub type Lengths<const N: usize> = Family<Labels<N>, Histogram, fn() -> Histogram>;

/// Counters of which those that are known beforehand stand at zero: a rate needs a first value.
pub fn counts<const N: usize>(known: impl IntoIterator<Item = Labels<N>>) -> Counts<N> {
    let counts = Counts::default();
    for labels in known {
        drop(counts.get_or_create(&labels));
    }
    counts
}

/// Histograms of which those that are known beforehand are there, empty.
pub fn lengths<const N: usize>(
    new: fn() -> Histogram,
    known: impl IntoIterator<Item = Labels<N>>,
) -> Lengths<N> {
    let lengths = Lengths::new_with_constructor(new);
    for labels in known {
        drop(lengths.get_or_create(&labels));
    }
    lengths
}

/// One label of several values.
pub fn each(
    name: &'static str,
    values: impl IntoIterator<Item = &'static str>,
) -> impl Iterator<Item = Labels<1>> {
    values.into_iter().map(move |value| [(name, value)])
}

/// For what takes a millisecond, and a minute if something is wrong.
pub fn brief() -> Histogram {
    Histogram::new([
        0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0,
    ])
}

/// For waits: none as a rule, and a quarter of an hour at most.
pub fn waits() -> Histogram {
    Histogram::new([
        0.001, 0.01, 0.05, 0.1, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 900.0,
    ])
}

/// For runs, and how long they wait: from a second to six hours.
pub fn long() -> Histogram {
    Histogram::new([
        1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1_200.0, 1_800.0, 3_600.0, 7_200.0,
        14_400.0, 21_600.0,
    ])
}

/// A length in seconds, not below zero: clocks of two machines differ.
pub fn seconds(length: TimeDelta) -> f64 {
    length.as_seconds_f64().max(0.0)
}

/// A figure as gauges show it.
#[expect(
    clippy::as_conversions,
    reason = "a gauge is a float; what it loses beyond 2^53 nobody sees"
)]
pub fn float(number: u64) -> f64 {
    number as f64
}

/// A number as gauges have it.
pub fn number(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// One of those that a gauge counts, until it is dropped.
#[derive(Debug)]
pub struct Present(Gauge);

impl Present {
    /// Counts one more.
    pub fn in_number(gauge: &Gauge) -> Self {
        gauge.inc();
        Self(gauge.clone())
    }
}

impl Drop for Present {
    fn drop(&mut self) {
        self.0.dec();
    }
}
