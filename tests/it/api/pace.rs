//! How much a caller may ask in a minute, and how often a sign-in may fail.

use std::num::NonZeroU32;

use reqwest::{Method, Response};
use serde_json::{Value, json};
use tenantatlas::{
    api::{ApiSettings, Limits, TrustedProxies},
    domain::role::Role,
};

use crate::support::{
    TestApp,
    client::{Api, Socket, codes},
};

const ASK: &str = "{ viewer { actor { displayName } } }";

fn number(number: u32) -> NonZeroU32 {
    NonZeroU32::new(number).unwrap()
}

async fn limited(app: &TestApp, limits: Limits) -> Api {
    let settings = ApiSettings {
        limits,
        // Tests say whom they speak for.
        trusted_proxies: TrustedProxies::new(|address| address.is_loopback()),
        ..ApiSettings::default()
    };
    Api::with(app, settings).await
}

async fn send(api: &Api, bearer: &str, query: &str) -> Response {
    let request = api.request(Method::POST, "/graphql");
    let request = request.header("authorization", bearer);
    request.json(&json!({"query": query})).send().await.unwrap()
}

fn header<'a>(response: &'a Response, name: &str) -> Option<&'a str> {
    response.headers().get(name)?.to_str().ok()
}

fn seconds(response: &Response) -> u64 {
    header(response, "retry-after").unwrap().parse().unwrap()
}

