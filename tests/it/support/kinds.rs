//! What the tests know of each kind, without a look at the catalogue.

use serde_json::Value;
use tenantatlas::domain::kind::PolicyKind;
use tenantatlas_simulator::{Simulator, StoredObject};
use uuid::Uuid;

/// Each kind with Graph's name for its collection.
pub(crate) const COLLECTIONS: [(PolicyKind, &str); 85] = {
    use PolicyKind::*;
    [
        (DeviceConfiguration, "deviceConfigurations"),
        (SettingsCatalog, "configurationPolicies"),
        (ReusableSetting, "reusablePolicySettings"),
        (GroupPolicyConfiguration, "groupPolicyConfigurations"),
        (DeviceManagementIntent, "intents"),
        (WindowsFeatureUpdate, "windowsFeatureUpdateProfiles"),
        (WindowsQualityUpdateProfile, "windowsQualityUpdateProfiles"),
        (WindowsQualityUpdatePolicy, "windowsQualityUpdatePolicies"),
        (WindowsDriverUpdate, "windowsDriverUpdateProfiles"),
        (DeviceCompliancePolicy, "deviceCompliancePolicies"),
        (CompliancePolicyV2, "compliancePolicies"),
        (ComplianceScript, "deviceComplianceScripts"),
        (NotificationTemplate, "notificationMessageTemplates"),
        (PowershellScript, "deviceManagementScripts"),
        (ShellScript, "deviceShellScripts"),
        (CustomAttributeScript, "deviceCustomAttributeShellScripts"),
        (Remediation, "deviceHealthScripts"),
        (EnrollmentConfiguration, "deviceEnrollmentConfigurations"),
        (AutopilotProfile, "windowsAutopilotDeploymentProfiles"),
        (AppleEnrollmentToken, "depOnboardingSettings"),
        (AssignmentFilter, "assignmentFilters"),
        (ScopeTag, "roleScopeTags"),
        (RoleDefinition, "roleDefinitions"),
        (RoleAssignment, "roleAssignments"),
        (DeviceCategory, "deviceCategories"),
        (TermsAndConditions, "termsAndConditions"),
        (CompanyPortalBranding, "intuneBrandingProfiles"),
        (TenantSettings, "deviceManagement"),
        (MobileApp, "mobileApps"),
        (AppConfigurationDevice, "mobileAppConfigurations"),
        (AppProtectionIos, "iosManagedAppProtections"),
        (AppProtectionAndroid, "androidManagedAppProtections"),
        (AppProtectionWindows, "windowsManagedAppProtections"),
        (
            AppConfigurationManagedApp,
            "targetedManagedAppConfigurations",
        ),
        (ConditionalAccessPolicy, "conditionalAccessPolicies"),
        (NamedLocation, "namedLocations"),
        (AuthenticationStrength, "authenticationStrengthPolicies"),
        (
            AuthenticationContext,
            "authenticationContextClassReferences",
        ),
        (AdmxFile, "groupPolicyUploadedDefinitionFiles"),
        (HardwareConfiguration, "hardwareConfigurations"),
        (
            AppleUserEnrollmentProfile,
            "appleUserInitiatedEnrollmentProfiles",
        ),
        (ApplePushCertificate, "applePushNotificationCertificate"),
        (
            ManagedGooglePlay,
            "androidManagedStoreAccountEnterpriseSettings",
        ),
        (
            AndroidEnrollmentProfile,
            "androidDeviceOwnerEnrollmentProfiles",
        ),
        (DeviceCleanupRule, "managedDeviceCleanupRules"),
        (CompliancePartner, "complianceManagementPartners"),
        (DeviceManagementPartner, "deviceManagementPartners"),
        (RemoteAssistancePartner, "remoteAssistancePartners"),
        (
            MobileThreatDefenseConnector,
            "mobileThreatDefenseConnectors",
        ),
        (RemoteHelpSettings, "remoteAssistanceSettings"),
        (DerivedCredential, "derivedCredentials"),
        (MultiAdminApprovalPolicy, "operationApprovalPolicies"),
        (MobileAppCategory, "mobileAppCategories"),
        (PolicySet, "policySets"),
        (VppToken, "vppTokens"),
        (CloudPcProvisioningPolicy, "provisioningPolicies"),
        (CloudPcUserSetting, "userSettings"),
        (TermsOfUse, "agreements"),
        (OrganizationalBranding, "brandingLocalizations"),
        (AuthenticationMethodsPolicy, "authenticationMethodsPolicy"),
        (AuthorizationPolicy, "authorizationPolicy"),
        (AuthenticationFlowsPolicy, "authenticationFlowsPolicy"),
        (DeviceRegistrationPolicy, "deviceRegistrationPolicy"),
        (
            SecurityDefaults,
            "identitySecurityDefaultsEnforcementPolicy",
        ),
        (ExternalIdentitiesPolicy, "externalIdentitiesPolicy"),
        (GroupSetting, "groupSettings"),
        (InventoryPolicy, "inventoryPolicies"),
        (
            AndroidWorkProfileEnrollment,
            "androidForWorkEnrollmentProfiles",
        ),
        (TunnelConfiguration, "microsoftTunnelConfigurations"),
        (TunnelSite, "microsoftTunnelSites"),
        (CloudPki, "cloudCertificationAuthority"),
        (ZebraFotaDeployment, "zebraFotaDeployments"),
        (ResourceAccessProfile, "resourceAccessProfiles"),
        (
            WindowsInformationProtection,
            "mdmWindowsInformationProtectionPolicies",
        ),
        (
            WindowsInformationProtectionWithoutEnrollment,
            "windowsInformationProtectionPolicies",
        ),
        (DefaultAppProtection, "defaultManagedAppProtections"),
        (WdacSupplementalPolicy, "wdacSupplementalPolicies"),
        (
            IosProvisioningProfile,
            "iosLobAppProvisioningConfigurations",
        ),
        (ManagedEbook, "managedEBooks"),
        (ManagedInstaller, "windowsManagementApp"),
        (CloudPcNetworkConnection, "onPremisesConnections"),
        (CloudPcDeviceImage, "deviceImages"),
        (ApplicationRegistration, "applications"),
        (MobilityManagementPolicy, "mobileDeviceManagementPolicies"),
        (CrossTenantAccess, "crossTenantAccessPartners"),
    ]
};

