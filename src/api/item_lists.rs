//! Lists of items: which, in which order, and their pages.

use async_graphql::{Enum, InputObject};

use super::{
    access::TenantScope,
    call::Call,
    cursors::Fingerprint,
    error::Result,
    filters,
    items::BackupItem,
    kinds::PolicyType,
    pages::{List, OrderDirection, PageArguments, connection, edge},
};
use crate::store::pages::{
    Order,
    items::{self, ItemField, ItemFilter, ItemsOf},
};

/// Which items to list. Conditions are joined by AND.
#[derive(InputObject, Clone, Debug, Default)]
pub(super) struct BackupItemFilter {
    /// Kind is one of these.
    policy_types: Option<Vec<PolicyType>>,
    /// Graph policy ID is one of these; at most 100.
    policy_graph_ids: Option<Vec<String>>,
    /// Case-insensitive part of the name, 1 to 120 characters.
    search: Option<String>,
}

impl BackupItemFilter {
    pub(super) fn read(self) -> Result<ItemFilter> {
        Ok(ItemFilter {
            kinds: filters::words(filters::few(self.policy_types, "policyTypes")?),
            graph_ids: filters::few(self.policy_graph_ids, "policyGraphIds")?,
            search: filters::search(self.search)?,
        })
    }
}

/// What items can be ordered by.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BackupItemOrderField {
    /// Name, case-insensitive.
    Name,
    /// Kind in the order of the enum, then name.
    PolicyType,
}

/// Order of items. Ties are broken by ID.
#[derive(InputObject, Clone, Copy, Debug)]
pub(super) struct BackupItemOrder {
    /// What to order by.
    field: BackupItemOrderField,
    /// Which way.
    #[graphql(default_with = "OrderDirection::Ascending")]
    direction: OrderDirection,
}

impl Default for BackupItemOrder {
    fn default() -> Self {
        Self {
            field: BackupItemOrderField::Name,
            direction: OrderDirection::Ascending,
        }
    }
}

impl From<BackupItemOrder> for Order<ItemField> {
    fn from(order: BackupItemOrder) -> Self {
        Self {
            field: match order.field {
                BackupItemOrderField::Name => ItemField::Name,
                BackupItemOrderField::PolicyType => ItemField::Kind,
            },
            direction: order.direction.into(),
        }
    }
}

connection! {
    BackupItemConnection "BackupItemConnection" of BackupItemEdge with BackupItem:
    "A page of items.", edges "The items with their cursors.", nodes "The items without their cursors."
}

edge! {
    BackupItemEdge "BackupItemEdge" with BackupItem:
    "An item in a page.", node "The item."
}

/// A page of the items of a set or an object.
pub(super) async fn items_page(
    call: &Call,
    scope: TenantScope,
    of: ItemsOf,
    (filter, order): (ItemFilter, Order<ItemField>),
    page: &PageArguments,
) -> Result<BackupItemConnection> {
    let whose = (scope.tenant, of);
    let counted = filter.clone();
    let list = List {
        fingerprint: Fingerprint::of(("items", whose, &filter, order)),
        load: move |db: &mut _, window: &_| items::page(db, whose, &filter, order, window),
        count: move |db: &mut _| items::count(db, whose, &counted),
    };
    let view = |stored| BackupItem { scope, stored };
    Ok(BackupItemConnection(list.page(call, page, view).await?))
}
