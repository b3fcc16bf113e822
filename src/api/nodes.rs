//! Any object by its global identifier.

use async_graphql::{ID, Interface};

use super::{
    access::TenantScope,
    actors::{ApiToken, User},
    audit_log::AuditLogEntry,
    backups::BackupSet,
    call::Call,
    error::Result,
    ids::AnyId,
    items::BackupItem,
    loaders::{
        TheItem, TheMember, TheMembership, ThePolicy, TheRun, TheSchedule, TheSet, TheToken,
    },
    members::TenantMember,
    notifications::Notification,
    policies::Policy,
    principal::PrincipalId,
    runs::BackupScheduleRun,
    schedules::BackupSchedule,
    tenants::Tenant,
};
use crate::domain::{
    ids::{ApiTokenId, MemberId, UserId},
    role::Permission,
};

/// An object with a global ID that can be fetched again through `Query.node`.
#[derive(Interface)]
#[graphql(field(
    name = "id",
    ty = "ID",
    desc = "Opaque global ID, at most 64 characters of `[A-Za-z0-9_-]`. Stable for the life of the object."
))]
pub(super) enum Node {
    Tenant(Tenant),
    BackupSchedule(BackupSchedule),
    BackupScheduleRun(BackupScheduleRun),
    BackupSet(BackupSet),
    BackupItem(BackupItem),
    Policy(Policy),
    ApiToken(ApiToken),
    AuditLogEntry(AuditLogEntry),
    Notification(Notification),
    User(User),
    TenantMember(TenantMember),
}

impl Node {
    /// The object, if the caller may know of it.
    pub(super) async fn find(call: &Call, id: &ID) -> Result<Self> {
        match AnyId::read(id)? {
            AnyId::Tenant(_) => Tenant::find(call, id).await.map(Self::Tenant),
            AnyId::Schedule(id) => {
                let (scope, schedule) = call.reach(id, TheSchedule).await?;
                Ok(Self::BackupSchedule(BackupSchedule { scope, schedule }))
            }
            AnyId::Run(id) => {
                let (scope, run) = call.reach(id, TheRun).await?;
                Ok(Self::BackupScheduleRun(BackupScheduleRun { scope, run }))
            }
            AnyId::BackupSet(id) => {
                let (scope, set) = call.reach(id, TheSet).await?;
                Ok(Self::BackupSet(BackupSet { scope, set }))
            }
            AnyId::BackupItem(id) => {
                let (scope, stored) = call.reach(id, TheItem).await?;
                Ok(Self::BackupItem(BackupItem { scope, stored }))
            }
            AnyId::Policy(id) => {
                let (scope, policy) = call.reach(id, ThePolicy).await?;
                Ok(Self::Policy(Policy { scope, policy }))
            }
            AnyId::Member(id) => member(call, id).await.map(Self::TenantMember),
            AnyId::ApiToken(id) => token(call, id).await.map(Self::ApiToken),
            AnyId::AuditEntry(id) => AuditLogEntry::find(call, id).await.map(Self::AuditLogEntry),
            AnyId::Notification(id) => Notification::find(call, id).await.map(Self::Notification),
            AnyId::User(id) => user(call, id).await.map(Self::User),
        }
    }
}

/// The caller, or somebody who is a member of one of the caller's tenants.
async fn user(call: &Call, id: UserId) -> Result<User> {
    match call.caller.person() {
        Some(person) if person.id == id => Ok(User::from(person)),
        _ => {
            let (_, user) = call.reach(id, TheMember).await?;
            Ok(User::from(user))
        }
    }
}

/// The caller's own membership, or another for those who may list them.
async fn member(call: &Call, id: MemberId) -> Result<TenantMember> {
    let (scope, member) = call.reach(id, TheMembership).await?;
    if call.caller.principal.id() != PrincipalId::Person(member.user) {
        may_list(call, scope).await?;
    }
    Ok(TenantMember { scope, member })
}

/// The caller's own token, or another for those who may list them.
async fn token(call: &Call, id: ApiTokenId) -> Result<ApiToken> {
    let (scope, token) = call.reach(id, TheToken).await?;
    if call.caller.principal.id() != PrincipalId::Token(id) {
        may_list(call, scope).await?;
    }
    Ok(ApiToken::of(scope, &token))
}

/// Other members and tokens are shown to those who may list them.
async fn may_list(call: &Call, scope: TenantScope) -> Result<()> {
    let tenant = Tenant::within(call, scope).await?;
    tenant.may_read(call, "node", Permission::ReadMembers).await
}
