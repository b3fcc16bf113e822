//! Outcomes of the mutations of schedules.

use async_graphql::{ID, SimpleObject};

use super::{
    faults::{Faults, UserError},
    ids,
    schedules::BackupSchedule,
};
use crate::domain::ids::ScheduleId;

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

macro_rules! schedule_payload {
    ($payload:ident $name:tt: $about:tt, schedule $schedule:tt) => {
        #[doc = $about]
        #[derive(SimpleObject)]
        #[graphql(name = $name)]
        pub(super) struct $payload {
            #[doc = $schedule]
            schedule: Option<BackupSchedule>,
            /// Expected failures; empty on success.
            user_errors: Vec<UserError>,
        }

        impl From<Result<BackupSchedule, Faults>> for $payload {
            fn from(result: Result<BackupSchedule, Faults>) -> Self {
                match result {
                    Ok(schedule) => Self {
                        schedule: Some(schedule),
                        user_errors: Vec::new(),
                    },
                    Err(faults) => Self {
                        schedule: None,
                        user_errors: faults.into_errors(),
                    },
                }
            }
        }
    };
}

schedule_payload! {
    UpdateBackupSchedulePayload "UpdateBackupSchedulePayload":
    "Outcome of `updateBackupSchedule`.", schedule "The schedule after the change; null when there are user errors."
}

schedule_payload! {
    EnableBackupSchedulePayload "EnableBackupSchedulePayload":
    "Outcome of `enableBackupSchedule`.", schedule "The schedule; null when there are user errors."
}

schedule_payload! {
    DisableBackupSchedulePayload "DisableBackupSchedulePayload":
    "Outcome of `disableBackupSchedule`.", schedule "The schedule; null when there are user errors."
}

/// Outcome of `deleteBackupSchedule`.
#[derive(SimpleObject)]
pub(super) struct DeleteBackupSchedulePayload {
    /// ID of the schedule that is gone; null when there are user errors.
    deleted_schedule_id: Option<ID>,
    /// Expected failures; empty on success.
    user_errors: Vec<UserError>,
}

impl From<Result<ScheduleId, Faults>> for DeleteBackupSchedulePayload {
    fn from(result: Result<ScheduleId, Faults>) -> Self {
        match result {
            Ok(id) => Self {
                deleted_schedule_id: Some(ids::show(id)),
                user_errors: Vec::new(),
            },
            Err(faults) => Self {
                deleted_schedule_id: None,
                user_errors: faults.into_errors(),
            },
        }
    }
}
