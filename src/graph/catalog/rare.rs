//! Profiles and policies for devices that few tenants have.

use super::{
    ASSIGNMENTS_PATH, Assignments, CAPTURE, Collection, Entry, Expected, FollowUp, INTUNE, Meaning,
    NOTHING_OR_UNKNOWN, Read, Weight, When, unordered, volatile,
};
use crate::domain::{capture_rules::CaptureRules, kind::PolicyKind};

/// The service gives the files' text to nobody: `content` is null. What the definitions in them
/// are called is what makes sense of templates elsewhere, where their identifiers mean nothing.
pub(super) const ADMX_FILE: Entry = Entry {
    kind: PolicyKind::AdmxFile,
    list: "/deviceManagement/groupPolicyUploadedDefinitionFiles",
    has_scope_tags: false,
    follow_ups: &[FollowUp {
        when: When::Always,
        weight: Weight::Large,
        read: Read::Collection(Collection {
            path: "/{id}/groupPolicyDefinitions?$select=id,classType,displayName,policyType,categoryPath,groupPolicyCategoryId",
            plain_path: Some("/{id}/groupPolicyDefinitions"),
            into: "groupPolicyDefinitions",
            none_on: NOTHING_OR_UNKNOWN,
            ..Collection::NONE
        }),
    }],
    capture: CaptureRules {
        marker: Some("lastModifiedDateTime"),
        volatile: volatile![
            "uploadDateTime",
            "status",
            "revision",
            "groupPolicyUploadedLanguageFiles[].lastModifiedDateTime",
            "groupPolicyDefinitions[].lastModifiedDateTime",
            "groupPolicyDefinitions[].version",
        ],
        unordered: unordered!["groupPolicyDefinitions" by "id"],
        ..CAPTURE
    },
    ..INTUNE
};

pub(super) const HARDWARE_CONFIGURATION: Entry = Entry {
    kind: PolicyKind::HardwareConfiguration,
    list: "/deviceManagement/hardwareConfigurations",
    query: "$expand=assignments",
    plain_query: Some(""),
    assignments: Assignments::OnList(ASSIGNMENTS_PATH),
    follow_ups: &[FollowUp {
        when: When::Missing("configurationFileContent"),
        weight: Weight::Large,
        read: Read::Object("/{id}"),
    }],
    capture: CaptureRules {
        marker: Some("version"),
        ..CAPTURE
    },
    ..INTUNE
};

pub(super) const RESOURCE_ACCESS_PROFILE: Entry = Entry {
    kind: PolicyKind::ResourceAccessProfile,
    list: "/deviceManagement/resourceAccessProfiles",
    query: "$expand=assignments",
    plain_query: Some(""),
    assignments: Assignments::OnList(ASSIGNMENTS_PATH),
    permissions: &["DeviceManagementServiceConfig.Read.All"],
    capture: CaptureRules {
        volatile: volatile!["creationDateTime"],
        ..CAPTURE
    },
    ..INTUNE
};

/// Assignments are known only from the item, which is therefore read each time: a marker would
/// spare nothing.
pub(super) const INVENTORY_POLICY: Entry = Entry {
    kind: PolicyKind::InventoryPolicy,
    list: "/deviceManagement/inventoryPolicies",
    assignments: Assignments::InFollowUp,
    expected: &[Expected {
        status: 403,
        meaning: Meaning::NotAvailable(
            "Microsoft keeps inventory policies to the Intune portal; other apps are refused.",
        ),
    }],
    follow_ups: &[FollowUp {
        when: When::Always,
        weight: Weight::Small,
        read: Read::Object("/{id}?$expand=settings,assignments"),
    }],
    capture: CaptureRules {
        volatile: volatile!["settingCount", "settings[].id"],
        unordered: unordered!["settings" by "settingInstance.settingDefinitionId"],
        ..CAPTURE
    },
    ..INTUNE
};
