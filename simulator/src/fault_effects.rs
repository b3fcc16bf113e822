//! What a fault that strikes does: an answer of its own, or damage to the request's answer.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;
use uuid::Uuid;

use crate::{
    answer::{Answer, Content, Delivery},
    clock,
    errors::{self, Problem},
    faults::{Effect, Encoding, ErrorInBody, RetryAfter, Truncation},
    request::Incoming,
};

/// The answer of a fault that needs nothing of the request's own answer.
pub(crate) fn refusal(effect: &Effect, request: &Incoming) -> Option<Answer> {
    let place = request.path.trim_start_matches('/');
    let answer = match effect {
        Effect::Status {
            status,
            form,
            code,
            message,
            retry_after,
        } => {
            let problem = Problem {
                status: *status,
                code: code.as_deref().unwrap_or(usual_code(*status)),
                message: message.as_deref().unwrap_or("An error has occurred."),
                place,
            };
            with_retry_after(problem.wrapped(*form), retry_after.as_ref())
        }
        Effect::Throttle { retry_after } => {
            with_retry_after(errors::throttled(None), retry_after.as_ref())
        }
        Effect::ExpiredToken => errors::unauthorized(errors::EXPIRED, ""),
        Effect::ClaimsChallenge => errors::unauthorized(
            "Continuous access evaluation resulted in a challenge.",
            ", error=\"insufficient_claims\", claims=\"eyJhY2Nlc3NfdG9rZW4iOnsibmJmIjp7ImVzc2VudGlhbCI6dHJ1ZX19fQ==\"",
        ),
        Effect::Forbidden { scopes, form } => {
            let scopes: Vec<&str> = scopes.iter().map(String::as_str).collect();
            errors::forbidden(&scopes, place, *form)
        }
        Effect::Denied => errors::denied(),
        Effect::NotFound => errors::not_found(place),
        Effect::NotLicensed => errors::not_licensed(),
        Effect::Reset
        | Effect::NearlyThrottled { .. }
        | Effect::Truncated(_)
        | Effect::ErrorInBody(_)
        | Effect::Slow { .. }
        | Effect::Stall { .. }
        | Effect::Delay { .. }
        | Effect::NextLink(_)
        | Effect::DuplicateAcrossPages
        | Effect::NewerDuplicateAcrossPages
        | Effect::EmptyPageBetween
        | Effect::ShortPage { .. }
        | Effect::EmptyList
        | Effect::ItemEdited
        | Effect::ItemAdded
        | Effect::PermissionRemoved { .. }
        | Effect::TokenRefused { .. }
        | Effect::TokenExpiry { .. }
        | Effect::TokenRefresh { .. }
        | Effect::ForeignMarkup
        | Effect::Restatused { .. }
        | Effect::NoBody
        | Effect::Encoded(_)
        | Effect::Oversized { .. }
        | Effect::HalfEscaped
        | Effect::Rewritten { .. } => return None,
    };
    Some(answer)
}

/// What a fault does to the request's own answer on its way out.
pub(crate) fn spoil(effect: &Effect, answer: &mut Answer) {
    match effect {
        Effect::Reset => answer.delivery = Delivery::Reset,
        Effect::Truncated(Truncation::WithoutLastChunk) => {
            answer.delivery = Delivery::EndWithoutLastChunk;
        }
        Effect::Truncated(Truncation::LongContentLength) => answer.delivery = Delivery::PromiseMore,
        Effect::Truncated(Truncation::CutJson) => rewrite(answer, |text| {
            let cut = text.floor_char_boundary(text.len() / 2);
            text.truncate(cut);
        }),
        Effect::ErrorInBody(kind) => put_error_inside(answer, *kind),
        Effect::Slow { bytes_per_second } => answer.delivery = trickle(*bytes_per_second),
        Effect::Stall { after_bytes } => {
            answer.delivery = Delivery::Stall {
                after: *after_bytes,
            }
        }
        Effect::Rewritten { find, put } => rewrite(answer, |text| *text = text.replace(find, put)),
        Effect::ForeignMarkup => rewrite(answer, |text| {
            let end = text.trim_end_matches("]}").len();
            text.truncate(end);
            text.push_str(",{\"id\":\"x\",\"status\":503,\"headers\":{},\"body\":<!DOCTYPE html><html></html>}]}");
        }),
        Effect::NearlyThrottled { percentage } => answer
            .headers
            .push(("x-ms-throttle-limit-percentage", percentage.clone())),
        Effect::Restatused { status } => answer.status = *status,
        Effect::NoBody => answer.content = Content::empty(),
        Effect::Encoded(Encoding::ByteOrderMark) => {
            rewrite(answer, |text| text.insert(0, '\u{feff}'));
        }
        Effect::Encoded(Encoding::WrongChecksum) => answer.delivery = Delivery::WrongChecksum,
        Effect::Encoded(Encoding::PlainAsGzip) => answer.delivery = Delivery::PlainAsGzip,
        Effect::Oversized { bytes } => {
            if let Content::Json(Value::Object(members)) = &mut answer.content {
                members.insert("filler".to_owned(), "x".repeat(*bytes).into());
            }
        }
        Effect::HalfEscaped => escape_every_second(answer),
        Effect::Status { .. }
        | Effect::Throttle { .. }
        | Effect::ExpiredToken
        | Effect::ClaimsChallenge
        | Effect::Forbidden { .. }
        | Effect::Denied
        | Effect::NotFound
        | Effect::NotLicensed
        | Effect::Delay { .. }
        | Effect::NextLink(_)
        | Effect::DuplicateAcrossPages
        | Effect::NewerDuplicateAcrossPages
        | Effect::EmptyPageBetween
        | Effect::ShortPage { .. }
        | Effect::EmptyList
        | Effect::ItemEdited
        | Effect::ItemAdded
        | Effect::PermissionRemoved { .. }
        | Effect::TokenRefused { .. }
        | Effect::TokenExpiry { .. }
        | Effect::TokenRefresh { .. } => {}
    }
}

