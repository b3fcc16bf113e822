//! The kinds of configuration objects that can be backed up.
//!
//! A kind is one list of Microsoft Graph. How it is read stands in `graph::catalog`; here is only
//! what the rest of the product needs: its name, its order, its title.

use std::{fmt, str::FromStr};

macro_rules! kinds {
    ($($variant:ident $name:literal $title:literal)+) => {
        /// Kind of configuration object, in the order in which kinds are captured.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum PolicyKind {
            $(#[doc = $title] $variant,)+
        }

        impl PolicyKind {
            /// Every kind, in capture order.
            pub const ALL: &'static [PolicyKind] = &[$(PolicyKind::$variant,)+];

            /// The name in the database and, as `PolicyType`, in the API.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(PolicyKind::$variant => $name,)+
                }
            }

            /// Name to show, in English.
            pub fn title(self) -> &'static str {
                match self {
                    $(PolicyKind::$variant => $title,)+
                }
            }
        }
    };
}

kinds! {
    DeviceConfiguration "DEVICE_CONFIGURATION" "Device configuration profiles (templates, custom OMA-URI, update rings, Wi-Fi, VPN, certificates)"
    SettingsCatalog "SETTINGS_CATALOG" "Settings catalog and every other unified policy"
    ReusableSetting "REUSABLE_SETTING" "Reusable policy settings (firewall groups, EPM certificates, Linux compliance discovery scripts)"
    GroupPolicyConfiguration "GROUP_POLICY_CONFIGURATION" "Administrative templates (ADMX)"
    DeviceManagementIntent "DEVICE_MANAGEMENT_INTENT" "Endpoint security and baselines, legacy intents"
    WindowsFeatureUpdate "WINDOWS_FEATURE_UPDATE" "Windows feature update profiles"
    WindowsQualityUpdateProfile "WINDOWS_QUALITY_UPDATE_PROFILE" "Windows expedited quality update profiles"
    WindowsQualityUpdatePolicy "WINDOWS_QUALITY_UPDATE_POLICY" "Windows quality update policies (hotpatch)"
    WindowsDriverUpdate "WINDOWS_DRIVER_UPDATE" "Windows driver update profiles"
    DeviceCompliancePolicy "DEVICE_COMPLIANCE_POLICY" "Compliance policies"
    CompliancePolicyV2 "COMPLIANCE_POLICY_V2" "Compliance policies, settings based (Linux)"
    ComplianceScript "COMPLIANCE_SCRIPT" "Custom compliance scripts (Windows)"
    NotificationTemplate "NOTIFICATION_TEMPLATE" "Compliance notification templates"
    PowershellScript "POWERSHELL_SCRIPT" "Windows platform scripts (PowerShell)"
    ShellScript "SHELL_SCRIPT" "macOS shell scripts"
    CustomAttributeScript "CUSTOM_ATTRIBUTE_SCRIPT" "macOS custom attributes"
    Remediation "REMEDIATION" "Remediations (device health scripts)"
    EnrollmentConfiguration "ENROLLMENT_CONFIGURATION" "Enrollment configurations (all kinds)"
    AutopilotProfile "AUTOPILOT_PROFILE" "Autopilot deployment profiles"
    AppleEnrollmentToken "APPLE_ENROLLMENT_TOKEN" "Apple automated device enrollment tokens"
    AssignmentFilter "ASSIGNMENT_FILTER" "Assignment filters"
    ScopeTag "SCOPE_TAG" "Scope tags"
    RoleDefinition "ROLE_DEFINITION" "Intune roles"
    RoleAssignment "ROLE_ASSIGNMENT" "Intune role assignments"
    DeviceCategory "DEVICE_CATEGORY" "Device categories"
    TermsAndConditions "TERMS_AND_CONDITIONS" "Intune terms and conditions"
    CompanyPortalBranding "COMPANY_PORTAL_BRANDING" "Company Portal branding"
    TenantSettings "TENANT_SETTINGS" "Device management tenant settings (compliance defaults, clean-up, diagnostics)"
    MobileApp "MOBILE_APP" "Applications"
    AppConfigurationDevice "APP_CONFIGURATION_DEVICE" "App configuration, managed devices (with Android OEMConfig)"
    AppProtectionIos "APP_PROTECTION_IOS" "App protection, iOS"
    AppProtectionAndroid "APP_PROTECTION_ANDROID" "App protection, Android"
    AppProtectionWindows "APP_PROTECTION_WINDOWS" "App protection, Windows (Edge MAM)"
    AppConfigurationManagedApp "APP_CONFIGURATION_MANAGED_APP" "App configuration, managed apps"
    ConditionalAccessPolicy "CONDITIONAL_ACCESS_POLICY" "Conditional Access policies"
    NamedLocation "NAMED_LOCATION" "Named locations"
    AuthenticationStrength "AUTHENTICATION_STRENGTH" "Authentication strengths"
    AuthenticationContext "AUTHENTICATION_CONTEXT" "Authentication contexts"
}

/// A text that names no kind.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("no such kind of policy")]
pub struct UnknownKind;

impl FromStr for PolicyKind {
    type Err = UnknownKind;

    fn from_str(text: &str) -> Result<Self, UnknownKind> {
        Self::ALL
            .iter()
            .copied()
            .find(|kind| kind.as_str() == text)
            .ok_or(UnknownKind)
    }
}

impl fmt::Display for PolicyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
