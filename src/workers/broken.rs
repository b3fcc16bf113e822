//! A schedule that cannot be computed: its row cannot be read, or its zone is not known any more.

use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::{
    domain::{
        actor::{Actor, Component},
        audit::{AuditAction, AuditEntry, Target},
        global_id::GlobalId,
        ids::{ScheduleId, TenantId},
        notification::{Notice, notice_of_disabling},
        zone,
    },
    store::{Db, StoreError, pointers},
};

/// A schedule that is due and cannot be computed.
pub(super) struct Broken<'a> {
    pub(super) tenant: TenantId,
    pub(super) schedule: ScheduleId,
    /// Its name, or what stands for it.
    pub(super) name: &'a str,
    /// The release of the time zone data that computed its pointer.
    pub(super) release: &'a str,
    /// Why.
    pub(super) reason: String,
}

/// What became of it.
pub(super) enum End {
    /// It is disabled, which is to be told in the audit log and to people.
    Disabled(Box<(AuditEntry, Notice)>),
    /// It is left to servers of a newer version, and stays due.
    Left,
    /// Somebody was first.
    Gone,
}

impl Broken<'_> {
    /// Disables it, because it would be due for ever. One that a newer program has computed is left to servers of
    /// that: they may know what this one does not.
    pub(super) fn stop(&self, db: &mut Db, now: DateTime<Utc>) -> Result<End, StoreError> {
        let reason = self.reason.as_str();
        let (schedule, tenant) = (self.schedule.to_global(), self.tenant.to_global());
        if zone::is_older_release(zone::release(), self.release) {
            tracing::warn!(schedule.id = %schedule, tenant.id = %tenant, reason, "a schedule of a newer version is left to servers of that version");
            return Ok(End::Left);
        }
        if !pointers::disable_broken(db, self.schedule, reason, now)? {
            return Ok(End::Gone);
        }
        tracing::error!(schedule.id = %schedule, tenant.id = %tenant, reason, "a schedule was disabled");
        let entry = AuditEntry::of(
            self.tenant,
            Actor::System(Component::Scheduler),
            AuditAction::ScheduleDisabled,
            Target::Schedule(self.schedule),
            self.name,
        )
        .changed("enabled", true, false)
        .changed("disabledReason", Value::Null, reason);
        let notice = notice_of_disabling(self.tenant, self.schedule, self.name, reason);
        Ok(End::Disabled(Box::new((entry, notice))))
    }
}
