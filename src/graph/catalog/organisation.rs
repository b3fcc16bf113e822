//! What orders the rest: filters, tags, roles, categories, terms, branding, tenant settings.

use super::{
    ASSIGNMENTS_PATH, Assignments, CAPTURE, Entry, Exclusion, FollowUp, INTUNE, Literal, NOTHING,
    Read, Shape, Single, Weight, When, references, unordered, volatile,
};
use crate::domain::{capture_rules::CaptureRules, kind::PolicyKind};

pub(super) const ASSIGNMENT_FILTER: Entry = Entry {
    kind: PolicyKind::AssignmentFilter,
    list: "/deviceManagement/assignmentFilters",
    has_scope_tags: false,
    capture: CaptureRules {
        volatile: volatile!["payloads"],
        unordered: unordered!["roleScopeTags" by ""],
        references: references!["roleScopeTags" to ScopeTag],
        ..CAPTURE
    },
    ..INTUNE
};

/// The list takes `$expand=assignments` and always shows none.
pub(super) const SCOPE_TAG: Entry = Entry {
    kind: PolicyKind::ScopeTag,
    list: "/deviceManagement/roleScopeTags",
    assignments: Assignments::PerItem(ASSIGNMENTS_PATH),
    has_scope_tags: false,
    permissions: &[
        "DeviceManagementConfiguration.Read.All",
        "DeviceManagementRBAC.Read.All",
    ],
    ..INTUNE
};

pub(super) const ROLE_DEFINITION: Entry = Entry {
    kind: PolicyKind::RoleDefinition,
    list: "/deviceManagement/roleDefinitions",
    query: "$filter=isBuiltIn eq false",
    plain_query: Some(""),
    exclude: &[Exclusion {
        member: "isBuiltIn",
        value: Literal::True,
    }],
    permissions: &["DeviceManagementRBAC.Read.All"],
    capture: CaptureRules {
        // Both repeat what stands in `rolePermissions[].resourceActions`.
        volatile: volatile!["permissions", "rolePermissions[].actions"],
        unordered: unordered![
            "rolePermissions[].resourceActions[].allowedResourceActions" by "",
        ],
        ..CAPTURE
    },
    ..INTUNE
};

pub(super) const ROLE_ASSIGNMENT: Entry = Entry {
    kind: PolicyKind::RoleAssignment,
    list: "/deviceManagement/roleAssignments",
    has_scope_tags: false,
    permissions: &["DeviceManagementRBAC.Read.All"],
    follow_ups: &[FollowUp {
        when: When::Always,
        weight: Weight::Small,
        read: Read::Object(
            "/{id}?$expand=microsoft.graph.deviceAndAppManagementRoleAssignment/roleScopeTags,roleDefinition",
        ),
    }],
    capture: CaptureRules {
        unordered: unordered![
            "members" by "",
            "resourceScopes" by "",
            "scopeMembers" by "",
            "roleScopeTags" by "id",
        ],
        references: references![
            "members" to Group,
            "scopeMembers" to Group,
            "resourceScopes" to Group,
            "roleScopeTags[].id" to ScopeTag,
        ],
        ..CAPTURE
    },
    ..INTUNE
};

pub(super) const DEVICE_CATEGORY: Entry = Entry {
    kind: PolicyKind::DeviceCategory,
    list: "/deviceManagement/deviceCategories",
    query: "$top=500",
    permissions: &[
        "DeviceManagementConfiguration.Read.All",
        "DeviceManagementManagedDevices.Read.All",
    ],
    ..INTUNE
};

/// The list does not take `$expand`.
pub(super) const TERMS_AND_CONDITIONS: Entry = Entry {
    kind: PolicyKind::TermsAndConditions,
    list: "/deviceManagement/termsAndConditions",
    assignments: Assignments::PerItem(ASSIGNMENTS_PATH),
    permissions: &["DeviceManagementServiceConfig.Read.All"],
    ..INTUNE
};

/// An image of the branding, which neither list nor object give.
macro_rules! image {
    ($name:literal) => {
        FollowUp {
            when: When::Always,
            weight: Weight::Large,
            read: Read::Single(Single {
                path: concat!("/{id}/", $name),
                into: $name,
                none_on: NOTHING,
                ..Single::NONE
            }),
        }
    };
}

pub(super) const COMPANY_PORTAL_BRANDING: Entry = Entry {
    kind: PolicyKind::CompanyPortalBranding,
    list: "/deviceManagement/intuneBrandingProfiles",
    query: "$expand=assignments",
    plain_query: Some(""),
    assignments: Assignments::OnList(ASSIGNMENTS_PATH),
    permissions: &["DeviceManagementApps.Read.All"],
    follow_ups: &[
        image!("themeColorLogo"),
        image!("lightBackgroundLogo"),
        image!("landingPageCustomizedImage"),
    ],
    capture: CaptureRules {
        marker: Some("lastModifiedDateTime"),
        ..CAPTURE
    },
    ..INTUNE
};

pub(super) const TENANT_SETTINGS: Entry = Entry {
    kind: PolicyKind::TenantSettings,
    list: "/deviceManagement",
    query: "$select=id,settings,managedDeviceCleanupSettings,dataProcessorServiceForWindowsFeaturesOnboarding,intuneBrand,userExperienceAnalyticsSettings",
    plain_query: Some("$select=id,settings"),
    shape: Shape::Singleton,
    has_scope_tags: false,
    permissions: &[
        "DeviceManagementConfiguration.Read.All",
        "DeviceManagementServiceConfig.Read.All",
        "DeviceManagementApps.Read.All",
        "DeviceManagementManagedDevices.Read.All",
        "DeviceManagementRBAC.Read.All",
    ],
    ..INTUNE
};

pub(super) const DEVICE_CLEANUP_RULE: Entry = Entry {
    kind: PolicyKind::DeviceCleanupRule,
    list: "/deviceManagement/managedDeviceCleanupRules",
    has_scope_tags: false,
    permissions: &["DeviceManagementManagedDevices.Read.All"],
    ..INTUNE
};

/// A tenant that has some answers changes with a request for approval.
pub(super) const MULTI_ADMIN_APPROVAL_POLICY: Entry = Entry {
    kind: PolicyKind::MultiAdminApprovalPolicy,
    list: "/deviceManagement/operationApprovalPolicies",
    has_scope_tags: false,
    permissions: &[
        "DeviceManagementConfiguration.Read.All",
        "DeviceManagementRBAC.Read.All",
    ],
    ..INTUNE
};

/// The list refuses `$expand`. Assignments are known only from the item, which is therefore read
/// each time: a marker would spare nothing.
pub(super) const POLICY_SET: Entry = Entry {
    kind: PolicyKind::PolicySet,
    list: "/deviceAppManagement/policySets",
    assignments: Assignments::InFollowUp,
    has_scope_tags: false,
    follow_ups: &[FollowUp {
        when: When::Always,
        weight: Weight::Small,
        read: Read::Object("/{id}?$expand=assignments,items"),
    }],
    capture: CaptureRules {
        volatile: volatile![
            "status",
            "errorCode",
            "items[].id",
            "items[].status",
            "items[].errorCode",
            "items[].createdDateTime",
            "items[].lastModifiedDateTime",
        ],
        unordered: unordered![
            "items" by "payloadId",
            "roleScopeTags" by "",
        ],
        ..CAPTURE
    },
    ..INTUNE
};
