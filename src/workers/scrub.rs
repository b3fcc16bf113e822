//! The scrub: everything stored is looked at again and again, slowly, so that damage is known before somebody
//! needs what is damaged.
//!
//! ```text
//!   tenant by tenant:   its contents, in order  ──▶  what its items refer to  ──▶  the secrets that they name
//!                       (do they fit their hash?)    (is it stored?)               (do they open?)
//! ```
//!
//! Every server does it, one at a time: how far the pass has come is in the database, and whoever finds
//! that another server has moved it leaves it to that one.

use std::time::Duration;

use chrono::TimeDelta;
use tokio::sync::watch;

use super::{
    damage::{self, Damage},
    deps::Deps,
    proof::{Eye, Secret},
    pulse::Pulse,
};
use crate::{
    domain::{
        canonical::Hash,
        capture,
        global_id::GlobalId,
        ids::TenantId,
        pass::{Pass, Reached},
        proof::{Found, Part},
    },
    store::{
        Db, StoreError, contents, damage as marks,
        passes::{self, Purpose, Stretch},
        tenants,
    },
    telemetry::chain,
};

/// Contents, or as much work as they make, between two pauses.
const STEP: usize = 256;

/// What the least work weighs, in contents: a look at a tenant that has none.
const LEAST: usize = 16;

/// References that weigh as much as one content: they are looked up, and nothing is read.
const REFERENCES: usize = 8;

/// Contents that name secrets, read at once.
const INDEXES: usize = 50;

/// Between the beginnings of two passes.
const BETWEEN: TimeDelta = TimeDelta::days(1);

/// Between two looks at whether a pass is due.
const LOOK: Duration = Duration::from_secs(60 * 60);

/// Scrubs for ever, with a pause whenever some work is done, unless this program is too old for the database: it may
/// take for damaged what it cannot read.
pub(super) async fn scrub(deps: Deps, pause: Duration, pulse: watch::Receiver<Pulse>) {
    let mut scrub = Scrub {
        deps,
        pulse,
        pause,
        looked: 0,
    };
    loop {
        if let Err(error) = scrub.pass().await {
            tracing::warn!(error = %chain(&error), "stored contents could not be checked; it will be tried again");
        }
        scrub.deps.clock.sleep(LOOK).await;
    }
}

struct Scrub {
    deps: Deps,
    pulse: watch::Receiver<Pulse>,
    pause: Duration,
    /// Contents looked at since the last pause, and what else weighs as much.
    looked: usize,
}

impl Scrub {
    /// Goes on with the pass that is under way, or begins one that is due, unless another server is at it.
    async fn pass(&mut self) -> Result<(), StoreError> {
        let last = |db: &mut Db| passes::last(db, Purpose::Scrub);
        let mut last = self.deps.store.read(last).await?;
        let Some(mut pass) = Pass::due(last, self.deps.clock.now(), BETWEEN) else {
            return Ok(());
        };
        while pass.reached != Reached::End && !self.pulse.borrow().is_overtaken {
            let Some(next) = self.step(last, pass).await? else {
                return Ok(());
            };
            (last, pass) = (Some(next), next);
        }
        Ok(())
    }

    /// Pauses when enough was looked at.
    async fn looked_at(&mut self, contents: usize) {
        self.looked += contents;
        if self.looked >= STEP {
            self.looked = 0;
            self.deps.clock.sleep(self.pause).await;
        }
    }

    /// Looks at some contents, and behind a tenant's last one at what its items need; none when another
    /// server is at it.
    async fn step(&mut self, last: Option<Pass>, pass: Pass) -> Result<Option<Pass>, StoreError> {
        let look = move |db: &mut Db| {
            let Some(stretch) = passes::next(db, pass.reached, STEP)? else {
                return Ok(None);
            };
            let damage = damaged(db, &stretch)?;
            Ok::<_, StoreError>(Some((stretch, damage)))
        };
        let Some((stretch, mut damage)) = self.deps.store.read(look).await? else {
            return self.advance(last, pass.at(Reached::End), None).await;
        };
        let (tenant, next) = (stretch.tenant, pass.at(stretch.reached));
        self.looked_at(stretch.hashes.len().max(LEAST)).await;
        if next.reached == Reached::Behind(tenant) {
            match self.of_items(tenant).await {
                Ok(found) => damage.add(&found),
                Err(error) if error.is_away() => return Err(error),
                Err(error) => passed_over(tenant, &error),
            }
        }
        self.deps.measures.scrubbed(stretch.hashes.len());
        let found = (!damage.is_empty()).then_some((tenant, damage));
        let has_found = found.is_some();
        match self.advance(last, next, found).await {
            // The others are to be looked at all the same.
            Err(error) if has_found && !error.is_told() => {
                passed_over(tenant, &error);
                self.advance(last, next, None).await
            }
            advanced => advanced,
        }
    }

