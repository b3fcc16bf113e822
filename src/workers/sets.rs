//! Deleting backup sets, bringing them back and purging them, whoever does it.

use chrono::{DateTime, Utc};

use crate::{
    domain::{
        actor::{Actor, Component},
        audit::{AuditAction, AuditEntry, Author, Target},
        backup::{Deletion, DeletionReason, PURGE_AFTER},
        ids::{BackupSetId, TenantId},
    },
    store::{
        Db, StoreError, audit, backups, policies,
        purge::{self, Purged},
        schedules, storage_days,
    },
};

/// Which set, and whose.
#[derive(Clone, Debug)]
pub struct SetOf {
    /// The tenant.
    pub tenant: TenantId,
    /// The set.
    pub set: BackupSetId,
    /// Name of its schedule, by which people know it.
    pub schedule: String,
}

impl SetOf {
    pub(super) fn entry(&self, action: AuditAction, author: &Author) -> AuditEntry {
        let target = Target::BackupSet(self.set);
        AuditEntry::by(author, self.tenant, action, target, &*self.schedule)
    }
}

/// Deletes a set; one that is deleted stays as it is.
pub fn delete(
    db: &mut Db,
    of: &SetOf,
    reason: DeletionReason,
    author: &Author,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let deletion = Deletion {
        at: now,
        reason,
        by: author.actor.clone(),
    };
    if !backups::mark_deleted(db, of.set, &deletion)? {
        return Ok(());
    }
    if reason == DeletionReason::User {
        // Retention spares the newest sets; people do not.
        policies::settle_latest(db, of.tenant, of.set)?;
    }
    let entry = of.entry(AuditAction::BackupSetDeleted, author);
    let entry = entry.changed("deletionReason", None::<&str>, reason.as_str());
    audit::append(db, &entry, now)
}

/// Purges a set whose time is over; false when somebody brought it back. The caller holds the tenant.
pub fn purge(db: &mut Db, set: &Purged, now: DateTime<Utc>) -> Result<bool, StoreError> {
    let Some(until) = now.checked_sub_signed(PURGE_AFTER) else {
        return Ok(false);
    };
    if !purge::mark(db, set, until, now)? {
        return Ok(false);
    }
    let of = SetOf {
        tenant: set.tenant,
        set: set.id,
        schedule: schedules::name(db, set.schedule)?,
    };
    let author = Author::from(Actor::System(Component::Retention));
    audit::append(db, &of.entry(AuditAction::BackupSetPurged, &author), now)?;
    storage_days::note(db, set.tenant, now)?;
    Ok(true)
}

/// Brings a set back; one that is not deleted stays as it is. Retention leaves it alone for a while.
pub fn undelete(
    db: &mut Db,
    of: &SetOf,
    author: &Author,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let before = backups::find(db, of.tenant, of.set)?;
    let Some(deletion) = before.and_then(|set| set.deletion) else {
        return Ok(());
    };
    if !backups::unmark_deleted(db, of.set, now)? {
        return Ok(());
    }
    policies::settle_latest(db, of.tenant, of.set)?;
    let entry = of.entry(AuditAction::BackupSetUndeleted, author);
    let entry = entry.changed("deletionReason", deletion.reason.as_str(), None::<&str>);
    audit::append(db, &entry, now)
}
