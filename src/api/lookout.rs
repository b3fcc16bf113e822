//! How a feed follows a stream of events in the tables: where it begins, and when it looks for more.
//!
//! An announcement of this process is a hint to look at once; without one it looks every second,
//! which is how it hears of what other servers do.

use std::{future::pending, time::Duration};

use tokio::{
    sync::broadcast::{Receiver, error::RecvError},
    time::{Instant, sleep_until},
};

use super::{
    auth,
    call::Call,
    error::{Refusal, Result},
};
use crate::store::{Store, streams::Stream};

/// Events read at once.
pub(super) const BATCH: i64 = 100;

/// A reader further behind than this has to fetch the state anew.
const FARTHEST: i64 = 10_000;

/// Where a reader goes on who has seen events before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Return {
    /// After the last one seen: whatever came since is kept.
    After(i64),
    /// With what comes next: some of what came since is gone.
    Lost,
}

impl Return {
    /// Of a reader who has seen `after`, in a stream that has come to `place` and keeps what came
    /// from `oldest` on.
    ///
    /// # Errors
    ///
    /// INVALID_CURSOR for a place that the stream has not reached.
    pub(super) fn to(after: i64, place: i64, oldest: Option<i64>) -> Result<Self> {
        if after > place || after < 0 {
            return Err(Refusal::invalid_cursor());
        }
        // A stream may keep nothing at all: then only those go on who have seen everything.
        let is_kept = after == place || oldest.is_some_and(|oldest| oldest <= after + 1);
        Ok(if is_kept && place - after <= FARTHEST {
            Self::After(after)
        } else {
            Self::Lost
        })
    }
}

/// When to look at a stream.
pub(super) struct Lookout {
    stream: Stream,
    announcements: Receiver<Stream>,
    next_look: Instant,
    poll: Duration,
}

impl Lookout {
    /// Over a stream, from now on; the first look is due at once.
    pub(super) fn over(store: &Store, stream: impl Into<Stream>, poll: Duration) -> Self {
        Self {
            stream: stream.into(),
            announcements: store.announcements(),
            next_look: Instant::now(),
            poll,
        }
    }

    /// Everything was seen: the next look is due when something is announced, or later.
    pub(super) fn rest(&mut self) {
        self.next_look = Instant::now() + self.poll;
    }

    /// Waits until it is time to look, or somebody says that there is something to see.
    pub(super) async fn wait(&mut self) {
        let time = sleep_until(self.next_look);
        tokio::pin!(time);
        loop {
            tokio::select! {
                () = &mut time => return,
                announced = self.announcements.recv() => match announced {
                    Ok(stream) if stream != self.stream => {}
                    Ok(_) | Err(RecvError::Lagged(_)) => return,
                    // The store lives as long as the feed, so this is the end of both.
                    Err(RecvError::Closed) => {
                        time.as_mut().await;
                        return;
                    }
                },
            }
        }
    }
}

/// Goes on only with a credential that holds. With one that does not there is nothing to tell either:
/// the connection's own look at it closes the connection, with the code that says why.
#[expect(dead_code, reason = "the feed of notifications asks, which comes next")]
pub(super) async fn while_credential_holds(call: &Call) -> Result<()> {
    let held = auth::in_force(&call.store, &call.caller.principal, call.clock.now());
    match held.await? {
        Some(_) => Ok(()),
        None => pending().await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_goes_on_unless_something_is_gone() {
        let lost = Ok(Return::Lost);
        for (after, place, oldest, expected) in [
            (3, 3, Some(1), Ok(Return::After(3))),
            (0, 3, Some(1), Ok(Return::After(0))),
            (2, 3, Some(3), Ok(Return::After(2))),
            (1, 3, Some(3), lost.clone()),
            // Nothing is kept, though the stream went on.
            (3, 3, None, Ok(Return::After(3))),
            (2, 3, None, lost.clone()),
            (0, 0, None, Ok(Return::After(0))),
            (1, 10_001, Some(1), Ok(Return::After(1))),
            (0, 10_001, Some(1), lost),
            (4, 3, Some(1), Err(Refusal::invalid_cursor())),
            (-1, 3, Some(1), Err(Refusal::invalid_cursor())),
        ] {
            let found = Return::to(after, place, oldest);
            assert_eq!(found, expected, "{after} of {oldest:?} to {place}");
        }
    }
}
