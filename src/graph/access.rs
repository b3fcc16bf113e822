//! With what a tenant is entered.

use std::{fmt, path::PathBuf, sync::Arc};

use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::certificate::Certificate;
use crate::domain::tenant::Cloud;

/// Credential of the app registration through which a tenant is read.
#[derive(Clone, Debug)]
pub struct TenantAccess {
    /// The tenant's directory.
    pub entra_tenant_id: Uuid,
    /// The cloud the tenant lives in.
    pub cloud: Cloud,
    /// The app registration.
    pub client_id: Uuid,
    /// How the app proves itself.
    pub proof: Proof,
    /// When it was last accepted, as far as known. A refusal is remembered until this changes: then
    /// somebody has found out elsewhere that sign-in works again.
    pub accepted_at: Option<DateTime<Utc>>,
}

/// How an app proves itself to the sign-in host. Printing it shows no secret.
#[derive(Clone, Debug)]
pub enum Proof {
    /// With its secret.
    ClientSecret(ClientSecret),
    /// With an assertion signed by the key of its certificate.
    Certificate(Arc<Certificate>),
    /// With a token that the platform writes into this file, and replaces now and then.
    TokenFile(PathBuf),
}

impl Proof {
    /// Tells this proof from others; reveals nothing about it.
    pub(super) fn identity(&self) -> [u8; 32] {
        let hash = Sha256::new();
        let hash = match self {
            Self::ClientSecret(secret) => {
                hash.chain_update("secret ").chain_update(secret.expose())
            }
            Self::Certificate(certificate) => {
                let thumbprint = certificate.thumbprint();
                hash.chain_update("certificate ").chain_update(thumbprint)
            }
            Self::TokenFile(path) => {
                let path = path.as_os_str().as_encoded_bytes();
                hash.chain_update("file ").chain_update(path)
            }
        };
        hash.finalize().into()
    }
}

/// The value of a client secret. Printing it shows nothing; dropping it wipes it.
#[derive(Clone)]
pub struct ClientSecret(SecretString);

impl ClientSecret {
    /// Takes the value over.
    pub fn new(value: String) -> Self {
        Self(value.into())
    }

    pub(super) fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl fmt::Debug for ClientSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientSecret")
    }
}
