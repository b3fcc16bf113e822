//! API tokens: made by people, shown once, listed, and ended.

use chrono::TimeDelta;
use serde_json::{Value, json};
use tenantatlas::domain::{
    global_id::GlobalId,
    ids::{ApiTokenId, TenantId},
    role::Role,
};

use crate::support::{
    TestApp,
    client::{Api, Client, document_of, id},
};

const LIST: &str = "query($id: ID!, $filter: ApiTokenFilter, $order: ApiTokenOrder) {
    tenant(id: $id) { apiTokens(filter: $filter, orderBy: $order) {
        totalCount nodes { id name status }
    } } }";

async fn scene() -> (TestApp, Api, Client) {
    let app = TestApp::start().await;
    let api = Api::serve(&app).await;
    let olivia = api.member(&app, app.tenant(), "olivia", Role::Owner).await;
    (app, api, olivia)
}

fn wanted(tenant: TenantId, name: &str, role: &str) -> Value {
    json!({"tenantId": id(tenant), "name": name, "role": role})
}

async fn make(client: &Client, input: Value) -> (Value, String) {
    let mut made = client.change("createApiToken", input).await;
    assert_eq!(made["userErrors"], json!([]), "{made:#}");
    let text = made["token"].as_str().unwrap().to_owned();
    (made["apiToken"].take(), text)
}

async fn names(client: &Client, tenant: TenantId, filter: Value, order: Value) -> Vec<String> {
    let variables = json!({"id": id(tenant), "filter": filter, "order": order});
    let data = client.data(LIST, variables).await;
    let list = &data["tenant"]["apiTokens"];
    let nodes = list["nodes"].as_array().unwrap();
    assert_eq!(list["totalCount"], nodes.len());
    let name = |node: &Value| node["name"].as_str().unwrap().to_owned();
    nodes.iter().map(name).collect()
}

#[actix_rt::test]
async fn a_token_is_shown_once_works_and_is_ended() {
    let (app, api, olivia) = scene().await;
    let marco = api.member(&app, app.tenant(), "marco", Role::Manager).await;
    let (token, text) = make(&marco, wanted(app.tenant(), " Nightly ", "OPERATOR")).await;
    assert_eq!(token["name"], "Nightly");
    assert_eq!(token["status"], "ACTIVE");
    assert_eq!(token["createdBy"]["displayName"], "Marco Mancini");
    assert_eq!(token["expiresAt"], "2026-05-31T10:00:30.000Z");
    assert!(text.starts_with(token["prefix"].as_str().unwrap()));
    let works = api.bearer(&text);
    let who = "{ viewer { apiToken { role createdBy { displayName } } } }";
    let seen = works.data(who, json!({})).await;
    assert_eq!(seen["viewer"]["apiToken"]["role"], "OPERATOR");
    // An operator is not told who the members are.
    assert_eq!(seen["viewer"]["apiToken"]["createdBy"], Value::Null);

    // The token keeps its role when its maker loses some of theirs.
    app.execute("UPDATE members SET role = 'READONLY' WHERE role = 'MANAGER'")
        .await;
    works.data(who, json!({})).await;

    let end = json!({"apiTokenId": token["id"]});
    let ended = olivia.change("revokeApiToken", end.clone()).await;
    let first = ended["apiToken"]["revokedAt"].clone();
    assert_eq!(ended["apiToken"]["status"], "REVOKED");
    app.pass(TimeDelta::minutes(1));
    let again = olivia.change("revokeApiToken", end).await;
    assert_eq!(again["apiToken"]["revokedAt"], first);
    assert_eq!(works.codes(who, json!({})).await, ["UNAUTHENTICATED"]);
    let log = "SELECT action || ' ' || actor_name AS line FROM audit_log \
               WHERE action LIKE 'API_TOKEN%' ORDER BY id";
    let expected = [
        "API_TOKEN_CREATED Marco Mancini",
        "API_TOKEN_REVOKED Olivia Owens",
    ];
    assert_eq!(app.lines(log).await, expected);
    let secret = text.split('_').nth(2).unwrap();
    let dump = app.database.dump();
    assert!(
        !dump
            .windows(secret.len())
            .any(|part| part == secret.as_bytes())
    );
}

#[actix_rt::test]
async fn all_that_is_wrong_is_told_at_once() {
    let (app, api, olivia) = scene().await;
    let tenant = app.tenant();
    let marco = api.member(&app, tenant, "marco", Role::Manager).await;
    let input = json!({"tenantId": id(tenant), "name": " ", "role": "OWNER", "expiresInDays": 366});
    let found = marco.faults("createApiToken", input).await;
    let codes: Vec<&str> = found.iter().map(|(code, _)| code.as_str()).collect();
    let paths: Vec<&str> = found.iter().map(|(_, path)| path.as_str()).collect();
    assert_eq!(codes, ["BLANK", "ROLE_TOO_HIGH", "OUT_OF_RANGE"]);
    assert_eq!(paths, ["input.name", "input.role", "input.expiresInDays"]);
    let long = wanted(tenant, &"x".repeat(121), "READONLY");
    assert_eq!(marco.faults("createApiToken", long).await[0].0, "TOO_LONG");
    // Owners are people, also by an owner's wish.
    let owner = olivia
        .faults("createApiToken", wanted(tenant, "Mine", "OWNER"))
        .await;
    assert_eq!(owner[0].0, "ROLE_TOO_HIGH");
    assert_eq!(app.count("api_tokens", "1 = 1").await, 0);
}

