//! The completeness record of a run, as clients see it.

use async_graphql::{ComplexObject, Context, SimpleObject};

use super::{
    call::Call,
    error::Result,
    kinds::PolicyType,
    loaders::{FailuresOf, KindsOf},
    runs::count,
    words::{BackupKindStatus, BackupRunErrorCode},
};
use crate::domain::{
    completeness::{KindResult, ObjectFailure},
    kind::PolicyKind,
};

/// Outcome of a run for one kind of policy.
#[derive(SimpleObject)]
#[graphql(complex)]
pub(super) struct BackupRunPolicyTypeResult {
    #[graphql(skip)]
    of: (FailuresOf, PolicyKind),
    /// The kind.
    policy_type: PolicyType,
    /// Whether this kind is done, and how it went.
    status: BackupKindStatus,
    /// Policies that Microsoft Graph listed; null until the list is complete.
    listed_policy_count: Option<i32>,
    /// Items stored so far.
    item_count: i32,
    /// Of these, items taken over from the previous set because their change marker had not moved.
    reused_item_count: i32,
    /// Policies that could not be backed up.
    failed_policy_count: i32,
    /// Policies that were deleted in Intune after they had been listed. Not a failure.
    vanished_policy_count: i32,
    /// Calls made to Microsoft Graph for this kind, retries included.
    graph_request_count: i32,
    /// Why it failed; null unless it did.
    error_code: Option<BackupRunErrorCode>,
    /// Why it failed, for people, in English, without secrets; null when `errorCode` is.
    error_message: Option<String>,
}

#[ComplexObject]
impl BackupRunPolicyTypeResult {
    /// Policies that could not be backed up, by name: the first 100 of them. `failedPolicyCount` counts all. Costs 2,500 points per run.
    // A run has up to a hundred of them for each kind, and all are read at once: of four runs they
    // would be more than an answer may hold.
    #[graphql(complexity = "2_500 + child_complexity")]
    async fn failures(&self, ctx: &Context<'_>) -> Result<Vec<BackupRunPolicyFailure>> {
        let (question, kind) = self.of;
        if self.failed_policy_count == 0 {
            return Ok(Vec::new());
        }
        let call = Call::of(ctx);
        let failures = call.load(question).await?.unwrap_or_default();
        let of_kind = || failures.iter().filter(|(of, _)| *of == kind);
        let bytes = |it: &ObjectFailure| it.name.len() + it.failure.message.len();
        call.budget
            .take(of_kind().map(|(_, failed)| bytes(failed)).sum())?;
        Ok(of_kind().map(|(_, failed)| failed.clone().into()).collect())
    }
}

impl BackupRunPolicyTypeResult {
    pub(super) fn of(KindsOf(tenant, run): KindsOf, result: KindResult) -> Self {
        let (code, message) = match result.failure {
            Some(failure) => (Some(failure.code.into()), Some(failure.message)),
            None => (None, None),
        };
        Self {
            of: (FailuresOf(tenant, run), result.kind),
            policy_type: result.kind.into(),
            status: result.status.into(),
            listed_policy_count: result.listed.map(count),
            item_count: count(result.items),
            reused_item_count: count(result.reused),
            failed_policy_count: count(result.failed),
            vanished_policy_count: count(result.vanished),
            graph_request_count: count(result.requests),
            error_code: code,
            error_message: message,
        }
    }
}

/// A policy that a run could not back up.
#[derive(SimpleObject)]
pub(super) struct BackupRunPolicyFailure {
    /// ID that Microsoft Graph gives the policy; null when it gave it without one.
    policy_graph_id: Option<String>,
    /// Name of the policy at that time.
    name: String,
    /// Why.
    error_code: BackupRunErrorCode,
    /// Why, for people, in English, without secrets.
    error_message: String,
}

impl From<ObjectFailure> for BackupRunPolicyFailure {
    fn from(failed: ObjectFailure) -> Self {
        Self {
            policy_graph_id: failed.graph_id,
            name: failed.name,
            error_code: failed.failure.code.into(),
            error_message: failed.failure.message,
        }
    }
}
