//! The audit log: what is written down of every change.

use std::str::FromStr;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use super::{
    actor::Actor,
    ids::{ApiTokenId, AuditEntryId, BackupSetId, MemberId, RunId, ScheduleId, TenantId},
    words::words,
};

words! {
    /// What was done.
    AuditAction {
        /// An API token was created.
        ApiTokenCreated "API_TOKEN_CREATED"
        /// An API token was revoked.
        ApiTokenRevoked "API_TOKEN_REVOKED"
        /// A backup set was deleted, by a user or by retention.
        BackupSetDeleted "BACKUP_SET_DELETED"
        /// A backup set was exported.
        BackupSetExported "BACKUP_SET_EXPORTED"
        /// A deleted backup set was purged for good.
        BackupSetPurged "BACKUP_SET_PURGED"
        /// A deleted backup set was brought back.
        BackupSetUndeleted "BACKUP_SET_UNDELETED"
        /// The hashes of a backup set were checked.
        BackupSetVerified "BACKUP_SET_VERIFIED"
        /// The Graph credential was removed.
        CredentialRemoved "CREDENTIAL_REMOVED"
        /// The Graph credential was set.
        CredentialSet "CREDENTIAL_SET"
        /// The Graph credential was checked.
        CredentialVerified "CREDENTIAL_VERIFIED"
        /// Stored secrets were sealed anew under another key.
        KeyRotated "KEY_ROTATED"
        /// A member was added.
        MemberAdded "MEMBER_ADDED"
        /// A member was removed.
        MemberRemoved "MEMBER_REMOVED"
        /// A member's role was changed.
        MemberRoleChanged "MEMBER_ROLE_CHANGED"
        /// Something was asked for that takes a higher role; only refusals are written down.
        Read "READ"
        /// A run was asked to stop.
        RunCancelRequested "RUN_CANCEL_REQUESTED"
        /// A schedule's slot was dispatched: a run was queued.
        RunDispatched "RUN_DISPATCHED"
        /// A run ended, whatever its trigger and outcome.
        RunFinished "RUN_FINISHED"
        /// A slot passed with no server to dispatch it.
        RunMissed "RUN_MISSED"
        /// A run was retried.
        RunRetried "RUN_RETRIED"
        /// A slot was skipped because a run of the schedule was active.
        RunSkipped "RUN_SKIPPED"
        /// A run was started by hand.
        RunStarted "RUN_STARTED"
        /// A schedule was created.
        ScheduleCreated "SCHEDULE_CREATED"
        /// A schedule was deleted.
        ScheduleDeleted "SCHEDULE_DELETED"
        /// A schedule was disabled.
        ScheduleDisabled "SCHEDULE_DISABLED"
        /// A schedule was enabled.
        ScheduleEnabled "SCHEDULE_ENABLED"
        /// A schedule was changed.
        ScheduleUpdated "SCHEDULE_UPDATED"
        /// A tenant was added.
        TenantCreated "TENANT_CREATED"
        /// A tenant was deleted by an operator.
        TenantDeleted "TENANT_DELETED"
        /// A tenant's settings were changed.
        TenantUpdated "TENANT_UPDATED"
    }

    /// How an audited action ended.
    AuditOutcome {
        /// It was refused because the role was too low.
        Denied "DENIED"
        /// It failed.
        Failed "FAILED"
        /// It was carried out.
        Succeeded "SUCCEEDED"
    }
}

/// What an action was done to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// The tenant itself.
    Tenant(TenantId),
    /// A schedule.
    Schedule(ScheduleId),
    /// A run.
    Run(RunId),
    /// A backup set.
    BackupSet(BackupSetId),
    /// A member.
    Member(MemberId),
    /// An API token.
    ApiToken(ApiTokenId),
}

impl Target {
    /// Kind and identifier, as they are stored.
    pub fn columns(self) -> (&'static str, String) {
        match self {
            Self::Tenant(id) => ("TENANT", id.to_string()),
            Self::Schedule(id) => ("SCHEDULE", id.to_string()),
            Self::Run(id) => ("RUN", id.to_string()),
            Self::BackupSet(id) => ("BACKUP_SET", id.to_string()),
            Self::Member(id) => ("MEMBER", id.to_string()),
            Self::ApiToken(id) => ("API_TOKEN", id.to_string()),
        }
    }
}

/// Where a change by a caller came from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// The request, as in its `x-request-id` header.
    pub request_id: Option<String>,
    /// Network address of the caller.
    pub ip_address: Option<String>,
}

/// Who makes a change, and where from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Author {
    /// Who.
    pub actor: Actor,
    /// Where from; empty for the service itself and for operators.
    pub origin: Origin,
}

impl From<Actor> for Author {
    fn from(actor: Actor) -> Self {
        Self {
            actor,
            origin: Origin::default(),
        }
    }
}

/// One line of a tenant's audit log, to be written with the change it tells of.
#[derive(Clone, Debug, PartialEq)]
pub struct AuditEntry {
    /// The tenant.
    pub tenant: TenantId,
    /// Who did it.
    pub actor: Actor,
    /// Where from; empty for the service itself.
    pub origin: Origin,
    /// What was done.
    pub action: AuditAction,
    /// How it ended.
    pub outcome: AuditOutcome,
    /// What to.
    pub target: Option<Target>,
    /// Name of that object at the time.
    pub target_name: Option<String>,
    /// What changed: member names, each with `before` and `after`. Never holds a secret.
    pub changes: Map<String, Value>,
}

/// A line as it stands in the log.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Its identifier.
    pub id: AuditEntryId,
    /// When it was written.
    pub at: DateTime<Utc>,
    /// What it tells of.
    pub told: AuditEntry,
}

/// The member under which a refusal tells how many of its kind it stands for.
const REFUSALS: &str = "refusals";

impl AuditEntry {
    /// A change that was carried out on a named object.
    pub fn of(
        tenant: TenantId,
        actor: Actor,
        action: AuditAction,
        target: Target,
        name: impl Into<String>,
    ) -> Self {
        Self {
            tenant,
            actor,
            origin: Origin::default(),
            action,
            outcome: AuditOutcome::Succeeded,
            target: Some(target),
            target_name: Some(name.into()),
            changes: Map::new(),
        }
    }

    /// A change that its author carried out on a named object.
    pub fn by(
        author: &Author,
        tenant: TenantId,
        action: AuditAction,
        target: Target,
        name: impl Into<String>,
    ) -> Self {
        Self::of(tenant, author.actor.clone(), action, target, name)
            .from_origin(author.origin.clone())
    }

    /// The same entry with where it came from.
    #[must_use]
    pub fn from_origin(mut self, origin: Origin) -> Self {
        self.origin = origin;
        self
    }

    /// The same entry with another outcome.
    #[must_use]
    pub fn ended(mut self, outcome: AuditOutcome) -> Self {
        self.outcome = outcome;
        self
    }

    /// The same entry for so many refusals of one caller, operation and minute.
    #[must_use]
    pub fn refused(self, times: i64) -> Self {
        self.ended(AuditOutcome::Denied)
            .changed(REFUSALS, Value::Null, times)
    }

    /// The same entry with one more changed member; nothing is added when nothing changed.
    #[must_use]
    pub fn changed(
        mut self,
        member: &str,
        before: impl Into<Value>,
        after: impl Into<Value>,
    ) -> Self {
        let (before, after) = (before.into(), after.into());
        if before != after {
            self.changes
                .insert(member.to_owned(), json!({"before": before, "after": after}));
        }
        self
    }
}
