//! The entry points for reading.

use async_graphql::{Context, ID, Object};
use futures_util::future::join_all;

use super::{
    backups::BackupSet,
    call::Call,
    error::{Refusal, Result},
    ids,
    loaders::{ThePolicy, TheRun, TheSchedule, TheSet},
    nodes::Node,
    pages::MAX_SIZE,
    policies::Policy,
    policy_types::PolicyTypeInfo,
    runs::BackupScheduleRun,
    schedules::BackupSchedule,
    server_info::ServerInfo,
    set_diffs::{BackupSetDiff, DIFF_POINTS},
    tenants::Tenant,
    viewer::Viewer,
};
use crate::domain::{
    ids::{BackupSetId, PolicyId, RunId, ScheduleId},
    kind::PolicyKind,
};

pub(super) struct Query;

/// The API of TenantAtlas: scheduled and on-demand backups of
/// Microsoft Intune configuration policies for one or many Microsoft Entra tenants.
///
/// Conventions that hold everywhere:
/// - Every timestamp is an RFC 3339 instant in UTC; every duration names its unit.
/// - IDs are opaque. They are unique across all types and never reused.
/// - A tenant the caller is not a member of looks exactly like one that does not exist.
/// - Expected failures of a mutation are data (`userErrors`); failures of the request
///   itself (no credentials, too low a role, limits, outage) are in `errors` with
///   `extensions.code`.
/// - Enums may gain values. Clients must treat an unknown value as a generic one.
///
/// These are the entry points for reading. Fields that take an ID are null, with a NOT_FOUND
/// error, when there is no such object or the caller may not know of it.
#[Object]
impl Query {
    /// Any object by its global ID. Requires: READONLY in its tenant, or more where the type asks for it. Errors: NOT_FOUND, INVALID_ID, FORBIDDEN.
    async fn node(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Global ID.")] id: ID,
    ) -> Result<Option<Node>> {
        Node::find(Call::of(ctx), &id).await.map(Some)
    }

    /// Objects by their global IDs, in the same order, null with an error for each one that is not found. Requires: as for `node`. Errors: NOT_FOUND, INVALID_ID, FORBIDDEN, BAD_USER_INPUT.
    #[graphql(complexity = "ids.len().max(1) * child_complexity.min(1_000_000) + 1")]
    async fn nodes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Global IDs, at most 100.")] ids: Vec<ID>,
    ) -> Result<Vec<Option<Result<Node>>>> {
        if ids.len() > MAX_SIZE {
            let message = format!("`ids` takes at most {MAX_SIZE} values");
            return Err(Refusal::bad_input(message));
        }
        let call = Call::of(ctx);
        let nodes = join_all(ids.iter().map(|id| Node::find(call, id))).await;
        Ok(nodes.into_iter().map(Some).collect())
    }

    /// The caller. Requires: a valid credential.
    async fn viewer(&self) -> Viewer {
        Viewer
    }

    /// A tenant. Requires: READONLY. Errors: NOT_FOUND, INVALID_ID.
    async fn tenant(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "ID of the tenant.")] id: ID,
    ) -> Result<Option<Tenant>> {
        Tenant::find(Call::of(ctx), &id).await.map(Some)
    }

    /// A schedule. Requires: READONLY. Errors: NOT_FOUND, INVALID_ID.
    async fn backup_schedule(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "ID of the schedule.")] id: ID,
    ) -> Result<Option<BackupSchedule>> {
        let id: ScheduleId = ids::read(&id)?;
        let (scope, schedule) = Call::of(ctx).reach(id, TheSchedule).await?;
        Ok(Some(BackupSchedule { scope, schedule }))
    }

    /// A run. Requires: READONLY. Errors: NOT_FOUND, INVALID_ID.
    async fn backup_schedule_run(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "ID of the run.")] id: ID,
    ) -> Result<Option<BackupScheduleRun>> {
        let id: RunId = ids::read(&id)?;
        let (scope, run) = Call::of(ctx).reach(id, TheRun).await?;
        Ok(Some(BackupScheduleRun { scope, run }))
    }

    /// A backup set, also a deleted one. Requires: READONLY. Errors: NOT_FOUND, INVALID_ID.
    async fn backup_set(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "ID of the backup set.")] id: ID,
    ) -> Result<Option<BackupSet>> {
        let id: BackupSetId = ids::read(&id)?;
        let (scope, set) = Call::of(ctx).reach(id, TheSet).await?;
        Ok(Some(BackupSet { scope, set }))
    }

    /// A policy. Requires: READONLY. Errors: NOT_FOUND, INVALID_ID.
    async fn policy(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "ID of the policy in this API, not in Microsoft Graph.")] id: ID,
    ) -> Result<Option<Policy>> {
        let id: PolicyId = ids::read(&id)?;
        let (scope, policy) = Call::of(ctx).reach(id, ThePolicy).await?;
        Ok(Some(Policy { scope, policy }))
    }

    /// Differences between two backup sets of the same tenant. Requires: READONLY. Errors: NOT_FOUND, INVALID_ID, BAD_USER_INPUT when the sets are of different tenants. Costs 1,000 points.
    #[graphql(complexity = "DIFF_POINTS + child_complexity")]
    async fn backup_set_diff(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The set to compare from, usually the earlier one.")] base_id: ID,
        #[graphql(desc = "The set to compare to, usually the later one.")] target_id: ID,
    ) -> Result<Option<BackupSetDiff>> {
        let diff = BackupSetDiff::find(Call::of(ctx), &base_id, &target_id);
        diff.await.map(Some)
    }

    /// All kinds of policies the service can back up, in the order of the enum. Requires: a valid credential.
    async fn policy_types(&self) -> Vec<PolicyTypeInfo> {
        let kinds = PolicyKind::ALL.iter();
        kinds.map(|kind| PolicyTypeInfo::of(*kind)).collect()
    }

    /// What this server is and allows. Requires: a valid credential.
    async fn server_info(&self, ctx: &Context<'_>) -> ServerInfo {
        ServerInfo::of(&Call::of(ctx).limits)
    }
}
