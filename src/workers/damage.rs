//! Damage: what is not stored any more as it was is written down, so that the next capture mends what it can,
//! and people are told once.
//!
//! All of it is written down at contents, which do not count as stored from then on: at the damaged one, at an
//! empty row for the missing one, at the one that names a lost secret.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use crate::{
    domain::{
        canonical::Hash, global_id::GlobalId, ids::TenantId, notification::notice_of_damage,
        proof::Found,
    },
    store::{Db, Notices, StoreError, contents, damage},
};

/// A secret that no capture can be shown with any more.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct LostValue {
    /// The content that names it.
    pub(super) index: Hash,
    /// Its digest.
    pub(super) digest: Hash,
    /// What is stored in its place; none when nothing is.
    pub(super) sealed: Option<Vec<u8>>,
}

/// What was found damaged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Damage {
    /// Contents that do not fit their hash, or are missing.
    pub(super) contents: BTreeSet<Hash>,
    /// Secrets that are lost.
    pub(super) values: BTreeSet<LostValue>,
}

impl Damage {
    pub(super) fn is_empty(&self) -> bool {
        self.contents.is_empty() && self.values.is_empty()
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.contents.extend(&other.contents);
        self.values.extend(other.values.iter().cloned());
    }
}

/// Writes damage down, and has people told of what nobody knew of; whether they are. The caller holds the
/// tenant.
pub(super) fn note(
    db: &mut Db,
    tenant: TenantId,
    found: &Damage,
    notices: &mut Notices,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let mut lost = Vec::new();
    for value in &found.values {
        // Looked at again, as the contents below: a run may have mended it since.
        if contents::sealed(db, tenant, value.digest)? == value.sealed {
            lost.push(value);
        }
    }
    let indexes: BTreeSet<Hash> = lost.iter().map(|value| value.index).collect();
    let mut is_new = false;
    for hash in found.contents.union(&indexes) {
        let marked = match contents::stock(db, tenant, &[*hash])?.get(hash) {
            Some(Found::Whole(_)) if !indexes.contains(hash) => false,
            Some(Found::Whole(_) | Found::Damaged) => damage::mark(db, tenant, *hash, now)?,
            None => damage::mark_missing(db, tenant, *hash, now)?,
        };
        if marked {
            tracing::error!(tenant.id = %tenant.to_global(), content = %hash, "a stored content or a secret in it is damaged");
            is_new = true;
        }
    }
    for value in lost {
        if let Some(sealed) = &value.sealed {
            contents::drop_sealed(db, tenant, value.digest, sealed)?;
        }
    }
    if !is_new {
        return Ok(false);
    }
    damage::note_in_sets(db, tenant)?;
    let harm = damage::harm(db, tenant, now)?;
    // What no set shows is missed by nobody.
    let is_told = harm.set_count > 0;
    if is_told {
        notices.push(notice_of_damage(tenant, &harm));
    }
    Ok(is_told)
}
