//! The head of a request: how many bytes it may have.
//!
//! The library reads heads of up to 128 KiB into one buffer of the connection, and has no setting for
//! it. What is larger than our limit is refused as soon as it is read, before anything looks at it.

use actix_web::{HttpResponse, dev::ServiceRequest, web};

use crate::api::door::Door;

/// Bytes around a name and a value: a colon, a space and the end of the line.
const AROUND: usize = 4;

/// Whether the address and the headers of a request keep the limit.
pub(super) fn fits(request: &ServiceRequest) -> bool {
    let most = request
        .app_data::<web::Data<Door>>()
        .map_or(usize::MAX, |door| door.engine.rooms.limits.head_bytes);
    let headers = request.headers().iter();
    let headers = headers.map(|(name, value)| name.as_str().len() + value.len() + AROUND);
    let line = request.method().as_str().len() + request.uri().to_string().len() + AROUND;
    line.saturating_add(headers.sum()) <= most
}

pub(super) fn too_large() -> HttpResponse {
    HttpResponse::RequestHeaderFieldsTooLarge()
        .content_type("text/plain; charset=utf-8")
        .body("the head of the request is too large\n")
}
