//! Windows updates. Rings are device configurations.

use super::{
    ASSIGNMENTS_PATH, Assignments, CAPTURE, Collection, Entry, Expected, FollowUp, INTUNE, Meaning,
    Read, Weight, When, unordered, volatile,
};
use crate::domain::{capture_rules::CaptureRules, kind::PolicyKind};

/// What these entries have in common. The list holds everything, so no marker is needed.
const UPDATES: Entry = Entry {
    query: "$expand=assignments&$top=200",
    plain_query: Some(""),
    assignments: Assignments::OnList(ASSIGNMENTS_PATH),
    expected: &[Expected {
        status: 400,
        meaning: Meaning::NotAvailable(
            "The tenant lacks the Windows Enterprise or Education licence that the Windows update services need.",
        ),
    }],
    ..INTUNE
};

pub(super) const WINDOWS_FEATURE_UPDATE: Entry = Entry {
    kind: PolicyKind::WindowsFeatureUpdate,
    list: "/deviceManagement/windowsFeatureUpdateProfiles",
    capture: CaptureRules {
        volatile: volatile!["deployableContentDisplayName", "endOfSupportDate"],
        ..CAPTURE
    },
    ..UPDATES
};

pub(super) const WINDOWS_QUALITY_UPDATE_PROFILE: Entry = Entry {
    kind: PolicyKind::WindowsQualityUpdateProfile,
    list: "/deviceManagement/windowsQualityUpdateProfiles",
    capture: CaptureRules {
        volatile: volatile!["releaseDateDisplayName", "deployableContentDisplayName"],
        ..CAPTURE
    },
    ..UPDATES
};

pub(super) const WINDOWS_QUALITY_UPDATE_POLICY: Entry = Entry {
    kind: PolicyKind::WindowsQualityUpdatePolicy,
    list: "/deviceManagement/windowsQualityUpdatePolicies",
    ..UPDATES
};

/// Approvals move no marker, and only profiles with manual approval cost a request for them.
pub(super) const WINDOWS_DRIVER_UPDATE: Entry = Entry {
    kind: PolicyKind::WindowsDriverUpdate,
    list: "/deviceManagement/windowsDriverUpdateProfiles",
    follow_ups: &[FollowUp {
        when: When::Equals("/approvalType", "manual"),
        weight: Weight::Small,
        read: Read::Collection(Collection {
            path: "/{id}/driverInventories?$filter=approvalStatus ne 'needsReview'",
            plain_path: Some("/{id}/driverInventories"),
            into: "driverInventories",
            ..Collection::NONE
        }),
    }],
    capture: CaptureRules {
        volatile: volatile![
            "inventorySyncStatus",
            "newUpdates",
            "deviceReporting",
            "driverInventories[].applicableDeviceCount",
        ],
        unordered: unordered!["driverInventories" by "id"],
        ..CAPTURE
    },
    ..UPDATES
};