    /// Writes down how far the pass has come, and what was found; none when another server is at it.
    async fn advance(
        &self,
        last: Option<Pass>,
        next: Pass,
        found: Option<(TenantId, Damage)>,
    ) -> Result<Option<Pass>, StoreError> {
        let shown = found.clone();
        let written = self.deps.store.write_telling(move |db, notices, now| {
            if !passes::advance(db, Purpose::Scrub, last.as_ref(), &next)? {
                return Ok(false);
            }
            if let Some((tenant, damage)) = &found {
                tenants::lock(db, *tenant)?;
                damage::note(db, *tenant, damage, notices, now)?;
            }
            Ok::<_, StoreError>(true)
        });
        let is_written = written.await?;
        if let Some((_, damage)) = shown.filter(|_| is_written) {
            self.deps.measures.found(&damage);
        }
        Ok(is_written.then_some(next))
    }

    /// What items of a tenant refer to that is not stored, and the secrets they name that are lost.
    async fn of_items(&mut self, tenant: TenantId) -> Result<Damage, StoreError> {
        let mut damage = Damage::default();
        for part in Part::ALL {
            let mut behind = None;
            loop {
                let look = move |db: &mut Db| {
                    let hashes = marks::referenced(db, tenant, part, behind, STEP)?;
                    let absent = contents::absent(db, tenant, &hashes)?;
                    Ok::<_, StoreError>((hashes, absent))
                };
                let (hashes, absent) = self.deps.store.read(look).await?;
                damage.contents.extend(absent);
                self.looked_at(hashes.len() / REFERENCES).await;
                behind = hashes.last().copied();
                if hashes.len() < STEP {
                    break;
                }
            }
        }
        self.secrets(tenant, &mut damage).await?;
        Ok(damage)
    }

    async fn secrets(&mut self, tenant: TenantId, damage: &mut Damage) -> Result<(), StoreError> {
        let look = move |db: &mut Db| tenants::find(db, tenant);
        let Some(found) = self.deps.store.read(look).await? else {
            // It was deleted meanwhile.
            return Ok(());
        };
        let eye = match Eye::new(self.deps.vault.clone(), &found) {
            Ok(eye) => eye,
            Err(error) => {
                passed_over(tenant, &error);
                return Ok(());
            }
        };
        let mut behind = None;
        loop {
            let eye = eye.clone();
            let look = move |db: &mut Db| {
                let indexes = marks::referenced(db, tenant, Part::Sealed, behind, INDEXES)?;
                let (mut found, mut count) = (Damage::default(), 0);
                for index in &indexes {
                    count += lost(db, &eye, tenant, *index, &mut found)?;
                }
                Ok::<_, StoreError>((indexes, found, count))
            };
            let (indexes, found, count) = self.deps.store.read(look).await?;
            damage.add(&found);
            self.looked_at(count).await;
            behind = indexes.last().copied();
            if indexes.len() < INDEXES {
                return Ok(());
            }
        }
    }
}

fn passed_over(tenant: TenantId, error: &dyn std::error::Error) {
    tracing::error!(tenant.id = %tenant.to_global(), error = %chain(error), "something stored of a tenant could not be checked");
}

/// Which contents do not fit their hash. One at a time: they may be large.
fn damaged(db: &mut Db, stretch: &Stretch) -> Result<Damage, StoreError> {
    let mut damage = Damage::default();
    for hash in &stretch.hashes {
        match contents::stock(db, stretch.tenant, &[*hash]) {
            Ok(found) if found.get(hash) == Some(&Found::Damaged) => {
                damage.contents.insert(*hash);
            }
            Ok(_) => {}
            Err(error) if error.is_away() => return Err(error),
            Err(error) => passed_over(stretch.tenant, &error),
        }
    }
    Ok(damage)
}

/// Notes which secrets that a content names are lost; how many it names.
fn lost(
    db: &mut Db,
    eye: &Eye,
    tenant: TenantId,
    index: Hash,
    damage: &mut Damage,
) -> Result<usize, StoreError> {
    let stock = contents::stock(db, tenant, &[index])?;
    let Some(Found::Whole(bytes)) = stock.get(&index) else {
        // Known by now.
        return Ok(1);
    };
    let named = capture::sealed_index(bytes).unwrap_or_default();
    for digest in named.values() {
        let secret = eye.secret(db, *digest)?;
        if secret == Secret::Locked {
            tracing::error!(tenant.id = %tenant.to_global(), content = %index, "a secret in it was sealed with a key that is not in the key file");
        }
        damage.values.extend(secret.lost(index, *digest));
    }
    Ok(1 + named.len())
}
