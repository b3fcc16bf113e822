//! A watch over every stream that somebody follows on this server.
//!
//! An announcement, of this process or by way of hints of another server, is a reason to look at once.
//! What nobody announced is seen by the counters of the streams, which are read each second: all of
//! them at once, however many follow.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use actix_rt::task::JoinHandle;
use tokio::{
    sync::{broadcast::error::RecvError, watch},
    time::{MissedTickBehavior, interval},
};

use crate::{
    store::{
        Store, StoreError,
        streams::{self, Stream},
    },
    task,
    telemetry::chain,
};

/// What is known of a stream. A change is a reason to look at it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Mark {
    position: i64,
    announcements: u64,
}

type Watched = Arc<Mutex<HashMap<Stream, watch::Sender<Mark>>>>;

/// The watch. It ends when it is dropped.
pub(super) struct Watch {
    watched: Watched,
    task: JoinHandle<()>,
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Watch {
    pub(super) fn start(store: Store, poll: Duration) -> Arc<Self> {
        let watched = Watched::default();
        let task = task::spawn_local(keep(store, watched.clone(), poll));
        Arc::new(Self { watched, task })
    }

    /// What is known of a stream, from now on.
    pub(super) fn over(&self, stream: Stream) -> watch::Receiver<Mark> {
        let mut watched = locked(&self.watched);
        let marks = watched.entry(stream);
        let marks = marks.or_insert_with(|| watch::Sender::new(Mark::default()));
        marks.subscribe()
    }
}

fn locked(watched: &Watched) -> MutexGuard<'_, HashMap<Stream, watch::Sender<Mark>>> {
    watched.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn keep(store: Store, watched: Watched, poll: Duration) {
    let mut announcements = store.announcements();
    let mut ticks = interval(poll);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut is_troubled = false;
    loop {
        tokio::select! {
            announced = announcements.recv() => match announced {
                Ok(moved) => nudge(&watched, |stream| stream == moved.stream),
                Err(RecvError::Lagged(_)) => nudge(&watched, |_| true),
                // The store lives as long as this task, so this is the end of both.
                Err(RecvError::Closed) => return,
            },
            _ = ticks.tick() => match look(&store, &watched).await {
                Ok(()) => is_troubled = false,
                Err(error) => {
                    if !is_troubled && !error.is_told() {
                        tracing::warn!(error = %chain(&error), "the streams of events could not be read; trying again");
                        is_troubled = true;
                    }
                }
            },
        }
    }
}

fn nudge(watched: &Watched, is_meant: impl Fn(Stream) -> bool) {
    for (stream, marks) in &*locked(watched) {
        if is_meant(*stream) {
            marks.send_modify(|mark| mark.announcements = mark.announcements.wrapping_add(1));
        }
    }
}

/// Reads where the streams are, and forgets those that nobody follows any more.
async fn look(store: &Store, watched: &Watched) -> Result<(), StoreError> {
    let followed: Vec<Stream> = {
        let mut watched = locked(watched);
        watched.retain(|_, marks| marks.receiver_count() > 0);
        watched.keys().copied().collect()
    };
    if followed.is_empty() {
        return Ok(());
    }
    let read = store.read(move |db| streams::positions(db, &followed));
    let positions: Vec<(Stream, i64)> = read.await?;
    let watched = locked(watched);
    for (stream, position) in positions {
        if let Some(marks) = watched.get(&stream) {
            marks.send_if_modified(|mark| {
                let has_moved = mark.position != position;
                mark.position = position;
                has_moved
            });
        }
    }
    Ok(())
}
