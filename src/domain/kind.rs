//! The kinds of configuration objects that can be backed up.
//!
//! A kind is one list of Microsoft Graph. How it is read stands in `graph::catalog`; here is only
//! what the rest of the product needs: its name, its order, its title.

use std::str::FromStr;

use super::words::words;

words! {
    /// Kind of configuration object, in the order in which kinds are captured.
    PolicyKind {
        /// Device configuration profiles (templates, custom OMA-URI, update rings, Wi-Fi, VPN, certificates).
        DeviceConfiguration "DEVICE_CONFIGURATION"
        /// Settings catalog and every other unified policy.
        SettingsCatalog "SETTINGS_CATALOG"
        /// Reusable policy settings (firewall groups, EPM certificates, Linux compliance discovery scripts).
        ReusableSetting "REUSABLE_SETTING"
        /// Administrative templates (ADMX).
        GroupPolicyConfiguration "GROUP_POLICY_CONFIGURATION"
        /// Endpoint security and baselines, legacy intents.
        DeviceManagementIntent "DEVICE_MANAGEMENT_INTENT"
        /// Windows feature update profiles.
        WindowsFeatureUpdate "WINDOWS_FEATURE_UPDATE"
        /// Windows expedited quality update profiles.
        WindowsQualityUpdateProfile "WINDOWS_QUALITY_UPDATE_PROFILE"
        /// Windows quality update policies (hotpatch).
        WindowsQualityUpdatePolicy "WINDOWS_QUALITY_UPDATE_POLICY"
        /// Windows driver update profiles.
        WindowsDriverUpdate "WINDOWS_DRIVER_UPDATE"
        /// Compliance policies.
        DeviceCompliancePolicy "DEVICE_COMPLIANCE_POLICY"
        /// Compliance policies, settings based (Linux).
        CompliancePolicyV2 "COMPLIANCE_POLICY_V2"
        /// Custom compliance scripts (Windows).
        ComplianceScript "COMPLIANCE_SCRIPT"
        /// Compliance notification templates.
        NotificationTemplate "NOTIFICATION_TEMPLATE"
        /// Windows platform scripts (PowerShell).
        PowershellScript "POWERSHELL_SCRIPT"
        /// macOS shell scripts.
        ShellScript "SHELL_SCRIPT"
        /// macOS custom attributes.
        CustomAttributeScript "CUSTOM_ATTRIBUTE_SCRIPT"
        /// Remediations (device health scripts).
        Remediation "REMEDIATION"
        /// Enrollment configurations (all kinds).
        EnrollmentConfiguration "ENROLLMENT_CONFIGURATION"
        /// Autopilot deployment profiles.
        AutopilotProfile "AUTOPILOT_PROFILE"
        /// Apple automated device enrollment tokens.
        AppleEnrollmentToken "APPLE_ENROLLMENT_TOKEN"
        /// Assignment filters.
        AssignmentFilter "ASSIGNMENT_FILTER"
        /// Scope tags.
        ScopeTag "SCOPE_TAG"
        /// Intune roles.
        RoleDefinition "ROLE_DEFINITION"
        /// Intune role assignments.
        RoleAssignment "ROLE_ASSIGNMENT"
        /// Device categories.
        DeviceCategory "DEVICE_CATEGORY"
        /// Intune terms and conditions.
        TermsAndConditions "TERMS_AND_CONDITIONS"
        /// Company Portal branding.
        CompanyPortalBranding "COMPANY_PORTAL_BRANDING"
        /// Device management tenant settings (compliance defaults, clean-up, diagnostics).
        TenantSettings "TENANT_SETTINGS"
        /// Applications.
        MobileApp "MOBILE_APP"
        /// App configuration, managed devices (with Android OEMConfig).
        AppConfigurationDevice "APP_CONFIGURATION_DEVICE"
        /// App protection, iOS.
        AppProtectionIos "APP_PROTECTION_IOS"
        /// App protection, Android.
        AppProtectionAndroid "APP_PROTECTION_ANDROID"
        /// App protection, Windows (Edge MAM).
        AppProtectionWindows "APP_PROTECTION_WINDOWS"
        /// App configuration, managed apps.
        AppConfigurationManagedApp "APP_CONFIGURATION_MANAGED_APP"
        /// Conditional Access policies.
        ConditionalAccessPolicy "CONDITIONAL_ACCESS_POLICY"
        /// Named locations.
        NamedLocation "NAMED_LOCATION"
        /// Authentication strengths.
        AuthenticationStrength "AUTHENTICATION_STRENGTH"
        /// Authentication contexts.
        AuthenticationContext "AUTHENTICATION_CONTEXT"
    }
}

impl PolicyKind {
    /// Name to show, in English.
    pub fn title(self) -> &'static str {
        match self {
            Self::DeviceConfiguration => {
                "Device configuration profiles (templates, custom OMA-URI, update rings, Wi-Fi, VPN, certificates)"
            }
            Self::SettingsCatalog => "Settings catalog and every other unified policy",
            Self::ReusableSetting => {
                "Reusable policy settings (firewall groups, EPM certificates, Linux compliance discovery scripts)"
            }
            Self::GroupPolicyConfiguration => "Administrative templates (ADMX)",
            Self::DeviceManagementIntent => "Endpoint security and baselines, legacy intents",
            Self::WindowsFeatureUpdate => "Windows feature update profiles",
            Self::WindowsQualityUpdateProfile => "Windows expedited quality update profiles",
            Self::WindowsQualityUpdatePolicy => "Windows quality update policies (hotpatch)",
            Self::WindowsDriverUpdate => "Windows driver update profiles",
            Self::DeviceCompliancePolicy => "Compliance policies",
            Self::CompliancePolicyV2 => "Compliance policies, settings based (Linux)",
            Self::ComplianceScript => "Custom compliance scripts (Windows)",
            Self::NotificationTemplate => "Compliance notification templates",
            Self::PowershellScript => "Windows platform scripts (PowerShell)",
            Self::ShellScript => "macOS shell scripts",
            Self::CustomAttributeScript => "macOS custom attributes",
            Self::Remediation => "Remediations (device health scripts)",
            Self::EnrollmentConfiguration => "Enrollment configurations (all kinds)",
            Self::AutopilotProfile => "Autopilot deployment profiles",
            Self::AppleEnrollmentToken => "Apple automated device enrollment tokens",
            Self::AssignmentFilter => "Assignment filters",
            Self::ScopeTag => "Scope tags",
            Self::RoleDefinition => "Intune roles",
            Self::RoleAssignment => "Intune role assignments",
            Self::DeviceCategory => "Device categories",
            Self::TermsAndConditions => "Intune terms and conditions",
            Self::CompanyPortalBranding => "Company Portal branding",
            Self::TenantSettings => {
                "Device management tenant settings (compliance defaults, clean-up, diagnostics)"
            }
            Self::MobileApp => "Applications",
            Self::AppConfigurationDevice => {
                "App configuration, managed devices (with Android OEMConfig)"
            }
            Self::AppProtectionIos => "App protection, iOS",
            Self::AppProtectionAndroid => "App protection, Android",
            Self::AppProtectionWindows => "App protection, Windows (Edge MAM)",
            Self::AppConfigurationManagedApp => "App configuration, managed apps",
            Self::ConditionalAccessPolicy => "Conditional Access policies",
            Self::NamedLocation => "Named locations",
            Self::AuthenticationStrength => "Authentication strengths",
            Self::AuthenticationContext => "Authentication contexts",
        }
    }
}
