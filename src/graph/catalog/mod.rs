//! The catalogue: how each kind is listed, completed and captured.
//!
//! One entry per kind, grouped by area; to add a kind is to add an entry. Paths stand below the
//! API version. In paths of follow-ups, which continue the path of the list, `{id}` is the
//! object's identifier, `{type}` its OData type, `{element}` what the follow-up says.

mod apps;
mod certificates;
mod compliance;
mod configuration;
mod enrollment;
mod entra;
mod organisation;
mod scripts;
mod updates;

use std::time::Duration;

use crate::domain::{capture_rules::CaptureRules, kind::PolicyKind};

/// Version of the Graph API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApiVersion {
    /// `beta`: the only one that has most of Intune.
    Beta,
    /// `v1.0`.
    V1,
}

impl ApiVersion {
    /// The version as it stands in an address.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Beta => "beta",
            Self::V1 => "v1.0",
        }
    }
}

/// Requests that Graph counts together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Bucket {
    /// Intune, but for the other buckets.
    Intune,
    /// Scripts, which Graph counts with devices.
    Scripts,
    /// Administrative templates, which are throttled long before the published limit.
    GroupPolicy,
    /// Conditional Access and named locations: one request a second for all apps of a tenant.
    ConditionalAccess,
    /// Other objects of the directory.
    Identity,
}

impl Bucket {
    /// Every bucket.
    pub const ALL: [Self; 5] = [
        Self::Intune,
        Self::Scripts,
        Self::GroupPolicy,
        Self::ConditionalAccess,
        Self::Identity,
    ];

    /// Shortest wait after a 429 that names none.
    pub fn floor(self) -> Duration {
        match self {
            Self::Intune | Self::Scripts | Self::GroupPolicy => Duration::from_secs(2),
            Self::ConditionalAccess | Self::Identity => Duration::from_secs(1),
        }
    }
}

/// What the list call answers with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Pages of objects.
    Collection,
    /// The one object there is.
    Singleton,
}

/// How a kind is read.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// The kind.
    pub kind: PolicyKind,
    /// Version of the API.
    pub version: ApiVersion,
    /// Path of the list.
    pub list: &'static str,
    /// Query of the list; may be empty.
    pub query: &'static str,
    /// Query that is asked when the other is refused (400) or too much for the service (500, 504).
    pub plain_query: Option<&'static str>,
    /// What the list answers with.
    pub shape: Shape,
    /// Objects that are left out.
    pub exclude: &'static [Exclusion],
    /// What the list does not give, in the order of reading.
    pub follow_ups: &'static [FollowUp],
    /// Where assignments come from.
    pub assignments: Assignments,
    /// Whether objects have a member `roleScopeTagIds`.
    pub has_scope_tags: bool,
    /// Application permissions any of which suffices, the one to recommend first.
    pub permissions: &'static [&'static str],
    /// What Graph counts the requests with.
    pub bucket: Bucket,
    /// Refusals of the list that are no failures.
    pub expected: &'static [Expected],
    /// Rules of capture.
    pub capture: CaptureRules,
}

