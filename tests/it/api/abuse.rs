//! Requests that are made to hurt: each is refused with its code, or answered within its bounds.

use reqwest::Method;
use serde_json::{Value, json};
use tenantatlas::{
    api::{ApiSettings, Limits},
    domain::{ids::ScheduleId, kind::PolicyKind, role::Role},
};

use crate::support::{
    TestApp,
    client::{Api, Client, codes, id},
};

async fn served() -> (TestApp, Api, Client) {
    let app = TestApp::start().await;
    let api = Api::serve(&app).await;
    let client = api.client(&app, app.tenant(), Role::Manager).await;
    (app, api, client)
}

fn many(count: usize, part: impl Fn(usize) -> String) -> String {
    (0..count).map(part).collect()
}

/// Fragments that each spread the next twice, and one that ends them: two to the power of their
/// number, with 22 of them in 879 bytes.
fn bomb(fragments: usize) -> String {
    let each = |n: usize| {
        format!(
            "fragment F{0} on Query{{ ...F{1} ...F{1} }}\n",
            n + 1,
            n + 2
        )
    };
    let each = many(fragments, each);
    let last = fragments + 1;
    format!("{{ ...F1 }}\n{each}fragment F{last} on Query {{ __typename }}")
}

#[actix_rt::test]
async fn documents_that_grow_beyond_every_use_are_refused() {
    let (_app, _api, client) = served().await;
    assert_eq!(bomb(22).len(), 879);
    let nested = |open: &str, close: &str, depth: usize| open.repeat(depth) + &close.repeat(depth);
    for (what, query, code) in [
        (
            "aliases",
            format!(
                "{{ viewer {{ {} }} }}",
                many(31, |n| format!("a{n}: __typename "))
            ),
            "QUERY_TOO_LARGE",
        ),
        (
            "root fields",
            format!("{{ {} }}", "__typename ".repeat(21)),
            "QUERY_TOO_LARGE",
        ),
        (
            "root fields of a mutation",
            format!("mutation {{ {} }}", "__typename ".repeat(11)),
            "QUERY_TOO_LARGE",
        ),
        ("brackets", nested("{a", "}", 65), "QUERY_TOO_DEEP"),
        (
            "brackets of values",
            format!("{{ nodes(ids: {}) {{ id }} }}", nested("[", "]", 70)),
            "QUERY_TOO_DEEP",
        ),
        (
            "brackets of objects",
            format!("{{ nodes(ids: {}1{}) {{ id }} }}", "{a:".repeat(70), "}".repeat(70)),
            "QUERY_TOO_DEEP",
        ),
        (
            "depth",
            format!("{{ viewer {}", nested("{ viewer ", "}", 16)) + "}",
            "QUERY_TOO_DEEP",
        ),
        ("tokens", format!("{{ {} }}", "a ".repeat(4_000)), "QUERY_TOO_LARGE"),
        (
            "selections",
            format!("{{ viewer {{ {} }} }}", "__typename ".repeat(400)),
            "QUERY_TOO_LARGE",
        ),
        ("a bomb of fragments", bomb(22), "QUERY_TOO_LARGE"),
        ("a longer one", bomb(300), "QUERY_TOO_LARGE"),
        (
            "a circle of fragments",
            "{...A} fragment A on Query{...B} fragment B on Query{...A}".to_owned(),
            "GRAPHQL_VALIDATION_FAILED",
        ),
        (
            "a fragment in itself",
            "{...A} fragment A on Query{...A}".to_owned(),
            "GRAPHQL_VALIDATION_FAILED",
        ),
        (
            "directives of a field",
            format!("{{ serverInfo {{ version {} }} }}", "@skip(if: false) ".repeat(6)),
            "QUERY_TOO_LARGE",
        ),
        (
            "directives",
            format!(
                "{{ serverInfo {{ {} }} }}",
                many(21, |n| format!("a{n}: version @nothing "))
            ),
            "QUERY_TOO_LARGE",
        ),
        (
            "lists of the schema",
            "{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }"
                .to_owned(),
            "QUERY_TOO_DEEP",
        ),
        (
            "lists of the schema, through fragments",
            "{ __schema { types { ...A } } } fragment A on __Type { fields { type { ...B } } } \
             fragment B on __Type { possibleTypes { interfaces { name } } }"
                .to_owned(),
            "QUERY_TOO_DEEP",
        ),
        (
            "variables",
            format!("query({}) {{ __typename }}", many(10_000, |n| format!("$v{n}:Int "))),
            "QUERY_TOO_LARGE",
        ),
        (
            "pages in pages",
            "{ viewer { tenants(first: 100) { nodes { backupSets(first: 100) { nodes { id } } } } } }"
                .to_owned(),
            "QUERY_TOO_COMPLEX",
        ),
        (
            "payloads",
            "query($id: ID!) { backupSet(id: $id) { items(first: 100) { nodes { \
             a: payload b: payload c: payload d: payload e: payload f: payload } } } }"
                .to_owned(),
            "QUERY_TOO_COMPLEX",
        ),
    ] {
        let variables = json!({"id": "set_1"});
        assert_eq!(client.codes(&query, variables).await, [code], "{what}");
    }
}

