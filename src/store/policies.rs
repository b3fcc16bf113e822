//! The inventory: which objects a tenant has, as the last syncs saw them.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::{prelude::*, upsert::excluded};

use super::{
    columns::{Origin, folded, stamp, stamp_of},
    conn::{Db, each_backend},
    error::StoreError,
    schema::{backup_items, backup_sets, policies},
};
use crate::domain::{
    ids::{BackupSetId, PolicyId, TenantId},
    kind::PolicyKind,
    policy::Listed,
};

/// Policies in one statement; a database takes only so many parameters.
const CHUNK: usize = 500;

/// A policy as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Insertable)]
#[diesel(table_name = policies, treat_none_as_default_value = false)]
pub(super) struct PolicyRow {
    pub(super) id: String,
    pub(super) tenant_id: String,
    pub(super) kind: String,
    pub(super) graph_id: String,
    pub(super) name: String,
    pub(super) name_folded: String,
    pub(super) description: Option<String>,
    pub(super) graph_created_at: Option<NaiveDateTime>,
    pub(super) graph_modified_at: Option<NaiveDateTime>,
    pub(super) first_seen_at: NaiveDateTime,
    pub(super) last_seen_at: NaiveDateTime,
    pub(super) missing_since: Option<NaiveDateTime>,
    pub(super) latest_item_id: Option<String>,
}

impl PolicyRow {
    fn new(tenant: &str, kind: PolicyKind, listed: &Listed, now: NaiveDateTime) -> Self {
        Self {
            id: PolicyId::mint().to_string(),
            tenant_id: tenant.to_owned(),
            kind: kind.to_string(),
            graph_id: listed.graph_id.clone(),
            name: listed.name.clone(),
            name_folded: folded(&listed.name),
            description: listed.description.clone(),
            graph_created_at: stamp_of(listed.created_at),
            graph_modified_at: stamp_of(listed.modified_at),
            first_seen_at: now,
            last_seen_at: now,
            missing_since: None,
            latest_item_id: None,
        }
    }

    /// The row with what is listed now.
    fn listed_as(&self, listed: &Listed) -> Self {
        Self {
            name: listed.name.clone(),
            name_folded: folded(&listed.name),
            description: listed.description.clone(),
            graph_created_at: stamp_of(listed.created_at),
            graph_modified_at: stamp_of(listed.modified_at),
            ..self.clone()
        }
    }

    fn differs_from(&self, listed: &Listed) -> bool {
        self.name != listed.name
            || self.description != listed.description
            || self.graph_created_at != stamp_of(listed.created_at)
            || self.graph_modified_at != stamp_of(listed.modified_at)
    }
}

/// Brings the inventory of a kind up to what a complete list says: new objects are added, known
/// ones seen, those not listed are missing from now on. Gives the identifier of each listed object.
pub fn sync(
    db: &mut Db,
    tenant: TenantId,
    kind: PolicyKind,
    listed: &[Listed],
    now: DateTime<Utc>,
) -> Result<HashMap<String, PolicyId>, StoreError> {
    let (tenant, now) = (tenant.to_string(), stamp(now));
    let of_kind = || {
        policies::table
            .filter(policies::tenant_id.eq(&tenant))
            .filter(policies::kind.eq(kind.as_str()))
    };
    let rows: Vec<PolicyRow> = of_kind().load(db)?;
    let known: HashMap<&str, &PolicyRow> = rows
        .iter()
        .map(|row| (row.graph_id.as_str(), row))
        .collect();

    let absent = of_kind()
        .filter(policies::last_seen_at.lt(now))
        .filter(policies::missing_since.is_null());
    let (mut ids, mut new) = (HashMap::with_capacity(listed.len()), Vec::new());
    let (mut seen, mut changed) = (Vec::with_capacity(listed.len()), BTreeMap::new());
    for object in listed {
        match known.get(object.graph_id.as_str()) {
            Some(row) => {
                if row.differs_from(object) {
                    // One statement changes no row twice.
                    changed.insert(&row.id, row.listed_as(object));
                }
                seen.push(row.id.clone());
                ids.insert(
                    object.graph_id.clone(),
                    Origin {
                        what: "policy",
                        id: &row.id,
                    }
                    .text(&row.id)?,
                );
            }
            None => {
                let row = PolicyRow::new(&tenant, kind, object, now);
                ids.insert(
                    object.graph_id.clone(),
                    Origin {
                        what: "policy",
                        id: &row.id,
                    }
                    .text(&row.id)?,
                );
                new.push(row);
            }
        }
    }
    let changed: Vec<PolicyRow> = changed.into_values().collect();
    rewrite(db, &changed)?;
    for chunk in seen.chunks(CHUNK) {
        let rows = policies::table.filter(policies::id.eq_any(chunk));
        let changes = (
            policies::last_seen_at.eq(now),
            policies::missing_since.eq(None::<NaiveDateTime>),
        );
        diesel::update(rows).set(changes).execute(db)?;
    }
    for chunk in new.chunks(CHUNK) {
        each_backend!(db, |conn| diesel::insert_into(policies::table)
            .values(chunk)
            .execute(conn))?;
    }
    diesel::update(absent)
        .set(policies::missing_since.eq(now))
        .execute(db)?;
    Ok(ids)
}

