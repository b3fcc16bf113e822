//! Apps, their configuration and their protection.

use super::{
    ASSIGNMENTS_PATH, Assignments, CAPTURE, Collection, Entry, FollowUp, INTUNE, Named, Read, When,
    unordered, volatile,
};
use crate::domain::{capture_rules::CaptureRules, kind::PolicyKind};

/// What these entries have in common.
const APPS: Entry = Entry {
    assignments: Assignments::OnList(ASSIGNMENTS_PATH),
    permissions: &["DeviceManagementApps.Read.All"],
    ..INTUNE
};

/// The filter leaves out the built-in store apps that nobody uses.
pub(super) const MOBILE_APP: Entry = Entry {
    kind: PolicyKind::MobileApp,
    // The list shows an empty array, whatever tags there are.
    lists_scope_tags: false,
    list: "/deviceAppManagement/mobileApps",
    query: "$filter=(microsoft.graph.managedApp/appAvailability eq null or microsoft.graph.managedApp/appAvailability eq 'lineOfBusiness' or isAssigned eq true)&$expand=assignments&$orderby=displayName&$top=999",
    plain_query: Some(
        "$filter=(microsoft.graph.managedApp/appAvailability eq null or microsoft.graph.managedApp/appAvailability eq 'lineOfBusiness' or isAssigned eq true)",
    ),
    follow_ups: &[
        // Assignments are not asked for again: the object was seen to show none under load.
        FollowUp {
            when: When::Always,
            read: Read::Object("/{id}?$expand=categories"),
        },
        FollowUp {
            when: When::Positive(&[
                "dependentAppCount",
                "supersededAppCount",
                "supersedingAppCount",
            ]),
            read: Read::Collection(Collection {
                path: "/{id}/relationships?$filter=targetType eq microsoft.graph.mobileAppRelationshipType'child'",
                plain_path: Some("/{id}/relationships"),
                into: "relationships",
                ..Collection::NONE
            }),
        },
    ],
    capture: CaptureRules {
        marker: Some("lastModifiedDateTime"),
        volatile: volatile![
            "uploadState",
            "publishingState",
            "isAssigned",
            "dependentAppCount",
            "supersedingAppCount",
            "supersededAppCount",
            "usedLicenseCount",
            "totalLicenseCount",
            "committedContentVersion",
            "categories[].lastModifiedDateTime",
        ],
        unordered: unordered![
            "categories" by "id",
            "rules" by "",
            "relationships" by "targetId",
        ],
        ..CAPTURE
    },
    ..APPS
};

/// The list holds everything but the names of the apps.
pub(super) const APP_CONFIGURATION_DEVICE: Entry = Entry {
    kind: PolicyKind::AppConfigurationDevice,
    list: "/deviceAppManagement/mobileAppConfigurations",
    query: "$expand=assignments",
    plain_query: Some(""),
    follow_ups: &[FollowUp {
        when: When::Always,
        read: Read::Named(Named {
            ids: "targetedMobileApps",
            prefixes: &[],
            path: "/deviceAppManagement/mobileApps/{element}?$select=id,displayName",
            into: "targetedMobileAppNames",
        }),
    }],
    capture: CaptureRules {
        marker: Some("version"),
        volatile: volatile!["targetedMobileAppNames"],
        ..CAPTURE
    },
    ..APPS
};

/// What app policies have in common. The list holds everything, so no marker is needed.
const APP_POLICIES: Entry = Entry {
    query: "$expand=apps,assignments",
    plain_query: Some(""),
    follow_ups: &[FollowUp {
        when: When::Missing("apps"),
        read: Read::Object("/{id}?$expand=apps,assignments"),
    }],
    capture: CaptureRules {
        volatile: volatile!["deployedAppCount", "isAssigned"],
        unordered: unordered!["apps" by "id"],
        ..CAPTURE
    },
    ..APPS
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
