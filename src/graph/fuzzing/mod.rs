//! The one door to the parsers of what Graph sends, for those who throw bytes at them: the programs
//! in `fuzz/`, and the tests of this module, which call the very same functions.
//!
//! Each function takes any bytes and checks what has to hold of whatever a parser makes of them.
//! Built for tests and with the feature `fuzzing`; no part of the product.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::{
    batch, body,
    catalog::entry,
    challenge::Challenge,
    error::{Breakdown, GraphError},
    refusal::Refusal,
    retry,
    sign_in_refusal::SignInRefusal,
    token::{Granted, Issued, Token},
};
use crate::domain::{
    attribution::AuditEvent,
    canonical,
    capture::{self, DigestKey, SEALED},
    kind::PolicyKind,
    run::Scope,
};

/// Checks what is made of some bytes; panics where something does not hold.
pub type Check = fn(&[u8]);

/// Every check, by the name of its program.
pub const CHECKS: [(&str, Check); 11] = [
    ("page", page),
    ("object", object),
    ("batch", batch),
    ("refusal", refusal),
    ("unwrapping", unwrapping),
    ("sign_in_refusal", sign_in_refusal),
    ("token", token),
    ("challenge", challenge),
    ("retry_after", retry_after),
    ("audit_events", audit_events),
    ("capturing", capturing),
];

/// Longest message for people, in characters.
const LONGEST_MESSAGE: usize = 2000;

/// One page of a list.
pub fn page(bytes: &[u8]) {
    if let Ok(page) = body::page(bytes) {
        page.items.iter().for_each(check_value);
    }
}

/// One object.
pub fn object(bytes: &[u8]) {
    if let Ok(object) = body::object(bytes) {
        assert!(object.is_object() && object.get("error").is_none());
        check_value(&object);
    }
}

/// An item of a page or an object, as the rest of the room looks at it.
fn check_value(value: &Value) {
    let mut stripped = value.clone();
    body::strip(&mut stripped);
    let once = stripped.clone();
    body::strip(&mut stripped);
    assert_eq!(once, stripped, "annotations were left");
    for continuation in body::continuations(value) {
        assert!(continuation.pointer.starts_with('/'));
    }
    if value.is_object() && body::lost_digits(value).is_none() {
        check_canonical(value);
    }
}

fn check_canonical(value: &Value) {
    let bytes = canonical::bytes(value);
    let back = serde_json::from_slice::<Value>(&bytes).ok();
    assert_eq!(back.as_ref(), Some(value), "another value came back");
}

/// The answer to a batch. The first byte says of how many readings.
pub fn batch(bytes: &[u8]) {
    let Some((number, body)) = bytes.split_first() else {
        return;
    };
    let number = usize::from(*number) % 21;
    let Ok(answers) = batch::answers(body, number) else {
        return;
    };
    assert_eq!(answers.len(), number);
    for answer in answers.into_iter().flatten() {
        match answer.status {
            200..300 => {
                assert!(answer.body.is_empty() || body_is_part(&answer.body, body));
                page(&answer.body);
                object(&answer.body);
            }
            _ => refusal(&answer.body),
        }
        if let Some(wait) = answer.header("retry-after") {
            retry_after(wait.as_bytes());
        }
    }
}

/// Whether an item's body stands in the envelope as it is, so that no number of it changed.
fn body_is_part(part: &[u8], whole: &[u8]) -> bool {
    whole.windows(part.len()).any(|window| window == part)
}

/// The body of an answer that is no success.
pub fn refusal(bytes: &[u8]) {
    let refusal = Refusal::read(bytes);
    let wait = refusal.retry_after();
    assert!(wait.is_none_or(|wait| wait >= Duration::from_secs(1)));
    for scope in refusal.scopes() {
        assert!(scope.contains('.') && scope.bytes().all(|b| b == b'.' || b.is_ascii_alphabetic()));
    }
    let _ = refusal.is_about_licence();
    let reason = refusal.text();
    assert!(!reason.is_empty());
    let last = Breakdown::Status {
        status: 503,
        reason: reason.clone(),
    };
    for error in [
        GraphError::Unavailable { tries: 5, last },
        GraphError::TokenRefused {
            by_service: refusal.is_of_service,
            reason: reason.clone(),
            challenge: None,
        },
        GraphError::Refused {
            status: 400,
            reason,
        },
    ] {
        check_told(&error);
    }
}

/// What people are told is short, and every database can store it.
fn check_told(error: &GraphError) {
    let message = error.failure().message;
    assert!(message.chars().count() <= LONGEST_MESSAGE);
    assert!(!message.is_empty() && !message.contains(char::is_control));
}

/// A message inside of others. The first byte says how deep, the second how each level looks, the
/// rest is the message.
pub fn unwrapping(bytes: &[u8]) {
    let [depth, forms, message @ ..] = bytes else {
        return;
    };
    let message = String::from_utf8_lossy(message);
    if message.trim().starts_with('{') || message.contains(" - Operation ID") {
        // Such a message would be a level of its own, or cut.
        return;
    }
    let wrapped = (0..depth % 5).fold(message.to_string(), |inner, level| {
        let object = match forms >> (2 * level) & 3 {
            0 => json!({"_version": 3, "Message": inner, "RetryAfter": null, "HttpHeaders": "{}"}),
            1 => json!({"ErrorCode": "Forbidden", "Message": inner, "Details": null}),
            2 => json!({"Message": inner, "RetryAfter": 12.5}),
            _ => json!({"Message": inner}),
        };
        object.to_string()
    });
    let body = json!({"error": {"code": "UnknownError", "message": wrapped}});
    let read = Refusal::read(body.to_string().as_bytes());
    let words = message.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        words.starts_with(&read.message),
        "{:?} is not the message",
        read.message
    );
    assert!(read.message.len() == words.len() || read.message.chars().count() >= 300);
}

