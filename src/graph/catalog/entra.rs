//! Conditional Access and what it refers to. These lists hold everything, so no marker is needed.

use super::{
    ApiVersion, Bucket, CAPTURE, Entry, Exclusion, Expected, INTUNE, Literal, Meaning, references,
    unordered, volatile,
};
use crate::domain::{capture_rules::CaptureRules, kind::PolicyKind};

/// What the entries of the directory have in common.
pub(super) const ENTRA: Entry = Entry {
    version: ApiVersion::V1,
    has_scope_tags: false,
    permissions: &["Policy.Read.All"],
    bucket: Bucket::Identity,
    ..INTUNE
};

/// Refused for want of a licence, not of a permission.
const NO_P1: &[Expected] = &[Expected {
    status: 403,
    meaning: Meaning::NotAvailable(
        "The tenant lacks the Microsoft Entra ID P1 licence that Conditional Access needs.",
    ),
}];

/// Version 1.0 lacks conditions and controls that are in preview.
pub(super) const CONDITIONAL_ACCESS_POLICY: Entry = Entry {
    kind: PolicyKind::ConditionalAccessPolicy,
    version: ApiVersion::Beta,
    list: "/identity/conditionalAccess/policies",
    query: "$top=999",
    plain_query: Some(""),
    bucket: Bucket::ConditionalAccess,
    expected: NO_P1,
    capture: CaptureRules {
        revision: 2,
        // Of the authentication strength only the id belongs to the policy.
        volatile: volatile![
            "templateId",
            "grantControls.authenticationStrength.displayName",
            "grantControls.authenticationStrength.description",
            "grantControls.authenticationStrength.policyType",
            "grantControls.authenticationStrength.requirementsSatisfied",
            "grantControls.authenticationStrength.allowedCombinations",
            "grantControls.authenticationStrength.combinationConfigurations",
            "grantControls.authenticationStrength.createdDateTime",
            "grantControls.authenticationStrength.modifiedDateTime",
        ],
        unordered: unordered![
            "conditions.users.includeUsers" by "",
            "conditions.users.excludeUsers" by "",
            "conditions.users.includeGroups" by "",
            "conditions.users.excludeGroups" by "",
            "conditions.users.includeRoles" by "",
            "conditions.users.excludeRoles" by "",
            "conditions.users.includeGuestsOrExternalUsers.externalTenants.members" by "",
            "conditions.users.excludeGuestsOrExternalUsers.externalTenants.members" by "",
            "conditions.applications.includeApplications" by "",
            "conditions.applications.excludeApplications" by "",
            "conditions.applications.includeUserActions" by "",
            "conditions.applications.includeAuthenticationContextClassReferences" by "",
            "conditions.clientApplications.includeServicePrincipals" by "",
            "conditions.clientApplications.excludeServicePrincipals" by "",
            "conditions.locations.includeLocations" by "",
            "conditions.locations.excludeLocations" by "",
            "conditions.platforms.includePlatforms" by "",
            "conditions.platforms.excludePlatforms" by "",
            "conditions.clientAppTypes" by "",
            "conditions.userRiskLevels" by "",
            "conditions.signInRiskLevels" by "",
            "conditions.servicePrincipalRiskLevels" by "",
            "grantControls.builtInControls" by "",
            "grantControls.termsOfUse" by "",
        ],
        references: references![
            "conditions.users.includeGroups" to Group,
            "conditions.users.excludeGroups" to Group,
        ],
        ..CAPTURE
    },
    ..ENTRA
};

pub(super) const NAMED_LOCATION: Entry = Entry {
    kind: PolicyKind::NamedLocation,
    list: "/identity/conditionalAccess/namedLocations",
    bucket: Bucket::ConditionalAccess,
    expected: NO_P1,
    capture: CaptureRules {
        unordered: unordered!["ipRanges" by "", "countriesAndRegions" by ""],
        ..CAPTURE
    },
    ..ENTRA
};

pub(super) const AUTHENTICATION_STRENGTH: Entry = Entry {
    kind: PolicyKind::AuthenticationStrength,
    list: "/policies/authenticationStrengthPolicies",
    query: "$filter=policyType eq 'custom'&$expand=combinationConfigurations",
    plain_query: Some("$expand=combinationConfigurations"),
    // Built-in ones are the same in every tenant.
    exclude: &[Exclusion {
        member: "policyType",
        value: Literal::Text("builtIn"),
    }],
    permissions: &["Policy.Read.AuthenticationMethod", "Policy.Read.All"],
    expected: NO_P1,
    capture: CaptureRules {
        volatile: volatile!["requirementsSatisfied"],
        unordered: unordered![
            "allowedCombinations" by "",
            "combinationConfigurations" by "id",
        ],
        ..CAPTURE
    },
    ..ENTRA
};

/// `Policy.Read.All` does not open these.
pub(super) const AUTHENTICATION_CONTEXT: Entry = Entry {
    kind: PolicyKind::AuthenticationContext,
    list: "/identity/conditionalAccess/authenticationContextClassReferences",
    permissions: &[
        "AuthenticationContext.Read.All",
        "Policy.Read.ConditionalAccess",
    ],
    expected: NO_P1,
    ..ENTRA
};
