//! What goes over the wire around a request: methods, forms, statuses, headers.

use reqwest::Method;
use serde_json::{Value, json};
use tenantatlas::{
    api::{ApiSettings, Limits, sdl},
    domain::role::Role,
};

use crate::support::{
    TestApp,
    client::{Api, Client, codes},
};

const ASK: &str = r#"{"query": "{ viewer { actor { displayName } } }"}"#;

async fn served() -> (TestApp, Api, Client) {
    let app = TestApp::start().await;
    let api = Api::serve(&app).await;
    let client = api.client(&app, app.tenant(), Role::Readonly).await;
    (app, api, client)
}

fn post(api: &Api, client: &Client) -> reqwest::RequestBuilder {
    api.request(Method::POST, "/graphql")
        .header("authorization", &client.bearer)
        .header("content-type", "application/json")
}

#[actix_rt::test]
async fn forms_of_answers_and_bodies_are_agreed_on() {
    let (_app, api, client) = served().await;
    let graphql = "application/graphql-response+json";
    for (accept, content_type, body, status, form) in [
        (None, "application/json", ASK, 200, "application/json"),
        (
            Some("*/*"),
            "application/json",
            ASK,
            200,
            "application/json",
        ),
        (
            Some(graphql),
            "application/json; charset=utf-8",
            ASK,
            200,
            graphql,
        ),
        (
            Some("text/html"),
            "application/json",
            ASK,
            406,
            "application/json",
        ),
        (None, "text/plain", ASK, 415, "application/json"),
        (
            None,
            "application/x-www-form-urlencoded",
            ASK,
            415,
            "application/json",
        ),
        (None, "application/json", "{", 400, "application/json"),
        (None, "application/json", "[]", 400, "application/json"),
        (None, "application/json", "{}", 400, "application/json"),
        (
            None,
            "application/json",
            r#"{"query": "{"}"#,
            200,
            "application/json",
        ),
        (
            None,
            "application/json",
            r#"{"query": "{ nothing }"}"#,
            200,
            "application/json",
        ),
        (
            Some(graphql),
            "application/json",
            r#"{"query": "{"}"#,
            400,
            graphql,
        ),
        (
            Some(graphql),
            "application/json",
            r#"{"query": "{ nothing }"}"#,
            400,
            graphql,
        ),
        (
            Some(graphql),
            "application/json",
            r#"{"query": 1}"#,
            400,
            graphql,
        ),
    ] {
        let mut request = api
            .request(Method::POST, "/graphql")
            .header("authorization", &client.bearer)
            .header("content-type", content_type)
            .body(body);
        if let Some(accept) = accept {
            request = request.header("accept", accept);
        }
        let response = request.send().await.unwrap();
        let told = format!("{accept:?} {content_type} {body}");
        assert_eq!(response.status(), status, "{told}");
        let expected = format!("{form}; charset=utf-8");
        assert_eq!(response.headers()["content-type"], *expected, "{told}");
        assert_eq!(response.headers()["cache-control"], "no-store", "{told}");
        assert_eq!(
            response.headers()["x-content-type-options"],
            "nosniff",
            "{told}"
        );
        let answer: Value = response.json().await.unwrap();
        assert_eq!(
            answer.get("data").is_some(),
            answer.get("errors").is_none(),
            "{told}"
        );
    }
}

