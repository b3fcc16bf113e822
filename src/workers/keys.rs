//! Changing the key that secrets are sealed with. Values are sealed anew, nothing else changes:
//! digests and hashes stay what they are.
//!
//! ```text
//!   both keys in the ring ── pages of values, each as long as it is what was read ──▶ nothing is sealed
//!   (either opens)                      (killed: begin again, what is done is done)    with the old one
//!                                                                                            │
//!                                    old key leaves the ring ◀── one transaction says so ◀───┘
//! ```

use chrono::{DateTime, Utc};

use crate::{
    domain::{
        audit::{AuditAction, AuditEntry, Author, Target},
        ids::TenantId,
    },
    store::{
        Db, StoreError, audit,
        keys::{self, Kept, Shelf},
        tenants,
    },
    vault::{Field, KeyId, Vault},
};

/// Values of one step, which is one transaction.
const STEP: i64 = 200;

/// A value that no key of the ring opens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stuck {
    /// Whose it is.
    pub tenant: TenantId,
    /// What it is.
    pub shelf: Shelf,
    /// Which of them, where a tenant has many.
    pub digest: String,
}

/// What a step did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Step {
    /// Where the next one goes on; none at the end.
    pub last: Option<Kept>,
    /// Values that were looked at.
    pub seen: usize,
    /// Values that were sealed anew.
    pub sealed: usize,
    /// Values that could not be.
    pub stuck: Vec<Stuck>,
}

/// How a rotation stands when every value was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing needs another key.
    Done,
    /// So many values do.
    Left(i64),
}

/// Makes sure that a value may be stored that was sealed a while ago.
pub fn confirm(db: &mut Db, sealed: &[u8]) -> Result<(), StoreError> {
    match KeyId::of_sealed(sealed) {
        Some(key) => keys::confirm(db, &key.to_string()),
        None => Ok(()),
    }
}

/// Seals the next values anew that were sealed with another key than the ring's first.
pub fn step(
    db: &mut Db,
    vault: &Vault,
    shelf: Shelf,
    last: Option<&Kept>,
) -> Result<Step, StoreError> {
    let field = match shelf {
        Shelf::CapturedValues => Field::CapturedValue,
        Shelf::DigestKeys => Field::DigestKey,
        Shelf::Credentials => Field::Credential,
    };
    let page = keys::after(db, shelf, last, STEP)?;
    let mut step = Step {
        seen: page.len(),
        ..Step::default()
    };
    for kept in page {
        match vault.sealed_anew(kept.tenant, field, &kept.sealed) {
            Ok(None) => {}
            // Whoever was faster has sealed it with a key that is in use.
            Ok(Some(anew)) => {
                step.sealed += usize::from(keys::replace(db, shelf, &kept, &anew)?);
            }
            Err(_) => step.stuck.push(Stuck {
                tenant: kept.tenant,
                shelf,
                digest: kept.digest.clone(),
            }),
        }
        step.last = Some(kept);
    }
    Ok(step)
}

/// Ends a rotation, unless something is sealed with another key still. From here on no server may
/// store what it sealed with another.
pub fn finish(
    db: &mut Db,
    vault: &Vault,
    author: &Author,
    now: DateTime<Utc>,
) -> Result<Verdict, StoreError> {
    keys::lock(db)?;
    let key = vault.sealing_key();
    let left = keys::count_others(db, &key.header())?;
    if left > 0 {
        return Ok(Verdict::Left(left));
    }
    let before = keys::facts(db)?.check;
    keys::settle(db, &key.to_string())?;
    for tenant in tenants::all(db)? {
        let (action, target) = (AuditAction::KeyRotated, Target::Tenant(tenant.id));
        let entry = AuditEntry::by(author, tenant.id, action, target, tenant.name.as_str());
        let entry = entry.changed("key", before.as_deref(), key.to_string());
        audit::append(db, &entry, now)?;
    }
    Ok(Verdict::Done)
}
