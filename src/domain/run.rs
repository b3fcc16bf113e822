//! A run: one execution of a schedule, from the queue to its end.
//!
//! ```text
//!                  ┌────────── another attempt, hand-back ─────────┐
//!                  ▼                                               │
//!   dispatch ─▶ Queued ──── claim ────▶ Running ──── lands ──▶ Ended: Succeeded, Partial, Failed
//!                  │                       │
//!                  └─▶ Ended: Missed       └─▶ Ended: Cancelled
//!                      or Cancelled
//!   dispatch ─▶ Ended: Skipped, Missed
//! ```

use std::str::FromStr;

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    actor::Actor,
    failure::{Failure, FailureCode},
    ids::{RunId, ScheduleId, TenantId},
    kind::PolicyKind,
    slot::Slot,
    words::words,
};

words! {
    /// Where a run stands, without its details.
    RunStatus {
        /// Stopped on request.
        Cancelled "CANCELLED"
        /// Ended without a backup set.
        Failed "FAILED"
        /// Ended with a set that lacks some kinds.
        Partial "PARTIAL"
        /// Its slot passed with no server to carry it out.
        Missed "MISSED"
        /// Waiting for a worker.
        Queued "QUEUED"
        /// In progress.
        Running "RUNNING"
        /// Another run of the schedule was active at its slot.
        Skipped "SKIPPED"
        /// Everything asked for was backed up.
        Succeeded "SUCCEEDED"
    }

    /// What started a run, without its details.
    TriggerKind {
        /// A person or an API token.
        Manual "MANUAL"
        /// A retry of an earlier run, by a person or an API token.
        Retry "RETRY"
        /// The schedule's recurrence.
        Scheduled "SCHEDULED"
    }

    /// Phase of an active run.
    Phase {
        /// Waiting for a worker.
        Queued "QUEUED"
        /// Getting a token.
        Connecting "CONNECTING"
        /// Listing the policies.
        Enumerating "ENUMERATING"
        /// Fetching the policies.
        Fetching "FETCHING"
        /// Storing the backup set.
        Storing "STORING"
        /// Deleting backup sets beyond the retention.
        ApplyingRetention "APPLYING_RETENTION"
        /// The run has ended.
        Done "DONE"
    }
}

impl RunStatus {
    /// How runs end that were begun; some are cancelled before.
    pub const BEGUN: [Self; 4] = [
        Self::Succeeded,
        Self::Partial,
        Self::Failed,
        Self::Cancelled,
    ];

    /// Whether the run is queued or running.
    pub fn is_active(self) -> bool {
        match self {
            Self::Queued | Self::Running => true,
            Self::Cancelled
            | Self::Failed
            | Self::Partial
            | Self::Missed
            | Self::Skipped
            | Self::Succeeded => false,
        }
    }

    /// Whether a person may have the run done again.
    pub fn is_retryable(self) -> bool {
        match self {
            Self::Failed | Self::Partial | Self::Cancelled => true,
            Self::Missed | Self::Queued | Self::Running | Self::Skipped | Self::Succeeded => false,
        }
    }
}

/// What started a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trigger {
    /// The schedule's recurrence.
    Scheduled(Slot),
    /// A person or an API token.
    Manual,
    /// A person or an API token, in place of an earlier run.
    Retry(RunId),
}

impl Trigger {
    /// The trigger without its details.
    pub fn kind(self) -> TriggerKind {
        match self {
            Self::Scheduled(_) => TriggerKind::Scheduled,
            Self::Manual => TriggerKind::Manual,
            Self::Retry(_) => TriggerKind::Retry,
        }
    }
}

/// What is read of a tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// Which kinds, in capture order, each once, at least one.
    pub kinds: Vec<PolicyKind>,
    /// Whether assignments are kept.
    pub assignments: bool,
    /// Whether scope tags are kept.
    pub scope_tags: bool,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Everything asked for is in one complete set.
    Succeeded,
    /// One set holds the rest; the failure is that of the first kind that failed.
    Partial(Failure),
    /// No set.
    Failed(Failure),
    /// Stopped on request; no set.
    Cancelled,
    /// Never begun, because another run of the schedule was active.
    Skipped,
    /// Never begun, because no server was up in time.
    Missed {
        /// Slots missed in a row, this one included.
        count: u32,
        /// The last slot missed.
        last_at: DateTime<Utc>,
    },
}

