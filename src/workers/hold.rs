//! The hold of a worker on a run in flight: its lease, by the steady clock, and what people wish.
//!
//! A lease ends by the database's clock, which cannot be seen while the database is away. So the worker
//! counts for itself, from the moment at which it sent the renewal that was the last to succeed: that
//! is never later than the moment at which it took effect. A renewal that was postponed, because somebody
//! writes to the run, counts for nothing and is asked for again.

use std::{future::Future, time::Duration};

use futures_util::{
    future::BoxFuture,
    stream::{FuturesUnordered, StreamExt},
};
use tokio::sync::watch;

use super::{WorkerSettings, deps::Deps, dispatch::length};
use crate::{
    domain::{global_id::GlobalId, run::Run},
    store::{
        StoreError,
        leases::{self, Held, Renewal, Wish},
    },
    telemetry::chain,
};

/// Why a run in flight has to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// It does not.
    GoOn,
    /// Somebody cancelled it.
    Cancel,
    /// The server stops.
    HandBack,
}

/// How the watch over a run ended it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Watched {
    /// Somebody cancelled it.
    Cancelled,
    /// The server stops.
    HandedBack,
    /// It took longer than an attempt may.
    TooLong,
    /// It is in other hands.
    Taken,
    /// No renewal has succeeded for as long as a lease is.
    Silent,
}

/// The hold on one run under one claim.
#[derive(Debug)]
pub(super) struct Hold {
    deps: Deps,
    held: Held,
    lease: Duration,
    beat: Duration,
    poll: Duration,
    /// When the last renewal that succeeded was sent, in steady time.
    renewed_at: Duration,
    /// Renewals that have no answer yet. One that comes late counts, from when it was sent.
    renewals: FuturesUnordered<Asked>,
}

/// A renewal that was asked for: when it was sent, and its answer.
type Asked = BoxFuture<'static, (Duration, Result<Renewal, StoreError>)>;

/// Renewals that may be without an answer at once.
const MOST_RENEWALS: usize = 3;

/// How often a renewal asks for the run's row beside the reading: what is told of its progress takes fewer
/// statements than that, and a lease has time for few renewals where each statement takes seconds.
const TRIES: usize = 8;

/// The same beside a landing, which has the row to its end.
const TRIES_OF_LANDING: usize = 1;

impl Hold {
    /// The hold on a run that was claimed at a moment of steady time.
    pub(super) fn of(
        run: &Run,
        claimed_at: Duration,
        deps: &Deps,
        settings: &WorkerSettings,
    ) -> Self {
        Self {
            deps: deps.clone(),
            held: Held::of(run),
            lease: settings.lease,
            beat: settings.beat,
            poll: settings.cancel_poll,
            renewed_at: claimed_at,
            renewals: FuturesUnordered::new(),
        }
    }

    /// Renews the lease and looks for wishes until something ends the run.
    pub(super) async fn watch(
        &mut self,
        longest_run: Duration,
        stop: &mut watch::Receiver<Stop>,
    ) -> Watched {
        let end = self.deps.clock.elapsed().saturating_add(longest_run);
        let mut too_long = self.deps.clock.sleep(longest_run);
        loop {
            let over = self.deps.clock.sleep(self.left());
            let ended = tokio::select! {
                biased;
                asked = stop.wait_for(|stop| *stop != Stop::GoOn) => match asked.map(|stop| *stop) {
                    Ok(Stop::HandBack) | Err(_) => Some(Watched::HandedBack),
                    Ok(Stop::Cancel | Stop::GoOn) => Some(Watched::Cancelled),
                },
                () = &mut too_long => Some(Watched::TooLong),
                // Before the look: a process that was stopped for long finds both due when it goes on.
                () = over => Some(match self.deps.clock.elapsed() >= end {
                    true => Watched::TooLong,
                    false => Watched::Silent,
                }),
                ended = self.look() => ended,
            };
            if let Some(ended) = ended {
                return ended;
            }
        }
    }

