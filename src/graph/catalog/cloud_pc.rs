//! Windows 365. These lists hold everything, so no marker is needed.

use super::{
    ASSIGNMENTS_PATH, ApiVersion, Assignments, CAPTURE, Entry, Expected, INTUNE, Meaning, volatile,
};
use crate::domain::{capture_rules::CaptureRules, kind::PolicyKind};

const NO_WINDOWS_365: Meaning = Meaning::NotAvailable("The tenant lacks a Windows 365 licence.");

/// What these entries have in common.
const CLOUD_PC: Entry = Entry {
    has_scope_tags: false,
    permissions: &["CloudPC.Read.All"],
    expected: &[
        Expected {
            status: 400,
            meaning: NO_WINDOWS_365,
        },
        Expected {
            status: 403,
            meaning: NO_WINDOWS_365,
        },
    ],
    ..INTUNE
};

pub(super) const CLOUD_PC_PROVISIONING_POLICY: Entry = Entry {
    kind: PolicyKind::CloudPcProvisioningPolicy,
    list: "/deviceManagement/virtualEndpoint/provisioningPolicies",
    query: "$expand=assignments",
    plain_query: Some(""),
    assignments: Assignments::OnList(ASSIGNMENTS_PATH),
    capture: CaptureRules {
        volatile: volatile![
            "createdBy",
            "lastModifiedBy",
            "cloudPcGroupDisplayName",
            "imageDisplayName",
        ],
        ..CAPTURE
    },
    ..CLOUD_PC
};

pub(super) const CLOUD_PC_USER_SETTING: Entry = Entry {
    kind: PolicyKind::CloudPcUserSetting,
    list: "/deviceManagement/virtualEndpoint/userSettings",
    query: "$expand=assignments",
    plain_query: Some(""),
    assignments: Assignments::OnList(ASSIGNMENTS_PATH),
    ..CLOUD_PC
};

pub(super) const CLOUD_PC_NETWORK_CONNECTION: Entry = Entry {
    kind: PolicyKind::CloudPcNetworkConnection,
    version: ApiVersion::V1,
    list: "/deviceManagement/virtualEndpoint/onPremisesConnections",
    capture: CaptureRules {
        volatile: volatile![
            "healthCheckStatus",
            "healthCheckStatusDetail",
            "inUse",
            "inUseByCloudPc",
        ],
        // Graph does not give it; should it ever, it is a secret.
        sealed: &["adDomainPassword"],
        ..CAPTURE
    },
    ..CLOUD_PC
};

/// The images themselves lie in Azure.
pub(super) const CLOUD_PC_DEVICE_IMAGE: Entry = Entry {
    kind: PolicyKind::CloudPcDeviceImage,
    version: ApiVersion::V1,
    list: "/deviceManagement/virtualEndpoint/deviceImages",
    capture: CaptureRules {
        volatile: volatile!["status", "statusDetails", "osStatus"],
        ..CAPTURE
    },
    ..CLOUD_PC
};
