//! Contents and sealed values: stored once per tenant, found by their hash.
//!
//! Hashes are over the canonical bytes, not the compressed ones, so that another version of the
//! compressor changes no address.

use std::collections::{BTreeSet, HashSet};

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::{prelude::*, upsert::excluded};

use super::{
    columns::{Origin, stamp},
    conn::{Db, each_backend},
    error::StoreError,
    schema::{contents, sealed_values},
};
use crate::domain::{
    canonical::Hash,
    capture::Content,
    ids::TenantId,
    proof::{Found, Stock},
};

/// Level of zstd: higher ones cost a hundred times as much and gain little on JSON of this size.
const LEVEL: i32 = 3;

/// A compressed content. Making one is work for a processor, so do it outside a transaction.
#[derive(Clone, Debug)]
pub struct Packed {
    /// Hash of the canonical bytes.
    pub hash: Hash,
    raw_bytes: usize,
    body: Vec<u8>,
}

impl Packed {
    /// Compresses a content.
    pub fn new(content: &Content) -> Result<Self, StoreError> {
        let body = zstd::bulk::compress(&content.bytes, LEVEL);
        let corrupt = |error| {
            Origin {
                what: "content",
                id: &content.hash.to_string(),
            }
            .corrupt(error)
        };
        Ok(Self {
            hash: content.hash,
            raw_bytes: content.bytes.len(),
            body: body.map_err(corrupt)?,
        })
    }

    /// Size of the compressed bytes.
    pub fn stored_bytes(&self) -> usize {
        self.body.len()
    }
}

/// Hashes of a tenant that are stored already, of those asked for. They are touched, so that no
/// removal takes them before a set refers to them. A damaged content does not count as stored: whoever
/// asks reads the object anew, and [`put`] mends it.
pub fn touch(
    db: &mut Db,
    tenant: TenantId,
    hashes: &[Hash],
    now: DateTime<Utc>,
) -> Result<HashSet<Hash>, StoreError> {
    let tenant = tenant.to_string();
    let mut known = HashSet::new();
    for chunk in in_order(hashes, |hash| *hash).chunks(CHUNK) {
        let texts: Vec<String> = chunk.iter().map(ToString::to_string).collect();
        let found = contents::table
            .filter(contents::tenant_id.eq(&tenant))
            .filter(contents::hash.eq_any(&texts))
            .filter(contents::damaged_at.is_null())
            .order(contents::hash)
            .select(contents::hash);
        let found: Vec<String> = match db {
            // Its writers are one at a time.
            Db::Sqlite(conn) => found.load(conn)?,
            // An UPDATE of many would lock them in any order.
            Db::Postgres(conn) => found.for_no_key_update().load(conn)?,
        };
        let rows = contents::table
            .filter(contents::tenant_id.eq(&tenant))
            .filter(contents::hash.eq_any(&found));
        diesel::update(rows)
            .set(contents::last_used_at.eq(stamp(now)))
            .execute(db)?;
        known.extend(asked_for(chunk, &texts, &found));
    }
    Ok(known)
}

/// Those keys whose texts were found.
fn asked_for<'a>(
    keys: &'a [&Hash],
    texts: &'a [String],
    found: &[String],
) -> impl Iterator<Item = Hash> + 'a {
    let found: HashSet<String> = found.iter().cloned().collect();
    let pairs = keys.iter().zip(texts);
    pairs.filter_map(move |(key, text)| found.contains(text).then_some(**key))
}

/// Each row once and in the order of keys: kinds are read side by side and share contents, and
/// transactions that lock the same rows in another order would wait for each other.
fn in_order<T>(rows: &[T], key: impl Fn(&T) -> Hash) -> Vec<&T> {
    let mut rows: Vec<&T> = rows.iter().collect();
    rows.sort_by_key(|row| key(row));
    rows.dedup_by_key(|row| key(row));
    rows
}

/// Keys in one statement: SQLite takes one parameter for each.
const CHUNK: usize = 500;

/// Bytes of bodies in one statement; a body that is larger has one of its own.
const MOST_BYTES: usize = 1 << 20;