impl Outcome {
    /// The outcome without its details.
    pub fn status(&self) -> RunStatus {
        match self {
            Self::Succeeded => RunStatus::Succeeded,
            Self::Partial(_) => RunStatus::Partial,
            Self::Failed(_) => RunStatus::Failed,
            Self::Cancelled => RunStatus::Cancelled,
            Self::Skipped => RunStatus::Skipped,
            Self::Missed { .. } => RunStatus::Missed,
        }
    }

    /// Why, for outcomes that have a reason.
    pub fn failure(&self) -> Option<&Failure> {
        match self {
            Self::Partial(failure) | Self::Failed(failure) => Some(failure),
            Self::Succeeded | Self::Cancelled | Self::Skipped | Self::Missed { .. } => None,
        }
    }
}

/// Where a run stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RunState {
    /// Waiting for a worker.
    Queued {
        /// When the next attempt may begin; at once when none is named.
        not_before: Option<DateTime<Utc>>,
    },
    /// In the hands of a worker.
    Running {
        /// Which server.
        owner: String,
        /// Until when nobody else may touch it.
        lease_until: DateTime<Utc>,
    },
    /// Over for good.
    Ended {
        /// When.
        at: DateTime<Utc>,
        /// How.
        outcome: Outcome,
    },
}

impl RunState {
    /// The state without its details.
    pub fn status(&self) -> RunStatus {
        match self {
            Self::Queued { .. } => RunStatus::Queued,
            Self::Running { .. } => RunStatus::Running,
            Self::Ended { outcome, .. } => outcome.status(),
        }
    }

    /// The server that carries it out, if one does.
    pub fn owner(&self) -> Option<&str> {
        match self {
            Self::Running { owner, .. } => Some(owner),
            Self::Queued { .. } | Self::Ended { .. } => None,
        }
    }
}

/// What a run has asked of Graph.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Calls {
    /// Requests, each try and each item of a batch counted.
    pub requests: u64,
    /// Those that Graph throttled.
    pub throttled: u64,
}

impl std::ops::Add for Calls {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            requests: self.requests + other.requests,
            throttled: self.throttled + other.throttled,
        }
    }
}

/// How far a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Current phase.
    pub phase: Phase,
    /// Policies dealt with, failed ones included.
    pub processed: u32,
    /// Policies to deal with; none while unknown.
    pub total: Option<u32>,
    /// What Graph was asked for, in all attempts together.
    pub calls: Calls,
    /// When this was recorded.
    pub at: DateTime<Utc>,
}

impl Progress {
    /// The progress of a run that has just been queued.
    pub fn queued(at: DateTime<Utc>) -> Self {
        Self {
            phase: Phase::Queued,
            processed: 0,
            total: None,
            calls: Calls::default(),
            at,
        }
    }

    /// The progress of a run that is back in the queue, as far as it had come.
    fn waiting(self) -> Self {
        Self {
            phase: Phase::Queued,
            ..self
        }
    }

    /// The progress after more was done; its percentage never goes down, also when there turns out
    /// to be more to do than it seemed.
    #[must_use]
    pub fn advanced(
        self,
        phase: Phase,
        processed: u32,
        total: Option<u32>,
        at: DateTime<Utc>,
    ) -> Self {
        let next = Self {
            phase,
            processed,
            total,
            at,
            ..self
        };
        if next.percent() < self.percent() {
            return Self { phase, at, ..self };
        }
        next
    }

    /// Whole percent, 0 to 100; none while the total is unknown.
    pub fn percent(&self) -> Option<u8> {
        let total = u64::from(self.total?);
        let done = u64::from(self.processed) * 100;
        let percent = done.checked_div(total).unwrap_or(100);
        Some(u8::try_from(percent.min(100)).unwrap_or(100))
    }
}

/// Counts of a run that has ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Summary {
    /// Policies that Graph listed for the chosen kinds.
    pub listed: u32,
    /// Items stored.
    pub items: u32,
    /// Items that differ from the schedule's previous set, new ones included.
    pub changed: u32,
    /// Policies of the previous set that are gone.
    pub removed: u32,
    /// Policies that could not be backed up.
    pub failed: u32,
    /// Size of the stored payloads in bytes, before compression.
    pub payload_bytes: u64,
    /// Calls made to Graph, retries included.
    pub requests: u64,
    /// Calls that Graph throttled.
    pub throttled: u64,
}

