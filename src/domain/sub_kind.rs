//! Slices of a kind that people know by names of their own: update rings, baselines, enrolment pages.
//!
//! A slice costs no request: what the list of its kind says of an object tells it.

use std::str::FromStr;

use serde_json::Value;

use super::words::words;

words! {
    /// A slice of a kind.
    SubKind {
        /// OEMConfig profiles for Android.
        AndroidOemConfig "androidOemConfig"
        /// Enrolment policies for Apple devices (new experience).
        AppleEnrollmentPolicy "appleEnrollmentPolicy"
        /// Software update policies for Apple devices (legacy MDM).
        AppleUpdatePolicy "appleUpdatePolicy"
        /// Autopilot device preparation.
        AutopilotDevicePreparation "autopilotDevicePreparation"
        /// Co-management settings.
        CoManagementAuthority "coManagementAuthority"
        /// Endpoint Privilege Management.
        EndpointPrivilegeManagement "endpointPrivilegeManagement"
        /// Endpoint security: antivirus, firewall, disk encryption and the rest of it.
        EndpointSecurityPolicy "endpointSecurityPolicy"
        /// How many devices a person may enrol.
        EnrollmentDeviceLimit "enrollmentDeviceLimit"
        /// Notifications of enrolment.
        EnrollmentNotification "enrollmentNotification"
        /// Which platforms may be enrolled.
        EnrollmentPlatformRestriction "enrollmentPlatformRestriction"
        /// The enrolment status page.
        EnrollmentStatusPage "enrollmentStatusPage"
        /// Platform scripts for Linux.
        LinuxScript "linuxScript"
        /// Security baselines of the current generation.
        SecurityBaseline "securityBaseline"
        /// Windows Hello for Business, for the whole tenant.
        WindowsHelloForBusinessEnrollment "windowsHelloForBusinessEnrollment"
        /// Windows backup and restore, at enrolment.
        WindowsRestoreEnrollment "windowsRestoreEnrollment"
        /// Windows update rings.
        WindowsUpdateRing "windowsUpdateRing"
    }
}

/// How the objects of a slice are told.
#[derive(Clone, Copy, Debug)]
pub struct Partition {
    /// The slice.
    pub sub_kind: SubKind,
    /// What holds for its objects, all of it.
    pub rules: &'static [Rule],
}

/// Something that holds for an object, or not. Members are named by JSON pointers.
#[derive(Clone, Copy, Debug)]
pub enum Rule {
    /// The text is one of these.
    OneOf(&'static str, &'static [&'static str]),
    /// The text begins like this.
    Begins(&'static str, &'static str),
    /// The member is `true`.
    True(&'static str),
}

/// The slice that an object belongs to: the first whose rules hold.
pub fn sub_kind(partitions: &[Partition], object: &Value) -> Option<SubKind> {
    let holds = |partition: &&Partition| partition.rules.iter().all(|rule| rule.holds(object));
    partitions
        .iter()
        .find(holds)
        .map(|partition| partition.sub_kind)
}

impl Rule {
    fn holds(self, object: &Value) -> bool {
        let text = |pointer| object.pointer(pointer).and_then(Value::as_str);
        match self {
            Self::OneOf(pointer, texts) => text(pointer).is_some_and(|text| texts.contains(&text)),
            Self::Begins(pointer, start) => {
                text(pointer).is_some_and(|text| text.starts_with(start))
            }
            Self::True(pointer) => object.pointer(pointer) == Some(&Value::Bool(true)),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_first_slice_whose_rules_all_hold_counts() {
        let partitions = [
            Partition {
                sub_kind: SubKind::LinuxScript,
                rules: &[Rule::OneOf("/a/b", &["x", "y"]), Rule::True("/c")],
            },
            Partition {
                sub_kind: SubKind::SecurityBaseline,
                rules: &[Rule::Begins("/a/b", "x")],
            },
        ];
        for (object, expected) in [
            (
                json!({"a": {"b": "y"}, "c": true}),
                Some(SubKind::LinuxScript),
            ),
            (
                json!({"a": {"b": "x"}, "c": true}),
                Some(SubKind::LinuxScript),
            ),
            (
                json!({"a": {"b": "xz"}, "c": true}),
                Some(SubKind::SecurityBaseline),
            ),
            (
                json!({"a": {"b": "x"}, "c": "true"}),
                Some(SubKind::SecurityBaseline),
            ),
            (json!({"a": {"b": "y"}}), None),
            (json!({"a": "x", "c": true}), None),
            (json!({"a": null}), None),
        ] {
            assert_eq!(sub_kind(&partitions, &object), expected, "{object}");
        }
    }
}
