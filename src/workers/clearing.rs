//! What deleted sets leave behind goes: the sets themselves after their time, then what nothing refers to
//! any more. In small steps, each of which can be the last for a while.

use chrono::{DateTime, TimeDelta, Utc};

use super::{dispatch::length, housekeeping::Round, sets};
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

/// Removes what deleted sets leave behind, unless it is stopped or another server is at it.
pub(super) async fn clear(round: &mut Round) -> Result<(), StoreError> {
    purge_sets(round).await?;
    remove_items(round).await?;
    remove_unused(round).await?;
    give_back(round).await
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
            if round.is_stopped() {
                return Ok(());
            }
            let purged = round.deps.store.write(move |db, now| {
                // One whose tenant somebody holds is left for the next round.
                if !tenants::try_lock(db, set.tenant)? {
                    return Ok(false);
                }
                sets::purge(db, &set, now)
            });
            if purged.await? {
                round.breathe().await;
            }
        }
    }
}

/// Removes the items of purged sets, and their rows when those are gone.
async fn remove_items(round: &mut Round) -> Result<(), StoreError> {
    while !round.is_stopped() {
        let step = round.deps.store.write(move |db, _| {
            if !housekeeping::is_alone(db)? {
                return Ok(0);
            }
            purge::remove_some(db, ROWS)
        });
        if step.await? == 0 {
            return Ok(());
        }
        round.breathe().await;
    }
    Ok(())
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
    let Some(mut pass) = Pass::due(last, round.deps.store.now(), BETWEEN) else {
        return Ok(());
    };
    let (mut removed, mut quiet) = (0, 0);
    while pass.reached != Reached::End && !round.is_stopped() {
        quiet += 1;
        let is_to_be_noted = quiet == QUIET_STEPS;
        let Some(step) = step(round, last, pass, is_to_be_noted).await? else {
            // Another server is at it.
            break;
        };
        pass = step.next;
        removed += step.removed;
        if step.is_noted {
            (last, quiet) = (Some(pass), 0);
        }
        if step.is_noted && pass.reached != Reached::End {
            round.breathe().await;
        }
    }
    if removed > 0 {
        tracing::info!(removed, "contents without references were removed");
    }
    Ok(())
}

/// One step: some contents, and behind a tenant's last one its sealed values and names. It is written down
/// if there may be something to remove, if it is the last, or if the caller wants it; none when another
/// server is at it.
async fn step(
    round: &Round,
    last: Option<Pass>,
    pass: Pass,
    is_to_be_noted: bool,
) -> Result<Option<Stepped>, StoreError> {
    let now = round.deps.store.now();
    let unused_since = now.checked_sub_signed(length(round.keep.unreferenced));
    let unused_since = unused_since.unwrap_or(DateTime::UNIX_EPOCH);
    let look = move |db: &mut Db| {
        let Some(stretch) = passes::next(db, pass.reached, ROWS)? else {
            return Ok(None);
        };
        let found = Candidates::of(db, &stretch, unused_since)?;
        Ok::<_, StoreError>(Some((stretch, found)))
    };
    let looked = round.deps.store.read(look).await?;
    let next = pass.at(looked.as_ref().map_or(Reached::End, |it| it.0.reached));
    let is_quiet = looked.as_ref().is_some_and(|it| it.1.is_empty()) && !is_to_be_noted;
    if is_quiet {
        return Ok(Some(Stepped {
            next,
            removed: 0,
            is_noted: false,
        }));
    }
    let written = round.deps.store.write(move |db, now| {
        if !housekeeping::is_alone(db)?
            || !passes::advance(db, Purpose::Removal, last.as_ref(), &next)?
        {
            return Ok(None);
        }
        let removed = match &looked {
            Some((stretch, found)) => found.remove(db, stretch.tenant, unused_since)?,
            None => 0,
        };
        if let Some((stretch, _)) = &looked
            && removed > 0
        {
            storage_days::note(db, stretch.tenant, now)?;
        }
        Ok::<_, StoreError>(Some(removed))
    });
    Ok(written.await?.map(|removed| Stepped {
        next,
        removed,
        is_noted: true,
    }))
}

/// What may go, as far as a look without any lock shows.
#[derive(Debug)]
struct Candidates {
    contents: Vec<Hash>,
    sealed: Vec<Hash>,
    has_names: bool,
}

impl Candidates {
    fn of(db: &mut Db, stretch: &Stretch, unused_since: DateTime<Utc>) -> Result<Self, StoreError> {
        let contents = unused::among(db, stretch.tenant, &stretch.hashes)?;
        let is_last = matches!(stretch.reached, Reached::Behind(_));
        let (sealed, has_names) = match is_last {
            true => (
                idle_secrets(db, stretch.tenant, unused_since)?,
                unused::has_old_names(db, stretch.tenant)?,
            ),
            false => (Vec::new(), false),
        };
        Ok(Self {
            contents,
            sealed,
            has_names,
        })
    }

    fn is_empty(&self) -> bool {
        self.contents.is_empty() && self.sealed.is_empty() && !self.has_names
    }

    /// Removes what still may go.
    fn remove(
        &self,
        db: &mut Db,
        tenant: TenantId,
        unused_since: DateTime<Utc>,
    ) -> Result<usize, StoreError> {
        let mut removed = unused::remove(db, tenant, &self.contents, unused_since)?;
        removed += unused::remove_sealed(db, tenant, &self.sealed, unused_since)?;
        // No set is made while the tenant is held.
        if self.has_names && tenants::try_lock(db, tenant)? {
            removed += unused::remove_names(db, tenant, ROWS)?;
        }
        Ok(removed)
    }
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
    while !round.is_stopped() {
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
