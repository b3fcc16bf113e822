//! How soon a server is ready: the first time, when the database is made, and from then on.

use std::time::Duration;

use crate::support::program::Place;

/// Starts on a database that is there.
const TIMES: usize = 9;

/// How long it took.
pub(crate) struct Starts {
    /// On a directory that is not there.
    pub(crate) first: Duration,
    /// On a database that is there, sorted.
    later: Vec<Duration>,
}

impl Starts {
    pub(crate) fn median(&self) -> Duration {
        self.later[TIMES / 2]
    }
}

pub(crate) async fn show() {
    let starts = measure().await;
    println!(
        "the first start, with the database to make: {:.0?}",
        starts.first
    );
    println!(
        "later starts: {:.0?} at the median of {TIMES}, {:.0?} to {:.0?}",
        starts.median(),
        starts.later[0],
        starts.later[TIMES - 1]
    );
}

pub(crate) async fn measure() -> Starts {
    // Nothing asks Graph.
    let place = Place::new("http://127.0.0.1:9", "");
    let first = place.serve().await.ready_after;
    let mut later = Vec::new();
    for _ in 0..TIMES {
        later.push(place.serve().await.ready_after);
    }
    later.sort_unstable();
    Starts { first, later }
}
