//! Who did something: people, API tokens, the service itself.

use async_graphql::{Context, Enum, ID, Interface, Object};

use super::{
    access::TenantScope,
    call::Call,
    error::Result,
    ids,
    loaders::{TheMember, TheToken},
    principal::{Person, PrincipalId},
    scalars::DateTime,
    words::TenantRole,
};
use crate::{
    domain::{
        actor, api_token,
        ids::{ApiTokenId, UserId},
        role::Permission,
    },
    store::members,
};

/// Who did something: a person, an API token or the service itself.
#[derive(Interface, Clone)]
#[graphql(
    name = "Actor",
    field(
        name = "display_name",
        ty = "String",
        desc = "Name to show, at most 256 characters. Not unique; may change over time."
    )
)]
pub(super) enum Actor {
    User(User),
    SystemActor(SystemActor),
    ApiToken(ApiToken),
    NamedActor(NamedActor),
}

impl Actor {
    /// Whoever acted in the tenant of a scope: members by the name that they have now, others as they
    /// were called then. Of people who have left, and of tokens that the caller may not list, no more
    /// than that name is told.
    pub(super) async fn of(call: &Call, scope: TenantScope, actor: &actor::Actor) -> Result<Self> {
        let name = actor.name().to_owned();
        Ok(match actor {
            actor::Actor::User { id, .. } => match call.load(TheMember(scope.tenant, *id)).await? {
                Some(user) => Self::User(user.into()),
                None => Self::User(User {
                    id: *id,
                    name,
                    email: None,
                }),
            },
            actor::Actor::ApiToken { id, .. } => {
                let is_own = call.caller.principal.id() == PrincipalId::Token(*id);
                let may_know = is_own || call.caller.may(scope, Permission::ReadMembers);
                match call.load(TheToken(scope.tenant, *id)).await? {
                    Some(_) if may_know => Self::ApiToken(ApiToken {
                        scope,
                        id: *id,
                        name,
                    }),
                    Some(_) | None => Self::NamedActor(NamedActor { name }),
                }
            }
            actor::Actor::System(_) => Self::SystemActor(SystemActor { name }),
        })
    }
}

#[derive(Clone)]
pub(super) struct User {
    pub(super) id: UserId,
    pub(super) name: String,
    pub(super) email: Option<String>,
}

impl From<&Person> for User {
    fn from(person: &Person) -> Self {
        Self {
            id: person.id,
            name: person.name.clone(),
            email: person.email.clone(),
        }
    }
}

impl From<members::User> for User {
    fn from(user: members::User) -> Self {
        Self {
            id: user.id,
            name: user.display_name,
            email: user.email,
        }
    }
}

/// A person: someone who has signed in through the identity provider, or was made a member by Entra object ID beforehand.
#[Object]
impl User {
    /// Opaque global ID.
    pub(super) async fn id(&self) -> ID {
        ids::show(self.id)
    }

    /// Name from the last sign-in; the Entra object ID before the first one.
    pub(super) async fn display_name(&self) -> String {
        self.name.clone()
    }

    /// E-mail address from the last sign-in; null when the identity provider sent none and before the first sign-in. For show only, never used for access.
    async fn email(&self) -> Option<&str> {
        self.email.as_deref()
    }
}

#[derive(Clone)]
pub(super) struct SystemActor {
    name: String,
}

/// The service itself: the scheduler, retention, the inventory sync.
#[Object]
impl SystemActor {
    /// Always names the component, for example `Scheduler`.
    pub(super) async fn display_name(&self) -> String {
        self.name.clone()
    }
}

#[derive(Clone)]
pub(super) struct NamedActor {
    name: String,
}

/// Someone of whom only the name is shown: an API token that the caller may not list, or that ended so long ago that it was removed.
#[Object]
impl NamedActor {
    /// Its name when it acted.
    pub(super) async fn display_name(&self) -> String {
        self.name.clone()
    }
}

/// Whether an API token can be used.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "api_token::TokenStatus")]
pub(super) enum ApiTokenStatus {
    /// It can be used.
    Active,
    /// Its time is over.
    Expired,
    /// Someone revoked it.
    Revoked,
}

#[derive(Clone)]
pub(super) struct ApiToken {
    pub(super) scope: TenantScope,
    pub(super) id: ApiTokenId,
    /// Its name when it acted.
    pub(super) name: String,
}

impl ApiToken {
    /// A token, by the name that it has.
    pub(super) fn of(scope: TenantScope, token: &api_token::ApiToken) -> Self {
        Self {
            scope,
            id: token.id,
            name: token.name.to_string(),
        }
    }

    async fn stored(&self, ctx: &Context<'_>) -> Result<api_token::ApiToken> {
        let question = TheToken(self.scope.tenant, self.id);
        Call::of(ctx).must_load(question).await
    }
}

/// A credential for an automation, bound to one tenant and one role. The token text is shown once, on creation.
#[Object]
impl ApiToken {
    /// Opaque global ID.
    pub(super) async fn id(&self) -> ID {
        ids::show(self.id)
    }

    /// The same as `name`.
    pub(super) async fn display_name(&self) -> String {
        self.name.clone()
    }

    /// Name, 1 to 120 characters, unique among the active tokens of the tenant.
    async fn name(&self) -> String {
        self.name.clone()
    }

    /// First characters of the token text (prefix and key ID), enough to recognise it in a secret scan.
    async fn prefix(&self, ctx: &Context<'_>) -> Result<String> {
        Ok(self.stored(ctx).await?.prefix())
    }

    /// Role of the token; never OWNER.
    async fn role(&self, ctx: &Context<'_>) -> Result<TenantRole> {
        Ok(self.stored(ctx).await?.role.into())
    }

    /// Whether the token can be used, and if not, why.
    async fn status(&self, ctx: &Context<'_>) -> Result<ApiTokenStatus> {
        let token = self.stored(ctx).await?;
        Ok(token.status(Call::of(ctx).clock.now()).into())
    }

    /// Who created the token. Null when the caller may not list members.
    async fn created_by(&self, ctx: &Context<'_>) -> Result<Option<Actor>> {
        if !Call::of(ctx)
            .caller
            .may(self.scope, Permission::ReadMembers)
        {
            return Ok(None);
        }
        let token = self.stored(ctx).await?;
        let actor = Box::pin(Actor::of(Call::of(ctx), self.scope, &token.created_by));
        actor.await.map(Some)
    }

    /// When the token was created.
    async fn created_at(&self, ctx: &Context<'_>) -> Result<DateTime> {
        Ok(DateTime(self.stored(ctx).await?.created_at))
    }

    /// When the token stops working by itself.
    async fn expires_at(&self, ctx: &Context<'_>) -> Result<DateTime> {
        Ok(DateTime(self.stored(ctx).await?.expires_at))
    }

    /// When the token was last used, to the minute; null when never.
    async fn last_used_at(&self, ctx: &Context<'_>) -> Result<Option<DateTime>> {
        Ok(self.stored(ctx).await?.last_used_at.map(DateTime))
    }

    /// When the token was revoked; null when it was not.
    async fn revoked_at(&self, ctx: &Context<'_>) -> Result<Option<DateTime>> {
        Ok(self.stored(ctx).await?.revoked_at.map(DateTime))
    }
}
