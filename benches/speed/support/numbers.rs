//! Figures.

use std::time::Duration;

/// A count, to be divided.
pub(crate) fn number(count: impl TryInto<u32>) -> f64 {
    count.try_into().map_or(f64::MAX, f64::from)
}

/// The duration that so many percent do not pass.
pub(crate) fn quantile(sorted: &[Duration], percent: usize) -> Duration {
    let place = (sorted.len() * percent / 100).min(sorted.len().saturating_sub(1));
    sorted.get(place).copied().unwrap_or_default()
}
