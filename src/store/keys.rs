//! Which keys secrets are sealed with, and every sealed value, for whoever changes the key.

use diesel::{dsl::sql, prelude::*, sql_types::Binary};

use super::{
    columns::Origin,
    conn::{Db, each_backend},
    error::StoreError,
    schema::{credentials, sealed_values, settings, tenants},
};
use crate::domain::ids::TenantId;

/// The key that all secrets are sealed with, or were until a rotation began.
const CHECK: &str = "secret_key_check";
/// The key that takes its place.
const NEXT: &str = "secret_key_next";
/// The key whose place it took last.
const PREVIOUS: &str = "secret_key_previous";

/// What the database knows of its keys, by their identifiers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyFacts {
    /// The key that all secrets are sealed with; during a rotation some are sealed with the next.
    pub check: Option<String>,
    /// The key that secrets are being sealed with anew.
    pub next: Option<String>,
    /// The key before this one, which nothing is sealed with.
    pub previous: Option<String>,
}

impl KeyFacts {
    fn has_in_use(&self, key: &str) -> bool {
        let in_use = [&self.check, &self.next];
        in_use.iter().any(|it| it.as_deref() == Some(key))
    }
}

/// What the database knows of its keys.
pub fn facts(db: &mut Db) -> Result<KeyFacts, StoreError> {
    Ok(KeyFacts {
        check: fact(db, CHECK)?,
        next: fact(db, NEXT)?,
        previous: fact(db, PREVIOUS)?,
    })
}

fn fact(db: &mut Db, name: &str) -> Result<Option<String>, StoreError> {
    let row = settings::table.find(name).select(settings::value);
    Ok(row.first(db).optional()?)
}

/// Makes sure, until the transaction ends, that nobody changes what the database knows.
fn hold(db: &mut Db) -> Result<(), StoreError> {
    let row = settings::table.find(CHECK).select(settings::value);
    match db {
        // A writer has the whole database.
        Db::Sqlite(_) => {}
        Db::Postgres(conn) => {
            row.for_share().load::<String>(conn)?;
        }
    }
    Ok(())
}

/// Locks what the database knows until the transaction ends, against those too who only seal.
pub fn lock(db: &mut Db) -> Result<(), StoreError> {
    let row = settings::table.find(CHECK);
    diesel::update(row)
        .set(settings::value.eq(settings::value))
        .execute(db)?;
    Ok(())
}

/// Notes the first key that a database sees; of servers that start at once, one does.
pub fn begin(db: &mut Db, key: &str) -> Result<(), StoreError> {
    set(db, CHECK, key, false)
}

/// Notes that secrets are sealed with another key from now on.
pub fn begin_next(db: &mut Db, key: &str) -> Result<(), StoreError> {
    set(db, NEXT, key, false)
}

/// Forgets a key that was to take over.
pub fn drop_next(db: &mut Db, key: &str) -> Result<(), StoreError> {
    let row = settings::table.find(NEXT).filter(settings::value.eq(key));
    diesel::delete(row).execute(db)?;
    Ok(())
}

/// Notes that all secrets are sealed with this key.
pub fn settle(db: &mut Db, key: &str) -> Result<(), StoreError> {
    if let Some(before) = fact(db, CHECK)?.filter(|before| before != key) {
        set(db, PREVIOUS, &before, true)?;
    }
    set(db, CHECK, key, true)?;
    diesel::delete(settings::table.find(NEXT)).execute(db)?;
    Ok(())
}

fn set(db: &mut Db, name: &str, value: &str, over: bool) -> Result<(), StoreError> {
    let new = (settings::name.eq(name), settings::value.eq(value));
    each_backend!(db, |conn| {
        let insert = diesel::insert_into(settings::table).values(new);
        if over {
            let insert = insert.on_conflict(settings::name).do_update();
            insert.set(settings::value.eq(value)).execute(conn)
        } else {
            insert.on_conflict_do_nothing().execute(conn)
        }
    })?;
    Ok(())
}

/// Makes sure that what was sealed with a key may be stored: not with one that was replaced in the
/// meantime, which might be gone when the value is wanted. Holds until the transaction ends.
pub fn confirm(db: &mut Db, key: &str) -> Result<(), StoreError> {
    hold(db)?;
    let facts = facts(db)?;
    if facts.has_in_use(key) || facts.check.is_none() {
        return Ok(());
    }
    Err(StoreError::KeyReplaced)
}

/// Makes sure that a key that is not at hand is none of those in use: what such a key has sealed is
/// not damaged, but out of reach until the key file is read again.
pub fn refuse_in_use(db: &mut Db, key: &str) -> Result<(), StoreError> {
    if facts(db)?.has_in_use(key) {
        return Err(StoreError::KeyUnknown(key.to_owned()));
    }
    Ok(())
}

