//! Outcomes of the mutations of runs.

use async_graphql::SimpleObject;

use super::{
    access::TenantScope,
    faults::{Faults, UserError, UserErrorCode},
    payloads::payload,
    runs::BackupScheduleRun,
};
use crate::domain::run::Run;

/// What became of a run that somebody asked for.
#[derive(Clone, Debug)]
pub(super) enum Asked {
    /// It is queued.
    Queued(Run),
    /// The same request queued it before.
    Before(Run),
    /// This other run of the schedule is active.
    InTheWay(Run),
}

/// The same, and the caller's standing in the tenant.
pub(super) struct Answered {
    pub(super) scope: TenantScope,
    pub(super) asked: Asked,
}

macro_rules! asked_payload {
    ($payload:ident $name:tt: $about:tt, run $run:tt) => {
        #[doc = $about]
        #[derive(SimpleObject)]
        #[graphql(name = $name)]
        pub(super) struct $payload {
            #[doc = $run]
            run: Option<BackupScheduleRun>,
            /// The run that is in the way when the user error is RUN_ALREADY_ACTIVE; null otherwise.
            active_run: Option<BackupScheduleRun>,
            /// Whether this is the answer to an earlier request with the same idempotency key.
            is_replay: bool,
            /// Expected failures; empty on success.
            user_errors: Vec<UserError>,
        }

        impl From<Result<Answered, Faults>> for $payload {
            fn from(result: Result<Answered, Faults>) -> Self {
                let nothing = Self {
                    run: None,
                    active_run: None,
                    is_replay: false,
                    user_errors: Vec::new(),
                };
                let Answered { scope, asked } = match result {
                    Ok(answered) => answered,
                    Err(faults) => {
                        return Self {
                            user_errors: faults.into_errors(),
                            ..nothing
                        };
                    }
                };
                match asked {
                    Asked::Queued(run) => Self {
                        run: Some(BackupScheduleRun { scope, run }),
                        ..nothing
                    },
                    Asked::Before(run) => Self {
                        run: Some(BackupScheduleRun { scope, run }),
                        is_replay: true,
                        ..nothing
                    },
                    Asked::InTheWay(run) => Self {
                        active_run: Some(BackupScheduleRun { scope, run }),
                        user_errors: in_the_way(),
                        ..nothing
                    },
                }
            }
        }
    };
}

fn in_the_way() -> Vec<UserError> {
    let message = "another run of the schedule is queued or running";
    Faults::one(UserErrorCode::RunAlreadyActive, message, &[]).into_errors()
}

asked_payload! {
    RunBackupScheduleNowPayload "RunBackupScheduleNowPayload":
    "Outcome of `runBackupScheduleNow`.", run "The run; null when there are user errors."
}

asked_payload! {
    RetryBackupScheduleRunPayload "RetryBackupScheduleRunPayload":
    "Outcome of `retryBackupScheduleRun`.", run "The new run; null when there are user errors."
}

payload! {
    CancelBackupScheduleRunPayload "CancelBackupScheduleRunPayload":
    "Outcome of `cancelBackupScheduleRun`.", run BackupScheduleRun: "The run; null when there are user errors."
}
