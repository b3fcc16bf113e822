//! The Graph credential of a tenant: handed over, checked, sealed, opened, tried out.
//!
//! Plain functions, for runs and for whoever sets a credential. What is tried out is not stored by
//! that, and what is stored is not tried out: callers put the two together.

use std::path::{Path, PathBuf};

use chrono::{DateTime, SecondsFormat, Utc};
use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;

use super::attempt_error::AttemptError;
pub use crate::graph::{Federation, ProofFault};
use crate::{
    domain::{
        canonical::Hash,
        credential::{Credential, Experience, Means, Usage},
        failure::{Failure, FailureCode},
        ids::TenantId,
        kind::PolicyKind,
        tenant::Tenant,
    },
    graph::{
        Certificate, CertificateFault, ClientSecret, Graph, GraphError, Proof, TenantAccess,
        catalog,
    },
    store::{Db, StoreError, credentials, schedules, tenants},
    vault::{Field, Vault, VaultError},
};

/// A kind that takes one request, by which a tenant without Intune shows itself.
const PROBE: PolicyKind = PolicyKind::TenantSettings;

/// What an app proves itself with, as somebody hands it over.
#[derive(Debug)]
pub enum Secret {
    /// A client secret.
    ClientSecret {
        /// Its value.
        value: SecretString,
        /// When it expires, as far as whoever hands it over knows.
        expires_at: Option<DateTime<Utc>>,
    },
    /// PEM with a certificate and its private key.
    Certificate(SecretString),
    /// A file on the server into which the platform writes its token. For operators alone: whoever
    /// could name a file from outside could send any file of the server to the sign-in host.
    TokenFile(PathBuf),
}

/// Why a credential cannot be used, as far as this can be told without asking anybody.
#[derive(Debug, thiserror::Error)]
pub enum CredentialFault {
    /// Nothing was handed over.
    #[error("the client secret is empty")]
    Empty,
    /// The certificate or its key is not what it takes.
    #[error("the certificate cannot be used")]
    Certificate(#[source] CertificateFault),
    /// The certificate is not valid any more.
    #[error("the certificate expired at {}; make a new one and register it with the app", .0.to_rfc3339_opts(SecondsFormat::Secs, true))]
    Expired(DateTime<Utc>),
    /// The client secret is not valid any more, by the word of whoever hands it over.
    #[error("the client secret expired at {}", .0.to_rfc3339_opts(SecondsFormat::Secs, true))]
    Over(DateTime<Utc>),
    /// The path of the token file depends on where one stands, or is not text.
    #[error("the path of the token file must be absolute and in UTF-8")]
    Path,
}

/// A credential that has been looked at, but not stored.
#[derive(Debug)]
pub struct NewCredential {
    /// The app registration.
    pub client_id: Uuid,
    /// What everybody may know of it.
    pub means: Means,
    /// What is to be sealed.
    sealable: SecretString,
}

impl NewCredential {
    /// Looks at what was handed over.
    pub fn read(
        client_id: Uuid,
        secret: Secret,
        now: DateTime<Utc>,
    ) -> Result<Self, CredentialFault> {
        let (means, sealable) = match secret {
            Secret::ClientSecret { value, expires_at } => {
                if value.expose_secret().is_empty() {
                    return Err(CredentialFault::Empty);
                }
                if let Some(over) = expires_at.filter(|at| *at <= now) {
                    return Err(CredentialFault::Over(over));
                }
                (Means::ClientSecret { expires_at }, value)
            }
            Secret::Certificate(pem) => (certificate_means(&pem, now)?, pem),
            Secret::TokenFile(path) => {
                let text = path.to_str().filter(|_| path.is_absolute());
                let token_file = text.ok_or(CredentialFault::Path)?.to_owned();
                let sealable = token_file.clone().into();
                (Means::WorkloadIdentity { token_file }, sealable)
            }
        };
        Ok(Self {
            client_id,
            means,
            sealable,
        })
    }

