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

/// Between two writings of progress, at the least.
const PACE: Duration = Duration::from_secs(1);

/// The same, in lengths of the writing before: the reading waits for it, and no renewal of the lease succeeds
/// meanwhile.
const PACE_IN_WRITINGS: u32 = 8;

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
    /// When it may be written again, in steady time.
    write_next_at: Option<Duration>,
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
            write_next_at: None,
        }
    }

    /// From now on counts what is asked for through a door and all that share its link.
    pub(super) fn count_calls_of(&mut self, door: &TenantGraph) {
        self.door = Some(door.clone());
    }

    /// Notes how far the run is; written when its phase is new, and else once a second where that takes no time.
    pub(super) async fn note(&mut self, phase: Phase, processed: u32, total: Option<u32>) {
        let (now, elapsed) = (self.deps.clock.now(), self.deps.clock.elapsed());
        let calls = self.door.as_ref().map(TenantGraph::all_calls);
        self.progress.calls = self.before + calls.unwrap_or_default();
        let is_new = phase != self.progress.phase;
        let is_old = self.write_next_at.is_none_or(|at| elapsed >= at);
        self.progress = self.progress.advanced(phase, processed, total, now);
        if is_new || is_old {
            let (held, progress) = (self.held, self.progress);
            self.tell(move |db| leases::note_progress(db, held, &progress).map(drop))
                .await;
            let written_at = self.deps.clock.elapsed();
            let took = written_at.saturating_sub(elapsed);
            self.write_next_at = Some(written_at + PACE.max(took * PACE_IN_WRITINGS));
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
