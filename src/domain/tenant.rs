//! A tenant, and how the service is connected to it.

use std::str::FromStr;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{ids::TenantId, name::Name, words::words};

words! {
    /// A Microsoft cloud, with its own hosts for sign-in and Graph.
    Cloud {
        /// The worldwide cloud, GCC included.
        Global "GLOBAL"
        /// US Government, GCC High (L4).
        UsGovernment "US_GOVERNMENT"
        /// US Government, DoD (L5).
        UsGovernmentDod "US_GOVERNMENT_DOD"
        /// 21Vianet in China.
        China "CHINA"
    }

    /// State of the connection between a tenant and Microsoft Graph.
    ConnectionStatus {
        /// The last use of the credential succeeded with every permission needed.
        Connected "CONNECTED"
        /// No credential is stored.
        NotConfigured "NOT_CONFIGURED"
        /// The credential works, but permissions for at least one kind are missing.
        PermissionMissing "PERMISSION_MISSING"
        /// The credential was refused or has expired.
        TokenExpired "TOKEN_EXPIRED"
        /// A credential is stored, but was not used yet.
        Unverified "UNVERIFIED"
    }
}

/// A customer's directory whose configuration is backed up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tenant {
    /// Its identifier here.
    pub id: TenantId,
    /// Its directory ID in Microsoft Entra.
    pub entra_tenant_id: Uuid,
    /// Name to show.
    pub name: Name,
    /// The cloud it lives in.
    pub cloud: Cloud,
    /// State of the connection to Graph.
    pub connection: ConnectionStatus,
    /// Key of the digests of sealed values, itself sealed.
    pub sealed_digest_key: Vec<u8>,
    /// When its inventory was last synced in full.
    pub synced_at: Option<DateTime<Utc>>,
    /// When it was added.
    pub created_at: DateTime<Utc>,
    /// When its own settings last changed.
    pub updated_at: DateTime<Utc>,
    /// When an operator deleted it.
    pub deleted_at: Option<DateTime<Utc>>,
}
