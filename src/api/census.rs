//! How many connections each caller has, and the word that all of them are to end.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::watch;

use super::principal::PrincipalId;

/// The connections of a server.
#[derive(Debug)]
pub(super) struct Sockets {
    counts: Mutex<HashMap<PrincipalId, usize>>,
    stop: watch::Sender<bool>,
}

/// A connection's place among those of its caller, given back when it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    sockets: Arc<Sockets>,
    caller: PrincipalId,
}

impl Sockets {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self {
            counts: Mutex::default(),
            stop: watch::Sender::new(false),
        })
    }

    /// A place for one more connection, unless the caller has as many as it may.
    pub(super) fn enter(self: &Arc<Self>, caller: PrincipalId, most: usize) -> Option<Place> {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(caller).or_default();
        if *count >= most {
            return None;
        }
        *count += 1;
        Some(Place {
            sockets: self.clone(),
            caller,
        })
    }

    /// Changes once the connections are to end.
    pub(super) fn stopping(&self) -> watch::Receiver<bool> {
        self.stop.subscribe()
    }

    /// Ends every connection.
    pub(super) fn stop(&self) {
        self.stop.send_replace(true);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self
            .sockets
            .counts
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.caller) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.caller);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::{ApiTokenId, UserId};

    #[test]
    fn a_caller_has_so_many_places_and_gets_them_back() {
        let sockets = Sockets::new();
        let one = PrincipalId::Token(ApiTokenId::mint());
        let other = PrincipalId::Person(UserId::mint());
        let first = sockets.enter(one, 2).expect("a first");
        let _second = sockets.enter(one, 2).expect("a second");
        assert!(sockets.enter(one, 2).is_none());
        assert!(sockets.enter(other, 2).is_some());
        drop(first);
        assert!(sockets.enter(one, 2).is_some());
    }
}
