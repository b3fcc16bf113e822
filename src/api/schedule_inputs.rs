//! Inputs of the mutations of schedules, read to what the domain knows.

use async_graphql::{ID, InputObject, MaybeUndefined};

use super::{
    faults::{Faults, UserErrorCode},
    input_rules::{given, name},
    kinds::PolicyType,
    recurrences::BackupScheduleRecurrenceInput,
};
use crate::domain::{
    kind::PolicyKind, name::Name, recurrence::Recurrence, retention::KeepLast, run::Scope,
};

/// How many backup sets of a schedule to keep.
#[derive(InputObject, Clone, Debug)]
pub(super) struct BackupRetentionInput {
    /// Number of complete backup sets to keep, 1 to 365 (OUT_OF_RANGE).
    #[graphql(default = 30)]
    keep_last: i32,
}

impl Default for BackupRetentionInput {
    fn default() -> Self {
        Self { keep_last: 30 }
    }
}

/// Input of `createBackupSchedule`, to create a schedule.
#[derive(InputObject, Clone, Debug)]
pub(super) struct CreateBackupScheduleInput {
    /// ID of the tenant.
    pub(super) tenant_id: ID,
    /// Name, 1 to 120 characters after trimming (BLANK, TOO_LONG), unique in the tenant without regard to case (ALREADY_EXISTS).
    name: String,
    /// Whether it fires from the start.
    #[graphql(default = true)]
    pub(super) enabled: bool,
    /// When it fires.
    recurrence: BackupScheduleRecurrenceInput,
    /// Kinds of policies to back up: at least one (REQUIRED), each at most once (DUPLICATE_VALUE).
    policy_types: Vec<PolicyType>,
    /// Whether assignments are backed up.
    #[graphql(default = true)]
    include_assignments: bool,
    /// Whether scope tags are backed up.
    #[graphql(default = true)]
    include_scope_tags: bool,
    /// How many backup sets to keep.
    #[graphql(default)]
    retention: BackupRetentionInput,
    /// Chosen by the caller to make a repeat harmless: 8 to 128 characters of `[A-Za-z0-9._:-]`, a UUID for example. A repeat within 24 hours by the same caller with the same input gives the first answer again, with `isReplay` true; with different input it is refused (IDEMPOTENCY_KEY_REUSED).
    pub(super) idempotency_key: Option<String>,
}

/// What somebody wants of a new schedule, every member within its rules.
#[derive(Clone, Debug)]
pub(super) struct NewSchedule {
    pub(super) name: Name,
    pub(super) enabled: bool,
    pub(super) recurrence: Recurrence,
    pub(super) scope: Scope,
    pub(super) keep_last: KeepLast,
}

impl CreateBackupScheduleInput {
    /// The schedule that was meant; what breaks a rule is added to `faults`.
    pub(super) fn check(self, faults: &mut Faults) -> Option<NewSchedule> {
        let name = name(&self.name, faults);
        let recurrence = self.recurrence.check(&["input", "recurrence"], faults);
        let kinds = kinds(&self.policy_types, faults);
        let keep_last = keep_last(&self.retention, faults);
        Some(NewSchedule {
            name: name?,
            enabled: self.enabled,
            recurrence: recurrence?,
            scope: Scope {
                kinds: kinds?,
                assignments: self.include_assignments,
                scope_tags: self.include_scope_tags,
            },
            keep_last: keep_last?,
        })
    }
}

/// Input of `updateBackupSchedule`, to change a schedule.
#[derive(InputObject, Clone, Debug)]
pub(super) struct UpdateBackupScheduleInput {
    /// ID of the schedule.
    pub(super) schedule_id: ID,
    /// Do it only if the schedule is still at this revision (STALE_REVISION). Unchecked when absent.
    pub(super) expected_revision: Option<i32>,
    /// New name, with the rules of `createBackupSchedule`. Unchanged when absent; null is refused (REQUIRED).
    name: MaybeUndefined<String>,
    /// New recurrence, replaced as a whole. Unchanged when absent; null is refused (REQUIRED).
    recurrence: MaybeUndefined<BackupScheduleRecurrenceInput>,
    /// New kinds of policies, replaced as a whole. Unchanged when absent; null is refused (REQUIRED).
    policy_types: MaybeUndefined<Vec<PolicyType>>,
    /// Unchanged when absent; null is refused (REQUIRED).
    include_assignments: MaybeUndefined<bool>,
    /// Unchanged when absent; null is refused (REQUIRED).
    include_scope_tags: MaybeUndefined<bool>,
    /// New retention; a smaller one takes effect after the next successful run. Unchanged when absent; null is refused (REQUIRED).
    retention: MaybeUndefined<BackupRetentionInput>,
}

/// What somebody wants to be different of a schedule, every member within its rules.
#[derive(Clone, Debug)]
pub(super) struct Wishes {
    pub(super) name: Option<Name>,
    pub(super) recurrence: Option<Recurrence>,
    pub(super) kinds: Option<Vec<PolicyKind>>,
    pub(super) assignments: Option<bool>,
    pub(super) scope_tags: Option<bool>,
    pub(super) keep_last: Option<KeepLast>,
}

impl UpdateBackupScheduleInput {
    /// The wishes that were meant; what breaks a rule is added to `faults`.
    pub(super) fn check(self, faults: &mut Faults) -> Wishes {
        let recurrence = given(self.recurrence, "recurrence", faults);
        let path = &["input", "recurrence"];
        Wishes {
            name: given(self.name, "name", faults).and_then(|text| name(&text, faults)),
            recurrence: recurrence.and_then(|recurrence| recurrence.check(path, faults)),
            kinds: given(self.policy_types, "policyTypes", faults)
                .and_then(|types| kinds(&types, faults)),
            assignments: given(self.include_assignments, "includeAssignments", faults),
            scope_tags: given(self.include_scope_tags, "includeScopeTags", faults),
            keep_last: given(self.retention, "retention", faults)
                .and_then(|retention| keep_last(&retention, faults)),
        }
    }
}

impl Wishes {
    /// The scope that they make of the present one.
    pub(super) fn scope(&self, present: &Scope) -> Scope {
        Scope {
            kinds: self.kinds.clone().unwrap_or_else(|| present.kinds.clone()),
            assignments: self.assignments.unwrap_or(present.assignments),
            scope_tags: self.scope_tags.unwrap_or(present.scope_tags),
        }
    }
}

/// The kinds in capture order.
fn kinds(types: &[PolicyType], faults: &mut Faults) -> Option<Vec<PolicyKind>> {
    let mut kinds: Vec<PolicyKind> = Vec::with_capacity(types.len());
    for (index, kind) in types.iter().enumerate() {
        let kind = PolicyKind::from(*kind);
        if kinds.contains(&kind) {
            let path = ["input", "policyTypes", &index.to_string()];
            let message = format!("{kind} is in the list already");
            faults.add(UserErrorCode::DuplicateValue, message, &path);
        } else {
            kinds.push(kind);
        }
    }
    if kinds.is_empty() {
        let message = "a schedule backs up at least one kind";
        faults.add(UserErrorCode::Required, message, &["input", "policyTypes"]);
        return None;
    }
    kinds.sort_unstable();
    Some(kinds)
}

fn keep_last(retention: &BackupRetentionInput, faults: &mut Faults) -> Option<KeepLast> {
    let keep_last = KeepLast::of(retention.keep_last);
    if keep_last.is_none() {
        let message = format!("a schedule keeps 1 to {} backup sets", KeepLast::MAX);
        let path = ["input", "retention", "keepLast"];
        faults.add(UserErrorCode::OutOfRange, message, &path);
    }
    keep_last
}