/// Stores contents; those that are stored already are touched, and those that are damaged mended.
pub fn put(
    db: &mut Db,
    tenant: TenantId,
    packed: &[Packed],
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let tenant = tenant.to_string();
    // The rows of one statement are locked in the order in which they stand in it.
    let sorted = in_order(packed, |content| content.hash);
    for chunk in light_chunks(&sorted, Packed::stored_bytes) {
        let rows: Vec<_> = chunk
            .iter()
            .map(|content| {
                (
                    contents::tenant_id.eq(&tenant),
                    contents::hash.eq(content.hash.to_string()),
                    contents::raw_bytes.eq(i64::try_from(content.raw_bytes).unwrap_or(i64::MAX)),
                    contents::body.eq(&content.body),
                    contents::created_at.eq(stamp(now)),
                    contents::last_used_at.eq(stamp(now)),
                    contents::stored_bytes
                        .eq(i64::try_from(content.body.len()).unwrap_or(i64::MAX)),
                )
            })
            .collect();
        each_backend!(db, |conn| {
            diesel::insert_into(contents::table)
                .values(&rows)
                .on_conflict((contents::tenant_id, contents::hash))
                .do_update()
                .set(contents::last_used_at.eq(excluded(contents::last_used_at)))
                .execute(conn)
        })?;
    }
    mend(db, &tenant, packed)
}

/// Rows in parts that one statement can take: so many at most, and no more bytes than there may be in one.
fn light_chunks<'a, T>(
    rows: &'a [&'a T],
    bytes: impl Fn(&T) -> usize + 'a,
) -> impl Iterator<Item = &'a [&'a T]> {
    let mut rest = rows;
    std::iter::from_fn(move || {
        let mut sum = 0_usize;
        let fits = rest.iter().take(CHUNK).take_while(|row| {
            sum = sum.saturating_add(bytes(row));
            sum <= MOST_BYTES
        });
        let count = fits.count().max(1);
        let (chunk, left) = rest.split_at_checked(count)?;
        rest = left;
        Some(chunk)
    })
}

/// Writes those contents anew that are known to be damaged. Others keep their bodies, which are large.
fn mend(db: &mut Db, tenant: &str, packed: &[Packed]) -> Result<(), StoreError> {
    for chunk in packed.chunks(CHUNK) {
        let hashes: Vec<String> = chunk.iter().map(|it| it.hash.to_string()).collect();
        let damaged: BTreeSet<String> = contents::table
            .filter(contents::tenant_id.eq(tenant))
            .filter(contents::hash.eq_any(&hashes))
            .filter(contents::damaged_at.is_not_null())
            .select(contents::hash)
            .load(db)?
            .into_iter()
            .collect();
        for (content, hash) in chunk.iter().zip(&hashes) {
            if damaged.contains(hash) {
                let changes = (
                    contents::raw_bytes.eq(i64::try_from(content.raw_bytes).unwrap_or(i64::MAX)),
                    contents::body.eq(&content.body),
                    contents::stored_bytes
                        .eq(i64::try_from(content.body.len()).unwrap_or(i64::MAX)),
                    contents::damaged_at.eq(None::<NaiveDateTime>),
                );
                diesel::update(contents::table.find((tenant, hash)))
                    .set(changes)
                    .execute(db)?;
            }
        }
    }
    Ok(())
}

/// The canonical bytes of a content.
pub fn bytes(db: &mut Db, tenant: TenantId, hash: Hash) -> Result<Option<Vec<u8>>, StoreError> {
    let query = contents::table
        .find((tenant.to_string(), hash.to_string()))
        // One without bytes says that it is missing.
        .filter(contents::raw_bytes.gt(0))
        .select((contents::raw_bytes, contents::body));
    let row: Option<(i64, Vec<u8>)> = query.first(db).optional()?;
    row.map(|(raw_bytes, body)| unpack(hash, raw_bytes, &body))
        .transpose()
}

