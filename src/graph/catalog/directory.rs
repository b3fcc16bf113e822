//! Settings of the directory itself. These lists hold everything, so no marker is needed.

use super::{
    ApiVersion, CAPTURE, Entry, Expected, FollowUp, Meaning, NOTHING, Read, Shape, Stream, Weight,
    When, entra::ENTRA, unordered, volatile,
};
use crate::domain::{capture_rules::CaptureRules, kind::PolicyKind};

/// The texts of the agreements are files below them.
pub(super) const TERMS_OF_USE: Entry = Entry {
    kind: PolicyKind::TermsOfUse,
    unavailable: Some(
        "Microsoft lets signed-in people read terms of use, but no app on its own. Keep a copy of the documents elsewhere.",
    ),
    list: "/identityGovernance/termsOfUse/agreements",
    query: "$expand=files",
    permissions: &[],
    capture: CaptureRules {
        volatile: volatile!["files[].createdDateTime"],
        ..CAPTURE
    },
    ..ENTRA
};

/// An image or a style sheet of the sign-in page: the object tells only whether there is one.
macro_rules! stream {
    ($name:literal) => {
        FollowUp {
            when: When::Present(concat!($name, "RelativeUrl")),
            weight: Weight::Large,
            read: Read::Stream(Stream {
                path: concat!("/{id}/", $name),
                into: $name,
                none_on: NOTHING,
            }),
        }
    };
}

/// One for each language; the default one has the identifier 0. No marker tells of a new image.
pub(super) const ORGANIZATIONAL_BRANDING: Entry = Entry {
    kind: PolicyKind::OrganizationalBranding,
    list: "/organization/{tenant}/branding/localizations",
    permissions: &["OrganizationalBranding.Read.All"],
    // Nothing was branded.
    expected: &[Expected {
        status: 404,
        meaning: Meaning::Empty,
    }],
    follow_ups: &[
        stream!("bannerLogo"),
        stream!("squareLogo"),
        stream!("squareLogoDark"),
        stream!("backgroundImage"),
        stream!("favicon"),
        stream!("headerLogo"),
        stream!("customCSS"),
    ],
    capture: CaptureRules {
        volatile: volatile![
            "cdnList",
            "bannerLogoRelativeUrl",
            "squareLogoRelativeUrl",
            "squareLogoDarkRelativeUrl",
            "backgroundImageRelativeUrl",
            "faviconRelativeUrl",
            "headerLogoRelativeUrl",
            "customCSSRelativeUrl",
        ],
        ..CAPTURE
    },
    ..ENTRA
};

/// A policy of which there is one.
const POLICY: Entry = Entry {
    shape: Shape::Singleton,
    ..ENTRA
};

/// Version 1.0 lacks methods that are in preview.
pub(super) const AUTHENTICATION_METHODS_POLICY: Entry = Entry {
    kind: PolicyKind::AuthenticationMethodsPolicy,
    version: ApiVersion::Beta,
    list: "/policies/authenticationMethodsPolicy",
    permissions: &["Policy.Read.AuthenticationMethod"],
    ..POLICY
};

/// Version 1.0 lacks some defaults. Beta answers with a collection of one.
pub(super) const AUTHORIZATION_POLICY: Entry = Entry {
    kind: PolicyKind::AuthorizationPolicy,
    version: ApiVersion::Beta,
    list: "/policies/authorizationPolicy",
    shape: Shape::Collection,
    ..POLICY
};

pub(super) const AUTHENTICATION_FLOWS_POLICY: Entry = Entry {
    kind: PolicyKind::AuthenticationFlowsPolicy,
    version: ApiVersion::Beta,
    list: "/policies/authenticationFlowsPolicy",
    ..POLICY
};

/// `Policy.Read.All` does not open it.
pub(super) const DEVICE_REGISTRATION_POLICY: Entry = Entry {
    kind: PolicyKind::DeviceRegistrationPolicy,
    list: "/policies/deviceRegistrationPolicy",
    permissions: &["Policy.Read.DeviceConfiguration"],
    ..POLICY
};

pub(super) const SECURITY_DEFAULTS: Entry = Entry {
    kind: PolicyKind::SecurityDefaults,
    list: "/policies/identitySecurityDefaultsEnforcementPolicy",
    ..POLICY
};

/// Only beta has it.
pub(super) const EXTERNAL_IDENTITIES_POLICY: Entry = Entry {
    kind: PolicyKind::ExternalIdentitiesPolicy,
    version: ApiVersion::Beta,
    list: "/policies/externalIdentitiesPolicy",
    ..POLICY
};

pub(super) const GROUP_SETTING: Entry = Entry {
    kind: PolicyKind::GroupSetting,
    list: "/groupSettings",
    permissions: &["GroupSettings.Read.All", "Directory.Read.All"],
    ..ENTRA
};

/// Keys and hints of secrets come and go with what uses the app.
pub(super) const APPLICATION_REGISTRATION: Entry = Entry {
    kind: PolicyKind::ApplicationRegistration,
    list: "/applications",
    query: "$top=999",
    plain_query: Some(""),
    permissions: &["Application.Read.All"],
    capture: CaptureRules {
        volatile: volatile!["keyCredentials", "passwordCredentials[].hint"],
        ..CAPTURE
    },
    ..ENTRA
};

pub(super) const MOBILITY_MANAGEMENT_POLICY: Entry = Entry {
    kind: PolicyKind::MobilityManagementPolicy,
    version: ApiVersion::Beta,
    unavailable: Some(
        "Microsoft lets signed-in people read the user scopes of MDM and MAM, but no app on its own.",
    ),
    list: "/policies/mobileDeviceManagementPolicies",
    query: "$expand=includedGroups",
    permissions: &[],
    capture: CaptureRules {
        volatile: volatile!["isValid"],
        unordered: unordered!["includedGroups" by "id"],
        ..CAPTURE
    },
    ..ENTRA
};

/// The partners, and the default for everybody else.
pub(super) const CROSS_TENANT_ACCESS: Entry = Entry {
    kind: PolicyKind::CrossTenantAccess,
    list: "/policies/crossTenantAccessPolicy/partners",
    shape: Shape::CollectionAnd("/policies/crossTenantAccessPolicy/default"),
    id: "tenantId",
    ..ENTRA
};