#[actix_rt::test]
async fn refusals_have_codes() {
    let (_app, api, client) = served().await;
    for (body, expected) in [
        ("no json", "BAD_REQUEST"),
        (
            r#"[{"query": "{ viewer { user { id } } }"}]"#,
            "BATCHING_NOT_SUPPORTED",
        ),
        (r#"{"query": "{"}"#, "GRAPHQL_PARSE_FAILED"),
        (r#"{"query": "{ nothing }"}"#, "GRAPHQL_VALIDATION_FAILED"),
        (
            r#"{"query": "query A { serverInfo { version } }", "operationName": "B"}"#,
            "GRAPHQL_VALIDATION_FAILED",
        ),
        (
            r#"{"query": "query($x: ID!) { node(id: $x) { id } }"}"#,
            "GRAPHQL_VALIDATION_FAILED",
        ),
        (
            r#"{"query": "subscription { backupRunEvents(tenantId: \"x\") { kind } }"}"#,
            "GRAPHQL_VALIDATION_FAILED",
        ),
        (
            r#"{"query": "{ viewer { tenants(first: 100) { nodes { backupRuns(first: 100) { nodes { id } } } } } }"}"#,
            "QUERY_TOO_COMPLEX",
        ),
    ] {
        let answer = post(&api, &client).body(body).send().await.unwrap();
        assert_eq!(codes(&answer.json().await.unwrap()), [expected], "{body}");
    }
    let many = format!("{{ viewer {{ {} }} }}", "nothing ".repeat(50));
    assert_eq!(client.codes(&many, json!({})).await.len(), 10);
    let too_long = json!({"query": "#".repeat(200_000)}).to_string();
    let response = post(&api, &client).body(too_long).send().await.unwrap();
    assert_eq!(response.status(), 413);
    assert_eq!(
        codes(&response.json().await.unwrap()),
        ["PAYLOAD_TOO_LARGE"]
    );
}

#[actix_rt::test]
async fn only_post_is_answered_but_for_queries_in_an_address() {
    let (_app, api, client) = served().await;
    let bearer = &client.bearer;
    let query = "/graphql?query={serverInfo{version}}";
    let mutation = "/graphql?query=mutation{deleteBackupSchedule(input:{scheduleId:%22x%22}){userErrors{code}}}";
    for (method, path, status) in [
        (Method::GET, query, 200),
        (Method::GET, mutation, 405),
        (
            Method::GET,
            "/graphql?query=subscription{backupRunEvents(tenantId:%22x%22){kind}}",
            405,
        ),
        (Method::GET, "/graphql?variables={}", 400),
        (Method::GET, "/graphql", 405),
        (Method::PUT, query, 405),
        (Method::DELETE, query, 405),
        (Method::OPTIONS, query, 405),
    ] {
        let request = api.request(method.clone(), path);
        let response = request
            .header("authorization", bearer)
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), status, "{method} {path}");
        let allow = response.headers().get("allow").map(|allow| allow == "POST");
        assert_eq!(allow, (status == 405).then_some(true), "{method} {path}");
    }
    // Of several operations without a name none is meant, whichever comes first.
    for unclear in [
        "mutation A{__typename} query B{__typename}",
        "query B{__typename} mutation A{__typename}",
    ] {
        let request = api.request(Method::GET, &format!("/graphql?query={unclear}"));
        let response = request
            .header("authorization", bearer)
            .send()
            .await
            .unwrap();
        assert_eq!(
            codes(&response.json().await.unwrap()),
            ["GRAPHQL_VALIDATION_FAILED"]
        );
    }
    let stranger = api.request(Method::GET, query).send().await.unwrap();
    assert_eq!(stranger.status(), 401);
}

#[actix_rt::test]
async fn whoever_is_not_known_is_told_nothing() {
    let (app, api, client) = served().await;
    let revoked = api.client(&app, app.tenant(), Role::Manager).await;
    let tenant = app.tenant();
    let mine = client.id.unwrap();
    app.execute(&format!(
        "UPDATE api_tokens SET revoked_at = created_at WHERE id <> '{mine}' AND tenant_id = '{tenant}'"
    ))
    .await;
    let mut other = client.bearer.clone();
    other.replace_range(40..41, if &other[40..41] == "x" { "y" } else { "x" });
    let mut answers = Vec::new();
    for credential in [
        "",
        "Bearer",
        "Bearer x",
        "Basic eDp5",
        &other,
        &revoked.bearer,
    ] {
        let request = api.request(Method::POST, "/graphql");
        // Neither the form nor the body is looked at.
        let request = request
            .header("authorization", credential)
            .body("x".repeat(200_000));
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 401, "{credential}");
        assert_eq!(response.headers()["www-authenticate"], "Bearer");
        answers.push(response.text().await.unwrap());
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:#?}");
    app.pass(chrono::TimeDelta::days(2));
    let late = post(&api, &client).body(ASK).send().await.unwrap();
    assert_eq!(late.status(), 401);
}

