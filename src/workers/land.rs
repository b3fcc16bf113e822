//! The end of an attempt, written once: a whole set or none.
//!
//! One transaction holds the set, its items, the completeness record, retention, the run, the
//! schedule, the audit entries, the notification and the event.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::{
    changes,
    compare::{self, Comparison},
    credentials,
    deps::Deps,
    read_kind::count,
    run_backup::Harvest,
    sets::{self, SetOf},
};
use crate::{
    domain::{
        actor::{Actor, Component},
        audit::Author,
        backup::{BackupSet, DeletionReason},
        canonical::Hash,
        change_notice::notice_of_changes,
        completeness::{self, KindResult},
        credential::Experience,
        failure::FailureCode,
        ids::BackupSetId,
        kind::PolicyKind,
        retention::expendable,
        run::{self, AfterInterruption, Interruption, Outcome, Run, Scope, Summary},
        schedule::Schedule,
    },
    store::{
        Db, Notices, StoreError, backups, items,
        leases::{self, Held},
        policies, references, run_kinds, runs, schedules, set_changes, storage_days, tenants,
    },
};

/// How an attempt came to its end.
#[derive(Debug)]
pub(super) enum Ending {
    /// It read what there was to read.
    Harvested(Box<Harvest>),
    /// It ended otherwise: cancelled, crashed, too long.
    Broken(Outcome),
    /// A fault of our own cut it short, which may not be there the next time.
    Interrupted(Interruption),
    /// Its server stops; another one takes it over.
    HandedBack,
}

/// What was written of an attempt.
#[derive(Debug)]
pub(super) enum Landed {
    /// The end of the run, which is as it stands now.
    Ended(Box<Run>),
    /// The attempt has failed, and the run waits for the next one.
    Waits {
        /// As it stands now.
        run: Box<Run>,
        /// What the attempt failed with; none where it was interrupted, which is told by itself.
        code: Option<FailureCode>,
    },
    /// The run is in the queue again, as if it had not been claimed.
    HandedBack,
    /// Nothing: the run is not ours any more.
    Lost,
}

/// Writes the ending of an attempt, unless the run was lost meanwhile.
pub(super) async fn land(
    deps: &Deps,
    run: &Run,
    ending: Arc<Ending>,
    jitter: f64,
) -> Result<Landed, StoreError> {
    let (tenant, run) = (run.tenant, run.clone());
    let landed = deps
        .store
        .write_telling(move |db, notices, now| write(db, &run, &ending, jitter, notices, now))
        .await?;
    deps.store.announce(tenant);
    Ok(landed)
}

fn write(
    db: &mut Db,
    run: &Run,
    ending: &Ending,
    jitter: f64,
    notices: &mut Notices,
    now: DateTime<Utc>,
) -> Result<Landed, StoreError> {
    tenants::lock(db, run.tenant)?;
    schedules::lock(db, run.schedule)?;
    if !leases::is_held(db, Held::of(run))? {
        return Ok(Landed::Lost);
    }
    // Read under the lock: somebody may have asked for the run to stop since it was claimed.
    let Some(run) = runs::find(db, run.tenant, run.id)? else {
        return Ok(Landed::Lost);
    };
    let cancelled = Ending::Broken(Outcome::Cancelled);
    let ending = match run.cancel_requested_at {
        // They were told that it will stop, so it stores nothing and goes back to no queue.
        Some(_) => &cancelled,
        None => ending,
    };
    let (after, code) = match ending {
        Ending::Harvested(harvest) => harvested(db, &run, harvest, jitter, notices, now)?,
        Ending::HandedBack => (run.clone().handed_back(now), None),
        Ending::Interrupted(by) => {
            match run::after_interruption((run.id, run.attempt), *by, jitter) {
                AfterInterruption::AnotherAttempt(wait) => {
                    (run.clone().attempted_again(now + wait), None)
                }
                AfterInterruption::Failed(failure) => {
                    return broken(db, &run, &Outcome::Failed(failure), notices, now);
                }
            }
        }
        Ending::Broken(outcome) => return broken(db, &run, outcome, notices, now),
    };
    changes::change(db, &run, &after, notices, now)?;
    let run = Box::new(after);
    Ok(match (ending, run.ended_at()) {
        (Ending::HandedBack, _) => Landed::HandedBack,
        (_, Some(_)) => Landed::Ended(run),
        (_, None) => Landed::Waits { run, code },
    })
}

fn broken(
    db: &mut Db,
    run: &Run,
    outcome: &Outcome,
    notices: &mut Notices,
    now: DateTime<Utc>,
) -> Result<Landed, StoreError> {
    let ended = changes::cut_short(db, run, outcome.clone(), notices, now)?;
    Ok(Landed::Ended(Box::new(ended)))
}

/// The run as it is after an attempt that read what there was to read, and what that failed with where
/// another one follows.
fn harvested(
    db: &mut Db,
    run: &Run,
    harvest: &Harvest,
    jitter: f64,
    notices: &mut Notices,
    now: DateTime<Utc>,
) -> Result<(Run, Option<FailureCode>), StoreError> {
    run_kinds::replace(db, run.id, &harvest.results)?;
    let experience = experience(&harvest.entry.experience, &harvest.results);
    credentials::note(db, run.tenant, harvest.entry.stored_at, &experience, now)?;
    let outcome = completeness::outcome(&harvest.results);
    let run = Run {
        progress: harvest.progress,
        ..run.clone()
    };
    if let Outcome::Failed(failure) = &outcome {
        if let Some(wait) = run::next_attempt_after(run.attempt, failure.code, jitter) {
            return Ok((run.attempted_again(now + wait), Some(failure.code)));
        }
        let summary = summary(harvest, Difference::default());
        return Ok((run.ended(outcome, Some(summary), now), None));
    }
    if outcome == Outcome::Succeeded {
        tenants::note_sync(db, run.tenant, now)?;
    }
    let (difference, comparison) = store_set(db, &run, harvest, now)?;
    if let Some(schedule) = schedules::find(db, run.tenant, run.schedule)? {
        let changed = &comparison.policies;
        notices.extend(notice_of_changes(&run, schedule.name.as_str(), changed));
        retain(db, &schedule, now)?;
        if outcome == Outcome::Succeeded {
            schedules::note_freshness(db, &schedule.backed_up(now))?;
        }
    }
    storage_days::note(db, run.tenant, now)?;
    let summary = summary(harvest, difference);
    Ok((run.ended(outcome, Some(summary), now), None))
}

