//! Who may see and do what: the one place where membership is checked.
//!
//! An object is reached through [`Call::reach`], which looks for it in the caller's tenants only,
//! so that a stranger's object and a missing one are the same. The role is asked afterwards.

use super::{
    call::Call,
    error::{Code, Refusal, Result},
    ids::GlobalId,
};
use crate::{
    domain::{
        actor::Actor,
        api_token::ApiToken,
        audit::{AuditAction, AuditEntry, AuditOutcome, Origin, Target},
        ids::TenantId,
        role::{Permission, Role},
        tenant::Tenant,
    },
    store::{Db, StoreError, audit, tenants},
};
use async_graphql::ID;

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

    /// The caller's standing in each of its tenants.
    pub(super) fn scopes(&self) -> Vec<TenantScope> {
        vec![TenantScope {
            tenant: self.token.tenant,
            role: self.token.role,
        }]
    }

    /// The caller's standing in a tenant; none for a stranger.
    fn scope(&self, tenant: TenantId) -> Option<TenantScope> {
        self.scopes()
            .into_iter()
            .find(|scope| scope.tenant == tenant)
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
    pub(super) async fn reach<T, F>(&self, find: F) -> Result<(TenantScope, T)>
    where
        T: Send + 'static,
        F: Fn(&mut Db, TenantId) -> std::result::Result<Option<T>, StoreError> + Send + 'static,
    {
        let scopes = self.caller.scopes();
        let found = self.store.read(move |db| {
            for scope in scopes {
                // A deleted tenant is gone with all that was its own.
                if tenants::find(db, scope.tenant)?.is_none() {
                    continue;
                }
                if let Some(object) = find(db, scope.tenant)? {
                    return Ok::<_, StoreError>(Some((scope, object)));
                }
            }
            Ok(None)
        });
        found.await?.ok_or_else(Refusal::not_found)
    }

    /// A tenant by the identifier that a client sent.
    pub(super) async fn tenant(&self, id: &ID) -> Result<(TenantScope, Tenant)> {
        let wanted = TenantId::read(id)?;
        self.caller.scope(wanted).ok_or_else(Refusal::not_found)?;
        self.reach(move |db, tenant| match tenant == wanted {
            true => tenants::find(db, tenant),
            false => Ok(None),
        })
        .await
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
