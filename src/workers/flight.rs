//! One claimed run from take-off to landing, in a task of its own.
//!
//! Beside the attempt two things are watched: the lease, which is renewed and whose loss stops
//! everything, and the wishes of people and of the server itself that the run stop.

use std::{error::Error, sync::Arc, time::Duration};

use rand::Rng;
use tokio::{sync::watch, task::JoinError};

use super::{
    WorkerSettings,
    attempt_error::AttemptError,
    deps::Deps,
    dispatch::length,
    land::{Ending, Landed, land},
    run_backup::{Harvest, run_backup},
};
use crate::{
    domain::{
        failure::{Failure, FailureCode},
        run::{Outcome, Run},
    },
    store::{
        StoreError,
        leases::{self, Held, Wish},
    },
    telemetry::chain,
};

/// Why a run in flight has to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// It does not.
    GoOn,
    /// Somebody cancelled it.
    Cancel,
    /// The server stops.
    HandBack,
}

/// How the watch over a run ended it.
enum Watched {
    Cancelled,
    HandedBack,
    TooLong,
    LeaseLost,
}

/// Carries a claimed run out and writes its ending.
pub(super) async fn fly(
    deps: Deps,
    settings: WorkerSettings,
    run: Run,
    stop: watch::Receiver<Stop>,
) {
    let ending = {
        let (task_deps, task_run, reads) = (deps.clone(), run.clone(), settings.reads);
        // A task of its own: a panic in there is an outcome.
        let mut attempt =
            actix_rt::spawn(async move { run_backup(&task_deps, &task_run, reads).await });
        tokio::select! {
            joined = &mut attempt => ending_of(&run, joined),
            watched = watch_over(&deps, &settings, &run, stop) => {
                attempt.abort();
                match watched {
                    Watched::Cancelled => Ending::Broken(Outcome::Cancelled),
                    Watched::HandedBack => Ending::HandedBack,
                    Watched::TooLong => Ending::Broken(Outcome::Failed(too_long(&settings))),
                    Watched::LeaseLost => {
                        tracing::warn!(run.id = %run.id, tenant.id = %run.tenant, "run {} is in other hands; its work is discarded", run.id);
                        return;
                    }
                }
            }
        }
    };
    let jitter = rand::rng().random_range(0.0..1.0);
    match land_or_fail(&deps, &run, ending, jitter).await {
        Ok(Landed::Written) => {}
        Ok(Landed::Lost) => {
            tracing::warn!(run.id = %run.id, tenant.id = %run.tenant, "run {} ended in other hands; its work is discarded", run.id);
        }
        // Its lease will end, and the run with it.
        Err(error) => {
            tracing::error!(run.id = %run.id, tenant.id = %run.tenant, error = %chain(&error), "the end of run {} could not be written", run.id);
        }
    }
}

/// Tries to write an ending, and the waits between them: well inside a lease.
const LANDINGS: u32 = 4;
const BETWEEN_LANDINGS: Duration = Duration::from_secs(2);

/// Writes the ending. What cannot be stored is a failure of the run, not a worker that is lost; a
/// database that is away for a moment is neither.
async fn land_or_fail(
    deps: &Deps,
    run: &Run,
    ending: Ending,
    jitter: f64,
) -> Result<Landed, StoreError> {
    let (ending, mut tries) = (Arc::new(ending), 1);
    loop {
        match land(deps, run, Arc::clone(&ending), jitter).await {
            Err(error) if error.is_passing() && tries < LANDINGS => {
                tracing::warn!(run.id = %run.id, error = %chain(&error), "the end of run {} is written again in a moment", run.id);
                deps.clock.sleep(BETWEEN_LANDINGS).await;
                tries += 1;
            }
            Err(error) if matches!(*ending, Ending::Harvested(_)) => {
                let broken = broken(run, &error, "The backup set could not be stored");
                return land(deps, run, Arc::new(broken), jitter).await;
            }
            landed => return landed,
        }
    }
}

/// The ending of a run that a fault on our side ended.
fn broken(run: &Run, error: &dyn Error, what: &str) -> Ending {
    let reference = run.id;
    tracing::error!(run.id = %run.id, tenant.id = %run.tenant, error = %chain(error), "run {reference} failed");
    Ending::Broken(Outcome::Failed(Failure {
        code: FailureCode::Unknown,
        message: format!(
            "{what}. The server's log has more under this run's reference {reference}."
        ),
    }))
}

fn ending_of(run: &Run, joined: Result<Result<Harvest, AttemptError>, JoinError>) -> Ending {
    match joined {
        Ok(Ok(harvest)) => Ending::Harvested(Box::new(harvest)),
        Ok(Err(error)) => broken(run, &error, &error.to_string()),
        Err(error) => {
            let what = "The run crashed, which is a defect of the service";
            broken(run, &error, what)
        }
    }
}

fn too_long(settings: &WorkerSettings) -> Failure {
    Failure {
        code: FailureCode::Unknown,
        message: format!(
            "The run took longer than {} minutes and was stopped. Back up fewer kinds in one schedule, or \
             raise the longest time of a run in the server's settings.",
            settings.longest_run.as_secs() / 60
        ),
    }
}

/// Renews the lease and looks for wishes until one ends the run.
async fn watch_over(
    deps: &Deps,
    settings: &WorkerSettings,
    run: &Run,
    mut stop: watch::Receiver<Stop>,
) -> Watched {
    let deadline = deps.clock.now() + length(settings.longest_run);
    let held = Held::of(run);
    let mut renewed_at = deps.clock.now();
    loop {
        tokio::select! {
            asked = stop.wait_for(|stop| *stop != Stop::GoOn) => match asked.map(|stop| *stop) {
                Ok(Stop::HandBack) | Err(_) => return Watched::HandedBack,
                Ok(Stop::Cancel | Stop::GoOn) => return Watched::Cancelled,
            },
            () = deps.clock.sleep(settings.cancel_poll) => {}
        }
        let now = deps.clock.now();
        if now >= deadline {
            return Watched::TooLong;
        }
        let beat = now - renewed_at >= length(settings.beat);
        match look(deps, settings, held, beat).await {
            Ok(Some(Wish::GoOn)) if beat => renewed_at = now,
            Ok(Some(Wish::GoOn)) => {}
            Ok(Some(Wish::Stop)) => return Watched::Cancelled,
            Ok(None) => return Watched::LeaseLost,
            // While the database does not answer the lease runs on; past its end the run is not ours.
            Err(error) => {
                tracing::warn!(run.id = %run.id, error = %chain(&error), "the lease of run {} could not be looked at", run.id);
                if now - renewed_at >= length(settings.lease) {
                    return Watched::LeaseLost;
                }
            }
        }
    }
}

async fn look(
    deps: &Deps,
    settings: &WorkerSettings,
    held: Held,
    beat: bool,
) -> Result<Option<Wish>, StoreError> {
    if !beat {
        return deps.store.read(move |db| leases::wish(db, held)).await;
    }
    let lease = length(settings.lease);
    deps.store
        .write(move |db, now| leases::renew(db, held, now + lease))
        .await
}
