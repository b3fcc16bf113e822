//! User errors: what is wrong with the input of a mutation, as data, all of it at once.

use async_graphql::{Enum, SimpleObject};

use super::error::{Code, Refusal};
use crate::store::StoreError;

/// Codes of `UserError`. Each mutation lists those that it can answer with.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum UserErrorCode {
    /// Another object in the tenant already has this name or identity.
    AlreadyExists,
    /// The value is empty but must not be.
    Blank,
    /// Microsoft Entra or Microsoft Graph refused the credential; the message says why.
    CredentialRejected,
    /// The list holds the same value more than once.
    DuplicateValue,
    /// The idempotency key was used before with different input.
    IdempotencyKeyReused,
    /// The two inputs cannot be used together, or one needs the other.
    IncompatibleValues,
    /// The value does not fit its rules; the message names the rule.
    InvalidValue,
    /// The change would leave the tenant without an owner.
    LastOwner,
    /// The tenant already has as many objects of this kind as it may.
    LimitReached,
    /// No such object, or none that the caller may know of.
    NotFound,
    /// The backup set was purged for good and cannot be brought back.
    Purged,
    /// The required value is missing.
    Required,
    /// The role asked for is higher than the caller's own, or higher than this kind of principal may have.
    RoleTooHigh,
    /// The schedule already has a run that is queued or running.
    RunAlreadyActive,
    /// The run has already ended, so it cannot be cancelled.
    RunAlreadyFinished,
    /// The run was already retried, or did not end in a way that can be retried.
    RunNotRetryable,
    /// The object was changed since the revision the caller named.
    StaleRevision,
    /// The tenant has no usable Graph credential.
    TenantNotConnected,
    /// The list has more values than allowed.
    TooManyValues,
    /// The text is longer than allowed.
    TooLong,
    /// The number is above its maximum or below its minimum.
    OutOfRange,
}

/// An expected failure of a mutation that the caller can act on. When a payload has at least
/// one, nothing was changed and its object fields are null.
#[derive(SimpleObject, Clone, Debug, PartialEq, Eq)]
pub(super) struct UserError {
    /// What went wrong, for programs. Stable; new codes may be added.
    code: UserErrorCode,
    /// What went wrong, for people, in English, without secrets. Its wording may change at any time.
    message: String,
    /// Where in the arguments, from the outermost argument inward, list positions as decimal text: `["input", "recurrence", "weekdays", "0"]`. Empty when no single input is at fault.
    path: Vec<String>,
}

/// What is wrong with an input so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Faults(Vec<UserError>);

impl Faults {
    /// A single thing that is wrong.
    pub(super) fn one(code: UserErrorCode, message: impl Into<String>, path: &[&str]) -> Self {
        let mut faults = Self::default();
        faults.add(code, message, path);
        faults
    }

    /// There is no such object, or the caller may not know of it.
    pub(super) fn not_found(path: &[&str]) -> Self {
        Self::one(UserErrorCode::NotFound, "no such object", path)
    }

    pub(super) fn add(&mut self, code: UserErrorCode, message: impl Into<String>, path: &[&str]) {
        self.0.push(UserError {
            code,
            message: message.into(),
            path: path.iter().map(ToString::to_string).collect(),
        });
    }

    /// Adds what else is wrong.
    pub(super) fn extend(&mut self, others: Self) {
        self.0.extend(others.0);
    }

    /// `value`, unless something is wrong.
    pub(super) fn or<T>(self, value: Option<T>) -> Result<T, Self> {
        match value {
            Some(value) if self.0.is_empty() => Ok(value),
            _ => Err(self),
        }
    }

    /// The same, for an input of a query: all that is wrong in one message.
    pub(super) fn into_refusal(self) -> Refusal {
        let messages: Vec<String> = self
            .0
            .into_iter()
            .map(|fault| format!("{}: {}", fault.path.join("."), fault.message))
            .collect();
        Refusal::bad_input(messages.join("; "))
    }

    /// The errors, as they are shown.
    pub(super) fn into_errors(self) -> Vec<UserError> {
        self.0
    }
}

/// Why a transaction was not carried out: nothing it did is kept.
#[derive(Debug)]
pub(super) enum Undone {
    /// The input does not fit the state of things.
    Faults(Faults),
    /// The caller may not any more.
    Refusal(Refusal),
    /// The database failed.
    Store(StoreError),
}

impl From<Refusal> for Undone {
    fn from(refusal: Refusal) -> Self {
        Self::Refusal(refusal)
    }
}

impl From<StoreError> for Undone {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<Faults> for Undone {
    fn from(faults: Faults) -> Self {
        Self::Faults(faults)
    }
}

/// Why a mutation was not carried out.
#[derive(Debug)]
pub(super) enum Stop {
    /// The caller can mend it: an answer, not an error.
    Faults(Faults),
    /// The request is refused.
    Refusal(Refusal),
}

impl From<Faults> for Stop {
    fn from(faults: Faults) -> Self {
        Self::Faults(faults)
    }
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refusal(refusal)
    }
}

impl From<Undone> for Stop {
    fn from(undone: Undone) -> Self {
        match undone {
            Undone::Faults(faults) => Self::Faults(faults),
            Undone::Refusal(refusal) => Self::Refusal(refusal),
            Undone::Store(error) => Self::Refusal(error.into()),
        }
    }
}

/// An object that was looked for; one that is not there is the caller's fault, not an error.
pub(super) fn found<T>(reached: Result<T, Refusal>, path: &[&str]) -> Result<T, Stop> {
    reached.map_err(|refusal| {
        if refusal.code == Code::NotFound {
            Faults::not_found(path).into()
        } else {
            refusal.into()
        }
    })
}

/// The payload of a mutation: what it made, or what is wrong with its input.
pub(super) fn settle<T, P>(result: Result<T, Stop>) -> Result<Option<P>, Refusal>
where
    P: From<Result<T, Faults>>,
{
    match result {
        Ok(made) => Ok(Some(Ok(made).into())),
        Err(Stop::Faults(faults)) => Ok(Some(Err(faults).into())),
        Err(Stop::Refusal(refusal)) => Err(refusal),
    }
}
