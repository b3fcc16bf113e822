//! Who may see and do what: the one place where membership is checked.
//!
//! An object is reached through [`Call::reach`], which looks for it in the caller's tenants only,
//! so that a stranger's object and a missing one are the same. The role is asked afterwards.

use async_graphql::ID;

use super::{
    call::Call,
    error::{Code, Refusal, Result},
    ids,
    loaders::Question,
};
use crate::{
    domain::{
        actor::Actor,
        api_token::ApiToken,
        audit::{AuditAction, AuditEntry, AuditOutcome, Origin, Target},
        ids::TenantId,
        role::{Permission, Role},
    },
    store::audit,
};
/// Who makes a request. API tokens only: people sign in with a later issue.
#[derive(Clone, Debug)]
pub(super) struct Caller {
    /// The token that the request carries.
    pub(super) token: ApiToken,
    /// Where the request comes from.
    pub(super) origin: Origin,
}

impl Caller {
    /// The caller, as what it does is remembered.
    pub(super) fn actor(&self) -> Actor {
        Actor::ApiToken {
            id: self.token.id,
            name: self.token.name.to_string(),
        }
    }

    /// The standing of a token in the tenant it is bound to.
    pub(super) fn home(&self) -> TenantScope {
        TenantScope {
            tenant: self.token.tenant,
            role: self.token.role,
        }
    }

    /// The caller's standing in each of its tenants.
    pub(super) fn scopes(&self) -> Vec<TenantScope> {
        vec![self.home()]
    }

    /// What the caller may do by its standing, in alphabetical order.
    pub(super) fn permissions(&self, scope: TenantScope) -> Vec<Permission> {
        let permissions = Permission::ALL.iter().copied();
        permissions.filter(|right| may(scope, *right)).collect()
    }
}

/// Whether an API token of this standing has a right.
fn may(scope: TenantScope, right: Permission) -> bool {
    scope.role.permits(right) && right.is_for_tokens()
}

/// The caller's standing in one tenant. Whoever holds one is a member of the tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TenantScope {
    /// The tenant.
    pub(super) tenant: TenantId,
    /// The caller's role there.
    pub(super) role: Role,
}

/// Something that a caller wants to do to an object, for the record of its refusal.
#[derive(Clone, Debug)]
pub(super) struct Attempt {
    /// Name of the mutation.
    pub(super) operation: &'static str,
    /// What it would have done.
    pub(super) action: AuditAction,
    /// What to.
    pub(super) target: Target,
    /// Name of that object.
    pub(super) name: String,
}

impl Call {
    /// An object in one of the caller's tenants, with the caller's standing there.
    ///
    /// # Errors
    ///
    /// NOT_FOUND when there is none, or it belongs to another tenant.
    pub(super) async fn reach<Q: Question>(
        &self,
        question: impl Fn(TenantId) -> Q,
    ) -> Result<(TenantScope, Q::Answer)> {
        for scope in self.caller.scopes() {
            if let Some(object) = self.load(question(scope.tenant)).await? {
                return Ok((scope, object));
            }
        }
        Err(Refusal::not_found())
    }

    /// The caller's standing in a tenant, by the identifier that a client sent.
    ///
    /// # Errors
    ///
    /// NOT_FOUND for a stranger. A token has no tenant but its own, and does not outlive it: whoever
    /// deletes a tenant revokes its tokens.
    pub(super) fn scope(&self, id: &ID) -> Result<TenantScope> {
        let wanted: TenantId = ids::read(id)?;
        let mut scopes = self.caller.scopes().into_iter();
        let own = scopes.find(|scope| scope.tenant == wanted);
        own.ok_or_else(Refusal::not_found)
    }

    /// Refuses what the caller's role does not permit, and writes the refusal down.
    ///
    /// # Errors
    ///
    /// FORBIDDEN.
    pub(super) async fn require(
        &self,
        scope: TenantScope,
        right: Permission,
        attempt: Attempt,
    ) -> Result<()> {
        if may(scope, right) {
            return Ok(());
        }
        let Attempt {
            operation,
            action,
            target,
            name,
        } = attempt;
        let entry = AuditEntry::of(scope.tenant, self.caller.actor(), action, target, name)
            .from_origin(self.caller.origin.clone())
            .ended(AuditOutcome::Denied);
        let written = self
            .store
            .write(move |db, now| audit::refuse(db, &entry, operation, now));
        written.await?;
        let least = right.least_role();
        let message = format!("{operation} needs the role {least} in the tenant");
        Err(Refusal::new(Code::Forbidden, message))
    }
}
