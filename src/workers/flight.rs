//! One claimed run from take-off to landing, in a task of its own.
//!
//! Beside the attempt two things are watched: the lease, which is renewed and whose loss stops
//! everything, and the wishes of people and of the server itself that the run stop; see `hold`.

use std::{error::Error, sync::Arc, time::Duration};

use chrono::SecondsFormat;
use rand::Rng;
use tokio::{sync::watch, task::JoinError};
use tracing::{Instrument, Level, Span};

use super::{
    WorkerSettings,
    attempt_error::AttemptError,
    claims::Claimed,
    deps::Deps,
    hold::{Hold, Stop, Watched},
    land::{Ending, Landed, land},
    measures::Loss,
    run_backup::{Harvest, run_backup},
};
use crate::{
    domain::{
        failure::{Failure, FailureCode},
        global_id::GlobalId,
        run::{Interruption, Outcome, Run, RunState},
    },
    store::StoreError,
    task,
    telemetry::{chain, tenths},
};

/// Carries a claimed run out and writes its ending.
pub(super) async fn fly(
    deps: Deps,
    settings: WorkerSettings,
    claimed: Claimed,
    mut stop: watch::Receiver<Stop>,
) {
    let Claimed { run, at, .. } = claimed;
    tracing::info!(
        run.id = %run.id.to_global(), tenant.id = %run.tenant.to_global(),
        schedule.id = %run.schedule.to_global(), trigger = %run.trigger.kind(),
        attempt = run.attempt, kinds = run.scope.kinds.len(), "a run begins"
    );
    let began = deps.clock.elapsed();
    let mut hold = Hold::of(&run, at, &deps, &settings);
    let Some(ending) = attempt(&deps, &settings, &run, &mut hold, &mut stop).await else {
        tracing::warn!(run.id = %run.id.to_global(), tenant.id = %run.tenant.to_global(), "a run is in other hands; its work is discarded");
        return;
    };
    let longest_pause = LONGEST_PAUSE.min(settings.beat);
    match land_or_fail(&deps, &run, ending, &mut hold, longest_pause).await {
        Ok(Landed::Ended(after)) => {
            tell_end(&after, deps.clock.elapsed().saturating_sub(began));
        }
        Ok(Landed::Waits { run: after, code }) => tell_wait(run.attempt, &after, code),
        Ok(Landed::HandedBack) => {
            tracing::info!(run.id = %run.id.to_global(), tenant.id = %run.tenant.to_global(), attempt = run.attempt, "a run was handed back to the queue, because this server stops");
        }
        Ok(Landed::Lost) => {
            deps.measures.lost(Loss::Ended);
            tracing::warn!(run.id = %run.id.to_global(), tenant.id = %run.tenant.to_global(), "a run had ended, in other hands or with a landing whose answer was lost; nothing more is written of it");
        }
        // Its lease will end, and the run with it.
        Err(error) => {
            tracing::error!(run.id = %run.id.to_global(), tenant.id = %run.tenant.to_global(), error = %chain(&error), "the end of a run could not be written");
        }
    }
}

/// The span of all that is done for a run in one go, from its claim to its landing.
pub(super) fn span_of(run: &Run) -> Span {
    tracing::info_span!(
        parent: None,
        "run",
        run.id = %run.id.to_global(),
        tenant.id = %run.tenant.to_global(),
    )
}

/// Tells that the attempt `made` has failed, what with (what interrupted it was told), and when the next
/// one may begin.
fn tell_wait(made: u8, after: &Run, code: Option<FailureCode>) {
    let next = match &after.state {
        RunState::Queued { not_before } => *not_before,
        RunState::Running { .. } | RunState::Ended { .. } => None,
    };
    tracing::info!(
        run.id = %after.id.to_global(), tenant.id = %after.tenant.to_global(),
        code = code.map(FailureCode::as_str),
        attempt = made,
        next_attempt_at = next.map(|at| at.to_rfc3339_opts(SecondsFormat::Secs, true)),
        requests = after.progress.calls.requests,
        throttled = after.progress.calls.throttled,
        "a run waits for its next attempt"
    );
}

/// Tells how a run has ended; where that is not as it should be, as a warning.
fn tell_end(run: &Run, lasted: Duration) {
    let failure = match &run.state {
        RunState::Ended { outcome, .. } => outcome.failure(),
        RunState::Queued { .. } | RunState::Running { .. } => None,
    };
    let summary = run.summary.as_ref();
    // The level of a line is a constant where it is told.
    macro_rules! tell {
        ($level:expr) => {
            tracing::event!(
                $level,
                run.id = %run.id.to_global(), tenant.id = %run.tenant.to_global(),
                outcome = %run.state.status(),
                code = failure.map(|failure| failure.code.as_str()),
                attempt = run.attempt,
                listed = summary.map(|it| it.listed),
                stored = summary.map(|it| it.items),
                changed = summary.map(|it| it.changed),
                removed = summary.map(|it| it.removed),
                failed = summary.map(|it| it.failed),
                requests = run.progress.calls.requests,
                throttled = run.progress.calls.throttled,
                seconds = tenths(lasted),
                "a run has ended"
            )
        };
    }
    match failure {
        Some(_) => tell!(Level::WARN),
        None => tell!(Level::INFO),
    }
}

