//! Answers of the endpoint: bodies and the status that goes with each.

use actix_web::{
    HttpResponse, HttpResponseBuilder,
    http::{StatusCode, header},
};
use async_graphql::{ServerError, Value};
use serde::Serialize;

use super::accept::Media;
use crate::api::{
    engine::{Extensions, Outcome},
    error::Code,
    pace::Left,
};

#[derive(Serialize)]
struct Body<'a> {
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [ServerError],
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'a Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    extensions: Option<Extensions>,
}

/// What the caller has left after a request, as headers tell it.
#[derive(Clone, Copy, Default)]
pub(super) struct Allowance {
    /// Of the requests of a minute.
    pub(super) requests: Option<Left>,
}

/// The refusal of a request that is not GraphQL: in the same form, under the status of HTTP.
pub(super) fn refuse(outcome: &Outcome, allowance: Allowance) -> HttpResponse {
    let status = match outcome.refused() {
        Some(Code::BadUserInput | Code::InvalidId) => StatusCode::BAD_REQUEST,
        Some(Code::Forbidden) => StatusCode::FORBIDDEN,
        Some(Code::NotFound) => StatusCode::NOT_FOUND,
        Some(code) => status(code, Media::Graphql),
        None => StatusCode::INTERNAL_SERVER_ERROR,
    };
    built(outcome, allowance, Media::Json, status)
}

/// The answer to a request, read or not.
pub(super) fn answer(outcome: &Outcome, allowance: Allowance, media: Media) -> HttpResponse {
    let refused = outcome.refused();
    let status = refused.map_or(StatusCode::OK, |code| status(code, media));
    built(outcome, allowance, media, status)
}

fn built(
    outcome: &Outcome,
    allowance: Allowance,
    media: Media,
    status: StatusCode,
) -> HttpResponse {
    let refused = outcome.refused();
    let mut builder = HttpResponse::build(status);
    if refused == Some(Code::Unauthenticated) {
        builder.insert_header((header::WWW_AUTHENTICATE, "Bearer"));
    }
    if refused == Some(Code::MethodNotAllowed) {
        builder.insert_header((header::ALLOW, "POST"));
    }
    if let Some(seconds) = outcome.retry_after {
        builder.insert_header((header::RETRY_AFTER, seconds));
    }
    tell_allowance(
        &mut builder,
        allowance.requests,
        outcome.cost.map(|cost| cost.left),
    );
    let body = Body {
        errors: &outcome.errors,
        data: outcome.data.as_ref(),
        extensions: outcome.cost.map(Extensions::from),
    };
    // Values of GraphQL are JSON, so writing them cannot fail.
    let bytes = serde_json::to_vec(&body).unwrap_or_default();
    builder
        .insert_header((header::CONTENT_TYPE, media.as_str()))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(bytes)
}

/// `RateLimit` and `RateLimit-Policy`, as draft-ietf-httpapi-ratelimit-headers-10 has them.
pub(super) fn tell_allowance(
    builder: &mut HttpResponseBuilder,
    requests: Option<Left>,
    points: Option<Left>,
) {
    let (mut policies, mut states) = (Vec::new(), Vec::new());
    for (name, unit, left) in [
        ("requests", "", requests),
        ("points", ";qu=\"points\"", points),
    ] {
        if let Some(Left {
            most,
            now,
            whole_in,
        }) = left
        {
            policies.push(format!("\"{name}\";q={most};w=60{unit}"));
            states.push(format!("\"{name}\";r={now};t={whole_in}"));
        }
    }
    if !states.is_empty() {
        builder.insert_header(("ratelimit-policy", policies.join(", ")));
        builder.insert_header(("ratelimit", states.join(", ")));
    }
}

/// The status of a request that was refused as a whole. Clients of plain JSON get 200 for whatever
/// was well formed, as they always did.
fn status(code: Code, media: Media) -> StatusCode {
    match code {
        Code::BadRequest | Code::BatchingNotSupported => StatusCode::BAD_REQUEST,
        Code::ParseFailed
        | Code::ValidationFailed
        | Code::QueryTooComplex
        | Code::QueryTooDeep
        | Code::QueryTooLarge => match media {
            Media::Graphql => StatusCode::BAD_REQUEST,
            Media::Json => StatusCode::OK,
        },
        Code::Unauthenticated => StatusCode::UNAUTHORIZED,
        Code::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
        Code::NotAcceptable => StatusCode::NOT_ACCEPTABLE,
        Code::PayloadTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Code::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        Code::RateLimited => StatusCode::TOO_MANY_REQUESTS,
        Code::Timeout | Code::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Code::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        Code::BadUserInput
        | Code::Forbidden
        | Code::InvalidCursor
        | Code::InvalidId
        | Code::NotFound
        | Code::PageSizeOutOfRange
        | Code::ResponseTooLarge => StatusCode::OK,
    }
}
