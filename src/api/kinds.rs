//! The kinds of configuration objects, as clients read of them.

use async_graphql::Enum;

use crate::domain::kind::PolicyKind;

/// Kind of configuration object, in the order in which they are captured. One value for each entry of the
/// catalog; partitions of a list (update rings, endpoint security, baselines) are told apart by their content.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "crate::domain::kind::PolicyKind")]
pub(super) enum PolicyType {
    /// Device configuration profiles (templates, custom OMA-URI, update rings, Wi-Fi, VPN, certificates). Tier: core.
    DeviceConfiguration,
    /// Settings catalog and every other unified policy. Tier: core.
    SettingsCatalog,
    /// Reusable policy settings (firewall groups, EPM certificates, Linux compliance discovery scripts). Tier: core.
    ReusableSetting,
    /// Administrative templates (ADMX). Tier: core.
    GroupPolicyConfiguration,
    /// Endpoint security and baselines, legacy intents. Tier: core.
    DeviceManagementIntent,
    /// Windows feature update profiles. Tier: core.
    WindowsFeatureUpdate,
    /// Windows expedited quality update profiles. Tier: core.
    WindowsQualityUpdateProfile,
    /// Windows quality update policies (hotpatch). Tier: core.
    WindowsQualityUpdatePolicy,
    /// Windows driver update profiles. Tier: core.
    WindowsDriverUpdate,
    /// Compliance policies. Tier: core.
    DeviceCompliancePolicy,
    /// Compliance policies, settings based (Linux). Tier: core.
    CompliancePolicyV2,
    /// Custom compliance scripts (Windows). Tier: core.
    ComplianceScript,
    /// Compliance notification templates. Tier: core.
    NotificationTemplate,
    /// Windows platform scripts (PowerShell). Tier: core.
    PowershellScript,
    /// macOS shell scripts. Tier: core.
    ShellScript,
    /// macOS custom attributes. Tier: core.
    CustomAttributeScript,
    /// Remediations (device health scripts). Tier: core.
    Remediation,
    /// Enrollment configurations (all kinds). Tier: core.
    EnrollmentConfiguration,
    /// Autopilot deployment profiles. Tier: core.
    AutopilotProfile,
    /// Apple automated device enrollment tokens. Tier: core.
    AppleEnrollmentToken,
    /// Assignment filters. Tier: core.
    AssignmentFilter,
    /// Scope tags. Tier: core.
    ScopeTag,
    /// Intune roles. Tier: core.
    RoleDefinition,
    /// Intune role assignments. Tier: core.
    RoleAssignment,
    /// Device categories. Tier: core.
    DeviceCategory,
    /// Intune terms and conditions. Tier: core.
    TermsAndConditions,
    /// Company Portal branding. Tier: core.
    CompanyPortalBranding,
    /// Device management tenant settings (compliance defaults, clean-up, diagnostics). Tier: core.
    TenantSettings,
    /// Applications. Tier: core.
    MobileApp,
    /// App configuration, managed devices (with Android OEMConfig). Tier: core.
    AppConfigurationDevice,
    /// App protection, iOS. Tier: core.
    AppProtectionIos,
    /// App protection, Android. Tier: core.
    AppProtectionAndroid,
    /// App protection, Windows (Edge MAM). Tier: core.
    AppProtectionWindows,
    /// App configuration, managed apps. Tier: core.
    AppConfigurationManagedApp,
    /// Conditional Access policies. Tier: core.
    ConditionalAccessPolicy,
    /// Named locations. Tier: core.
    NamedLocation,
    /// Authentication strengths. Tier: core.
    AuthenticationStrength,
    /// Authentication contexts. Tier: core.
    AuthenticationContext,
    /// Imported ADMX definition files. Tier: extended.
    AdmxFile,
    /// BIOS configurations. Tier: extended.
    HardwareConfiguration,
    /// Apple user-initiated enrollment profiles. Tier: extended.
    AppleUserEnrollmentProfile,
    /// Apple MDM push certificate. Tier: extended.
    ApplePushCertificate,
    /// Managed Google Play binding. Tier: extended.
    ManagedGooglePlay,
    /// Android Enterprise corporate enrollment profiles. Tier: extended.
    AndroidEnrollmentProfile,
    /// Device clean-up rules. Tier: extended.
    DeviceCleanupRule,
    /// Compliance partners. Tier: extended.
    CompliancePartner,
    /// Device management partners. Tier: extended.
    DeviceManagementPartner,
    /// Remote assistance partners. Tier: extended.
    RemoteAssistancePartner,
    /// Mobile threat defense connectors. Tier: extended.
    MobileThreatDefenseConnector,
    /// Remote Help settings. Tier: extended.
    RemoteHelpSettings,
    /// Derived credentials. Tier: extended.
    DerivedCredential,
    /// Multi-admin approval (access) policies. Tier: extended.
    MultiAdminApprovalPolicy,
    /// App categories. Tier: extended.
    MobileAppCategory,
    /// Policy sets. Tier: extended.
    PolicySet,
    /// Apple volume purchase tokens. Tier: extended.
    VppToken,
    /// Windows 365 provisioning policies. Tier: extended.
    CloudPcProvisioningPolicy,
    /// Windows 365 user settings. Tier: extended.
    CloudPcUserSetting,
    /// Entra terms of use. Tier: extended.
    TermsOfUse,
    /// Sign-in page branding. Tier: extended.
    OrganizationalBranding,
    /// Authentication methods policy. Tier: extended.
    AuthenticationMethodsPolicy,
    /// Authorization policy. Tier: extended.
    AuthorizationPolicy,
    /// Authentication flows policy. Tier: extended.
    AuthenticationFlowsPolicy,
    /// Device registration policy. Tier: extended.
    DeviceRegistrationPolicy,
    /// Security defaults. Tier: extended.
    SecurityDefaults,
    /// External identities policy. Tier: extended.
    ExternalIdentitiesPolicy,
    /// Directory and group settings. Tier: extended.
    GroupSetting,
    /// Device inventory (properties catalog) policies. Tier: optional.
    InventoryPolicy,
    /// Android work profile enrollment profiles (legacy). Tier: optional.
    AndroidWorkProfileEnrollment,
    /// Microsoft Tunnel server configurations. Tier: optional.
    TunnelConfiguration,
    /// Microsoft Tunnel sites. Tier: optional.
    TunnelSite,
    /// Cloud PKI certification authorities. Tier: optional.
    CloudPki,
    /// Zebra LifeGuard over-the-air deployments. Tier: optional.
    ZebraFotaDeployment,
    /// Resource access profiles (legacy). Tier: optional.
    ResourceAccessProfile,
    /// Windows Information Protection (retired). Tier: optional.
    WindowsInformationProtection,
    /// Windows Information Protection without enrollment (retired). Tier: optional.
    WindowsInformationProtectionWithoutEnrollment,
    /// Default app protections. Tier: optional.
    DefaultAppProtection,
    /// S-mode supplemental policies. Tier: optional.
    WdacSupplementalPolicy,
    /// iOS app provisioning profiles. Tier: optional.
    IosProvisioningProfile,
    /// Managed e-books. Tier: optional.
    ManagedEbook,
    /// Managed installer switch. Tier: optional.
    ManagedInstaller,
    /// Windows 365 network connections. Tier: optional.
    CloudPcNetworkConnection,
    /// Windows 365 custom images (metadata). Tier: optional.
    CloudPcDeviceImage,
    /// App registrations. Tier: optional.
    ApplicationRegistration,
    /// MDM and MAM user scope. Tier: optional.
    MobilityManagementPolicy,
    /// Cross-tenant access policy. Tier: optional.
    CrossTenantAccess,
}

impl PolicyType {
    /// Clients' words for kinds.
    pub(super) fn all(kinds: &[PolicyKind]) -> Vec<Self> {
        kinds.iter().map(|kind| (*kind).into()).collect()
    }
}
