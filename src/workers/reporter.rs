//! Tells how far a run is: to the database, and to whoever listens.

use std::time::Duration;

use super::deps::Deps;
use crate::{
    domain::{
        completeness::KindResult,
        global_id::GlobalId,
        ids::TenantId,
        run::{Calls, Phase, Progress, Run},
    },
    graph::TenantGraph,
    store::{
        Db, StoreError,
        leases::{self, Held},
        run_kinds,
    },
    telemetry::chain,
};

/// Progress is written at most this often.
const PACE: Duration = Duration::from_secs(1);

/// The progress of one run under one claim.
#[derive(Debug)]
pub(super) struct Reporter {
    deps: Deps,
    held: Held,
    tenant: TenantId,
    progress: Progress,
    /// What earlier attempts asked for.
    before: Calls,
    door: Option<TenantGraph>,
    /// When that was last, in steady time.
    written_at: Option<Duration>,
}

impl Reporter {
    pub(super) fn new(deps: Deps, run: &Run) -> Self {
        Self {
            deps,
            held: Held::of(run),
            tenant: run.tenant,
            progress: run.progress,
            before: run.progress.calls,
            door: None,
            written_at: None,
        }
    }

    /// From now on counts what is asked for through a door and all that share its link.
    pub(super) fn count_calls_of(&mut self, door: &TenantGraph) {
        self.door = Some(door.clone());
    }

    /// Notes how far the run is; written when its phase is new or the last writing is a second old.
    pub(super) async fn note(&mut self, phase: Phase, processed: u32, total: Option<u32>) {
        let (now, elapsed) = (self.deps.clock.now(), self.deps.clock.elapsed());
        let calls = self.door.as_ref().map(TenantGraph::all_calls);
        self.progress.calls = self.before + calls.unwrap_or_default();
        let is_new = phase != self.progress.phase;
        let written = self.written_at;
        let is_old = written.is_none_or(|at| elapsed.saturating_sub(at) >= PACE);
        self.progress = self.progress.advanced(phase, processed, total, now);
        if is_new || is_old {
            self.written_at = Some(elapsed);
            let (held, progress) = (self.held, self.progress);
            self.tell(move |db| leases::note_progress(db, held, &progress).map(drop))
                .await;
        }
    }

    /// Writes the completeness record as it stands, unless the run is lost.
    pub(super) async fn record(&self, results: Vec<KindResult>) {
        let held = self.held;
        self.tell(move |db| match leases::is_held(db, held)? {
            true => run_kinds::replace(db, held.run, &results),
            false => Ok(()),
        })
        .await;
    }

    /// Writes what people look at meanwhile. The run does not depend on it: a failure is logged.
    async fn tell(&self, what: impl FnOnce(&mut Db) -> Result<(), StoreError> + Send + 'static) {
        match self.deps.store.write(move |db, _| what(db)).await {
            Ok(()) => self.deps.store.announce(self.tenant),
            // It is written every second, and the store tells of a database that is away or full.
            Err(error) if error.is_told() => {
                tracing::debug!(run.id = %self.held.run.to_global(), error = %chain(&error), "progress could not be written");
            }
            Err(error) => {
                tracing::warn!(run.id = %self.held.run.to_global(), error = %chain(&error), "progress could not be written");
            }
        }
    }

    /// The progress last noted.
    pub(super) fn progress(&self) -> Progress {
        self.progress
    }
}
