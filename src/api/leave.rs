//! Leave to change something in a tenant, which is asked for at the door and confirmed where it counts.

use super::{
    access::{Attempt, TenantScope},
    call::Call,
    error::{Code, Refusal, Result},
};
use crate::{
    domain::{
        audit::Author,
        ids::UserId,
        role::{Permission, Role},
    },
    store::{Db, members, tenants},
};

/// Leave to do something in a tenant, as it was when it was asked for.
#[derive(Clone, Debug)]
pub(super) struct Leave {
    /// The caller's standing.
    pub(super) scope: TenantScope,
    /// Who acts.
    pub(super) author: Author,
    right: Permission,
    person: Option<UserId>,
}

impl Leave {
    /// Asks for leave.
    ///
    /// # Errors
    ///
    /// FORBIDDEN for a role that is too low; it is written down.
    pub(super) async fn ask(
        call: &Call,
        scope: TenantScope,
        right: Permission,
        attempt: Attempt,
    ) -> Result<Self> {
        call.require(scope, right, attempt).await?;
        Ok(Self {
            scope,
            author: call.author(),
            right,
            person: call.caller.person().map(|person| person.id),
        })
    }

    /// The caller's role as it is now, within a transaction that holds the tenant until its end.
    /// Somebody may have taken the right away in the meantime: of two owners who remove each other
    /// at once, one is none any more when its turn comes.
    pub(super) fn confirmed(&self, db: &mut Db) -> Result<Role> {
        tenants::lock(db, self.scope.tenant)?;
        let Some(person) = self.person else {
            // The role of a token never changes.
            return Ok(self.scope.role);
        };
        let role = members::role_of(db, self.scope.tenant, person)?;
        let role = role.ok_or_else(Refusal::not_found)?;
        if role.permits(self.right) {
            return Ok(role);
        }
        let message = "the role that this takes was taken away a moment ago";
        Err(Refusal::new(Code::Forbidden, message))
    }
}
