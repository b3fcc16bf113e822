//! Leave to change one schedule: who has it, and under which conditions.

use async_graphql::ID;
use chrono::{DateTime, Utc};

use super::{
    access::Attempt,
    call::Call,
    faults::{Faults, Stop, Undone, UserErrorCode, found},
    ids,
    leave::Leave,
    loaders::TheSchedule,
    schedule_audit::changed,
};
use crate::{
    domain::{
        actor::Actor,
        audit::{AuditAction, Target},
        ids::ScheduleId,
        notification::{Notice, Stop as HowStopped, notice_of_stop},
        role::Permission,
        schedule::{Firing, Schedule},
    },
    store::{Claim, Db, Notices, audit, schedules},
};

/// Where a schedule is named in every input that has one.
const PATH: &[&str] = &["input", "scheduleId"];

/// What somebody wants to do to a schedule.
pub(super) struct Wanted<'a> {
    /// The schedule, as the client named it.
    pub(super) id: &'a ID,
    /// Only at this revision.
    pub(super) revision: Option<i32>,
    /// Name of the mutation.
    pub(super) operation: &'static str,
    /// What it does.
    pub(super) action: AuditAction,
    /// The right that it takes.
    pub(super) right: Permission,
}

/// Leave to do something to a schedule.
#[derive(Clone, Debug)]
pub(super) struct Permit {
    /// Leave in the schedule's tenant.
    pub(super) leave: Leave,
    /// The schedule.
    pub(super) schedule: ScheduleId,
    revision: Option<i32>,
    action: AuditAction,
}

impl Permit {
    /// Asks for leave.
    ///
    /// # Errors
    ///
    /// A fault for a schedule that is not there, or deleted, or a stranger's; FORBIDDEN for a role
    /// that is too low.
    pub(super) async fn ask(call: &Call, wanted: Wanted<'_>) -> Result<Self, Stop> {
        let id: ScheduleId = ids::read(wanted.id)?;
        let reached = call.reach(id, TheSchedule).await;
        let (scope, schedule) = found(reached, PATH)?;
        if schedule.deleted_at.is_some() {
            return Err(Faults::not_found(PATH).into());
        }
        let attempt = Attempt {
            operation: wanted.operation,
            action: wanted.action,
            target: Target::Schedule(id),
            name: schedule.name.to_string(),
        };
        Ok(Self {
            leave: Leave::ask(call, scope, wanted.right, attempt).await?,
            schedule: id,
            revision: wanted.revision,
            action: wanted.action,
        })
    }

    /// The schedule as it is now, locked until the transaction ends, for a caller who still may.
    pub(super) fn locked(&self, db: &mut Db) -> Result<Schedule, Undone> {
        self.leave.confirmed(db)?;
        schedules::lock(db, self.schedule)?;
        let schedule = schedules::find(db, self.leave.scope.tenant, self.schedule)?;
        let schedule = schedule
            .filter(|schedule| schedule.deleted_at.is_none())
            .ok_or_else(|| Faults::not_found(PATH))?;
        match self.revision {
            Some(revision) if revision != schedule.revision => Err(stale(&schedule).into()),
            _ => Ok(schedule),
        }
    }

    /// Writes what became of the schedule, that it did, and what people are told of it.
    pub(super) fn write(
        &self,
        db: &mut Db,
        before: &Schedule,
        after: &Schedule,
        notices: &mut Notices,
        now: DateTime<Utc>,
    ) -> Result<(), Undone> {
        match schedules::update(db, after, before.revision)? {
            Some(Claim::Ours) => {}
            Some(Claim::Taken) => return Err(name_taken().into()),
            // The schedule is locked, so nobody can have changed it.
            None => return Err(stale(before).into()),
        }
        let author = &self.leave.author;
        audit::append(db, &changed(before, after, self.action, author), now)?;
        notices.extend(news_of_stop(before, after, &author.actor));
        Ok(())
    }
}

/// What the tenant's people are told when a schedule stops firing because somebody wants it.
fn news_of_stop(before: &Schedule, after: &Schedule, by: &Actor) -> Option<Notice> {
    let stop = match (&before.firing, &after.firing) {
        _ if after.deleted_at.is_some() => HowStopped::Deleted,
        (Firing::Enabled(_), Firing::Disabled { .. }) => HowStopped::Disabled,
        (Firing::Enabled(_) | Firing::Disabled { .. }, _) => return None,
    };
    let name = after.name.as_str();
    Some(notice_of_stop(
        after.tenant,
        after.id,
        name,
        stop,
        by.clone(),
    ))
}

/// Another schedule of the tenant has the name.
pub(super) fn name_taken() -> Faults {
    let message = "another schedule of the tenant has this name";
    Faults::one(UserErrorCode::AlreadyExists, message, &["input", "name"])
}

fn stale(present: &Schedule) -> Faults {
    let message = format!("the schedule is at revision {} by now", present.revision);
    let path = ["input", "expectedRevision"];
    Faults::one(UserErrorCode::StaleRevision, message, &path)
}