    /// The credential as it is stored.
    pub fn sealed(
        &self,
        vault: &Vault,
        tenant: TenantId,
        now: DateTime<Utc>,
    ) -> Result<Credential, VaultError> {
        let secret = self.sealable.expose_secret().as_bytes();
        Ok(Credential {
            tenant,
            client_id: self.client_id,
            means: self.means.clone(),
            sealed_secret: vault.seal(tenant, Field::Credential, secret)?,
            updated_at: now,
            usage: Usage::default(),
        })
    }
}

fn certificate_means(pem: &SecretString, now: DateTime<Utc>) -> Result<Means, CredentialFault> {
    let certificate = Certificate::from_pem(pem).map_err(CredentialFault::Certificate)?;
    let expires_at = certificate.expires_at();
    if expires_at <= now {
        return Err(CredentialFault::Expired(expires_at));
    }
    Ok(Means::Certificate {
        thumbprint: Hash::from(certificate.thumbprint()),
        expires_at,
    })
}

/// What a tenant is entered with, its secret opened.
pub(super) fn open(
    vault: &Vault,
    tenant: &Tenant,
    credential: &Credential,
) -> Result<TenantAccess, AttemptError> {
    let secret = vault.open(tenant.id, Field::Credential, &credential.sealed_secret)?;
    let secret = std::str::from_utf8(secret.expose_secret()).map_err(|_| AttemptError::Secret)?;
    let proof = match &credential.means {
        Means::ClientSecret { .. } => Proof::ClientSecret(ClientSecret::new(secret.to_owned())),
        Means::Certificate { .. } => {
            let certificate = Certificate::from_pem(&secret.into());
            Proof::Certificate(certificate.map_err(|_| AttemptError::Secret)?.into())
        }
        // The sealed path counts, not the readable one beside it: whoever can write to the database
        // shall not be able to name a file.
        Means::WorkloadIdentity { .. } => Proof::TokenFile(secret.into()),
    };
    Ok(TenantAccess {
        entra_tenant_id: tenant.entra_tenant_id,
        cloud: tenant.cloud,
        client_id: credential.client_id,
        proof,
        accepted_at: credential.usage.accepted_at,
    })
}

/// What a token file says of who issued it for what, so that it can be registered with the app.
pub fn federation(path: &Path) -> Result<Federation, ProofFault> {
    Federation::of_file(path)
}

/// What came of trying a credential out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It was not accepted, or nobody could tell.
    Refused(Failure),
    /// It was.
    Accepted {
        /// Kinds that cannot be read, with the reason.
        refused: Vec<(PolicyKind, Failure)>,
        /// Whether the token told what it permits. If not, `refused` is empty for want of knowledge.
        is_readable: bool,
        /// Whether Intune is there.
        intune: Intune,
    },
}

/// Whether a tenant has Intune.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Intune {
    /// It has.
    Present,
    /// It has not: this is why.
    Absent(String),
    /// It could not be found out: this is why.
    Unknown(String),
}

/// Tries a credential out: signs in, whatever was refused before, reads what the token permits and
/// makes one cheap request to Intune.
pub async fn try_out(
    graph: &Graph,
    vault: &Vault,
    tenant: &Tenant,
    credential: &Credential,
) -> Result<Verdict, VaultError> {
    let access = open(vault, tenant, credential).map_err(|_| VaultError::Open)?;
    let door = graph.tenant(access);
    let granted = match door.check().await {
        Ok(granted) => granted,
        Err(error) => return Ok(Verdict::Refused(error.failure())),
    };
    let refused = PolicyKind::ALL.iter().filter_map(|kind| {
        let refusal = granted.refusal(*kind)?;
        Some((*kind, refusal.failure()))
    });
    let intune = match door.list(PROBE).await {
        Ok(_) => Intune::Present,
        Err(error @ GraphError::TokenRefused { .. }) => {
            return Ok(Verdict::Refused(error.failure()));
        }
        Err(error) => match error.not_available() {
            Some(reason) => Intune::Absent(reason),
            None => Intune::Unknown(error.failure().message),
        },
    };
    Ok(Verdict::Accepted {
        refused: refused.collect(),
        is_readable: granted.is_known(),
        intune,
    })
}

