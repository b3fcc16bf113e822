//! The caller, as the service sees it.

use async_graphql::{Context, Object};

use super::{
    access::Caller,
    actors::{Actor, ApiToken, User},
    call::Call,
    error::Result,
    pages::{PageArguments, points},
    scalars::DateTime,
    tenant_lists::{TenantConnection, TenantFilter, TenantOrder, tenants_page},
};

pub(super) struct Viewer;

impl Viewer {
    fn token(caller: &Caller) -> ApiToken {
        ApiToken {
            scope: caller.home(),
            id: caller.token.id,
            name: caller.token.name.to_string(),
        }
    }
}

/// The caller, as the service sees it.
#[Object]
impl Viewer {
    /// The person, or the API token when the request carries one.
    async fn actor(&self, ctx: &Context<'_>) -> Actor {
        Actor::ApiToken(Self::token(&Call::of(ctx).caller))
    }

    /// The person; null when the request carries an API token.
    async fn user(&self) -> Option<User> {
        None
    }

    /// The API token of the request; null when a person signed in.
    async fn api_token(&self, ctx: &Context<'_>) -> Option<ApiToken> {
        Some(Self::token(&Call::of(ctx).caller))
    }

    /// When the credential of this request expires; subscriptions end then. Null for a token without expiry.
    async fn credential_expires_at(&self, ctx: &Context<'_>) -> Option<DateTime> {
        Some(DateTime(Call::of(ctx).caller.token.expires_at))
    }

    /// Tenants the caller is a member of.
    #[graphql(complexity = "points(first, last, child_complexity)")]
    async fn tenants(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "How many from the start: 0 to 100, 25 when neither `first` nor `last` is given. Not together with `last`."
        )]
        first: Option<i32>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end: 0 to 100. Not together with `first`.")]
        last: Option<i32>,
        #[graphql(desc = "Only what precedes this cursor.")] before: Option<String>,
        #[graphql(desc = "Only tenants that match.")] filter: Option<TenantFilter>,
        #[graphql(
            desc = "Order of the tenants.",
            default_with = "Some(TenantOrder::default())"
        )]
        order_by: Option<TenantOrder>,
    ) -> Result<TenantConnection> {
        let page = PageArguments {
            first,
            after,
            last,
            before,
        };
        let (filter, order) = (filter.unwrap_or_default(), order_by.unwrap_or_default());
        tenants_page(Call::of(ctx), filter, order, &page).await
    }
}
