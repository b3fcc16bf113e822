//! When keys are used, fetched or missed: a decision from what is remembered and the time.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use super::{Rejection, key_set::KeySet};

/// How long keys are used without asking again.
const FRESH: TimeDelta = TimeDelta::hours(1);
/// How long they are used while the issuer does not answer.
const USABLE: TimeDelta = TimeDelta::hours(24);
/// Time between two fetches for keys that are not among those held.
const BETWEEN_SURPRISES: TimeDelta = TimeDelta::minutes(5);
/// How long an issuer that did not answer is left alone.
const BETWEEN_FAILURES: TimeDelta = TimeDelta::seconds(30);
/// Keys of this age are not asked for again, whatever is missing: whoever waited for them while
/// they were fetched is told so at once.
const BRAND_NEW: TimeDelta = TimeDelta::seconds(10);

/// What is remembered of an issuer's keys.
#[derive(Debug, Default)]
pub(super) struct Memory {
    held: Option<Held>,
    failed_at: Option<DateTime<Utc>>,
    surprised_at: Option<DateTime<Utc>>,
}

#[derive(Clone, Debug)]
struct Held {
    keys: Arc<KeySet>,
    since: DateTime<Utc>,
}

/// What to do for a token.
#[derive(Debug)]
pub(super) enum Step {
    /// Use these keys.
    Use(Arc<KeySet>),
    /// Fetch the keys, and look again.
    Fetch(Cause),
    /// There is no key for the token.
    Refuse(Rejection),
}

/// Why keys are fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cause {
    /// There are none, or they are old.
    Age,
    /// A token names a key that is not among them.
    Surprise,
}

impl Memory {
    /// What to do at `now` for a token whose key is among the held ones if `has` says so.
    pub(super) fn step(&self, has: impl Fn(&KeySet) -> bool, now: DateTime<Utc>) -> Step {
        let may_try = !is_within(self.failed_at, now, BETWEEN_FAILURES);
        let Some(held) = self.usable(now) else {
            return match may_try {
                true => Step::Fetch(Cause::Age),
                false => Step::Refuse(Rejection::NoKeys),
            };
        };
        if may_try && !is_within(Some(held.since), now, FRESH) {
            return Step::Fetch(Cause::Age);
        }
        if has(&held.keys) {
            return Step::Use(Arc::clone(&held.keys));
        }
        let may_ask = may_try
            && !is_within(self.surprised_at, now, BETWEEN_SURPRISES)
            && !is_within(Some(held.since), now, BRAND_NEW);
        match may_ask {
            true => Step::Fetch(Cause::Surprise),
            false => Step::Refuse(Rejection::Key),
        }
    }

    /// Notes that keys are fetched.
    pub(super) fn asked(&mut self, cause: Cause, now: DateTime<Utc>) {
        if cause == Cause::Surprise {
            self.surprised_at = Some(now);
        }
    }

    /// Notes what came.
    pub(super) fn received(&mut self, keys: KeySet, now: DateTime<Utc>) {
        let keys = Arc::new(keys);
        self.held = Some(Held { keys, since: now });
        self.failed_at = None;
    }

    /// Notes that nothing came. Says whether there are keys that are used meanwhile.
    pub(super) fn failed(&mut self, now: DateTime<Utc>) -> bool {
        self.failed_at = Some(now);
        self.usable(now).is_some()
    }

    /// Keys that are not too old.
    fn usable(&self, now: DateTime<Utc>) -> Option<&Held> {
        let held = self.held.as_ref();
        held.filter(|held| is_within(Some(held.since), now, USABLE))
    }
}

/// Whether something happened less than `length` ago. What lies ahead, because the clock was set
/// back, is not within any length.
fn is_within(at: Option<DateTime<Utc>>, now: DateTime<Utc>, length: TimeDelta) -> bool {
    at.is_some_and(|at| at <= now && now - at < length)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
    }

    fn none() -> KeySet {
        KeySet::read(br#"{"keys": []}"#).unwrap()
    }

    /// What a memory of keys from second 0 does, with the other instants given.
    fn step(failed: Option<i64>, surprised: Option<i64>, has: bool, now: i64) -> &'static str {
        let memory = Memory {
            held: Some(Held {
                keys: Arc::new(none()),
                since: at(0),
            }),
            failed_at: failed.map(at),
            surprised_at: surprised.map(at),
        };
        named(&memory.step(|_| has, at(now)))
    }

    fn named(step: &Step) -> &'static str {
        match step {
            Step::Use(_) => "use",
            Step::Fetch(Cause::Age) => "age",
            Step::Fetch(Cause::Surprise) => "surprise",
            Step::Refuse(Rejection::NoKeys) => "none",
            Step::Refuse(_) => "refuse",
        }
    }

    #[test]
    fn keys_are_used_an_hour_and_a_day_without_the_issuer() {
        let (hour, day) = (3600, 86_400);
        for (failed, surprised, has, now, expected) in [
            (None, None, true, 0, "use"),
            (None, None, true, hour - 1, "use"),
            (None, None, true, hour, "age"),
            (Some(hour), None, true, hour, "use"),
            (Some(hour), None, true, hour + 29, "use"),
            (Some(hour), None, true, hour + 30, "age"),
            (Some(hour), None, false, hour + 1, "refuse"),
            (Some(day - 1), None, true, day - 1, "use"),
            (Some(day - 1), None, true, day, "none"),
            (None, None, true, day, "age"),
            // The clock was set back behind the fetch.
            (None, None, true, -1, "age"),
            (None, None, false, 9, "refuse"),
            (None, None, false, 10, "surprise"),
            (None, Some(10), false, 309, "refuse"),
            (None, Some(10), false, 310, "surprise"),
            (None, Some(10), true, 11, "use"),
            (Some(300), None, false, 310, "refuse"),
            (None, Some(3590), false, hour, "age"),
        ] {
            let found = step(failed, surprised, has, now);
            assert_eq!(found, expected, "{failed:?} {surprised:?} {has} {now}");
        }
    }

    #[test]
    fn an_issuer_that_does_not_answer_is_left_alone_for_a_while() {
        let mut memory = Memory::default();
        assert_eq!(named(&memory.step(|_| true, at(0))), "age");
        memory.asked(Cause::Age, at(0));
        memory.failed(at(0));
        assert_eq!(named(&memory.step(|_| true, at(29))), "none");
        assert_eq!(named(&memory.step(|_| true, at(30))), "age");
        memory.received(none(), at(30));
        assert_eq!(named(&memory.step(|_| true, at(30))), "use");
    }
}
