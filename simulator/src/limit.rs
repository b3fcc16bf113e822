//! A request limit per tenant over a sliding window, as Graph enforces it.

use std::{
    collections::{HashMap, VecDeque},
    sync::Mutex,
    time::{Duration, Instant},
};

use uuid::Uuid;

use crate::{answer::Answer, errors, sync::lock};

/// How many requests a tenant may make in any window. Refused requests count as well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestLimit {
    pub requests: u32,
    pub window: Duration,
}

#[derive(Debug)]
pub(crate) struct Limiter {
    limit: Option<RequestLimit>,
    tenants: Mutex<HashMap<Uuid, Window>>,
}

#[derive(Debug, Default)]
struct Window {
    arrivals: VecDeque<Instant>,
    refusals: u64,
}

impl Limiter {
    pub(crate) fn new(limit: Option<RequestLimit>) -> Self {
        Self {
            limit,
            tenants: Mutex::default(),
        }
    }

    /// Counts a request that arrives at `now`; over the limit there is a refusal. Of five refusals
    /// three come without `Retry-After`, as Intune's do.
    pub(crate) fn refusal(&self, tenant: Uuid, now: Instant) -> Option<Answer> {
        let limit = self.limit?;
        let mut tenants = lock(&self.tenants);
        let window = tenants.entry(tenant).or_default();
        let age = |arrival: &Instant| now.saturating_duration_since(*arrival);
        while window
            .arrivals
            .front()
            .is_some_and(|oldest| age(oldest) >= limit.window)
        {
            window.arrivals.pop_front();
        }
        window.arrivals.push_back(now);
        if u32::try_from(window.arrivals.len()).is_ok_and(|count| count <= limit.requests) {
            return None;
        }
        window.refusals += 1;
        let wait = limit
            .window
            .saturating_sub(window.arrivals.front().map(age).unwrap_or_default());
        let announced = matches!(window.refusals % 5, 2 | 4);
        Some(errors::throttled(
            announced.then(|| whole_seconds(wait).to_string()),
        ))
    }
}

fn whole_seconds(wait: Duration) -> u64 {
    wait.as_millis()
        .div_ceil(1000)
        .try_into()
        .unwrap_or(u64::MAX)
        .max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_slides_and_some_refusals_say_how_long() {
        let limiter = Limiter::new(Some(RequestLimit {
            requests: 2,
            window: Duration::from_secs(10),
        }));
        let start = Instant::now();
        let tenant = Uuid::nil();
        let refused = |seconds| limiter.refusal(tenant, start + Duration::from_secs(seconds));
        assert!(refused(0).is_none());
        assert!(refused(6).is_none());
        assert!(refused(7).is_some_and(|answer| answer.headers.is_empty()));
        let second = refused(8).unwrap();
        assert_eq!(second.headers, [("Retry-After", "2".to_owned())]);
        assert!(refused(30).is_none());
        assert!(limiter.refusal(Uuid::max(), start).is_none());
    }
}
