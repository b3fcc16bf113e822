//! Whether a failed try is repeated, and after what wait. Decides; waits for nobody.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use rand::Rng;

use super::{
    body::BodyFault,
    error::{Breakdown, GraphError},
    http::NoAnswer,
};

/// Wait after the first failure that names none; doubled with each further one.
const FIRST_WAIT: Duration = Duration::from_secs(2);
/// Longest wait of our own choosing.
const LONGEST_WAIT: Duration = Duration::from_secs(120);
/// Shortest wait after a fault that is not about throttling.
const SHORTEST_WAIT: Duration = Duration::from_millis(100);
/// Wait for a locked resource.
const LOCKED_WAIT: Duration = Duration::from_secs(30);
/// Shortest wait after a bandwidth limit was hit.
const BANDWIDTH_WAIT: Duration = Duration::from_secs(60);
/// Tries for 500, which Intune often gives for the sake of the data, and for a locked resource.
const FEW_TRIES: u32 = 3;

const LOCKED: u16 = 423;
const TOO_MANY_REQUESTS: u16 = 429;
const INTERNAL: u16 = 500;
const BANDWIDTH: u16 = 509;

/// A try that failed in a way that may pass.
#[derive(Debug)]
pub(super) struct FailedTry {
    pub(super) breakdown: Breakdown,
    /// Wait that the answer asked for.
    pub(super) retry_after: Option<Duration>,
}

/// What came of one try.
#[derive(Debug)]
pub(super) enum Outcome<T> {
    Done(T),
    Again(FailedTry),
    Failed(GraphError),
}

impl<T> From<NoAnswer> for Outcome<T> {
    fn from(no_answer: NoAnswer) -> Self {
        match no_answer {
            NoAnswer::Transport(error) => Self::Again(Breakdown::Transport(error).into()),
            NoAnswer::TooLarge { limit_bytes } => {
                Self::Failed(GraphError::TooLarge { limit_bytes })
            }
        }
    }
}

impl<T> From<BodyFault> for Outcome<T> {
    fn from(fault: BodyFault) -> Self {
        Self::Again(Breakdown::Body(fault).into())
    }
}

impl From<Breakdown> for FailedTry {
    fn from(breakdown: Breakdown) -> Self {
        Self {
            breakdown,
            retry_after: None,
        }
    }
}

impl FailedTry {
    pub(super) fn is_throttled(&self) -> bool {
        self.breakdown.status().is_some_and(throttles)
    }
}

/// Whether an answer with `status` says that there were too many requests.
pub(super) fn throttles(status: u16) -> bool {
    matches!(status, TOO_MANY_REQUESTS | BANDWIDTH)
}

/// Whether a request answered with `status` may succeed when it is repeated.
pub(super) fn may_pass(status: u16) -> bool {
    match status {
        408 | LOCKED | TOO_MANY_REQUESTS => true,
        501 | 505 | 507 => false,
        _ => (500..600).contains(&status),
    }
}

/// The wait that a `Retry-After` header asks for: whole seconds, at least one. None if it makes
/// no sense. `now` is the time of the host that sent it.
pub(super) fn retry_after(header: &str, now: DateTime<Utc>) -> Option<Duration> {
    let seconds = match header.trim().parse::<f64>() {
        Ok(seconds) => seconds,
        Err(_) => {
            let at = DateTime::parse_from_rfc2822(header.trim()).ok()?;
            (at.to_utc() - now).as_seconds_f64()
        }
    };
    whole_seconds(seconds)
}

/// A wait of at least one second, rounded up; none for what is no length of time.
pub(super) fn whole_seconds(seconds: f64) -> Option<Duration> {
    let sensible = seconds.is_finite() && seconds >= 0.0;
    let seconds = sensible.then(|| seconds.ceil().max(1.0))?;
    Duration::try_from_secs_f64(seconds).ok()
}

/// The tries of one request.
#[derive(Debug)]
pub(super) struct Tries {
    most: u32,
    patience: TimeDelta,
    /// Shortest wait after an answer that throttles, but does not say for how long.
    floor: Duration,
    made: u32,
    deadline: Option<DateTime<Utc>>,
}

impl Tries {
    pub(super) fn new(most: u32, patience: Duration, floor: Duration) -> Self {
        Self {
            most,
            patience: TimeDelta::from_std(patience).unwrap_or(TimeDelta::MAX),
            floor,
            made: 0,
            deadline: None,
        }
    }

    /// Until when tries are made; none before the first one.
    pub(super) fn deadline(&self) -> Option<DateTime<Utc>> {
        self.deadline
    }