/// One execution of a schedule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Its identifier.
    pub id: RunId,
    /// The tenant.
    pub tenant: TenantId,
    /// The schedule, also when it was deleted since.
    pub schedule: ScheduleId,
    /// What started it.
    pub trigger: Trigger,
    /// Who started it.
    pub started_by: Actor,
    /// What it reads.
    pub scope: Scope,
    /// Whether it reads also what has not moved.
    pub full_read: bool,
    /// 1 to [`MAX_ATTEMPTS`].
    pub attempt: u8,
    /// The fence: how often it was claimed.
    pub claim: i64,
    /// Where it stands.
    pub state: RunState,
    /// How far it is.
    pub progress: Progress,
    /// Counts; none until it has ended, and when it never began.
    pub summary: Option<Summary>,
    /// When it was queued.
    pub created_at: DateTime<Utc>,
    /// When a worker first began.
    pub started_at: Option<DateTime<Utc>>,
    /// When somebody asked for it to stop.
    pub cancel_requested_at: Option<DateTime<Utc>>,
}

impl Run {
    /// The run in the hands of a worker.
    #[must_use]
    pub fn claimed(self, owner: &str, lease_until: DateTime<Utc>, now: DateTime<Utc>) -> Self {
        Self {
            claim: self.claim + 1,
            state: RunState::Running {
                owner: owner.to_owned(),
                lease_until,
            },
            started_at: self.started_at.or(Some(now)),
            ..self
        }
    }

    /// The run back in the queue, as a server leaves it that has to stop. Uses no attempt.
    #[must_use]
    pub fn handed_back(self, now: DateTime<Utc>) -> Self {
        let progress = Progress {
            at: now,
            ..self.progress.waiting()
        };
        Self {
            state: RunState::Queued { not_before: None },
            progress,
            ..self
        }
    }

    /// The run back in the queue for its next attempt.
    #[must_use]
    pub fn attempted_again(self, not_before: DateTime<Utc>) -> Self {
        Self {
            attempt: self.attempt.saturating_add(1),
            state: RunState::Queued {
                not_before: Some(not_before),
            },
            progress: self.progress.waiting(),
            ..self
        }
    }

    /// The run at its end.
    #[must_use]
    pub fn ended(self, outcome: Outcome, summary: Option<Summary>, at: DateTime<Utc>) -> Self {
        let progress = Progress {
            phase: Phase::Done,
            at,
            ..self.progress
        };
        Self {
            state: RunState::Ended { at, outcome },
            progress,
            summary,
            ..self
        }
    }

    /// Since when a queued run has waited for a worker: since it was queued or handed back, or its next attempt
    /// was due. Others of its tenant may have kept it from starting since.
    pub fn waits_since(&self) -> DateTime<Utc> {
        match self.state {
            RunState::Queued {
                not_before: Some(at),
            } => at,
            RunState::Queued { not_before: None } if self.started_at.is_some() => self.progress.at,
            RunState::Queued { not_before: None }
            | RunState::Running { .. }
            | RunState::Ended { .. } => self.created_at,
        }
    }

    /// When it ended.
    pub fn ended_at(&self) -> Option<DateTime<Utc>> {
        match &self.state {
            RunState::Ended { at, .. } => Some(*at),
            RunState::Queued { .. } | RunState::Running { .. } => None,
        }
    }
}

/// Attempts that one run may have.
pub const MAX_ATTEMPTS: u8 = 4;

/// Waits before the second, third and fourth attempt, in minutes.
const ATTEMPT_WAITS: [i64; 3] = [1, 5, 15];

/// How long to wait before another attempt of a run whose attempt `number` failed; none when it is final.
///
/// `jitter`, from 0 to 1, lengthens the wait by up to a quarter, so that runs which failed together
/// do not come back together.
pub fn next_attempt_after(number: u8, failed: FailureCode, jitter: f64) -> Option<TimeDelta> {
    if !failed.is_transient() {
        return None;
    }
    wait_after(number, jitter)
}

/// What cut an attempt short, which nothing in the tenant is to blame for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interruption {
    /// The database was away, or took nothing.
    Away,
    /// The database refused something, and may do so again.
    Unclear,
}

/// What follows an attempt of a run that was cut short, and may well succeed the next time: another one
/// while any are left.
pub fn after_interruption(
    (run, number): (RunId, u8),
    by: Interruption,
    jitter: f64,
) -> AfterInterruption {
    if let Some(wait) = wait_after(number, jitter) {
        return AfterInterruption::AnotherAttempt(wait);
    }
    let message = match by {
        Interruption::Away => {
            "The service had lost touch with its own database, in the last attempt of this run as \
             well. Nothing was stored. Retry the run once the service is well again."
                .to_owned()
        }
        Interruption::Unclear => format!(
            "The service's own database refused what the run asked of it, in the last attempt as \
             well. Nothing was stored. The server's log has more under this run's reference {run}."
        ),
    };
    AfterInterruption::Failed(Failure {
        code: FailureCode::Unknown,
        message,
    })
}

