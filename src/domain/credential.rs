//! A tenant's credential for Microsoft Graph, and what its use shows.

use std::str::FromStr;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{canonical::Hash, ids::TenantId, tenant::ConnectionStatus, words::words};

words! {
    /// How the service proves itself to Microsoft Entra.
    CredentialKind {
        /// A certificate with its private key.
        Certificate "CERTIFICATE"
        /// A client secret.
        ClientSecret "CLIENT_SECRET"
        /// A token of the platform the server runs on, exchanged through federation.
        WorkloadIdentity "WORKLOAD_IDENTITY"
    }
}

/// What a tenant's Graph calls sign in with; the secret stays sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential {
    /// The tenant.
    pub tenant: TenantId,
    /// Application (client) ID of the app registration.
    pub client_id: Uuid,
    /// How the app proves itself, as far as everybody may know.
    pub means: Means,
    /// What it proves itself with, sealed.
    pub sealed_secret: Vec<u8>,
    /// When the credential was stored.
    pub updated_at: DateTime<Utc>,
    /// How it fared.
    pub usage: Usage,
}

/// How an app proves itself, without what it proves itself with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Means {
    /// With its secret.
    ClientSecret {
        /// When the secret expires, as far as known.
        expires_at: Option<DateTime<Utc>>,
    },
    /// With a certificate.
    Certificate {
        /// SHA-256 of the certificate.
        thumbprint: Hash,
        /// When it expires.
        expires_at: DateTime<Utc>,
    },
    /// With a token that the platform writes into a file.
    WorkloadIdentity {
        /// Path of the file on the server.
        token_file: String,
    },
}

impl Means {
    /// The word for it.
    pub fn kind(&self) -> CredentialKind {
        match self {
            Self::ClientSecret { .. } => CredentialKind::ClientSecret,
            Self::Certificate { .. } => CredentialKind::Certificate,
            Self::WorkloadIdentity { .. } => CredentialKind::WorkloadIdentity,
        }
    }

    /// When it expires, as far as known.
    pub fn expires_at(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::ClientSecret { expires_at } => *expires_at,
            Self::Certificate { expires_at, .. } => Some(*expires_at),
            Self::WorkloadIdentity { .. } => None,
        }
    }
}

/// How a credential fared when it was last used or checked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// When that was.
    pub last_used_at: Option<DateTime<Utc>>,
    /// When Entra last accepted it.
    pub accepted_at: Option<DateTime<Utc>>,
    /// Permissions to grant so that every kind asked for can be read, in alphabetical order.
    pub missing_permissions: Vec<String>,
}

/// What a use of a tenant's credential has shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Experience {
    /// There is no credential.
    Absent,
    /// Nothing: nobody answered.
    Unclear,
    /// Entra refused it, or Graph refused every token.
    Refused,
    /// It works; which permissions it has, nobody told.
    Accepted,
    /// It works, with every permission that was needed.
    Good,
    /// It works, but permissions are missing; these, as far as somebody named them.
    Lacking(Vec<String>),
}

impl Experience {
    /// The state of the connection afterwards.
    pub fn connection(&self, before: ConnectionStatus) -> ConnectionStatus {
        match self {
            Self::Absent => ConnectionStatus::NotConfigured,
            Self::Unclear => before,
            Self::Refused => ConnectionStatus::TokenExpired,
            Self::Accepted => match before {
                ConnectionStatus::Connected | ConnectionStatus::PermissionMissing => before,
                // It is not refused any more, but that every permission is there was not shown.
                ConnectionStatus::NotConfigured
                | ConnectionStatus::TokenExpired
                | ConnectionStatus::Unverified => ConnectionStatus::Unverified,
            },
            Self::Good => ConnectionStatus::Connected,
            Self::Lacking(_) => ConnectionStatus::PermissionMissing,
        }
    }

    /// What is known of the credential afterwards.
    pub fn usage(&self, before: &Usage, now: DateTime<Utc>) -> Usage {
        let last_used_at = Some(now);
        match self {
            Self::Absent | Self::Unclear => before.clone(),
            Self::Refused => Usage {
                last_used_at,
                ..before.clone()
            },
            Self::Accepted => Usage {
                last_used_at,
                accepted_at: Some(now),
                ..before.clone()
            },
            Self::Good => Usage {
                last_used_at,
                accepted_at: Some(now),
                missing_permissions: Vec::new(),
            },
            Self::Lacking(permissions) => Usage {
                last_used_at,
                accepted_at: Some(now),
                missing_permissions: permissions.clone(),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_use_changes_what_it_has_shown_and_nothing_else() {
        let at = |seconds| DateTime::from_timestamp(seconds, 0).unwrap();
        let before = Usage {
            last_used_at: Some(at(1)),
            accepted_at: Some(at(1)),
            missing_permissions: vec!["A".to_owned()],
        };
        let lacking = Experience::Lacking(vec!["B".to_owned()]);
        for (experience, connection, used, accepted, missing) in [
            (
                Experience::Absent,
                ConnectionStatus::NotConfigured,
                1,
                1,
                "A",
            ),
            (Experience::Unclear, ConnectionStatus::Unverified, 1, 1, "A"),
            (
                Experience::Refused,
                ConnectionStatus::TokenExpired,
                2,
                1,
                "A",
            ),
            (
                Experience::Accepted,
                ConnectionStatus::Unverified,
                2,
                2,
                "A",
            ),
            (Experience::Good, ConnectionStatus::Connected, 2, 2, ""),
            (lacking, ConnectionStatus::PermissionMissing, 2, 2, "B"),
        ] {
            let unverified = ConnectionStatus::Unverified;
            assert_eq!(experience.connection(unverified), connection);
            let after = experience.usage(&before, at(2));
            assert_eq!(after.last_used_at, Some(at(used)), "{experience:?}");
            assert_eq!(after.accepted_at, Some(at(accepted)), "{experience:?}");
            assert_eq!(after.missing_permissions.concat(), missing);
        }
    }

    #[test]
    fn a_token_that_tells_nothing_leaves_what_was_known() {
        for (before, expected) in [
            (ConnectionStatus::Connected, ConnectionStatus::Connected),
            (
                ConnectionStatus::PermissionMissing,
                ConnectionStatus::PermissionMissing,
            ),
            (ConnectionStatus::TokenExpired, ConnectionStatus::Unverified),
        ] {
            assert_eq!(Experience::Accepted.connection(before), expected);
        }
    }
}
