//! The completeness record: what became of each kind, and what that makes of the run.

use std::str::FromStr;

use super::{
    failure::{Failure, FailureCode},
    kind::PolicyKind,
    notification::clip,
    run::Outcome,
    words::words,
};

/// Objects of a kind that are told by name; those beyond are only counted.
pub const MOST_NAMED: usize = 100;

/// Longest message of a failure, in characters.
const LONGEST_MESSAGE: usize = 2_000;

words! {
    /// State of one kind within a run.
    KindStatus {
        /// The run was cancelled before this kind was done.
        Cancelled "CANCELLED"
        /// The list was refused; nothing of this kind is stored.
        Failed "FAILED"
        /// Not licensed, or not readable by an unattended service. Not a failure.
        NotAvailable "NOT_AVAILABLE"
        /// Some objects of this kind are not stored.
        Partial "PARTIAL"
        /// Not begun.
        Queued "QUEUED"
        /// In progress.
        Running "RUNNING"
        /// All that was listed is stored.
        Succeeded "SUCCEEDED"
    }
}

/// An object that could not be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectFailure {
    /// Its identifier at Graph; none when Graph gave it without one.
    pub graph_id: Option<String>,
    /// Its name.
    pub name: String,
    /// Why.
    pub failure: Failure,
}

/// What became of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KindResult {
    /// Which kind.
    pub kind: PolicyKind,
    /// How it went.
    pub status: KindStatus,
    /// Objects that Graph listed; none until the list is complete.
    pub listed: Option<u32>,
    /// Items stored.
    pub items: u32,
    /// Of these, items taken over because their marker had not moved.
    pub reused: u32,
    /// Objects that could not be stored.
    pub failed: u32,
    /// Objects that were gone between list and read. Not a failure.
    pub vanished: u32,
    /// Size of the stored payloads in bytes, before compression.
    pub payload_bytes: u64,
    /// Calls made to Graph.
    pub requests: u64,
    /// Why, unless all is well.
    pub failure: Option<Failure>,
    /// The objects that could not be stored, the first [`MOST_NAMED`] of them.
    pub failures: Vec<ObjectFailure>,
}

impl KindResult {
    /// A kind that has not begun.
    pub fn queued(kind: PolicyKind) -> Self {
        Self {
            kind,
            status: KindStatus::Queued,
            listed: None,
            items: 0,
            reused: 0,
            failed: 0,
            vanished: 0,
            payload_bytes: 0,
            requests: 0,
            failure: None,
            failures: Vec::new(),
        }
    }

    /// Notes an object that could not be stored. The first one is told as the kind's failure.
    pub fn note_failed(&mut self, failed: ObjectFailure) {
        self.failed = self.failed.saturating_add(1);
        self.failure.get_or_insert_with(|| Failure {
            code: failed.failure.code,
            message: clip(
                &format!("{}: {}", failed.name, failed.failure.message),
                LONGEST_MESSAGE,
            ),
        });
        if self.failures.len() < MOST_NAMED {
            self.failures.push(failed);
        }
    }

    /// What becomes of the kind when its run ends before its time: as it is if it had ended,
    /// otherwise ended like the run.
    #[must_use]
    pub fn cut_short(self, outcome: &Outcome) -> Self {
        let status = match outcome {
            Outcome::Cancelled => KindStatus::Cancelled,
            Outcome::Failed(_)
            | Outcome::Partial(_)
            | Outcome::Succeeded
            | Outcome::Skipped
            | Outcome::Missed { .. } => KindStatus::Failed,
        };
        match self.status {
            KindStatus::Queued | KindStatus::Running => Self {
                status,
                failure: outcome.failure().cloned(),
                ..self
            },
            KindStatus::Cancelled
            | KindStatus::Failed
            | KindStatus::NotAvailable
            | KindStatus::Partial
            | KindStatus::Succeeded => self,
        }
    }

    /// Whether the kind is in the set in full.
    pub fn is_whole(&self) -> bool {
        match self.status {
            KindStatus::Succeeded => true,
            KindStatus::NotAvailable
            | KindStatus::Cancelled
            | KindStatus::Failed
            | KindStatus::Partial
            | KindStatus::Queued
            | KindStatus::Running => false,
        }
    }

    /// Whether the kind was asked for and is not in the set in full.
    pub fn is_missing(&self) -> bool {
        !self.is_whole() && self.status != KindStatus::NotAvailable
    }
}

