//! What a client does to a connection itself: large heads, slow bodies, and headers between sites.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use tenantatlas::{
    api::{ApiSettings, Limits},
    domain::role::Role,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::support::{TestApp, client::Api};

/// Sends bytes as they are, and reads until the server closes or says nothing more.
async fn raw(api: &Api, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(api.address()).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    let mut answer = Vec::new();
    let reading = stream.read_to_end(&mut answer);
    let read = tokio::time::timeout(Duration::from_secs(60), reading).await;
    // A server that closes while bytes are on their way may reset the connection.
    drop(read.expect("an end within a minute"));
    String::from_utf8_lossy(&answer).into_owned()
}

fn head(size: usize, bearer: &str) -> String {
    let start = format!(
        "POST /graphql HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\
         content-type: application/json\r\ncontent-length: 0\r\nauthorization: {bearer}\r\nx-much: "
    );
    format!("{start}{}\r\n\r\n", "x".repeat(size - start.len() - 4))
}

#[actix_rt::test]
async fn a_head_has_at_most_sixteen_kibibytes() {
    let app = TestApp::start().await;
    let api = Api::serve(&app).await;
    let client = api.client(&app, app.tenant(), Role::Readonly).await;
    for (size, status) in [
        (16 * 1024 - 64, "400"),
        (16 * 1024 + 64, "431"),
        (100 * 1024, "431"),
    ] {
        let answer = raw(&api, head(size, &client.bearer).as_bytes()).await;
        let expected = format!("HTTP/1.1 {status} ");
        assert!(answer.starts_with(&expected), "{size}: {answer}");
        assert!(answer.contains("x-request-id: "), "{answer}");
    }
    // Beyond what the library takes into its buffer, the connection ends.
    let answer = raw(&api, head(300 * 1024, &client.bearer).as_bytes()).await;
    assert!(!answer.contains("200"), "{answer}");
    // An address that is too long is one as well.
    let long = format!(
        "GET /{} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n",
        "a".repeat(17 * 1024)
    );
    let answer = raw(&api, long.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
}

#[actix_rt::test]
async fn a_request_arrives_in_time_or_not_at_all() {
    let app = TestApp::start().await;
    let settings = ApiSettings {
        limits: Limits {
            // The library's clock is half a second late at times.
            arrival: Duration::from_secs(2),
            ..Limits::default()
        },
        ..ApiSettings::default()
    };
    let api = Api::with(&app, settings).await;
    let client = api.client(&app, app.tenant(), Role::Readonly).await;
    // Half a head.
    let answer = raw(&api, b"POST /graphql HTTP/1.1\r\nhost: localh").await;
    assert!(
        answer.is_empty() || answer.starts_with("HTTP/1.1 408 "),
        "{answer}"
    );
    // Half a body.
    let begun = format!(
        "POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
         authorization: {}\r\ncontent-length: 1000\r\nconnection: close\r\n\r\n{{\"query\"",
        client.bearer
    );
    let answer = raw(&api, begun.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    assert!(answer.contains("did not arrive in time"), "{answer}");
    // Whoever is not known is answered before the body, which is not waited for.
    let unknown = begun.replace(&client.bearer, "Bearer x");
    let answer = raw(&api, unknown.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 401 "), "{answer}");
}

#[actix_rt::test]
async fn every_answer_has_an_identifier_and_says_what_other_sites_may_read() {
    let app = TestApp::start().await;
    let settings = ApiSettings {
        cors_origins: vec!["https://console.example".to_owned()],
        ..ApiSettings::default()
    };
    let api = Api::with(&app, settings).await;
    let client = api.client(&app, app.tenant(), Role::Readonly).await;
    let body = json!({"query": "{ serverInfo { version } }"});
    for (method, path, bearer, status) in [
        (Method::POST, "/graphql", client.bearer.as_str(), 200),
        (Method::POST, "/graphql", "Bearer x", 401),
        (Method::PUT, "/graphql", client.bearer.as_str(), 405),
        (Method::GET, "/schema.graphql", "", 200),
        (Method::GET, "/nowhere", "", 404),
        (Method::POST, "/healthz", "", 405),
    ] {
        for origin in ["https://console.example", "https://other.example", "null"] {
            let request = api.request(method.clone(), path);
            let response = request
                .header("authorization", bearer)
                .header("origin", origin)
                .json(&body)
                .send()
                .await
                .unwrap();
            let told = format!("{method} {path} {bearer} {origin}");
            assert_eq!(response.status(), status, "{told}");
            let headers = response.headers();
            assert!(headers.contains_key("x-request-id"), "{told}");
            assert_eq!(headers["x-content-type-options"], "nosniff", "{told}");
            assert_eq!(headers["vary"], "Origin", "{told}");
            let allowed = headers.get("access-control-allow-origin");
            let exposed = headers.get("access-control-expose-headers");
            if origin == "https://console.example" {
                assert_eq!(allowed.unwrap(), origin, "{told}");
                let expected =
                    "x-request-id, retry-after, ratelimit, ratelimit-policy, content-disposition";
                assert_eq!(exposed.unwrap(), expected, "{told}");
            } else {
                assert_eq!((allowed, exposed), (None, None), "{told}");
            }
            assert!(!headers.contains_key("access-control-allow-credentials"));
        }
    }
    let preflight = api
        .request(Method::OPTIONS, "/graphql")
        .header("origin", "https://console.example")
        .header("access-control-request-method", "POST")
        .send()
        .await
        .unwrap();
    let headers = preflight.headers();
    assert_eq!(headers["access-control-max-age"], "600");
    assert_eq!(headers["access-control-allow-methods"], "POST");
    assert_eq!(
        headers["access-control-allow-headers"],
        "authorization, content-type, x-request-id"
    );
    assert!(headers.contains_key("x-request-id"));
}
