//! Who may see and do what: the one place where membership is checked.
//!
//! An object is reached through [`Call::reach`], which looks for it in the caller's tenants only,
//! so that a stranger's object and a missing one are the same. The role is asked afterwards.

use std::collections::{HashMap, HashSet};

use async_graphql::ID;
use chrono::{DateTime, Utc};

use super::{
    call::Call,
    error::{Code, Refusal, Result},
    ids,
    principal::{Person, Principal},
    standings::{Beside, Reachable, Within},
};
use crate::{
    domain::{
        actor::Actor,
        api_token::ApiToken,
        audit::{AuditAction, AuditEntry, Author, Origin, Target},
        ids::{ApiTokenId, TenantId, UserId},
        role::{Permission, Role},
    },
    store::audit,
};

/// Who makes a request.
#[derive(Clone, Debug)]
pub(super) struct Caller {
    /// The person or the token.
    pub(super) principal: Principal,
    /// Where the request comes from.
    pub(super) origin: Origin,
}

impl Caller {
    /// The caller, as what it does is remembered.
    pub(super) fn actor(&self) -> Actor {
        self.principal.actor()
    }

    /// The person who calls; none when it is an automation.
    pub(super) fn person(&self) -> Option<&Person> {
        match &self.principal {
            Principal::Person(person) => Some(person),
            Principal::Token(_) => None,
        }
    }

    /// What the caller may do by its standing, in alphabetical order.
    pub(super) fn permissions(&self, scope: TenantScope) -> Vec<Permission> {
        let permissions = Permission::ALL.iter().copied();
        permissions
            .filter(|right| self.may(scope, *right))
            .collect()
    }

    /// Whether the caller has a right: people by their role, tokens only to what is for tokens.
    pub(super) fn may(&self, scope: TenantScope, right: Permission) -> bool {
        let is_for_caller = match self.principal {
            Principal::Person(_) => true,
            Principal::Token(_) => right.is_for_tokens(),
        };
        is_for_caller && scope.role.permits(right)
    }
}

/// The standing of a token in the tenant it is bound to.
pub(super) fn home_of(token: &ApiToken) -> TenantScope {
    TenantScope {
        tenant: token.tenant,
        role: token.role,
    }
}

/// The caller's standing in one tenant. Whoever holds one is a member of the tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TenantScope {
    /// The tenant.
    pub(super) tenant: TenantId,
    /// The caller's role there.
    pub(super) role: Role,
}

/// Who may know of a tenant at some instant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Insiders {
    /// Its members, by their role.
    pub(super) people: HashMap<UserId, Role>,
    /// Its tokens in force.
    pub(super) tokens: HashSet<ApiTokenId>,
}

/// What a caller is to a tenant that it followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Admission {
    /// It may know, in this role.
    Inside(Role),
    /// Its membership has ended.
    Stranger,
    /// Its credential does not hold any more.
    Expired,
}

impl Insiders {
    /// Whether whoever holds a credential may know of the tenant.
    pub(super) fn admit(&self, principal: &Principal, now: DateTime<Utc>) -> Admission {
        match principal {
            _ if !principal.holds(now) => Admission::Expired,
            Principal::Person(person) => match self.people.get(&person.id) {
                Some(role) => Admission::Inside(*role),
                None => Admission::Stranger,
            },
            // A token ends with its standing, whichever of them was taken.
            Principal::Token(token) if self.tokens.contains(&token.id) => {
                Admission::Inside(token.role)
            }
            Principal::Token(_) => Admission::Expired,
        }
    }
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
    pub(super) async fn reach<Q: Reachable>(
        &self,
        id: Q::Id,
        question: impl Fn(TenantId, Q::Id) -> Q,
    ) -> Result<(TenantScope, Q::Answer)> {
        let scope = match &self.caller.principal {
            Principal::Token(token) => Some(home_of(token)),
            Principal::Person(person) => self.load(Beside::<Q>::of(person.id, id)).await?,
        };
        let scope = scope.ok_or_else(Refusal::not_found)?;
        let object = self.must_load(question(scope.tenant, id)).await?;
        Ok((scope, object))
    }

    /// The caller's standing in a tenant, by the identifier that a client sent.
    ///
    /// # Errors
    ///
    /// NOT_FOUND for a stranger.
    pub(super) async fn scope(&self, id: &ID) -> Result<TenantScope> {
        let wanted: TenantId = ids::read(id)?;
        self.standing(wanted).await?.ok_or_else(Refusal::not_found)
    }

    /// The caller's standing in a tenant; none for a stranger. A token has no tenant but its own, and
    /// does not outlive it: whoever deletes a tenant revokes its tokens and ends its memberships.
    pub(super) async fn standing(&self, tenant: TenantId) -> Result<Option<TenantScope>> {
        match &self.caller.principal {
            Principal::Token(token) => {
                Ok(Some(home_of(token)).filter(|scope| scope.tenant == tenant))
            }
            Principal::Person(person) => self.load(Within(person.id, tenant)).await,
        }
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
        if self.caller.may(scope, right) {
            return Ok(());
        }
        let operation = attempt.operation;
        self.write_refusal(scope, attempt).await?;
        let least = right.least_role();
        let message = format!("{operation} needs the role {least} in the tenant");
        Err(Refusal::new(Code::Forbidden, message))
    }

    /// Writes down that the caller was refused something.
    /// A request that is refused the same thing many times is refused it once.
    pub(super) async fn write_refusal(&self, scope: TenantScope, attempt: Attempt) -> Result<()> {
        if !self.is_first_refusal(scope.tenant, attempt.operation) {
            return Ok(());
        }
        let Attempt {
            operation,
            action,
            target,
            name,
        } = attempt;
        let entry = AuditEntry::by(&self.author(), scope.tenant, action, target, name);
        let written = self
            .store
            .write(move |db, now| audit::refuse(db, &entry, operation, now));
        Ok(written.await?)
    }

    /// The caller, as the author of a change.
    pub(super) fn author(&self) -> Author {
        Author {
            actor: self.caller.actor(),
            origin: self.caller.origin.clone(),
        }
    }
}
