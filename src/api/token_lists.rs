//! Lists of API tokens: which, in which order, and their pages.

use async_graphql::{Enum, InputObject};

use super::{
    access::TenantScope,
    actors::{ApiToken, ApiTokenStatus},
    call::Call,
    cursors::Fingerprint,
    error::Result,
    filters,
    pages::{List, OrderDirection, PageArguments, connection, edge},
};
use crate::store::pages::{
    Order,
    api_tokens::{self, TokenField, TokenFilter as Conditions},
};

/// Which API tokens to list. Conditions are joined by AND.
#[derive(InputObject, Clone, Debug, Default)]
pub(super) struct ApiTokenFilter {
    /// Status is one of these.
    statuses: Option<Vec<ApiTokenStatus>>,
    /// Case-insensitive part of the name, 1 to 120 characters.
    search: Option<String>,
}

/// What API tokens can be ordered by.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "TokenField")]
pub(super) enum ApiTokenOrderField {
    /// When the token was created.
    CreatedAt,
    /// When the token expires.
    ExpiresAt,
    /// When the token was last used; never used counts as earliest.
    LastUsedAt,
    /// Name, case-insensitive.
    Name,
}

/// Order of API tokens. Ties are broken by ID.
#[derive(InputObject, Clone, Copy, Debug)]
pub(super) struct ApiTokenOrder {
    /// What to order by.
    field: ApiTokenOrderField,
    /// Which way.
    #[graphql(default_with = "OrderDirection::Ascending")]
    direction: OrderDirection,
}

impl Default for ApiTokenOrder {
    fn default() -> Self {
        Self {
            field: ApiTokenOrderField::CreatedAt,
            direction: OrderDirection::Descending,
        }
    }
}

impl From<ApiTokenOrder> for Order<TokenField> {
    fn from(order: ApiTokenOrder) -> Self {
        Self {
            field: order.field.into(),
            direction: order.direction.into(),
        }
    }
}

connection! {
    ApiTokenConnection "ApiTokenConnection" of ApiTokenEdge with ApiToken:
    "A page of API tokens.", edges "The API tokens with their cursors.", nodes "The API tokens without their cursors."
}

edge! {
    ApiTokenEdge "ApiTokenEdge" with ApiToken:
    "An API token in a page.", node "The API token."
}

/// A page of a tenant's API tokens.
pub(super) async fn tokens_page(
    call: &Call,
    scope: TenantScope,
    filter: ApiTokenFilter,
    order: ApiTokenOrder,
    page: &PageArguments,
) -> Result<ApiTokenConnection> {
    let (tenant, order, now) = (scope.tenant, order.into(), call.clock.now());
    let filter = Conditions {
        statuses: filters::words(filter.statuses),
        search: filters::search(filter.search)?,
    };
    let counted = filter.clone();
    let list = List {
        fingerprint: Fingerprint::of(("tokens", tenant, &filter, order)),
        load: move |db: &mut _, window: &_| {
            api_tokens::page(db, tenant, &filter, order, (window, now))
        },
        count: move |db: &mut _| api_tokens::count(db, tenant, &counted, now),
    };
    let view = |token| ApiToken::of(scope, &token);
    Ok(ApiTokenConnection(list.page(call, page, view).await?))
}
