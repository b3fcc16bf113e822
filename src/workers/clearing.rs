//! What deleted sets leave behind goes: the sets themselves after their time, then what nothing refers to
//! any more. In small steps, each of which can be the last for a while.

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};

use super::{dispatch::length, housekeeping::Round, sets, settings::KeepSettings};
use crate::{
    domain::{
        backup::PURGE_AFTER,
        canonical::Hash,
        capture,
        ids::{BackupSetId, TenantId},
        pass::{Pass, Reached},
        proof::Found,
    },
    store::{
        Db, StoreError, contents, housekeeping,
        passes::{self, Purpose, Stretch},
        purge, storage_days, tenants, unused,
    },
    telemetry::chain,
};

/// Sets that are looked up at once.
const SETS: i64 = 50;

/// Items or contents of one transaction: each is in several indexes, and has to be looked for in others.
const ROWS: usize = 200;

/// Between the beginnings of two passes over all contents.
const BETWEEN: TimeDelta = TimeDelta::days(1);

/// Contents that name sealed values, read at once.
const INDEXES: usize = 50;

/// Pages of an embedded database that are given back in one transaction: 1 MiB.
const PAGES: u32 = 256;

/// Steps that find nothing to do, after which the pass is written down all the same.
const QUIET_STEPS: u32 = 50;

/// Removes what deleted sets leave behind, unless it is stopped or another server is at it. Each part does
/// what it can, whatever became of those before.
pub(super) async fn clear(round: &mut Round) -> Result<(), StoreError> {
    let purged = purge_sets(round).await;
    let emptied = remove_items(round).await;
    let removed = remove_unused(round).await;
    let given_back = give_back(round).await;
    purged.and(emptied).and(removed).and(given_back)
}

/// What is gone on with when a step fails that would fail again: without what it was to do. A database that is
/// away ends the round instead.
fn passed_over<T: Default>(of: impl fmt::Display, error: StoreError) -> Result<T, StoreError> {
    if error.is_away() {
        return Err(error);
    }
    tracing::error!(of = %of, error = %chain(&error), "what is old of this is left; it will be tried again");
    Ok(T::default())
}

/// Purges the sets whose time is over, each in a transaction of its own.
async fn purge_sets(round: &mut Round) -> Result<(), StoreError> {
    let Some(until) = round.deps.store.now().checked_sub_signed(PURGE_AFTER) else {
        return Ok(());
    };
    let mut behind: Option<BackupSetId> = None;
    loop {
        let look = move |db: &mut Db| purge::due(db, until, behind, SETS);
        let due = round.deps.store.read(look).await?;
        let Some(last) = due.last() else {
            return Ok(());
        };
        behind = Some(last.id);
        for set in due {
            if round.is_over() {
                return Ok(());
            }
            let id = set.id;
            let purged = round.step(move |db, now| {
                // One whose tenant somebody holds is left for the next round.
                if !tenants::try_lock(db, set.tenant)? {
                    return Ok(false);
                }
                sets::purge(db, &set, now)
            });
            let purged = purged.await.or_else(|error| passed_over(id, error))?;
            if purged == Some(true) {
                round.breathe().await;
            }
        }
    }
}

/// Removes the items of purged sets, and their rows when those are gone.
async fn remove_items(round: &mut Round) -> Result<(), StoreError> {
    let mut behind = String::new();
    loop {
        let look = move |db: &mut Db| purge::with_row(db, &behind);
        let Some(set) = round.deps.store.read(look).await? else {
            return Ok(());
        };
        loop {
            if round.is_over() {
                return Ok(());
            }
            let id = set.clone();
            let step = round.step(move |db, _| purge::remove_some(db, &id, ROWS));
            let removed = step.await.or_else(|error| passed_over(&set, error))?;
            if removed.is_none_or(|removed| removed == 0) {
                break;
            }
            round.breathe().await;
        }
        behind = set;
    }
}

/// What one step of the pass over contents has done.
struct Stepped {
    next: Pass,
    removed: usize,
    /// Whether it was written down how far the pass has come.
    is_noted: bool,
}