/// The body of a refused sign-in.
pub fn sign_in_refusal(bytes: &[u8]) {
    if let Some(refusal) = SignInRefusal::read(bytes) {
        assert!(!refusal.to_string().is_empty());
        let _ = refusal.is_transient();
        check_told(&GraphError::SignIn(refusal));
    }
}

/// An answer of the token endpoint, and the claims of a token.
pub fn token(bytes: &[u8]) {
    if let Ok(issued) = serde_json::from_slice::<Issued>(bytes) {
        let token = Token::new(issued, DateTime::<Utc>::MAX_UTC);
        assert!(!format!("{token:?}").contains(token.expose()) || token.expose().len() < 20);
    }
    let text = format!("e30.{}.e30", URL_SAFE_NO_PAD.encode(bytes));
    let answer = json!({"access_token": text, "expires_in": 3599});
    let Ok(issued) = serde_json::from_value::<Issued>(answer) else {
        return;
    };
    let token = Token::new(issued, DateTime::UNIX_EPOCH);
    assert_eq!(token.expose(), text);
    match (token.granted, serde_json::from_slice::<Value>(bytes)) {
        (Granted::Known(roles), Ok(claims)) => {
            assert!(roles.iter().all(|role| holds(&claims, role)));
        }
        // Claims that nobody looks at may hold numbers that no value holds.
        (Granted::Known(_), Err(_)) => {}
        (Granted::Unknown, _) => assert_eq!(token.directory, None),
    }
}

/// Whether a text stands anywhere in a document.
fn holds(document: &Value, text: &str) -> bool {
    match document {
        Value::String(found) => found == text,
        Value::Array(elements) => elements.iter().any(|element| holds(element, text)),
        Value::Object(members) => members.values().any(|member| holds(member, text)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// The header of a refusal that may hold a claims challenge.
pub fn challenge(bytes: &[u8]) {
    if let Some(challenge) = Challenge::read(&String::from_utf8_lossy(bytes)) {
        let claims = serde_json::from_str::<Value>(challenge.as_str());
        assert!(claims.is_ok_and(|claims| claims.is_object()));
        assert!(challenge.as_str().len() <= bytes.len());
    }
}

/// The header that says how long to wait.
pub fn retry_after(bytes: &[u8]) {
    let header = String::from_utf8_lossy(bytes);
    for now in [DateTime::UNIX_EPOCH, DateTime::<Utc>::MAX_UTC] {
        if let Some(wait) = retry::retry_after(&header, now) {
            assert!(wait >= Duration::from_secs(1) && wait.subsec_nanos() == 0);
            // Too long a wait is refused later; here it must only be one that can be compared.
            let _ = TimeDelta::from_std(wait);
        }
    }
}

/// A page of Intune's audit events.
pub fn audit_events(bytes: &[u8]) {
    let Ok(page) = body::page(bytes) else {
        return;
    };
    for event in page.items.iter().filter_map(AuditEvent::read) {
        assert!(!event.operation.is_empty() && !event.operation.contains('\0'));
        let attribution = event.attribution();
        assert_eq!(attribution.is_some(), event.actor_name.is_some());
        assert!(event.actor_name.is_none_or(|name| !name.contains('\0')));
        assert!(event.objects.iter().all(|id| !id.contains('\0')));
    }
}

/// An object on its way to the store: canonical, taken apart by the rules of a kind, which the first
/// byte chooses.
pub fn capturing(bytes: &[u8]) {
    let Some((chosen, json)) = bytes.split_first() else {
        return;
    };
    let Some(kind) = PolicyKind::ALL
        .get(usize::from(*chosen) % PolicyKind::ALL.len())
        .copied()
    else {
        return;
    };
    let Ok(object) = body::object(json) else {
        return;
    };
    if body::lost_digits(&object).is_some() {
        return;
    }
    check_canonical(&object);
    if let Ok(listed) = entry(kind).listed(&object) {
        assert!(!listed.graph_id.is_empty() && !listed.name.contains('\0'));
    }
    let rules = &entry(kind).capture;
    let scope = Scope {
        kinds: vec![kind],
        assignments: true,
        scope_tags: true,
    };
    let (parts, secrets) =
        capture::take_apart(object.clone(), rules, &scope, &DigestKey::from([7; 32]));
    let captured = capture::capture(&parts, rules);
    assert_eq!(captured.content_hash, capture::content_hash(&parts));
    let mut whole = parts.payload;
    for (pointer, digest) in parts
        .sealed
        .iter()
        .filter_map(Value::as_object)
        .flat_map(|index| index.iter())
    {
        let sealed = secrets
            .iter()
            .find(|sealed| *digest == sealed.digest.to_string());
        let place = whole.pointer_mut(pointer);
        assert!(sealed.is_some() && place.as_deref() == Some(&Value::from(SEALED)));
        if let (Some(place), Some(sealed)) = (place, sealed) {
            *place = sealed.secret.clone().into();
        }
    }
    if let Value::Object(members) = &mut whole {
        let outer = [
            ("assignments", parts.assignments),
            ("roleScopeTagIds", parts.scope_tags),
        ];
        for (name, part) in outer {
            members.extend(part.map(|part| (name.to_owned(), part)));
        }
    }
    assert_eq!(whole, object, "the parts do not make the object");
}

#[cfg(test)]
mod tests;
