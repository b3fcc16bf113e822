//! The catalogue: how each kind is listed, completed and captured.
//!
//! One entry per kind, grouped by area; to add a kind is to add an entry. `look_ups` says what is
//! read beside the kinds. Paths stand below the API version; `{tenant}` in them is the directory's
//! identifier. In paths of follow-ups, which continue the path of the list, `{id}` is the object's
//! identifier, `{type}` its OData type, `{element}` what the follow-up says.

mod apple_google;
mod apps;
mod certificates;
mod cloud_pc;
mod compliance;
mod configuration;
mod connectors;
mod directory;
mod enrollment;
mod entra;
mod entry;
mod look_ups;
mod organisation;
mod protection;
mod rare;
mod reading;
mod scripts;
mod updates;

pub use entry::{
    ApiVersion, Assignments, Bucket, Entry, Exclusion, Expected, Literal, Meaning, Shape,
};
pub use look_ups::{AUDIT_EVENTS, GROUP_NAMES, LOOK_UPS, LookUp};
pub use reading::{Collection, FollowUp, Named, PerElement, Read, Single, Stream, Weight, When};

use crate::domain::{capture_rules::CaptureRules, kind::PolicyKind};

/// The entry of a kind.
pub fn entry(kind: PolicyKind) -> &'static Entry {
    match kind {
        PolicyKind::DeviceConfiguration => &configuration::DEVICE_CONFIGURATION,
        PolicyKind::SettingsCatalog => &configuration::SETTINGS_CATALOG,
        PolicyKind::ReusableSetting => &configuration::REUSABLE_SETTING,
        PolicyKind::GroupPolicyConfiguration => &configuration::GROUP_POLICY_CONFIGURATION,
        PolicyKind::DeviceManagementIntent => &configuration::DEVICE_MANAGEMENT_INTENT,
        PolicyKind::WindowsFeatureUpdate => &updates::WINDOWS_FEATURE_UPDATE,
        PolicyKind::WindowsQualityUpdateProfile => &updates::WINDOWS_QUALITY_UPDATE_PROFILE,
        PolicyKind::WindowsQualityUpdatePolicy => &updates::WINDOWS_QUALITY_UPDATE_POLICY,
        PolicyKind::WindowsDriverUpdate => &updates::WINDOWS_DRIVER_UPDATE,
        PolicyKind::DeviceCompliancePolicy => &compliance::DEVICE_COMPLIANCE_POLICY,
        PolicyKind::CompliancePolicyV2 => &compliance::COMPLIANCE_POLICY_V2,
        PolicyKind::ComplianceScript => &scripts::COMPLIANCE_SCRIPT,
        PolicyKind::NotificationTemplate => &compliance::NOTIFICATION_TEMPLATE,
        PolicyKind::PowershellScript => &scripts::POWERSHELL_SCRIPT,
        PolicyKind::ShellScript => &scripts::SHELL_SCRIPT,
        PolicyKind::CustomAttributeScript => &scripts::CUSTOM_ATTRIBUTE_SCRIPT,
        PolicyKind::Remediation => &scripts::REMEDIATION,
        PolicyKind::EnrollmentConfiguration => &enrollment::ENROLLMENT_CONFIGURATION,
        PolicyKind::AutopilotProfile => &enrollment::AUTOPILOT_PROFILE,
        PolicyKind::AppleEnrollmentToken => &enrollment::APPLE_ENROLLMENT_TOKEN,
        PolicyKind::AssignmentFilter => &organisation::ASSIGNMENT_FILTER,
        PolicyKind::ScopeTag => &organisation::SCOPE_TAG,
        PolicyKind::RoleDefinition => &organisation::ROLE_DEFINITION,
        PolicyKind::RoleAssignment => &organisation::ROLE_ASSIGNMENT,
        PolicyKind::DeviceCategory => &organisation::DEVICE_CATEGORY,
        PolicyKind::TermsAndConditions => &organisation::TERMS_AND_CONDITIONS,
        PolicyKind::CompanyPortalBranding => &organisation::COMPANY_PORTAL_BRANDING,
        PolicyKind::TenantSettings => &organisation::TENANT_SETTINGS,
        PolicyKind::MobileApp => &apps::MOBILE_APP,
        PolicyKind::AppConfigurationDevice => &apps::APP_CONFIGURATION_DEVICE,
        PolicyKind::AppProtectionIos => &protection::APP_PROTECTION_IOS,
        PolicyKind::AppProtectionAndroid => &protection::APP_PROTECTION_ANDROID,
        PolicyKind::AppProtectionWindows => &protection::APP_PROTECTION_WINDOWS,
        PolicyKind::AppConfigurationManagedApp => &protection::APP_CONFIGURATION_MANAGED_APP,
        PolicyKind::ConditionalAccessPolicy => &entra::CONDITIONAL_ACCESS_POLICY,
        PolicyKind::NamedLocation => &entra::NAMED_LOCATION,
        PolicyKind::AuthenticationStrength => &entra::AUTHENTICATION_STRENGTH,
        PolicyKind::AuthenticationContext => &entra::AUTHENTICATION_CONTEXT,
        PolicyKind::AdmxFile => &rare::ADMX_FILE,
        PolicyKind::HardwareConfiguration => &rare::HARDWARE_CONFIGURATION,
        PolicyKind::AppleUserEnrollmentProfile => &apple_google::APPLE_USER_ENROLLMENT_PROFILE,
        PolicyKind::ApplePushCertificate => &apple_google::APPLE_PUSH_CERTIFICATE,
        PolicyKind::ManagedGooglePlay => &apple_google::MANAGED_GOOGLE_PLAY,
        PolicyKind::AndroidEnrollmentProfile => &apple_google::ANDROID_ENROLLMENT_PROFILE,
        PolicyKind::DeviceCleanupRule => &organisation::DEVICE_CLEANUP_RULE,
        PolicyKind::CompliancePartner => &connectors::COMPLIANCE_PARTNER,
        PolicyKind::DeviceManagementPartner => &connectors::DEVICE_MANAGEMENT_PARTNER,
        PolicyKind::RemoteAssistancePartner => &connectors::REMOTE_ASSISTANCE_PARTNER,
        PolicyKind::MobileThreatDefenseConnector => &connectors::MOBILE_THREAT_DEFENSE_CONNECTOR,
        PolicyKind::RemoteHelpSettings => &connectors::REMOTE_HELP_SETTINGS,
        PolicyKind::DerivedCredential => &connectors::DERIVED_CREDENTIAL,
        PolicyKind::MultiAdminApprovalPolicy => &organisation::MULTI_ADMIN_APPROVAL_POLICY,
        PolicyKind::MobileAppCategory => &apps::MOBILE_APP_CATEGORY,
        PolicyKind::PolicySet => &organisation::POLICY_SET,
        PolicyKind::VppToken => &apple_google::VPP_TOKEN,
        PolicyKind::CloudPcProvisioningPolicy => &cloud_pc::CLOUD_PC_PROVISIONING_POLICY,
        PolicyKind::CloudPcUserSetting => &cloud_pc::CLOUD_PC_USER_SETTING,
        PolicyKind::TermsOfUse => &directory::TERMS_OF_USE,
        PolicyKind::OrganizationalBranding => &directory::ORGANIZATIONAL_BRANDING,
        PolicyKind::AuthenticationMethodsPolicy => &directory::AUTHENTICATION_METHODS_POLICY,
        PolicyKind::AuthorizationPolicy => &directory::AUTHORIZATION_POLICY,
        PolicyKind::AuthenticationFlowsPolicy => &directory::AUTHENTICATION_FLOWS_POLICY,
        PolicyKind::DeviceRegistrationPolicy => &directory::DEVICE_REGISTRATION_POLICY,
        PolicyKind::SecurityDefaults => &directory::SECURITY_DEFAULTS,
        PolicyKind::ExternalIdentitiesPolicy => &directory::EXTERNAL_IDENTITIES_POLICY,
        PolicyKind::GroupSetting => &directory::GROUP_SETTING,
        PolicyKind::InventoryPolicy => &rare::INVENTORY_POLICY,
        PolicyKind::AndroidWorkProfileEnrollment => &apple_google::ANDROID_WORK_PROFILE_ENROLLMENT,
        PolicyKind::TunnelConfiguration => &connectors::TUNNEL_CONFIGURATION,
        PolicyKind::TunnelSite => &connectors::TUNNEL_SITE,
        PolicyKind::CloudPki => &connectors::CLOUD_PKI,
        PolicyKind::ZebraFotaDeployment => &apple_google::ZEBRA_FOTA_DEPLOYMENT,
        PolicyKind::ResourceAccessProfile => &rare::RESOURCE_ACCESS_PROFILE,
        PolicyKind::WindowsInformationProtection => &protection::WINDOWS_INFORMATION_PROTECTION,
        PolicyKind::WindowsInformationProtectionWithoutEnrollment => {
            &protection::WINDOWS_INFORMATION_PROTECTION_WITHOUT_ENROLLMENT
        }
        PolicyKind::DefaultAppProtection => &protection::DEFAULT_APP_PROTECTION,
        PolicyKind::WdacSupplementalPolicy => &apps::WDAC_SUPPLEMENTAL_POLICY,
        PolicyKind::IosProvisioningProfile => &apple_google::IOS_PROVISIONING_PROFILE,
        PolicyKind::ManagedEbook => &apps::MANAGED_EBOOK,
        PolicyKind::ManagedInstaller => &apps::MANAGED_INSTALLER,
        PolicyKind::CloudPcNetworkConnection => &cloud_pc::CLOUD_PC_NETWORK_CONNECTION,
        PolicyKind::CloudPcDeviceImage => &cloud_pc::CLOUD_PC_DEVICE_IMAGE,
        PolicyKind::ApplicationRegistration => &directory::APPLICATION_REGISTRATION,
        PolicyKind::MobilityManagementPolicy => &directory::MOBILITY_MANAGEMENT_POLICY,
        PolicyKind::CrossTenantAccess => &directory::CROSS_TENANT_ACCESS,
    }
}