/// What follows an attempt that was cut short.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AfterInterruption {
    /// Another attempt, after this wait.
    AnotherAttempt(TimeDelta),
    /// Nothing: it was the last.
    Failed(Failure),
}

/// The wait after attempt `number`; none after the last.
fn wait_after(number: u8, jitter: f64) -> Option<TimeDelta> {
    let minutes = ATTEMPT_WAITS.get(usize::from(number.checked_sub(1)?))?;
    let seconds = 60 * minutes;
    // At most 15 minutes: far inside what a float and an integer share exactly.
    #[expect(clippy::as_conversions, reason = "a small positive number of seconds")]
    let extra = (jitter.clamp(0.0, 1.0) * 0.25 * seconds as f64) as i64;
    Some(TimeDelta::seconds(seconds + extra))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_transient_failures_get_another_attempt_and_at_most_three() {
        let wait =
            |number, code| next_attempt_after(number, code, 0.0).map(|wait| wait.num_minutes());
        assert_eq!(wait(1, FailureCode::GraphThrottle), Some(1));
        assert_eq!(wait(2, FailureCode::GraphUnavailable), Some(5));
        assert_eq!(wait(3, FailureCode::GraphThrottle), Some(15));
        assert_eq!(wait(4, FailureCode::GraphThrottle), None);
        assert_eq!(wait(1, FailureCode::TokenExpired), None);
        assert_eq!(wait(0, FailureCode::GraphThrottle), None);
    }

    #[test]
    fn an_interrupted_run_has_as_many_attempts_as_any() {
        for (number, minutes) in [(1, Some(1)), (2, Some(5)), (3, Some(15)), (4, None)] {
            for by in [Interruption::Away, Interruption::Unclear] {
                let wait = match after_interruption((RunId::mint(), number), by, 0.0) {
                    AfterInterruption::AnotherAttempt(wait) => Some(wait.num_minutes()),
                    AfterInterruption::Failed(_) => None,
                };
                assert_eq!(wait, minutes, "{number}");
            }
        }
    }

    #[test]
    fn only_a_database_that_was_away_is_called_so() {
        let run = RunId::mint();
        let message = |by| match after_interruption((run, MAX_ATTEMPTS), by, 0.0) {
            AfterInterruption::Failed(failure) => failure.message,
            AfterInterruption::AnotherAttempt(wait) => panic!("another attempt after {wait}"),
        };
        let (away, unclear) = (message(Interruption::Away), message(Interruption::Unclear));
        assert!(away.contains("lost touch"), "{away}");
        assert!(!unclear.contains("lost touch"), "{unclear}");
        assert!(unclear.contains(&run.to_string()), "{unclear}");
    }

    #[test]
    fn jitter_lengthens_by_at_most_a_quarter() {
        let longest = next_attempt_after(2, FailureCode::GraphThrottle, 1.0);
        assert_eq!(longest, Some(TimeDelta::seconds(375)));
    }

    #[test]
    fn percent_never_goes_down() {
        let at = DateTime::UNIX_EPOCH;
        let half = Progress::queued(at).advanced(Phase::Fetching, 5, Some(10), at);
        assert_eq!(half.percent(), Some(50));
        assert_eq!(
            half.advanced(Phase::Fetching, 6, Some(20), at).percent(),
            Some(50)
        );
        assert_eq!(
            half.advanced(Phase::Fetching, 6, None, at).percent(),
            Some(50)
        );
        assert_eq!(
            half.advanced(Phase::Fetching, 12, Some(20), at).percent(),
            Some(60)
        );
    }

    #[test]
    fn percent_is_unknown_without_a_total_and_full_for_nothing() {
        let at = DateTime::UNIX_EPOCH;
        let percent = |processed, total| {
            Progress {
                phase: Phase::Fetching,
                processed,
                total,
                calls: Calls::default(),
                at,
            }
            .percent()
        };
        assert_eq!(percent(3, None), None);
        assert_eq!(percent(0, Some(0)), Some(100));
        assert_eq!(percent(1, Some(3)), Some(33));
        assert_eq!(percent(9, Some(3)), Some(100));
    }
}
