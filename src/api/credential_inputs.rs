//! Credentials as clients hand them over.

use async_graphql::{ID, InputObject, OneofObject};
use chrono::Utc;
use secrecy::{ExposeSecret, SecretString};

use super::{
    faults::{Faults, UserErrorCode},
    scalars::{DateTime, Uuid},
    secret::Secret,
};
use crate::{
    telemetry::chain,
    workers::credentials::{self, CredentialFault, NewCredential},
};

/// Input of `setTenantCredential`, to store a Graph credential.
#[derive(InputObject, Debug)]
pub(super) struct SetTenantCredentialInput {
    /// ID of the tenant.
    pub(super) tenant_id: ID,
    /// Application (client) ID of the app registration.
    client_id: Uuid,
    /// The secret or the certificate.
    secret: TenantCredentialSecretInput,
}

/// The secret part of a Graph credential: exactly one of its fields. A workload identity is no choice here: it is a file of the server, which only an operator may name, at the command line.
#[derive(OneofObject, Debug)]
pub(super) enum TenantCredentialSecretInput {
    /// A certificate with its private key.
    Certificate(TenantCertificateInput),
    /// A client secret.
    ClientSecret(TenantClientSecretInput),
}

/// A client secret of an app registration.
#[derive(InputObject, Debug)]
pub(super) struct TenantClientSecretInput {
    /// The secret's value (not its ID), 1 to 512 characters (REQUIRED, INVALID_VALUE).
    value: Secret,
    /// When Microsoft Entra lets it expire; not in the past (INVALID_VALUE). It is shown, and people are warned of it in time; the sign-in does not depend on it.
    expires_at: Option<DateTime>,
}

/// A certificate of an app registration.
#[derive(InputObject, Debug)]
pub(super) struct TenantCertificateInput {
    /// Certificate and unencrypted private key (RSA, at least 2,048 bits) as PEM, at most 16 KiB (REQUIRED, INVALID_VALUE).
    pem: Secret,
}

/// The most characters of a client secret.
const LONGEST_SECRET: usize = 512;

/// The most bytes of a certificate with its key.
const LONGEST_PEM: usize = 16 * 1024;

const VALUE: &[&str] = &["input", "secret", "clientSecret", "value"];
const EXPIRES_AT: &[&str] = &["input", "secret", "clientSecret", "expiresAt"];
const PEM: &[&str] = &["input", "secret", "certificate", "pem"];

impl SetTenantCredentialInput {
    /// The credential that was meant.
    pub(super) fn check(self, now: chrono::DateTime<Utc>) -> Result<NewCredential, Faults> {
        let mut faults = Faults::default();
        let secret = match self.secret {
            TenantCredentialSecretInput::ClientSecret(given) => {
                let expires_at = given.expires_at.map(|at| at.0);
                if expires_at.is_some_and(|at| at <= now) {
                    let message = "a secret that has expired is of no use";
                    faults.add(UserErrorCode::InvalidValue, message, EXPIRES_AT);
                }
                check_value(&given.value.0, &mut faults);
                credentials::Secret::ClientSecret {
                    value: given.value.0,
                    expires_at,
                }
            }
            TenantCredentialSecretInput::Certificate(given) => {
                check_pem(&given.pem.0, &mut faults);
                credentials::Secret::Certificate(given.pem.0)
            }
        };
        let secret = faults.or(Some(secret))?;
        NewCredential::read(self.client_id.0, secret, now).map_err(|fault| told(&fault))
    }
}

fn check_value(value: &SecretString, faults: &mut Faults) {
    match value.expose_secret().chars().count() {
        0 => faults.add(UserErrorCode::Required, "the client secret is empty", VALUE),
        1..=LONGEST_SECRET => {}
        _ => {
            let message = format!("a client secret has at most {LONGEST_SECRET} characters");
            faults.add(UserErrorCode::InvalidValue, message, VALUE);
        }
    }
}

fn check_pem(pem: &SecretString, faults: &mut Faults) {
    match pem.expose_secret().len() {
        0 => faults.add(UserErrorCode::Required, "the certificate is empty", PEM),
        1..=LONGEST_PEM => {}
        _ => {
            let message = "a certificate with its key has at most 16 KiB";
            faults.add(UserErrorCode::InvalidValue, message, PEM);
        }
    }
}

fn told(fault: &CredentialFault) -> Faults {
    let (code, path) = match fault {
        CredentialFault::Empty => (UserErrorCode::Required, VALUE),
        CredentialFault::Over(_) => (UserErrorCode::InvalidValue, EXPIRES_AT),
        CredentialFault::Certificate(_) | CredentialFault::Expired(_) | CredentialFault::Path => {
            (UserErrorCode::InvalidValue, PEM)
        }
    };
    Faults::one(code, chain(fault).to_string(), path)
}
