//! Addresses from which sign-ins fail: after so many in a minute nothing is looked at that they
//! send.

use std::{
    collections::{HashMap, VecDeque},
    net::{IpAddr, Ipv6Addr},
    num::NonZeroU32,
    sync::{Mutex, PoisonError},
};

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    error::{Code, Refusal},
    pace::TooFast,
};

/// Addresses that are remembered at once. Beyond, the one that began first is forgotten: whoever
/// has as many has as many tries either way.
const ADDRESSES: usize = 10_000;

/// What failures are counted in.
const WINDOW: TimeDelta = TimeDelta::minutes(1);

/// The failed sign-ins of the last minute.
#[derive(Debug)]
pub(super) struct SignIns {
    most: NonZeroU32,
    failed: Mutex<Failed>,
}

/// Minutes that have begun with a failure, in the order in which they end.
#[derive(Debug, Default)]
struct Failed {
    minutes: HashMap<IpAddr, Minute>,
    order: VecDeque<IpAddr>,
}

#[derive(Debug)]
struct Minute {
    began: DateTime<Utc>,
    failures: u32,
}

/// What a failure is to the log: each is told once a minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum News {
    First,
    Last,
    None,
}

impl SignIns {
    pub(super) fn new(most: NonZeroU32) -> Self {
        Self {
            most,
            failed: Mutex::default(),
        }
    }

    /// Refuses an address that has failed too often.
    pub(super) fn admit(&self, address: IpAddr, now: DateTime<Utc>) -> Result<(), TooFast> {
        let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        failed.forget(now);
        let ends = match failed.minutes.get(&network(address)) {
            Some(minute) if minute.failures >= self.most.get() => minute.began + WINDOW,
            Some(_) | None => return Ok(()),
        };
        let wait = u64::try_from((ends - now).num_seconds()).unwrap_or_default();
        let message = format!("more than {} failed sign-ins in a minute", self.most);
        Err(TooFast {
            retry_after: wait.saturating_add(1),
            refusal: Refusal::new(Code::RateLimited, message),
        })
    }

    /// Counts a failure. The log hears of the first in a minute, and of the last that is looked at.
    pub(super) fn fail(&self, address: IpAddr, now: DateTime<Utc>) {
        match self.count(address, now) {
            News::First => tracing::warn!(client.address = %address, "a sign-in failed"),
            News::Last => tracing::warn!(
                client.address = %address,
                failures = self.most,
                "sign-ins keep failing: the address is heard again in a minute"
            ),
            News::None => {}
        }
    }

    fn count(&self, address: IpAddr, now: DateTime<Utc>) -> News {
        let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        failed.forget(now);
        let failures = failed.add(network(address), now);
        match failures {
            _ if failures == self.most.get() => News::Last,
            1 => News::First,
            _ => News::None,
        }
    }
}

impl Failed {
    fn forget(&mut self, now: DateTime<Utc>) {
        while let Some(oldest) = self.order.front() {
            let is_over = |minute: &Minute| now - minute.began >= WINDOW;
            if !self.minutes.get(oldest).is_none_or(is_over) {
                return;
            }
            self.forget_oldest();
        }
    }

    fn forget_oldest(&mut self) {
        if let Some(oldest) = self.order.pop_front() {
            self.minutes.remove(&oldest);
        }
    }

    fn add(&mut self, network: IpAddr, now: DateTime<Utc>) -> u32 {
        if let Some(minute) = self.minutes.get_mut(&network) {
            minute.failures = minute.failures.saturating_add(1);
            return minute.failures;
        }
        if self.minutes.len() >= ADDRESSES {
            self.forget_oldest();
        }
        let minute = Minute {
            began: now,
            failures: 1,
        };
        self.minutes.insert(network, minute);
        self.order.push_back(network);
        1
    }
}

/// An address as it is counted: of IPv6 the first half, because everybody has a second half to
/// themselves.
pub(super) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::seconds(second)
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    fn of_three() -> SignIns {
        SignIns::new(NonZeroU32::new(3).expect("not zero"))
    }

    #[test]
    fn an_address_that_fails_is_not_heard_for_the_rest_of_its_minute() {
        let sign_ins = of_three();
        let address = ip("192.0.2.1");
        for second in 0..3 {
            assert!(sign_ins.admit(address, at(second)).is_ok());
            sign_ins.fail(address, at(second));
        }
        let refused = sign_ins.admit(address, at(10)).expect_err("too many");
        assert_eq!(refused.refusal.code, Code::RateLimited);
        assert_eq!(refused.retry_after, 51);
        assert!(sign_ins.admit(ip("192.0.2.2"), at(10)).is_ok());
        assert!(sign_ins.admit(address, at(60)).is_ok());
    }

    #[test]
    fn the_log_hears_twice_a_minute() {
        let sign_ins = of_three();
        let address = ip("192.0.2.1");
        let news: Vec<News> = (0..5).map(|n| sign_ins.count(address, at(n))).collect();
        let expected = [News::First, News::None, News::Last, News::None, News::None];
        assert_eq!(news, expected);
        assert_eq!(sign_ins.count(address, at(61)), News::First);
    }

    #[test]
    fn half_an_address_of_ipv6_is_one_caller() {
        for (one, other, is_same) in [
            ("2001:db8::1", "2001:db8::ffff:0:0:2", true),
            ("2001:db8::1", "2001:db8:0:1::1", false),
            ("::ffff:192.0.2.1", "192.0.2.1", true),
            ("192.0.2.1", "192.0.2.2", false),
        ] {
            assert_eq!(
                network(ip(one)) == network(ip(other)),
                is_same,
                "{one} {other}"
            );
        }
    }

    #[test]
    fn so_many_addresses_are_remembered_and_none_for_longer_than_a_minute() {
        let sign_ins = of_three();
        let number = |n: u32| IpAddr::from(n.to_be_bytes());
        for n in 0..20_000 {
            sign_ins.fail(number(n), at(0));
        }
        let sizes = || {
            let failed = sign_ins.failed.lock().expect("not poisoned");
            (failed.minutes.len(), failed.order.len())
        };
        assert_eq!(sizes(), (ADDRESSES, ADDRESSES));
        assert!(sign_ins.admit(number(0), at(60)).is_ok());
        assert_eq!(sizes(), (0, 0));
    }
}
