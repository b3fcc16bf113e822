//! Application permissions: which there are, which opens what, and what one implies.

pub(crate) const CONFIGURATION: &[&str] = &["DeviceManagementConfiguration.Read.All"];
pub(crate) const CONFIGURATION_WRITE: &[&str] = &["DeviceManagementConfiguration.ReadWrite.All"];
pub(crate) const SCRIPTS: &[&str] = &["DeviceManagementScripts.Read.All"];
pub(crate) const SERVICE_CONFIG: &[&str] = &["DeviceManagementServiceConfig.Read.All"];
pub(crate) const APPS: &[&str] = &["DeviceManagementApps.Read.All"];
pub(crate) const RBAC: &[&str] = &["DeviceManagementRBAC.Read.All"];
pub(crate) const SCOPE_TAGS: &[&str] = &[
    "DeviceManagementConfiguration.Read.All",
    "DeviceManagementRBAC.Read.All",
];
pub(crate) const CATEGORIES: &[&str] = &[
    "DeviceManagementConfiguration.Read.All",
    "DeviceManagementManagedDevices.Read.All",
];
pub(crate) const ANY_INTUNE: &[&str] = &[
    "DeviceManagementConfiguration.Read.All",
    "DeviceManagementServiceConfig.Read.All",
    "DeviceManagementApps.Read.All",
    "DeviceManagementRBAC.Read.All",
    "DeviceManagementManagedDevices.Read.All",
];
pub(crate) const CONDITIONAL_ACCESS: &[&str] = &["Policy.Read.All"];
pub(crate) const AUTHENTICATION_METHOD: &[&str] =
    &["Policy.Read.AuthenticationMethod", "Policy.Read.All"];
pub(crate) const AUTHENTICATION_CONTEXT: &[&str] = &[
    "AuthenticationContext.Read.All",
    "Policy.Read.ConditionalAccess",
];
pub(crate) const AUTHENTICATION_METHODS: &[&str] = &["Policy.Read.AuthenticationMethod"];
pub(crate) const POLICY: &[&str] = &["Policy.Read.All"];
pub(crate) const DEVICE_REGISTRATION: &[&str] = &["Policy.Read.DeviceConfiguration"];
pub(crate) const BRANDING: &[&str] = &["OrganizationalBranding.Read.All"];
pub(crate) const GROUP_SETTINGS: &[&str] = &["GroupSettings.Read.All", "Directory.Read.All"];
pub(crate) const APPLICATIONS: &[&str] = &["Application.Read.All"];
pub(crate) const CLOUD_PC: &[&str] = &["CloudPC.Read.All"];
pub(crate) const CLOUD_CA: &[&str] = &["DeviceManagementCloudCA.Read.All"];
pub(crate) const MANAGED_DEVICES: &[&str] = &["DeviceManagementManagedDevices.Read.All"];
pub(crate) const PUSH_CERTIFICATE: &[&str] = &[
    "DeviceManagementConfiguration.Read.All",
    "DeviceManagementManagedDevices.Read.All",
];
pub(crate) const APPROVALS: &[&str] = &[
    "DeviceManagementConfiguration.Read.All",
    "DeviceManagementRBAC.Read.All",
];
pub(crate) const VOLUME_TOKENS: &[&str] = &[
    "DeviceManagementServiceConfig.Read.All",
    "DeviceManagementConfiguration.Read.All",
];
/// What only a signed-in person may read.
pub(crate) const PEOPLE_ONLY: &[&str] = &[];
pub(crate) const GROUPS: &[&str] = &[
    "Group.Read.All",
    "GroupMember.Read.All",
    "Directory.Read.All",
];

/// Every permission that some request needs; what an application has unless told otherwise.
pub(crate) const ALL: [&str; 17] = [
    "DeviceManagementConfiguration.Read.All",
    "DeviceManagementConfiguration.ReadWrite.All",
    "DeviceManagementScripts.Read.All",
    "DeviceManagementServiceConfig.Read.All",
    "DeviceManagementApps.Read.All",
    "DeviceManagementRBAC.Read.All",
    "DeviceManagementManagedDevices.Read.All",
    "Policy.Read.All",
    "Policy.Read.AuthenticationMethod",
    "AuthenticationContext.Read.All",
    "Group.Read.All",
    "Policy.Read.DeviceConfiguration",
    "OrganizationalBranding.Read.All",
    "GroupSettings.Read.All",
    "Application.Read.All",
    "CloudPC.Read.All",
    "DeviceManagementCloudCA.Read.All",
];

/// Whether the permissions held include one of those wanted; the right to write implies that to read.
pub(crate) fn suffice(held: &[String], wanted: &[&str]) -> bool {
    wanted.iter().any(|wanted| {
        let stronger = wanted.replace(".Read.", ".ReadWrite.");
        held.iter().any(|held| held == wanted || *held == stronger)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writing_implies_reading_but_not_the_reverse() {
        let held = |name: &str| vec![name.to_owned()];
        assert!(suffice(
            &held("DeviceManagementScripts.ReadWrite.All"),
            SCRIPTS
        ));
        assert!(!suffice(
            &held("DeviceManagementConfiguration.Read.All"),
            CONFIGURATION_WRITE
        ));
        assert!(!suffice(
            &held("DeviceManagementConfiguration.ReadWrite.All"),
            SCRIPTS
        ));
        assert!(suffice(&held("Directory.Read.All"), GROUPS));
        assert!(!suffice(&[], CONFIGURATION));
    }
}
