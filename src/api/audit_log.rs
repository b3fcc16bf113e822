//! The audit log, as managers see it.

use async_graphql::{Context, Enum, ID, Object, Value};

use super::{
    access::TenantScope,
    actors::{Actor, ApiToken},
    backups::BackupSet,
    call::Call,
    error::Result,
    ids,
    loaders::{TheEntry, TheMembership, TheRun, TheSchedule, TheSet, TheTenant, TheToken},
    members::TenantMember,
    nodes::Node,
    runs::BackupScheduleRun,
    scalars::{DateTime, Json},
    schedules::BackupSchedule,
    tenants::Tenant,
};
use crate::domain::{
    audit::{self, Entry, Target},
    ids::AuditEntryId,
    role::Permission,
};

/// What was done. More actions may be added.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "audit::AuditAction")]
pub(super) enum AuditAction {
    /// An API token was created.
    ApiTokenCreated,
    /// An API token was revoked.
    ApiTokenRevoked,
    /// A backup set was deleted, by a user or by retention.
    BackupSetDeleted,
    /// A backup set was exported.
    BackupSetExported,
    /// A deleted backup set was purged for good.
    BackupSetPurged,
    /// A deleted backup set was brought back.
    BackupSetUndeleted,
    /// The hashes of a backup set were checked.
    BackupSetVerified,
    /// The Graph credential was removed.
    CredentialRemoved,
    /// The Graph credential was set.
    CredentialSet,
    /// The Graph credential was checked.
    CredentialVerified,
    /// Stored secrets were sealed anew under another key.
    KeyRotated,
    /// A member was added.
    MemberAdded,
    /// A member was removed.
    MemberRemoved,
    /// A member's role was changed.
    MemberRoleChanged,
    /// Something was asked for that takes a higher role. Only refusals are written down.
    Read,
    /// A run was asked to stop.
    RunCancelRequested,
    /// A schedule's slot was dispatched: a run was queued.
    RunDispatched,
    /// A run ended, whatever its trigger and outcome.
    RunFinished,
    /// A slot passed with no server to dispatch it.
    RunMissed,
    /// A run was retried.
    RunRetried,
    /// A slot was skipped because a run of the schedule was active.
    RunSkipped,
    /// A run was started by hand.
    RunStarted,
    /// A schedule was created.
    ScheduleCreated,
    /// A schedule was deleted.
    ScheduleDeleted,
    /// A schedule was disabled.
    ScheduleDisabled,
    /// A schedule was enabled.
    ScheduleEnabled,
    /// A schedule was changed.
    ScheduleUpdated,
    /// A tenant was added.
    TenantCreated,
    /// A tenant was deleted by an operator.
    TenantDeleted,
    /// A tenant's settings were changed.
    TenantUpdated,
}

/// How an audited action ended.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "audit::AuditOutcome")]
pub(super) enum AuditOutcome {
    /// It was refused because the role was too low.
    Denied,
    /// It failed; `changes.errorCode` says why.
    Failed,
    /// It was carried out.
    Succeeded,
}

#[derive(Clone)]
pub(super) struct AuditLogEntry {
    pub(super) scope: TenantScope,
    pub(super) entry: Entry,
}

impl AuditLogEntry {
    /// An entry of one of the tenants whose log the caller may read.
    pub(super) async fn find(call: &Call, id: AuditEntryId) -> Result<Self> {
        let (scope, entry) = call.reach(id, TheEntry).await?;
        let tenant = Tenant::within(call, scope).await?;
        tenant
            .may_read(call, "node", Permission::ReadAuditLog)
            .await?;
        Ok(Self { scope, entry })
    }
}

/// One line of a tenant's audit log. It is never changed, except that refusals of the same kind within a minute are counted in one entry. It holds no secrets.
#[Object]
impl AuditLogEntry {
    /// Opaque global ID.
    pub(super) async fn id(&self) -> ID {
        ids::show(self.entry.id)
    }

    /// The tenant.
    async fn tenant(&self, ctx: &Context<'_>) -> Result<Tenant> {
        Tenant::within(Call::of(ctx), self.scope).await
    }

    /// When it happened.
    async fn occurred_at(&self) -> DateTime {
        DateTime(self.entry.at)
    }

    /// Who did it.
    async fn actor(&self, ctx: &Context<'_>) -> Result<Actor> {
        Actor::of(Call::of(ctx), self.scope, &self.entry.told.actor).await
    }

    /// What was done.
    async fn action(&self) -> AuditAction {
        self.entry.told.action.into()
    }

    /// How it ended.
    async fn outcome(&self) -> AuditOutcome {
        self.entry.told.outcome.into()
    }

    /// The object it was done to; null when it is gone or the action has none.
    async fn target(&self, ctx: &Context<'_>) -> Result<Option<Node>> {
        let (call, scope) = (Call::of(ctx), self.scope);
        let tenant = scope.tenant;
        let Some(target) = self.entry.told.target else {
            return Ok(None);
        };
        Ok(match target {
            Target::Tenant(_) => {
                let tenant = call.load(TheTenant(tenant, ())).await?;
                tenant.map(|tenant| Node::Tenant(Tenant { scope, tenant }))
            }
            Target::Schedule(id) => {
                let schedule = call.load(TheSchedule(tenant, id)).await?;
                schedule.map(|schedule| Node::BackupSchedule(BackupSchedule { scope, schedule }))
            }
            Target::Run(id) => {
                let run = call.load(TheRun(tenant, id)).await?;
                run.map(|run| Node::BackupScheduleRun(BackupScheduleRun { scope, run }))
            }
            Target::BackupSet(id) => {
                let set = call.load(TheSet(tenant, id)).await?;
                set.map(|set| Node::BackupSet(BackupSet { scope, set }))
            }
            Target::ApiToken(id) => {
                let token = call.load(TheToken(tenant, id)).await?;
                token.map(|token| Node::ApiToken(ApiToken::of(scope, &token)))
            }
            Target::Member(id) => {
                let member = call.load(TheMembership(tenant, id)).await?;
                member.map(|member| Node::TenantMember(TenantMember { scope, member }))
            }
        })
    }

    /// Name of that object at the time; null when it has none.
    async fn target_name(&self) -> Option<&str> {
        self.entry.told.target_name.as_deref()
    }

    /// What changed: an object whose keys are field names and whose values have `before` and `after`. Secrets appear as `"[redacted]"`. Null when nothing was changed. An entry with the outcome DENIED stands for all refusals of one caller and operation within a minute: `refusals.after` tells how many.
    async fn changes(&self) -> Option<Json> {
        let changes = &self.entry.told.changes;
        // What was read as JSON can be written as such.
        let written = || Value::from_json(changes.clone().into()).ok().map(Json);
        (!changes.is_empty()).then(written).flatten()
    }

    /// ID of the request, as in its `x-request-id` response header; null for actions of the service itself.
    async fn request_id(&self) -> Option<&str> {
        self.entry.told.origin.request_id.as_deref()
    }

    /// Network address of the caller; null for actions of the service itself.
    async fn ip_address(&self) -> Option<&str> {
        self.entry.told.origin.ip_address.as_deref()
    }
}
