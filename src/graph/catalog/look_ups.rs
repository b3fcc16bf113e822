//! What is read beside the kinds: the names of groups, and who changed what.

use super::{ApiVersion, Bucket};

/// How something beside the kinds is read.
#[derive(Clone, Copy, Debug)]
pub struct LookUp {
    /// Version of the API.
    pub version: ApiVersion,
    /// Path.
    pub path: &'static str,
    /// Application permissions any of which suffices, the one to recommend first.
    pub permissions: &'static [&'static str],
    /// What Graph counts the requests with.
    pub bucket: Bucket,
}

/// Names of groups: a POST, for a thousand identifiers do not fit into an address. It costs 5
/// units of the directory's budget, with `$select` 2.
pub const GROUP_NAMES: LookUp = LookUp {
    version: ApiVersion::V1,
    path: "/directoryObjects/getByIds",
    permissions: &[
        "GroupMember.Read.All",
        "Group.Read.All",
        "Directory.Read.All",
    ],
    bucket: Bucket::Identity,
};

/// Intune's audit events. They may lag, and do not cover Microsoft Entra.
pub const AUDIT_EVENTS: LookUp = LookUp {
    version: ApiVersion::V1,
    path: "/deviceManagement/auditEvents",
    permissions: &["DeviceManagementApps.Read.All"],
    bucket: Bucket::Intune,
};

/// Every look-up.
pub const LOOK_UPS: [LookUp; 2] = [GROUP_NAMES, AUDIT_EVENTS];