/// What the whole attempt has shown of the credential: Graph may refuse what the token promised.
fn experience(at_entry: &Experience, results: &[KindResult]) -> Experience {
    let failures = || results.iter().filter_map(|result| result.failure.as_ref());
    let has = |code| failures().any(|failure| failure.code == code);
    match at_entry {
        Experience::Good if has(FailureCode::TokenExpired) => Experience::Refused,
        Experience::Lacking(_) if has(FailureCode::TokenExpired) => Experience::Refused,
        Experience::Good if has(FailureCode::PermissionMissing) => {
            let kinds = results.iter().filter(|result| {
                let failure = result.failure.as_ref();
                failure.is_some_and(|failure| failure.code == FailureCode::PermissionMissing)
            });
            credentials::lacking(kinds.map(|result| &result.kind))
        }
        Experience::Absent
        | Experience::Unclear
        | Experience::Refused
        | Experience::Accepted
        | Experience::Good
        | Experience::Lacking(_) => at_entry.clone(),
    }
}

/// Counts of how a set differs from the schedule's sets before it.
#[derive(Clone, Copy, Debug, Default)]
struct Difference {
    /// What is new included; in a first set that is everything.
    changed: u32,
    removed: u32,
}

impl Difference {
    fn of(set: &BackupSet, comparison: &Comparison) -> Self {
        let kinds = || comparison.kinds.iter().filter(|kind| kind.base.is_some());
        if kinds().next().is_none() {
            return Self {
                changed: set.item_count,
                removed: 0,
            };
        }
        let sum = |counts: &mut dyn Iterator<Item = u32>| counts.fold(0, u32::saturating_add);
        Self {
            changed: sum(&mut kinds().flat_map(|kind| [kind.added, kind.changed])),
            removed: sum(&mut kinds().map(|kind| kind.removed)),
        }
    }
}

fn store_set(
    db: &mut Db,
    run: &Run,
    harvest: &Harvest,
    now: DateTime<Utc>,
) -> Result<(Difference, Comparison), StoreError> {
    let kinds_where = |is: fn(&KindResult) -> bool| -> Vec<PolicyKind> {
        harvest
            .results
            .iter()
            .filter(|result| is(result))
            .map(|result| result.kind)
            .collect()
    };
    let set = BackupSet {
        id: BackupSetId::mint(),
        tenant: run.tenant,
        schedule: run.schedule,
        run: run.id,
        created_at: now,
        is_complete: !harvest.results.iter().any(KindResult::is_missing),
        scope: Scope {
            kinds: kinds_where(KindResult::is_whole),
            ..run.scope.clone()
        },
        missing_kinds: kinds_where(KindResult::is_missing),
        item_count: count(harvest.items.len()),
        payload_bytes: harvest.items.iter().map(|item| item.payload_bytes).sum(),
        content_hash: Hash::of_all(harvest.items.iter().map(|item| item.content_hash)),
        deletion: None,
        verified_at: None,
        damaged_items: 0,
    };
    let comparison = compare::compare(
        db,
        (&set, &run.scope.kinds),
        &harvest.items,
        &harvest.removals,
    )?;
    backups::insert(db, &set)?;
    items::insert(db, run.tenant, set.id, &harvest.items)?;
    set_changes::insert(db, run.tenant, set.id, &comparison.kinds)?;
    set_changes::insert_removals(db, run.tenant, set.id, &harvest.removals)?;
    references::learn(db, run.tenant, &harvest.lessons, now)?;
    policies::note_latest(db, run.tenant, set.id)?;
    Ok((Difference::of(&set, &comparison), comparison))
}

/// Deletes the sets beyond the schedule's retention.
fn retain(db: &mut Db, schedule: &Schedule, now: DateTime<Utc>) -> Result<(), StoreError> {
    let kept = backups::kept(db, schedule.id)?;
    let author = Author::from(Actor::System(Component::Retention));
    for set in expendable(&kept, schedule.keep_last, now) {
        let of = SetOf {
            tenant: schedule.tenant,
            set,
            schedule: schedule.name.to_string(),
        };
        sets::delete(db, &of, DeletionReason::Retention, &author, now)?;
    }
    Ok(())
}

fn summary(harvest: &Harvest, difference: Difference) -> Summary {
    let sum =
        |of: fn(&KindResult) -> u32| harvest.results.iter().map(of).fold(0, u32::saturating_add);
    Summary {
        listed: sum(|result| result.listed.unwrap_or(0)),
        items: sum(|result| result.items),
        changed: difference.changed,
        removed: difference.removed,
        failed: sum(|result| result.failed),
        payload_bytes: harvest
            .results
            .iter()
            .map(|result| result.payload_bytes)
            .sum(),
        requests: harvest.progress.calls.requests,
        throttled: harvest.progress.calls.throttled,
    }
}
