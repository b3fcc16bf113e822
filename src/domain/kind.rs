//! The kinds of configuration objects that can be backed up.
//!
//! A kind is one list of Microsoft Graph. How it is read stands in `graph::catalog`; here is only
//! what the rest of the product needs: its name, its order, its title.

use std::str::FromStr;

use super::words::words;

words! {
    /// Kind of configuration object, in the order in which kinds are captured: tier by tier.
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
        /// Imported ADMX definition files.
        AdmxFile "ADMX_FILE"
        /// BIOS configurations.
        HardwareConfiguration "HARDWARE_CONFIGURATION"
        /// Apple user-initiated enrollment profiles.
        AppleUserEnrollmentProfile "APPLE_USER_ENROLLMENT_PROFILE"
        /// Apple MDM push certificate.
        ApplePushCertificate "APPLE_PUSH_CERTIFICATE"
        /// Managed Google Play binding.
        ManagedGooglePlay "MANAGED_GOOGLE_PLAY"
        /// Android Enterprise corporate enrollment profiles.
        AndroidEnrollmentProfile "ANDROID_ENROLLMENT_PROFILE"
        /// Device clean-up rules.
        DeviceCleanupRule "DEVICE_CLEANUP_RULE"
        /// Compliance partners.
        CompliancePartner "COMPLIANCE_PARTNER"
        /// Device management partners.
        DeviceManagementPartner "DEVICE_MANAGEMENT_PARTNER"
        /// Remote assistance partners.
        RemoteAssistancePartner "REMOTE_ASSISTANCE_PARTNER"
        /// Mobile threat defense connectors.
        MobileThreatDefenseConnector "MOBILE_THREAT_DEFENSE_CONNECTOR"
        /// Remote Help settings.
        RemoteHelpSettings "REMOTE_HELP_SETTINGS"
        /// Derived credentials.
        DerivedCredential "DERIVED_CREDENTIAL"
        /// Multi-admin approval (access) policies.
        MultiAdminApprovalPolicy "MULTI_ADMIN_APPROVAL_POLICY"
        /// App categories.
        MobileAppCategory "MOBILE_APP_CATEGORY"
        /// Policy sets.
        PolicySet "POLICY_SET"
        /// Apple volume purchase tokens.
        VppToken "VPP_TOKEN"
        /// Windows 365 provisioning policies.
        CloudPcProvisioningPolicy "CLOUD_PC_PROVISIONING_POLICY"
        /// Windows 365 user settings.
        CloudPcUserSetting "CLOUD_PC_USER_SETTING"
        /// Entra terms of use.
        TermsOfUse "TERMS_OF_USE"
        /// Sign-in page branding.
        OrganizationalBranding "ORGANIZATIONAL_BRANDING"
        /// Authentication methods policy.
        AuthenticationMethodsPolicy "AUTHENTICATION_METHODS_POLICY"
        /// Authorization policy.
        AuthorizationPolicy "AUTHORIZATION_POLICY"
        /// Authentication flows policy.
        AuthenticationFlowsPolicy "AUTHENTICATION_FLOWS_POLICY"
        /// Device registration policy.
        DeviceRegistrationPolicy "DEVICE_REGISTRATION_POLICY"
        /// Security defaults.
        SecurityDefaults "SECURITY_DEFAULTS"
        /// External identities policy.
        ExternalIdentitiesPolicy "EXTERNAL_IDENTITIES_POLICY"
        /// Directory and group settings.
        GroupSetting "GROUP_SETTING"
        /// Device inventory (properties catalog) policies.
        InventoryPolicy "INVENTORY_POLICY"
        /// Android work profile enrollment profiles (legacy).
        AndroidWorkProfileEnrollment "ANDROID_WORK_PROFILE_ENROLLMENT"
        /// Microsoft Tunnel server configurations.
        TunnelConfiguration "TUNNEL_CONFIGURATION"
        /// Microsoft Tunnel sites.
        TunnelSite "TUNNEL_SITE"
        /// Cloud PKI certification authorities.
        CloudPki "CLOUD_PKI"
        /// Zebra LifeGuard over-the-air deployments.
        ZebraFotaDeployment "ZEBRA_FOTA_DEPLOYMENT"
        /// Resource access profiles (legacy).
        ResourceAccessProfile "RESOURCE_ACCESS_PROFILE"
        /// Windows Information Protection (retired).
        WindowsInformationProtection "WINDOWS_INFORMATION_PROTECTION"
        /// Windows Information Protection without enrollment (retired).
        WindowsInformationProtectionWithoutEnrollment "WINDOWS_INFORMATION_PROTECTION_WITHOUT_ENROLLMENT"
        /// Default app protections.
        DefaultAppProtection "DEFAULT_APP_PROTECTION"
        /// S-mode supplemental policies.
        WdacSupplementalPolicy "WDAC_SUPPLEMENTAL_POLICY"
        /// iOS app provisioning profiles.
        IosProvisioningProfile "IOS_PROVISIONING_PROFILE"
        /// Managed e-books.
        ManagedEbook "MANAGED_EBOOK"
        /// Managed installer switch.
        ManagedInstaller "MANAGED_INSTALLER"
        /// Windows 365 network connections.
        CloudPcNetworkConnection "CLOUD_PC_NETWORK_CONNECTION"
        /// Windows 365 custom images (metadata).
        CloudPcDeviceImage "CLOUD_PC_DEVICE_IMAGE"
        /// App registrations.
        ApplicationRegistration "APPLICATION_REGISTRATION"
        /// MDM and MAM user scope.
        MobilityManagementPolicy "MOBILITY_MANAGEMENT_POLICY"
        /// Cross-tenant access policy.
        CrossTenantAccess "CROSS_TENANT_ACCESS"
    }

    /// How common a kind is.
    Tier {
        /// In every tenant.
        Core "CORE"
        /// Sensible for most tenants, often empty.
        Extended "EXTENDED"
        /// Rare licences, or retired by Microsoft.
        Optional "OPTIONAL"
    }
}

