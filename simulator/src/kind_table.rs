//! The table of the collections that every tenant uses, and of the look-ups beside them.

use crate::{
    kinds::{Kind, Part, SMALL_PAGE},
    licence::Licence,
    paging::LONGEST_PAGE,
    permissions::{
        ANY_INTUNE, APPS, AUTHENTICATION_CONTEXT, AUTHENTICATION_METHOD, CATEGORIES,
        CONDITIONAL_ACCESS, RBAC, SCOPE_TAGS, SCRIPTS, SERVICE_CONFIG,
    },
};

pub(crate) const ASSIGNMENTS: Part = Part::many("assignments").expandable();
pub(crate) const ASSIGNED: &[Part] = &[ASSIGNMENTS];
const ASSIGNED_WITHOUT_ROUTE: &[Part] = &[ASSIGNMENTS.without_route()];
const PROTECTION: &[Part] = &[ASSIGNMENTS, Part::many("apps").expandable()];
const SCHEDULED_ACTIONS: Part = Part::many("scheduledActionsForRule").expandable();

const DEVICE_CONFIGURATION: &[Part] = &[
    ASSIGNMENTS,
    Part::many("privacyAccessControls")
        .expandable_on_item()
        .without_route(),
    Part::many("networkAccessConfigurations"),
    Part::many("rootCertificatesForServerValidation"),
    Part::one("rootCertificate"),
    Part::one("identityCertificate"),
    Part::one("rootCertificateForServerValidation"),
    Part::one("rootCertificateForClientValidation"),
    Part::one("identityCertificateForClientAuthentication"),
    Part::one("secondaryRootCertificateForClientValidation"),
    Part::one("secondaryIdentityCertificateForClientAuthentication"),
    Part::one("smimeSigningCertificate"),
    Part::one("smimeEncryptionCertificate"),
];

const SETTINGS_CATALOG: &[Part] = &[
    ASSIGNMENTS.paged(SMALL_PAGE),
    Part::many("settings")
        .expandable()
        .paged(SMALL_PAGE)
        .shrinking_lists_to(2),
];

const COMPLIANCE_V2: &[Part] = &[
    ASSIGNMENTS.paged(SMALL_PAGE),
    Part::many("settings").expandable().paged(SMALL_PAGE),
    SCHEDULED_ACTIONS,
];

const APPLE_TOKEN: &[Part] = &[
    Part::many("enrollmentProfiles"),
    Part::one("defaultIosEnrollmentProfile"),
    Part::one("defaultMacOsEnrollmentProfile"),
    Part::one("defaultTvOSEnrollmentProfile"),
    Part::one("defaultVisionOSEnrollmentProfile"),
];

const BRANDING: &[Part] = &[
    ASSIGNMENTS,
    Part::one("themeColorLogo"),
    Part::one("lightBackgroundLogo"),
    Part::one("landingPageCustomizedImage"),
];

const MOBILE_APP: &[Part] = &[
    ASSIGNMENTS,
    Part::many("categories").expandable_on_item(),
    Part::many("relationships"),
];

const ROLE_ASSIGNMENT: &[Part] = &[
    Part::many("roleScopeTags").expandable_on_item(),
    Part::one("roleDefinition").expandable_on_item(),
];

