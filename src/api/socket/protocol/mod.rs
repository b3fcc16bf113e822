//! The sub-protocol `graphql-transport-ws`, without any socket: a message comes in, actions go out.
//!
//! ```text
//!            connection_init          credential holds
//!   Opened ─────────────────▶ Checking ─────────────▶ Ready ── subscribe, complete ──┐
//!     │                          │                      │ ◀──────────────────────────┘
//!     └─ too late: 4408          └─ it does not: 4403   └─ it holds no longer: 4403
//! ```

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use crate::api::{
    ask::Ask,
    engine::{Extensions, Outcome},
};

/// The one sub-protocol that is spoken.
pub(super) const NAME: &str = "graphql-transport-ws";

/// Why a connection is closed. Clients take some codes for final and come back after others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CloseCode {
    /// The server stops.
    GoingAway,
    /// A message that the protocol does not know.
    Malformed,
    /// An operation before the credential was checked.
    Unauthorized,
    /// The credential does not hold, or holds no longer; or its caller has too many connections.
    Forbidden,
    /// Another sub-protocol.
    Protocol,
    /// No first message in time.
    InitTimeout,
    /// An operation of this name is under way.
    Duplicate,
    /// A second first message.
    InitTwice,
}

impl CloseCode {
    pub(super) fn number(self) -> u16 {
        match self {
            Self::GoingAway => 1001,
            Self::Malformed => 4400,
            Self::Unauthorized => 4401,
            Self::Forbidden => 4403,
            Self::Protocol => 4406,
            Self::InitTimeout => 4408,
            Self::Duplicate => 4409,
            Self::InitTwice => 4429,
        }
    }
}

/// Tells operations of the same name apart, one after the other.
pub(super) type Serial = u64;

/// Something that happened to a connection.
#[derive(Debug)]
pub(super) enum Event {
    /// A text message came.
    Text(String),
    /// A binary message came.
    Binary,
    /// The time for the first message is over.
    InitTimedOut,
    /// The credential holds.
    Accepted,
    /// The credential does not hold, or holds no longer.
    Refused,
    /// The credential holds, and its caller has as many connections as it may.
    OneTooMany,
    /// An operation has an answer.
    Answered(String, Serial, Outcome),
    /// An operation has no more answers.
    Ended(String, Serial),
    /// The server stops.
    ShutDown,
}

/// Something to do about it.
#[derive(Debug, PartialEq)]
pub(super) enum Action {
    /// Send a text message.
    Send(String),
    /// Check a credential; the answer is an event.
    Authenticate(Option<String>),
    /// Begin an operation.
    Start(String, Serial, Ask),
    /// Stop an operation.
    Stop(Serial),
    /// Close the connection, and do nothing more.
    Close(CloseCode, String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Opened,
    Checking,
    Ready,
    Closed,
}

/// A connection.
#[derive(Debug)]
pub(super) struct Connection {
    state: State,
    operations: HashMap<String, Serial>,
    next_serial: Serial,
    most_operations: usize,
}

impl Connection {
    pub(super) fn new(most_operations: usize) -> Self {
        Self {
            state: State::Opened,
            operations: HashMap::new(),
            next_serial: 0,
            most_operations,
        }
    }

    /// What to do about an event, in order.
    pub(super) fn on(&mut self, event: Event) -> Vec<Action> {
        if self.state == State::Closed {
            return Vec::new();
        }
        match event {
            Event::Text(text) => self.on_text(&text),
            Event::Binary => self.close(CloseCode::Malformed, "messages are text"),
            Event::InitTimedOut if self.state == State::Opened => self.close(
                CloseCode::InitTimeout,
                "connection_init did not come in time",
            ),
            Event::InitTimedOut => Vec::new(),
            Event::Accepted => {
                self.state = State::Ready;
                vec![Action::Send(json!({"type": "connection_ack"}).to_string())]
            }
            Event::Refused => self.close(CloseCode::Forbidden, "the credential does not hold"),
            Event::OneTooMany => self.close(CloseCode::Forbidden, "too many connections"),
            Event::Answered(id, serial, outcome) => self.on_answer(id, serial, &outcome),
            Event::Ended(id, serial) => match self.forget(&id, serial) {
                true => vec![Action::Send(
                    json!({"id": id, "type": "complete"}).to_string(),
                )],
                false => Vec::new(),
            },
            Event::ShutDown => self.close(CloseCode::GoingAway, "the server stops"),
        }
    }

