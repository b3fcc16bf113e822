//! Refusals: what went wrong with a request, as clients are told it.
//!
//! The one place that chooses codes. A fault of the server's own is logged here, once and with its
//! causes, under a reference; the client sees the reference and nothing else of it.

use async_graphql::{ErrorExtensions, ServerError};
use uuid::Uuid;

use crate::{
    domain::words::words,
    store::{StoreError, pages::PageError},
};

words! {
    /// Why a request, or a field of it, was refused. For programs; the words never change.
    Code {
        /// The body is no request.
        BadRequest "BAD_REQUEST"
        /// A value in a field breaks a rule.
        BadUserInput "BAD_USER_INPUT"
        /// Several requests in one.
        BatchingNotSupported "BATCHING_NOT_SUPPORTED"
        /// The role is too low.
        Forbidden "FORBIDDEN"
        /// Not the syntax of GraphQL.
        ParseFailed "GRAPHQL_PARSE_FAILED"
        /// Not valid against the schema.
        ValidationFailed "GRAPHQL_VALIDATION_FAILED"
        /// The server's fault.
        Internal "INTERNAL"
        /// Not a cursor of this list.
        InvalidCursor "INVALID_CURSOR"
        /// Not an identifier of this type.
        InvalidId "INVALID_ID"
        /// Another HTTP method is wanted.
        MethodNotAllowed "METHOD_NOT_ALLOWED"
        /// No answer in a form that the client accepts.
        NotAcceptable "NOT_ACCEPTABLE"
        /// No such object, or none that the caller may know of.
        NotFound "NOT_FOUND"
        /// A page of more rows than allowed.
        PageSizeOutOfRange "PAGE_SIZE_OUT_OF_RANGE"
        /// The body is too long.
        PayloadTooLarge "PAYLOAD_TOO_LARGE"
        /// Too many points.
        QueryTooComplex "QUERY_TOO_COMPLEX"
        /// Nested too deep.
        QueryTooDeep "QUERY_TOO_DEEP"
        /// Too long, or too many of something.
        QueryTooLarge "QUERY_TOO_LARGE"
        /// Too many requests in a minute.
        RateLimited "RATE_LIMITED"
        /// The answer would be too long.
        ResponseTooLarge "RESPONSE_TOO_LARGE"
        /// It took too long.
        Timeout "TIMEOUT"
        /// No credential, or one that does not hold.
        Unauthenticated "UNAUTHENTICATED"
        /// The database does not answer.
        Unavailable "UNAVAILABLE"
        /// The body is in another form than JSON.
        UnsupportedMediaType "UNSUPPORTED_MEDIA_TYPE"
    }
}

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

impl Refusal {
    pub(super) fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
        }
    }

    /// There is no such object, or the caller may not know of it: the same words for both.
    pub(super) fn not_found() -> Self {
        Self::new(Code::NotFound, "no such object")
    }

    pub(super) fn invalid_id() -> Self {
        Self::new(Code::InvalidId, "the text is no ID of the type asked for")
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
        tracing::error!(%reference, error = chain(error), "a request failed");
        Self::new(
            Code::Internal,
            format!("something went wrong on the server; reference {reference}"),
        )
    }
}

/// An error with its causes, outermost first.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unreachable(_) => {
                tracing::error!(error = chain(&error), "the database cannot be reached");
                Self::new(Code::Unavailable, "the database does not answer; try again later")
            }
            StoreError::Query(_)
            | StoreError::Corrupt { .. }
            | StoreError::Task(_)
            | StoreError::Url(_)
            | StoreError::Open(_)
            | StoreError::Migrate(_) => Self::internal(&error),
        }
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
    fn from(refusal: Refusal) -> Self {
        async_graphql::Error::from(refusal).into_server_error(async_graphql::Pos::default())
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
}