impl Verdict {
    /// What it says of the credential for whoever wants to read `kinds`.
    pub fn experience(&self, kinds: &[PolicyKind]) -> Experience {
        match self {
            Self::Refused(failure) => refusal(failure.code),
            Self::Accepted {
                is_readable: false, ..
            } => Experience::Accepted,
            Self::Accepted { refused, .. } => {
                let wanted = refused.iter().filter(|(kind, _)| kinds.contains(kind));
                lacking(wanted.map(|(kind, _)| kind))
            }
        }
    }
}

impl Verdict {
    /// What people are told of it beside the kinds, without secrets.
    pub fn remarks(&self) -> Vec<String> {
        let (refused, is_readable, intune) = match self {
            Self::Refused(failure) => return vec![failure.message.clone()],
            Self::Accepted {
                refused,
                is_readable,
                intune,
            } => (refused.len(), is_readable, intune),
        };
        let sign_in = match (refused, is_readable) {
            (_, false) => "sign-in works; the token does not tell what it permits".to_owned(),
            (0, true) => "sign-in works; every kind can be read".to_owned(),
            (count, true) => format!("sign-in works; {count} kinds cannot be read"),
        };
        let intune = match intune {
            Intune::Present => None,
            Intune::Absent(reason) => Some(reason.clone()),
            Intune::Unknown(reason) => Some(format!("Intune was not reached: {reason}")),
        };
        [Some(sign_in), intune].into_iter().flatten().collect()
    }
}

/// What a refusal before the first kind says of the credential.
pub(super) fn refusal(code: FailureCode) -> Experience {
    if code.is_transient() {
        Experience::Unclear
    } else {
        Experience::Refused
    }
}

/// What is said by the fact that these kinds could not be read for want of a permission.
pub(super) fn lacking<'a>(refused: impl IntoIterator<Item = &'a PolicyKind>) -> Experience {
    let mut refused = refused.into_iter().peekable();
    if refused.peek().is_none() {
        return Experience::Good;
    }
    let first = refused.filter_map(|kind| catalog::entry(*kind).permissions.first());
    let mut names: Vec<String> = first.map(|name| (*name).to_owned()).collect();
    names.sort();
    names.dedup();
    Experience::Lacking(names)
}

/// Writes down what the use of a credential has shown, unless another one was stored meanwhile.
/// `stored_at` tells which one was used.
pub fn note(
    db: &mut Db,
    tenant: TenantId,
    stored_at: Option<DateTime<Utc>>,
    experience: &Experience,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let (Some(there), present) = (tenants::find(db, tenant)?, credentials::find(db, tenant)?)
    else {
        return Ok(());
    };
    if present.as_ref().map(|credential| credential.updated_at) != stored_at {
        return Ok(());
    }
    if let Some(credential) = present {
        let usage = experience.usage(&credential.usage, now);
        credentials::note_usage(db, tenant, &usage)?;
    }
    tenants::note_connection(db, tenant, experience.connection(there.connection))
}

/// The kinds that the schedules of a tenant back up; all, as long as it has none.
pub fn wanted_kinds(db: &mut Db, tenant: TenantId) -> Result<Vec<PolicyKind>, StoreError> {
    let schedules = schedules::of_tenant(db, tenant)?;
    let mut kinds: Vec<_> = schedules
        .into_iter()
        .flat_map(|schedule| schedule.scope.kinds)
        .collect();
    if kinds.is_empty() {
        kinds = PolicyKind::ALL.to_vec();
    }
    Ok(kinds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_that_cannot_be_read_says_nothing_of_permissions() {
        let verdict = |is_readable| Verdict::Accepted {
            refused: Vec::new(),
            is_readable,
            intune: Intune::Present,
        };
        let experience = |is_readable| verdict(is_readable).experience(PolicyKind::ALL);
        assert_eq!(experience(true), Experience::Good);
        assert_eq!(experience(false), Experience::Accepted);
    }
}