    /// Counts a try. The first one starts the clock.
    pub(super) fn begin(&mut self, now: DateTime<Utc>) {
        self.made += 1;
        self.deadline
            .get_or_insert_with(|| after(now, self.patience));
    }

    /// Whether there is to be a next try after `failed` and a wait.
    pub(super) fn are_left(&self, failed: &FailedTry, wait: Duration, now: DateTime<Utc>) -> bool {
        let most = match failed.breakdown.status() {
            Some(INTERNAL | LOCKED) => self.most.min(FEW_TRIES),
            _ => self.most,
        };
        let over = after(now, TimeDelta::from_std(wait).unwrap_or(TimeDelta::MAX));
        self.made < most && self.deadline.is_none_or(|deadline| over <= deadline)
    }

    /// How long to wait after `failed`.
    pub(super) fn wait(&self, failed: &FailedTry, random: &mut impl Rng) -> Duration {
        if let Some(asked) = failed.retry_after {
            return asked.saturating_add(Duration::from_millis(random.random_range(100..1500)));
        }
        let doublings = self.made.saturating_sub(1).min(16);
        let ceiling = (FIRST_WAIT * 2_u32.pow(doublings)).min(LONGEST_WAIT);
        let jittered = ceiling.mul_f64(random.random());
        match failed.breakdown.status() {
            Some(TOO_MANY_REQUESTS) => jittered.max(self.floor),
            Some(BANDWIDTH) => BANDWIDTH_WAIT + jittered,
            Some(LOCKED) => LOCKED_WAIT,
            _ => jittered.max(SHORTEST_WAIT),
        }
    }

    /// The error to report when `failed` was the last try.
    pub(super) fn used_up(&self, failed: FailedTry) -> GraphError {
        match failed.is_throttled() {
            true => GraphError::Throttled { tries: self.made },
            false => GraphError::Unavailable {
                tries: self.made,
                last: failed.breakdown,
            },
        }
    }

    /// The error to report when a gate stays closed for longer than there is time.
    pub(super) fn out_of_patience(&self) -> GraphError {
        GraphError::Throttled { tries: self.made }
    }
}

fn after(now: DateTime<Utc>, length: TimeDelta) -> DateTime<Utc> {
    now.checked_add_signed(length)
        .unwrap_or(DateTime::<Utc>::MAX_UTC)
}

#[cfg(test)]
mod tests {
    use chrono::Timelike;
    use proptest::prelude::*;
    use rand::{SeedableRng, rngs::SmallRng};

    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn failed(status: u16, retry_after: Option<u64>) -> FailedTry {
        FailedTry {
            breakdown: Breakdown::Status {
                status,
                reason: String::new(),
            },
            retry_after: retry_after.map(Duration::from_secs),
        }
    }

    fn tries(made: u32) -> Tries {
        let mut tries = Tries::new(5, Duration::from_secs(300), Duration::from_secs(2));
        for _ in 0..made {
            tries.begin(at("2026-09-28T04:12:31Z"));
        }
        tries
    }

    fn waits(made: u32, failed: &FailedTry) -> Vec<Option<Duration>> {
        let seeds = 0..200;
        let wait = |seed| {
            let wait = tries(made).wait(failed, &mut SmallRng::seed_from_u64(seed));
            let left = tries(made).are_left(failed, wait, at("2026-09-28T04:12:31Z"));
            left.then_some(wait)
        };
        seeds.map(wait).collect()
    }

    #[test]
    fn retry_after_is_read_in_every_form() {
        let now = at("2026-09-28T04:12:31Z");
        for (header, seconds) in [
            ("12", Some(12)),
            ("2.128", Some(3)),
            ("0.249", Some(1)),
            ("0", Some(1)),
            (" 7 ", Some(7)),
            ("Mon, 28 Sep 2026 04:12:43 GMT", Some(12)),
            ("Mon, 28 Sep 2026 04:12:31 GMT", Some(1)),
            ("Mon, 28 Sep 2026 04:12:00 GMT", None),
            ("-1", None),
            ("soon", None),
            ("NaN", None),
            ("inf", None),
            ("1e300", None),
            ("", None),
        ] {
            assert_eq!(
                retry_after(header, now),
                seconds.map(Duration::from_secs),
                "{header}"
            );
        }
    }

    #[test]
    fn only_what_may_pass_is_repeated() {
        for status in [408, 423, 429, 500, 502, 503, 504, 509, 520] {
            assert!(may_pass(status), "{status}");
        }
        for status in [200, 301, 400, 401, 403, 404, 409, 410, 501, 505, 507] {
            assert!(!may_pass(status), "{status}");
        }
    }

