//! Passes over all contents: how far each has come, and what comes next.

use diesel::prelude::*;

use super::{
    columns::{Origin, readable},
    conn::{Db, each_backend},
    error::StoreError,
    schema::{contents, settings, tenants},
};
use crate::domain::{
    canonical::Hash,
    global_id::GlobalId,
    ids::TenantId,
    pass::{Pass, Reached},
};

/// What a pass is made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Removing what nothing refers to.
    Removal,
    /// Checking hashes.
    Scrub,
}

impl Purpose {
    fn name(self) -> &'static str {
        match self {
            Self::Removal => "pass.removal",
            Self::Scrub => "pass.scrub",
        }
    }
}

/// The last pass; none when there was none, or another version wrote it down in its own way.
pub fn last(db: &mut Db, purpose: Purpose) -> Result<Option<Pass>, StoreError> {
    let query = settings::table.find(purpose.name());
    let text: Option<String> = query.select(settings::value).first(db).optional()?;
    Ok(text.and_then(|text| text.parse().ok()))
}

/// Writes down how far a pass has come; false when another server did meanwhile, and goes on with it.
pub fn advance(
    db: &mut Db,
    purpose: Purpose,
    from: Option<&Pass>,
    to: &Pass,
) -> Result<bool, StoreError> {
    if from.is_none() {
        let row = (
            settings::name.eq(purpose.name()),
            settings::value.eq(String::new()),
        );
        each_backend!(db, |conn| diesel::insert_into(settings::table)
            .values(row)
            .on_conflict_do_nothing()
            .execute(conn))?;
    }
    // Locked, so that of two servers at once the second sees what the first has written.
    let row = settings::table.find(purpose.name());
    diesel::update(row)
        .set(settings::value.eq(settings::value))
        .execute(db)?;
    if last(db, purpose)?.as_ref() != from {
        return Ok(false);
    }
    diesel::update(row)
        .set(settings::value.eq(to.to_string()))
        .execute(db)?;
    Ok(true)
}

/// Some contents of one tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// The tenant.
    pub tenant: TenantId,
    /// The contents, in order; none when the tenant has no more.
    pub hashes: Vec<Hash>,
    /// What is reached with them.
    pub reached: Reached,
}

/// What comes next, at most so many contents; none at the end. A tenant whose contents cannot be listed is
/// passed over, and so is a content whose row cannot be read: a pass is for all the others too.
pub fn next(db: &mut Db, reached: Reached, most: usize) -> Result<Option<Stretch>, StoreError> {
    let (tenant, behind) = match reached {
        Reached::End => return Ok(None),
        Reached::Within(tenant, hash) => (Some(tenant), Some(hash)),
        Reached::Start => (tenant_behind(db, None)?, None),
        Reached::Behind(tenant) => (tenant_behind(db, Some(tenant))?, None),
    };
    let Some(tenant) = tenant else {
        return Ok(None);
    };
    let texts = match behind_content(db, tenant, behind, most) {
        Err(error) if !error.is_away() => {
            tracing::error!(tenant.id = %tenant.to_global(), %error, "the contents of a tenant are passed over");
            Vec::new()
        }
        texts => texts?,
    };
    let parse = |text: &String| {
        let from = Origin {
            what: "content",
            id: text,
        };
        readable(from.text(text))
    };
    let hashes: Vec<Hash> = texts.iter().filter_map(parse).collect();
    let reached = match hashes.last() {
        Some(last) if texts.len() == most => Reached::Within(tenant, *last),
        Some(_) | None => Reached::Behind(tenant),
    };
    Ok(Some(Stretch {
        tenant,
        hashes,
        reached,
    }))
}

/// Tenants that are looked up for one: as many that cannot be read in a row would end a pass.
const TENANTS: i64 = 10;

/// The tenant behind another in the order of identifiers; those of deleted tenants go with them.
fn tenant_behind(db: &mut Db, behind: Option<TenantId>) -> Result<Option<TenantId>, StoreError> {
    let mut query = tenants::table
        .filter(tenants::deleted_at.is_null())
        .into_boxed();
    if let Some(behind) = behind {
        query = query.filter(tenants::id.gt(behind.to_string()));
    }
    let query = query.order(tenants::id).select(tenants::id);
    let ids: Vec<String> = query.limit(TENANTS).load(db)?;
    let parse = |id: &String| {
        let from = Origin { what: "tenant", id };
        readable(from.text(id))
    };
    Ok(ids.iter().find_map(parse))
}

fn behind_content(
    db: &mut Db,
    tenant: TenantId,
    behind: Option<Hash>,
    most: usize,
) -> Result<Vec<String>, StoreError> {
    let mut query = contents::table
        .filter(contents::tenant_id.eq(tenant.to_string()))
        .into_boxed();
    if let Some(behind) = behind {
        query = query.filter(contents::hash.gt(behind.to_string()));
    }
    Ok(query
        .order(contents::hash)
        .select(contents::hash)
        .limit(i64::try_from(most).unwrap_or(i64::MAX))
        .load(db)?)
}
