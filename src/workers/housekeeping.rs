//! Housekeeping: what is old is removed, in small steps beside everything else.
//!
//! Every server does it; one at a time is let in by the database. A round that meets another ends there.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::watch;

use super::{clearing, deps::Deps, dispatch::length, settings::KeepSettings};
use crate::store::{
    Db, StoreError,
    housekeeping::{Litter, is_alone, sweep},
    idempotency,
};

/// Rows of one transaction.
const STEP: usize = 500;

/// Between two transactions: others want to write as well.
const BREATH: Duration = Duration::from_millis(100);

/// Between the end of one round and the next: what is kept for a day may be kept an hour longer.
const BETWEEN: TimeDelta = TimeDelta::hours(1);

/// How long refusals are counted together is a minute; the counters are of use no longer than that.
const REFUSALS: TimeDelta = TimeDelta::days(1);

/// When there is housework.
#[derive(Debug)]
pub(super) enum Housework {
    /// When the last round began; none before the first.
    Done(Option<DateTime<Utc>>),
    /// A round is under way; this ends it after its present step.
    UnderWay(watch::Sender<bool>),
}

impl Housework {
    /// Whether a round is due. A clock that was set back makes one due as well.
    pub(super) fn is_due(&self, now: DateTime<Utc>) -> bool {
        match self {
            Self::Done(None) => true,
            Self::Done(Some(last)) => !(*last..*last + BETWEEN).contains(&now),
            Self::UnderWay(_) => false,
        }
    }

    /// Ends a round that is under way.
    pub(super) fn stop(&self) {
        if let Self::UnderWay(stop) = self {
            stop.send_replace(true);
        }
    }
}

/// What goes, and at which age.
fn litter(keep: &KeepSettings) -> [(Litter, TimeDelta); 8] {
    let (events, tokens) = (length(keep.events), length(keep.ended_tokens));
    [
        (Litter::RunEvents, events),
        (Litter::NotificationEvents, events),
        (Litter::IdempotencyKeys, idempotency::REMEMBERED),
        (Litter::Notifications, length(keep.notifications)),
        (Litter::ExpiredTokens, tokens),
        (Litter::RevokedTokens, tokens),
        (Litter::Refusals, REFUSALS),
        (Litter::AuditEntries, length(keep.audit)),
    ]
}

/// A round that is under way.
#[derive(Debug)]
pub(super) struct Round {
    pub(super) deps: Deps,
    pub(super) keep: KeepSettings,
    stop: watch::Receiver<bool>,
    /// Whether another server was seen at it.
    is_left: bool,
}

impl Round {
    /// Whether there is to be no more of it: the server is about to stop, or another one is at it.
    pub(super) fn is_over(&self) -> bool {
        self.is_left || *self.stop.borrow()
    }

    /// One transaction; none when another server is at it, to which the rest of the round is left. Two that
    /// went on past each other could both leave the same out.
    pub(super) async fn step<T: Send + 'static>(
        &mut self,
        change: impl FnOnce(&mut Db, DateTime<Utc>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<Option<T>, StoreError> {
        let step = self.deps.store.write(move |db, now| match is_alone(db)? {
            true => change(db, now).map(Some),
            false => Ok(None),
        });
        let step = step.await?;
        self.is_left |= step.is_none();
        Ok(step)
    }

    /// Lets others write.
    pub(super) async fn breathe(&mut self) {
        tokio::select! {
            () = self.deps.clock.sleep(BREATH) => {}
            _ = self.stop.changed() => {}
        }
    }
}

/// One round: removes everything that is old enough, unless it is stopped or another server is at it.
pub(super) async fn keep_house(
    deps: Deps,
    keep: KeepSettings,
    stop: watch::Receiver<bool>,
) -> Result<(), StoreError> {
    let mut round = Round {
        deps,
        keep,
        stop,
        is_left: false,
    };
    sweep_litter(&mut round).await?;
    clearing::clear(&mut round).await
}

async fn sweep_litter(round: &mut Round) -> Result<(), StoreError> {
    for (litter, age) in litter(&round.keep) {
        let mut removed = 0;
        loop {
            if round.is_over() {
                return Ok(());
            }
            let most = i64::try_from(STEP).unwrap_or(i64::MAX);
            let step = round.step(move |db, now| match now.checked_sub_signed(age) {
                Some(before) => sweep(db, litter, before, most),
                // Older than time itself: nothing is.
                None => Ok(0),
            });
            let Some(swept) = step.await? else {
                return Ok(());
            };
            removed += swept;
            if swept < STEP {
                break;
            }
            round.breathe().await;
        }
        if removed > 0 {
            tracing::info!(?litter, removed, "old rows were removed");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_round_is_due_at_first_and_once_an_hour() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let done = Housework::Done(Some(at("2026-03-02T10:00:00Z")));
        assert!(Housework::Done(None).is_due(at("2026-03-02T10:00:00Z")));
        for (now, expected) in [
            ("2026-03-02T10:00:00Z", false),
            ("2026-03-02T10:59:59Z", false),
            ("2026-03-02T11:00:00Z", true),
            ("2026-03-02T09:59:59Z", true),
        ] {
            assert_eq!(done.is_due(at(now)), expected, "{now}");
        }
        let (stop, _) = watch::channel(false);
        assert!(!Housework::UnderWay(stop).is_due(at("2026-03-02T11:00:00Z")));
    }
}