fn rewrite(answer: &mut Answer, change: impl FnOnce(&mut String)) {
    let mut text = answer.text();
    change(&mut text);
    answer.content = Content::Text {
        media_type: answer.media_type(),
        text,
    };
}

/// Puts the page together by hand, its objects in turn as they are and with escapes.
fn escape_every_second(answer: &mut Answer) {
    let Content::Json(page) = &answer.content else {
        return;
    };
    let Some(objects) = page.get("value").and_then(Value::as_array) else {
        return;
    };
    let mut frame = page.clone();
    if let Some(members) = frame.as_object_mut() {
        members.remove("value");
    }
    let objects: Vec<String> = objects
        .iter()
        .enumerate()
        .map(|(index, object)| match index % 2 {
            0 => object.to_string(),
            _ => escaped(&object.to_string()),
        })
        .collect();
    let frame = frame.to_string();
    let frame = frame.trim_end_matches('}');
    let joint = if frame.ends_with('{') { "" } else { "," };
    let text = format!("{frame}{joint}\"value\":[{}]}}", objects.join(","));
    rewrite(answer, |old| *old = text);
}

/// JSON without any character beyond ASCII.
fn escaped(json: &str) -> String {
    let mut units = [0; 2];
    let mut text = String::with_capacity(json.len());
    for character in json.chars() {
        if character.is_ascii() {
            text.push(character);
            continue;
        }
        for unit in character.encode_utf16(&mut units) {
            text.push_str(&format!("\\u{unit:04x}"));
        }
    }
    text
}

fn put_error_inside(answer: &mut Answer, kind: ErrorInBody) {
    let error = errors::envelope(
        "BadRequest",
        "A property has a null value, which is not allowed.",
        Uuid::new_v4(),
    );
    match (kind, &mut answer.content) {
        (ErrorInBody::Member, Content::Json(page)) => {
            if let (Some(page), Some(inner)) = (page.as_object_mut(), error.get("error")) {
                page.insert("error".to_owned(), inner.clone());
            }
        }
        _ => rewrite(answer, |text| {
            let cut = text.floor_char_boundary(text.len() / 2);
            text.truncate(cut);
            text.push_str(&error.to_string());
        }),
    }
}

/// Sixteen pieces a second.
fn trickle(bytes_per_second: u64) -> Delivery {
    Delivery::Slow {
        every: Duration::from_millis(1000 / 16),
        bytes: usize::try_from(bytes_per_second.div_ceil(16))
            .map_or(usize::MAX, |bytes| bytes.max(1)),
    }
}

fn with_retry_after(answer: Answer, value: Option<&RetryAfter>) -> Answer {
    match value {
        Some(RetryAfter::Seconds(seconds)) => answer.with("Retry-After", seconds.to_string()),
        Some(RetryAfter::Text(text)) => answer.with("Retry-After", text.clone()),
        Some(RetryAfter::Date { date_in_seconds }) => {
            // Both dates come from one instant: a client counts from the one to the other.
            let now = clock::now();
            let date = |at: DateTime<Utc>| at.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
            let later = now + TimeDelta::seconds(*date_in_seconds);
            answer
                .with("Date", date(now))
                .with("Retry-After", date(later))
        }
        None => answer,
    }
}

/// The code that Graph sends with a status.
fn usual_code(status: u16) -> &'static str {
    match status {
        400 => "BadRequest",
        401 => "InvalidAuthenticationToken",
        403 => "Forbidden",
        404 => "ResourceNotFound",
        429 => "TooManyRequests",
        500 => "InternalServerError",
        503 => "ServiceUnavailable",
        _ => "UnknownError",
    }
}
