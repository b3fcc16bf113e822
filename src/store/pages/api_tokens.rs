//! API tokens of a tenant, a page at a time.

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use diesel::prelude::*;

use super::{Backend, Column, Order, Page, PageError, Window, containing, or_earliest, page};
use crate::{
    domain::{
        api_token::{ApiToken, TokenStatus},
        ids::TenantId,
    },
    store::{
        api_tokens::ApiTokenRow, columns::stamp, conn::Db, error::StoreError, schema::api_tokens,
    },
};

/// How long a token that cannot be used any more is still listed.
const REMEMBERED: TimeDelta = TimeDelta::days(90);

/// Which tokens; absent conditions hold for every token.
#[derive(Clone, Debug, Default)]
pub struct TokenFilter {
    /// In one of these states.
    pub statuses: Option<Vec<TokenStatus>>,
    /// With this in their name, whatever the case.
    pub search: Option<String>,
}

/// What tokens are ordered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TokenField {
    /// When the token was created.
    CreatedAt,
    /// When it stops working by itself.
    ExpiresAt,
    /// When it was last used; absent counts as earliest.
    LastUsedAt,
    /// Its name, folded.
    Name,
}

type Tokens = api_tokens::BoxedQuery<'static, Backend>;

fn matching(tenant: TenantId, filter: &TokenFilter, now: DateTime<Utc>) -> Tokens {
    let (present, horizon) = (stamp(now), stamp(now - REMEMBERED));
    let is_recent = api_tokens::revoked_at
        .is_null()
        .or(api_tokens::revoked_at.ge(horizon))
        .assume_not_null();
    let mut query = api_tokens::table
        .filter(api_tokens::tenant_id.eq(tenant.to_string()))
        .filter(api_tokens::expires_at.ge(horizon))
        .filter(is_recent)
        .into_boxed();
    if let Some(statuses) = &filter.statuses {
        let is = |status| statuses.contains(&status);
        if !is(TokenStatus::Revoked) {
            query = query.filter(api_tokens::revoked_at.is_null());
        }
        let revoked = api_tokens::revoked_at.is_not_null();
        if !is(TokenStatus::Active) {
            query = query.filter(revoked.or(api_tokens::expires_at.le(present)));
        }
        if !is(TokenStatus::Expired) {
            query = query.filter(revoked.or(api_tokens::expires_at.gt(present)));
        }
    }
    if let Some(part) = &filter.search {
        let pattern = containing(part);
        query = query.filter(api_tokens::name_folded.like(pattern).escape('\\'));
    }
    query
}

/// A page of a tenant's tokens, as they are at `now`.
pub fn page(
    db: &mut Db,
    tenant: TenantId,
    filter: &TokenFilter,
    order: Order<TokenField>,
    (window, now): (&Window, DateTime<Utc>),
) -> Result<Page<ApiToken>, PageError> {
    let query = matching(tenant, filter, now);
    let (by, way) = (order.field, order.direction);
    match by {
        TokenField::CreatedAt => {
            page!(db, query, api_tokens as ApiTokenRow, api_tokens::created_at => NaiveDateTime, way, window)
        }
        TokenField::ExpiresAt => {
            page!(db, query, api_tokens as ApiTokenRow, api_tokens::expires_at => NaiveDateTime, way, window)
        }
        TokenField::LastUsedAt => {
            page!(db, query, api_tokens as ApiTokenRow, or_earliest("last_used_at") => NaiveDateTime, way, window)
        }
        TokenField::Name => {
            page!(db, query, api_tokens as ApiTokenRow, api_tokens::name_folded => String, way, window)
        }
    }
}

/// How many of a tenant's tokens match at `now`.
pub fn count(
    db: &mut Db,
    tenant: TenantId,
    filter: &TokenFilter,
    now: DateTime<Utc>,
) -> Result<i64, StoreError> {
    Ok(matching(tenant, filter, now).count().get_result(db)?)
}
