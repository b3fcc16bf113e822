//! Where the package looks for the objects of each kind.

use serde_json::{Map, Value, json};

use super::super::object::Object;
use crate::domain::kind::PolicyKind;

/// Where an object belongs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    /// The folder.
    pub(super) folder: &'static str,
    /// The type of objects of this kind, which their lists do not tell.
    odata_type: Option<&'static str>,
    /// The member whose elements are the objects; the object itself if absent.
    elements: Option<&'static str>,
}

const fn folder(folder: &'static str) -> Place {
    Place {
        folder,
        odata_type: None,
        elements: None,
    }
}

const fn protection(odata_type: &'static str) -> Place {
    Place {
        odata_type: Some(odata_type),
        ..folder("App Protection")
    }
}

const APPLE: Place = Place {
    elements: Some("enrollmentProfiles"),
    ..folder("Enrollment Profiles/Apple")
};

const STATUS_PAGE: &str = "#microsoft.graph.windows10EnrollmentCompletionPageConfiguration";

const DISCOVERY: &str = "linux_customcompliance_discoveryscript_reusablesetting";
const INTERNAL: &str = "EnrollmentNotificationInternalMEO";

/// The kinds that the package compares with a tenant.
const PLACES: &[(PolicyKind, Place)] = &[
    (
        PolicyKind::DeviceConfiguration,
        folder("Device Configurations"),
    ),
    (PolicyKind::SettingsCatalog, folder("Settings Catalog")),
    (
        PolicyKind::ReusableSetting,
        folder("Compliance Policies/Scripts"),
    ),
    (
        PolicyKind::GroupPolicyConfiguration,
        folder("Group Policy Configurations"),
    ),
    (
        PolicyKind::DeviceManagementIntent,
        folder("Management Intents/Intents"),
    ),
    (PolicyKind::WindowsFeatureUpdate, folder("Feature Updates")),
    (
        PolicyKind::WindowsQualityUpdateProfile,
        folder("Quality Updates"),
    ),
    (PolicyKind::WindowsDriverUpdate, folder("Driver Updates")),
    (
        PolicyKind::DeviceCompliancePolicy,
        folder("Compliance Policies/Policies"),
    ),
    (
        PolicyKind::CompliancePolicyV2,
        folder("Compliance Policies/Policies"),
    ),
    (
        PolicyKind::ComplianceScript,
        folder("Compliance Policies/Scripts"),
    ),
    (
        PolicyKind::NotificationTemplate,
        folder("Compliance Policies/Message Templates"),
    ),
    (PolicyKind::PowershellScript, folder("Scripts/Powershell")),
    (PolicyKind::ShellScript, folder("Scripts/Shell")),
    (
        PolicyKind::CustomAttributeScript,
        folder("Custom Attributes"),
    ),
    (PolicyKind::Remediation, folder("Proactive Remediations")),
    (
        PolicyKind::EnrollmentConfiguration,
        folder("Enrollment Configurations"),
    ),
    (
        PolicyKind::AutopilotProfile,
        folder("Enrollment Profiles/Windows"),
    ),
    (PolicyKind::AppleEnrollmentToken, APPLE),
    (PolicyKind::AssignmentFilter, folder("Filters")),
    (PolicyKind::ScopeTag, folder("Scope Tags")),
    (PolicyKind::RoleDefinition, folder("Roles")),
    (PolicyKind::DeviceCategory, folder("Device Categories")),
    (
        PolicyKind::AppConfigurationDevice,
        folder("App Configuration"),
    ),
    (
        PolicyKind::AppProtectionIos,
        protection("#microsoft.graph.iosManagedAppProtection"),
    ),
    (
        PolicyKind::AppProtectionAndroid,
        protection("#microsoft.graph.androidManagedAppProtection"),
    ),
    (
        PolicyKind::AppProtectionWindows,
        protection("#microsoft.graph.windowsManagedAppProtection"),
    ),
    (
        PolicyKind::AppConfigurationManagedApp,
        protection("#microsoft.graph.targetedManagedAppConfiguration"),
    ),
    (
        PolicyKind::WindowsInformationProtection,
        protection("#microsoft.graph.mdmWindowsInformationProtectionPolicy"),
    ),
    (
        PolicyKind::WindowsInformationProtectionWithoutEnrollment,
        protection("#microsoft.graph.windowsInformationProtectionPolicy"),
    ),
    (
        PolicyKind::ConditionalAccessPolicy,
        folder("Conditional Access"),
    ),
];

/// Where an object belongs; none when the package has no place for it.
pub(super) fn of(object: &Object) -> Option<Place> {
    let kind = object.item.kind;
    let (_, place) = PLACES.iter().find(|(of, _)| *of == kind)?;
    let member = |name: &str| {
        object
            .payload
            .as_ref()
            .and_then(|payload| payload.get(name))
    };
    if kind == PolicyKind::EnrollmentConfiguration
        && member("@odata.type").and_then(Value::as_str) == Some(STATUS_PAGE)
    {
        return Some(folder("Enrollment Profiles/Windows/ESP"));
    }
    let text = |name: &str| member(name).and_then(Value::as_str);
    // The first is in every tenant, and the package would make it anew; of the second it knows the
    // scripts only; the third is the service's own.
    let is_passed_over = kind == PolicyKind::ScopeTag && member("isBuiltIn") == Some(&json!(true))
        || kind == PolicyKind::ReusableSetting && text("settingDefinitionId") != Some(DISCOVERY)
        || kind == PolicyKind::NotificationTemplate && text("displayName") == Some(INTERNAL);
    (!is_passed_over).then_some(*place)
}

impl Place {
    /// Whether one object makes one file, or each of its elements does.
    pub(super) fn is_whole(&self) -> bool {
        self.elements.is_none()
    }

    /// What makes a file each.
    pub(super) fn objects(&self, payload: &Map<String, Value>) -> Vec<Map<String, Value>> {
        let mut objects = match self.elements {
            None => vec![payload.clone()],
            Some(member) => {
                let elements = payload.get(member).and_then(Value::as_array);
                let elements = elements.into_iter().flatten();
                elements.filter_map(Value::as_object).cloned().collect()
            }
        };
        if let Some(odata_type) = self.odata_type {
            for object in &mut objects {
                let entry = object.entry("@odata.type");
                entry.or_insert_with(|| json!(odata_type));
            }
        }
        objects
    }
}
