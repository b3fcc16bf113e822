//! Why something of a backup failed, and whether trying again can help.

use std::str::FromStr;

use super::words::words;

words! {
    /// Reason of a failed run, kind or item.
    FailureCode {
        /// Microsoft Graph went on throttling until the retries were used up.
        GraphThrottle "GRAPH_THROTTLE"
        /// Microsoft Graph or the network kept failing until the retries were used up.
        GraphUnavailable "GRAPH_UNAVAILABLE"
        /// The app registration lacks a Graph permission.
        PermissionMissing "PERMISSION_MISSING"
        /// The tenant has no Intune licence.
        TenantNotLicensed "TENANT_NOT_LICENSED"
        /// Microsoft Entra refused the credential, or it has expired.
        TokenExpired "TOKEN_EXPIRED"
        /// The server that carried the run out stopped without finishing it.
        WorkerLost "WORKER_LOST"
        /// Anything else.
        Unknown "UNKNOWN"
    }
}

impl FailureCode {
    /// Whether the same attempt made later may succeed without anybody acting.
    pub fn is_transient(self) -> bool {
        match self {
            Self::GraphThrottle | Self::GraphUnavailable => true,
            Self::PermissionMissing
            | Self::TenantNotLicensed
            | Self::TokenExpired
            | Self::WorkerLost
            | Self::Unknown => false,
        }
    }
}

/// A failure: its code, and what people are told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// For programs.
    pub code: FailureCode,
    /// For people, in English, at most 2,000 characters, without secrets: what happened and what to do.
    pub message: String,
}
