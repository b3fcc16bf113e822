//! Tenants, as clients see them: where all that belongs to one hangs.

use async_graphql::{Context, ID, Object};

use super::{
    access::{Attempt, TenantScope},
    aggregates::{RunCalendarDay, StorageHistoryDay, TenantOverview, history_points},
    audit_lists::{AuditLogEntryConnection, AuditLogFilter, AuditLogOrder, entries_page},
    backup_lists::{BackupSetConnection, BackupSetFilter, BackupSetOrder, sets_page},
    call::Call,
    credentials::TenantCredential,
    error::{Refusal, Result},
    faults::Faults,
    ids,
    loaders::{CredentialOf, TheTenant},
    member_lists::{TenantMemberConnection, TenantMemberFilter, TenantMemberOrder, members_page},
    pages::{PageArguments, points},
    policy_lists::{PolicyConnection, PolicyFilter, PolicyOrder, policies_page},
    recurrences::BackupScheduleRecurrenceInput,
    run_lists::{
        BackupScheduleRunConnection, BackupScheduleRunFilter, BackupScheduleRunOrder, runs_page,
    },
    scalars::{DateTime, TimeZone, Uuid},
    schedule_lists::{
        BackupScheduleConnection, BackupScheduleFilter, BackupScheduleOrder, schedules_page,
    },
    token_lists::{ApiTokenConnection, ApiTokenFilter, ApiTokenOrder, tokens_page},
    words::{MicrosoftCloud, TenantConnectionStatus, TenantPermission, TenantRole},
};
use crate::domain::{
    audit::{AuditAction, Target},
    role::Permission,
    slot::slots_after,
    tenant,
};

#[derive(Clone)]
pub(super) struct Tenant {
    pub(super) scope: TenantScope,
    pub(super) tenant: tenant::Tenant,
}

impl Tenant {
    /// A tenant of the caller's, by the identifier that a client sent.
    pub(super) async fn find(call: &Call, id: &ID) -> Result<Self> {
        let scope = call.scope(id).await?;
        Self::within(call, scope).await
    }

    /// The tenant of a standing of the caller's.
    pub(super) async fn within(call: &Call, scope: TenantScope) -> Result<Self> {
        let tenant = call.must_load(TheTenant(scope.tenant, ())).await?;
        Ok(Self { scope, tenant })
    }

    /// Refuses what takes a higher role than the tenant itself, and writes the refusal down.
    pub(super) async fn may_read(
        &self,
        call: &Call,
        field: &'static str,
        right: Permission,
    ) -> Result<()> {
        let attempt = Attempt {
            operation: field,
            action: AuditAction::Read,
            target: Target::Tenant(self.tenant.id),
            name: self.tenant.name.to_string(),
        };
        call.require(self.scope, right, attempt).await
    }
}

/// The most instants of a preview.
const LONGEST_PREVIEW: usize = 50;

/// A Microsoft Entra tenant whose Intune policies are backed up.
#[Object]
impl Tenant {
    /// Opaque global ID. Not the Entra tenant ID.
    pub(super) async fn id(&self) -> ID {
        ids::show(self.tenant.id)
    }

    /// Directory (tenant) ID in Microsoft Entra. Unique in this installation; cannot be changed.
    async fn entra_tenant_id(&self) -> Uuid {
        Uuid(self.tenant.entra_tenant_id)
    }

    /// Name to show, 1 to 120 characters.
    async fn name(&self) -> &str {
        self.tenant.name.as_str()
    }

    /// Microsoft cloud that the tenant lives in.
    async fn cloud(&self) -> MicrosoftCloud {
        self.tenant.cloud.into()
    }

    /// State of the connection to Microsoft Graph.
    async fn connection_status(&self) -> TenantConnectionStatus {
        self.tenant.connection.into()
    }

    /// When the tenant was added.
    async fn created_at(&self) -> DateTime {
        DateTime(self.tenant.created_at)
    }