/// The canonical bytes of several contents, those that are missing or damaged left out.
pub fn bytes_of(
    db: &mut Db,
    tenant: TenantId,
    hashes: &[Hash],
) -> Result<Vec<(Hash, Vec<u8>)>, StoreError> {
    let mut found = Vec::with_capacity(hashes.len());
    for chunk in hashes.chunks(CHUNK) {
        let texts: Vec<String> = chunk.iter().map(ToString::to_string).collect();
        let rows: Vec<(String, i64, Vec<u8>)> = contents::table
            .filter(contents::tenant_id.eq(tenant.to_string()))
            .filter(contents::hash.eq_any(&texts))
            .select((contents::hash, contents::raw_bytes, contents::body))
            .load(db)?;
        for (text, raw_bytes, body) in rows {
            let hash = Origin {
                what: "content",
                id: &text,
            }
            .text(&text)?;
            match unpack(hash, raw_bytes, &body) {
                Ok(bytes) => found.push((hash, bytes)),
                // Whoever asked for it has to do without, and the others have theirs.
                Err(StoreError::Corrupt { .. }) => {}
                Err(error) => return Err(error),
            }
        }
    }
    Ok(found)
}

/// The stored size bounds what a damaged body may unfold to.
fn unpack(hash: Hash, raw_bytes: i64, body: &[u8]) -> Result<Vec<u8>, StoreError> {
    let id = hash.to_string();
    let from = Origin {
        what: "content",
        id: &id,
    };
    let size = from.number(raw_bytes)?;
    let bytes = zstd::bulk::decompress(body, size).map_err(|error| from.corrupt(error))?;
    // The compressor notices little: what was altered must not go on as if it were what was stored.
    match Hash::of(&bytes) == hash {
        true => Ok(bytes),
        false => Err(from.corrupt("its bytes do not fit its hash")),
    }
}

/// What is found of some contents; those that are missing are left out.
pub fn stock(db: &mut Db, tenant: TenantId, hashes: &[Hash]) -> Result<Stock, StoreError> {
    let mut stock = Stock::with_capacity(hashes.len());
    for hash in hashes {
        match bytes(db, tenant, *hash) {
            Ok(Some(bytes)) => drop(stock.insert(*hash, Found::Whole(bytes))),
            Ok(None) => {}
            Err(StoreError::Corrupt { .. }) => drop(stock.insert(*hash, Found::Damaged)),
            Err(error) => return Err(error),
        }
    }
    Ok(stock)
}

/// Which of some contents are not stored, and nobody knows that yet. Reads no body.
pub fn absent(db: &mut Db, tenant: TenantId, hashes: &[Hash]) -> Result<Vec<Hash>, StoreError> {
    let mut absent = Vec::new();
    for chunk in hashes.chunks(CHUNK) {
        let texts: Vec<String> = chunk.iter().map(ToString::to_string).collect();
        let known: HashSet<String> = contents::table
            .filter(contents::tenant_id.eq(tenant.to_string()))
            .filter(contents::hash.eq_any(&texts))
            .select(contents::hash)
            .load(db)?
            .into_iter()
            .collect();
        let pairs = chunk.iter().zip(&texts);
        absent.extend(pairs.filter_map(|(hash, text)| (!known.contains(text)).then_some(*hash)));
    }
    Ok(absent)
}

/// Compressed bytes that a tenant's contents take.
pub fn stored_bytes(db: &mut Db, tenant: TenantId) -> Result<u64, StoreError> {
    use diesel::{dsl::sql, sql_types::BigInt};
    let of_tenant = || contents::table.filter(contents::tenant_id.eq(tenant.to_string()));
    // Answered by an index; the second sum is over rows of older versions alone.
    let known: i64 = of_tenant()
        .select(sql::<BigInt>(
            "CAST(COALESCE(SUM(stored_bytes), 0) AS BIGINT)",
        ))
        .get_result(db)?;
    let unknown: i64 = of_tenant()
        .filter(contents::stored_bytes.is_null())
        .select(sql::<BigInt>(
            "CAST(COALESCE(SUM(LENGTH(body)), 0) AS BIGINT)",
        ))
        .get_result(db)?;
    Origin {
        what: "contents of tenant",
        id: &tenant.to_string(),
    }
    .number(known.saturating_add(unknown))
}

