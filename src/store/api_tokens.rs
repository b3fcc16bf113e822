//! API tokens: found by the public part of their text, kept as a hash of the secret part.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;

use super::{
    columns::{Origin, actor_columns, stamp, stamp_of},
    conn::Db,
    error::{Claim, StoreError},
    schema::api_tokens,
};
use crate::domain::{
    api_token::ApiToken,
    ids::{ApiTokenId, TenantId},
};

#[derive(Clone, Debug, Queryable, Insertable)]
#[diesel(table_name = api_tokens)]
pub(super) struct ApiTokenRow {
    id: String,
    tenant_id: String,
    key_id: String,
    secret_hash: Vec<u8>,
    name: String,
    name_folded: String,
    role: String,
    created_at: NaiveDateTime,
    created_by_kind: String,
    created_by_id: Option<String>,
    created_by_name: String,
    expires_at: NaiveDateTime,
    last_used_at: Option<NaiveDateTime>,
    revoked_at: Option<NaiveDateTime>,
}

impl TryFrom<ApiTokenRow> for ApiToken {
    type Error = StoreError;

    fn try_from(row: ApiTokenRow) -> Result<Self, StoreError> {
        let from = Origin {
            what: "API token",
            id: &row.id,
        };
        let hash: [u8; 32] = row
            .secret_hash
            .try_into()
            .map_err(|_| from.corrupt("its hash is not 32 bytes"))?;
        Ok(Self {
            id: from.text(&row.id)?,
            tenant: from.text(&row.tenant_id)?,
            key_id: row.key_id,
            secret_hash: hash.into(),
            name: from.text(&row.name)?,
            role: from.text(&row.role)?,
            created_at: row.created_at.and_utc(),
            created_by: from.actor(
                &row.created_by_kind,
                row.created_by_id.as_deref(),
                &row.created_by_name,
            )?,
            expires_at: row.expires_at.and_utc(),
            last_used_at: row.last_used_at.map(|at| at.and_utc()),
            revoked_at: row.revoked_at.map(|at| at.and_utc()),
        })
    }
}

/// Adds a token; taken when its key identifier is.
pub fn insert(db: &mut Db, token: &ApiToken) -> Result<Claim, StoreError> {
    let (created_by_kind, created_by_id, created_by_name) = actor_columns(&token.created_by);
    let row = ApiTokenRow {
        id: token.id.to_string(),
        tenant_id: token.tenant.to_string(),
        key_id: token.key_id.clone(),
        secret_hash: token.secret_hash.bytes().to_vec(),
        name: token.name.to_string(),
        name_folded: token.name.folded(),
        role: token.role.to_string(),
        created_at: stamp(token.created_at),
        created_by_kind: created_by_kind.to_owned(),
        created_by_id,
        created_by_name,
        expires_at: stamp(token.expires_at),
        last_used_at: stamp_of(token.last_used_at),
        revoked_at: stamp_of(token.revoked_at),
    };
    Claim::of(db.transaction(|db| {
        diesel::insert_into(api_tokens::table)
            .values(row)
            .execute(db)
    }))
}

/// The token with this public part, usable or not.
pub fn find_by_key(db: &mut Db, key_id: &str) -> Result<Option<ApiToken>, StoreError> {
    let row: Option<ApiTokenRow> = api_tokens::table
        .filter(api_tokens::key_id.eq(key_id))
        .first(db)
        .optional()?;
    row.map(ApiToken::try_from).transpose()
}

/// A token by its identifier, usable or not.
pub fn find(db: &mut Db, token: ApiTokenId) -> Result<Option<ApiToken>, StoreError> {
    let row: Option<ApiTokenRow> = api_tokens::table
        .find(token.to_string())
        .first(db)
        .optional()?;
    row.map(ApiToken::try_from).transpose()
}

/// The tokens of a tenant that can be used now.
pub fn in_force(
    db: &mut Db,
    tenant: TenantId,
    now: DateTime<Utc>,
) -> Result<Vec<ApiTokenId>, StoreError> {
    let ids: Vec<String> = api_tokens::table
        .filter(api_tokens::tenant_id.eq(tenant.to_string()))
        .filter(api_tokens::revoked_at.is_null())
        .filter(api_tokens::expires_at.gt(stamp(now)))
        .select(api_tokens::id)
        .load(db)?;
    let read = |id: &String| {
        Origin {
            what: "API token",
            id,
        }
        .text(id)
    };
    ids.iter().map(read).collect()
}

/// Notes that a token was used.
pub fn note_use(db: &mut Db, token: ApiTokenId, at: DateTime<Utc>) -> Result<(), StoreError> {
    let row = api_tokens::table.find(token.to_string());
    diesel::update(row)
        .set(api_tokens::last_used_at.eq(stamp(at)))
        .execute(db)?;
    Ok(())
}

/// Makes every token of a tenant useless.
pub fn revoke_all(db: &mut Db, tenant: TenantId, at: DateTime<Utc>) -> Result<(), StoreError> {
    let rows = api_tokens::table
        .filter(api_tokens::tenant_id.eq(tenant.to_string()))
        .filter(api_tokens::revoked_at.is_null());
    diesel::update(rows)
        .set(api_tokens::revoked_at.eq(stamp(at)))
        .execute(db)?;
    Ok(())
}
