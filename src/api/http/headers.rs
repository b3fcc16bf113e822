//! What every answer carries: its request's identifier, and what browsers may do with it.

use std::time::Instant;

use actix_web::{
    Error, HttpMessage, HttpRequest, HttpResponse,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{
        Method,
        header::{self as names, HeaderMap, HeaderName, HeaderValue},
    },
    middleware::Next,
    web,
};
use tracing::{Instrument, field::Empty};

use super::head;
use crate::{
    api::{door::Door, whence::RequestId},
    telemetry,
};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Headers that pages of other sites may send.
const SENDABLE: &str = "authorization, content-type, x-request-id";

/// Headers that pages of other sites may read.
const READABLE: &str =
    "x-request-id, retry-after, ratelimit, ratelimit-policy, content-disposition";

/// Ten minutes, for which browsers need not ask again.
const PREFLIGHT_SECONDS: &str = "600";

/// Goes around every request.
pub(in crate::api) async fn around(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let began = Instant::now();
    let door = request.app_data::<web::Data<Door>>().cloned();
    let id = RequestId::of(header(request.request(), "x-request-id"));
    request.extensions_mut().insert(id.clone());
    let origin = admitted_origin(&request);
    let mut response = if !head::fits(&request) {
        request.into_response(head::too_large())
    } else if is_preflight(&request) && origin.is_some() {
        request.into_response(HttpResponse::NoContent())
    } else {
        let (method, path) = (request.method().clone(), request.path().to_owned());
        let span = tracing::info_span!(
            "request",
            otel.kind = "server",
            request.id = %id.0,
            %method,
            path,
            http.response.status_code = Empty,
        );
        if comes_by_a_proxy(&request) {
            telemetry::follow(&span, |name| {
                header(request.request(), name).map(str::to_owned)
            });
        }
        let answered = next.call(request).instrument(span.clone()).await?;
        span.record("http.response.status_code", answered.status().as_u16());
        answered.map_into_boxed_body()
    };
    let headers = response.headers_mut();
    set(headers, REQUEST_ID, &id.0);
    set(headers, names::X_CONTENT_TYPE_OPTIONS, "nosniff");
    headers.append(names::VARY, HeaderValue::from_static("Origin"));
    if let Some(origin) = origin {
        set(headers, names::ACCESS_CONTROL_ALLOW_ORIGIN, &origin);
        set(headers, names::ACCESS_CONTROL_ALLOW_METHODS, "POST");
        set(headers, names::ACCESS_CONTROL_ALLOW_HEADERS, SENDABLE);
        set(headers, names::ACCESS_CONTROL_EXPOSE_HEADERS, READABLE);
        set(headers, names::ACCESS_CONTROL_MAX_AGE, PREFLIGHT_SECONDS);
    }
    if let Some(door) = door {
        let pattern = response.request().match_pattern();
        let status = response.status().as_u16();
        let measures = &door.engine.rooms.measures;
        measures.answered(pattern.as_deref(), status, began.elapsed());
    }
    Ok(response)
}

/// Whether whoever is connected is a proxy that is trusted: anybody else would put requests into traces of
/// theirs, and choose which are kept.
fn comes_by_a_proxy(request: &ServiceRequest) -> bool {
    let door = request.app_data::<web::Data<Door>>();
    let peer = request.request().peer_addr();
    door.zip(peer)
        .is_some_and(|(door, peer)| door.proxies.trust(peer.ip().to_canonical()))
}

/// The first header of a name, if it is text.
pub(super) fn header<'a>(request: &'a HttpRequest, name: &str) -> Option<&'a str> {
    request.headers().get(name)?.to_str().ok()
}

/// The origin of the page that asks, if it may.
fn admitted_origin(request: &ServiceRequest) -> Option<String> {
    let door = request.app_data::<web::Data<Door>>()?;
    let origin = header(request.request(), "origin")?;
    let host = header(request.request(), "host");
    door.origins.admit(origin, host).then(|| origin.to_owned())
}

fn is_preflight(request: &ServiceRequest) -> bool {
    let asks = request
        .headers()
        .contains_key(names::ACCESS_CONTROL_REQUEST_METHOD);
    *request.method() == Method::OPTIONS && asks
}

/// Sets a header; a value that is none, which ours never are, is left out.
pub(super) fn set(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}
