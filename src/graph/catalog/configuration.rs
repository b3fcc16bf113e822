//! Profiles and policies for devices.

use super::{
    ASSIGNMENTS_PATH, Assignments, Bucket, CAPTURE, Collection, Entry, FollowUp, INTUNE,
    NOTHING_OR_UNKNOWN, ODATA_TYPE, PerElement, Read, Single, Weight, When, certificates,
    references, unordered, volatile,
};
use crate::domain::{
    capture_rules::CaptureRules,
    kind::PolicyKind,
    sub_kind::{Partition, Rule, SubKind},
};

pub(super) const DEVICE_CONFIGURATION: Entry = Entry {
    kind: PolicyKind::DeviceConfiguration,
    list: "/deviceManagement/deviceConfigurations",
    query: "$expand=assignments&$top=999",
    plain_query: Some("$top=999"),
    partitions: DEVICE_CONFIGURATION_PARTITIONS,
    assignments: Assignments::OnList(ASSIGNMENTS_PATH),
    follow_ups: &[
        FollowUp {
            when: When::Type(&["windows10GeneralConfiguration"]),
            weight: Weight::Small,
            read: Read::Object(
                "/{id}?$expand=microsoft.graph.windows10GeneralConfiguration/privacyAccessControls",
            ),
        },
        FollowUp {
            when: When::Always,
            weight: Weight::Small,
            read: Read::PlainValues(
                "/{id}/getOmaSettingPlainTextValue(secretReferenceValueId='{element}')",
            ),
        },
        FollowUp {
            when: When::Type(&["windowsDomainJoinConfiguration"]),
            weight: Weight::Small,
            read: Read::Collection(Collection {
                path: "/{id}/microsoft.graph.windowsDomainJoinConfiguration/networkAccessConfigurations?$select=id,displayName",
                plain_path: Some(
                    "/{id}/microsoft.graph.windowsDomainJoinConfiguration/networkAccessConfigurations",
                ),
                into: "networkAccessConfigurations",
                ..Collection::NONE
            }),
        },
        certificates::ROOT,
        certificates::IDENTITY,
        certificates::SERVER_ROOTS,
        certificates::SERVER_ROOT,
        certificates::CLIENT_ROOT,
        certificates::CLIENT_IDENTITY,
        certificates::SECOND_CLIENT_ROOT,
        certificates::SECOND_CLIENT_IDENTITY,
        certificates::MAIL_SIGNING,
        certificates::MAIL_ENCRYPTION,
        certificates::SINGLE_SIGN_ON,
    ],
    capture: CaptureRules {
        revision: 2,
        marker: Some("version"),
        volatile: volatile![
            "omaSettings[].secretReferenceValueId",
            // Of update rings, which are paused and rolled back from outside.
            "featureUpdatesPauseStartDate",
            "qualityUpdatesPauseStartDate",
            "featureUpdatesPauseExpiryDateTime",
            "qualityUpdatesPauseExpiryDateTime",
            "featureUpdatesRollbackStartDateTime",
            "qualityUpdatesRollbackStartDateTime",
            "featureUpdatesWillBeRolledBack",
            "qualityUpdatesWillBeRolledBack",
        ],
        unordered: unordered![
            "privacyAccessControls" by "id",
            "networkAccessConfigurations" by "id",
            "rootCertificatesForServerValidation" by "id",
        ],
        // Plain OMA values, which everybody who reads the profile in Intune sees, stay as `value`.
        sealed: &[
            "omaSettings[].decryptedValue",
            "preSharedKey",
            "sharedSecret",
            "password",
        ],
        ..CAPTURE
    },
    ..INTUNE
};

const DEVICE_CONFIGURATION_PARTITIONS: &[Partition] = &[
    Partition {
        sub_kind: SubKind::WindowsUpdateRing,
        rules: &[Rule::OneOf(
            ODATA_TYPE,
            &["#microsoft.graph.windowsUpdateForBusinessConfiguration"],
        )],
    },
    Partition {
        sub_kind: SubKind::AppleUpdatePolicy,
        rules: &[Rule::OneOf(
            ODATA_TYPE,
            &[
                "#microsoft.graph.iosUpdateConfiguration",
                "#microsoft.graph.macOSSoftwareUpdateConfiguration",
            ],
        )],
    },
];

pub(super) const SETTINGS_CATALOG: Entry = Entry {
    kind: PolicyKind::SettingsCatalog,
    list: "/deviceManagement/configurationPolicies",
    query: "$expand=assignments&$top=100",
    plain_query: Some("$top=25"),
    partitions: SETTINGS_CATALOG_PARTITIONS,
    assignments: Assignments::OnList(ASSIGNMENTS_PATH),
    follow_ups: &[
        FollowUp {
            when: When::Always,
            weight: Weight::Small,
            read: Read::Collection(Collection {
                path: "/{id}/settings?$top=1000",
                plain_path: Some("/{id}/settings"),
                into: "settings",
                counted_by: Some("settingCount"),
                ..Collection::NONE
            }),
        },
        FollowUp {
            when: When::Equals(FAMILY, "enrollmentConfiguration"),
            weight: Weight::Small,
            read: Read::Single(Single {
                path: "('{id}')/retrieveEnrollmentTimeDeviceMembershipTarget",
                action: true,
                into: "enrollmentTimeDeviceMembershipTarget",
                none_on: NOTHING_OR_UNKNOWN,
            }),
        },
    ],
    capture: CaptureRules {
        marker: Some("lastModifiedDateTime"),
        volatile: volatile![
            "settingCount",
            "isAssigned",
            "creationSource",
            "priorityMetaData",
            "settings[].id",
            "templateReference.templateDisplayName",
        ],
        unordered: unordered!["settings" by "settingInstance.settingDefinitionId"],
        // The group that a device joins while it is set up.
        references: references![
            "enrollmentTimeDeviceMembershipTarget.enrollmentTimeDeviceMembershipTargetValidationStatuses[].targetId" to Group,
        ],
        ..CAPTURE
    },
    ..INTUNE
};

