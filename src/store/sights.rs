//! What counts of items when sets or versions are compared: their hashes, and no contents.

use std::collections::HashMap;

use chrono::NaiveDateTime;
use diesel::{
    dsl::{exists, not},
    prelude::*,
};

use super::{
    columns::Origin,
    conn::Db,
    error::StoreError,
    items::ItemRow,
    schema::{backup_items, backup_sets},
};
use crate::domain::{
    backup::{BackupItem, PartHashes},
    canonical::Hash,
    comparison::Sight,
    ids::{BackupSetId, PolicyId, TenantId},
    kind::PolicyKind,
    version::Sighting,
};

/// Keys in one statement: SQLite takes one parameter for each.
const CHUNK: usize = 500;

/// The stored hashes of an item.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = backup_items)]
struct HashesRow {
    id: String,
    policy_id: String,
    kind: String,
    name_folded: String,
    state_hash: String,
    payload_hash: String,
    assignments_hash: Option<String>,
    scope_tags_hash: Option<String>,
    sealed_hash: Option<String>,
}

impl HashesRow {
    fn origin(&self) -> Origin<'_> {
        Origin {
            what: "item",
            id: &self.id,
        }
    }

    fn parts(&self) -> Result<PartHashes, StoreError> {
        let from = self.origin();
        Ok(PartHashes {
            payload: from.text(&self.payload_hash)?,
            assignments: from.maybe(self.assignments_hash.as_deref())?,
            scope_tags: from.maybe(self.scope_tags_hash.as_deref())?,
            sealed: from.maybe(self.sealed_hash.as_deref())?,
            references: None,
        })
    }

    fn sight(self) -> Result<(PolicyId, Sight), StoreError> {
        let (from, parts) = (self.origin(), self.parts()?);
        let policy = from.text(&self.policy_id)?;
        let sight = Sight {
            item: from.text(&self.id)?,
            kind: from.text(&self.kind)?,
            state: from.text(&self.state_hash)?,
            name: self.name_folded,
            parts,
        };
        Ok((policy, sight))
    }

    fn sighting(&self, set: &SetColumns) -> Result<Sighting, StoreError> {
        let from = self.origin();
        let (id, at, assignments, scope_tags) = set;
        Ok(Sighting {
            item: from.text(&self.id)?,
            set: from.text(id)?,
            at: at.and_utc(),
            options: (*assignments, *scope_tags),
            state: from.text(&self.state_hash)?,
        })
    }
}

/// Of a set: its identifier, when it was made, and whether it holds assignments and scope tags.
type SetColumns = (String, NaiveDateTime, bool, bool);

/// What each object of a set was: its kind and its state hash, for the kinds asked for.
pub fn states(
    db: &mut Db,
    set: BackupSetId,
    kinds: &[PolicyKind],
) -> Result<HashMap<PolicyId, (PolicyKind, Hash)>, StoreError> {
    let rows: Vec<(String, String, String)> = backup_items::table
        .filter(backup_items::set_id.eq(set.to_string()))
        .filter(backup_items::kind.eq_any(words(kinds)))
        .select((
            backup_items::policy_id,
            backup_items::kind,
            backup_items::state_hash,
        ))
        .load(db)?;
    rows.iter()
        .map(|(policy, kind, hash)| {
            let from = Origin {
                what: "item of policy",
                id: policy,
            };
            Ok((from.text(policy)?, (from.text(kind)?, from.text(hash)?)))
        })
        .collect()
}

/// What each object of a set was, for the kinds asked for.
pub fn of_set(
    db: &mut Db,
    tenant: TenantId,
    set: BackupSetId,
    kinds: &[PolicyKind],
) -> Result<HashMap<PolicyId, Sight>, StoreError> {
    let rows: Vec<HashesRow> = backup_items::table
        .filter(backup_items::set_id.eq(set.to_string()))
        .filter(backup_items::tenant_id.eq(tenant.to_string()))
        .filter(backup_items::kind.eq_any(words(kinds)))
        .select(HashesRow::as_select())
        .load(db)?;
    rows.into_iter().map(HashesRow::sight).collect()
}

diesel::alias!(backup_items as twins: Twins);

/// The same, but only of those that are not in another set with the same state; and how many are.
pub fn differing(
    db: &mut Db,
    tenant: TenantId,
    (set, other): (BackupSetId, BackupSetId),
    kinds: &[PolicyKind],
) -> Result<(HashMap<PolicyId, Sight>, usize), StoreError> {
    let of_kinds = || {
        backup_items::table
            .filter(backup_items::set_id.eq(set.to_string()))
            .filter(backup_items::tenant_id.eq(tenant.to_string()))
            .filter(backup_items::kind.eq_any(words(kinds)))
    };
    // Found by the index that makes an object unique in its set.
    let twin = twins
        .filter(twins.field(backup_items::set_id).eq(other.to_string()))
        .filter(twins.field(backup_items::kind).eq(backup_items::kind))
        .filter(
            twins
                .field(backup_items::graph_id)
                .eq(backup_items::graph_id),
        )
        .filter(
            twins
                .field(backup_items::policy_id)
                .eq(backup_items::policy_id),
        )
        .filter(
            twins
                .field(backup_items::state_hash)
                .eq(backup_items::state_hash),
        );
    let rows: Vec<HashesRow> = of_kinds()
        .filter(not(exists(twin)))
        .select(HashesRow::as_select())
        .load(db)?;
    let all: i64 = of_kinds().count().get_result(db)?;
    let same = usize::try_from(all).unwrap_or(usize::MAX);
    let same = same.saturating_sub(rows.len());
    let found: Result<_, StoreError> = rows.into_iter().map(HashesRow::sight).collect();
    Ok((found?, same))
}

/// The items of some objects in a set.
pub fn items_of(
    db: &mut Db,
    set: BackupSetId,
    policies: &[PolicyId],
) -> Result<HashMap<PolicyId, BackupItem>, StoreError> {
    let mut found = HashMap::new();
    for chunk in policies.chunks(CHUNK) {
        let ids: Vec<String> = chunk.iter().map(ToString::to_string).collect();
        let rows: Vec<ItemRow> = backup_items::table
            .filter(backup_items::set_id.eq(set.to_string()))
            .filter(backup_items::policy_id.eq_any(ids))
            .load(db)?;
        for row in rows {
            let item = BackupItem::try_from(row)?;
            found.insert(item.policy, item);
        }
    }
    Ok(found)
}

/// The newest items of an object in sets that are not deleted, in the order of their sets; at most
/// so many.
pub fn of_policy(
    db: &mut Db,
    tenant: TenantId,
    policy: PolicyId,
    most: i64,
) -> Result<Vec<Sighting>, StoreError> {
    let rows: Vec<(HashesRow, SetColumns)> = backup_items::table
        .inner_join(backup_sets::table)
        .filter(backup_items::policy_id.eq(policy.to_string()))
        .filter(backup_items::tenant_id.eq(tenant.to_string()))
        .filter(backup_sets::deleted_at.is_null())
        .order((backup_sets::created_at.desc(), backup_sets::id.desc()))
        .limit(most)
        .select((
            HashesRow::as_select(),
            (
                backup_sets::id,
                backup_sets::created_at,
                backup_sets::include_assignments,
                backup_sets::include_scope_tags,
            ),
        ))
        .load(db)?;
    let oldest_first = rows.iter().rev();
    oldest_first.map(|(item, set)| item.sighting(set)).collect()
}

fn words(kinds: &[PolicyKind]) -> Vec<&'static str> {
    kinds.iter().map(|kind| kind.as_str()).collect()
}
