//! The inventory, a page at a time.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::{dsl::sql, expression::SqlLiteral, prelude::*, sql_types::Text};

use super::{
    Backend, Column, Order, Page, PageError, Window, containing, or_earliest, page, words,
};
use crate::{
    domain::{
        ids::{BackupItemId, PolicyId, TenantId},
        kind::PolicyKind,
    },
    store::{columns::Origin, conn::Db, error::StoreError, policies::PolicyRow, schema::policies},
};

/// An object of a tenant, as the last syncs saw it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Its identifier here.
    pub id: PolicyId,
    /// The tenant.
    pub tenant: TenantId,
    /// Its kind.
    pub kind: PolicyKind,
    /// Its identifier at Graph.
    pub graph_id: String,
    /// Its name.
    pub name: String,
    /// Its description.
    pub description: Option<String>,
    /// When Graph says it was created.
    pub created_at: Option<DateTime<Utc>>,
    /// When Graph says it was last modified.
    pub modified_at: Option<DateTime<Utc>>,
    /// When a sync last saw it.
    pub last_seen_at: DateTime<Utc>,
    /// When a sync first missed it.
    pub missing_since: Option<DateTime<Utc>>,
    /// Its newest item in any set.
    pub latest_item: Option<BackupItemId>,
}

impl TryFrom<PolicyRow> for Policy {
    type Error = StoreError;

    fn try_from(row: PolicyRow) -> Result<Self, StoreError> {
        let from = Origin {
            what: "policy",
            id: &row.id,
        };
        Ok(Self {
            id: from.text(&row.id)?,
            tenant: from.text(&row.tenant_id)?,
            kind: from.text(&row.kind)?,
            created_at: row.graph_created_at.map(|at| at.and_utc()),
            modified_at: row.graph_modified_at.map(|at| at.and_utc()),
            last_seen_at: row.last_seen_at.and_utc(),
            missing_since: row.missing_since.map(|at| at.and_utc()),
            latest_item: from.maybe(row.latest_item_id.as_deref())?,
            graph_id: row.graph_id,
            name: row.name,
            description: row.description,
        })
    }
}

/// Which objects; absent conditions hold for every object.
#[derive(Clone, Debug, Default)]
pub struct PolicyFilter {
    /// Of one of these kinds.
    pub kinds: Option<Vec<PolicyKind>>,
    /// With this in their name, whatever the case.
    pub search: Option<String>,
    /// Gone from the tenant, or still there.
    pub is_missing: Option<bool>,
    /// In at least one set, or in none.
    pub is_backed_up: Option<bool>,
}

/// What objects are ordered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PolicyField {
    /// Their name, folded.
    Name,
    /// When Graph says they were last modified; absent counts as earliest.
    ModifiedAt,
    /// Their kind in capture order, then their name.
    Kind,
}

fn matching(tenant: TenantId, filter: &PolicyFilter) -> policies::BoxedQuery<'static, Backend> {
    let mut query = policies::table
        .filter(policies::tenant_id.eq(tenant.to_string()))
        .into_boxed();
    if let Some(kinds) = &filter.kinds {
        query = query.filter(policies::kind.eq_any(words(kinds, PolicyKind::as_str)));
    }
    if let Some(part) = &filter.search {
        query = query.filter(policies::name_folded.like(containing(part)).escape('\\'));
    }
    query = match filter.is_missing {
        Some(true) => query.filter(policies::missing_since.is_not_null()),
        Some(false) => query.filter(policies::missing_since.is_null()),
        None => query,
    };
    match filter.is_backed_up {
        Some(true) => query.filter(policies::latest_item_id.is_not_null()),
        Some(false) => query.filter(policies::latest_item_id.is_null()),
        None => query,
    }
}

/// The place of a kind in the capture order, with as many digits for every kind, and the name.
fn by_kind() -> SqlLiteral<Text> {
    let places: String = (1000..)
        .zip(PolicyKind::ALL)
        .map(|(place, kind)| format!(" WHEN '{kind}' THEN '{place}'"))
        .collect();
    sql(&format!(
        "(CASE kind{places} ELSE '9999' END) || name_folded"
    ))
}

/// A page of a tenant's inventory.
pub fn page(
    db: &mut Db,
    tenant: TenantId,
    filter: &PolicyFilter,
    order: Order<PolicyField>,
    window: &Window,
) -> Result<Page<Policy>, PageError> {
    let query = matching(tenant, filter);
    let (by, way) = (order.field, order.direction);
    match by {
        PolicyField::Name => {
            page!(db, query, policies as PolicyRow, policies::name_folded => String, way, window)
        }
        PolicyField::ModifiedAt => {
            page!(db, query, policies as PolicyRow, or_earliest("graph_modified_at") => NaiveDateTime, way, window)
        }
        PolicyField::Kind => {
            page!(db, query, policies as PolicyRow, by_kind() => String, way, window)
        }
    }
}

/// How many objects of a tenant's inventory match.
pub fn count(db: &mut Db, tenant: TenantId, filter: &PolicyFilter) -> Result<i64, StoreError> {
    Ok(matching(tenant, filter).count().get_result(db)?)
}
