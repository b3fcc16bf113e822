//! Tenants: added by those who may, renamed by their owners.

use serde_json::{Value, json};
use tenantatlas::{
    domain::{ids::TenantId, role::Role},
    store::tenants,
    vault::Field,
};

use crate::support::{
    TestApp,
    client::{Api, document_of, id},
};

const DIRECTORY: &str = "7d0c3f0e-53a2-4a34-9f5a-0b2f0b7c8a11";

fn wanted(name: &str) -> Value {
    json!({"entraTenantId": DIRECTORY, "name": name})
}

#[actix_rt::test]
async fn whoever_may_adds_a_tenant_and_owns_it() {
    let app = TestApp::start().await;
    let api = Api::serve(&app).await;
    let founder = api.person("founder");
    let made = founder.change("createTenant", wanted(" Contoso ")).await;
    let tenant = &made["tenant"];
    assert_eq!(made["isReplay"], false);
    assert_eq!(tenant["name"], "Contoso");
    assert_eq!(tenant["cloud"], "GLOBAL");
    assert_eq!(tenant["connectionStatus"], "NOT_CONFIGURED");
    assert_eq!(tenant["viewerRole"], "OWNER");
    let again = founder.faults("createTenant", wanted("Another")).await;
    assert_eq!(
        again,
        [(
            "ALREADY_EXISTS".to_owned(),
            "input.entraTenantId".to_owned()
        )]
    );

    // The key of its digests is its own, and sealed.
    let stored = app.read(tenants::all).await;
    let stored = stored
        .into_iter()
        .find(|it| it.entra_tenant_id.to_string() == DIRECTORY)
        .unwrap();
    let key = app
        .vault
        .open(stored.id, Field::DigestKey, &stored.sealed_digest_key);
    key.expect("it opens");
    let log = format!(
        "SELECT action || ' ' || actor_name AS line FROM audit_log WHERE tenant_id = '{}' ORDER BY id",
        stored.id
    );
    let expected = ["TENANT_CREATED Fiona Founder", "MEMBER_ADDED Fiona Founder"];
    assert_eq!(app.lines(&log).await, expected);
}

#[actix_rt::test]
async fn others_may_not() {
    let app = TestApp::start().await;
    let api = Api::serve(&app).await;
    let olivia = api.member(&app, app.tenant(), "olivia", Role::Owner).await;
    let token = api.client(&app, app.tenant(), Role::Owner).await;
    let document = document_of("createTenant");
    for client in [&olivia, &token, &api.person("stranger")] {
        let codes = client.codes(&document, json!({"input": wanted("")})).await;
        assert_eq!(codes, ["FORBIDDEN"]);
    }
    assert_eq!(app.count("tenants", "1 = 1").await, 1);
}

#[actix_rt::test]
async fn all_that_is_wrong_is_told_at_once_and_a_repeat_is_answered_again() {
    let app = TestApp::start().await;
    let api = Api::serve(&app).await;
    let founder = api.person("founder");
    let keyed = |name: &str, key: &str| json!({"entraTenantId": DIRECTORY, "name": name, "idempotencyKey": key});
    let found = founder.faults("createTenant", keyed(" ", "short")).await;
    let mut codes: Vec<&str> = found.iter().map(|(code, _)| code.as_str()).collect();
    codes.sort_unstable();
    assert_eq!(codes, ["BLANK", "INVALID_VALUE"]);
    let long = founder
        .faults("createTenant", wanted(&"x".repeat(121)))
        .await;
    assert_eq!(long, [("TOO_LONG".to_owned(), "input.name".to_owned())]);

    let (one, other) = tokio::join!(
        founder.change("createTenant", keyed("Contoso", "key-of-mine")),
        founder.change("createTenant", keyed("Contoso", "key-of-mine")),
    );
    assert_eq!(one["tenant"]["id"], other["tenant"]["id"]);
    assert_ne!(one["isReplay"], other["isReplay"]);
    let reused = founder
        .faults("createTenant", keyed("Fabrikam", "key-of-mine"))
        .await;
    assert_eq!(
        reused,
        [(
            "IDEMPOTENCY_KEY_REUSED".to_owned(),
            "input.idempotencyKey".to_owned()
        )]
    );
    // Whoever is not in it any more is not told of it again.
    app.execute("DELETE FROM members").await;
    let document = document_of("createTenant");
    let repeat = json!({"input": keyed("Contoso", "key-of-mine")});
    assert_eq!(founder.codes(&document, repeat).await, ["NOT_FOUND"]);
}

#[actix_rt::test]
async fn an_owner_renames_the_tenant() {
    let app = TestApp::start().await;
    let api = Api::serve(&app).await;
    let tenant = app.tenant();
    let olivia = api.member(&app, tenant, "olivia", Role::Owner).await;
    let marco = api.member(&app, tenant, "marco", Role::Manager).await;
    let to = |name: Value| json!({"tenantId": id(tenant), "name": name});
    for (name, code) in [
        (Value::Null, "REQUIRED"),
        (json!(" "), "BLANK"),
        (json!("x".repeat(121)), "TOO_LONG"),
    ] {
        let found = olivia.faults("updateTenant", to(name)).await;
        assert_eq!(found, [(code.to_owned(), "input.name".to_owned())]);
    }
    let renamed = olivia.change("updateTenant", to(json!("Northwind"))).await;
    assert_eq!(renamed["tenant"]["name"], "Northwind");
    let same = olivia
        .change("updateTenant", json!({"tenantId": id(tenant)}))
        .await;
    assert_eq!(same["tenant"]["name"], "Northwind");
    olivia.change("updateTenant", to(json!("Northwind"))).await;
    assert_eq!(app.audited(tenant, "TENANT_UPDATED").await, 1);
    let document = document_of("updateTenant");
    let input = json!({"input": to(json!(""))});
    let token = api.client(&app, tenant, Role::Owner).await;
    for client in [&marco, &token] {
        assert_eq!(client.codes(&document, input.clone()).await, ["FORBIDDEN"]);
    }
    let stranger = api.person("stranger");
    let foreign = stranger.change("updateTenant", to(json!(""))).await;
    let missing = json!({"tenantId": id(TenantId::mint()), "name": ""});
    assert_eq!(foreign, stranger.change("updateTenant", missing).await);
    assert_eq!(foreign["userErrors"][0]["code"], "NOT_FOUND");
}
