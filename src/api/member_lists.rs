//! Lists of members: which, in which order, and their pages.

use async_graphql::{Enum, InputObject};

use super::{
    access::TenantScope,
    call::Call,
    cursors::Fingerprint,
    error::Result,
    filters,
    members::TenantMember,
    pages::{List, OrderDirection, PageArguments, connection, edge},
    words::TenantRole,
};
use crate::store::pages::{
    Order,
    members::{self, MemberField, MemberFilter as Conditions},
};

/// Which members to list. Conditions are joined by AND.
#[derive(InputObject, Clone, Debug, Default)]
pub(super) struct TenantMemberFilter {
    /// Role is one of these.
    roles: Option<Vec<TenantRole>>,
    /// Case-insensitive part of the name or e-mail address, 1 to 120 characters.
    search: Option<String>,
}

/// What members can be ordered by.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "MemberField")]
pub(super) enum TenantMemberOrderField {
    /// When the person became a member.
    CreatedAt,
    /// Display name, case-insensitive.
    Name,
    /// Role, READONLY first when ascending.
    Role,
}

/// Order of members. Ties are broken by ID.
#[derive(InputObject, Clone, Copy, Debug)]
pub(super) struct TenantMemberOrder {
    /// What to order by.
    field: TenantMemberOrderField,
    /// Which way.
    #[graphql(default_with = "OrderDirection::Ascending")]
    direction: OrderDirection,
}

impl Default for TenantMemberOrder {
    fn default() -> Self {
        Self {
            field: TenantMemberOrderField::Name,
            direction: OrderDirection::Ascending,
        }
    }
}

impl From<TenantMemberOrder> for Order<MemberField> {
    fn from(order: TenantMemberOrder) -> Self {
        Self {
            field: order.field.into(),
            direction: order.direction.into(),
        }
    }
}

connection! {
    TenantMemberConnection "TenantMemberConnection" of TenantMemberEdge with TenantMember:
    "A page of members.", edges "The members with their cursors.", nodes "The members without their cursors."
}

edge! {
    TenantMemberEdge "TenantMemberEdge" with TenantMember:
    "A member in a page.", node "The member."
}

/// A page of a tenant's members.
pub(super) async fn members_page(
    call: &Call,
    scope: TenantScope,
    filter: TenantMemberFilter,
    order: TenantMemberOrder,
    page: &PageArguments,
) -> Result<TenantMemberConnection> {
    let (tenant, order) = (scope.tenant, order.into());
    let filter = Conditions {
        roles: filters::words(filter.roles),
        search: filters::search(filter.search)?,
    };
    let counted = filter.clone();
    let list = List {
        fingerprint: Fingerprint::of(("members", tenant, &filter, order)),
        load: move |db: &mut _, window: &_| members::page(db, tenant, &filter, order, window),
        count: move |db: &mut _| members::count(db, tenant, &counted),
    };
    let view = |member| TenantMember { scope, member };
    Ok(TenantMemberConnection(list.page(call, page, view).await?))
}
