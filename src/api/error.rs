//! Refusals: what went wrong with a request, as clients are told it.
//!
//! The one place that chooses codes. A fault of the server's own is logged here, once and with its
//! causes, under a reference; the client sees the reference and nothing else of it.

use async_graphql::{ErrorExtensionValues, ErrorExtensions, ServerError};
use uuid::Uuid;

pub(super) use super::codes::Code;
use crate::{
    domain::global_id::InvalidId,
    store::{StoreError, pages::PageError},
    telemetry::chain,
};

/// A request, or a field of it, that is not answered.
///
/// It is not `Display`, so that it becomes a GraphQL error by the conversion below and no other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    /// For programs.
    pub(super) code: Code,
    /// For people, without secrets.
    pub(super) message: String,
}

/// What resolvers answer.
pub(super) type Result<T> = std::result::Result<T, Refusal>;

/// Bytes of a message at most. It may name what the client sent, which may be as long as a body.
const LONGEST: usize = 2_000;

/// Cuts off what is too long of a message.
pub(super) fn clip(message: &mut String) {
    message.truncate(message.floor_char_boundary(LONGEST));
}

impl Refusal {
    pub(super) fn new(code: Code, message: impl Into<String>) -> Self {
        let mut message = message.into();
        clip(&mut message);
        Self { code, message }
    }

    /// There is no such object, or the caller may not know of it: the same words for both.
    pub(super) fn not_found() -> Self {
        Self::new(Code::NotFound, "no such object")
    }

    pub(super) fn invalid_id(invalid: &InvalidId) -> Self {
        Self::new(Code::InvalidId, invalid.to_string())
    }

    pub(super) fn invalid_cursor() -> Self {
        let message = "the cursor belongs to another list, filter or order, or is no cursor";
        Self::new(Code::InvalidCursor, message)
    }

    pub(super) fn bad_input(message: impl Into<String>) -> Self {
        Self::new(Code::BadUserInput, message)
    }

    /// A fault of the server's own.
    pub(super) fn internal(error: &dyn std::error::Error) -> Self {
        let reference = Uuid::new_v4();
        tracing::error!(%reference, error = %chain(error), "a request failed");
        Self::new(
            Code::Internal,
            format!("something went wrong on the server; reference {reference}"),
        )
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        if !error.is_of_the_database() {
            return Self::internal(&error);
        }
        if !error.is_told() {
            tracing::warn!(error = %chain(&error), "the database cannot be used");
        }
        let message = match error.trouble() {
            Some(trouble) => format!("{trouble}; try again later"),
            None => "the database does not answer; try again later".to_owned(),
        };
        Self::new(Code::Unavailable, message)
    }
}

impl From<PageError> for Refusal {
    fn from(error: PageError) -> Self {
        match error {
            PageError::Place(_) => Self::invalid_cursor(),
            PageError::Store(error) => error.into(),
        }
    }
}

impl From<Refusal> for async_graphql::Error {
    fn from(refusal: Refusal) -> Self {
        async_graphql::Error::new(refusal.message)
            .extend_with(|_, extensions| extensions.set("code", refusal.code.as_str()))
    }
}

impl From<Refusal> for ServerError {
    /// The error of a request as a whole: it has no place.
    fn from(refusal: Refusal) -> Self {
        let mut extensions = ErrorExtensionValues::default();
        extensions.set("code", refusal.code.as_str());
        let mut error = ServerError::new(refusal.message, None);
        error.extensions = Some(extensions);
        error
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_of_the_server_shows_a_reference_and_nothing_else() {
        let cause = diesel::result::Error::DeserializationError("SELECT secret".into());
        let refusal = Refusal::from(StoreError::Query(cause));
        assert_eq!(refusal.code, Code::Internal);
        assert!(!refusal.message.contains("SELECT"), "{}", refusal.message);
    }

    #[test]
    fn a_message_is_not_as_long_as_what_it_is_about() {
        let refusal = Refusal::bad_input("ü".repeat(50_000));
        assert_eq!(refusal.message, "ü".repeat(LONGEST / 2));
    }

    #[test]
    fn a_wrong_statement_is_no_matter_of_trying_again() {
        let kind = diesel::result::DatabaseErrorKind::Unknown;
        let message = Box::new("column \"colour\" does not exist".to_owned());
        let cause = diesel::result::Error::DatabaseError(kind, message);
        let refusal = Refusal::from(StoreError::Query(cause));
        assert_eq!(refusal.code, Code::Internal);
    }

    #[test]
    fn whoever_cannot_write_is_told_why() {
        let kind = diesel::result::DatabaseErrorKind::Unknown;
        let message = Box::new("database or disk is full".to_owned());
        let cause = diesel::result::Error::DatabaseError(kind, message);
        let refusal = Refusal::from(StoreError::Query(cause));
        assert_eq!(
            (refusal.code, refusal.message.as_str()),
            (
                Code::Unavailable,
                "the database cannot be written: its disk is full; try again later"
            )
        );
    }

    #[test]
    fn a_connection_that_broke_may_be_tried_again() {
        let cause = diesel::result::Error::BrokenTransactionManager;
        let refusal = Refusal::from(StoreError::Query(cause));
        assert_eq!(refusal.code, Code::Unavailable);
    }
}