    /// Renews the lease, beat by beat, for as long as some work takes: at once where that is overdue, for the work
    /// before had the row.
    pub(super) async fn kept_during<T>(&mut self, work: impl Future<Output = T>) -> T {
        let mut work = std::pin::pin!(work);
        let mut next = Some(self.beat.saturating_sub(self.since_renewed()));
        loop {
            tokio::select! {
                biased;
                done = &mut work => return done,
                after = self.beat(next.unwrap_or_default()), if next.is_some() => next = after,
            }
        }
    }

    /// Renews the lease after a wait. Says how long to wait for the next time; none once the run is not
    /// held any more.
    async fn beat(&mut self, wait: Duration) -> Option<Duration> {
        self.deps.clock.sleep(wait).await;
        self.renew(TRIES_OF_LANDING);
        match self.renewed().await {
            Ok(Renewal::Done(_)) => Some(self.until_beat()),
            // A landing has the row, so that nobody can take the run, and will for a while.
            Ok(Renewal::Postponed(_)) => Some(self.beat),
            Ok(Renewal::Lost) => None,
            Err(error) => {
                tracing::debug!(run.id = %self.held.run.to_global(), error = %chain(&error), "a lease could not be renewed");
                Some(self.until_beat())
            }
        }
    }

    /// How long it is until the next beat, and never at once.
    fn until_beat(&self) -> Duration {
        self.beat
            .saturating_sub(self.since_renewed())
            .max(self.poll)
    }

    fn since_renewed(&self) -> Duration {
        self.deps.clock.elapsed().saturating_sub(self.renewed_at)
    }

    /// What is left of the lease, at the least.
    fn left(&self) -> Duration {
        self.lease.saturating_sub(self.since_renewed())
    }

    /// Waits a little, then looks for wishes and renews the lease if it is time to. A question that is not
    /// answered within a beat is asked again beside it, by another connection.
    async fn look(&mut self) -> Option<Watched> {
        let clock = self.deps.clock.clone();
        clock.sleep(self.poll).await;
        let (run, patience) = (self.held.run, clock.sleep(self.beat));
        let wish = tokio::select! {
            wish = self.ask() => wish,
            () = patience => {
                tracing::warn!(run.id = %run.to_global(), "the database does not answer when asked about a lease");
                return None;
            }
        };
        match wish {
            Ok(Some(Wish::GoOn)) => None,
            Ok(Some(Wish::Stop)) => Some(Watched::Cancelled),
            Ok(None) => Some(Watched::Taken),
            Err(error) => {
                // It is asked every few seconds, and the store tells of a database that is away.
                if !error.is_told() {
                    tracing::warn!(run.id = %run.to_global(), error = %chain(&error), "a lease could not be looked at");
                }
                None
            }
        }
    }

    /// What is wished; none when the lease is lost. One whose renewal was postponed is renewed at the next
    /// look.
    async fn ask(&mut self) -> Result<Option<Wish>, StoreError> {
        if self.since_renewed() >= self.beat {
            self.renew(TRIES);
        }
        if !self.renewals.is_empty() {
            return Ok(match self.renewed().await? {
                Renewal::Done(wish) | Renewal::Postponed(wish) => Some(wish),
                Renewal::Lost => None,
            });
        }
        let held = self.held;
        let store = self.deps.store.urgent();
        store.read(move |db| leases::wish(db, held)).await
    }

    /// Sends a renewal of the lease, unless many have no answer.
    fn renew(&self, tries: usize) {
        if self.renewals.len() >= MOST_RENEWALS {
            return;
        }
        let (held, lease, sent_at) = (self.held, length(self.lease), self.deps.clock.elapsed());
        let store = self.deps.store.urgent();
        self.renewals.push(Box::pin(async move {
            let renewing = store.write(move |db, now| leases::renew(db, held, now + lease, tries));
            (sent_at, renewing.await)
        }));
    }

    /// The next answer to a renewal.
    async fn renewed(&mut self) -> Result<Renewal, StoreError> {
        let Some((sent_at, answer)) = self.renewals.next().await else {
            return std::future::pending().await;
        };
        let renewal = answer?;
        match renewal {
            Renewal::Done(_) => self.renewed_at = self.renewed_at.max(sent_at),
            Renewal::Postponed(_) | Renewal::Lost => {}
        }
        Ok(renewal)
    }
}