/// Removes up to `most` contents of a tenant that is deleted; the number removed.
pub fn remove_some(db: &mut Db, tenant: TenantId, most: i64) -> Result<usize, StoreError> {
    let hashes: Vec<String> = contents::table
        .filter(contents::tenant_id.eq(tenant.to_string()))
        .select(contents::hash)
        .limit(most)
        .load(db)?;
    let rows = contents::table
        .filter(contents::tenant_id.eq(tenant.to_string()))
        .filter(contents::hash.eq_any(&hashes));
    Ok(diesel::delete(rows).execute(db)?)
}

/// Stores secrets taken out of captures, each sealed already and under its digest.
pub fn put_sealed(
    db: &mut Db,
    tenant: TenantId,
    sealed: &[(Hash, Vec<u8>)],
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let sorted = in_order(sealed, |(digest, _)| *digest);
    for chunk in light_chunks(&sorted, |(_, bytes)| bytes.len()) {
        let rows: Vec<_> = chunk
            .iter()
            .map(|(digest, bytes)| {
                (
                    sealed_values::tenant_id.eq(tenant.to_string()),
                    sealed_values::digest.eq(digest.to_string()),
                    sealed_values::sealed.eq(bytes),
                    sealed_values::created_at.eq(stamp(now)),
                    sealed_values::last_used_at.eq(stamp(now)),
                )
            })
            .collect();
        each_backend!(db, |conn| {
            diesel::insert_into(sealed_values::table)
                .values(&rows)
                .on_conflict((sealed_values::tenant_id, sealed_values::digest))
                .do_update()
                .set(sealed_values::last_used_at.eq(excluded(sealed_values::last_used_at)))
                .execute(conn)
        })?;
    }
    Ok(())
}

/// Touches sealed values, so that no removal takes them before a set refers to them; those that are stored.
pub fn touch_sealed(
    db: &mut Db,
    tenant: TenantId,
    digests: &[Hash],
    now: DateTime<Utc>,
) -> Result<HashSet<Hash>, StoreError> {
    let tenant = tenant.to_string();
    let mut known = HashSet::new();
    for chunk in in_order(digests, |digest| *digest).chunks(CHUNK) {
        let texts: Vec<String> = chunk.iter().map(ToString::to_string).collect();
        let found = sealed_values::table
            .filter(sealed_values::tenant_id.eq(&tenant))
            .filter(sealed_values::digest.eq_any(&texts))
            .order(sealed_values::digest)
            .select(sealed_values::digest);
        let found: Vec<String> = match db {
            Db::Sqlite(conn) => found.load(conn)?,
            Db::Postgres(conn) => found.for_no_key_update().load(conn)?,
        };
        let rows = sealed_values::table
            .filter(sealed_values::tenant_id.eq(&tenant))
            .filter(sealed_values::digest.eq_any(&found));
        diesel::update(rows)
            .set(sealed_values::last_used_at.eq(stamp(now)))
            .execute(db)?;
        known.extend(asked_for(chunk, &texts, &found));
    }
    Ok(known)
}

/// A sealed value of a tenant, still sealed.
pub fn sealed(db: &mut Db, tenant: TenantId, digest: Hash) -> Result<Option<Vec<u8>>, StoreError> {
    let query = sealed_values::table.find((tenant.to_string(), digest.to_string()));
    Ok(query.select(sealed_values::sealed).first(db).optional()?)
}

/// Removes a sealed value that no key opens any more, if it still is what was found: as long as it is
/// there, nobody stores it anew.
pub fn drop_sealed(
    db: &mut Db,
    tenant: TenantId,
    digest: Hash,
    sealed: &[u8],
) -> Result<(), StoreError> {
    let row = sealed_values::table
        .find((tenant.to_string(), digest.to_string()))
        .filter(sealed_values::sealed.eq(sealed));
    diesel::delete(row).execute(db)?;
    Ok(())
}

/// Removes every sealed value of a tenant that is deleted.
pub fn remove_sealed(db: &mut Db, tenant: TenantId) -> Result<usize, StoreError> {
    let rows = sealed_values::table.filter(sealed_values::tenant_id.eq(tenant.to_string()));
    Ok(diesel::delete(rows).execute(db)?)
}
