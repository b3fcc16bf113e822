//! `$batch`: up to twenty requests in one, answered singly and in another order.

use std::collections::{HashMap, HashSet};

use actix_web::web::Bytes;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::{
    answer::{Answer, Content},
    errors,
    request::{Incoming, Version},
    world::World,
};

/// The most requests that a batch may hold.
pub(crate) const MOST_ITEMS: usize = 20;

#[derive(Deserialize)]
struct Batch {
    requests: Vec<Item>,
}

#[derive(Deserialize)]
struct Item {
    id: String,
    method: String,
    url: String,
    #[serde(default)]
    headers: HashMap<String, String>,
    body: Option<Value>,
}

/// Answers a batch. `number` is that of its entry in the log.
pub(crate) async fn answer(
    world: &World,
    version: Version,
    envelope: &Incoming,
    number: u64,
) -> Answer {
    let items = match read(envelope) {
        Ok(items) => items,
        Err(refusal) => return refusal,
    };
    let mut responses = Vec::with_capacity(items.len());
    for item in items {
        let id = item.id.clone();
        let request = single(item, version, envelope, number);
        // The items come through the same door as any request, which makes this a recursion.
        let answer = Box::pin(world.answer(request)).await;
        responses.push(response(&id, &answer));
    }
    shuffle(&mut responses);
    Answer::ok(json!({ "responses": responses }))
}

fn read(envelope: &Incoming) -> Result<Vec<Item>, Answer> {
    let batch: Batch = serde_json::from_slice(&envelope.body)
        .map_err(|_| errors::bad_request("Invalid batch payload format."))?;
    if batch.requests.len() > MOST_ITEMS {
        return Err(errors::bad_request(
            "Number of requests inside batch exceed the limit.",
        ));
    }
    let mut ids = HashSet::new();
    let unique = batch
        .requests
        .iter()
        .all(|item| ids.insert(item.id.to_lowercase()));
    if !unique {
        return Err(errors::bad_request(
            "Request id is duplicated in the batch.",
        ));
    }
    if batch
        .requests
        .iter()
        .any(|item| item.url.contains("$batch") || item.url.contains("://"))
    {
        return Err(errors::bad_request("Invalid URL inside batch."));
    }
    Ok(batch.requests)
}

fn single(item: Item, version: Version, envelope: &Incoming, number: u64) -> Incoming {
    let url = item.url.trim_start_matches('/');
    let (path, query) = url.split_once('?').unwrap_or((url, ""));
    Incoming {
        method: item.method.to_uppercase(),
        host: envelope.host.clone(),
        path: format!("/{}/{path}", version.name()),
        query: query.to_owned(),
        authorization: envelope.authorization.clone(),
        client_request_id: item
            .headers
            .into_iter()
            .find(|(name, _)| name.eq_ignore_ascii_case("client-request-id"))
            .map(|(_, id)| id)
            .or_else(|| envelope.client_request_id.clone()),
        body: item
            .body
            .map(|body| Bytes::from(body.to_string()))
            .unwrap_or_default(),
        connection: None,
        batch: Some(number),
    }
}

fn response(id: &str, answer: &Answer) -> Value {
    // Whoever looks headers up must not mind their case.
    let spelt = |name: &str| match id.len() % 2 {
        0 => name.to_lowercase(),
        _ => name.to_owned(),
    };
    let mut headers: Map<String, Value> = answer
        .headers
        .iter()
        .filter(|(name, _)| is_passed_on(name))
        .map(|(name, value)| (spelt(name), json!(value)))
        .collect();
    // A throttled item that announces no wait comes without any header, as seen in the field.
    if answer.status != 429 || !headers.is_empty() {
        headers.insert("Content-Type".to_owned(), answer.media_type().into());
    }
    let body = match &answer.content {
        Content::Json(value) => value.clone(),
        Content::Text { text, .. } if text.is_empty() => Value::Null,
        Content::Text { .. } | Content::Bytes { .. } => base64_text(&answer.body()),
    };
    json!({ "id": id, "status": answer.status, "headers": headers, "body": body })
}

/// Whether a header of the single answer appears inside the batch.
fn is_passed_on(name: &str) -> bool {
    let general = matches!(name, "Retry-After" | "OData-Version" | "WWW-Authenticate");
    general || name == "x-ms-resource-unit" || name.starts_with("x-ms-throttle-")
}

/// A body that is no JSON comes as base64.
fn base64_text(text: &[u8]) -> Value {
    use base64::{Engine, engine::general_purpose::STANDARD};
    Value::from(STANDARD.encode(text))
}

/// Neighbours change places, so that no client may rely on the order.
fn shuffle(responses: &mut [Value]) {
    for pair in responses.chunks_mut(2) {
        pair.reverse();
    }
}
