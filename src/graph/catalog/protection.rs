//! Protection of apps and of the data in them.

use super::{
    ASSIGNMENTS_PATH, Assignments, CAPTURE, Entry, FollowUp, INTUNE, Read, Weight, When, unordered,
    volatile,
};
use crate::domain::{capture_rules::CaptureRules, kind::PolicyKind};

/// What app policies have in common. The list holds everything, so no marker is needed.
const APP_POLICIES: Entry = Entry {
    query: "$expand=apps,assignments",
    plain_query: Some(""),
    assignments: Assignments::OnList(ASSIGNMENTS_PATH),
    permissions: &["DeviceManagementApps.Read.All"],
    follow_ups: &[FollowUp {
        when: When::Missing("apps"),
        weight: Weight::Small,
        read: Read::Object("/{id}?$expand=apps,assignments"),
    }],
    capture: CaptureRules {
        volatile: volatile!["deployedAppCount", "isAssigned"],
        unordered: unordered!["apps" by "id"],
        ..CAPTURE
    },
    ..INTUNE
};

pub(super) const APP_PROTECTION_IOS: Entry = Entry {
    kind: PolicyKind::AppProtectionIos,
    list: "/deviceAppManagement/iosManagedAppProtections",
    ..APP_POLICIES
};

pub(super) const APP_PROTECTION_ANDROID: Entry = Entry {
    kind: PolicyKind::AppProtectionAndroid,
    list: "/deviceAppManagement/androidManagedAppProtections",
    ..APP_POLICIES
};

pub(super) const APP_PROTECTION_WINDOWS: Entry = Entry {
    kind: PolicyKind::AppProtectionWindows,
    list: "/deviceAppManagement/windowsManagedAppProtections",
    ..APP_POLICIES
};

pub(super) const APP_CONFIGURATION_MANAGED_APP: Entry = Entry {
    kind: PolicyKind::AppConfigurationManagedApp,
    list: "/deviceAppManagement/targetedManagedAppConfigurations",
    ..APP_POLICIES
};

/// What holds where no other protection does: it is assigned to nobody.
pub(super) const DEFAULT_APP_PROTECTION: Entry = Entry {
    kind: PolicyKind::DefaultAppProtection,
    list: "/deviceAppManagement/defaultManagedAppProtections",
    query: "$expand=apps",
    assignments: Assignments::None,
    follow_ups: &[FollowUp {
        when: When::Missing("apps"),
        weight: Weight::Small,
        read: Read::Object("/{id}?$expand=apps"),
    }],
    ..APP_POLICIES
};

/// What the two retired lists of Windows Information Protection have in common.
const INFORMATION_PROTECTION: Entry = Entry {
    query: "$expand=assignments,protectedAppLockerFiles,exemptAppLockerFiles",
    follow_ups: &[FollowUp {
        when: When::Missing("protectedAppLockerFiles"),
        weight: Weight::Small,
        read: Read::Object(
            "/{id}?$expand=assignments,protectedAppLockerFiles,exemptAppLockerFiles",
        ),
    }],
    capture: CaptureRules {
        volatile: volatile![
            "deployedAppCount",
            "isAssigned",
            "protectedAppLockerFiles[].version",
            "exemptAppLockerFiles[].version",
        ],
        unordered: unordered![
            "protectedAppLockerFiles" by "id",
            "exemptAppLockerFiles" by "id",
        ],
        ..CAPTURE
    },
    ..APP_POLICIES
};

pub(super) const WINDOWS_INFORMATION_PROTECTION: Entry = Entry {
    kind: PolicyKind::WindowsInformationProtection,
    list: "/deviceAppManagement/mdmWindowsInformationProtectionPolicies",
    ..INFORMATION_PROTECTION
};

/// For devices that are not enrolled.
pub(super) const WINDOWS_INFORMATION_PROTECTION_WITHOUT_ENROLLMENT: Entry = Entry {
    kind: PolicyKind::WindowsInformationProtectionWithoutEnrollment,
    list: "/deviceAppManagement/windowsInformationProtectionPolicies",
    ..INFORMATION_PROTECTION
};
