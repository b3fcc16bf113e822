//! Contents that do not fit their hash any more, and what is affected.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use diesel::{
    dsl::{count, count_star},
    prelude::*,
};

use super::{
    backups,
    columns::{Origin, stamp},
    conn::Db,
    error::StoreError,
    schema::{backup_items, backup_sets, contents},
};
use crate::domain::{canonical::Hash, ids::TenantId, notification::Harm};

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

/// The items that have a content among their parts.
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

/// What damaged contents take with them.
pub fn harm(db: &mut Db, tenant: TenantId, hashes: &[Hash]) -> Result<Harm, StoreError> {
    let hashes: Vec<String> = hashes.iter().map(ToString::to_string).collect();
    let (objects, set_count): (i64, i64) = items_with!(tenant, &hashes)
        .select((
            count(backup_items::policy_id).aggregate_distinct(),
            count(backup_items::set_id).aggregate_distinct(),
        ))
        .first(db)?;
    let names: Vec<String> = items_with!(tenant, &hashes)
        .select(backup_items::name)
        .distinct()
        .order(backup_items::name)
        .limit(NAMED)
        .load(db)?;
    let sets: Vec<String> = items_with!(tenant, &hashes)
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
    let damaged: Vec<String> = contents::table
        .filter(contents::tenant_id.eq(tenant.to_string()))
        .filter(contents::damaged_at.is_not_null())
        .select(contents::hash)
        .limit(500)
        .load(db)?;
    let counts: Vec<(String, i64)> = items_with!(tenant, &damaged)
        .group_by(backup_items::set_id)
        .select((backup_items::set_id, count_star()))
        .load(db)?;
    let counts: BTreeMap<String, i64> = counts.into_iter().collect();
    for (set, count) in &counts {
        backups::note_damage(db, set, i32::try_from(*count).unwrap_or(i32::MAX))?;
    }
    Ok(())
}
