//! With what a tenant is entered.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;

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
    /// The app's secret.
    pub secret: ClientSecret,
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