/// Where sealed values are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shelf {
    /// Values taken out of captures.
    CapturedValues,
    /// The keys of tenants' digests.
    DigestKeys,
    /// Credentials.
    Credentials,
}

impl Shelf {
    /// Every place.
    pub const ALL: [Self; 3] = [Self::CapturedValues, Self::DigestKeys, Self::Credentials];
}

/// A sealed value where it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The tenant.
    pub tenant: TenantId,
    /// Which of the tenant's; empty where it has one.
    pub digest: String,
    /// The value.
    pub sealed: Vec<u8>,
}

/// Sealed values that follow one, in the order of tenants and digests.
pub fn after(
    db: &mut Db,
    shelf: Shelf,
    last: Option<&Kept>,
    most: i64,
) -> Result<Vec<Kept>, StoreError> {
    let tenant = last.map_or_else(String::new, |last| last.tenant.to_string());
    let digest = last.map_or("", |last| &last.digest);
    let rows: Vec<(String, String, Vec<u8>)> = match shelf {
        Shelf::CapturedValues => sealed_values::table
            .filter(
                sealed_values::tenant_id
                    .gt(&tenant)
                    .or(sealed_values::tenant_id
                        .eq(&tenant)
                        .and(sealed_values::digest.gt(digest))),
            )
            .order((sealed_values::tenant_id, sealed_values::digest))
            .select((
                sealed_values::tenant_id,
                sealed_values::digest,
                sealed_values::sealed,
            ))
            .limit(most)
            .load(db)?,
        Shelf::DigestKeys => alone(
            tenants::table
                .filter(tenants::id.gt(&tenant))
                .order(tenants::id)
                .select((tenants::id, tenants::digest_key))
                .limit(most)
                .load(db)?,
        ),
        Shelf::Credentials => alone(
            credentials::table
                .filter(credentials::tenant_id.gt(&tenant))
                .order(credentials::tenant_id)
                .select((credentials::tenant_id, credentials::secret))
                .limit(most)
                .load(db)?,
        ),
    };
    let kept = rows.into_iter().map(|(tenant, digest, sealed)| {
        let from = Origin {
            what: "sealed value of tenant",
            id: &tenant,
        };
        Ok(Kept {
            tenant: from.text(&tenant)?,
            digest,
            sealed,
        })
    });
    kept.collect()
}

fn alone(rows: Vec<(String, Vec<u8>)>) -> Vec<(String, String, Vec<u8>)> {
    let rows = rows.into_iter();
    rows.map(|(tenant, sealed)| (tenant, String::new(), sealed))
        .collect()
}

/// Puts a value sealed anew in the place of one; false when that is another by now.
pub fn replace(db: &mut Db, shelf: Shelf, kept: &Kept, anew: &[u8]) -> Result<bool, StoreError> {
    let tenant = kept.tenant.to_string();
    let replaced = match shelf {
        Shelf::CapturedValues => diesel::update(
            sealed_values::table
                .find((&tenant, &kept.digest))
                .filter(sealed_values::sealed.eq(&kept.sealed)),
        )
        .set(sealed_values::sealed.eq(anew))
        .execute(db)?,
        Shelf::DigestKeys => diesel::update(
            tenants::table
                .find(&tenant)
                .filter(tenants::digest_key.eq(&kept.sealed)),
        )
        .set(tenants::digest_key.eq(anew))
        .execute(db)?,
        Shelf::Credentials => diesel::update(
            credentials::table
                .find(&tenant)
                .filter(credentials::secret.eq(&kept.sealed)),
        )
        .set(credentials::secret.eq(anew))
        .execute(db)?,
    };
    Ok(replaced == 1)
}

/// How many values there are that do not begin as those do that were sealed with a key.
pub fn count_others(db: &mut Db, header: &[u8]) -> Result<i64, StoreError> {
    count(db, "<>", header)
}

/// How many values there are that begin as those do that were sealed with a key.
pub fn count_of(db: &mut Db, header: &[u8]) -> Result<i64, StoreError> {
    count(db, "=", header)
}

fn count(db: &mut Db, relation: &str, header: &[u8]) -> Result<i64, StoreError> {
    let length = header.len();
    each_backend!(db, |conn| {
        let is_counted = |column: &str| {
            let prefix = format!("substr({column}, 1, {length}) {relation} ");
            sql::<diesel::sql_types::Bool>(&prefix).bind::<Binary, _>(header)
        };
        let captured: i64 = sealed_values::table
            .filter(is_counted("sealed"))
            .count()
            .get_result(conn)?;
        let keys: i64 = tenants::table
            .filter(is_counted("digest_key"))
            .count()
            .get_result(conn)?;
        let credentials: i64 = credentials::table
            .filter(is_counted("secret"))
            .count()
            .get_result(conn)?;
        Ok(captured + keys + credentials)
    })
}
