//! `$batch`: up to twenty requests in one envelope, answered singly and in any order.
//!
//! The envelope's status says nothing about its items; each has a status of its own.

use std::collections::BTreeMap;

use base64::{Engine, engine::general_purpose::STANDARD};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde::Deserialize;
use serde_json::{Value, json, value::RawValue};
use uuid::Uuid;

use super::{body::BodyFault, http::Answer};

/// Status of an envelope whose items are answered although one of them was throttled, as older
/// services send it.
const FAILED_DEPENDENCY: u16 = 424;

/// The body of a batch of readings, each a path below the API version with its request id. Their
/// names are their places, from 0.
pub(super) fn envelope(readings: &[(String, Uuid)]) -> Value {
    let requests = readings.iter().enumerate().map(|(place, (url, id))| {
        json!({
            "id": place.to_string(),
            "method": "GET",
            "url": url,
            "headers": {
                "accept": "application/json",
                "prefer": "include-unknown-enum-members",
                "client-request-id": id.to_string(),
            },
        })
    });
    json!({ "requests": requests.collect::<Vec<_>>() })
}

/// Whether an envelope's answer tells of its items.
pub(super) fn is_answered(envelope: &Answer) -> bool {
    envelope.has_content() || envelope.status == FAILED_DEPENDENCY
}

#[derive(Deserialize)]
struct RawAnswers<'a> {
    #[serde(borrow)]
    responses: Vec<RawAnswer<'a>>,
}

#[derive(Deserialize)]
struct RawAnswer<'a> {
    id: String,
    status: u16,
    #[serde(default)]
    headers: Option<BTreeMap<String, Value>>,
    #[serde(borrow)]
    body: Option<&'a RawValue>,
}

/// The answers to the `number` readings of a batch, by their places; none for a reading that has
/// no answer.
pub(super) fn answers(body: &[u8], number: usize) -> Result<Vec<Option<Answer>>, BodyFault> {
    let body = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body);
    let raw: RawAnswers<'_> = serde_json::from_slice(body).map_err(BodyFault::NotJson)?;
    let mut answers: Vec<Option<Answer>> = std::iter::repeat_with(|| None).take(number).collect();
    for answer in raw.responses {
        let place = answer.id.parse().ok();
        if let Some(place) = place.and_then(|place: usize| answers.get_mut(place)) {
            *place = Some(Answer {
                status: answer.status,
                headers: headers(answer.headers.unwrap_or_default()),
                body: content(answer.status, answer.body),
            });
        }
    }
    Ok(answers)
}

fn headers(named: BTreeMap<String, Value>) -> HeaderMap {
    let header = |(name, value): (String, Value)| {
        let text = match value {
            Value::String(text) => text,
            other @ (Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::Array(_)
            | Value::Object(_)) => other.to_string(),
        };
        let name = HeaderName::try_from(name).ok()?;
        Some((name, HeaderValue::try_from(text).ok()?))
    };
    named.into_iter().filter_map(header).collect()
}

/// The bytes of an item's body. What is no JSON, such as a gateway's page, comes as base64.
fn content(status: u16, body: Option<&RawValue>) -> Vec<u8> {
    let json = body.map(RawValue::get).unwrap_or_default();
    let page = || {
        let text: String = serde_json::from_str(json).ok()?;
        STANDARD.decode(text).ok()
    };
    match status {
        200..300 => None,
        _ => page(),
    }
    .unwrap_or_else(|| json.as_bytes().to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readings_are_named_by_their_places() {
        let id = Uuid::nil();
        let body = envelope(&[("/a?$top=1".to_owned(), id), ("/b".to_owned(), id)]);
        assert_eq!(body["requests"][0]["id"], "0");
        assert_eq!(body["requests"][1]["url"], "/b");
        assert_eq!(
            body["requests"][1]["headers"]["client-request-id"],
            id.to_string()
        );
    }

    #[test]
    fn answers_find_their_places_in_whatever_order() {
        let body = br#"{"responses":[
            {"id":"1","status":429,"headers":{"retry-after":"12","x":3},"body":{"error":{}}},
            {"id":"0","status":200,"headers":{},"body":{"value":[1.0]}},
            {"id":"3","status":200},
            {"id":"9","status":200,"body":{}},
            {"id":"x","status":200,"body":{}}]}"#;
        let answers = answers(body, 4).unwrap();
        let answer = |place: usize| answers[place].as_ref().unwrap();
        assert_eq!(answer(0).body, b"{\"value\":[1.0]}");
        assert_eq!(answer(1).status, 429);
        assert_eq!(answer(1).header("Retry-After"), Some("12"));
        assert_eq!(answer(1).header("x"), Some("3"));
        assert!(answers[2].is_none());
        assert!(answer(3).body.is_empty());
    }

    #[test]
    fn pages_of_gateways_are_decoded_and_texts_of_successes_are_not() {
        let body = br#"{"responses":[
            {"id":"0","status":502,"body":"PGh0bWw+"},{"id":"1","status":502,"body":"no base64"},
            {"id":"2","status":200,"body":"PGh0bWw+"},{"id":"3","status":204,"body":null}]}"#;
        let answers = answers(body, 4).unwrap();
        let body = |place: usize| answers[place].as_ref().unwrap().body.clone();
        assert_eq!(body(0), b"<html>");
        assert_eq!(body(1), b"\"no base64\"");
        assert_eq!(body(2), b"\"PGh0bWw+\"");
        assert_eq!(body(3), b"");
    }

    #[test]
    fn a_broken_envelope_is_refused_whole() {
        for broken in [
            r#"{"responses":[{"id":"0","status":200,"body":{}},{"id":"1","status":503,"body":<html>}]}"#,
            r#"{"responses":[{"id":"0","status":200,"body":{"#,
            r#"{"error":{"code":"BadRequest"}}"#,
            "",
        ] {
            assert!(answers(broken.as_bytes(), 2).is_err(), "{broken}");
        }
    }
}
