//! The scrub: all contents are looked at again and again, slowly, so that damage is known before somebody
//! needs what is damaged.
//!
//! Every server does it, one at a time: how far the pass has come is in the database, and whoever finds
//! that another server has moved it leaves it to that one.

use std::time::Duration;

use chrono::TimeDelta;

use super::{deps::Deps, proof};
use crate::{
    domain::{
        canonical::Hash,
        pass::{Pass, Reached},
        proof::Found,
    },
    store::{
        Db, StoreError, contents,
        passes::{self, Purpose, Stretch},
        tenants,
    },
    telemetry::chain,
};

/// Contents of one step.
const STEP: usize = 256;

/// Between the beginnings of two passes.
const BETWEEN: TimeDelta = TimeDelta::days(1);

/// Between two looks at whether a pass is due.
const LOOK: Duration = Duration::from_secs(60 * 60);

/// Scrubs for ever, with a pause between two steps.
pub(super) async fn scrub(deps: Deps, pause: Duration) {
    loop {
        if let Err(error) = pass(&deps, pause).await {
            tracing::error!(error = %chain(&error), "stored contents could not be checked; it will be tried again");
        }
        deps.clock.sleep(LOOK).await;
    }
}

/// Goes on with the pass that is under way, or begins one that is due, unless another server is at it.
async fn pass(deps: &Deps, pause: Duration) -> Result<(), StoreError> {
    let last = |db: &mut Db| passes::last(db, Purpose::Scrub);
    let mut last = deps.store.read(last).await?;
    let Some(mut pass) = Pass::due(last, deps.clock.now(), BETWEEN) else {
        return Ok(());
    };
    while pass.reached != Reached::End {
        let Some(next) = step(deps, last, pass).await? else {
            return Ok(());
        };
        if next.reached != Reached::End {
            deps.clock.sleep(pause).await;
        }
        (last, pass) = (Some(next), next);
    }
    Ok(())
}

/// Looks at some contents; none when another server is at it.
async fn step(deps: &Deps, last: Option<Pass>, pass: Pass) -> Result<Option<Pass>, StoreError> {
    let look = move |db: &mut Db| {
        let Some(stretch) = passes::next(db, pass.reached, STEP)? else {
            return Ok(None);
        };
        let mut damaged = Vec::new();
        for hash in &stretch.hashes {
            // One at a time: they may be large.
            let found = contents::stock(db, stretch.tenant, &[*hash])?;
            if found.get(hash) == Some(&Found::Damaged) {
                damaged.push(*hash);
            }
        }
        Ok::<_, StoreError>(Some((stretch, damaged)))
    };
    let looked: Option<(Stretch, Vec<Hash>)> = deps.store.read(look).await?;
    let next = pass.at(looked.as_ref().map_or(Reached::End, |it| it.0.reached));
    let written = deps.store.write_telling(move |db, notices, now| {
        if !passes::advance(db, Purpose::Scrub, last.as_ref(), &next)? {
            return Ok(false);
        }
        if let Some((Stretch { tenant, .. }, damaged)) = &looked
            && !damaged.is_empty()
        {
            tenants::lock(db, *tenant)?;
            proof::note_damage(db, *tenant, damaged, notices, now)?;
        }
        Ok::<_, StoreError>(true)
    });
    Ok(written.await?.then_some(next))
}
