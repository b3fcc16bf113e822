//! Apps, their configuration, and what is managed like them.

use super::{
    ASSIGNMENTS_PATH, ApiVersion, Assignments, Bucket, CAPTURE, Collection, Entry, FollowUp,
    INTUNE, Named, ODATA_TYPE, Read, Shape, Weight, When, unordered, volatile,
};
use crate::domain::{
    capture_rules::CaptureRules,
    kind::PolicyKind,
    sub_kind::{Partition, Rule, SubKind},
};

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
            weight: Weight::Large,
            read: Read::Object("/{id}?$expand=categories"),
        },
        FollowUp {
            when: When::Positive(&[
                "dependentAppCount",
                "supersededAppCount",
                "supersedingAppCount",
            ]),
            weight: Weight::Small,
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
    partitions: &[Partition {
        sub_kind: SubKind::AndroidOemConfig,
        rules: &[
            Rule::OneOf(
                ODATA_TYPE,
                &["#microsoft.graph.androidManagedStoreAppConfiguration"],
            ),
            Rule::True("/appSupportsOemConfig"),
        ],
    }],
    follow_ups: &[FollowUp {
        when: When::Always,
        weight: Weight::Small,
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

pub(super) const MOBILE_APP_CATEGORY: Entry = Entry {
    kind: PolicyKind::MobileAppCategory,
    version: ApiVersion::V1,
    list: "/deviceAppManagement/mobileAppCategories",
    assignments: Assignments::None,
    has_scope_tags: false,
    ..APPS
};

/// What lists of few members have in common: they hold everything, so no marker is needed.
const SMALL_LIST: Entry = Entry {
    query: "$expand=assignments",
    plain_query: Some(""),
    ..APPS
};

/// For Windows in S mode.
pub(super) const WDAC_SUPPLEMENTAL_POLICY: Entry = Entry {
    kind: PolicyKind::WdacSupplementalPolicy,
    list: "/deviceAppManagement/wdacSupplementalPolicies",
    capture: CaptureRules {
        volatile: volatile!["creationDateTime"],
        ..CAPTURE
    },
    ..SMALL_LIST
};

pub(super) const MANAGED_EBOOK: Entry = Entry {
    kind: PolicyKind::ManagedEbook,
    list: "/deviceAppManagement/managedEBooks",
    capture: CaptureRules {
        volatile: volatile!["usedLicenseCount", "totalLicenseCount"],
        ..CAPTURE
    },
    ..SMALL_LIST
};

pub(super) const MANAGED_INSTALLER: Entry = Entry {
    kind: PolicyKind::ManagedInstaller,
    list: "/deviceAppManagement/windowsManagementApp",
    shape: Shape::Singleton,
    has_scope_tags: false,
    bucket: Bucket::Scripts,
    capture: CaptureRules {
        volatile: volatile!["availableVersion"],
        ..CAPTURE
    },
    ..INTUNE
};
