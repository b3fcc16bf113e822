//! The codes of refused requests.

use std::str::FromStr;

use crate::domain::words::words;

words! {
    /// Why a request, or a field of it, was refused. For programs; the words never change.
    Code {
        /// The body is no request.
        BadRequest "BAD_REQUEST"
        /// A value in a field breaks a rule.
        BadUserInput "BAD_USER_INPUT"
        /// Several requests in one.
        BatchingNotSupported "BATCHING_NOT_SUPPORTED"
        /// The role is too low, or it is not for callers of this kind.
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
        /// Too many requests or points in a minute, or too many sign-ins that failed.
        RateLimited "RATE_LIMITED"
        /// The answer would be too long.
        ResponseTooLarge "RESPONSE_TOO_LARGE"
        /// It took too long.
        Timeout "TIMEOUT"
        /// No credential, or one that does not hold.
        Unauthenticated "UNAUTHENTICATED"
        /// The database or Microsoft does not answer, or the server stops.
        Unavailable "UNAVAILABLE"
        /// The body is in another form than JSON.
        UnsupportedMediaType "UNSUPPORTED_MEDIA_TYPE"
    }
}
