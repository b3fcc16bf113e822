//! What is served beside the API: the schema as text, and GraphiQL.

use reqwest::{Method, Response};
use serde_json::json;
use tenantatlas::{
    api::{ApiSettings, sdl},
    domain::role::Role,
};

use crate::support::{TestApp, client::Api};

async fn get(api: &Api, path: &str) -> Response {
    api.request(Method::GET, path).send().await.unwrap()
}

#[actix_rt::test]
async fn the_tag_of_the_schema_is_its_hash() {
    let app = TestApp::start().await;
    let api = Api::serve(&app).await;
    let client = api.client(&app, app.tenant(), Role::Readonly).await;
    let data = client
        .data("{ serverInfo { schemaHash } }", json!({}))
        .await;
    let hash = data["serverInfo"]["schemaHash"].as_str().unwrap();
    let tag = format!("\"{hash}\"");
    let whole = get(&api, "/schema.graphql").await;
    assert_eq!(whole.headers()["etag"], *tag);
    let head = api.request(Method::HEAD, "/schema.graphql");
    let head = head.send().await.unwrap();
    assert_eq!(head.status(), 200);
    assert_eq!(head.headers()["etag"], *tag);
    let length = sdl().len().to_string();
    assert_eq!(head.headers()["content-length"], *length);
    assert_eq!(head.text().await.unwrap(), "");
    for (known, status) in [
        (tag.clone(), 304),
        (format!("W/{tag}"), 304),
        (format!("\"other\", {tag}"), 304),
        ("*".to_owned(), 304),
        ("\"other\"".to_owned(), 200),
        (hash.to_owned(), 200),
    ] {
        for method in [Method::GET, Method::HEAD] {
            let request = api.request(method.clone(), "/schema.graphql");
            let request = request.header("if-none-match", &known);
            let response = request.send().await.unwrap();
            assert_eq!(response.status(), status, "{method} {known}");
            assert_eq!(response.headers()["etag"], *tag);
        }
    }
}

#[actix_rt::test]
async fn graphiql_is_served_when_it_is_switched_on() {
    let app = TestApp::start().await;
    let api = Api::serve(&app).await;
    for path in ["/graphiql", "/graphiql/page.js"] {
        assert_eq!(get(&api, path).await.status(), 404, "{path}");
    }
    let settings = ApiSettings {
        graphiql: true,
        ..ApiSettings::default()
    };
    let api = Api::with(&app, settings).await;
    let page = get(&api, "/graphiql").await;
    assert_eq!(page.status(), 200);
    let policy = page.headers()["content-security-policy"]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(policy.starts_with("default-src 'none'; script-src 'self';"));
    assert!(policy.contains("frame-ancestors 'none'"));
    assert_eq!(page.headers()["x-content-type-options"], "nosniff");
    let page = page.text().await.unwrap();
    let links = page.split('"').filter(|part| part.starts_with("graphiql/"));
    for link in links {
        let path = format!("/{link}");
        let plain = get(&api, &path).await;
        assert_eq!(plain.status(), 200, "{path}");
        let tag = plain.headers()["etag"].clone();
        let plain = plain.bytes().await.unwrap();
        assert!(
            plain.is_ascii() || std::str::from_utf8(&plain).is_ok(),
            "{path}"
        );
        let packed = api.request(Method::GET, &path);
        let packed = packed
            .header("accept-encoding", "gzip")
            .send()
            .await
            .unwrap();
        // Those of others, which are large.
        if path.contains(".min.") {
            assert_eq!(packed.headers()["content-encoding"], "gzip", "{path}");
            let packed = packed.bytes().await.unwrap();
            assert!(packed.starts_with(&[0x1f, 0x8b]), "{path}");
            assert!(packed.len() < plain.len(), "{path}");
        }
        let again = api.request(Method::GET, &path);
        let again = again.header("if-none-match", tag).send().await.unwrap();
        assert_eq!(again.status(), 304, "{path}");
    }
    for path in [
        "/graphiql/",
        "/graphiql/../Cargo.toml",
        "/graphiql/SHA256SUMS",
    ] {
        assert_eq!(get(&api, path).await.status(), 404, "{path}");
    }
}
