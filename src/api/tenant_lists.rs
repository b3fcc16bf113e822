//! Lists of tenants: which, in which order, and their pages.

use async_graphql::{Enum, InputObject, SimpleObject};

use super::{
    access::TenantScope,
    call::Call,
    cursors::Fingerprint,
    error::Result,
    filters,
    pages::{List, OrderDirection, PageArguments, connection},
    tenants::Tenant,
    words::{TenantConnectionStatus, TenantRole},
};
use crate::{
    domain::{role::Role, tenant},
    store::pages::{
        Order,
        tenants::{self, TenantField, TenantFilter as Conditions},
    },
};

/// Which tenants to list. Conditions are joined by AND.
#[derive(InputObject, Clone, Debug, Default)]
pub(super) struct TenantFilter {
    /// Case-insensitive part of the name, 1 to 120 characters.
    search: Option<String>,
    /// Connection status is one of these.
    connection_statuses: Option<Vec<TenantConnectionStatus>>,
    /// The caller's role is at least this one.
    minimum_role: Option<TenantRole>,
}

/// What tenants can be ordered by.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "TenantField")]
pub(super) enum TenantOrderField {
    /// When the tenant was added.
    CreatedAt,
    /// Name, case-insensitive.
    Name,
}

/// Order of tenants. Ties are broken by ID.
#[derive(InputObject, Clone, Copy, Debug)]
pub(super) struct TenantOrder {
    /// What to order by.
    field: TenantOrderField,
    /// Which way.
    #[graphql(default_with = "OrderDirection::Ascending")]
    direction: OrderDirection,
}

impl Default for TenantOrder {
    fn default() -> Self {
        Self {
            field: TenantOrderField::Name,
            direction: OrderDirection::Ascending,
        }
    }
}

impl From<TenantOrder> for Order<TenantField> {
    fn from(order: TenantOrder) -> Self {
        Self {
            field: order.field.into(),
            direction: order.direction.into(),
        }
    }
}

connection! {
    TenantConnection "TenantConnection" of TenantEdge with Tenant:
    "A page of tenants.", edges "The tenants with their cursors.", nodes "The tenants without their cursors."
}

/// A tenant in a page.
#[derive(SimpleObject, Clone)]
pub(super) struct TenantEdge {
    /// Position in the connection. Opaque; valid only with the same filter and order.
    cursor: String,
    /// The tenant.
    node: Tenant,
    /// The caller's role in the tenant.
    viewer_role: TenantRole,
}

impl From<(String, Tenant)> for TenantEdge {
    fn from((cursor, node): (String, Tenant)) -> Self {
        Self {
            cursor,
            viewer_role: node.scope.role.into(),
            node,
        }
    }
}

/// A page of the caller's tenants.
pub(super) async fn tenants_page(
    call: &Call,
    filter: TenantFilter,
    order: TenantOrder,
    page: &PageArguments,
) -> Result<TenantConnection> {
    let least = filter.minimum_role.map_or(Role::Readonly, Role::from);
    let mut scopes = call.caller.scopes();
    scopes.retain(|scope| scope.role >= least);
    let conditions = Conditions {
        among: scopes.iter().map(|scope| scope.tenant).collect(),
        search: filters::search(filter.search)?,
        connections: filters::words(filter.connection_statuses),
    };
    let (order, counted) = (order.into(), conditions.clone());
    let list = List {
        fingerprint: Fingerprint::of(("tenants", &conditions, order)),
        load: move |db: &mut _, window: &_| tenants::page(db, &conditions, order, window),
        count: move |db: &mut _| tenants::count(db, &counted),
    };
    let view = |tenant: tenant::Tenant| {
        let own = scopes.iter().find(|scope| scope.tenant == tenant.id);
        // Only the caller's own tenants were asked for; another would be seen by nobody.
        let role = own.map_or(Role::Readonly, |scope| scope.role);
        let scope = TenantScope {
            tenant: tenant.id,
            role,
        };
        Tenant { scope, tenant }
    };
    Ok(TenantConnection(list.page(call, page, view).await?))
}
