//! How large an answer may become.
//!
//! Three quarters of its bytes are for stored contents, which are refused one by one; the rest is for
//! everything else, which is refused as a whole.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::{
    error::{Code, Refusal, Result},
    settings::Limits,
};

/// What one answer may still hold.
#[derive(Debug)]
pub(super) struct AnswerBudget {
    bytes: usize,
    values: Left,
    contents: Left,
    compared: Left,
    rest: Left,
}

/// How many times the bytes of an answer may be read to find out what differs.
const COMPARED: usize = 4;

impl AnswerBudget {
    pub(super) fn of(limits: &Limits) -> Self {
        let bytes = limits.answer_bytes;
        let rest = bytes / 4;
        Self {
            bytes,
            values: Left::of(limits.answer_values),
            contents: Left::of(bytes - rest),
            compared: Left::of(bytes.saturating_mul(COMPARED)),
            rest: Left::of(rest),
        }
    }

    /// Takes the bytes of a stored content; refused, and nothing taken, when there is not as much.
    pub(super) fn take(&self, bytes: usize) -> Result<()> {
        if self.contents.take(bytes) {
            return Ok(());
        }
        let message = format!(
            "the answer would pass {}; ask for fewer payloads at once",
            self.shown()
        );
        Err(Refusal::new(Code::ResponseTooLarge, message))
    }

    /// Counts the bytes of contents that are compared, of which the answer tells what differs. False, and
    /// nothing counted, when there is not as much.
    pub(super) fn compare(&self, bytes: u64) -> bool {
        usize::try_from(bytes).is_ok_and(|bytes| self.compared.take(bytes))
    }

    /// Counts a value. False when there are too many.
    pub(super) fn add_value(&self) -> bool {
        self.values.take_or_end(1)
    }

    /// Counts the bytes of a value that is no stored content. False when there are too many.
    pub(super) fn add_bytes(&self, bytes: usize) -> bool {
        self.rest.take_or_end(bytes)
    }

    /// The refusal of an answer that became too large.
    pub(super) fn verdict(&self) -> Result<()> {
        let message = if self.values.has_ended() {
            format!(
                "the answer would have more than {} values",
                self.values.whole
            )
        } else if self.rest.has_ended() {
            format!("the answer would pass {}", self.shown())
        } else {
            return Ok(());
        };
        Err(Refusal::new(Code::ResponseTooLarge, message))
    }

    /// Begins another answer: each event of a subscription is one.
    pub(super) fn renew(&self) {
        self.values.renew();
        self.contents.renew();
        self.compared.renew();
        self.rest.renew();
    }

    fn shown(&self) -> String {
        match self.bytes >> 20 {
            0 => format!("{} bytes", self.bytes),
            mebibytes => format!("{mebibytes} MiB"),
        }
    }
}

/// What is left of a number.
#[derive(Debug)]
struct Left {
    whole: usize,
    left: AtomicUsize,
}

/// Stands for less than nothing. No limit is as high.
const ENDED: usize = usize::MAX;

impl Left {
    fn of(whole: usize) -> Self {
        Self {
            whole,
            left: AtomicUsize::new(whole),
        }
    }

    /// Takes some of it, if there is as much.
    fn take(&self, some: usize) -> bool {
        let order = Ordering::Relaxed;
        let less = |left: usize| left.checked_sub(some);
        self.left.fetch_update(order, order, less).is_ok()
    }

    /// The same; once there was not as much, there is nothing more to take.
    fn take_or_end(&self, some: usize) -> bool {
        let order = Ordering::Relaxed;
        let less = |left: usize| match left {
            ENDED => None,
            left => Some(left.checked_sub(some).unwrap_or(ENDED)),
        };
        let before = self.left.fetch_update(order, order, less);
        before.is_ok_and(|left| left >= some)
    }

    fn has_ended(&self) -> bool {
        self.left.load(Ordering::Relaxed) == ENDED
    }

    fn renew(&self) {
        self.left.store(self.whole, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn budget(bytes: usize, values: usize) -> AnswerBudget {
        AnswerBudget::of(&Limits {
            answer_bytes: bytes,
            answer_values: values,
            ..Limits::default()
        })
    }

    #[test]
    fn a_payload_that_does_not_fit_takes_nothing() {
        let budget = budget(13, 1);
        assert_eq!(budget.take(6), Ok(()));
        assert_eq!(
            budget.take(5).map_err(|refusal| refusal.code),
            Err(Code::ResponseTooLarge)
        );
        assert_eq!(budget.take(4), Ok(()));
        assert!(budget.take(1).is_err());
        assert_eq!(budget.verdict(), Ok(()));
        budget.renew();
        assert_eq!(budget.take(10), Ok(()));
    }

    #[test]
    fn what_is_compared_counts_apart_from_what_is_told() {
        let budget = budget(10, 1);
        assert!(budget.compare(30));
        assert!(!budget.compare(11) && !budget.compare(u64::MAX));
        assert!(budget.compare(10));
        assert_eq!(budget.take(8), Ok(()));
        budget.renew();
        assert!(budget.compare(40));
    }

    #[test]
    fn an_answer_that_became_too_large_stays_too_large() {
        for (values, bytes) in [(3, 1_000), (1_000, 12)] {
            let budget = budget(bytes * 4, values);
            for _ in 0..3 {
                assert!(budget.add_value() && budget.add_bytes(4));
            }
            assert_eq!(budget.verdict(), Ok(()));
            assert!(!(budget.add_value() && budget.add_bytes(4)));
            assert!(!(budget.add_value() && budget.add_bytes(0)));
            let code = budget.verdict().map_err(|refusal| refusal.code);
            assert_eq!(code, Err(Code::ResponseTooLarge));
            budget.renew();
            assert_eq!(budget.verdict(), Ok(()));
            assert!(budget.add_value() && budget.add_bytes(4));
        }
    }
}
