//! Compliance policies and the mails they send.

use super::{
    ASSIGNMENTS_PATH, Assignments, CAPTURE, Collection, Entry, Exclusion, FollowUp, INTUNE,
    Literal, Read, Weight, When, unordered, volatile,
};
use crate::domain::{capture_rules::CaptureRules, kind::PolicyKind};

/// Actions for non-compliance, where the list did not give them.
const SCHEDULED_ACTIONS: FollowUp = FollowUp {
    when: When::Missing("scheduledActionsForRule"),
    weight: Weight::Small,
    read: Read::Collection(Collection {
        path: "/{id}/scheduledActionsForRule?$expand=scheduledActionConfigurations",
        into: "scheduledActionsForRule",
        ..Collection::NONE
    }),
};

/// The list holds everything, so no marker is needed.
pub(super) const DEVICE_COMPLIANCE_POLICY: Entry = Entry {
    kind: PolicyKind::DeviceCompliancePolicy,
    list: "/deviceManagement/deviceCompliancePolicies",
    query: "$expand=assignments,scheduledActionsForRule($expand=scheduledActionConfigurations)&$top=999",
    plain_query: Some("$top=999"),
    assignments: Assignments::OnList(ASSIGNMENTS_PATH),
    follow_ups: &[SCHEDULED_ACTIONS],
    capture: CaptureRules {
        volatile: volatile![
            "scheduledActionsForRule[].id",
            "scheduledActionsForRule[].scheduledActionConfigurations[].id",
        ],
        unordered: unordered![
            "scheduledActionsForRule[].scheduledActionConfigurations" by "",
        ],
        ..CAPTURE
    },
    ..INTUNE
};

pub(super) const COMPLIANCE_POLICY_V2: Entry = Entry {
    kind: PolicyKind::CompliancePolicyV2,
    list: "/deviceManagement/compliancePolicies",
    query: "$expand=settings,assignments",
    plain_query: Some(""),
    assignments: Assignments::OnList(ASSIGNMENTS_PATH),
    follow_ups: &[
        FollowUp {
            when: When::Short {
                member: "settings",
                counted_by: "settingCount",
            },
            weight: Weight::Small,
            read: Read::Collection(Collection {
                path: "/{id}/settings?$top=1000",
                plain_path: Some("/{id}/settings"),
                into: "settings",
                counted_by: Some("settingCount"),
                ..Collection::NONE
            }),
        },
        SCHEDULED_ACTIONS,
    ],
    capture: CaptureRules {
        marker: Some("lastModifiedDateTime"),
        volatile: volatile![
            "settingCount",
            "isAssigned",
            "creationSource",
            "settings[].id",
            "scheduledActionsForRule[].id",
            "scheduledActionsForRule[].scheduledActionConfigurations[].id",
        ],
        unordered: unordered!["settings" by "settingInstance.settingDefinitionId"],
        ..CAPTURE
    },
    ..INTUNE
};

pub(super) const NOTIFICATION_TEMPLATE: Entry = Entry {
    kind: PolicyKind::NotificationTemplate,
    list: "/deviceManagement/notificationMessageTemplates",
    query: "$expand=localizedNotificationMessages",
    plain_query: Some(""),
    permissions: &["DeviceManagementServiceConfig.Read.All"],
    // The system's template behind enrolment notifications, which carry its text themselves.
    exclude: &[Exclusion {
        member: "displayName",
        value: Literal::Text("EnrollmentNotificationInternalMEO"),
    }],
    follow_ups: &[FollowUp {
        when: When::Missing("localizedNotificationMessages"),
        weight: Weight::Small,
        read: Read::Object("/{id}?$expand=localizedNotificationMessages"),
    }],
    capture: CaptureRules {
        marker: Some("lastModifiedDateTime"),
        volatile: volatile![
            "localizedNotificationMessages[].id",
            "localizedNotificationMessages[].lastModifiedDateTime",
        ],
        unordered: unordered!["localizedNotificationMessages" by "locale"],
        ..CAPTURE
    },
    ..INTUNE
};
