//! Conversations with a connection.

use serde_json::json;

use super::*;
use crate::api::error::{Code, Refusal};

fn text(message: Value) -> Event {
    Event::Text(message.to_string())
}

fn subscribe(id: &str) -> Event {
    text(json!({"id": id, "type": "subscribe", "payload": {"query": "{a}"}}))
}

fn ready() -> Connection {
    let mut connection = Connection::new(2);
    connection.on(text(json!({"type": "connection_init"})));
    connection.on(Event::Accepted);
    connection
}

fn closed(actions: &[Action]) -> Option<u16> {
    match actions {
        [Action::Close(code, _)] => Some(code.number()),
        _ => None,
    }
}

fn sent(actions: Vec<Action>) -> Vec<Value> {
    let text = |action| {
        let Action::Send(text) = action else {
            return None;
        };
        serde_json::from_str(&text).ok()
    };
    actions.into_iter().filter_map(text).collect()
}

fn data(number: i32) -> Outcome {
    Outcome {
        data: Some(async_graphql::Value::from(number)),
        errors: Vec::new(),
        cost: None,
        retry_after: None,
    }
}

#[test]
fn a_credential_is_checked_before_the_connection_is_acknowledged() {
    let mut connection = Connection::new(2);
    let init = json!({"type": "connection_init", "payload": {"authorization": "Bearer x"}});
    let credential = Some("Bearer x".to_owned());
    assert_eq!(
        connection.on(text(init)),
        [Action::Authenticate(credential)]
    );
    let acknowledged = sent(connection.on(Event::Accepted));
    assert_eq!(acknowledged, [json!({"type": "connection_ack"})]);
}

#[test]
fn an_operation_is_answered_and_ends() {
    let mut connection = ready();
    let started = connection.on(subscribe("one"));
    assert!(matches!(started.as_slice(), [Action::Start(id, 1, _)] if id == "one"));
    let next = sent(connection.on(Event::Answered("one".to_owned(), 1, data(7))));
    assert_eq!(
        next,
        [json!({"id": "one", "type": "next", "payload": {"data": 7}})]
    );
    let complete = sent(connection.on(Event::Ended("one".to_owned(), 1)));
    assert_eq!(complete, [json!({"id": "one", "type": "complete"})]);
    assert_eq!(connection.on(Event::Ended("one".to_owned(), 1)), []);
}

#[test]
fn a_refused_operation_ends_with_an_error_and_its_name_is_free_again() {
    let mut connection = ready();
    connection.on(subscribe("one"));
    let refusal = Outcome::from(Refusal::new(Code::NotFound, "no such object"));
    let actions = connection.on(Event::Answered("one".to_owned(), 1, refusal));
    assert!(actions.contains(&Action::Stop(1)));
    let [error] = sent(actions).try_into().expect("one message");
    assert_eq!(error["type"], "error");
    assert_eq!(error["payload"][0]["extensions"]["code"], "NOT_FOUND");
    assert!(matches!(
        connection.on(subscribe("one")).as_slice(),
        [Action::Start(_, 2, _)]
    ));
}

#[test]
fn answers_of_an_operation_that_the_client_ended_are_kept_back() {
    let mut connection = ready();
    connection.on(subscribe("one"));
    let complete = text(json!({"id": "one", "type": "complete"}));
    assert_eq!(connection.on(complete), [Action::Stop(1)]);
    connection.on(subscribe("one"));
    assert_eq!(
        connection.on(Event::Answered("one".to_owned(), 1, data(7))),
        []
    );
    assert_eq!(
        sent(connection.on(Event::Answered("one".to_owned(), 2, data(8)))).len(),
        1
    );
    let unknown = text(json!({"id": "other", "type": "complete"}));
    assert_eq!(connection.on(unknown), []);
}

#[test]
fn a_connection_carries_so_many_operations() {
    let mut connection = ready();
    connection.on(subscribe("one"));
    connection.on(subscribe("two"));
    let [error] = sent(connection.on(subscribe("three")))
        .try_into()
        .expect("one message");
    assert_eq!(error["type"], "error");
    connection.on(Event::Ended("one".to_owned(), 1));
    assert!(matches!(
        connection.on(subscribe("three")).as_slice(),
        [Action::Start(..)]
    ));
}

#[test]
fn pings_are_answered_at_any_time() {
    let mut connection = Connection::new(2);
    assert_eq!(
        sent(connection.on(text(json!({"type": "ping"})))),
        [json!({"type": "pong"})]
    );
    assert_eq!(connection.on(text(json!({"type": "pong"}))), []);
}

#[test]
fn what_breaks_the_protocol_closes_the_connection() {
    let init = || text(json!({"type": "connection_init"}));
    for (before, event, expected) in [
        (vec![], Event::Text("{".to_owned()), 4400),
        (vec![], Event::Text("[]".to_owned()), 4400),
        (vec![], text(json!({"type": "start"})), 4400),
        (
            vec![],
            text(json!({"type": "next", "id": "1", "payload": {}})),
            4400,
        ),
        (
            vec![],
            text(json!({"type": "connection_init", "payload": "x"})),
            4400,
        ),
        (vec![], Event::Binary, 4400),
        (vec![], Event::InitTimedOut, 4408),
        (vec![], subscribe("one"), 4401),
        (vec![init()], subscribe("one"), 4401),
        (vec![init()], init(), 4429),
        (vec![init()], Event::Refused, 4403),
        (vec![init()], Event::OneTooMany, 4403),
        (vec![init(), Event::Accepted], init(), 4429),
        (vec![init(), Event::Accepted], Event::Refused, 4403),
        (vec![init(), Event::Accepted], Event::ShutDown, 1001),
        (vec![init(), Event::Accepted], subscribe(""), 4400),
        (
            vec![init(), Event::Accepted],
            text(json!({"id": "1", "type": "subscribe", "payload": {}})),
            4400,
        ),
        (
            vec![init(), Event::Accepted, subscribe("one")],
            subscribe("one"),
            4409,
        ),
    ] {
        let mut connection = Connection::new(2);
        for event in before {
            connection.on(event);
        }
        let told = format!("{event:?}");
        let actions = connection.on(event);
        assert_eq!(closed(&actions), Some(expected), "{told}");
        assert_eq!(connection.on(subscribe("late")), [], "{told}");
    }
}

#[test]
fn a_first_message_that_came_in_time_is_not_waited_for() {
    let mut connection = Connection::new(2);
    connection.on(text(json!({"type": "connection_init"})));
    assert_eq!(connection.on(Event::InitTimedOut), []);
}

#[test]
fn a_reason_is_cut_to_what_a_frame_carries() {
    let mut connection = ready();
    let id = "ü".repeat(100);
    connection.on(subscribe(&id));
    let actions = connection.on(subscribe(&id));
    assert!(matches!(actions.as_slice(), [Action::Close(_, reason)] if reason.len() <= 123));
}