#[actix_rt::test]
async fn a_name_is_of_one_active_token_and_a_tenant_has_so_many() {
    let (app, api, olivia) = scene().await;
    let tenant = app.tenant();
    let short =
        json!({"tenantId": id(tenant), "name": "Nightly", "role": "READONLY", "expiresInDays": 1});
    let (first, _) = make(&olivia, short.clone()).await;
    let taken = olivia
        .faults("createApiToken", wanted(tenant, "NIGHTLY", "MANAGER"))
        .await;
    assert_eq!(
        taken,
        [("ALREADY_EXISTS".to_owned(), "input.name".to_owned())]
    );
    app.pass(TimeDelta::days(1));
    let olivia = api.person("olivia");
    make(&olivia, short.clone()).await;
    olivia
        .change("revokeApiToken", json!({"apiTokenId": first["id"]}))
        .await;
    let expired = names(
        &olivia,
        tenant,
        json!({"statuses": ["EXPIRED"]}),
        Value::Null,
    )
    .await;
    assert_eq!(
        expired,
        ["Nightly"],
        "what has expired is not revoked any more"
    );
    for number in 1..100 {
        make(
            &olivia,
            wanted(tenant, &format!("Token {number}"), "READONLY"),
        )
        .await;
    }
    let full = olivia
        .faults("createApiToken", wanted(tenant, "One more", "READONLY"))
        .await;
    assert_eq!(full, [("LIMIT_REACHED".to_owned(), String::new())]);
}

#[actix_rt::test]
async fn tokens_are_listed_by_state_for_ninety_days() {
    let (app, api, olivia) = scene().await;
    let tenant = app.tenant();
    for (name, days) in [("Brief", 1), ("Long", 365), ("Ended", 365)] {
        let input = json!({"tenantId": id(tenant), "name": name, "role": "READONLY", "expiresInDays": days});
        let (token, _) = make(&olivia, input).await;
        if name == "Ended" {
            olivia
                .change("revokeApiToken", json!({"apiTokenId": token["id"]}))
                .await;
        }
    }
    app.pass(TimeDelta::days(2));
    let olivia = api.person("olivia");
    let by_name = json!({"field": "NAME", "direction": "DESC"});
    for (filter, expected) in [
        (json!({}), vec!["Long", "Ended", "Brief"]),
        (json!({"statuses": ["ACTIVE"]}), vec!["Long"]),
        (
            json!({"statuses": ["EXPIRED", "REVOKED"]}),
            vec!["Ended", "Brief"],
        ),
        (json!({"statuses": ["REVOKED"]}), vec!["Ended"]),
        (json!({"statuses": []}), vec![]),
        (json!({"search": "N"}), vec!["Long", "Ended"]),
    ] {
        let found = names(&olivia, tenant, filter.clone(), by_name.clone()).await;
        assert_eq!(found, expected, "{filter}");
    }
    for field in ["CREATED_AT", "EXPIRES_AT", "LAST_USED_AT"] {
        let order = json!({"field": field, "direction": "ASC"});
        assert_eq!(names(&olivia, tenant, json!({}), order).await.len(), 3);
    }
    app.pass(TimeDelta::days(90));
    let olivia = api.person("olivia");
    let found = names(&olivia, tenant, json!({}), by_name).await;
    assert_eq!(found, ["Long"]);
}

#[actix_rt::test]
async fn managers_end_their_own_tokens_and_owners_all() {
    let (app, api, olivia) = scene().await;
    let tenant = app.tenant();
    let marco = api.member(&app, tenant, "marco", Role::Manager).await;
    let oscar = api.member(&app, tenant, "oscar", Role::Operator).await;
    let automation = api.client(&app, tenant, Role::Manager).await;
    let (own, _) = make(&marco, wanted(tenant, "Marco's", "MANAGER")).await;
    let (other, _) = make(&olivia, wanted(tenant, "Olivia's", "MANAGER")).await;
    let end = document_of("revokeApiToken");
    let of = |token: &Value| json!({"input": {"apiTokenId": token["id"]}});
    assert_eq!(marco.codes(&end, of(&other)).await, ["FORBIDDEN"]);
    assert_eq!(oscar.codes(&end, of(&own)).await, ["FORBIDDEN"]);
    assert_eq!(automation.codes(&end, of(&own)).await, ["FORBIDDEN"]);
    assert_eq!(marco.codes(&end, of(&own)).await, Vec::<String>::new());
    assert_eq!(olivia.codes(&end, of(&other)).await, Vec::<String>::new());
    let create = document_of("createApiToken");
    for client in [&oscar, &automation] {
        let input = json!({"input": wanted(tenant, "Mine", "READONLY")});
        assert_eq!(client.codes(&create, input).await, ["FORBIDDEN"]);
    }
    let stranger = api.person("stranger");
    let foreign = stranger
        .faults("createApiToken", wanted(tenant, "", "OWNER"))
        .await;
    let missing = stranger
        .faults("createApiToken", wanted(TenantId::mint(), "", "OWNER"))
        .await;
    assert_eq!(foreign, missing);
    assert_eq!(
        foreign,
        [("NOT_FOUND".to_owned(), "input.tenantId".to_owned())]
    );
    let foreign = stranger
        .change("revokeApiToken", json!({"apiTokenId": own["id"]}))
        .await;
    let none = json!({"apiTokenId": ApiTokenId::mint().to_global()});
    assert_eq!(foreign, stranger.change("revokeApiToken", none).await);
    let query = "query($id: ID!) { tenant(id: $id) { apiTokens { totalCount } } }";
    let answer = oscar.ask(query, json!({"id": id(tenant)})).await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "FORBIDDEN");
    assert_eq!(answer["data"]["tenant"]["apiTokens"], Value::Null);
}