#[actix_rt::test]
async fn a_caller_that_is_too_fast_is_told_when_to_come_back() {
    let app = TestApp::start().await;
    let settings = ApiSettings {
        limits: Limits {
            requests_per_minute: 2.try_into().unwrap(),
            ..Limits::default()
        },
        ..ApiSettings::default()
    };
    let api = Api::with(&app, settings).await;
    let client = api.client(&app, app.tenant(), Role::Readonly).await;
    let mut statuses = Vec::new();
    for _ in 0..5 {
        let response = post(&api, &client).body(ASK).send().await.unwrap();
        if response.status() == 429 {
            let wait: u64 = response.headers()["retry-after"]
                .to_str()
                .unwrap()
                .parse()
                .unwrap();
            assert!((1..=60).contains(&wait));
        }
        statuses.push(response.status().as_u16());
    }
    assert_eq!(statuses[..2], [200, 200]);
    assert!(statuses.contains(&429), "{statuses:?}");
    let other = api.client(&app, app.tenant(), Role::Readonly).await;
    assert_eq!(
        post(&api, &other).body(ASK).send().await.unwrap().status(),
        200
    );
}

#[actix_rt::test]
async fn pages_of_other_sites_are_let_in_by_name() {
    let app = TestApp::start().await;
    let settings = ApiSettings {
        cors_origins: vec!["https://console.example".to_owned()],
        ..ApiSettings::default()
    };
    let api = Api::with(&app, settings).await;
    let own = format!("http://{}", api.address());
    for (origin, is_let_in) in [
        (own.as_str(), true),
        ("https://console.example", true),
        ("https://other.example", false),
        ("null", false),
    ] {
        let preflight = api
            .request(Method::OPTIONS, "/graphql")
            .header("origin", origin)
            .header("access-control-request-method", "POST")
            .send()
            .await
            .unwrap();
        let allowed = preflight.headers().get("access-control-allow-origin");
        assert_eq!(
            allowed.is_some_and(|allowed| allowed == origin),
            is_let_in,
            "{origin}"
        );
        assert_eq!(
            preflight.status(),
            if is_let_in { 204 } else { 405 },
            "{origin}"
        );
        assert_eq!(preflight.headers()["vary"], "Origin");
        let credentials = preflight.headers().get("access-control-allow-credentials");
        assert_eq!(credentials, None);
    }
}

#[actix_rt::test]
async fn a_request_keeps_its_identifier() {
    let (_app, api, client) = served().await;
    let request = post(&api, &client)
        .header("x-request-id", "my-request-1")
        .body(ASK);
    let response = request.send().await.unwrap();
    assert_eq!(response.headers()["x-request-id"], "my-request-1");
    let request = post(&api, &client)
        .header("x-request-id", "<script>")
        .body(ASK);
    let given = request.send().await.unwrap().headers()["x-request-id"].clone();
    assert_ne!(given, "<script>");
    assert_eq!(given.len(), 36);
}

#[actix_rt::test]
async fn the_schema_is_kept_until_it_changes() {
    let (_app, api, client) = served().await;
    let response = api
        .request(Method::GET, "/schema.graphql")
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 200);
    let tag = response.headers()["etag"].clone();
    assert_eq!(response.text().await.unwrap(), sdl());
    let info = client
        .data("{ serverInfo { schemaHash version } }", json!({}))
        .await;
    let hash = info["serverInfo"]["schemaHash"].as_str().unwrap();
    assert_eq!(tag, format!("\"{hash}\"").as_str());
    let again = api
        .request(Method::GET, "/schema.graphql")
        .header("if-none-match", tag);
    let again = again.send().await.unwrap();
    assert_eq!(again.status(), 304);
    assert_eq!(again.text().await.unwrap(), "");
}

#[actix_rt::test]
async fn the_server_tells_whether_it_is_ready() {
    let (app, api, _client) = served().await;
    let status = async |path: &str| {
        api.request(Method::GET, path)
            .send()
            .await
            .unwrap()
            .status()
    };
    assert_eq!(status("/healthz").await, 200);
    app.workers.tick().await.unwrap();
    assert_eq!(status("/readyz").await, 200);
    assert_eq!(status("/").await, 200);
    assert_eq!(status("/nowhere").await, 404);
    app.pass(chrono::TimeDelta::minutes(6));
    assert_eq!(status("/readyz").await, 503);
    api.stop().await;
}

#[actix_rt::test]
async fn introspection_works_for_those_who_are_known() {
    let (_app, _api, client) = served().await;
    let query =
        "{ __schema { queryType { name } types { name kind fields { name type { name } } } } }";
    let data = client.data(query, json!({})).await;
    assert_eq!(data["__schema"]["queryType"]["name"], "Query");
}
