//! What ties a tenant to Apple, Google and makers of devices: certificates, tokens, bindings, and
//! the profiles by which their devices come in. These lists hold everything, so no marker is needed.

use super::{
    ASSIGNMENTS_PATH, ApiVersion, Assignments, Bucket, CAPTURE, Entry, Expected, FollowUp, INTUNE,
    Meaning, NOTHING_OR_UNKNOWN, Read, Shape, Single, Weight, When, references, unordered,
    volatile,
};
use crate::domain::{capture_rules::CaptureRules, kind::PolicyKind};

pub(super) const APPLE_USER_ENROLLMENT_PROFILE: Entry = Entry {
    kind: PolicyKind::AppleUserEnrollmentProfile,
    list: "/deviceManagement/appleUserInitiatedEnrollmentProfiles",
    query: "$expand=assignments",
    plain_query: Some(""),
    assignments: Assignments::OnList(ASSIGNMENTS_PATH),
    has_scope_tags: false,
    permissions: &["DeviceManagementServiceConfig.Read.All"],
    ..INTUNE
};

/// Renewed once a year; identifier, serial number and expiry are what an outage asks for.
pub(super) const APPLE_PUSH_CERTIFICATE: Entry = Entry {
    kind: PolicyKind::ApplePushCertificate,
    version: ApiVersion::V1,
    list: "/deviceManagement/applePushNotificationCertificate",
    shape: Shape::Singleton,
    has_scope_tags: false,
    permissions: &[
        "DeviceManagementConfiguration.Read.All",
        "DeviceManagementManagedDevices.Read.All",
    ],
    bucket: Bucket::Scripts,
    // No certificate was uploaded.
    expected: &[Expected {
        status: 404,
        meaning: Meaning::Empty,
    }],
    capture: CaptureRules {
        volatile: volatile![
            "certificate",
            "topicIdentifier",
            "certificateUploadStatus",
            "certificateUploadFailureReason",
        ],
        ..CAPTURE
    },
    ..INTUNE
};

pub(super) const MANAGED_GOOGLE_PLAY: Entry = Entry {
    kind: PolicyKind::ManagedGooglePlay,
    list: "/deviceManagement/androidManagedStoreAccountEnterpriseSettings",
    shape: Shape::Singleton,
    has_scope_tags: false,
    capture: CaptureRules {
        volatile: volatile!["lastAppSyncDateTime", "lastAppSyncStatus", "companyCodes"],
        ..CAPTURE
    },
    ..INTUNE
};

/// Whoever holds a token can bring in devices. The picture of one is an object with a `value`.
const TOKENS: &[&str] = &[
    "tokenValue",
    "qrCodeContent",
    "qrCodeImage",
    "qrCodeImage.value",
    "wifiPassword",
];

/// The profiles are whole in the list, but for the group that devices join.
pub(super) const ANDROID_ENROLLMENT_PROFILE: Entry = Entry {
    kind: PolicyKind::AndroidEnrollmentProfile,
    list: "/deviceManagement/androidDeviceOwnerEnrollmentProfiles",
    follow_ups: &[FollowUp {
        when: When::Always,
        weight: Weight::Small,
        read: Read::Single(Single {
            path: "('{id}')/retrieveEnrollmentTimeDeviceMembershipTarget",
            action: true,
            into: "enrollmentTimeDeviceMembershipTarget",
            none_on: NOTHING_OR_UNKNOWN,
        }),
    }],
    capture: CaptureRules {
        marker: Some("lastModifiedDateTime"),
        volatile: volatile![
            "enrolledDeviceCount",
            "enrollmentTokenUsageCount",
            "tokenCreationDateTime",
            "tokenExpirationDateTime",
            "tokenValue",
            "qrCodeContent",
            "qrCodeImage",
        ],
        sealed: TOKENS,
        references: references![
            "enrollmentTimeDeviceMembershipTarget.enrollmentTimeDeviceMembershipTargetValidationStatuses[].targetId" to Group,
        ],
        ..CAPTURE
    },
    ..INTUNE
};

pub(super) const ANDROID_WORK_PROFILE_ENROLLMENT: Entry = Entry {
    kind: PolicyKind::AndroidWorkProfileEnrollment,
    list: "/deviceManagement/androidForWorkEnrollmentProfiles",
    has_scope_tags: false,
    capture: CaptureRules {
        volatile: volatile![
            "enrolledDeviceCount",
            "tokenExpirationDateTime",
            "tokenValue",
            "qrCodeContent",
            "qrCodeImage",
        ],
        sealed: TOKENS,
        ..CAPTURE
    },
    ..INTUNE
};

pub(super) const VPP_TOKEN: Entry = Entry {
    kind: PolicyKind::VppToken,
    list: "/deviceAppManagement/vppTokens",
    permissions: &[
        "DeviceManagementServiceConfig.Read.All",
        "DeviceManagementConfiguration.Read.All",
    ],
    capture: CaptureRules {
        volatile: volatile![
            "token",
            "lastSyncDateTime",
            "lastSyncStatus",
            "state",
            "tokenActionResults",
        ],
        sealed: &["token"],
        ..CAPTURE
    },
    ..INTUNE
};

pub(super) const IOS_PROVISIONING_PROFILE: Entry = Entry {
    kind: PolicyKind::IosProvisioningProfile,
    list: "/deviceAppManagement/iosLobAppProvisioningConfigurations",
    query: "$expand=assignments",
    plain_query: Some(""),
    assignments: Assignments::OnList(ASSIGNMENTS_PATH),
    permissions: &["DeviceManagementApps.Read.All"],
    ..INTUNE
};

pub(super) const ZEBRA_FOTA_DEPLOYMENT: Entry = Entry {
    kind: PolicyKind::ZebraFotaDeployment,
    list: "/deviceManagement/zebraFotaDeployments",
    capture: CaptureRules {
        volatile: volatile!["deploymentStatus"],
        unordered: unordered!["deploymentAssignments" by "id"],
        ..CAPTURE
    },
    ..INTUNE
};
