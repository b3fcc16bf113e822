//! Scripts. No list gives their bodies.

use super::{
    ASSIGNMENTS_PATH, Assignments, Bucket, CAPTURE, Entry, Exclusion, Expected, FollowUp, INTUNE,
    Literal, Meaning, Read, Weight, When, volatile,
};
use crate::domain::{capture_rules::CaptureRules, kind::PolicyKind};

/// The script with its body.
const BODY: FollowUp = FollowUp {
    when: When::Always,
    weight: Weight::Large,
    read: Read::Object("/{id}"),
};

/// What these entries have in common.
const SCRIPTS: Entry = Entry {
    query: "$expand=assignments",
    plain_query: Some(""),
    assignments: Assignments::OnList(ASSIGNMENTS_PATH),
    follow_ups: &[BODY],
    permissions: &["DeviceManagementScripts.Read.All"],
    bucket: Bucket::Scripts,
    capture: CaptureRules {
        marker: Some("lastModifiedDateTime"),
        ..CAPTURE
    },
    ..INTUNE
};

pub(super) const COMPLIANCE_SCRIPT: Entry = Entry {
    kind: PolicyKind::ComplianceScript,
    list: "/deviceManagement/deviceComplianceScripts",
    query: "",
    plain_query: None,
    assignments: Assignments::None,
    capture: CaptureRules {
        marker: Some("version"),
        ..CAPTURE
    },
    ..SCRIPTS
};

pub(super) const POWERSHELL_SCRIPT: Entry = Entry {
    kind: PolicyKind::PowershellScript,
    list: "/deviceManagement/deviceManagementScripts",
    ..SCRIPTS
};

/// This type and the next have no path of their own for assignments.
pub(super) const SHELL_SCRIPT: Entry = Entry {
    kind: PolicyKind::ShellScript,
    list: "/deviceManagement/deviceShellScripts",
    assignments: Assignments::OnObject("/{id}?$expand=assignments"),
    ..SCRIPTS
};

pub(super) const CUSTOM_ATTRIBUTE_SCRIPT: Entry = Entry {
    kind: PolicyKind::CustomAttributeScript,
    list: "/deviceManagement/deviceCustomAttributeShellScripts",
    assignments: Assignments::OnObject("/{id}?$expand=assignments"),
    ..SCRIPTS
};

pub(super) const REMEDIATION: Entry = Entry {
    kind: PolicyKind::Remediation,
    list: "/deviceManagement/deviceHealthScripts",
    // Microsoft's own scripts. The service ignores a filter on this member.
    exclude: &[Exclusion {
        member: "isGlobalScript",
        value: Literal::True,
    }],
    expected: &[Expected {
        status: 403,
        meaning: Meaning::NotAvailable(
            "The tenant lacks the Windows Enterprise licence that remediations need.",
        ),
    }],
    capture: CaptureRules {
        marker: Some("version"),
        volatile: volatile![
            "highestAvailableVersion",
            "isGlobalScript",
            "deviceHealthScriptType",
        ],
        ..CAPTURE
    },
    ..SCRIPTS
};
