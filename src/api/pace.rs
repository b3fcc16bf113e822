//! How much a caller may ask in a minute: so many requests, and so many points.

use std::{
    num::NonZeroU32,
    sync::{Arc, Mutex, OnceLock, PoisonError},
    time::Duration,
};

use chrono::{DateTime, Utc};
use governor::{
    Quota, RateLimiter,
    clock::Clock as GovernorClock,
    middleware::{StateInformationMiddleware, StateSnapshot},
    state::keyed::DefaultKeyedStateStore,
};

use super::{
    error::{Code, Refusal},
    principal::PrincipalId,
    settings::Limits,
};
use crate::clock::Clock;

/// The pace of every caller of this server.
#[derive(Debug)]
pub(super) struct Pace {
    requests: Bucket,
    points: Bucket,
}

/// A caller that is too fast.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TooFast {
    /// When to try again, in whole seconds.
    pub(super) retry_after: u64,
    pub(super) refusal: Refusal,
}

/// What a caller has left of something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Left {
    /// How much a minute has.
    pub(super) most: u32,
    /// How much of it may be asked at once.
    pub(super) now: u32,
    /// Until it is whole again, in whole seconds.
    pub(super) whole_in: u64,
}

impl Pace {
    /// What the limits say of a minute, which may come all at once.
    pub(super) fn of(limits: &Limits, clock: &Arc<dyn Clock>) -> Self {
        let elapsed = Elapsed::since_now(clock.clone());
        Self {
            requests: Bucket::of("requests", limits.requests_per_minute, &elapsed),
            points: Bucket::of("points", limits.points_per_minute, &elapsed),
        }
    }

    /// Counts a request.
    pub(super) fn request(&self, caller: PrincipalId) -> Result<Left, TooFast> {
        self.requests.take(caller, NonZeroU32::MIN)
    }

    /// Counts the points of a request.
    fn points(&self, caller: PrincipalId, points: usize) -> Result<Left, TooFast> {
        let points = u32::try_from(points).unwrap_or(u32::MAX);
        // Every request has at least one field.
        self.points
            .take(caller, NonZeroU32::new(points).unwrap_or(NonZeroU32::MIN))
    }

    /// Forgets callers that have not asked for a while.
    pub(super) fn forget_idle(&self) {
        self.requests.limiter.retain_recent();
        self.points.limiter.retain_recent();
    }
}

/// The time that the clock went on for. When it is set back it stands still: nobody is to wait for the
/// clock to be again where it was.
#[derive(Clone, Debug)]
struct Elapsed {
    clock: Arc<dyn Clock>,
    seen: Arc<Mutex<Seen>>,
}

/// What was seen of a clock.
#[derive(Debug)]
struct Seen {
    last: DateTime<Utc>,
    elapsed: Duration,
}

impl Elapsed {
    fn since_now(clock: Arc<dyn Clock>) -> Self {
        let seen = Seen {
            last: clock.now(),
            elapsed: Duration::ZERO,
        };
        Self {
            clock,
            seen: Arc::new(Mutex::new(seen)),
        }
    }
}

impl GovernorClock for Elapsed {
    type Instant = Duration;

    fn now(&self) -> Duration {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.clock.now();
        let step = (now - seen.last).to_std().unwrap_or_default();
        seen.elapsed += step;
        seen.last = now;
        seen.elapsed
    }
}

#[derive(Debug)]
struct Bucket {
    what: &'static str,
    most: NonZeroU32,
    elapsed: Elapsed,
    limiter: RateLimiter<
        PrincipalId,
        DefaultKeyedStateStore<PrincipalId>,
        Elapsed,
        StateInformationMiddleware,
    >,
}

impl Bucket {
    fn of(what: &'static str, most: NonZeroU32, elapsed: &Elapsed) -> Self {
        let (quota, none) = (Quota::per_minute(most), DefaultKeyedStateStore::default());
        Self {
            what,
            most,
            elapsed: elapsed.clone(),
            limiter: RateLimiter::new(quota, none, elapsed.clone()),
        }
    }

    fn take(&self, caller: PrincipalId, amount: NonZeroU32) -> Result<Left, TooFast> {
        // What a whole minute cannot hold takes a whole minute.
        let amount = amount.min(self.most);
        match self.limiter.check_key_n(&caller, amount) {
            Ok(Ok(state)) => Ok(self.left(&state)),
            Ok(Err(not_until)) => Err(self.too_fast(not_until.wait_time_from(self.elapsed.now()))),
            Err(_) => Err(self.too_fast(Duration::from_secs(60))),
        }
    }

    fn left(&self, state: &StateSnapshot) -> Left {
        let now = state.remaining_burst_capacity();
        let missing = u64::from(self.most.get().saturating_sub(now));
        Left {
            most: self.most.get(),
            now,
            whole_in: (missing * 60).div_ceil(u64::from(self.most.get())),
        }
    }

