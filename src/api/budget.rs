//! How much of an answer is left for stored contents, the only fields without a bound of their own.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::error::{Code, Refusal, Result};

/// The bytes that the stored contents of one answer may still take.
#[derive(Debug)]
pub(super) struct AnswerBudget {
    whole: usize,
    left: AtomicUsize,
}

impl AnswerBudget {
    pub(super) fn of(bytes: usize) -> Self {
        Self {
            whole: bytes,
            left: AtomicUsize::new(bytes),
        }
    }

    /// Takes `bytes` of what is left; refused, and nothing taken, when there is not as much.
    pub(super) fn take(&self, bytes: usize) -> Result<()> {
        let order = Ordering::Relaxed;
        let taken = self
            .left
            .fetch_update(order, order, |left| left.checked_sub(bytes));
        taken.map(drop).map_err(|_| {
            let message = format!(
                "the answer would pass {} MiB; ask for fewer payloads at once, or export the set",
                self.whole >> 20
            );
            Refusal::new(Code::ResponseTooLarge, message)
        })
    }

    /// Begins another answer: each event of a subscription is one.
    pub(super) fn renew(&self) {
        self.left.store(self.whole, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_that_does_not_fit_takes_nothing() {
        let budget = AnswerBudget::of(10);
        assert_eq!(budget.take(6), Ok(()));
        assert_eq!(
            budget.take(5).map_err(|refusal| refusal.code),
            Err(Code::ResponseTooLarge)
        );
        assert_eq!(budget.take(4), Ok(()));
        assert!(budget.take(1).is_err());
        budget.renew();
        assert_eq!(budget.take(10), Ok(()));
    }
}
