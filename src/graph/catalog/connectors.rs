//! Partners, connectors and services that Intune works with. These lists hold everything, so no
//! marker is needed.

use super::{
    ApiVersion, CAPTURE, Entry, Exclusion, Expected, INTUNE, Literal, Meaning, Shape, volatile,
};
use crate::domain::{capture_rules::CaptureRules, kind::PolicyKind};

/// What these entries have in common.
const PARTNERS: Entry = Entry {
    has_scope_tags: false,
    permissions: &["DeviceManagementServiceConfig.Read.All"],
    capture: CaptureRules {
        volatile: volatile!["lastHeartbeatDateTime"],
        ..CAPTURE
    },
    ..INTUNE
};

/// The service lists every partner it knows of, whether configured or not; so do the next two.
pub(super) const COMPLIANCE_PARTNER: Entry = Entry {
    kind: PolicyKind::CompliancePartner,
    list: "/deviceManagement/complianceManagementPartners",
    exclude: &[Exclusion {
        member: "partnerState",
        value: Literal::Text("unknown"),
    }],
    ..PARTNERS
};

pub(super) const DEVICE_MANAGEMENT_PARTNER: Entry = Entry {
    kind: PolicyKind::DeviceManagementPartner,
    version: ApiVersion::V1,
    list: "/deviceManagement/deviceManagementPartners",
    exclude: &[Exclusion {
        member: "isConfigured",
        value: Literal::False,
    }],
    ..PARTNERS
};

pub(super) const REMOTE_ASSISTANCE_PARTNER: Entry = Entry {
    kind: PolicyKind::RemoteAssistancePartner,
    list: "/deviceManagement/remoteAssistancePartners",
    exclude: &[Exclusion {
        member: "onboardingStatus",
        value: Literal::Text("notOnboarded"),
    }],
    capture: CaptureRules {
        volatile: volatile![
            "lastConnectionDateTime",
            "onboardingUrl",
            "onboardingRequestExpiryDateTime",
        ],
        ..CAPTURE
    },
    ..PARTNERS
};

pub(super) const MOBILE_THREAT_DEFENSE_CONNECTOR: Entry = Entry {
    kind: PolicyKind::MobileThreatDefenseConnector,
    list: "/deviceManagement/mobileThreatDefenseConnectors",
    capture: CaptureRules {
        volatile: volatile!["lastHeartbeatDateTime", "partnerState"],
        ..CAPTURE
    },
    ..PARTNERS
};

pub(super) const REMOTE_HELP_SETTINGS: Entry = Entry {
    kind: PolicyKind::RemoteHelpSettings,
    list: "/deviceManagement/remoteAssistanceSettings",
    shape: Shape::Singleton,
    ..PARTNERS
};

pub(super) const DERIVED_CREDENTIAL: Entry = Entry {
    kind: PolicyKind::DerivedCredential,
    list: "/deviceManagement/derivedCredentials",
    has_scope_tags: false,
    ..INTUNE
};

/// What the entries of Microsoft Tunnel have in common.
const TUNNEL: Entry = Entry {
    expected: &[Expected {
        status: 403,
        meaning: Meaning::NotAvailable("The tenant lacks an Intune licence with Microsoft Tunnel."),
    }],
    ..INTUNE
};

pub(super) const TUNNEL_CONFIGURATION: Entry = Entry {
    kind: PolicyKind::TunnelConfiguration,
    list: "/deviceManagement/microsoftTunnelConfigurations",
    capture: CaptureRules {
        volatile: volatile!["lastUpdateDateTime"],
        ..CAPTURE
    },
    ..TUNNEL
};

pub(super) const TUNNEL_SITE: Entry = Entry {
    kind: PolicyKind::TunnelSite,
    list: "/deviceManagement/microsoftTunnelSites",
    query: "$expand=microsoftTunnelConfiguration($select=id)",
    plain_query: Some("$expand=microsoftTunnelConfiguration"),
    capture: CaptureRules {
        // Of the configuration only the id belongs to the site.
        volatile: volatile![
            "upgradeAvailable",
            "microsoftTunnelConfiguration.displayName",
            "microsoftTunnelConfiguration.lastUpdateDateTime",
        ],
        ..CAPTURE
    },
    ..TUNNEL
};

const NO_CLOUD_PKI: Meaning = Meaning::NotAvailable(
    "The tenant lacks the licence for Microsoft Cloud PKI (alone or within the Intune Suite).",
);

/// The list is one although its name is in the singular.
pub(super) const CLOUD_PKI: Entry = Entry {
    kind: PolicyKind::CloudPki,
    list: "/deviceManagement/cloudCertificationAuthority",
    permissions: &["DeviceManagementCloudCA.Read.All"],
    expected: &[
        Expected {
            status: 400,
            meaning: NO_CLOUD_PKI,
        },
        Expected {
            status: 403,
            meaning: NO_CLOUD_PKI,
        },
    ],
    capture: CaptureRules {
        volatile: volatile!["eTag", "versionNumber"],
        ..CAPTURE
    },
    ..INTUNE
};
