//! How connections end, and what they do not get past.

use std::time::Duration;

use serde_json::{Value, json};
use tenantatlas::{
    api::{ApiSettings, Limits, SocketLimits},
    domain::{kind::PolicyKind, role::Role},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::support::{
    TestApp,
    client::{Api, Client, Socket, document_of, id, in_a_hurry},
};

const EVENTS: &str = "subscription($tenant: ID!) { backupRunEvents(tenantId: $tenant) { kind } }";

async fn served(sockets: SocketLimits) -> (TestApp, Api, Client) {
    let app = TestApp::start().await;
    let settings = ApiSettings {
        limits: Limits {
            sockets,
            ..Limits::default()
        },
        ..ApiSettings::default()
    };
    let api = Api::with(&app, settings).await;
    let client = api.client(&app, app.tenant(), Role::Manager).await;
    (app, api, client)
}

#[actix_rt::test]
async fn what_the_protocol_does_not_know_closes_with_4400() {
    let (_app, _api, client) = served(SocketLimits::default()).await;
    for message in [
        json!({"type": "start", "id": "1", "payload": {"query": "{ __typename }"}}),
        json!({"type": "connection_terminate"}),
        json!({"type": 1}),
        json!({"id": "1"}),
        json!([]),
        json!("text"),
        json!({"type": "subscribe", "payload": {"query": "{ __typename }"}}),
        json!({"type": "subscribe", "id": "", "payload": {"query": "{ __typename }"}}),
        json!({"type": "subscribe", "id": "1"}),
        json!({"type": "subscribe", "id": "1", "payload": {}}),
        json!({"type": "subscribe", "id": "1", "payload": {"query": "{ a }", "variables": 1}}),
        json!({"type": "complete"}),
    ] {
        let mut socket = client.socket().await;
        socket.send(message.clone()).await;
        assert_eq!(socket.closed().await, 4400, "{message}");
    }
    let mut socket = client.socket().await;
    socket.binary(b"{}").await;
    assert_eq!(socket.closed().await, 4400);
    let mut socket = client.socket().await;
    socket.text("no JSON").await;
    assert_eq!(socket.closed().await, 4400);
}

#[actix_rt::test]
async fn operations_have_their_time_and_their_names() {
    let (app, api, client) = served(SocketLimits::default()).await;
    let mut socket = Socket::open(api.address()).await;
    socket.subscribe("1", "{ __typename }", json!({})).await;
    assert_eq!(socket.closed().await, 4401);
    // A name as long as a message may be still gives a reason that fits.
    let name = "ü".repeat(20_000);
    let mut socket = client.socket().await;
    let variables = json!({"tenant": id(app.tenant())});
    for _ in 0..2 {
        socket.subscribe(&name, EVENTS, variables.clone()).await;
    }
    let (code, reason) = socket.farewell().await;
    assert_eq!(code, 4409);
    assert!((100..=123).contains(&reason.len()), "{reason}");
}

#[actix_rt::test]
async fn a_caller_has_so_many_connections_and_operations() {
    let (app, _api, client) = served(SocketLimits {
        per_caller: 2,
        operations: 2,
        ..SocketLimits::default()
    })
    .await;
    let mut first = client.socket().await;
    let second = client.socket().await;
    let mut third = client.hello().await;
    let (code, reason) = third.farewell().await;
    assert_eq!((code, reason.as_str()), (4403, "too many connections"));
    drop(second);
    let variables = json!({"tenant": id(app.tenant())});
    for name in ["1", "2", "3"] {
        first.subscribe(name, EVENTS, variables.clone()).await;
    }
    let refused = first.next().await;
    assert_eq!(
        (&refused["id"], &refused["type"]),
        (&json!("3"), &json!("error"))
    );
    let code = &refused["payload"][0]["extensions"]["code"];
    assert_eq!(code, "QUERY_TOO_LARGE");
    first.send(json!({"id": "1", "type": "complete"})).await;
    first.subscribe("3", "{ __typename }", json!({})).await;
    assert_eq!(first.next().await["type"], "next");
}

#[actix_rt::test]
async fn a_message_has_at_most_so_many_bytes() {
    let (_app, _api, client) = served(SocketLimits::default()).await;
    let query = |padding: usize| format!("{{ __typename }}#{}", "x".repeat(padding));
    let mut socket = client.socket().await;
    socket.subscribe("1", &query(60_000), json!({})).await;
    assert_eq!(socket.next().await["type"], "next");
    assert_eq!(socket.next().await["type"], "complete");
    socket.subscribe("2", &query(70_000), json!({})).await;
    assert_eq!(socket.closed().await, 1009);
}

#[actix_rt::test]
async fn a_credential_that_expires_ends_its_connections() {
    let (app, api, client) = served(SocketLimits {
        recheck: Duration::from_millis(20),
        ..SocketLimits::default()
    })
    .await;
    let person = api.member(&app, app.tenant(), "olivia", Role::Owner).await;
    let mut token = client.socket().await;
    let mut human = person.socket().await;
    app.pass(chrono::TimeDelta::days(2));
    assert_eq!(token.closed().await, 4403);
    assert_eq!(human.closed().await, 4403);
}

#[actix_rt::test]
async fn the_limits_of_documents_hold_on_connections() {
    let (app, _api, client) = served(SocketLimits::default()).await;
    let schedule = app.schedule("Nightly", &[PolicyKind::ScopeTag]).await;
    let mut socket = client.socket().await;
    let aliases: String = (0..31).map(|n| format!("a{n}: __typename ")).collect();
    for (query, code) in [
        (format!("{{ viewer {{ {aliases} }} }}"), "QUERY_TOO_LARGE"),
        ("{".to_owned(), "GRAPHQL_PARSE_FAILED"),
        ("{ nothing }".to_owned(), "GRAPHQL_VALIDATION_FAILED"),
        (
            "{ viewer { tenants(first: 100) { nodes { backupRuns(first: 100) { nodes { id } } } } } }"
                .to_owned(),
            "QUERY_TOO_COMPLEX",
        ),
    ] {
        socket.subscribe("1", &query, json!({})).await;
        let message = socket.next().await;
        assert_eq!(message["type"], "error", "{query}");
        assert_eq!(message["payload"][0]["extensions"]["code"], code, "{query}");
    }
    let mutation = document_of("disableBackupSchedule");
    let input = json!({"input": {"scheduleId": id(schedule.id)}});
    socket.subscribe("1", &mutation, input).await;
    let done = socket.next().await;
    let payload = &done["payload"]["data"]["disableBackupSchedule"];
    assert_eq!(payload["schedule"]["enabled"], false, "{done}");
    assert_eq!(payload["userErrors"], json!([]));
    assert_ne!(done["payload"]["extensions"]["cost"], Value::Null);
}

/// The first byte of a ping, and of a pong.
const PING: u8 = 0x89;
const PONG: u8 = 0x8a;

#[actix_rt::test]
async fn a_client_that_does_not_answer_two_pings_is_gone() {
    let (_app, api, _client) = served(SocketLimits {
        // A busy machine has this long twice over to let the client answer.
        ping: Duration::from_secs(1),
        init_timeout: Duration::from_secs(60),
        ..SocketLimits::default()
    })
    .await;
    let mut stream = TcpStream::connect(api.address()).await.unwrap();
    let hello = "GET /graphql HTTP/1.1\r\nhost: localhost\r\nconnection: upgrade\r\n\
                 upgrade: websocket\r\nsec-websocket-version: 13\r\n\
                 sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
                 sec-websocket-protocol: graphql-transport-ws\r\n\r\n";
    stream.write_all(hello.as_bytes()).await.unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    // Four are answered, by hand: one octet of kind, one of length, four of an empty mask.
    for _ in 0..4 {
        assert_eq!(
            [
                stream.read_u8().await.unwrap(),
                stream.read_u8().await.unwrap()
            ],
            [PING, 0]
        );
        stream.write_all(&[PONG, 0x80, 0, 0, 0, 0]).await.unwrap();
    }
    let mut rest = Vec::new();
    let end = tokio::time::timeout(Duration::from_secs(60), stream.read_to_end(&mut rest));
    end.await.expect("an end").unwrap();
    assert_eq!(rest, [PING, 0, PING, 0]);
}

#[actix_rt::test]
async fn those_who_have_not_said_who_they_are_wait_in_bounded_numbers() {
    let app = TestApp::start().await;
    let mut settings = in_a_hurry();
    settings.limits.sockets.waiting = 2;
    let api = Api::with(&app, settings).await;
    let client = api.client(&app, app.tenant(), Role::Readonly).await;
    let mut first = Socket::open(api.address()).await;
    let _second = Socket::open(api.address()).await;
    assert_eq!(Socket::refused(api.address()).await, 429);
    let payload = json!({"authorization": client.bearer});
    first
        .send(json!({"type": "connection_init", "payload": payload}))
        .await;
    assert_eq!(first.next().await["type"], "connection_ack");
    let _third = Socket::open(api.address()).await;
}
