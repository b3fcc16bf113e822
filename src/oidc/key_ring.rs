//! The keys of one issuer, held and fetched as `freshness` decides.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync;

use super::{
    Rejection,
    freshness::{Cause, Memory, Step},
    key_set::{KeySet, WantedKey},
    source::Source,
};
use crate::{clock::Clock, task, telemetry::chain};

/// The keys of one issuer.
#[derive(Debug)]
pub(super) struct KeyRing {
    source: Source,
    clock: Arc<dyn Clock>,
    memory: Mutex<Memory>,
    /// Held by whoever fetches.
    flight: Arc<sync::Mutex<()>>,
}

impl KeyRing {
    pub(super) fn new(source: Source, clock: Arc<dyn Clock>) -> Self {
        Self {
            source,
            clock,
            memory: Mutex::default(),
            flight: Arc::default(),
        }
    }

    /// Where they come from.
    pub(super) fn source(&self) -> &Source {
        &self.source
    }

    /// Keys among which the wanted one is.
    pub(super) async fn with(
        self: &Arc<Self>,
        wanted: &WantedKey<'_>,
    ) -> Result<Arc<KeySet>, Rejection> {
        if let Step::Fetch(_) = self.step(wanted) {
            let turn = Arc::clone(&self.flight).lock_owned().await;
            // Whoever had the turn before may have fetched what is wanted.
            if let Step::Fetch(cause) = self.step(wanted) {
                let ring = Arc::clone(self);
                // In a task of its own, so that a caller who goes away does not waste the turn.
                let fetch = task::spawn(async move {
                    ring.fetch(cause).await;
                    drop(turn);
                });
                fetch.await.map_err(|_| Rejection::NoKeys)?;
            }
        }
        match self.step(wanted) {
            Step::Use(keys) => Ok(keys),
            Step::Refuse(rejection) => Err(rejection),
            Step::Fetch(_) => Err(Rejection::Key),
        }
    }

    fn step(&self, wanted: &WantedKey<'_>) -> Step {
        let now = self.clock.now();
        self.memory().step(|keys| keys.has(wanted), now)
    }

    async fn fetch(&self, cause: Cause) {
        self.memory().asked(cause, self.clock.now());
        let fetched = self.source.fetch().await;
        let now = self.clock.now();
        match fetched {
            Ok(keys) => self.memory().received(keys, now),
            Err(fault) => {
                let (issuer, error) = (self.source.issuer(), chain(&fault));
                match self.memory().failed(now) {
                    true => tracing::warn!(
                        issuer, %error,
                        "the keys of an issuer could not be fetched; those at hand are used until they are a day old"
                    ),
                    false => tracing::error!(
                        issuer, %error,
                        "the keys of an issuer could not be fetched, and none are at hand: nobody can sign in through it"
                    ),
                }
            }
        }
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
