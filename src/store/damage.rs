//! Contents that do not fit their hash any more, and what is affected.

use chrono::{DateTime, Utc};
use diesel::{
    dsl::{count, count_star},
    prelude::*,
};

use super::{
    backups,
    columns::{Origin, stamp},
    conn::{Db, each_backend},
    error::StoreError,
    schema::{backup_items, backup_sets, contents},
};
use crate::domain::{canonical::Hash, ids::TenantId, notification::Harm, proof::Part};

/// Names and sets that a message has room for.
const NAMED: i64 = 5;

/// Writes down that a content is damaged; false when it is known already, or gone.
pub fn mark(
    db: &mut Db,
    tenant: TenantId,
    hash: Hash,
    at: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let row = contents::table
        .find((tenant.to_string(), hash.to_string()))
        .filter(contents::damaged_at.is_null());
    let marked = diesel::update(row)
        .set(contents::damaged_at.eq(stamp(at)))
        .execute(db)?;
    Ok(marked == 1)
}

/// Writes down that a content is not stored although items refer to it: as one without a body, which is
/// damaged by that; false when that is known already, or it is stored by now.
pub fn mark_missing(
    db: &mut Db,
    tenant: TenantId,
    hash: Hash,
    at: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let row = (
        contents::tenant_id.eq(tenant.to_string()),
        contents::hash.eq(hash.to_string()),
        contents::raw_bytes.eq(0_i64),
        contents::body.eq(Vec::<u8>::new()),
        contents::created_at.eq(stamp(at)),
        contents::last_used_at.eq(stamp(at)),
        contents::stored_bytes.eq(0_i64),
        contents::damaged_at.eq(stamp(at)),
    );
    let marked = each_backend!(db, |conn| diesel::insert_into(contents::table)
        .values(row)
        .on_conflict_do_nothing()
        .execute(conn))?;
    Ok(marked == 1)
}

/// Contents, at most `most`, that items of a tenant have as this part: in order, beginning behind one.
pub fn referenced(
    db: &mut Db,
    tenant: TenantId,
    part: Part,
    behind: Option<Hash>,
    most: usize,
) -> Result<Vec<Hash>, StoreError> {
    let behind = behind.map_or_else(String::new, |hash| hash.to_string());
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    macro_rules! page {
        ($column:expr) => {
            backup_items::table
                .filter(backup_items::tenant_id.eq(tenant.to_string()))
                .filter($column.gt(behind))
                .select($column)
                .distinct()
                .order($column)
                .limit(most)
                .load::<String>(db)?
        };
    }
    let texts = match part {
        Part::Payload => page!(backup_items::payload_hash),
        Part::Assignments => page!(backup_items::assignments_hash.assume_not_null()),
        Part::ScopeTags => page!(backup_items::scope_tags_hash.assume_not_null()),
        Part::Sealed => page!(backup_items::sealed_hash.assume_not_null()),
        Part::References => page!(backup_items::references_hash.assume_not_null()),
    };
    let parse = |text: &String| {
        let from = Origin {
            what: "part of an item",
            id: text,
        };
        from.text(text)
    };
    texts.iter().map(parse).collect()
}

/// The items that have one of some contents among their parts. The contents are a query, so that there
/// may be any number of them.
macro_rules! items_with {
    ($tenant:expr, $hashes:expr) => {
        backup_items::table
            .inner_join(backup_sets::table)
            .filter(backup_sets::purged_at.is_null())
            .filter(backup_items::tenant_id.eq($tenant.to_string()))
            .filter(
                backup_items::payload_hash
                    .eq_any($hashes)
                    .or(backup_items::assignments_hash
                        .assume_not_null()
                        .eq_any($hashes))
                    .or(backup_items::scope_tags_hash
                        .assume_not_null()
                        .eq_any($hashes))
                    .or(backup_items::sealed_hash.assume_not_null().eq_any($hashes))
                    .or(backup_items::references_hash
                        .assume_not_null()
                        .eq_any($hashes)),
            )
    };
}

/// What the contents that were found damaged at an instant take with them.
pub fn harm(db: &mut Db, tenant: TenantId, at: DateTime<Utc>) -> Result<Harm, StoreError> {
    let found = || {
        contents::table
            .filter(contents::tenant_id.eq(tenant.to_string()))
            .filter(contents::damaged_at.eq(stamp(at)))
            .select(contents::hash)
    };
    let (objects, set_count): (i64, i64) = items_with!(tenant, found())
        .select((
            count(backup_items::policy_id).aggregate_distinct(),
            count(backup_items::set_id).aggregate_distinct(),
        ))
        .first(db)?;
    let names: Vec<String> = items_with!(tenant, found())
        .select(backup_items::name)
        .distinct()
        .order(backup_items::name)
        .limit(NAMED)
        .load(db)?;
    let sets: Vec<String> = items_with!(tenant, found())
        .select(backup_items::set_id)
        .distinct()
        .order(backup_items::set_id.desc())
        .limit(NAMED)
        .load(db)?;
    let text = tenant.to_string();
    let from = Origin {
        what: "damaged contents of tenant",
        id: &text,
    };
    Ok(Harm {
        names,
        objects: from.number(objects)?,
        sets: sets
            .iter()
            .map(|set| from.text(set))
            .collect::<Result<_, _>>()?,
        set_count: from.number(set_count)?,
    })
}

/// Notes in the sets that a damaged content is in how many of their items are damaged at least: by all
/// damaged contents of the tenant together.
pub fn note_in_sets(db: &mut Db, tenant: TenantId) -> Result<(), StoreError> {
    let damaged = || {
        contents::table
            .filter(contents::tenant_id.eq(tenant.to_string()))
            .filter(contents::damaged_at.is_not_null())
            .select(contents::hash)
    };
    let counts: Vec<(String, i64)> = items_with!(tenant, damaged())
        .group_by(backup_items::set_id)
        .select((backup_items::set_id, count_star()))
        .load(db)?;
    for (set, count) in &counts {
        backups::note_damage(db, set, i32::try_from(*count).unwrap_or(i32::MAX))?;
    }
    Ok(())
}