#[actix_rt::test]
async fn values_that_do_not_fit_are_refused() {
    let (app, api, client) = served().await;
    let tenant = id(app.tenant());
    let long = "x".repeat(100_000);
    let list = |arguments: &str| {
        format!(
            "query($t: ID!) {{ tenant(id: $t) {{ policies({arguments}) {{ nodes {{ id }} }} }} }}"
        )
    };
    for (query, variables, code) in [
        (
            "query($t: ID!) { tenant(id: $t) { id } }".to_owned(),
            json!({"t": long}),
            "INVALID_ID",
        ),
        (
            "query($t: ID!) { tenant(id: $t) { id } }".to_owned(),
            json!({"t": [[["x"]]]}),
            "GRAPHQL_VALIDATION_FAILED",
        ),
        (
            list("first: 101"),
            json!({"t": tenant}),
            "PAGE_SIZE_OUT_OF_RANGE",
        ),
        (
            list("first: -1"),
            json!({"t": tenant}),
            "PAGE_SIZE_OUT_OF_RANGE",
        ),
        (
            list("first: 2147483648"),
            json!({"t": tenant}),
            "GRAPHQL_VALIDATION_FAILED",
        ),
        (
            list("first: 1e400"),
            json!({"t": tenant}),
            "GRAPHQL_PARSE_FAILED",
        ),
        (
            list("first: 1, last: 1"),
            json!({"t": tenant}),
            "BAD_USER_INPUT",
        ),
        (
            list(&format!("after: \"{long}\"")),
            json!({"t": tenant}),
            "INVALID_CURSOR",
        ),
        (
            list(&format!("filter: {{search: \"{long}\"}}")),
            json!({"t": tenant}),
            "BAD_USER_INPUT",
        ),
        (
            "query($t: ID!, $ids: [ID!]) { tenant(id: $t) { \
             backupSets(filter: {scheduleIds: $ids}) { nodes { id } } } }"
                .to_owned(),
            json!({"t": tenant, "ids": vec![id(ScheduleId::mint()); 101]}),
            "BAD_USER_INPUT",
        ),
    ] {
        let shown: String = query.chars().take(120).collect();
        assert_eq!(client.codes(&query, variables).await, [code], "{shown}");
    }
    // Values that nothing asks for cost what they weigh, and variables that are nested beyond reason
    // are no JSON to us.
    let values: Value = (0..5_000)
        .map(|n| (format!("v{n}"), json!(n)))
        .collect::<serde_json::Map<_, _>>()
        .into();
    client.data("{ serverInfo { version } }", values).await;
    let deep = format!(
        r#"{{"query": "{{ __typename }}", "variables": {{"a": {}{}}}}}"#,
        "[".repeat(10_000),
        "]".repeat(10_000)
    );
    let request = api.request(Method::POST, "/graphql");
    let request = request
        .header("authorization", &client.bearer)
        .header("content-type", "application/json");
    let response = request.body(deep).send().await.unwrap();
    assert_eq!(response.status(), 400);
    assert_eq!(codes(&response.json().await.unwrap()), ["BAD_REQUEST"]);
}

