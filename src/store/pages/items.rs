//! Items, a page at a time: those of a set, or those of an object over time.

use chrono::NaiveDateTime;
use diesel::{
    dsl::{exists, sql},
    prelude::*,
    sql_types::Text,
};

use super::{Backend, Column, Direction, Order, Page, PageError, Window, containing, page, words};
use crate::{
    domain::{
        backup::BackupItem,
        ids::{BackupSetId, PolicyId, TenantId},
        kind::PolicyKind,
    },
    store::{
        columns::Origin,
        conn::Db,
        error::StoreError,
        items::ItemRow,
        schema::{backup_items, backup_sets},
    },
};

/// An item, and the set it is in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredItem {
    /// The set.
    pub set: BackupSetId,
    /// The item.
    pub item: BackupItem,
}

impl TryFrom<ItemRow> for StoredItem {
    type Error = StoreError;

    fn try_from(row: ItemRow) -> Result<Self, StoreError> {
        let from = Origin {
            what: "item",
            id: &row.id,
        };
        Ok(Self {
            set: from.text(&row.set_id)?,
            item: BackupItem::try_from(row)?,
        })
    }
}

/// Whose items.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ItemsOf {
    /// Those of a set.
    Set(BackupSetId),
    /// Those of an object, deleted sets left out.
    Policy(PolicyId),
}

/// Which items; absent conditions hold for every item.
#[derive(Clone, Debug, Default)]
pub struct ItemFilter {
    /// Of one of these kinds.
    pub kinds: Option<Vec<PolicyKind>>,
    /// With one of these identifiers at Graph.
    pub graph_ids: Option<Vec<String>>,
    /// With this in their name, whatever the case.
    pub search: Option<String>,
}

/// What items are ordered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ItemField {
    /// Their name, folded.
    Name,
    /// Their kind in capture order, then their name.
    Kind,
    /// When they were read.
    CapturedAt,
}

impl Order<ItemField> {
    /// Newest first.
    pub const NEWEST: Self = Self {
        field: ItemField::CapturedAt,
        direction: Direction::Descending,
    };
}

fn matching(
    tenant: TenantId,
    of: ItemsOf,
    filter: &ItemFilter,
) -> backup_items::BoxedQuery<'static, Backend> {
    let mut query = backup_items::table
        .filter(backup_items::tenant_id.eq(tenant.to_string()))
        .into_boxed();
    query = match of {
        ItemsOf::Set(set) => query.filter(backup_items::set_id.eq(set.to_string())),
        ItemsOf::Policy(policy) => {
            // Asked set by set: all sets of a tenant may be many more than the page has rows.
            let kept = backup_sets::table
                .filter(backup_sets::id.eq(backup_items::set_id))
                .filter(backup_sets::tenant_id.eq(tenant.to_string()))
                .filter(backup_sets::deleted_at.is_null());
            query
                .filter(backup_items::policy_id.eq(policy.to_string()))
                .filter(exists(kept))
        }
    };
    if let Some(kinds) = &filter.kinds {
        query = query.filter(backup_items::kind.eq_any(words(kinds, PolicyKind::as_str)));
    }
    if let Some(ids) = &filter.graph_ids {
        query = query.filter(backup_items::graph_id.eq_any(ids.clone()));
    }
    if let Some(part) = &filter.search {
        query = query.filter(
            backup_items::name_folded
                .like(containing(part))
                .escape('\\'),
        );
    }
    query
}

/// A page of the items of a set or an object.
pub fn page(
    db: &mut Db,
    (tenant, of): (TenantId, ItemsOf),
    filter: &ItemFilter,
    order: Order<ItemField>,
    window: &Window,
) -> Result<Page<StoredItem>, PageError> {
    let query = matching(tenant, of, filter);
    let (by, way) = (order.field, order.direction);
    // As many digits for every kind, so that the order of texts is the order of numbers.
    let by_kind = || sql::<Text>("CAST(1000 + kind_order AS TEXT) || name_folded");
    match by {
        ItemField::Name => {
            page!(db, query, backup_items as ItemRow, backup_items::name_folded => String, way, window)
        }
        ItemField::Kind => {
            page!(db, query, backup_items as ItemRow, by_kind() => String, way, window)
        }
        ItemField::CapturedAt => {
            page!(db, query, backup_items as ItemRow, backup_items::captured_at => NaiveDateTime, way, window)
        }
    }
}

/// How many items of a set or an object match.
pub fn count(
    db: &mut Db,
    (tenant, of): (TenantId, ItemsOf),
    filter: &ItemFilter,
) -> Result<i64, StoreError> {
    Ok(matching(tenant, of, filter).count().get_result(db)?)
}
