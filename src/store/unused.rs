//! What nothing refers to any more: contents, sealed values, names that ended before the oldest set.
//!
//! A run writes contents before anything refers to them, and says of those that it takes over that it
//! uses them; so what was used a short while ago is never removed. The database judges, in the statement
//! that removes. On PostgreSQL a row that somebody holds is left for another time.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::{
    dsl::{exists, not},
    prelude::*,
};

use super::{
    columns::{Origin, stamp},
    conn::Db,
    error::StoreError,
    schema::{backup_items, backup_sets, contents, reference_names, sealed_values},
};
use crate::domain::{canonical::Hash, ids::TenantId};

/// That no item has the content among its parts.
macro_rules! no_item_has {
    ($($column:ident),+) => {
        ($(not(exists(
            backup_items::table
                .filter(backup_items::tenant_id.eq(contents::tenant_id))
                .filter(backup_items::$column.assume_not_null().eq(contents::hash)),
        ))),+)
    };
}

macro_rules! unreferenced {
    ($query:expr) => {{
        let (assignments, scope_tags, sealed, references) = no_item_has!(
            assignments_hash,
            scope_tags_hash,
            sealed_hash,
            references_hash
        );
        let payload = backup_items::table
            .filter(backup_items::tenant_id.eq(contents::tenant_id))
            .filter(backup_items::payload_hash.eq(contents::hash));
        $query
            .filter(not(exists(payload)))
            .filter(assignments)
            .filter(scope_tags)
            .filter(sealed)
            .filter(references)
    }};
}

/// Which of some contents no item refers to. Reads no body and no content's row.
pub fn among(db: &mut Db, tenant: TenantId, hashes: &[Hash]) -> Result<Vec<Hash>, StoreError> {
    let texts: Vec<String> = hashes.iter().map(ToString::to_string).collect();
    let query = contents::table
        .filter(contents::tenant_id.eq(tenant.to_string()))
        .filter(contents::hash.eq_any(texts));
    let texts: Vec<String> = unreferenced!(query).select(contents::hash).load(db)?;
    let parse = |text: &String| {
        let from = Origin {
            what: "content",
            id: text,
        };
        from.text(text)
    };
    texts.iter().map(parse).collect()
}

/// Removes those of some contents that no item refers to and nothing has used since an instant; the
/// number removed.
pub fn remove(
    db: &mut Db,
    tenant: TenantId,
    hashes: &[Hash],
    unused_since: DateTime<Utc>,
) -> Result<usize, StoreError> {
    let mut texts: Vec<String> = hashes.iter().map(ToString::to_string).collect();
    if let Db::Postgres(conn) = db {
        texts = contents::table
            .filter(contents::tenant_id.eq(tenant.to_string()))
            .filter(contents::hash.eq_any(texts))
            .order(contents::hash)
            .select(contents::hash)
            .for_update()
            .skip_locked()
            .load(conn)?;
    }
    let rows = contents::table
        .filter(contents::tenant_id.eq(tenant.to_string()))
        .filter(contents::hash.eq_any(texts))
        .filter(contents::last_used_at.lt(stamp(unused_since)));
    Ok(diesel::delete(unreferenced!(rows)).execute(db)?)
}

/// The contents that say where sealed values of a tenant's items stand.
pub fn sealed_indexes(db: &mut Db, tenant: TenantId) -> Result<Vec<Hash>, StoreError> {
    let texts: Vec<Option<String>> = backup_items::table
        .filter(backup_items::tenant_id.eq(tenant.to_string()))
        .filter(backup_items::sealed_hash.is_not_null())
        .select(backup_items::sealed_hash)
        .distinct()
        .load(db)?;
    let parse = |text: &String| {
        let from = Origin {
            what: "sealed values of tenant",
            id: text,
        };
        from.text(text)
    };
    texts.iter().flatten().map(parse).collect()
}

/// The digests of a tenant's sealed values that nothing has used since an instant.
pub fn idle_sealed(
    db: &mut Db,
    tenant: TenantId,
    unused_since: DateTime<Utc>,
) -> Result<BTreeSet<Hash>, StoreError> {
    let texts: Vec<String> = sealed_values::table
        .filter(sealed_values::tenant_id.eq(tenant.to_string()))
        .filter(sealed_values::last_used_at.lt(stamp(unused_since)))
        .select(sealed_values::digest)
        .load(db)?;
    let parse = |text: &String| {
        let from = Origin {
            what: "sealed value",
            id: text,
        };
        from.text(text)
    };
    texts.iter().map(parse).collect()
}

/// Removes those of some sealed values that nothing has used since an instant; the number removed. That
/// no item names them is for the caller to know: an item that is new since has used its values.
pub fn remove_sealed(
    db: &mut Db,
    tenant: TenantId,
    digests: &[Hash],
    unused_since: DateTime<Utc>,
) -> Result<usize, StoreError> {
    let mut texts: Vec<String> = digests.iter().map(ToString::to_string).collect();
    if let Db::Postgres(conn) = db {
        texts = sealed_values::table
            .filter(sealed_values::tenant_id.eq(tenant.to_string()))
            .filter(sealed_values::digest.eq_any(texts))
            .order(sealed_values::digest)
            .select(sealed_values::digest)
            .for_update()
            .skip_locked()
            .load(conn)?;
    }
    let rows = sealed_values::table
        .filter(sealed_values::tenant_id.eq(tenant.to_string()))
        .filter(sealed_values::digest.eq_any(texts))
        .filter(sealed_values::last_used_at.lt(stamp(unused_since)));
    Ok(diesel::delete(rows).execute(db)?)
}

/// Whether a tenant has names that ended.
pub fn has_old_names(db: &mut Db, tenant: TenantId) -> Result<bool, StoreError> {
    let ended = reference_names::table
        .filter(reference_names::tenant_id.eq(tenant.to_string()))
        .filter(reference_names::until.le(oldest_set(db, tenant)?));
    Ok(diesel::select(exists(ended)).get_result(db)?)
}

/// Removes up to `most` names that ended before the oldest set of a tenant was made: no set shows them. The
/// caller holds the tenant, so that no set is made meanwhile. The number removed.
pub fn remove_names(db: &mut Db, tenant: TenantId, most: usize) -> Result<usize, StoreError> {
    let keys: Vec<(String, String, NaiveDateTime)> = reference_names::table
        .filter(reference_names::tenant_id.eq(tenant.to_string()))
        .filter(reference_names::until.le(oldest_set(db, tenant)?))
        .limit(i64::try_from(most).unwrap_or(i64::MAX))
        .select((
            reference_names::kind,
            reference_names::graph_id,
            reference_names::since,
        ))
        .load(db)?;
    for (kind, graph_id, since) in &keys {
        let row = reference_names::table.find((tenant.to_string(), kind, graph_id, since));
        diesel::delete(row).execute(db)?;
    }
    Ok(keys.len())
}

/// When the oldest set of a tenant was made that still can be seen; none when there is none, and then no
/// name can be said to be of no use: a run may be about to make one.
fn oldest_set(db: &mut Db, tenant: TenantId) -> Result<Option<NaiveDateTime>, StoreError> {
    let query = backup_sets::table
        .filter(backup_sets::tenant_id.eq(tenant.to_string()))
        .filter(backup_sets::purged_at.is_null())
        .order(backup_sets::created_at)
        .select(backup_sets::created_at);
    Ok(query.first(db).optional()?)
}
