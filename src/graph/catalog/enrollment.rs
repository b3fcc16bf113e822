//! How devices come in.

use super::{
    ASSIGNMENTS_PATH, Assignments, CAPTURE, Collection, Entry, Expected, FollowUp, INTUNE, Meaning,
    NOTHING_OR_UNKNOWN, Named, ODATA_TYPE, Read, Single, Weight, When, unordered, volatile,
};
use crate::domain::{
    capture_rules::CaptureRules,
    kind::PolicyKind,
    sub_kind::{Partition, Rule, SubKind},
};

/// What these entries have in common.
const ENROLLMENT: Entry = Entry {
    permissions: &["DeviceManagementServiceConfig.Read.All"],
    assignments: Assignments::OnList(ASSIGNMENTS_PATH),
    ..INTUNE
};

/// The list holds everything but the texts of notifications, whose change moves no marker here.
pub(super) const ENROLLMENT_CONFIGURATION: Entry = Entry {
    kind: PolicyKind::EnrollmentConfiguration,
    list: "/deviceManagement/deviceEnrollmentConfigurations",
    query: "$expand=assignments",
    plain_query: Some(""),
    partitions: ENROLLMENT_PARTITIONS,
    follow_ups: &[FollowUp {
        when: When::Type(&["deviceEnrollmentNotificationConfiguration"]),
        weight: Weight::Small,
        read: Read::Named(Named {
            ids: "notificationTemplates",
            prefixes: &["Email_", "Push_"],
            path: "/deviceManagement/notificationMessageTemplates/{element}?$expand=localizedNotificationMessages",
            into: "notificationMessageTemplates",
        }),
    }],
    capture: CaptureRules {
        volatile: volatile![
            "notificationMessageTemplates[].lastModifiedDateTime",
            "notificationMessageTemplates[].localizedNotificationMessages[].id",
            "notificationMessageTemplates[].localizedNotificationMessages[].lastModifiedDateTime",
        ],
        unordered: unordered![
            "selectedMobileAppIds" by "",
            "notificationMessageTemplates" by "id",
            "notificationMessageTemplates[].localizedNotificationMessages" by "locale",
        ],
        ..CAPTURE
    },
    ..ENROLLMENT
};

/// A slice of one type, or of several.
macro_rules! slice {
    ($sub_kind:ident: $($odata_type:literal),+) => {
        Partition {
            sub_kind: SubKind::$sub_kind,
            rules: &[Rule::OneOf(
                ODATA_TYPE,
                &[$(concat!("#microsoft.graph.", $odata_type)),+],
            )],
        }
    };
}

const ENROLLMENT_PARTITIONS: &[Partition] = &[
    slice!(EnrollmentStatusPage: "windows10EnrollmentCompletionPageConfiguration"),
    slice!(EnrollmentPlatformRestriction:
        "deviceEnrollmentPlatformRestrictionConfiguration",
        "deviceEnrollmentPlatformRestrictionsConfiguration"),
    slice!(EnrollmentDeviceLimit: "deviceEnrollmentLimitConfiguration"),
    slice!(WindowsHelloForBusinessEnrollment: "deviceEnrollmentWindowsHelloForBusinessConfiguration"),
    slice!(CoManagementAuthority: "deviceComanagementAuthorityConfiguration"),
    slice!(EnrollmentNotification: "deviceEnrollmentNotificationConfiguration"),
    slice!(WindowsRestoreEnrollment: "windowsRestoreDeviceEnrollmentConfiguration"),
];

pub(super) const AUTOPILOT_PROFILE: Entry = Entry {
    kind: PolicyKind::AutopilotProfile,
    list: "/deviceManagement/windowsAutopilotDeploymentProfiles",
    query: "$expand=assignments&$top=999",
    plain_query: Some("$top=999"),
    follow_ups: &[FollowUp {
        when: When::Type(&["activeDirectoryWindowsAutopilotDeploymentProfile"]),
        weight: Weight::Small,
        read: Read::Single(Single {
            path: "/{id}/microsoft.graph.{type}/domainJoinConfiguration",
            into: "domainJoinConfiguration",
            none_on: NOTHING_OR_UNKNOWN,
            ..Single::NONE
        }),
    }],
    capture: CaptureRules {
        marker: Some("lastModifiedDateTime"),
        volatile: volatile![
            "domainJoinConfiguration.createdDateTime",
            "domainJoinConfiguration.lastModifiedDateTime",
            "domainJoinConfiguration.version",
        ],
        ..CAPTURE
    },
    ..ENROLLMENT
};

/// The profiles are the policy; the token is only their parent, and its marker says nothing
/// about them.
pub(super) const APPLE_ENROLLMENT_TOKEN: Entry = Entry {
    kind: PolicyKind::AppleEnrollmentToken,
    list: "/deviceManagement/depOnboardingSettings",
    assignments: Assignments::None,
    expected: &[Expected {
        status: 404,
        meaning: Meaning::Empty,
    }],
    follow_ups: &[FollowUp {
        when: When::Always,
        weight: Weight::Small,
        read: Read::Collection(Collection {
            path: "/{id}/enrollmentProfiles",
            into: "enrollmentProfiles",
            ..Collection::NONE
        }),
    }],
    capture: CaptureRules {
        // Of the first revision, the order of the profiles with a password was a part of the state.
        revision: 2,
        volatile: volatile![
            "lastSuccessfulSyncDateTime",
            "lastSyncTriggeredDateTime",
            "lastSyncErrorCode",
            "syncedDeviceCount",
        ],
        unordered: unordered!["enrollmentProfiles" by "id"],
        sealed: &["enrollmentProfiles[].adminAccountPassword"],
        ..CAPTURE
    },
    ..ENROLLMENT
};