impl PolicyKind {
    /// How common the kind is.
    pub fn tier(self) -> Tier {
        if self <= Self::AuthenticationContext {
            Tier::Core
        } else if self <= Self::GroupSetting {
            Tier::Extended
        } else {
            Tier::Optional
        }
    }

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
            Self::AdmxFile => "Imported ADMX definition files",
            Self::HardwareConfiguration => "BIOS configurations",
            Self::AppleUserEnrollmentProfile => "Apple user-initiated enrollment profiles",
            Self::ApplePushCertificate => "Apple MDM push certificate",
            Self::ManagedGooglePlay => "Managed Google Play binding",
            Self::AndroidEnrollmentProfile => "Android Enterprise corporate enrollment profiles",
            Self::DeviceCleanupRule => "Device clean-up rules",
            Self::CompliancePartner => "Compliance partners",
            Self::DeviceManagementPartner => "Device management partners",
            Self::RemoteAssistancePartner => "Remote assistance partners",
            Self::MobileThreatDefenseConnector => "Mobile threat defense connectors",
            Self::RemoteHelpSettings => "Remote Help settings",
            Self::DerivedCredential => "Derived credentials",
            Self::MultiAdminApprovalPolicy => "Multi-admin approval (access) policies",
            Self::MobileAppCategory => "App categories",
            Self::PolicySet => "Policy sets",
            Self::VppToken => "Apple volume purchase tokens",
            Self::CloudPcProvisioningPolicy => "Windows 365 provisioning policies",
            Self::CloudPcUserSetting => "Windows 365 user settings",
            Self::TermsOfUse => "Entra terms of use",
            Self::OrganizationalBranding => "Sign-in page branding",
            Self::AuthenticationMethodsPolicy => "Authentication methods policy",
            Self::AuthorizationPolicy => "Authorization policy",
            Self::AuthenticationFlowsPolicy => "Authentication flows policy",
            Self::DeviceRegistrationPolicy => "Device registration policy",
            Self::SecurityDefaults => "Security defaults",
            Self::ExternalIdentitiesPolicy => "External identities policy",
            Self::GroupSetting => "Directory and group settings",
            Self::InventoryPolicy => "Device inventory (properties catalog) policies",
            Self::AndroidWorkProfileEnrollment => {
                "Android work profile enrollment profiles (legacy)"
            }
            Self::TunnelConfiguration => "Microsoft Tunnel server configurations",
            Self::TunnelSite => "Microsoft Tunnel sites",
            Self::CloudPki => "Cloud PKI certification authorities",
            Self::ZebraFotaDeployment => "Zebra LifeGuard over-the-air deployments",
            Self::ResourceAccessProfile => "Resource access profiles (legacy)",
            Self::WindowsInformationProtection => "Windows Information Protection (retired)",
            Self::WindowsInformationProtectionWithoutEnrollment => {
                "Windows Information Protection without enrollment (retired)"
            }
            Self::DefaultAppProtection => "Default app protections",
            Self::WdacSupplementalPolicy => "S-mode supplemental policies",
            Self::IosProvisioningProfile => "iOS app provisioning profiles",
            Self::ManagedEbook => "Managed e-books",
            Self::ManagedInstaller => "Managed installer switch",
            Self::CloudPcNetworkConnection => "Windows 365 network connections",
            Self::CloudPcDeviceImage => "Windows 365 custom images (metadata)",
            Self::ApplicationRegistration => "App registrations",
            Self::MobilityManagementPolicy => "MDM and MAM user scope",
            Self::CrossTenantAccess => "Cross-tenant access policy",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_stand_in_the_order_of_their_tiers() {
        let of = |tier| {
            PolicyKind::ALL
                .iter()
                .filter(move |kind| kind.tier() == tier)
        };
        let numbers: Vec<_> = Tier::ALL.iter().map(|tier| of(*tier).count()).collect();
        assert_eq!(numbers, [38, 28, 19]);
        assert!(PolicyKind::ALL.is_sorted_by_key(|kind| kind.tier()));
    }
}
