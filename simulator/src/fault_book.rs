//! Decides which fault strikes a request, and what answer a fault gives.

use std::sync::Mutex;

use chrono::TimeDelta;
use uuid::Uuid;

use crate::{
    answer::{Answer, Content, Delivery},
    clock,
    errors::{self, Problem},
    faults::{Effect, ErrorInBody, Fault, FaultPlan, Hits, RetryAfter, Truncation},
    request::Incoming,
    sync::lock,
    uri,
};

/// The plan with its counts.
#[derive(Debug)]
pub(crate) struct FaultBook(Mutex<Vec<Counted>>);

#[derive(Debug)]
struct Counted {
    fault: Fault,
    hits: u64,
}

impl FaultBook {
    pub(crate) fn new(plan: FaultPlan) -> Self {
        Self(Mutex::new(plan.0.into_iter().map(Counted::new).collect()))
    }

    pub(crate) fn add(&self, fault: Fault) {
        lock(&self.0).push(Counted::new(fault));
    }

    pub(crate) fn clear(&self) {
        lock(&self.0).clear();
    }

    /// Counts the request in every fault it concerns; the first fault that is due strikes.
    pub(crate) fn strike(&self, request: &Incoming, tenant: Option<Uuid>) -> Option<Effect> {
        let path = uri::decode(&request.path);
        let mut struck = None;
        for counted in lock(&self.0).iter_mut() {
            if concerns(&counted.fault, request, &path, tenant) {
                counted.hits += 1;
                if struck.is_none() && is_due(counted.fault.hits, counted.hits) {
                    struck = Some(counted.fault.effect.clone());
                }
            }
        }
        struck
    }
}

impl Counted {
    fn new(fault: Fault) -> Self {
        Self { fault, hits: 0 }
    }
}

fn concerns(fault: &Fault, request: &Incoming, path: &str, tenant: Option<Uuid>) -> bool {
    let query = |part: &String| uri::decode_query(&request.query).contains(part.as_str());
    (fault.tenant.is_none() || fault.tenant == tenant)
        && fault
            .method
            .as_ref()
            .is_none_or(|method| request.method.eq_ignore_ascii_case(method))
        && fault
            .path
            .as_ref()
            .is_none_or(|pattern| path_matches(pattern, path))
        && fault.query.as_ref().is_none_or(query)
}

fn is_due(hits: Hits, hit: u64) -> bool {
    match hits {
        Hits::Always => true,
        Hits::First(count) => hit <= count,
        Hits::Nth(number) => hit == number,
        Hits::After(count) => hit > count,
        Hits::Every(step) => step > 0 && hit.is_multiple_of(step),
    }
}

/// Whether a path contains a text or, with a `*` in it, matches it from end to end.
pub(crate) fn path_matches(pattern: &str, path: &str) -> bool {
    match pattern.split_once('*') {
        None => path.contains(pattern),
        Some((start, rest)) => path
            .strip_prefix(start)
            .is_some_and(|remaining| tail_matches(rest, remaining)),
    }
}

/// Whether some end of `text` matches the pattern behind a `*`.
fn tail_matches(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => text.ends_with(pattern),
        Some((piece, rest)) => text.match_indices(piece).any(|(at, _)| {
            text.get(at + piece.len()..)
                .is_some_and(|text| tail_matches(rest, text))
        }),
    }
}

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
            errors::throttled(retry_after.as_ref().map(header_value))
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
        | Effect::Truncated(_)
        | Effect::ErrorInBody(_)
        | Effect::Slow { .. }
        | Effect::Stall { .. }
        | Effect::Delay { .. }
        | Effect::NextLink(_)
        | Effect::DuplicateAcrossPages
        | Effect::ShortPage { .. }
        | Effect::EmptyList
        | Effect::TokenRefused { .. }
        | Effect::TokenExpiry { .. }
        | Effect::ForeignMarkup => return None,
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
        Effect::ForeignMarkup => rewrite(answer, |text| {
            let end = text.trim_end_matches("]}").len();
            text.truncate(end);
            text.push_str(",{\"id\":\"x\",\"status\":503,\"headers\":{},\"body\":<!DOCTYPE html><html></html>}]}");
        }),
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
        | Effect::ShortPage { .. }
        | Effect::EmptyList
        | Effect::TokenRefused { .. }
        | Effect::TokenExpiry { .. } => {}
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
        every: std::time::Duration::from_millis(1000 / 16),
        bytes: usize::try_from(bytes_per_second.div_ceil(16))
            .map_or(usize::MAX, |bytes| bytes.max(1)),
    }
}

fn with_retry_after(answer: Answer, value: Option<&RetryAfter>) -> Answer {
    match value {
        Some(value) => answer.with("Retry-After", header_value(value)),
        None => answer,
    }
}

fn header_value(value: &RetryAfter) -> String {
    match value {
        RetryAfter::Seconds(seconds) => seconds.to_string(),
        RetryAfter::Text(text) => text.clone(),
        RetryAfter::Date { date_in_seconds } => {
            let at = clock::now() + TimeDelta::seconds(*date_in_seconds);
            at.format("%a, %d %b %Y %H:%M:%S GMT").to_string()
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_matches_from_end_to_end_and_a_plain_text_anywhere() {
        let list = "/beta/deviceManagement/intents";
        let item = "/beta/deviceManagement/intents/7/settings";
        let cases = [
            ("intents", list, true),
            ("intents", item, true),
            ("*/intents", list, true),
            ("*/intents", item, false),
            ("*/intents/*", item, true),
            ("*/intents/*/settings", item, true),
            ("/v1.0/*", item, false),
            ("*", item, true),
        ];
        for (pattern, path, expected) in cases {
            assert_eq!(path_matches(pattern, path), expected, "{pattern} on {path}");
        }
    }

    #[test]
    fn hits_are_counted_from_one() {
        let struck = |hits| {
            (1..=6)
                .filter(|hit| is_due(hits, *hit))
                .collect::<Vec<u64>>()
        };
        assert_eq!(struck(Hits::First(2)), [1, 2]);
        assert_eq!(struck(Hits::Nth(3)), [3]);
        assert_eq!(struck(Hits::After(4)), [5, 6]);
        assert_eq!(struck(Hits::Every(3)), [3, 6]);
        assert!(struck(Hits::Every(0)).is_empty());
    }
}