/// Goes on with the pass over all contents, or begins one that is due.
async fn remove_unused(round: &mut Round) -> Result<(), StoreError> {
    let look = |db: &mut Db| passes::last(db, Purpose::Removal);
    let mut last = round.deps.store.read(look).await?;
    let mut due = Pass::due(last, round.deps.store.now(), BETWEEN);
    let (mut removed, mut quiet) = (0, 0);
    while let Some(pass) = due
        && pass.reached != Reached::End
        && !round.is_over()
    {
        quiet += 1;
        let is_to_be_noted = quiet >= QUIET_STEPS;
        let Some(step) = step(round, last, pass, is_to_be_noted).await? else {
            // Another server was at it, which may have left the rest to this one.
            last = round.deps.store.read(look).await?;
            (due, quiet) = (Pass::due(last, round.deps.store.now(), BETWEEN), 0);
            continue;
        };
        due = Some(step.next);
        removed += step.removed;
        if step.is_noted {
            (last, quiet) = (due, 0);
        }
        if step.is_noted && step.next.reached != Reached::End {
            round.breathe().await;
        }
    }
    if removed > 0 {
        tracing::info!(removed, "contents without references were removed");
    }
    Ok(())
}

/// Since when something must not have been used to go. What removes asks with the time of its transaction,
/// which is the one that uses are written down with; the clock of this server may be wrong.
fn unused_since(keep: &KeepSettings, now: DateTime<Utc>) -> DateTime<Utc> {
    let since = now.checked_sub_signed(length(keep.unreferenced));
    since.unwrap_or(DateTime::UNIX_EPOCH)
}

/// One step: some contents, and behind a tenant's last one its sealed values and names, as many as one
/// step takes; if these are more, the next step does the same again. It is written down if there may be
/// something to remove, if it is the last, or if the caller wants it; none when another server is at it, or
/// was and has come further.
async fn step(
    round: &mut Round,
    last: Option<Pass>,
    pass: Pass,
    is_to_be_noted: bool,
) -> Result<Option<Stepped>, StoreError> {
    let (keep, now) = (round.keep, round.deps.store.now());
    let look = move |db: &mut Db| {
        let Some(stretch) = passes::next(db, pass.reached, ROWS)? else {
            return Ok(None);
        };
        let found = Candidates::of(db, &stretch, unused_since(&keep, now));
        let found = found.or_else(|error| passed_over(stretch.tenant, error))?;
        Ok::<_, StoreError>(Some((stretch, found)))
    };
    let looked = round.deps.store.read(look).await?;
    let next = pass.at(looked.as_ref().map_or(Reached::End, |it| it.0.reached));
    let quiet = Stepped {
        next,
        removed: 0,
        is_noted: false,
    };
    let tenant = looked.as_ref().map(|it| it.0.tenant);
    if looked.as_ref().is_some_and(|it| it.1.is_empty()) && !is_to_be_noted {
        return Ok(Some(quiet));
    }
    let written = round.step(move |db, now| {
        if !passes::advance(db, Purpose::Removal, last.as_ref(), &next)? {
            return Ok(None);
        }
        let removed = match &looked {
            Some((stretch, found)) => found.remove(db, stretch, unused_since(&keep, now), now)?,
            None => Removed::default(),
        };
        let reached = match removed.may_be_more() {
            true => pass,
            false => next,
        };
        if reached != next {
            passes::advance(db, Purpose::Removal, Some(&next), &reached)?;
        }
        Ok::<_, StoreError>(Some(Stepped {
            next: reached,
            removed: removed.sum(),
            is_noted: true,
        }))
    });
    match (written.await, tenant) {
        (Err(error), Some(tenant)) => {
            passed_over::<()>(tenant, error)?;
            Ok(Some(quiet))
        }
        (written, _) => written.map(Option::flatten),
    }
}