/// Writes anew what is listed of known policies. They are inserted, which changes many in one statement.
fn rewrite(db: &mut Db, known: &[PolicyRow]) -> Result<(), StoreError> {
    let changes = || {
        (
            policies::name.eq(excluded(policies::name)),
            policies::name_folded.eq(excluded(policies::name_folded)),
            policies::description.eq(excluded(policies::description)),
            policies::graph_created_at.eq(excluded(policies::graph_created_at)),
            policies::graph_modified_at.eq(excluded(policies::graph_modified_at)),
        )
    };
    for chunk in known.chunks(CHUNK) {
        each_backend!(db, |conn| diesel::insert_into(policies::table)
            .values(chunk)
            .on_conflict(policies::id)
            .do_update()
            .set(changes())
            .execute(conn))?;
    }
    Ok(())
}

/// How many objects of a kind the last sync saw.
pub fn count_present(db: &mut Db, tenant: TenantId, kind: PolicyKind) -> Result<i64, StoreError> {
    let query = policies::table
        .filter(policies::tenant_id.eq(tenant.to_string()))
        .filter(policies::kind.eq(kind.as_str()))
        .filter(policies::missing_since.is_null());
    Ok(query.count().get_result(db)?)
}

/// Notes that the items of a new set are the newest of their policies, in one statement: whoever stores a
/// set holds what others wait for.
pub fn note_latest(db: &mut Db, tenant: TenantId, set: BackupSetId) -> Result<(), StoreError> {
    let of_set = || backup_items::table.filter(backup_items::set_id.eq(set.to_string()));
    // By kind and name in Graph, because the items of a set have an index for these.
    let newest = of_set()
        .filter(backup_items::kind.eq(policies::kind))
        .filter(backup_items::graph_id.eq(policies::graph_id))
        .filter(backup_items::policy_id.eq(policies::id))
        .select(backup_items::id)
        .single_value();
    let rows = policies::table
        .filter(policies::tenant_id.eq(tenant.to_string()))
        .filter(policies::id.eq_any(of_set().select(backup_items::policy_id)));
    diesel::update(rows)
        .set(policies::latest_item_id.eq(newest))
        .execute(db)?;
    Ok(())
}

/// The newest item of a policy in any set that is not deleted.
macro_rules! newest_item {
    () => {
        backup_items::table
            .inner_join(backup_sets::table)
            .filter(backup_items::policy_id.eq(policies::id))
            .filter(backup_sets::deleted_at.is_null())
            .order((backup_sets::created_at.desc(), backup_items::id.desc()))
            .select(backup_items::id)
            .limit(1)
            .single_value()
    };
}

/// Finds out anew which items are the newest of the policies in a set that was deleted or brought
/// back: those of deleted sets do not count.
pub fn settle_latest(db: &mut Db, tenant: TenantId, set: BackupSetId) -> Result<(), StoreError> {
    let newest = newest_item!();
    let of_set = backup_items::table
        .filter(backup_items::set_id.eq(set.to_string()))
        .select(backup_items::policy_id);
    let rows = policies::table
        .filter(policies::tenant_id.eq(tenant.to_string()))
        .filter(policies::id.eq_any(of_set));
    diesel::update(rows)
        .set(policies::latest_item_id.eq(newest))
        .execute(db)?;
    Ok(())
}

/// Finds out anew which items are the newest of those policies whose newest one is in a set that is about
/// to go: none of its items may be named any more.
pub fn leave(db: &mut Db, tenant: TenantId, set: BackupSetId) -> Result<(), StoreError> {
    let newest = newest_item!();
    let of_set = || backup_items::table.filter(backup_items::set_id.eq(set.to_string()));
    let rows = policies::table
        .filter(policies::tenant_id.eq(tenant.to_string()))
        .filter(policies::id.eq_any(of_set().select(backup_items::policy_id)))
        .filter(policies::latest_item_id.eq_any(of_set().select(backup_items::id.nullable())));
    diesel::update(rows)
        .set(policies::latest_item_id.eq(newest))
        .execute(db)?;
    Ok(())
}

/// Removes up to `most` policies of a tenant that is deleted, once it has no items; the number removed.
pub fn remove_some(db: &mut Db, tenant: TenantId, most: i64) -> Result<usize, StoreError> {
    let ids: Vec<String> = policies::table
        .filter(policies::tenant_id.eq(tenant.to_string()))
        .select(policies::id)
        .limit(most)
        .load(db)?;
    let rows = policies::table.filter(policies::id.eq_any(&ids));
    Ok(diesel::delete(rows).execute(db)?)
}