/// Where assignments come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Assignments {
    /// The kind has none.
    None,
    /// In the list; where that gave none, in pages at this path.
    OnList(&'static str),
    /// In the list; where that gave none, in the object at this path.
    OnObject(&'static str),
    /// Never in the list, always in pages at this path.
    PerItem(&'static str),
}

/// Objects that are left out of a list: those whose `member` equals `value`.
#[derive(Clone, Copy, Debug)]
pub struct Exclusion {
    /// Name of the member.
    pub member: &'static str,
    /// Its value.
    pub value: Literal,
}

/// A value to compare with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Literal {
    /// `true`.
    True,
    /// A text.
    Text(&'static str),
}

/// A refusal of the list that is no failure.
#[derive(Clone, Copy, Debug)]
pub struct Expected {
    /// HTTP status. 403 counts only if the token has the permission.
    pub status: u16,
    /// What it means.
    pub meaning: Meaning,
}

/// Meaning of an expected refusal.
#[derive(Clone, Copy, Debug)]
pub enum Meaning {
    /// There are no objects.
    Empty,
    /// The kind cannot be read in this tenant, for this reason.
    NotAvailable(&'static str),
}

/// A reading after the list.
#[derive(Clone, Copy, Debug)]
pub struct FollowUp {
    /// For which objects.
    pub when: When,
    /// What is read.
    pub read: Read,
}

/// For which objects a follow-up is made.
#[derive(Clone, Copy, Debug)]
pub enum When {
    /// For all.
    Always,
    /// If the member is absent or null.
    Missing(&'static str),
    /// If the array at `member` is absent or its length is not the number at `counted_by`.
    Short {
        /// The array.
        member: &'static str,
        /// The number.
        counted_by: &'static str,
    },
    /// If the OData type, without `#microsoft.graph.`, is one of these.
    Type(&'static [&'static str]),
    /// If the text at the JSON pointer equals the other.
    Equals(&'static str, &'static str),
    /// If one of these numbers is above zero.
    Positive(&'static [&'static str]),
}

/// What a follow-up reads.
#[derive(Clone, Copy, Debug)]
pub enum Read {
    /// The object once more, with what the list leaves out.
    Object {
        /// Path.
        path: &'static str,
    },
    /// A collection, all pages.
    Collection {
        /// Path.
        path: &'static str,
        /// Path that is asked when the other is refused.
        plain_path: Option<&'static str>,
        /// Member that takes it.
        into: &'static str,
        /// Member that holds the number of parts there must be.
        counted_by: Option<&'static str>,
        /// Statuses that mean that there is nothing.
        none_on: &'static [u16],
    },
    /// One object, or nothing.
    Single {
        /// Path.
        path: &'static str,
        /// Whether the path is an action (POST without a body).
        action: bool,
        /// Member that takes it.
        into: &'static str,
        /// Statuses that mean that there is nothing.
        none_on: &'static [u16],
    },
    /// For each element of an array a collection, where the element has none.
    ///
    /// An element whose collection is empty is read only if that is suspicious: if all are empty,
    /// or if the object does not fulfil `trusted`.
    PerElement {
        /// The array.
        array: &'static str,
        /// Path; `{element}` is the element's identifier.
        path: &'static str,
        /// Member of the element that takes the collection.
        into: &'static str,
        /// Member and text of objects whose empty collections are believed.
        trusted: (&'static str, &'static str),
    },
    /// The objects that an array of identifiers names; those that are gone are left out.
    Named {
        /// The array of identifiers.
        ids: &'static str,
        /// Beginnings that are cut off an identifier.
        prefixes: &'static [&'static str],
        /// Path, not continuing the list's; `{element}` is the identifier.
        path: &'static str,
        /// Member that takes the objects.
        into: &'static str,
    },
    /// Plain values of encrypted OMA settings. The encrypted `value` gives way to `decryptedValue`,
    /// which is sealed; where the app may not read it, `valueNotCaptured` says so.
    PlainValues {
        /// Path; `{element}` is the reference of the value.
        path: &'static str,
    },
}

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
        PolicyKind::AppProtectionIos => &apps::APP_PROTECTION_IOS,
        PolicyKind::AppProtectionAndroid => &apps::APP_PROTECTION_ANDROID,
        PolicyKind::AppProtectionWindows => &apps::APP_PROTECTION_WINDOWS,
        PolicyKind::AppConfigurationManagedApp => &apps::APP_CONFIGURATION_MANAGED_APP,
        PolicyKind::ConditionalAccessPolicy => &entra::CONDITIONAL_ACCESS_POLICY,
        PolicyKind::NamedLocation => &entra::NAMED_LOCATION,
        PolicyKind::AuthenticationStrength => &entra::AUTHENTICATION_STRENGTH,
        PolicyKind::AuthenticationContext => &entra::AUTHENTICATION_CONTEXT,
    }
}

/// What most entries of Intune have in common.
const INTUNE: Entry = Entry {
    kind: PolicyKind::DeviceConfiguration,
    version: ApiVersion::Beta,
    list: "",
    query: "",
    plain_query: None,
    shape: Shape::Collection,
    exclude: &[],
    follow_ups: &[],
    assignments: Assignments::None,
    has_scope_tags: true,
    permissions: &["DeviceManagementConfiguration.Read.All"],
    bucket: Bucket::Intune,
    expected: &[],
    capture: CAPTURE,
};

/// Pages of assignments below an object.
const ASSIGNMENTS_PATH: &str = "/{id}/assignments";

/// What most rules of capture have in common.
const CAPTURE: CaptureRules = CaptureRules {
    revision: 1,
    marker: None,
    volatile: volatile![],
    unordered: unordered![],
    sealed: &[],
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

use {unordered, volatile};

#[cfg(test)]
mod tests;