/// Graph's name for the collection of a kind.
pub(crate) fn collection(kind: PolicyKind) -> &'static str {
    let found = COLLECTIONS.iter().find(|(of, _)| *of == kind);
    found.expect("every kind has a collection").1
}

/// Kinds that no app may read on its own, each with whether it is asked for all the same: the last
/// one is refused, and may be opened one day.
pub(crate) const OUT_OF_REACH: [(PolicyKind, bool); 3] = [
    (PolicyKind::TermsOfUse, false),
    (PolicyKind::MobilityManagementPolicy, false),
    (PolicyKind::InventoryPolicy, true),
];

/// Every kind that an app may read.
pub(crate) fn readable() -> Vec<PolicyKind> {
    let is_out = |kind: &PolicyKind| OUT_OF_REACH.iter().any(|(out, _)| out == kind);
    let mut kinds = PolicyKind::ALL.to_vec();
    kinds.retain(|kind| !is_out(kind));
    kinds
}

/// The objects of a kind as Graph keeps them, what a backup leaves out included.
pub(crate) fn kept(graph: &Simulator, directory: Uuid, kind: PolicyKind) -> Vec<StoredObject> {
    let mut objects = graph.objects(directory, collection(kind));
    if kind == PolicyKind::CrossTenantAccess {
        objects.extend(graph.objects(directory, "crossTenantAccessDefault"));
    }
    objects
}

/// What identifies an object within its kind. The default for partners has no identifier.
pub(crate) fn identity(object: &Value) -> &str {
    let member = |name| object.get(name).and_then(Value::as_str);
    member("id").or(member("tenantId")).unwrap_or("default")
}

/// Kinds whose objects tell whether they have moved, and need more than the list.
pub(crate) const MARKED: [PolicyKind; 18] = [
    PolicyKind::DeviceConfiguration,
    PolicyKind::SettingsCatalog,
    PolicyKind::GroupPolicyConfiguration,
    PolicyKind::DeviceManagementIntent,
    PolicyKind::CompliancePolicyV2,
    PolicyKind::ComplianceScript,
    PolicyKind::NotificationTemplate,
    PolicyKind::PowershellScript,
    PolicyKind::ShellScript,
    PolicyKind::CustomAttributeScript,
    PolicyKind::Remediation,
    PolicyKind::AutopilotProfile,
    PolicyKind::CompanyPortalBranding,
    PolicyKind::MobileApp,
    PolicyKind::AppConfigurationDevice,
    PolicyKind::AdmxFile,
    PolicyKind::HardwareConfiguration,
    PolicyKind::AndroidEnrollmentProfile,
];
