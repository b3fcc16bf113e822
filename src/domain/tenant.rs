//! A tenant, and how the service is connected to it.

use std::str::FromStr;

use super::words::words;

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
