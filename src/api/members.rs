//! Members of a tenant, as clients see them.

use async_graphql::{Context, ID, Object};

use super::{
    access::TenantScope,
    actors::{Actor, User},
    call::Call,
    error::Result,
    ids,
    loaders::TheMember,
    scalars::DateTime,
    tenants::Tenant,
    words::TenantRole,
};
use crate::domain::member::Member;

#[derive(Clone)]
pub(super) struct TenantMember {
    pub(super) scope: TenantScope,
    pub(super) member: Member,
}

/// A person's membership in a tenant.
#[Object]
impl TenantMember {
    /// Opaque global ID of the membership, not of the person.
    pub(super) async fn id(&self) -> ID {
        ids::show(self.member.id)
    }

    /// The tenant.
    async fn tenant(&self, ctx: &Context<'_>) -> Result<Tenant> {
        Tenant::within(Call::of(ctx), self.scope).await
    }

    /// The person.
    async fn user(&self, ctx: &Context<'_>) -> Result<User> {
        let question = TheMember(self.scope.tenant, self.member.user);
        Ok(Call::of(ctx).must_load(question).await?.into())
    }

    /// The person's role in the tenant.
    async fn role(&self) -> TenantRole {
        self.member.role.into()
    }

    /// When the person became a member.
    async fn created_at(&self) -> DateTime {
        DateTime(self.member.created_at)
    }

    /// Who added the person.
    async fn added_by(&self, ctx: &Context<'_>) -> Result<Actor> {
        Actor::of(Call::of(ctx), self.scope, &self.member.added_by).await
    }
}
