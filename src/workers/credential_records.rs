//! What is written down of a tenant's credential: that it was set, checked or removed, and how it
//! fared. The same whichever door it comes through.

use chrono::{DateTime, Utc};

use super::{
    credentials::{Verdict, note, wanted_kinds},
    keys,
    tenants::entry,
};
use crate::{
    domain::{
        audit::{AuditAction, AuditOutcome, Author},
        credential::{Credential, Means},
        tenant::{ConnectionStatus, Tenant},
    },
    store::{Db, StoreError, audit, credentials, tenants},
};

/// Stores a credential in place of the present one, with what came of trying it out, if it was.
pub fn store(
    db: &mut Db,
    tenant: &Tenant,
    (credential, verdict): (&Credential, Option<&Verdict>),
    author: &Author,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    tenants::lock(db, tenant.id)?;
    keys::confirm(db, &credential.sealed_secret)?;
    let before = credentials::find(db, tenant.id)?;
    let of = |read: fn(&Credential) -> Option<String>| {
        let was = before.as_ref().and_then(read);
        (was, read(credential))
    };
    let mut entry = entry(tenant, AuditAction::CredentialSet, author);
    for (member, (was, is)) in [
        ("kind", of(|of| Some(of.means.kind().to_string()))),
        ("clientId", of(|of| Some(of.client_id.to_string()))),
        ("certificateThumbprint", of(|of| thumbprint(&of.means))),
        ("tokenFile", of(|of| token_file(&of.means))),
    ] {
        entry = entry.changed(member, was, is);
    }
    credentials::set(db, credential)?;
    tenants::note_connection(db, tenant.id, ConnectionStatus::Unverified)?;
    audit::append(db, &entry, now)?;
    match (verdict, credentials::find(db, tenant.id)?) {
        (Some(verdict), Some(stored)) => note_verdict(db, &stored, verdict, now),
        _ => Ok(()),
    }
}

/// Writes down what came of trying a stored credential out.
pub fn checked(
    db: &mut Db,
    tenant: &Tenant,
    (credential, verdict): (&Credential, &Verdict),
    author: &Author,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    note_verdict(db, credential, verdict, now)?;
    let outcome = match verdict {
        Verdict::Refused(_) => AuditOutcome::Failed,
        Verdict::Accepted { .. } => AuditOutcome::Succeeded,
    };
    let entry = entry(tenant, AuditAction::CredentialVerified, author).ended(outcome);
    audit::append(db, &entry, now)
}

/// Removes a tenant's credential; whether it had one.
pub fn remove(
    db: &mut Db,
    tenant: &Tenant,
    author: &Author,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    if !credentials::remove(db, tenant.id)? {
        return Ok(false);
    }
    tenants::note_connection(db, tenant.id, ConnectionStatus::NotConfigured)?;
    let entry = entry(tenant, AuditAction::CredentialRemoved, author);
    audit::append(db, &entry, now)?;
    Ok(true)
}

fn note_verdict(
    db: &mut Db,
    credential: &Credential,
    verdict: &Verdict,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let (tenant, stored_at) = (credential.tenant, Some(credential.updated_at));
    let experience = verdict.experience(&wanted_kinds(db, tenant)?);
    note(db, tenant, stored_at, &experience, now)
}

fn thumbprint(means: &Means) -> Option<String> {
    match means {
        Means::Certificate { thumbprint, .. } => Some(thumbprint.to_string()),
        Means::ClientSecret { .. } | Means::WorkloadIdentity { .. } => None,
    }
}

fn token_file(means: &Means) -> Option<String> {
    match means {
        Means::WorkloadIdentity { token_file } => Some(token_file.clone()),
        Means::ClientSecret { .. } | Means::Certificate { .. } => None,
    }
}