/// What a unified policy is made from says what it is.
const FAMILY: &str = "/templateReference/templateFamily";
const PLATFORMS: &str = "/platforms";

const SETTINGS_CATALOG_PARTITIONS: &[Partition] = &[
    // Before the rest of endpoint security, to which it belongs as well.
    Partition {
        sub_kind: SubKind::EndpointPrivilegeManagement,
        rules: &[Rule::OneOf(
            FAMILY,
            &["endpointSecurityEndpointPrivilegeManagement"],
        )],
    },
    Partition {
        sub_kind: SubKind::EndpointSecurityPolicy,
        rules: &[Rule::Begins(FAMILY, "endpointSecurity")],
    },
    Partition {
        sub_kind: SubKind::SecurityBaseline,
        rules: &[Rule::OneOf(FAMILY, &["baseline"])],
    },
    Partition {
        sub_kind: SubKind::LinuxScript,
        rules: &[
            Rule::OneOf(PLATFORMS, &["linux"]),
            Rule::OneOf(FAMILY, &["deviceConfigurationScripts"]),
        ],
    },
    Partition {
        sub_kind: SubKind::AutopilotDevicePreparation,
        rules: &[
            Rule::OneOf(FAMILY, &["enrollmentConfiguration"]),
            Rule::OneOf(PLATFORMS, &["windows10"]),
        ],
    },
    Partition {
        sub_kind: SubKind::AppleEnrollmentPolicy,
        rules: &[
            Rule::OneOf(FAMILY, &["enrollmentConfiguration"]),
            Rule::OneOf(PLATFORMS, &["iOS", "macOS", "tvOS", "visionOS"]),
        ],
    },
];

pub(super) const REUSABLE_SETTING: Entry = Entry {
    kind: PolicyKind::ReusableSetting,
    list: "/deviceManagement/reusablePolicySettings",
    // The instance comes only by name.
    query: "$select=id,displayName,description,settingDefinitionId,settingInstance,version,createdDateTime,lastModifiedDateTime,referencingConfigurationPolicyCount",
    has_scope_tags: false,
    capture: CaptureRules {
        volatile: volatile!["referencingConfigurationPolicyCount"],
        ..CAPTURE
    },
    ..INTUNE
};

pub(super) const GROUP_POLICY_CONFIGURATION: Entry = Entry {
    kind: PolicyKind::GroupPolicyConfiguration,
    list: "/deviceManagement/groupPolicyConfigurations",
    query: "$expand=assignments&$top=999",
    plain_query: Some("$top=999"),
    assignments: Assignments::OnList(ASSIGNMENTS_PATH),
    bucket: Bucket::GroupPolicy,
    follow_ups: &[
        FollowUp {
            when: When::Always,
            weight: Weight::Large,
            read: Read::Collection(Collection {
                path: "/{id}/definitionValues?$expand=definition($select=id,classType,displayName,policyType,categoryPath,groupPolicyCategoryId),presentationValues($expand=presentation)",
                plain_path: Some(
                    "/{id}/definitionValues?$expand=definition($select=id,classType,displayName,policyType,categoryPath,groupPolicyCategoryId)",
                ),
                into: "definitionValues",
                ..Collection::NONE
            }),
        },
        // The wide expansion was seen to leave values of imported templates empty.
        FollowUp {
            when: When::Always,
            weight: Weight::Small,
            read: Read::PerElement(PerElement {
                array: "definitionValues",
                path: "/{id}/definitionValues/{element}/presentationValues?$expand=presentation",
                into: "presentationValues",
                trusted: ("policyConfigurationIngestionType", "builtIn"),
            }),
        },
    ],
    capture: CaptureRules {
        marker: Some("lastModifiedDateTime"),
        volatile: volatile![
            "definitionValues[].createdDateTime",
            "definitionValues[].lastModifiedDateTime",
            "definitionValues[].definition.version",
            "definitionValues[].definition.lastModifiedDateTime",
            "definitionValues[].presentationValues[].createdDateTime",
            "definitionValues[].presentationValues[].lastModifiedDateTime",
            "definitionValues[].presentationValues[].presentation.lastModifiedDateTime",
        ],
        unordered: unordered![
            "definitionValues" by "definition.id",
            "definitionValues[].presentationValues" by "presentation.id",
        ],
        ..CAPTURE
    },
    ..INTUNE
};

pub(super) const DEVICE_MANAGEMENT_INTENT: Entry = Entry {
    kind: PolicyKind::DeviceManagementIntent,
    list: "/deviceManagement/intents",
    query: "$expand=assignments&$top=999",
    plain_query: Some("$top=999"),
    assignments: Assignments::OnList(ASSIGNMENTS_PATH),
    follow_ups: &[FollowUp {
        when: When::Always,
        weight: Weight::Small,
        read: Read::Collection(Collection {
            path: "/{id}/settings",
            into: "settings",
            ..Collection::NONE
        }),
    }],
    capture: CaptureRules {
        marker: Some("lastModifiedDateTime"),
        volatile: volatile![
            "isAssigned",
            "isMigratingToConfigurationPolicy",
            "settings[].id"
        ],
        unordered: unordered!["settings" by "definitionId"],
        ..CAPTURE
    },
    ..INTUNE
};
