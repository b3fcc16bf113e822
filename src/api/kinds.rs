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
}

impl PolicyType {
    /// Clients' words for kinds.
    pub(super) fn all(kinds: &[PolicyKind]) -> Vec<Self> {
        kinds.iter().map(|kind| (*kind).into()).collect()
    }
}
