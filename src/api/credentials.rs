//! A tenant's Graph credential, as clients see it: without its secret.

use async_graphql::{Enum, Object, SimpleObject};

use super::{
    kinds::PolicyType,
    scalars::{DateTime, Uuid},
    words::{BackupRunErrorCode, TenantConnectionStatus},
};
use crate::{
    domain::{
        credential::{Credential, Means},
        tenant::ConnectionStatus,
    },
    workers::credentials::Verdict,
};

/// How the service proves itself to Microsoft Entra.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "crate::domain::credential::CredentialKind")]
pub(super) enum TenantCredentialKind {
    /// A certificate with its private key.
    Certificate,
    /// A client secret.
    ClientSecret,
    /// A token of the platform the server runs on, exchanged through workload identity federation; nothing is stored.
    WorkloadIdentity,
}

pub(super) struct TenantCredential {
    pub(super) credential: Credential,
    pub(super) connection: ConnectionStatus,
}

/// The credential used to call Microsoft Graph for a tenant. The secret itself cannot be read back.
#[Object]
impl TenantCredential {
    /// Kind of the credential.
    async fn kind(&self) -> TenantCredentialKind {
        self.credential.means.kind().into()
    }

    /// Application (client) ID of the app registration.
    async fn client_id(&self) -> Uuid {
        Uuid(self.credential.client_id)
    }

    /// SHA-256 thumbprint of the certificate, 64 lower-case hexadecimal digits; null for a client secret.
    async fn certificate_thumbprint(&self) -> Option<String> {
        match &self.credential.means {
            Means::Certificate { thumbprint, .. } => Some(thumbprint.to_string()),
            Means::ClientSecret { .. } | Means::WorkloadIdentity { .. } => None,
        }
    }

    /// When the secret or certificate expires, as told by the certificate or by whoever stored the secret; null when unknown.
    async fn expires_at(&self) -> Option<DateTime> {
        self.credential.means.expires_at().map(DateTime)
    }

    /// Outcome of the last use or check.
    async fn status(&self) -> TenantConnectionStatus {
        self.connection.into()
    }

    /// Graph application permissions that the stored policy types need and the app lacks, for example `DeviceManagementConfiguration.Read.All`, in alphabetical order.
    async fn missing_permissions(&self) -> &[String] {
        &self.credential.usage.missing_permissions
    }

    /// When the credential was last used or checked; null when never.
    async fn last_verified_at(&self) -> Option<DateTime> {
        self.credential.usage.last_used_at.map(DateTime)
    }

    /// When the credential was stored.
    async fn updated_at(&self) -> DateTime {
        DateTime(self.credential.updated_at)
    }
}

/// A kind of policy that the credential does not open.
#[derive(SimpleObject, Clone, Debug)]
pub(super) struct PolicyTypeRefusal {
    /// The kind.
    policy_type: PolicyType,
    /// Why, for programs.
    error_code: BackupRunErrorCode,
    /// Why, for people, in English, without secrets: it names the permission to grant.
    error_message: String,
}

impl PolicyTypeRefusal {
    /// Those that came to light when a credential was tried out.
    pub(super) fn all(verdict: &Verdict) -> Vec<Self> {
        let refused = match verdict {
            Verdict::Refused(_) => &[][..],
            Verdict::Accepted { refused, .. } => refused,
        };
        let views = refused.iter().map(|(kind, failure)| Self {
            policy_type: (*kind).into(),
            error_code: failure.code.into(),
            error_message: failure.message.clone(),
        });
        views.collect()
    }
}