/// Makes one attempt under the hold. None when the run went into other hands meanwhile.
async fn attempt(
    deps: &Deps,
    settings: &WorkerSettings,
    run: &Run,
    hold: &mut Hold,
    stop: &mut watch::Receiver<Stop>,
) -> Option<Ending> {
    let (task_deps, task_run, reads) = (deps.clone(), run.clone(), settings.reads);
    // A task of its own: a panic in there is an outcome.
    let span = tracing::debug_span!(
        "attempt",
        run.id = %run.id.to_global(), tenant.id = %run.tenant.to_global(), attempt = run.attempt,
    );
    let attempt = async move { run_backup(&task_deps, &task_run, reads).await };
    let mut attempt = task::spawn_local(attempt.instrument(span));
    let watched = tokio::select! {
        joined = &mut attempt => match ending_of(run, joined) {
            Some(ending) => return Some(ending),
            None => Watched::Taken,
        },
        watched = hold.watch(settings.longest_run, stop) => watched,
    };
    attempt.abort();
    match watched {
        Watched::Cancelled => Some(Ending::Broken(Outcome::Cancelled)),
        Watched::HandedBack => Some(Ending::HandedBack),
        Watched::TooLong => Some(Ending::Broken(Outcome::Failed(too_long(settings)))),
        Watched::Silent => {
            deps.measures.lost(Loss::Silent);
            tracing::warn!(run.id = %run.id.to_global(), tenant.id = %run.tenant.to_global(), "a lease has ended without an answer of the database; the attempt is given up");
            Some(Ending::Interrupted(Interruption::Away))
        }
        Watched::Taken => {
            deps.measures.lost(Loss::Taken);
            None
        }
    }
}

/// How long an ending is kept for a database that does not take it.
const LANDING_PATIENCE: Duration = Duration::from_secs(5 * 60);

/// The waits between the tries to write an ending: each twice as long as the one before. No longer than a beat, so
/// that whoever lives has written soon after the database is back.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// Tries to write an ending that the database refuses for reasons of its own: it may be a passing one, and
/// may be the ending itself.
const UNCLEAR_TRIES: u8 = 4;

/// Writes the ending, as often as it takes while the database is away: the claim says each time whether
/// the run is still ours. What cannot be stored is a failure of the run, not a worker that is lost.
async fn land_or_fail(
    deps: &Deps,
    run: &Run,
    ending: Ending,
    hold: &mut Hold,
    longest_pause: Duration,
) -> Result<Landed, StoreError> {
    let (mut ending, jitter) = (Arc::new(ending), rand::rng().random_range(0.0..1.0));
    let (began, mut pause) = (deps.clock.elapsed(), FIRST_PAUSE.min(longest_pause));
    let mut was_told = false;
    let mut unclear = 0;
    let mut may_pass = |error: &StoreError, spent| match interruption(error) {
        Some(Interruption::Away) => spent <= LANDING_PATIENCE,
        Some(Interruption::Unclear) => {
            unclear += 1;
            unclear < UNCLEAR_TRIES
        }
        None => false,
    };
    loop {
        let landing = land(deps, run, Arc::clone(&ending), jitter);
        let spent = |now: Duration| now.saturating_sub(began) + pause;
        match hold.kept_during(landing).await {
            Err(error) if may_pass(&error, spent(deps.clock.elapsed())) => {
                if !std::mem::replace(&mut was_told, true) {
                    let error = untold(&error);
                    tracing::warn!(run.id = %run.id.to_global(), tenant.id = %run.tenant.to_global(), error, "the end of a run cannot be written yet; it is tried again");
                }
                hold.kept_during(deps.clock.sleep(pause)).await;
                pause = (pause * 2).min(longest_pause);
            }
            Err(error) if matches!(*ending, Ending::Harvested(_)) => {
                ending = Arc::new(broken(run, &error, "The backup set could not be stored"));
            }
            landed => return landed,
        }
    }
}

/// What a fault is that may not be there the next time.
fn interruption(error: &StoreError) -> Option<Interruption> {
    if error.is_away() || error.trouble().is_some() {
        return Some(Interruption::Away);
    }
    error.is_passing().then_some(Interruption::Unclear)
}

/// What is to be told of a fault, unless the store has told it: it tells once of a database that is away.
fn untold(error: &StoreError) -> Option<String> {
    (!error.is_told()).then(|| chain(error).to_string())
}

/// The ending of a run that a fault on our side ended.
fn broken(run: &Run, error: &dyn Error, what: &str) -> Ending {
    let reference = run.id.to_global();
    tracing::error!(run.id = %run.id.to_global(), tenant.id = %run.tenant.to_global(), error = %chain(error), "a run failed");
    Ending::Broken(Outcome::Failed(Failure {
        code: FailureCode::Unknown,
        message: format!(
            "{what}. The server's log has more under this run's reference {reference}."
        ),
    }))
}

/// How an attempt came to its end; none when it found its run in other hands.
fn ending_of(
    run: &Run,
    joined: Result<Result<Harvest, AttemptError>, JoinError>,
) -> Option<Ending> {
    let ending = match joined {
        Ok(Ok(harvest)) => Ending::Harvested(Box::new(harvest)),
        Ok(Err(error)) => match &error {
            AttemptError::Lost => return None,
            AttemptError::Store(fault) if let Some(by) = interruption(fault) => {
                let error = untold(fault);
                tracing::warn!(run.id = %run.id.to_global(), tenant.id = %run.tenant.to_global(), error, "an attempt was interrupted");
                Ending::Interrupted(by)
            }
            AttemptError::Store(_) | AttemptError::Vault(_) | AttemptError::Secret => {
                broken(run, &error, &error.to_string())
            }
        },
        Err(error) => {
            let what = "The run crashed, which is a defect of the service";
            broken(run, &error, what)
        }
    };
    Some(ending)
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
