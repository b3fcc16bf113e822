//! Lists of the inventory: which objects, in which order, and their pages.

use async_graphql::{Enum, InputObject};

use super::{
    access::TenantScope,
    call::Call,
    cursors::Fingerprint,
    error::Result,
    filters,
    kinds::PolicyType,
    pages::{List, OrderDirection, PageArguments, connection, edge},
    policies::Policy,
};
use crate::store::pages::{
    Order, policies,
    policies::{PolicyField, PolicyFilter as Conditions},
};

/// Which policies to list. Conditions are joined by AND.
#[derive(InputObject, Clone, Debug, Default)]
pub(super) struct PolicyFilter {
    /// Kind is one of these.
    types: Option<Vec<PolicyType>>,
    /// Case-insensitive part of the name, 1 to 120 characters.
    search: Option<String>,
    /// Still in Intune (false) or gone from it (true). Both when absent.
    is_missing: Option<bool>,
    /// In at least one backup set (true) or in none (false). Both when absent.
    is_backed_up: Option<bool>,
}

impl PolicyFilter {
    fn read(self) -> Result<Conditions> {
        Ok(Conditions {
            kinds: filters::words(filters::few(self.types, "types")?),
            search: filters::search(self.search)?,
            is_missing: self.is_missing,
            is_backed_up: self.is_backed_up,
        })
    }
}

/// What policies can be ordered by.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "PolicyField")]
pub(super) enum PolicyOrderField {
    /// Name, case-insensitive.
    Name,
    /// When Microsoft Graph says it was last modified; unknown counts as earliest.
    #[graphql(name = "GRAPH_MODIFIED_AT")]
    ModifiedAt,
    /// Kind in the order of the enum, then name.
    #[graphql(name = "TYPE")]
    Kind,
}

/// Order of policies. Ties are broken by ID.
#[derive(InputObject, Clone, Copy, Debug)]
pub(super) struct PolicyOrder {
    /// What to order by.
    field: PolicyOrderField,
    /// Which way.
    #[graphql(default_with = "OrderDirection::Ascending")]
    direction: OrderDirection,
}

impl Default for PolicyOrder {
    fn default() -> Self {
        Self {
            field: PolicyOrderField::Name,
            direction: OrderDirection::Ascending,
        }
    }
}

impl From<PolicyOrder> for Order<PolicyField> {
    fn from(order: PolicyOrder) -> Self {
        Self {
            field: order.field.into(),
            direction: order.direction.into(),
        }
    }
}

connection! {
    PolicyConnection "PolicyConnection" of PolicyEdge with Policy:
    "A page of policies.", edges "The policies with their cursors.", nodes "The policies without their cursors."
}

edge! {
    PolicyEdge "PolicyEdge" with Policy:
    "A policy in a page.", node "The policy."
}

/// A page of a tenant's inventory.
pub(super) async fn policies_page(
    call: &Call,
    scope: TenantScope,
    filter: PolicyFilter,
    order: PolicyOrder,
    page: &PageArguments,
) -> Result<PolicyConnection> {
    let (tenant, order, filter) = (scope.tenant, order.into(), filter.read()?);
    let counted = filter.clone();
    let list = List {
        fingerprint: Fingerprint::of(("policies", tenant, &filter, order)),
        load: move |db: &mut _, window: &_| policies::page(db, tenant, &filter, order, window),
        count: move |db: &mut _| policies::count(db, tenant, &counted),
    };
    let view = |policy| Policy { scope, policy };
    Ok(PolicyConnection(list.page(call, page, view).await?))
}
