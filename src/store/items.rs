//! Items: what each set holds.

use std::collections::HashMap;

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::{
    columns::{Origin, big, folded, stamp, stamp_of},
    conn::{Db, each_backend},
    error::StoreError,
    schema::{backup_items, backup_sets, policies, runs},
};
use crate::domain::{
    attribution::Attribution,
    backup::{BackupItem, PartHashes},
    ids::{BackupItemId, BackupSetId, TenantId},
    kind::PolicyKind,
    last_change::{Earlier, EarlierItems},
};

/// An item as it is stored.
#[derive(Clone, Debug, Queryable, Insertable)]
#[diesel(table_name = backup_items, treat_none_as_default_value = false)]
pub(super) struct ItemRow {
    pub(super) id: String,
    pub(super) set_id: String,
    pub(super) tenant_id: String,
    pub(super) policy_id: String,
    pub(super) kind_order: i16,
    pub(super) kind: String,
    pub(super) graph_id: String,
    pub(super) name: String,
    pub(super) name_folded: String,
    pub(super) payload_hash: String,
    pub(super) assignments_hash: Option<String>,
    pub(super) scope_tags_hash: Option<String>,
    pub(super) sealed_hash: Option<String>,
    pub(super) payload_bytes: i64,
    pub(super) content_hash: String,
    pub(super) state_hash: String,
    pub(super) marker: Option<String>,
    pub(super) catalog_revision: i16,
    pub(super) policy_modified_at: Option<NaiveDateTime>,
    pub(super) captured_at: NaiveDateTime,
    pub(super) sub_kind: Option<String>,
    pub(super) references_hash: Option<String>,
    pub(super) changed_by: Option<String>,
    pub(super) change_operation: Option<String>,
    pub(super) changed_at: Option<NaiveDateTime>,
}

/// What counts of an object's newest item when a run compares.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = backup_items)]
struct LatestRow {
    policy_id: String,
    state_hash: String,
    changed_by: Option<String>,
    change_operation: Option<String>,
    changed_at: Option<NaiveDateTime>,
    #[diesel(select_expression = backup_sets::created_at)]
    created_at: NaiveDateTime,
    #[diesel(select_expression = runs::started_at)]
    started_at: Option<NaiveDateTime>,
}

impl ItemRow {
    fn of(tenant: TenantId, set: BackupSetId, item: &BackupItem) -> Self {
        let change = item.last_change.as_ref();
        let order = PolicyKind::ALL.iter().position(|kind| *kind == item.kind);
        Self {
            id: item.id.to_string(),
            set_id: set.to_string(),
            tenant_id: tenant.to_string(),
            policy_id: item.policy.to_string(),
            kind_order: order
                .and_then(|order| i16::try_from(order).ok())
                .unwrap_or(i16::MAX),
            kind: item.kind.to_string(),
            graph_id: item.graph_id.clone(),
            name: item.name.clone(),
            name_folded: folded(&item.name),
            payload_hash: item.parts.payload.to_string(),
            assignments_hash: item.parts.assignments.map(|hash| hash.to_string()),
            scope_tags_hash: item.parts.scope_tags.map(|hash| hash.to_string()),
            sealed_hash: item.parts.sealed.map(|hash| hash.to_string()),
            payload_bytes: big(item.payload_bytes),
            content_hash: item.content_hash.to_string(),
            state_hash: item.state_hash.to_string(),
            marker: item.marker.clone(),
            catalog_revision: i16::try_from(item.catalog_revision).unwrap_or(i16::MAX),
            policy_modified_at: stamp_of(item.modified_at),
            captured_at: stamp(item.captured_at),
            sub_kind: item.sub_kind.map(|sub_kind| sub_kind.to_string()),
            references_hash: item.parts.references.map(|hash| hash.to_string()),
            changed_by: change.map(|change| change.actor_name.clone()),
            change_operation: change.map(|change| change.operation.clone()),
            changed_at: change.map(|change| stamp(change.occurred_at)),
        }
    }
}

impl TryFrom<ItemRow> for BackupItem {
    type Error = StoreError;

    fn try_from(row: ItemRow) -> Result<Self, StoreError> {
        let from = Origin {
            what: "item",
            id: &row.id,
        };
        Ok(Self {
            id: from.text(&row.id)?,
            policy: from.text(&row.policy_id)?,
            kind: from.text(&row.kind)?,
            sub_kind: from.maybe(row.sub_kind.as_deref())?,
            parts: PartHashes {
                payload: from.text(&row.payload_hash)?,
                assignments: from.maybe(row.assignments_hash.as_deref())?,
                scope_tags: from.maybe(row.scope_tags_hash.as_deref())?,
                sealed: from.maybe(row.sealed_hash.as_deref())?,
                references: from.maybe(row.references_hash.as_deref())?,
            },
            payload_bytes: from.number(row.payload_bytes)?,
            content_hash: from.text(&row.content_hash)?,
            state_hash: from.text(&row.state_hash)?,
            catalog_revision: from.number(row.catalog_revision)?,
            modified_at: row.policy_modified_at.map(|at| at.and_utc()),
            captured_at: row.captured_at.and_utc(),
            last_change: from.change(row.changed_by, row.change_operation, row.changed_at)?,
            graph_id: row.graph_id,
            name: row.name,
            marker: row.marker,
        })
    }
}

