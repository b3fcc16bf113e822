//! The caller, as the service sees it.

use async_graphql::{Context, ID, Object};

use super::{
    access::home_of,
    actors::{Actor, ApiToken, User},
    call::Call,
    error::Result,
    notification_lists::{
        NotificationConnection, NotificationFilter, NotificationOrder, notifications_page,
    },
    notifications::shown_count,
    pages::{PageArguments, points},
    principal::Principal,
    scalars::DateTime,
    tenant_lists::{TenantConnection, TenantFilter, TenantOrder, tenants_page},
};
use crate::store::notifications::unread;

pub(super) struct Viewer;

/// The caller, as the service sees it.
#[Object]
impl Viewer {
    /// The person, or the API token when the request carries one.
    async fn actor(&self, ctx: &Context<'_>) -> Actor {
        match &Call::of(ctx).caller.principal {
            Principal::Person(person) => Actor::User(User::from(person)),
            Principal::Token(token) => Actor::ApiToken(ApiToken::of(home_of(token), token)),
        }
    }

    /// The person; null when the request carries an API token.
    async fn user(&self, ctx: &Context<'_>) -> Option<User> {
        Call::of(ctx).caller.person().map(User::from)
    }

    /// The API token of the request; null when a person signed in.
    async fn api_token(&self, ctx: &Context<'_>) -> Option<ApiToken> {
        match &Call::of(ctx).caller.principal {
            Principal::Person(_) => None,
            Principal::Token(token) => Some(ApiToken::of(home_of(token), token)),
        }
    }

    /// When the credential of this request expires; subscriptions end then. Null for a token without expiry.
    async fn credential_expires_at(&self, ctx: &Context<'_>) -> Option<DateTime> {
        Some(DateTime(Call::of(ctx).caller.principal.expires_at()))
    }

    /// Whether the caller may create tenants (an instance-wide right granted by the identity provider's app role).
    async fn can_create_tenants(&self, ctx: &Context<'_>) -> bool {
        let person = Call::of(ctx).caller.person();
        person.is_some_and(|person| person.may_create_tenants)
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

    /// Notifications addressed to the caller. Always empty for an API token.
    #[graphql(complexity = "points(first, last, child_complexity)")]
    async fn notifications(
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
        #[graphql(desc = "Only notifications that match.")] filter: Option<NotificationFilter>,
        #[graphql(
            desc = "Order of the notifications.",
            default_with = "Some(NotificationOrder::default())"
        )]
        order_by: Option<NotificationOrder>,
    ) -> Result<NotificationConnection> {
        let page = PageArguments {
            first,
            after,
            last,
            before,
        };
        let (filter, order) = (
            filter.unwrap_or_default().read()?,
            order_by.unwrap_or_default(),
        );
        notifications_page(Call::of(ctx), filter, order, &page).await
    }

    /// How many notifications of the caller are unread.
    async fn unread_notification_count(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Count only those of this tenant.")] tenant_id: Option<ID>,
    ) -> Result<i32> {
        let call = Call::of(ctx);
        let tenant = match &tenant_id {
            Some(id) => Some(call.scope(id).await?.tenant),
            None => None,
        };
        let Some(person) = call.caller.person() else {
            return Ok(0);
        };
        let person = person.id;
        let unread = call.store.read(move |db| unread(db, person, tenant));
        Ok(shown_count(unread.await?))
    }
}
