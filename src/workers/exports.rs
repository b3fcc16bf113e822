//! What is written down of an export, whichever door it goes through.

use chrono::{DateTime, Utc};

use super::sets::SetOf;
use crate::{
    domain::audit::{AuditAction, AuditEntry, Author, Target},
    store::{Db, StoreError, audit},
};

/// How a set is exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Manner {
    /// Word of the format.
    pub format: &'static str,
    /// Whether secrets go with it.
    pub with_secrets: bool,
}

/// Writes down that a set is exported; before its first byte leaves.
pub fn begin(
    db: &mut Db,
    of: &SetOf,
    manner: Manner,
    author: &Author,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let (action, target) = (AuditAction::BackupSetExported, Target::BackupSet(of.set));
    let entry = AuditEntry::by(author, of.tenant, action, target, &*of.schedule)
        .changed("format", None::<&str>, manner.format)
        .changed("withSecrets", None::<bool>, manner.with_secrets);
    audit::append(db, &entry, now)
}
