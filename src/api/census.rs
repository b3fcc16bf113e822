//! How many connections each caller has, how many of each network wait to say who they are, and the
//! word that all of them are to end.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::watch;

use super::principal::PrincipalId;
use crate::domain::ids::TenantId;

/// Whose connections are counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Holder {
    /// A caller's.
    Caller(PrincipalId),
    /// Those that have to do with a tenant, whoever the callers are.
    Tenant(TenantId),
    /// Those of a network that have not said yet who they are.
    Stranger(IpAddr),
}

/// The connections of a server.
#[derive(Debug)]
pub(super) struct Sockets {
    counts: Mutex<HashMap<Holder, usize>>,
    stop: watch::Sender<bool>,
}

/// A connection's place among those of its holder, given back when it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    sockets: Arc<Sockets>,
    holder: Holder,
}

impl Sockets {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self {
            counts: Mutex::default(),
            stop: watch::Sender::new(false),
        })
    }

    /// A place for one more connection, unless the holder has as many as it may.
    pub(super) fn enter(self: &Arc<Self>, holder: Holder, most: usize) -> Option<Place> {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(holder).or_default();
        if *count >= most {
            return None;
        }
        *count += 1;
        Some(Place {
            sockets: self.clone(),
            holder,
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
        if let Some(count) = counts.get_mut(&self.holder) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.holder);
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
        let one = Holder::Caller(PrincipalId::Token(ApiTokenId::mint()));
        let other = Holder::Caller(PrincipalId::Person(UserId::mint()));
        let first = sockets.enter(one, 2).expect("a first");
        let _second = sockets.enter(one, 2).expect("a second");
        assert!(sockets.enter(one, 2).is_none());
        assert!(sockets.enter(other, 2).is_some());
        drop(first);
        assert!(sockets.enter(one, 2).is_some());
    }
}