    /// When the tenant's own settings last changed.
    async fn updated_at(&self) -> DateTime {
        DateTime(self.tenant.updated_at)
    }

    /// The caller's role in this tenant.
    async fn viewer_role(&self) -> TenantRole {
        self.scope.role.into()
    }

    /// What the caller may do in this tenant, in alphabetical order.
    async fn viewer_permissions(&self, ctx: &Context<'_>) -> Vec<TenantPermission> {
        let permissions = Call::of(ctx).caller.permissions(self.scope);
        permissions.into_iter().map(Into::into).collect()
    }

    /// Counts for a dashboard tile, at most 60 seconds old.
    #[graphql(complexity = "20 + child_complexity")]
    async fn overview(&self, ctx: &Context<'_>) -> Result<TenantOverview> {
        TenantOverview::of(Call::of(ctx), self.tenant.id).await
    }

    /// Runs by outcome for each of the last days, oldest first, days without runs included, in the given zone. For a calendar. A run is on the day on which it was queued.
    #[graphql(complexity = "history_points(days, child_complexity)")]
    async fn run_calendar(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many days, 1 to 366.", default = 90)] days: i32,
        #[graphql(
            desc = "Zone whose midnights divide the days.",
            default_with = "TimeZone::stored(\"UTC\")"
        )]
        time_zone: TimeZone,
    ) -> Result<Vec<RunCalendarDay>> {
        RunCalendarDay::last(Call::of(ctx), self.tenant.id, days, &time_zone).await
    }

    /// Stored bytes at the end of each of the last days, oldest first.
    #[graphql(complexity = "history_points(days, child_complexity)")]
    async fn storage_history(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many days, 1 to 366.", default = 90)] days: i32,
    ) -> Result<Vec<StorageHistoryDay>> {
        StorageHistoryDay::last(Call::of(ctx), self.tenant.id, days).await
    }

    /// Schedules of the tenant. Deleted schedules are left out.
    #[graphql(complexity = "points(first, last, child_complexity)")]
    async fn backup_schedules(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "How many from the start: 0 to 100, 25 when neither `first` nor `last` is given. Not together with `last`."
        )]
        first: Option<i32>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end: 0 to 100. Not together with `first`.")]
        last: Option<i32>,
        #[graphql(desc = "Only what precedes this cursor.")] before: Option<String>,
        #[graphql(desc = "Only schedules that match.")] filter: Option<BackupScheduleFilter>,
        #[graphql(
            desc = "Order of the schedules.",
            default_with = "Some(BackupScheduleOrder::default())"
        )]
        order_by: Option<BackupScheduleOrder>,
    ) -> Result<BackupScheduleConnection> {
        let page = PageArguments {
            first,
            after,
            last,
            before,
        };
        let (filter, order) = (filter.unwrap_or_default(), order_by.unwrap_or_default());
        schedules_page(Call::of(ctx), self.scope, filter, order, &page).await
    }

    /// Runs of all schedules of the tenant, also of deleted ones.
    #[graphql(complexity = "points(first, last, child_complexity)")]
    async fn backup_runs(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "How many from the start: 0 to 100, 25 when neither `first` nor `last` is given. Not together with `last`."
        )]
        first: Option<i32>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end: 0 to 100. Not together with `first`.")]
        last: Option<i32>,
        #[graphql(desc = "Only what precedes this cursor.")] before: Option<String>,
        #[graphql(desc = "Only runs that match.")] filter: Option<BackupScheduleRunFilter>,
        #[graphql(
            desc = "Order of the runs.",
            default_with = "Some(BackupScheduleRunOrder::default())"
        )]
        order_by: Option<BackupScheduleRunOrder>,
    ) -> Result<BackupScheduleRunConnection> {
        let page = PageArguments {
            first,
            after,
            last,
            before,
        };
        let (filter, order) = (
            filter.unwrap_or_default().read()?,
            order_by.unwrap_or_default(),
        );
        runs_page(Call::of(ctx), self.scope, filter, order, &page).await
    }

    /// Backup sets of the tenant. Deleted sets are left out unless the filter asks for them.
    #[graphql(complexity = "points(first, last, child_complexity)")]
    async fn backup_sets(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "How many from the start: 0 to 100, 25 when neither `first` nor `last` is given. Not together with `last`."
        )]
        first: Option<i32>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end: 0 to 100. Not together with `first`.")]
        last: Option<i32>,
        #[graphql(desc = "Only what precedes this cursor.")] before: Option<String>,
        #[graphql(desc = "Only backup sets that match.")] filter: Option<BackupSetFilter>,
        #[graphql(
            desc = "Order of the backup sets.",
            default_with = "Some(BackupSetOrder::default())"
        )]
        order_by: Option<BackupSetOrder>,
    ) -> Result<BackupSetConnection> {
        let page = PageArguments {
            first,
            after,
            last,
            before,
        };
        let (filter, order) = (
            filter.unwrap_or_default().read()?,
            order_by.unwrap_or_default(),
        );
        sets_page(Call::of(ctx), self.scope, filter, order, &page).await
    }

    /// Policies found in Intune by the last inventory sync.
    #[graphql(complexity = "points(first, last, child_complexity)")]
    async fn policies(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "How many from the start: 0 to 100, 25 when neither `first` nor `last` is given. Not together with `last`."
        )]
        first: Option<i32>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end: 0 to 100. Not together with `first`.")]
        last: Option<i32>,
        #[graphql(desc = "Only what precedes this cursor.")] before: Option<String>,
        #[graphql(desc = "Only policies that match.")] filter: Option<PolicyFilter>,
        #[graphql(
            desc = "Order of the policies.",
            default_with = "Some(PolicyOrder::default())"
        )]
        order_by: Option<PolicyOrder>,
    ) -> Result<PolicyConnection> {
        let page = PageArguments {
            first,
            after,
            last,
            before,
        };
        let (filter, order) = (filter.unwrap_or_default(), order_by.unwrap_or_default());
        policies_page(Call::of(ctx), self.scope, filter, order, &page).await
    }

    /// Audit log of the tenant, kept for 400 days. Requires: MANAGER. Null with a FORBIDDEN error below that.
    #[graphql(complexity = "points(first, last, child_complexity)")]
    async fn audit_log(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "How many from the start: 0 to 100, 25 when neither `first` nor `last` is given. Not together with `last`."
        )]
        first: Option<i32>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end: 0 to 100. Not together with `first`.")]
        last: Option<i32>,
        #[graphql(desc = "Only what precedes this cursor.")] before: Option<String>,
        #[graphql(desc = "Only entries that match.")] filter: Option<AuditLogFilter>,
        #[graphql(
            desc = "Order of the entries.",
            default_with = "Some(AuditLogOrder::default())"
        )]
        order_by: Option<AuditLogOrder>,
    ) -> Option<Result<AuditLogEntryConnection>> {
        let page = PageArguments {
            first,
            after,
            last,
            before,
        };
        let (filter, order) = (filter.unwrap_or_default(), order_by.unwrap_or_default());
        let entries = async {
            let call = Call::of(ctx);
            self.may_read(call, "Tenant.auditLog", Permission::ReadAuditLog)
                .await?;
            entries_page(call, self.scope, filter, order, &page).await
        };
        Some(entries.await)
    }

    /// When the policy inventory was last synced in full; null before the first sync.
    async fn policies_synced_at(&self) -> Option<DateTime> {
        self.tenant.synced_at.map(DateTime)
    }

    /// The next instants at which a recurrence would fire, earliest first, for a preview before saving. Daylight-saving changes are applied. Errors: BAD_USER_INPUT when the recurrence breaks a rule of its fields.
    async fn recurrence_preview(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The recurrence to try.")] recurrence: BackupScheduleRecurrenceInput,
        #[graphql(desc = "How many instants, 1 to 50.", default = 5)] count: i32,
        #[graphql(desc = "Start after this instant; now when absent.")] after: Option<DateTime>,
    ) -> Result<Vec<DateTime>> {
        let wanted = usize::try_from(count).unwrap_or_default();
        if !(1..=LONGEST_PREVIEW).contains(&wanted) {
            let message = format!("`count` must be 1 to {LONGEST_PREVIEW}");
            return Err(Refusal::bad_input(message));
        }
        let mut faults = Faults::default();
        let recurrence = recurrence.check(&["recurrence"], &mut faults);
        let recurrence = faults.or(recurrence).map_err(Faults::into_refusal)?;
        let after = after.map_or_else(|| Call::of(ctx).clock.now(), |at| at.0);
        let slots = slots_after(&recurrence, after).take(wanted);
        Ok(slots.map(|slot| DateTime(slot.at)).collect())
    }

    /// Members of the tenant. Requires: MANAGER. Null with a FORBIDDEN error below that.
    #[graphql(complexity = "points(first, last, child_complexity)")]
    async fn members(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "How many from the start: 0 to 100, 25 when neither `first` nor `last` is given. Not together with `last`."
        )]
        first: Option<i32>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end: 0 to 100. Not together with `first`.")]
        last: Option<i32>,
        #[graphql(desc = "Only what precedes this cursor.")] before: Option<String>,
        #[graphql(desc = "Only members that match.")] filter: Option<TenantMemberFilter>,
        #[graphql(
            desc = "Order of the members.",
            default_with = "Some(TenantMemberOrder::default())"
        )]
        order_by: Option<TenantMemberOrder>,
    ) -> Result<Option<TenantMemberConnection>> {
        let page = PageArguments {
            first,
            after,
            last,
            before,
        };
        let call = Call::of(ctx);
        self.may_read(call, "Tenant.members", Permission::ReadMembers)
            .await?;
        let (filter, order) = (filter.unwrap_or_default(), order_by.unwrap_or_default());
        let page = members_page(call, self.scope, filter, order, &page).await?;
        Ok(Some(page))
    }

    /// API tokens of the tenant, also expired and revoked ones of the last 90 days. Requires: MANAGER. Null with a FORBIDDEN error below that.
    #[graphql(complexity = "points(first, last, child_complexity)")]
    async fn api_tokens(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "How many from the start: 0 to 100, 25 when neither `first` nor `last` is given. Not together with `last`."
        )]
        first: Option<i32>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end: 0 to 100. Not together with `first`.")]
        last: Option<i32>,
        #[graphql(desc = "Only what precedes this cursor.")] before: Option<String>,
        #[graphql(desc = "Only tokens that match.")] filter: Option<ApiTokenFilter>,
        #[graphql(
            desc = "Order of the tokens.",
            default_with = "Some(ApiTokenOrder::default())"
        )]
        order_by: Option<ApiTokenOrder>,
    ) -> Result<Option<ApiTokenConnection>> {
        let page = PageArguments {
            first,
            after,
            last,
            before,
        };
        let call = Call::of(ctx);
        self.may_read(call, "Tenant.apiTokens", Permission::ReadMembers)
            .await?;
        let (filter, order) = (filter.unwrap_or_default(), order_by.unwrap_or_default());
        let page = tokens_page(call, self.scope, filter, order, &page).await?;
        Ok(Some(page))
    }

    /// The Graph credential, without its secret; null when none is stored. Requires: OWNER; not for API tokens. Null with a FORBIDDEN error below that.
    async fn credential(&self, ctx: &Context<'_>) -> Result<Option<TenantCredential>> {
        let call = Call::of(ctx);
        let right = Permission::ManageCredentials;
        self.may_read(call, "Tenant.credential", right).await?;
        let credential = call.load(CredentialOf(self.tenant.id)).await?;
        Ok(credential.map(|credential| TenantCredential {
            credential,
            connection: self.tenant.connection,
        }))
    }
}