/// What may go, as far as a look without any lock shows.
#[derive(Debug, Default)]
struct Candidates {
    contents: Vec<Hash>,
    sealed: Vec<Hash>,
    has_names: bool,
    /// Whether what the tenant takes has to be noted anew: steps before have removed some of it.
    is_usage_outdated: bool,
}

/// What went in one step.
#[derive(Clone, Copy, Debug, Default)]
struct Removed {
    contents: usize,
    sealed: usize,
    names: usize,
}

impl Removed {
    fn sum(self) -> usize {
        self.contents + self.sealed + self.names
    }

    /// Whether there may be more of what goes behind a tenant's last content.
    fn may_be_more(self) -> bool {
        self.sealed.max(self.names) == ROWS
    }
}

impl Candidates {
    fn of(db: &mut Db, stretch: &Stretch, unused_since: DateTime<Utc>) -> Result<Self, StoreError> {
        let tenant = stretch.tenant;
        let contents = unused::among(db, tenant, &stretch.hashes)?;
        Ok(match is_last(stretch) {
            true => Self {
                contents,
                sealed: idle_secrets(db, tenant, unused_since)?,
                has_names: unused::has_old_names(db, tenant)?,
                is_usage_outdated: storage_days::is_outdated(db, tenant)?,
            },
            false => Self {
                contents,
                ..Self::default()
            },
        })
    }

    fn is_empty(&self) -> bool {
        self.contents.is_empty()
            && self.sealed.is_empty()
            && !self.has_names
            && !self.is_usage_outdated
    }

    /// Removes what still may go. What the tenant takes is noted behind its last content alone, because that
    /// sums up all of them.
    fn remove(
        &self,
        db: &mut Db,
        stretch: &Stretch,
        unused_since: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<Removed, StoreError> {
        let tenant = stretch.tenant;
        let mut removed = Removed {
            contents: unused::remove(db, tenant, &self.contents, unused_since)?,
            sealed: unused::remove_sealed(db, tenant, &self.sealed, unused_since)?,
            names: 0,
        };
        let is_usage_outdated =
            self.is_usage_outdated || (is_last(stretch) && removed.contents > 0);
        // No set is made or purged while the tenant is held; whoever holds it now notes what it takes.
        if (self.has_names || is_usage_outdated) && tenants::try_lock(db, tenant)? {
            if self.has_names {
                removed.names = unused::remove_names(db, tenant, ROWS)?;
            }
            if is_usage_outdated {
                storage_days::note(db, tenant, now)?;
            }
        }
        Ok(removed)
    }
}

fn is_last(stretch: &Stretch) -> bool {
    matches!(stretch.reached, Reached::Behind(_))
}

/// Sealed values that nothing has used for a while and no item names, at most a step's worth. As long as one
/// content that names some cannot be read, none: what it names is not known.
fn idle_secrets(
    db: &mut Db,
    tenant: TenantId,
    unused_since: DateTime<Utc>,
) -> Result<Vec<Hash>, StoreError> {
    let mut idle = unused::idle_sealed(db, tenant, unused_since)?;
    if idle.is_empty() {
        return Ok(Vec::new());
    }
    for indexes in unused::sealed_indexes(db, tenant)?.chunks(INDEXES) {
        let stock = contents::stock(db, tenant, indexes)?;
        for hash in indexes {
            let named = match stock.get(hash) {
                Some(Found::Whole(bytes)) => capture::sealed_index(bytes),
                Some(Found::Damaged) | None => None,
            };
            let Some(named) = named else {
                return Ok(Vec::new());
            };
            for digest in named.values() {
                idle.remove(digest);
            }
        }
    }
    Ok(idle.into_iter().take(ROWS).collect())
}

/// Gives the space back that an embedded database does not need any more.
async fn give_back(round: &mut Round) -> Result<(), StoreError> {
    while !round.is_over() {
        let step = round
            .deps
            .store
            .write(|db, _| housekeeping::give_back(db, PAGES));
        if !step.await? {
            return Ok(());
        }
        round.breathe().await;
    }
    Ok(())
}
