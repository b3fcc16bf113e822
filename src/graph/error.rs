//! What can go wrong between us and Graph, in the cases that callers treat differently.

use chrono::{DateTime, Utc};

use super::{
    assertion::ProofFault, body::BodyFault, challenge::Challenge, sign_in_refusal::SignInRefusal,
};
use crate::domain::failure::{Failure, FailureCode};

const BAD_REQUEST: u16 = 400;
/// What Graph says of a path that does not exist in a version of it.
const NO_SUCH_PATH: &str = "not found for the segment";

/// Longest message of a [`Failure`], in characters.
const LONGEST_MESSAGE: usize = 2000;

/// A failed request to Graph or to the sign-in host.
#[derive(Debug, thiserror::Error)]
pub enum GraphError {
    /// The room's threads could not be started.
    #[error("could not start the threads of the Graph client")]
    Threads(#[source] std::io::Error),
    /// The HTTP client could not be set up.
    #[error("could not set up the HTTP client")]
    Client(#[source] reqwest::Error),
    /// A rate that no limiter can keep.
    #[error("a rate needs a burst of at least 1, more requests than that, and a window")]
    Rate,
    /// The room was closed while the request was under way.
    #[error("the Graph client was stopped")]
    Stopped,
    /// Microsoft Entra refused the credential.
    #[error("sign-in was refused: {0}")]
    SignIn(SignInRefusal),
    /// It refused it a moment ago, so it was not asked again.
    #[error("sign-in was refused before, and rests until {until}: {refusal}")]
    SignInRests {
        /// What it said.
        refusal: SignInRefusal,
        /// Until when it is left alone.
        until: DateTime<Utc>,
    },
    /// There is nothing to sign in with.
    #[error("there is nothing to sign in with")]
    Proof(#[source] ProofFault),
    /// The token is for another directory than the tenant's.
    #[error("the token belongs to another directory")]
    ForeignToken,
    /// Graph refused a token that was just issued.
    #[error("Graph refused a new token: {reason}")]
    TokenRefused {
        /// Whether a service behind Graph refused it, which may mean that a permission is missing.
        by_service: bool,
        /// What Graph said.
        reason: String,
        /// What it wants a token to be asked for with.
        challenge: Option<Challenge>,
    },
    /// A defect of ours.
    #[error("the Graph client crashed")]
    Crashed(#[source] tokio::task::JoinError),
    /// The app registration lacks a permission.
    #[error("permission missing: any of {}", permissions.join(", "))]
    PermissionMissing {
        /// Permissions any of which would do.
        permissions: Vec<String>,
    },
    /// The tenant has no licence for Intune, or Intune was never set up.
    #[error("Graph says that the request does not apply to this tenant")]
    NotLicensed,
    /// What was asked for does not exist in this tenant, or no app may read it.
    #[error("not available: {reason}")]
    NotAvailable {
        /// Why, for people.
        reason: &'static str,
    },
    /// The object was deleted after it had been listed.
    #[error("the object does not exist any more")]
    Vanished,
    /// Throttled until the tries or the patience were used up.
    #[error("throttled until {tries} tries were used up")]
    Throttled {
        /// Tries made.
        tries: u32,
    },
    /// Failing until the tries or the patience were used up.
    #[error("failed {tries} times, at last with: {last}")]
    Unavailable {
        /// Tries made.
        tries: u32,
        /// What the last try met.
        last: Breakdown,
    },
    /// Refused for good.
    #[error("refused with status {status}: {reason}")]
    Refused {
        /// HTTP status.
        status: u16,
        /// What Graph said.
        reason: String,
    },
    /// Answered with a redirect, which is never followed.
    #[error("answered with a redirect (status {status}), which is not followed")]
    Redirected {
        /// HTTP status.
        status: u16,
    },
    /// Larger than the limit.
    #[error("the answer is larger than {limit_bytes} bytes")]
    TooLarge {
        /// The limit.
        limit_bytes: usize,
    },
    /// A list that cannot be read to its end.
    #[error("the list is incomplete: {0}")]
    Incomplete(#[from] PagingFault),
    /// Fewer or more parts than the object says it has.
    #[error("{part}: {read} were read, but the object counts {counted}")]
    CountMismatch {
        /// Member that holds the parts.
        part: &'static str,
        /// Parts read.
        read: usize,
        /// Parts that the object says it has.
        counted: u64,
    },
    /// A number that would lose digits if it were stored.
    #[error("the number at {pointer} would lose digits")]
    LossyNumber {
        /// JSON pointer of the number.
        pointer: String,
    },
    /// An object that came without its assignments, although they were asked for.
    #[error("an object came without its assignments")]
    NoAssignments,
    /// An encrypted setting whose plain value did not come, although it was answered.
    #[error("an encrypted setting came without its plain value")]
    NoPlainValue,
    /// A listed object without an identifier.
    #[error("an object has no id")]
    NoId,
    /// An address that is none.
    #[error("could not make an address")]
    Address(#[source] url::ParseError),
}

/// What a try met that a further try may not meet.
#[derive(Debug, thiserror::Error)]
pub enum Breakdown {
    /// An answer that is not a success.
    #[error("status {status}: {reason}")]
    Status {
        /// HTTP status.
        status: u16,
        /// What the answer said.
        reason: String,
    },
    /// No answer, or not all of it.
    #[error("{}", transport(.0))]
    Transport(#[source] reqwest::Error),
    /// The batch that carried the request has no good answer.
    #[error("the batch it travelled in failed: {reason}")]
    Batch {
        /// What became of the batch.
        reason: String,
    },
    /// A success whose body is no good.
    #[error(transparent)]
    Body(#[from] BodyFault),
}

impl Breakdown {
    pub(super) fn status(&self) -> Option<u16> {
        match self {
            Self::Status { status, .. } => Some(*status),
            Self::Transport(_) | Self::Batch { .. } | Self::Body(_) => None,
        }
    }
}

pub(super) fn transport(error: &reqwest::Error) -> &'static str {
    if error.is_connect() {
        "could not connect"
    } else if error.is_timeout() {
        "no answer in time"
    } else if error.is_decode() || error.is_body() {
        "the answer broke off"
    } else {
        "the connection failed"
    }
}

/// Why a list cannot be read to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PagingFault {
    /// A link that was followed before.
    #[error("a page links to a page that was read before")]
    Loop,
    /// A link to another host or version, which would receive the token.
    #[error("a page links to another host or API version")]
    ForeignLink,
    /// A link to the rest of an expansion of which there is no beginning.
    #[error("an expanded list goes on, but does not begin")]
    LooseLink,
    /// More pages than any list has.
    #[error("there are too many pages")]
    TooManyPages,
    /// More items than any list has.
    #[error("there are too many items")]
    TooManyItems,
    /// One page after another without items.
    #[error("too many pages in a row are empty")]
    EmptyPages,
}

impl GraphError {
    /// The failure to report: code and a sentence that says what to do.
    pub fn failure(&self) -> Failure {
        // Services put control characters into their words, NUL among them, which PostgreSQL
        // cannot store.
        let sentence = self.sentence().replace(char::is_control, " ");
        let message = sentence.chars().take(LONGEST_MESSAGE).collect();
        Failure {
            code: self.code(),
            message,
        }
    }

    /// Why the kind cannot be read in this tenant, if that is not a failure.
    pub fn not_available(&self) -> Option<String> {
        if let Self::NotAvailable { reason } = self {
            return Some((*reason).to_owned());
        }
        let sentence = "The tenant has no Intune licence, or Intune was never set up in it.";
        matches!(self, Self::NotLicensed).then(|| sentence.to_owned())
    }

    /// The error of an app that has none of `permissions`.
    pub(super) fn missing(permissions: &[&str]) -> Self {
        Self::PermissionMissing {
            permissions: permissions.iter().map(|name| (*name).to_owned()).collect(),
        }
    }

    /// Names the catalogue's permissions where Graph named none.
    pub(super) fn naming(self, catalogue: &[&str]) -> Self {
        if let Self::PermissionMissing { permissions } = &self
            && permissions.is_empty()
        {
            return Self::missing(catalogue);
        }
        self
    }

    /// Status of a refusal for good.
    pub(super) fn status(&self) -> Option<u16> {
        let Self::Refused { status, .. } = self else {
            return None;
        };
        Some(*status)
    }

    /// Whether it is a refusal for good with one of these statuses.
    pub(super) fn is_one_of(&self, statuses: &[u16]) -> bool {
        self.status()
            .is_some_and(|status| statuses.contains(&status))
    }

    /// Whether it may be about the query of a reading instead of its path.
    pub(super) fn leaves_open_what_it_is_about(&self) -> bool {
        let Self::Refused { status, reason } = self else {
            return false;
        };
        *status == BAD_REQUEST && !reason.contains(NO_SUCH_PATH)
    }

    /// Whether the same may be answered when less is asked for.
    pub(super) fn is_about_the_query(&self) -> bool {
        let status = if let Self::Unavailable { last, .. } = self {
            last.status()
        } else {
            self.status()
        };
        matches!(status, Some(400 | 500 | 501 | 504))
    }

    fn code(&self) -> FailureCode {
        match self {
            Self::SignIn(refusal) | Self::SignInRests { refusal, .. } => refusal.code(),
            Self::Proof(_) | Self::ForeignToken | Self::TokenRefused { .. } => {
                FailureCode::TokenExpired
            }
            Self::PermissionMissing { .. } => FailureCode::PermissionMissing,
            Self::NotLicensed => FailureCode::TenantNotLicensed,
            Self::Throttled { .. } => FailureCode::GraphThrottle,
            Self::Unavailable { .. } => FailureCode::GraphUnavailable,
            Self::Threads(_)
            | Self::Client(_)
            | Self::Rate
            | Self::Stopped
            | Self::Crashed(_)
            | Self::NotAvailable { .. }
            | Self::Vanished
            | Self::Refused { .. }
            | Self::Redirected { .. }
            | Self::TooLarge { .. }
            | Self::Incomplete(_)
            | Self::CountMismatch { .. }
            | Self::LossyNumber { .. }
            | Self::NoAssignments
            | Self::NoPlainValue
            | Self::NoId
            | Self::Address(_) => FailureCode::Unknown,
        }
    }

    fn sentence(&self) -> String {
        match self {
            Self::SignIn(refusal) => refusal.sentence(),
            Self::SignInRests { refusal, until } => format!("{} It was not asked again now; it will be after {} UTC, or once the credential is set or verified.", refusal.sentence(), until.format("%H:%M")),
            Self::Proof(fault) => fault.sentence(),
            Self::ForeignToken => "The token that Microsoft Entra issued belongs to another directory. Check the tenant's Entra tenant ID.".to_owned(),
            Self::TokenRefused { reason, .. } => format!("Microsoft Graph refused a token that was just issued ({reason}). Check that the app registration is enabled and that no policy blocks it."),
            Self::PermissionMissing { permissions } => permission_sentence(permissions),
            Self::NotLicensed | Self::NotAvailable { .. } => self.not_available().unwrap_or_default(),
            Self::Throttled { tries: 0 } => "Microsoft Graph throttles the tenant, and asks for a wait longer than a request may take. The next attempt may succeed.".to_owned(),
            Self::Throttled { tries } => format!("Microsoft Graph throttled the request until {tries} tries were used up. Another app may be using up the tenant's limits; the next attempt may succeed."),
            Self::Unavailable { tries, last } => format!("Microsoft Graph did not answer properly in {tries} tries; the last one met: {last}. The next attempt may succeed."),
            Self::Refused { status, reason } => format!("Microsoft Graph refused the request with status {status} ({reason})."),
            Self::Redirected { status } => format!("The Graph host answered with a redirect (status {status}), which is not followed. Check the configured hosts and any proxy in between."),
            Self::TooLarge { limit_bytes } => format!("The answer of Microsoft Graph is larger than {limit_bytes} bytes. Raise the limit of an answer to back this object up."),
            Self::Incomplete(fault) => format!("Microsoft Graph did not give the whole list: {fault}. Nothing of it was used."),
            Self::CountMismatch { part, read, counted } => format!("Microsoft Graph gave {read} {part}, but the object says that it has {counted}. It was not stored, because it would be incomplete."),
            Self::LossyNumber { pointer } => format!("The number at {pointer} has more digits than can be kept. The object was not stored, because it would be wrong."),
            Self::Vanished => "The object was deleted while the backup ran.".to_owned(),
            Self::NoAssignments => "Microsoft Graph gave an object without its assignments. It was not stored, because it would be incomplete.".to_owned(),
            Self::NoPlainValue => "Microsoft Graph answered, but gave no plain value of an encrypted setting. The object was not stored, because it would be incomplete.".to_owned(),
            Self::NoId => "Microsoft Graph gave an object without an identifier.".to_owned(),
            Self::Crashed(_) => "The reading crashed, which is a defect of the service. The server's log has more.".to_owned(),
            Self::Stopped => "The server was stopped while the request was under way.".to_owned(),
            Self::Threads(_) | Self::Client(_) | Self::Rate | Self::Address(_) => {
                format!("The request could not be sent: {self}.")
            }
        }
    }
}

fn permission_sentence(permissions: &[String]) -> String {
    match permissions {
        [] => "The app registration lacks a Microsoft Graph application permission. Grant it and consent to it in the tenant.".to_owned(),
        [one] => format!("The app registration lacks the Microsoft Graph application permission {one}. Grant it and consent to it in the tenant."),
        [least, others @ ..] => format!("The app registration lacks the Microsoft Graph application permission {least} (or {}). Grant it and consent to it in the tenant.", others.join(", ")),
    }
}
