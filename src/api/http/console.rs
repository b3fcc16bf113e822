//! The console's addresses: its page, what the page is made of, and what it is told before anybody
//! has signed in.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        Method,
        header::{self as names, HeaderName},
    },
    web,
};

use super::{
    accept,
    asset::Asset,
    headers::{header, set},
    plain::{nothing_here, without_console},
};
use crate::api::door::Door;

/// Files below it have the hash of their content in their names.
const HASHED: &str = "assets/";

/// What is not the console's, whatever stands below it.
const OTHERS: [&str; 7] = [
    "assets",
    "export",
    "graphiql",
    "graphql",
    "healthz",
    "readyz",
    "schema.graphql",
];

/// What no page of ours asks a browser for.
const PERMISSIONS: &str = "camera=(), geolocation=(), microphone=(), payment=(), usb=()";

/// `GET /`: the page, or how to have one.
pub(super) async fn front_page(request: HttpRequest, door: web::Data<Door>) -> HttpResponse {
    match door.console.files.index() {
        Some(page) => show(&request, &door, page, "no-cache"),
        None => without_console(),
    }
}

/// `GET /console.json`: who lets people in, and how.
pub(super) async fn told(request: HttpRequest, door: web::Data<Door>) -> HttpResponse {
    show(&request, &door, &door.console.told, "no-cache")
}

/// Every address that is nobody else's: a file of the console, or a place in it.
pub(super) async fn elsewhere(request: HttpRequest, door: web::Data<Door>) -> HttpResponse {
    let files = &door.console.files;
    let path = request.path().trim_start_matches('/');
    if ![Method::GET, Method::HEAD].contains(request.method()) {
        return nothing_here().await;
    }
    if let Some(file) = files.get(path) {
        let kept = match path.starts_with(HASHED) {
            true => "public, max-age=31536000, immutable",
            false => "no-cache",
        };
        return show(&request, &door, file, kept);
    }
    let first = path.split('/').next().unwrap_or_default();
    let is_place = !OTHERS.contains(&first) && accept::takes_pages(header(&request, "accept"));
    match files.index().filter(|_| is_place) {
        Some(page) => show(&request, &door, page, "no-cache"),
        None => nothing_here().await,
    }
}

fn show(request: &HttpRequest, door: &Door, asset: &Asset, kept: &str) -> HttpResponse {
    let mut response = asset.answer(request);
    let headers = response.headers_mut();
    for (name, value) in [
        (names::CACHE_CONTROL, kept),
        (names::CONTENT_SECURITY_POLICY, &door.console.policy),
        (names::REFERRER_POLICY, "no-referrer"),
        (
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ),
        (HeaderName::from_static("permissions-policy"), PERMISSIONS),
    ] {
        set(headers, name, value);
    }
    response
}
