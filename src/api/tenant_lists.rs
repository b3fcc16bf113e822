//! Lists of tenants: which, in which order, and their pages.

use std::collections::HashMap;

use async_graphql::{Enum, InputObject, SimpleObject};

use super::{
    access::TenantScope,
    call::Call,
    cursors::Fingerprint,
    error::Result,
    filters,
    pages::{List, OrderDirection, PageArguments, connection},
    principal::Principal,
    tenants::Tenant,
    words::{TenantConnectionStatus, TenantRole},
};
use crate::{
    domain::{ids::TenantId, role::Role, tenant},
    store::{
        Db, StoreError,
        pages::{
            Order, Page, standings,
            tenants::{self, Among, TenantField, TenantFilter as Conditions},
        },
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
    let principal = call.caller.principal.clone();
    let conditions = Conditions {
        among: among(&principal, least),
        search: filters::search(filter.search)?,
        connections: filters::words(filter.connection_statuses),
    };
    let (order, counted) = (order.into(), conditions.clone());
    let list = List {
        fingerprint: Fingerprint::of(("tenants", &conditions, order)),
        load: move |db: &mut _, window: &_| {
            let page = tenants::page(db, &conditions, order, window)?;
            Ok(with_roles(db, &principal, page)?)
        },
        count: move |db: &mut _| tenants::count(db, &counted),
    };
    let view = |(tenant, role): (tenant::Tenant, Role)| {
        let scope = TenantScope {
            tenant: tenant.id,
            role,
        };
        Tenant { scope, tenant }
    };
    Ok(TenantConnection(list.page(call, page, view).await?))
}

/// The tenants that somebody knows of, by the rank held there.
fn among(principal: &Principal, least: Role) -> Among {
    match principal {
        Principal::Person(person) => Among::Memberships(person.id, least),
        Principal::Token(token) => Among::Only((token.role >= least).then_some(token.tenant)),
    }
}

/// Adds the role held in each tenant. One whose membership has just ended is left out.
fn with_roles(
    db: &mut Db,
    principal: &Principal,
    page: Page<tenant::Tenant>,
) -> std::result::Result<Page<(tenant::Tenant, Role)>, StoreError> {
    let roles: HashMap<TenantId, Role> = match principal {
        Principal::Token(token) => HashMap::from([(token.tenant, token.role)]),
        Principal::Person(person) => {
            let ids: Vec<TenantId> = page.rows.iter().map(|(_, tenant)| tenant.id).collect();
            let standings = standings::in_tenants(db, person.id, &ids)?.into_iter();
            standings.map(|(tenant, _, role)| (tenant, role)).collect()
        }
    };
    let rows = page.rows.into_iter();
    let rows = rows.filter_map(|(place, tenant)| {
        let role = *roles.get(&tenant.id)?;
        Some((place, (tenant, role)))
    });
    Ok(Page {
        rows: rows.collect(),
        has_more: page.has_more,
    })
}
