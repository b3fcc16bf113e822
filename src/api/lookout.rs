//! How a feed follows a stream of events in the tables: where it begins, and when it looks for more.

use std::time::Duration;

use tokio::{
    sync::watch,
    time::{Instant, sleep_until},
};

use super::{
    error::{Refusal, Result},
    watch::{Mark, Watch},
};
use crate::store::streams::Stream;

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
    marks: watch::Receiver<Mark>,
    next_look: Instant,
}

impl Lookout {
    /// Over a stream, from now on; the first look is due at once.
    pub(super) fn over(watch: &Watch, stream: impl Into<Stream>) -> Self {
        Self {
            marks: watch.over(stream.into()),
            next_look: Instant::now(),
        }
    }

    /// Everything was seen: the next look is due when the stream has moved, or after so long for the
    /// sake of what moves no stream.
    pub(super) fn rest(&mut self, most: Duration) {
        self.next_look = Instant::now() + most;
    }

    /// Waits until it is time to look. Until everything is seen, it always is.
    pub(super) async fn wait(&mut self) {
        tokio::select! {
            () = sleep_until(self.next_look) => {}
            // The watch is kept as long as the server, so it ends with everything else.
            Ok(()) = self.marks.changed() => {}
        }
        self.next_look = Instant::now();
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