/// What the results of all kinds make of a run.
///
/// All available kinds whole, one at least: succeeded. None available: the tenant is not licensed.
/// Nothing stored at all: failed, with the reason of the first kind that failed. Otherwise partial.
pub fn outcome(results: &[KindResult]) -> Outcome {
    let missing = results.iter().find(|result| result.is_missing());
    let any_whole = results.iter().any(KindResult::is_whole);
    let any_item = results.iter().any(|result| result.items > 0);
    match missing {
        None if any_whole => Outcome::Succeeded,
        None => Outcome::Failed(not_licensed(results)),
        Some(missing) if any_whole || any_item => Outcome::Partial(reason(missing)),
        Some(missing) => Outcome::Failed(reason(missing)),
    }
}

fn reason(missing: &KindResult) -> Failure {
    missing.failure.clone().unwrap_or_else(|| Failure {
        code: FailureCode::Unknown,
        message: format!("{} was not read to its end", missing.kind.title()),
    })
}

fn not_licensed(results: &[KindResult]) -> Failure {
    let told = results.iter().find_map(|result| result.failure.as_ref());
    Failure {
        code: FailureCode::TenantNotLicensed,
        message: told.map_or_else(
            || {
                "none of the chosen kinds is available in this tenant; check its Intune licence"
                    .to_owned()
            },
            |failure| failure.message.clone(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::run::RunStatus;

    fn result(status: KindStatus, items: u32) -> KindResult {
        let failure = matches!(status, KindStatus::Failed | KindStatus::Partial).then(|| Failure {
            code: FailureCode::PermissionMissing,
            message: "grant it".to_owned(),
        });
        KindResult {
            status,
            items,
            failure,
            ..KindResult::queued(PolicyKind::ScopeTag)
        }
    }

    #[test]
    fn every_failed_object_is_counted_and_the_first_hundred_are_named() {
        let mut result = KindResult::queued(PolicyKind::ScopeTag);
        for number in 0..150 {
            result.note_failed(ObjectFailure {
                graph_id: Some(number.to_string()),
                name: format!("Tag {number}"),
                failure: Failure {
                    code: FailureCode::Unknown,
                    message: "broken".to_owned(),
                },
            });
        }
        assert_eq!((result.failed, result.failures.len()), (150, MOST_NAMED));
        let told = result.failure.map(|failure| failure.message);
        assert_eq!(told.as_deref(), Some("Tag 0: broken"));
        let last = result.failures.last().map(|failed| failed.name.as_str());
        assert_eq!(last, Some("Tag 99"));
    }

    #[test]
    fn the_outcome_of_a_run_follows_from_its_kinds() {
        use KindStatus::{Failed, NotAvailable, Partial, Succeeded};
        type Case<'a> = (&'a [(KindStatus, u32)], RunStatus, Option<FailureCode>);
        let cases: &[Case<'_>] = &[
            (&[(Succeeded, 3)], RunStatus::Succeeded, None),
            (&[(Succeeded, 0)], RunStatus::Succeeded, None),
            (
                &[(Succeeded, 1), (NotAvailable, 0)],
                RunStatus::Succeeded,
                None,
            ),
            (
                &[(NotAvailable, 0)],
                RunStatus::Failed,
                Some(FailureCode::TenantNotLicensed),
            ),
            (
                &[(Failed, 0)],
                RunStatus::Failed,
                Some(FailureCode::PermissionMissing),
            ),
            (
                &[(Failed, 0), (NotAvailable, 0)],
                RunStatus::Failed,
                Some(FailureCode::PermissionMissing),
            ),
            (
                &[(Partial, 0)],
                RunStatus::Failed,
                Some(FailureCode::PermissionMissing),
            ),
            (
                &[(Partial, 2)],
                RunStatus::Partial,
                Some(FailureCode::PermissionMissing),
            ),
            (
                &[(Failed, 0), (Succeeded, 0)],
                RunStatus::Partial,
                Some(FailureCode::PermissionMissing),
            ),
        ];
        for (kinds, status, code) in cases {
            let results: Vec<_> = kinds
                .iter()
                .map(|&(status, items)| result(status, items))
                .collect();
            let outcome = outcome(&results);
            assert_eq!(outcome.status(), *status, "{kinds:?}");
            assert_eq!(
                outcome.failure().map(|failure| failure.code),
                *code,
                "{kinds:?}"
            );
        }
    }
}