impl Origin<'_> {
    /// Reads who changed an object: all of it is known, or nothing.
    fn change(
        self,
        by: Option<String>,
        operation: Option<String>,
        at: Option<NaiveDateTime>,
    ) -> Result<Option<Attribution>, StoreError> {
        match (by, operation, at) {
            (Some(actor_name), Some(operation), Some(at)) => Ok(Some(Attribution {
                actor_name,
                operation,
                occurred_at: at.and_utc(),
            })),
            (None, None, None) => Ok(None),
            _ => Err(self.corrupt("its last change is half known")),
        }
    }
}

/// Adds the items of a set.
pub fn insert(
    db: &mut Db,
    tenant: TenantId,
    set: BackupSetId,
    items: &[BackupItem],
) -> Result<(), StoreError> {
    for chunk in items.chunks(500) {
        let rows: Vec<ItemRow> = chunk
            .iter()
            .map(|item| ItemRow::of(tenant, set, item))
            .collect();
        each_backend!(db, |conn| diesel::insert_into(backup_items::table)
            .values(&rows)
            .execute(conn))?;
    }
    Ok(())
}

/// Every item of a set, in the order of kinds and names.
pub fn of_set(
    db: &mut Db,
    tenant: TenantId,
    set: BackupSetId,
) -> Result<Vec<BackupItem>, StoreError> {
    let rows: Vec<ItemRow> = backup_items::table
        .filter(backup_items::set_id.eq(set.to_string()))
        .filter(backup_items::tenant_id.eq(tenant.to_string()))
        .order((
            backup_items::kind_order,
            backup_items::name_folded,
            backup_items::id,
        ))
        .load(db)?;
    rows.into_iter().map(BackupItem::try_from).collect()
}

/// Some items of a set in the order of their identifiers, beginning behind one.
pub fn following(
    db: &mut Db,
    set: BackupSetId,
    behind: Option<BackupItemId>,
    most: i64,
) -> Result<Vec<BackupItem>, StoreError> {
    let mut query = backup_items::table
        .filter(backup_items::set_id.eq(set.to_string()))
        .into_boxed();
    if let Some(behind) = behind {
        query = query.filter(backup_items::id.gt(behind.to_string()));
    }
    let rows: Vec<ItemRow> = query.order(backup_items::id).limit(most).load(db)?;
    rows.into_iter().map(BackupItem::try_from).collect()
}

/// The newest item of each object of a kind, by the object's identifier at Graph.
pub fn latest_of_kind(
    db: &mut Db,
    tenant: TenantId,
    kind: PolicyKind,
) -> Result<HashMap<String, BackupItem>, StoreError> {
    let rows: Vec<ItemRow> = backup_items::table
        .inner_join(policies::table.on(policies::latest_item_id.eq(backup_items::id.nullable())))
        .filter(policies::tenant_id.eq(tenant.to_string()))
        .filter(policies::kind.eq(kind.as_str()))
        .select(backup_items::all_columns)
        .load(db)?;
    rows.into_iter()
        .map(|row| Ok((row.graph_id.clone(), BackupItem::try_from(row)?)))
        .collect()
}

/// What the objects of a tenant were in their newest items, for the kinds asked for.
pub fn latest(
    db: &mut Db,
    tenant: TenantId,
    kinds: &[PolicyKind],
) -> Result<EarlierItems, StoreError> {
    let kinds: Vec<&str> = kinds.iter().map(|kind| kind.as_str()).collect();
    let rows: Vec<LatestRow> = policies::table
        .inner_join(
            backup_items::table.on(policies::latest_item_id.eq(backup_items::id.nullable())),
        )
        .inner_join(backup_sets::table.on(backup_sets::id.eq(backup_items::set_id)))
        .inner_join(runs::table.on(runs::id.eq(backup_sets::run_id)))
        .filter(policies::tenant_id.eq(tenant.to_string()))
        .filter(policies::kind.eq_any(kinds))
        .select(LatestRow::as_select())
        .load(db)?;
    rows.into_iter()
        .map(|row| {
            let from = Origin {
                what: "newest item of policy",
                id: &row.policy_id,
            };
            let read_from = row.started_at.unwrap_or(row.created_at);
            let earlier = Earlier {
                state: from.text(&row.state_hash)?,
                last_change: from.change(row.changed_by, row.change_operation, row.changed_at)?,
                read_from: read_from.and_utc(),
            };
            Ok((from.text(&row.policy_id)?, earlier))
        })
        .collect()
}