    fn on_text(&mut self, text: &str) -> Vec<Action> {
        let Ok(Value::Object(mut message)) = serde_json::from_str(text) else {
            return self.close(CloseCode::Malformed, "a message is a JSON object");
        };
        let kind = message.remove("type");
        match kind.as_ref().and_then(Value::as_str) {
            Some("connection_init") => self.on_init(message),
            Some("ping") => vec![Action::Send(json!({"type": "pong"}).to_string())],
            Some("pong") => Vec::new(),
            Some("subscribe") => self.on_subscribe(message),
            Some("complete") => self.on_complete(&message),
            _ => self.close(CloseCode::Malformed, "a client sends no such message"),
        }
    }

    fn on_init(&mut self, mut message: Map<String, Value>) -> Vec<Action> {
        if self.state != State::Opened {
            return self.close(CloseCode::InitTwice, "connection_init was sent before");
        }
        let credential = match message.remove("payload") {
            None | Some(Value::Null) => None,
            Some(Value::Object(mut payload)) => payload.remove("authorization"),
            Some(_) => return self.close(CloseCode::Malformed, "the payload is an object"),
        };
        self.state = State::Checking;
        let text = credential.as_ref().and_then(Value::as_str);
        vec![Action::Authenticate(text.map(str::to_owned))]
    }

    fn on_subscribe(&mut self, mut message: Map<String, Value>) -> Vec<Action> {
        if self.state != State::Ready {
            return self.close(CloseCode::Unauthorized, "send connection_init first");
        }
        let (id, payload) = match (message.remove("id"), message.remove("payload")) {
            (Some(Value::String(id)), Some(Value::Object(payload))) if !id.is_empty() => {
                (id, payload)
            }
            _ => return self.close(CloseCode::Malformed, "an operation has an id and a payload"),
        };
        if self.operations.contains_key(&id) {
            let reason = format!("Subscriber for {id} already exists");
            return self.close(CloseCode::Duplicate, &reason);
        }
        let ask = match Ask::of(payload) {
            Ok(ask) => ask,
            Err(refusal) => return self.close(CloseCode::Malformed, &refusal.message),
        };
        if self.operations.len() >= self.most_operations {
            let most = self.most_operations;
            let message = format!("a connection carries at most {most} operations at once");
            return vec![Action::Send(error(&id, &too_many(message)))];
        }
        self.next_serial += 1;
        self.operations.insert(id.clone(), self.next_serial);
        vec![Action::Start(id, self.next_serial, ask)]
    }

    fn on_complete(&mut self, message: &Map<String, Value>) -> Vec<Action> {
        let Some(id) = message.get("id").and_then(Value::as_str) else {
            return self.close(CloseCode::Malformed, "complete names an operation");
        };
        // It may have ended while the message was on its way.
        let serial = self.operations.remove(id);
        serial.map(Action::Stop).into_iter().collect()
    }

    fn on_answer(&mut self, id: String, serial: Serial, outcome: &Outcome) -> Vec<Action> {
        if self.operations.get(&id) != Some(&serial) {
            return Vec::new();
        }
        match &outcome.data {
            Some(data) => {
                let mut payload = json!({"data": data});
                if let (Value::Object(payload), false) = (&mut payload, outcome.errors.is_empty()) {
                    payload.insert("errors".to_owned(), json!(outcome.errors));
                }
                if let (Value::Object(payload), Some(cost)) = (&mut payload, outcome.cost) {
                    payload.insert("extensions".to_owned(), json!(Extensions::from(cost)));
                }
                let message = json!({"id": id, "type": "next", "payload": payload});
                vec![Action::Send(message.to_string())]
            }
            None => {
                self.forget(&id, serial);
                vec![
                    Action::Send(error(&id, &json!(outcome.errors))),
                    Action::Stop(serial),
                ]
            }
        }
    }

    fn forget(&mut self, id: &str, serial: Serial) -> bool {
        let is_known = self.operations.get(id) == Some(&serial);
        if is_known {
            self.operations.remove(id);
        }
        is_known
    }

    fn close(&mut self, code: CloseCode, reason: &str) -> Vec<Action> {
        self.state = State::Closed;
        self.operations.clear();
        vec![Action::Close(code, clip(reason))]
    }
}

fn error(id: &str, errors: &Value) -> String {
    json!({"id": id, "type": "error", "payload": errors}).to_string()
}

fn too_many(message: String) -> Value {
    json!([{"message": message, "extensions": {"code": "QUERY_TOO_LARGE"}}])
}

/// A reason has at most 123 bytes: a longer one breaks the connection instead of closing it.
fn clip(reason: &str) -> String {
    let end = reason.floor_char_boundary(123);
    reason
        .chars()
        .scan(0, |length, character| {
            *length += character.len_utf8();
            (*length <= end).then_some(character)
        })
        .collect()
}

#[cfg(test)]
mod tests;
