//! Idempotency keys: a repeat of a request gives the first answer again.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;

use super::{
    columns::stamp,
    conn::Db,
    error::{Claim, StoreError},
    schema::idempotency_keys as keys,
};
use crate::domain::canonical::Hash;

/// How long a key is remembered.
pub const REMEMBERED: TimeDelta = TimeDelta::hours(24);

/// A request that asks not to be carried out twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Whose key it is.
    pub principal: String,
    /// What is asked for.
    pub operation: &'static str,
    /// The key, chosen by the caller.
    pub key: String,
    /// Hash of the input.
    pub input: Hash,
}

/// What is known of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Memory {
    /// Nothing: it is the first.
    First,
    /// It was carried out, with this result.
    Done(String),
    /// The key was used with another input.
    Reused,
}

/// What is known of a request. A key that is too old is forgotten here.
pub fn recall(db: &mut Db, request: &Request, now: DateTime<Utc>) -> Result<Memory, StoreError> {
    let row = keys::table.find((&request.principal, request.operation, &request.key));
    diesel::delete(row.filter(keys::created_at.lt(stamp(now - REMEMBERED)))).execute(db)?;
    let known: Option<(String, String)> = row
        .select((keys::input_hash, keys::result_id))
        .first(db)
        .optional()?;
    Ok(match known {
        None => Memory::First,
        Some((input, result)) if input == request.input.to_string() => Memory::Done(result),
        Some(_) => Memory::Reused,
    })
}

/// Remembers the result of a request; taken when the same request was carried out at the same time.
pub fn remember(
    db: &mut Db,
    request: &Request,
    result: &str,
    now: DateTime<Utc>,
) -> Result<Claim, StoreError> {
    let row = (
        keys::principal.eq(&request.principal),
        keys::operation.eq(request.operation),
        keys::idempotency_key.eq(&request.key),
        keys::input_hash.eq(request.input.to_string()),
        keys::result_id.eq(result),
        keys::created_at.eq(stamp(now)),
    );
    Claim::of(db.transaction(|db| diesel::insert_into(keys::table).values(row).execute(db)))
}
