//! The Graph credentials of tenants: one each, its secret sealed.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::{
    columns::{Origin, stamp, stamp_of},
    conn::Db,
    error::StoreError,
    schema::credentials,
};
use crate::domain::{
    credential::{Credential, CredentialKind, Means, Usage},
    expiry::first_warning,
    ids::TenantId,
};

/// Tenants in one statement: SQLite takes one parameter for each.
const CHUNK: usize = 500;

#[derive(Clone, Debug, Queryable, Insertable)]
#[diesel(table_name = credentials)]
struct CredentialRow {
    tenant_id: String,
    kind: String,
    client_id: String,
    secret: Vec<u8>,
    expires_at: Option<NaiveDateTime>,
    last_verified_at: Option<NaiveDateTime>,
    updated_at: NaiveDateTime,
    thumbprint: Option<String>,
    token_file: Option<String>,
    accepted_at: Option<NaiveDateTime>,
    missing_permissions: Option<String>,
    expiry_tell_at: Option<NaiveDateTime>,
}

impl From<&Credential> for CredentialRow {
    fn from(credential: &Credential) -> Self {
        let (thumbprint, token_file) = match &credential.means {
            Means::ClientSecret { .. } => (None, None),
            Means::Certificate { thumbprint, .. } => (Some(thumbprint.to_string()), None),
            Means::WorkloadIdentity { token_file } => (None, Some(token_file.clone())),
        };
        let usage = &credential.usage;
        Self {
            tenant_id: credential.tenant.to_string(),
            kind: credential.means.kind().to_string(),
            client_id: credential.client_id.to_string(),
            secret: credential.sealed_secret.clone(),
            expires_at: stamp_of(credential.means.expires_at()),
            last_verified_at: stamp_of(usage.last_used_at),
            updated_at: stamp(credential.updated_at),
            thumbprint,
            token_file,
            accepted_at: stamp_of(usage.accepted_at),
            missing_permissions: Some(usage.missing_permissions.join(" ")),
            expiry_tell_at: stamp_of(credential.means.expires_at().map(first_warning)),
        }
    }
}

impl CredentialRow {
    fn means(&self, from: Origin<'_>) -> Result<Means, StoreError> {
        let expires_at = self.expires_at.map(|at| at.and_utc());
        Ok(match from.text(&self.kind)? {
            CredentialKind::ClientSecret => Means::ClientSecret { expires_at },
            CredentialKind::Certificate => Means::Certificate {
                thumbprint: from
                    .maybe(self.thumbprint.as_deref())?
                    .ok_or_else(|| from.corrupt("a certificate without a thumbprint"))?,
                expires_at: expires_at
                    .ok_or_else(|| from.corrupt("a certificate without an end"))?,
            },
            CredentialKind::WorkloadIdentity => Means::WorkloadIdentity {
                token_file: self
                    .token_file
                    .clone()
                    .ok_or_else(|| from.corrupt("a workload identity without a token file"))?,
            },
        })
    }
}

impl TryFrom<CredentialRow> for Credential {
    type Error = StoreError;

    fn try_from(row: CredentialRow) -> Result<Self, StoreError> {
        let from = Origin {
            what: "credential",
            id: &row.tenant_id,
        };
        let missing = row.missing_permissions.as_deref().unwrap_or_default();
        Ok(Self {
            tenant: from.text(&row.tenant_id)?,
            client_id: from.text(&row.client_id)?,
            means: row.means(from)?,
            usage: Usage {
                last_used_at: row.last_verified_at.map(|at| at.and_utc()),
                accepted_at: row.accepted_at.map(|at| at.and_utc()),
                missing_permissions: missing.split_whitespace().map(str::to_owned).collect(),
            },
            updated_at: row.updated_at.and_utc(),
            sealed_secret: row.secret,
        })
    }
}

/// Stores a tenant's credential in place of the present one.
pub fn set(db: &mut Db, credential: &Credential) -> Result<(), StoreError> {
    let row = CredentialRow::from(credential);
    diesel::delete(credentials::table.find(&row.tenant_id)).execute(db)?;
    diesel::insert_into(credentials::table)
        .values(row)
        .execute(db)?;
    Ok(())
}

/// A tenant's credential, its secret still sealed.
pub fn find(db: &mut Db, tenant: TenantId) -> Result<Option<Credential>, StoreError> {
    let row: Option<CredentialRow> = credentials::table
        .find(tenant.to_string())
        .first(db)
        .optional()?;
    row.map(Credential::try_from).transpose()
}

/// The credentials of these tenants; those without one are left out.
pub fn of_tenants(db: &mut Db, tenants: &[TenantId]) -> Result<Vec<Credential>, StoreError> {
    let mut found = Vec::with_capacity(tenants.len());
    for chunk in tenants.chunks(CHUNK) {
        let texts: Vec<String> = chunk.iter().map(ToString::to_string).collect();
        let rows: Vec<CredentialRow> = credentials::table
            .filter(credentials::tenant_id.eq_any(texts))
            .load(db)?;
        for row in rows {
            found.push(Credential::try_from(row)?);
        }
    }
    Ok(found)
}

/// Notes how a credential fared.
pub fn note_usage(db: &mut Db, tenant: TenantId, usage: &Usage) -> Result<(), StoreError> {
    let row = credentials::table.find(tenant.to_string());
    let changes = (
        credentials::last_verified_at.eq(stamp_of(usage.last_used_at)),
        credentials::accepted_at.eq(stamp_of(usage.accepted_at)),
        credentials::missing_permissions.eq(usage.missing_permissions.join(" ")),
    );
    diesel::update(row).set(changes).execute(db)?;
    Ok(())
}

/// Removes a tenant's credential; whether it had one.
pub fn remove(db: &mut Db, tenant: TenantId) -> Result<bool, StoreError> {
    Ok(diesel::delete(credentials::table.find(tenant.to_string())).execute(db)? > 0)
}
