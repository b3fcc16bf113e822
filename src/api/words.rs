//! The words of the API: one enumeration for each of the domain's that clients see.
//!
//! The values are the domain's; the texts are what clients read.

use async_graphql::Enum;

/// Rank of a member or an API token within a tenant. Each rank includes all rights of the ranks before it.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "crate::domain::role::Role")]
pub(super) enum TenantRole {
    /// Sees schedules, runs, backup sets and policies.
    Readonly,
    /// Also starts, retries and cancels runs.
    Operator,
    /// Also manages schedules, backup sets and API tokens, and reads the audit log.
    Manager,
    /// Also manages members, credentials and the tenant itself.
    Owner,
}

/// A single right within a tenant, so that a front end need not know the ranks.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "crate::domain::role::Permission")]
pub(super) enum TenantPermission {
    /// Cancel a run.
    CancelRun,
    /// Export backup sets with the secrets in them.
    ExportSecrets,
    /// Manage API tokens.
    ManageApiTokens,
    /// Delete and undelete backup sets.
    ManageBackupSets,
    /// Set, check and remove Graph credentials.
    ManageCredentials,
    /// Add, change and remove members.
    ManageMembers,
    /// Create, change, enable, disable and delete schedules.
    ManageSchedules,
    /// Change the tenant's own settings.
    ManageTenant,
    /// Read the audit log.
    ReadAuditLog,
    /// Read schedules, runs, backup sets and policies.
    ReadBackups,
    /// List members.
    ReadMembers,
    /// Start and retry runs.
    StartRun,
    /// Check the hashes of backup sets.
    VerifyBackupSets,
}

/// State of the connection between a tenant and Microsoft Graph.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "crate::domain::tenant::ConnectionStatus")]
pub(super) enum TenantConnectionStatus {
    /// The last use or check of the credential succeeded with every permission needed.
    Connected,
    /// No credential is stored.
    NotConfigured,
    /// The credential works but permissions for at least one policy type are missing.
    PermissionMissing,
    /// The credential was refused or has expired.
    TokenExpired,
    /// A credential is stored but was not used or checked yet.
    Unverified,
}

/// A Microsoft cloud, with its own hosts for sign-in and Graph.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "crate::domain::tenant::Cloud")]
pub(super) enum MicrosoftCloud {
    /// 21Vianet in China.
    China,
    /// The worldwide cloud, GCC included.
    Global,
    /// US Government, GCC High (L4).
    UsGovernment,
    /// US Government, DoD (L5).
    UsGovernmentDod,
}

/// How often a schedule fires.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "crate::domain::recurrence::FrequencyName")]
pub(super) enum BackupFrequency {
    /// Every day.
    Daily,
    /// On chosen days of the week.
    Weekly,
}

/// A day of the week (ISO 8601, the week starts on Monday).
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "crate::domain::weekdays::Weekday")]
pub(super) enum Weekday {
    /// Monday.
    Monday,
    /// Tuesday.
    Tuesday,
    /// Wednesday.
    Wednesday,
    /// Thursday.
    Thursday,
    /// Friday.
    Friday,
    /// Saturday.
    Saturday,
    /// Sunday.
    Sunday,
}

/// What started a run.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "crate::domain::run::TriggerKind")]
pub(super) enum BackupRunTrigger {
    /// A person or an API token, through `runBackupScheduleNow`.
    Manual,
    /// A retry of an earlier run, by a person or an API token.
    Retry,
    /// The schedule's recurrence.
    Scheduled,
}

/// State of a run. QUEUED and RUNNING are active; all others are final and never change.
/// QUEUED leads to RUNNING, MISSED or CANCELLED; RUNNING leads to SUCCEEDED, PARTIAL, FAILED,
/// CANCELLED, or back to QUEUED for another attempt. SKIPPED and MISSED runs are made as such.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "crate::domain::run::RunStatus")]
pub(super) enum BackupRunStatus {
    /// Stopped on request. No backup set.
    Cancelled,
    /// Ended without a backup set; see `errorCode`.
    Failed,
    /// Some kinds of policies failed. The backup set holds the rest and is marked incomplete.
    Partial,
    /// Not carried out, because no server was up within the grace period after its slot, or it could not start in time. Never caught up.
    Missed,
    /// Waiting for a worker.
    Queued,
    /// In progress.
    Running,
    /// Not carried out, because another run of the schedule was still active at its slot.
    Skipped,
    /// Everything asked for was backed up. Has exactly one backup set.
    Succeeded,
}

/// Why a run, or a part of it, failed. More codes may be added.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "crate::domain::failure::FailureCode")]
pub(super) enum BackupRunErrorCode {
    /// Microsoft Graph went on throttling until the retries were used up.
    GraphThrottle,
    /// Microsoft Graph or the network kept failing until the retries were used up.
    GraphUnavailable,
    /// The app registration lacks a Graph permission; the message names it.
    PermissionMissing,
    /// The tenant has no Intune licence, so Microsoft Graph refuses every Intune call.
    TenantNotLicensed,
    /// Microsoft Entra refused the credential, or it has expired.
    TokenExpired,
    /// The server that carried it out stopped without finishing it.
    WorkerLost,
    /// Anything else. The message carries a reference for support.
    Unknown,
}

/// Phase of an active run.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "crate::domain::run::Phase")]
pub(super) enum BackupRunPhase {
    /// Waiting for a worker.
    Queued,
    /// Getting a token and checking permissions.
    Connecting,
    /// Listing the policies.
    Enumerating,
    /// Fetching the policies.
    Fetching,
    /// Storing the backup set.
    Storing,
    /// Deleting backup sets beyond the retention.
    ApplyingRetention,
    /// The run has ended.
    Done,
}

/// State of one kind of policy within a run.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "crate::domain::completeness::KindStatus")]
pub(super) enum BackupKindStatus {
    /// The run was cancelled before this kind was done.
    Cancelled,
    /// Microsoft Graph refused the list; nothing of this kind was stored.
    Failed,
    /// Not licensed in the tenant, or not readable by an unattended service. Not a failure.
    NotAvailable,
    /// Some policies of this kind could not be stored.
    Partial,
    /// Not begun.
    Queued,
    /// In progress.
    Running,
    /// All that Microsoft Graph listed is stored.
    Succeeded,
}

/// How common a kind of policy is.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "crate::domain::kind::Tier")]
pub(super) enum PolicyTypeTier {
    /// In every tenant; chosen by default.
    Core,
    /// Sensible for most tenants, often empty.
    Extended,
    /// Rare licences, or retired by Microsoft.
    Optional,
}

/// Why a backup set was deleted.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "crate::domain::backup::DeletionReason")]
pub(super) enum BackupSetDeletionReason {
    /// The schedule's retention.
    Retention,
    /// A user or an API token.
    User,
}