#[actix_rt::test]
async fn mutations_come_by_post_and_as_json_or_not_at_all() {
    let (app, api, client) = served().await;
    let schedule = app.schedule("Nightly", &[PolicyKind::ScopeTag]).await;
    let mutation = format!(
        "mutation {{ deleteBackupSchedule(input: {{scheduleId: \"{}\"}}) {{ deletedScheduleId }} }}",
        id(schedule.id)
    );
    let json = json!({"query": mutation}).to_string();
    let request = |method: Method| {
        let request = api.request(method, "/graphql");
        request.header("authorization", &client.bearer)
    };
    let typed = |media: &str| request(Method::POST).header("content-type", media);
    let boundary = "--x\r\ncontent-disposition: form-data; name=\"operations\"\r\n\r\n";
    for (request, status, code) in [
        (
            request(Method::GET).query(&[("query", &mutation)]),
            405,
            "METHOD_NOT_ALLOWED",
        ),
        (
            request(Method::HEAD).query(&[("query", &mutation)]),
            405,
            "",
        ),
        (
            request(Method::POST).query(&[("query", &mutation)]),
            415,
            "UNSUPPORTED_MEDIA_TYPE",
        ),
        (
            typed("application/json").query(&[("query", &mutation)]),
            400,
            "BAD_REQUEST",
        ),
        (
            typed("application/x-www-form-urlencoded").form(&[("query", &mutation)]),
            415,
            "UNSUPPORTED_MEDIA_TYPE",
        ),
        (
            typed("text/plain").body(json.clone()),
            415,
            "UNSUPPORTED_MEDIA_TYPE",
        ),
        (
            typed("application/graphql").body(mutation.clone()),
            415,
            "UNSUPPORTED_MEDIA_TYPE",
        ),
        (
            request(Method::POST).body(json.clone()),
            415,
            "UNSUPPORTED_MEDIA_TYPE",
        ),
        (
            typed("multipart/form-data; boundary=x").body(format!("{boundary}{json}\r\n--x--\r\n")),
            415,
            "UNSUPPORTED_MEDIA_TYPE",
        ),
        (
            typed("application/json").body(format!("[{json}]")),
            400,
            "BATCHING_NOT_SUPPORTED",
        ),
    ] {
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), status, "{code}");
        if !code.is_empty() {
            assert_eq!(codes(&response.json().await.unwrap()), [code]);
        }
    }
    let found = client
        .data(
            "query($id: ID!) { backupSchedule(id: $id) { deletedAt } }",
            json!({"id": id(schedule.id)}),
        )
        .await;
    assert_eq!(found["backupSchedule"]["deletedAt"], Value::Null);
}

#[actix_rt::test]
async fn a_server_that_keeps_its_schema_to_itself_answers_everything_else() {
    let app = TestApp::start().await;
    let settings = ApiSettings {
        limits: Limits {
            introspection: false,
            ..Limits::default()
        },
        ..ApiSettings::default()
    };
    let api = Api::with(&app, settings).await;
    let client = api.client(&app, app.tenant(), Role::Readonly).await;
    for query in [
        "{ __schema { types { name } } }",
        "{ viewer { actor { displayName } } a: __type(name: \"Query\") { name } }",
        "{ ...A } fragment A on Query { ... { __schema { types { name } } } }",
    ] {
        let answer = client.ask(query, json!({})).await;
        assert_eq!(codes(&answer), ["GRAPHQL_VALIDATION_FAILED"], "{query}");
        assert_eq!(answer.get("data"), None, "{query}");
    }
    let query = "{ __typename viewer { actor { __typename } } }";
    let data = client.data(query, json!({})).await;
    let expected = json!({"__typename": "Query", "viewer": {"actor": {"__typename": "ApiToken"}}});
    assert_eq!(data, expected);
}

#[actix_rt::test]
async fn strangers_learn_no_names() {
    let (_app, api, client) = served().await;
    let introspection = json!({"query": "{ __schema { types { name } } }"});
    for bearer in [None, Some("Bearer x")] {
        let mut request = api.request(Method::POST, "/graphql");
        if let Some(bearer) = bearer {
            request = request.header("authorization", bearer);
        }
        let response = request.json(&introspection).send().await.unwrap();
        assert_eq!(response.status(), 401);
        let answer: Value = response.json().await.unwrap();
        assert_eq!(codes(&answer), ["UNAUTHENTICATED"]);
        assert_eq!(answer.get("data"), None);
    }
    for query in [
        "{ viewr { actor } }",
        "{ viewer { tenantz { nodes { id } } } }",
        "{ serverInfo { versoin } }",
        "{ policyTypes(tire: CORE) { type } }",
        "query($x: Tennant) { serverInfo { version } }",
    ] {
        let answer = client.ask(query, json!({})).await;
        let told = answer["errors"].to_string();
        let codes = codes(&answer);
        let is_told = codes.iter().all(|code| code == "GRAPHQL_VALIDATION_FAILED");
        assert!(is_told && !codes.is_empty(), "{query}: {codes:?}");
        assert!(!told.contains("ean \\\""), "{told}");
        for name in ["viewer", "tenants", "version", "tier"] {
            assert!(!told.contains(&format!("`{name}`")), "{told}");
        }
    }
}