/// What most entries of Intune have in common.
const INTUNE: Entry = Entry {
    kind: PolicyKind::DeviceConfiguration,
    version: ApiVersion::Beta,
    unavailable: None,
    list: "",
    query: "",
    plain_query: None,
    shape: Shape::Collection,
    id: "id",
    partitions: &[],
    exclude: &[],
    follow_ups: &[],
    assignments: Assignments::None,
    has_scope_tags: true,
    lists_scope_tags: true,
    permissions: &["DeviceManagementConfiguration.Read.All"],
    bucket: Bucket::Intune,
    expected: &[],
    capture: CAPTURE,
};

/// JSON pointer of an object's OData type.
const ODATA_TYPE: &str = "/@odata.type";

/// Pages of assignments below an object.
const ASSIGNMENTS_PATH: &str = "/{id}/assignments";

/// Statuses that mean that a link or a value is not set.
const NOTHING: &[u16] = &[204, 404];

/// The same, where a service may not know the path at all.
const NOTHING_OR_UNKNOWN: &[u16] = &[204, 400, 404];

/// What most rules of capture have in common.
const CAPTURE: CaptureRules = CaptureRules {
    revision: 1,
    marker: None,
    volatile: volatile![],
    unordered: unordered![],
    sealed: &[],
    references: &[],
};

/// Volatile members: those of every kind, and the given ones.
macro_rules! volatile {
    ($($member:literal),* $(,)?) => {
        &["createdDateTime", "lastModifiedDateTime", "modifiedDateTime", "version", "supportsScopeTags", $($member),*]
    };
}

/// Arrays without order: assignments, and the given ones with the key of their elements.
macro_rules! unordered {
    ($($path:literal by $key:literal),* $(,)?) => {
        &[
            $crate::domain::capture_rules::Unordered { path: "assignments", key: "id" },
            $crate::domain::capture_rules::Unordered { path: "roleScopeTagIds", key: "" },
            $($crate::domain::capture_rules::Unordered { path: $path, key: $key }),*
        ]
    };
}

/// Where a payload points to something: the paths with what they point to.
macro_rules! references {
    ($($path:literal to $kind:ident),* $(,)?) => {
        &[$($crate::domain::reference::ReferencePlace {
            kind: $crate::domain::reference::ReferenceKind::$kind,
            path: $path,
        }),*]
    };
}

use {references, unordered, volatile};

#[cfg(test)]
mod tests;