/// The collections of the kinds to back up for every tenant.
pub(crate) static KINDS: &[Kind] = &[
    Kind::intune(
        "deviceConfigurations",
        "deviceManagement/deviceConfigurations",
        DEVICE_CONFIGURATION,
    )
    .in_v1_too(),
    Kind::intune(
        "configurationPolicies",
        "deviceManagement/configurationPolicies",
        SETTINGS_CATALOG,
    )
    .paged(SMALL_PAGE),
    Kind::intune(
        "reusablePolicySettings",
        "deviceManagement/reusablePolicySettings",
        &[],
    )
    .selectable_content(),
    Kind::intune(
        "groupPolicyConfigurations",
        "deviceManagement/groupPolicyConfigurations",
        &[ASSIGNMENTS, Part::many("definitionValues")],
    ),
    Kind::intune(
        "groupPolicyUploadedDefinitionFiles",
        "deviceManagement/groupPolicyUploadedDefinitionFiles",
        &[Part::many("groupPolicyDefinitions")],
    ),
    Kind::intune(
        "intents",
        "deviceManagement/intents",
        &[ASSIGNMENTS, Part::many("settings").paged(1000)],
    ),
    Kind::intune(
        "templates",
        "deviceManagement/templates",
        &[Part::many("categories")],
    ),
    Kind::intune(
        "windowsFeatureUpdateProfiles",
        "deviceManagement/windowsFeatureUpdateProfiles",
        ASSIGNED,
    )
    .licensed_by(Licence::WindowsEnterprise),
    Kind::intune(
        "windowsQualityUpdateProfiles",
        "deviceManagement/windowsQualityUpdateProfiles",
        ASSIGNED,
    )
    .licensed_by(Licence::WindowsEnterprise),
    Kind::intune(
        "windowsQualityUpdatePolicies",
        "deviceManagement/windowsQualityUpdatePolicies",
        ASSIGNED,
    )
    .licensed_by(Licence::WindowsEnterprise),
    Kind::intune(
        "windowsDriverUpdateProfiles",
        "deviceManagement/windowsDriverUpdateProfiles",
        &[ASSIGNMENTS, Part::many("driverInventories")],
    ),
    Kind::intune(
        "deviceCompliancePolicies",
        "deviceManagement/deviceCompliancePolicies",
        &[ASSIGNMENTS, SCHEDULED_ACTIONS],
    )
    .in_v1_too(),
    Kind::intune(
        "compliancePolicies",
        "deviceManagement/compliancePolicies",
        COMPLIANCE_V2,
    )
    .paged(SMALL_PAGE),
    Kind::intune(
        "deviceComplianceScripts",
        "deviceManagement/deviceComplianceScripts",
        &[],
    )
    .wants(SCRIPTS),
    Kind::intune(
        "notificationMessageTemplates",
        "deviceManagement/notificationMessageTemplates",
        &[Part::many("localizedNotificationMessages").expandable()],
    )
    .wants(SERVICE_CONFIG)
    .in_v1_too(),
    Kind::intune(
        "deviceManagementScripts",
        "deviceManagement/deviceManagementScripts",
        ASSIGNED,
    )
    .wants(SCRIPTS),
    Kind::intune(
        "deviceShellScripts",
        "deviceManagement/deviceShellScripts",
        ASSIGNED_WITHOUT_ROUTE,
    )
    .wants(SCRIPTS),
    Kind::intune(
        "deviceCustomAttributeShellScripts",
        "deviceManagement/deviceCustomAttributeShellScripts",
        ASSIGNED_WITHOUT_ROUTE,
    )
    .wants(SCRIPTS),
    Kind::intune(
        "deviceHealthScripts",
        "deviceManagement/deviceHealthScripts",
        ASSIGNED,
    )
    .wants(SCRIPTS)
    .licensed_by(Licence::WindowsEnterprise)
    .ignores_filters(),
    Kind::intune(
        "deviceEnrollmentConfigurations",
        "deviceManagement/deviceEnrollmentConfigurations",
        ASSIGNED,
    )
    .wants(SERVICE_CONFIG)
    .in_v1_too(),
    Kind::intune(
        "windowsAutopilotDeploymentProfiles",
        "deviceManagement/windowsAutopilotDeploymentProfiles",
        &[ASSIGNMENTS, Part::one("domainJoinConfiguration")],
    )
    .wants(SERVICE_CONFIG),
    Kind::intune(
        "depOnboardingSettings",
        "deviceManagement/depOnboardingSettings",
        APPLE_TOKEN,
    )
    .wants(SERVICE_CONFIG),
    Kind::intune(
        "assignmentFilters",
        "deviceManagement/assignmentFilters",
        &[],
    ),
    Kind::intune(
        "roleScopeTags",
        "deviceManagement/roleScopeTags",
        &[Part::many("assignments").empty_on_list()],
    )
    .wants(SCOPE_TAGS),
    Kind::intune(
        "roleDefinitions",
        "deviceManagement/roleDefinitions",
        &[Part::many("roleAssignments")],
    )
    .wants(RBAC)
    .in_v1_too(),
    Kind::intune(
        "roleAssignments",
        "deviceManagement/roleAssignments",
        ROLE_ASSIGNMENT,
    )
    .wants(RBAC)
    .in_v1_too(),
    Kind::intune("deviceCategories", "deviceManagement/deviceCategories", &[])
        .wants(CATEGORIES)
        .in_v1_too(),
    Kind::intune(
        "termsAndConditions",
        "deviceManagement/termsAndConditions",
        &[Part::many("assignments")],
    )
    .wants(SERVICE_CONFIG)
    .in_v1_too(),
    Kind::intune(
        "intuneBrandingProfiles",
        "deviceManagement/intuneBrandingProfiles",
        BRANDING,
    )
    .wants(APPS),
    Kind::intune("deviceManagement", "deviceManagement", &[])
        .wants(ANY_INTUNE)
        .in_v1_too()
        .single(),
    Kind::intune("mobileApps", "deviceAppManagement/mobileApps", MOBILE_APP)
        .wants(APPS)
        .in_v1_too(),
    Kind::intune(
        "mobileAppConfigurations",
        "deviceAppManagement/mobileAppConfigurations",
        ASSIGNED,
    )
    .wants(APPS)
    .in_v1_too(),
    Kind::intune(
        "iosManagedAppProtections",
        "deviceAppManagement/iosManagedAppProtections",
        PROTECTION,
    )
    .wants(APPS)
    .in_v1_too(),
    Kind::intune(
        "androidManagedAppProtections",
        "deviceAppManagement/androidManagedAppProtections",
        PROTECTION,
    )
    .wants(APPS)
    .in_v1_too(),
    Kind::intune(
        "windowsManagedAppProtections",
        "deviceAppManagement/windowsManagedAppProtections",
        PROTECTION,
    )
    .wants(APPS),
    Kind::intune(
        "targetedManagedAppConfigurations",
        "deviceAppManagement/targetedManagedAppConfigurations",
        PROTECTION,
    )
    .wants(APPS)
    .in_v1_too(),
    Kind::directory(
        "conditionalAccessPolicies",
        "identity/conditionalAccess/policies",
        &[],
    )
    .wants(CONDITIONAL_ACCESS)
    .licensed_by(Licence::EntraP1),
    Kind::directory(
        "namedLocations",
        "identity/conditionalAccess/namedLocations",
        &[],
    )
    .wants(CONDITIONAL_ACCESS)
    .licensed_by(Licence::EntraP1),
    Kind::directory(
        "authenticationStrengthPolicies",
        "policies/authenticationStrengthPolicies",
        &[Part::many("combinationConfigurations").expandable()],
    )
    .wants(AUTHENTICATION_METHOD),
    Kind::directory(
        "authenticationContextClassReferences",
        "identity/conditionalAccess/authenticationContextClassReferences",
        &[],
    )
    .wants(AUTHENTICATION_CONTEXT)
    .licensed_by(Licence::EntraP1),
    Kind::directory("groups", "groups", &[]),
    Kind::intune("auditEvents", "deviceManagement/auditEvents", &[])
        .wants(APPS)
        .in_v1_too()
        .paged(LONGEST_PAGE)
        .misleading(),
];