    #[test]
    fn an_asked_wait_is_kept_and_jittered_upwards() {
        for wait in waits(1, &failed(429, Some(12))) {
            let wait = wait.unwrap();
            assert!(wait >= Duration::from_millis(12_100) && wait < Duration::from_millis(13_500));
        }
    }

    #[test]
    fn waits_of_our_own_grow_and_keep_their_bounds() {
        for made in 1..5 {
            let ceiling = Duration::from_secs(2 << (made - 1));
            for wait in waits(made, &failed(503, None)) {
                assert!(wait.unwrap() >= SHORTEST_WAIT && wait.unwrap() <= ceiling);
            }
            for wait in waits(made, &failed(429, None)) {
                assert!(wait.unwrap() >= Duration::from_secs(2) && wait.unwrap() <= ceiling);
            }
        }
        assert!(
            waits(4, &failed(429, None))
                .iter()
                .any(|wait| wait.unwrap() > Duration::from_secs(8))
        );
        assert!(
            waits(1, &failed(423, None))
                .iter()
                .all(|wait| *wait == Some(LOCKED_WAIT))
        );
        assert!(
            waits(1, &failed(509, None))
                .iter()
                .all(|wait| *wait >= Some(BANDWIDTH_WAIT))
        );
    }

    #[test]
    fn tries_and_patience_run_out() {
        assert!(waits(4, &failed(503, None)).iter().all(Option::is_some));
        assert!(waits(5, &failed(503, None)).iter().all(Option::is_none));
        assert!(waits(2, &failed(500, None)).iter().all(Option::is_some));
        assert!(waits(3, &failed(500, None)).iter().all(Option::is_none));
        assert!(
            waits(1, &failed(429, Some(299)))
                .iter()
                .any(Option::is_none)
        );
        assert!(
            waits(1, &failed(503, Some(301)))
                .iter()
                .all(Option::is_none)
        );
    }

    #[test]
    fn the_last_fault_names_the_failure() {
        let throttled = tries(5).used_up(failed(429, None));
        assert!(matches!(throttled, GraphError::Throttled { tries: 5 }));
        let failing = tries(3).used_up(failed(500, None));
        assert!(matches!(failing, GraphError::Unavailable { tries: 3, .. }));
    }

    fn any_instant() -> impl Strategy<Value = DateTime<Utc>> {
        (946_684_800_000..4_102_444_800_000_i64)
            .prop_map(|millis| DateTime::from_timestamp_millis(millis).unwrap())
    }

    proptest! {
        #[test]
        fn any_header_asks_for_a_second_at_least_or_for_nothing(
            header in prop_oneof![
                ".*",
                "[-+]?[0-9]{0,400}(\\.[0-9]{0,20})?([eE][-+]?[0-9]{1,6})?",
                "(Mon|Tue|Xyz), [0-9]{1,2} (Jan|Feb|Foo) [0-9]{1,6} [0-9]{2}:[0-9]{2}:[0-9]{2} (GMT|UTC|EST|[+-][0-9]{4})",
            ],
            now in any_instant(),
        ) {
            let wait = retry_after(&header, now);
            prop_assert!(wait.is_none_or(|wait| wait >= Duration::from_secs(1)));
            prop_assert!(wait.is_none_or(|wait| wait.subsec_nanos() == 0));
        }

        #[test]
        fn seconds_are_rounded_up(whole in 0..1_000_000_u64, fraction in "[0-9]{1,9}", pad in " {0,2}") {
            let header = format!("{pad}{whole}{pad}");
            let at_least_one = |seconds: u64| Some(Duration::from_secs(seconds.max(1)));
            let now = at("2026-09-28T04:12:31Z");
            prop_assert_eq!(retry_after(&header, now), at_least_one(whole));
            let more = u64::from(fraction.bytes().any(|digit| digit != b'0'));
            let header = format!("{whole}.{fraction}");
            prop_assert_eq!(retry_after(&header, now), at_least_one(whole + more));
        }

        #[test]
        fn a_date_asks_for_the_time_until_then(now in any_instant(), seconds in -100_000..100_000_i64) {
            let then = now.with_nanosecond(0).unwrap() + TimeDelta::seconds(seconds);
            let header = then.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
            let wanted = (then >= now).then(|| {
                let seconds = (then - now).as_seconds_f64().ceil().max(1.0);
                Duration::from_secs_f64(seconds)
            });
            prop_assert_eq!(retry_after(&header, now), wanted);
        }
    }
}
