//! What one tick has told already.

use std::collections::HashSet;

use crate::domain::{
    ids::{ScheduleId, TenantId},
    notification::Notice,
};

/// What was told in this tick: once is enough.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// Whose people were told that slots were missed.
    missed: HashSet<TenantId>,
    /// Which schedules are left to newer servers.
    left: HashSet<ScheduleId>,
}

impl Told {
    /// A message about misses, unless its tenant's people had one.
    pub(super) fn once(&mut self, notice: Notice) -> Option<Notice> {
        self.add(notice.tenant).then_some(notice)
    }

    /// Whether a tenant's people were told.
    pub(super) fn has(&self, tenant: TenantId) -> bool {
        self.missed.contains(&tenant)
    }

    /// Notes that a tenant's people are told; false when they were before.
    pub(super) fn add(&mut self, tenant: TenantId) -> bool {
        self.missed.insert(tenant)
    }

    /// Which schedules are left to newer servers.
    pub(super) fn left(&self) -> &HashSet<ScheduleId> {
        &self.left
    }

    /// Notes that a schedule is left to newer servers.
    pub(super) fn leave(&mut self, schedule: Option<ScheduleId>) {
        self.left.extend(schedule);
    }
}
