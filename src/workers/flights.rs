//! The runs that are in flight on this server, as this server knows without asking.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::domain::ids::RunId;

/// The runs in flight. Clones share them.
#[derive(Clone, Debug, Default)]
pub(super) struct Flights(Arc<Mutex<HashSet<RunId>>>);

impl Flights {
    /// Notes that a run flies, until what is returned is dropped.
    pub(super) fn board(&self, run: RunId) -> Aboard {
        self.lock().insert(run);
        Aboard {
            flights: self.clone(),
            run,
        }
    }

    /// Whether a run is in flight here.
    pub(super) fn has(&self, run: RunId) -> bool {
        self.lock().contains(&run)
    }

    /// Every run in flight.
    pub(super) fn all(&self) -> Vec<RunId> {
        self.lock().iter().copied().collect()
    }

    fn lock(&self) -> MutexGuard<'_, HashSet<RunId>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The place of one run among those in flight; it goes however the flight ends.
#[derive(Debug)]
pub(super) struct Aboard {
    flights: Flights,
    run: RunId,
}

impl Drop for Aboard {
    fn drop(&mut self) {
        self.flights.lock().remove(&self.run);
    }
}