    fn too_fast(&self, wait: Duration) -> TooFast {
        let message = format!("more than {} {} in a minute", self.most, self.what);
        TooFast {
            retry_after: wait.as_secs().saturating_add(1),
            refusal: Refusal::new(Code::RateLimited, message),
        }
    }
}

/// What a request costs, known once its document is valid and counted before it is carried out.
#[derive(Debug)]
pub(super) struct Bill {
    pace: Arc<Pace>,
    caller: PrincipalId,
    counted: OnceLock<Result<Cost, TooFast>>,
}

/// The points of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cost {
    /// How many it has.
    pub(super) points: usize,
    /// How many are left.
    pub(super) left: Left,
}

impl Bill {
    pub(super) fn new(pace: Arc<Pace>, caller: PrincipalId) -> Self {
        Self {
            pace,
            caller,
            counted: OnceLock::new(),
        }
    }

    /// Counts the points, once.
    pub(super) fn count(&self, points: usize) -> Result<(), Refusal> {
        let counted = self.counted.get_or_init(|| {
            let left = self.pace.points(self.caller, points)?;
            Ok(Cost { points, left })
        });
        match counted {
            Ok(_) => Ok(()),
            Err(too_fast) => Err(too_fast.refusal.clone()),
        }
    }

    /// Counts the points once more, as soon as the caller has as many.
    pub(super) async fn afford_again(&self) {
        let Some(Ok(Cost { points, .. })) = self.counted.get() else {
            return;
        };
        while let Err(too_fast) = self.pace.points(self.caller, *points) {
            tokio::time::sleep(Duration::from_secs(too_fast.retry_after)).await;
        }
    }

    /// What was counted; none when the request was refused before.
    pub(super) fn cost(&self) -> Option<Cost> {
        self.counted.get()?.as_ref().ok().copied()
    }

    /// When to try again, for a request that had too many points.
    pub(super) fn retry_after(&self) -> Option<u64> {
        let refused = self.counted.get()?.as_ref().err()?;
        Some(refused.retry_after)
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::{
        clock::ManualClock,
        domain::ids::{ApiTokenId, UserId},
    };

    fn pace(requests: u32, points: u32) -> (Arc<Pace>, ManualClock) {
        let number = |number| NonZeroU32::new(number).expect("not zero");
        let clock = ManualClock::new(DateTime::UNIX_EPOCH);
        let limits = Limits {
            requests_per_minute: number(requests),
            points_per_minute: number(points),
            ..Limits::default()
        };
        let shared: Arc<dyn Clock> = Arc::new(clock.clone());
        (Arc::new(Pace::of(&limits, &shared)), clock)
    }

    #[test]
    fn a_caller_is_held_up_and_others_are_not() {
        let (pace, clock) = pace(20, 1);
        let one = PrincipalId::Token(ApiTokenId::mint());
        let other = PrincipalId::Person(UserId::mint());
        for left in (0..20).rev() {
            assert_eq!(pace.request(one).map(|left| left.now), Ok(left));
        }
        let refused = pace.request(one).expect_err("one too many at once");
        assert_eq!(refused.refusal.code, Code::RateLimited);
        assert_eq!(refused.retry_after, 4);
        let left = pace.request(other).expect("a first");
        assert_eq!((left.most, left.now, left.whole_in), (20, 19, 3));
        clock.advance(TimeDelta::milliseconds(2_999));
        assert_eq!(pace.request(one).map_err(|it| it.retry_after), Err(1));
        clock.advance(TimeDelta::milliseconds(1));
        assert_eq!(pace.request(one).map(|left| left.now), Ok(0));
    }

    #[test]
    fn a_clock_set_back_holds_nobody_up() {
        let (pace, clock) = pace(1, 1);
        let one = PrincipalId::Token(ApiTokenId::mint());
        assert!(pace.request(one).is_ok());
        clock.advance(TimeDelta::days(-1));
        assert_eq!(pace.request(one).map_err(|it| it.retry_after), Err(61));
        clock.advance(TimeDelta::minutes(1));
        assert!(pace.request(one).is_ok());
    }

    #[test]
    fn points_are_counted_once_and_by_caller() {
        let (pace, _clock) = pace(1, 6_000);
        let one = PrincipalId::Token(ApiTokenId::mint());
        let bill = Bill::new(pace.clone(), one);
        assert_eq!(bill.cost(), None);
        assert_eq!(bill.count(4_000), Ok(()));
        assert_eq!(bill.count(4_000), Ok(()));
        let left = Left {
            most: 6_000,
            now: 2_000,
            whole_in: 40,
        };
        let points = 4_000;
        assert_eq!(bill.cost(), Some(Cost { points, left }));
        let second = Bill::new(pace.clone(), one);
        let refused = second.count(4_000).expect_err("too many");
        assert_eq!(refused.code, Code::RateLimited);
        assert_eq!(second.retry_after(), Some(21));
        assert_eq!(second.cost(), None);
        // More than a minute holds waits for a whole minute, and passes then.
        let other = Bill::new(pace, PrincipalId::Token(ApiTokenId::mint()));
        assert_eq!(other.count(9_000), Ok(()));
    }
}