#[actix_rt::test]
async fn an_answer_tells_what_it_cost_and_what_is_left() {
    let app = TestApp::start().await;
    let api = limited(&app, Limits::default()).await;
    let client = api.client(&app, app.tenant(), Role::Readonly).await;
    let response = send(&api, &client.bearer, ASK).await;
    let policy = header(&response, "ratelimit-policy").unwrap();
    let expected = r#""requests";q=600;w=60, "points";q=200000;w=60;qu="points""#;
    assert_eq!(policy, expected);
    let left = header(&response, "ratelimit").unwrap();
    assert_eq!(left, r#""requests";r=599;t=1, "points";r=199997;t=1"#);
    let answer: Value = response.json().await.unwrap();
    let cost = json!({
        "requestedPoints": 3, "remainingPoints": 199_997,
        "pointsPerMinute": 200_000, "restoredInSeconds": 1,
    });
    assert_eq!(answer["extensions"], json!({"cost": cost}));
    // What is refused before its points are known costs a request.
    let response = send(&api, &client.bearer, "{").await;
    let left = header(&response, "ratelimit").unwrap();
    assert!(left.starts_with("\"requests\";r=59"), "{left}");
    assert!(!left.contains("points"), "{left}");
    let answer: Value = response.json().await.unwrap();
    assert_eq!(answer["extensions"], Value::Null);
    // Whoever is not known is told nothing.
    let response = send(&api, "Bearer x", ASK).await;
    assert_eq!(header(&response, "ratelimit"), None);
}

#[actix_rt::test]
async fn points_run_out_before_anything_is_carried_out() {
    let app = TestApp::start().await;
    let api = limited(
        &app,
        Limits {
            points_per_minute: number(20),
            ..Limits::default()
        },
    )
    .await;
    let client = api.client(&app, app.tenant(), Role::Readonly).await;
    let dear = "{ viewer { tenants(first: 5) { nodes { id name } } } }";
    let first = send(&api, &client.bearer, dear).await;
    let answer: Value = first.json().await.unwrap();
    let cost = answer["extensions"]["cost"]["requestedPoints"].clone();
    assert!((11..=20).contains(&cost.as_u64().unwrap()), "{cost}");
    let second = send(&api, &client.bearer, dear).await;
    assert_eq!(second.status(), 429);
    assert!((1..=61).contains(&seconds(&second)));
    let answer: Value = second.json().await.unwrap();
    assert_eq!(codes(&answer), ["RATE_LIMITED"]);
    assert_eq!(answer.get("data"), None);
    // A smaller one still fits, and others have points of their own.
    let small = send(&api, &client.bearer, "{ serverInfo { version } }").await;
    assert_eq!(small.status(), 200);
    let other = api.client(&app, app.tenant(), Role::Readonly).await;
    assert_eq!(send(&api, &other.bearer, dear).await.status(), 200);
    // On a connection the operation is refused, and the connection stays.
    let mut socket = client.socket().await;
    socket.subscribe("1", dear, json!({})).await;
    let refused = socket.next().await;
    assert_eq!(refused["type"], "error");
    let code = &refused["payload"][0]["extensions"]["code"];
    assert_eq!(code, "RATE_LIMITED");
    let mut socket = other.socket().await;
    socket
        .subscribe("1", "{ serverInfo { version } }", json!({}))
        .await;
    let next = socket.next().await;
    let cost = &next["payload"]["extensions"]["cost"];
    assert_eq!(cost["pointsPerMinute"], 20, "{next}");
}

#[actix_rt::test]
async fn requests_are_counted_on_connections_too() {
    let app = TestApp::start().await;
    let api = limited(
        &app,
        Limits {
            requests_per_minute: number(2),
            ..Limits::default()
        },
    )
    .await;
    let client = api.client(&app, app.tenant(), Role::Readonly).await;
    let mut socket = client.socket().await;
    let mut kinds = Vec::new();
    for id in ["1", "2", "3"] {
        socket.subscribe(id, ASK, json!({})).await;
        let answer = socket.next().await;
        kinds.push(answer["type"].as_str().unwrap().to_owned());
        if answer["type"] == "next" {
            assert_eq!(socket.next().await["type"], "complete");
        }
    }
    assert_eq!(kinds, ["next", "next", "error"]);
    assert_eq!(send(&api, &client.bearer, ASK).await.status(), 429);
}

#[actix_rt::test]
async fn an_address_whose_sign_ins_fail_is_not_heard_for_a_minute() {
    let app = TestApp::start().await;
    let api = limited(
        &app,
        Limits {
            failed_sign_ins_per_minute: number(3),
            ..Limits::default()
        },
    )
    .await;
    let client = api.client(&app, app.tenant(), Role::Readonly).await;
    let from = async |address: &str, credential: Option<&str>| {
        let mut request = api.request(Method::POST, "/graphql");
        if let Some(credential) = credential {
            request = request.header("authorization", credential);
        }
        let request = request.header("x-forwarded-for", address);
        request.json(&json!({"query": ASK})).send().await.unwrap()
    };
    let bad = "2001:db8::1";
    // To send no credential is no try.
    for _ in 0..5 {
        assert_eq!(from(bad, None).await.status(), 401);
    }
    for _ in 0..3 {
        assert_eq!(from(bad, Some("Bearer guess")).await.status(), 401);
    }
    // From now on not even a good one is looked at, wherever in the network it comes from.
    let neighbour = "2001:db8::2";
    for (address, credential) in [
        (bad, Some("Bearer guess")),
        (neighbour, Some(client.bearer.as_str())),
        (neighbour, None),
    ] {
        let refused = from(address, credential).await;
        assert_eq!(refused.status(), 429);
        assert!((1..=61).contains(&seconds(&refused)));
        let answer: Value = refused.json().await.unwrap();
        assert_eq!(codes(&answer), ["RATE_LIMITED"]);
    }
    let elsewhere = from("2001:db8:0:1::1", Some(&client.bearer)).await;
    assert_eq!(elsewhere.status(), 200);
    app.pass(chrono::TimeDelta::seconds(60));
    assert_eq!(from(bad, Some(&client.bearer)).await.status(), 200);
}

#[actix_rt::test]
async fn sign_ins_that_fail_on_connections_count_too() {
    let app = TestApp::start().await;
    let api = limited(
        &app,
        Limits {
            failed_sign_ins_per_minute: number(2),
            ..Limits::default()
        },
    )
    .await;
    let client = api.client(&app, app.tenant(), Role::Readonly).await;
    let init =
        |bearer: &str| json!({"type": "connection_init", "payload": {"authorization": bearer}});
    let mut waiting = Socket::open(api.address()).await;
    for _ in 0..2 {
        let mut socket = Socket::open(api.address()).await;
        socket.send(init("Bearer guess")).await;
        assert_eq!(socket.closed().await, 4403);
    }
    // One that was open already is not looked at, and no other is opened.
    waiting.send(init(&client.bearer)).await;
    assert_eq!(waiting.closed().await, 4403);
    let refused = upgrade(&api).await;
    assert_eq!(refused.status(), 429);
    assert!((1..=61).contains(&seconds(&refused)));
    app.pass(chrono::TimeDelta::seconds(60));
    client.socket().await;
}

async fn upgrade(api: &Api) -> Response {
    let request = api.request(Method::GET, "/graphql");
    let request = request
        .header("connection", "upgrade")
        .header("upgrade", "websocket")
        .header("sec-websocket-version", "13")
        .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==")
        .header("sec-websocket-protocol", "graphql-transport-ws");
    request.send().await.unwrap()
}
