//! Outcomes of the mutations of schedules.

use async_graphql::{ID, SimpleObject};

use super::{
    faults::{Faults, UserError},
    payloads::payload,
    schedules::BackupSchedule,
};

/// Outcome of `createBackupSchedule`.
#[derive(SimpleObject)]
pub(super) struct CreateBackupSchedulePayload {
    /// The schedule; null when there are user errors.
    schedule: Option<BackupSchedule>,
    /// Whether this is the answer to an earlier request with the same idempotency key.
    is_replay: bool,
    /// Expected failures; empty on success.
    user_errors: Vec<UserError>,
}

/// A schedule, and whether an earlier request made it.
pub(super) struct Created {
    pub(super) schedule: BackupSchedule,
    pub(super) is_replay: bool,
}

impl From<Result<Created, Faults>> for CreateBackupSchedulePayload {
    fn from(result: Result<Created, Faults>) -> Self {
        match result {
            Ok(created) => Self {
                schedule: Some(created.schedule),
                is_replay: created.is_replay,
                user_errors: Vec::new(),
            },
            Err(faults) => Self {
                schedule: None,
                is_replay: false,
                user_errors: faults.into_errors(),
            },
        }
    }
}

payload! {
    UpdateBackupSchedulePayload "UpdateBackupSchedulePayload":
    "Outcome of `updateBackupSchedule`.", schedule BackupSchedule: "The schedule after the change; null when there are user errors."
}

payload! {
    EnableBackupSchedulePayload "EnableBackupSchedulePayload":
    "Outcome of `enableBackupSchedule`.", schedule BackupSchedule: "The schedule; null when there are user errors."
}

payload! {
    DisableBackupSchedulePayload "DisableBackupSchedulePayload":
    "Outcome of `disableBackupSchedule`.", schedule BackupSchedule: "The schedule; null when there are user errors."
}

payload! {
    DeleteBackupSchedulePayload "DeleteBackupSchedulePayload":
    "Outcome of `deleteBackupSchedule`.", deleted_schedule_id ID: "ID of the schedule that is gone; null when there are user errors."
}
