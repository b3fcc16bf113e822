//! What an export asks for: the items of a set page by page, and the names of some.

use std::collections::HashMap;

use diesel::prelude::*;

use super::{columns::Origin, conn::Db, error::StoreError, items::ItemRow, schema::backup_items};
use crate::domain::{
    backup::BackupItem,
    ids::{BackupSetId, TenantId},
    kind::PolicyKind,
};

/// The items of a set that follow one of them, by the words of their kinds and by their identifiers
/// at Graph. This order is the same in every set.
pub fn items_after(
    db: &mut Db,
    tenant: TenantId,
    set: BackupSetId,
    after: Option<(PolicyKind, &str)>,
    most: i64,
) -> Result<Vec<BackupItem>, StoreError> {
    let mut query = backup_items::table
        .filter(backup_items::set_id.eq(set.to_string()))
        .filter(backup_items::tenant_id.eq(tenant.to_string()))
        .order((backup_items::kind, backup_items::graph_id))
        .limit(most)
        .into_boxed();
    if let Some((kind, graph_id)) = after {
        let later = backup_items::kind.gt(kind.as_str());
        let same = backup_items::kind.eq(kind.as_str());
        query = query.filter(later.or(same.and(backup_items::graph_id.gt(graph_id))));
    }
    let rows: Vec<ItemRow> = query.load(db)?;
    rows.into_iter().map(BackupItem::try_from).collect()
}

/// What the objects of some kinds are called in a set.
pub fn names(
    db: &mut Db,
    tenant: TenantId,
    set: BackupSetId,
    kinds: &[PolicyKind],
) -> Result<HashMap<(PolicyKind, String), String>, StoreError> {
    let words: Vec<&str> = kinds.iter().map(|kind| kind.as_str()).collect();
    let rows: Vec<(String, String, String)> = backup_items::table
        .filter(backup_items::set_id.eq(set.to_string()))
        .filter(backup_items::tenant_id.eq(tenant.to_string()))
        .filter(backup_items::kind.eq_any(words))
        .select((
            backup_items::kind,
            backup_items::graph_id,
            backup_items::name,
        ))
        .load(db)?;
    let named = rows.into_iter().map(|(kind, graph_id, name)| {
        let from = Origin {
            what: "item",
            id: &graph_id,
        };
        let kind = from.text(&kind)?;
        Ok(((kind, graph_id), name))
    });
    named.collect()
}
