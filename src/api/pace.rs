//! How many requests a caller may make in a minute.

use std::num::NonZeroU32;

use governor::{
    DefaultKeyedRateLimiter, Quota, RateLimiter,
    clock::{Clock, DefaultClock},
};

use super::{
    error::{Code, Refusal},
    principal::PrincipalId,
};

/// The pace of every caller of this server.
pub(super) struct Pace {
    limiter: DefaultKeyedRateLimiter<PrincipalId>,
    most: NonZeroU32,
}

/// A caller that is too fast.
#[derive(Debug)]
pub(super) struct TooFast {
    /// When to try again, in whole seconds.
    pub(super) retry_after: u64,
    pub(super) refusal: Refusal,
}

impl Pace {
    /// So many requests a minute, which may come all at once.
    pub(super) fn of(most: NonZeroU32) -> Self {
        Self {
            limiter: RateLimiter::keyed(Quota::per_minute(most)),
            most,
        }
    }

    /// Counts a request.
    pub(super) fn check(&self, caller: PrincipalId) -> Result<(), TooFast> {
        self.limiter.check_key(&caller).map_err(|not_until| {
            let wait = not_until.wait_time_from(DefaultClock::default().now());
            let message = format!("more than {} requests in a minute", self.most);
            TooFast {
                retry_after: wait.as_secs().saturating_add(1),
                refusal: Refusal::new(Code::RateLimited, message),
            }
        })
    }

    /// Forgets callers that have not asked for a while.
    pub(super) fn forget_idle(&self) {
        self.limiter.retain_recent();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::{ApiTokenId, UserId};

    #[test]
    fn a_caller_is_held_up_and_others_are_not() {
        let pace = Pace::of(NonZeroU32::new(20).expect("not zero"));
        let one = PrincipalId::Token(ApiTokenId::mint());
        let other = PrincipalId::Person(UserId::mint());
        for _ in 0..20 {
            assert!(pace.check(one).is_ok());
        }
        let refused = pace.check(one).expect_err("one too many at once");
        assert_eq!(refused.refusal.code, Code::RateLimited);
        assert!((1..=4).contains(&refused.retry_after));
        assert!(pace.check(other).is_ok());
    }
}
