//! People: what lets them in, what does not, and what becomes of what they may do.

use chrono::TimeDelta;
use serde_json::{Value, json};
use tenantatlas::{
    api::{ApiSettings, Limits, SocketLimits},
    clock::Clock,
    domain::{ids::TenantId, role::Role},
    oidc::IssuerDraft,
};
use tenantatlas_simulator::{Draft, Signer};

use crate::support::{
    TestApp,
    client::{ADMIN_ROLE, Api, Client, Socket, id, in_a_hurry, issuer},
};

const WHO: &str =
    "{ viewer { user { id displayName email } apiToken { id } canCreateTenants credentialExpiresAt
    tenants { nodes { id viewerRole } } } }";
const ONE: &str = "11111111-1111-4111-8111-111111111111";
const OTHER: &str = "22222222-2222-4222-8222-222222222222";
const PERSON: &str = "33333333-3333-4333-8333-333333333333";

/// Whether a token is accepted.
async fn is_let_in(api: &Api, token: &str) -> bool {
    let (status, answer) = answered(api, token).await;
    // An issuer that does not give its keys is nobody's fault at the door.
    assert!([200, 401, 503].contains(&status), "{status}: {answer}");
    status == 200
}

async fn answered(api: &Api, token: &str) -> (u16, String) {
    let response = api
        .request(reqwest::Method::POST, "/graphql")
        .header("authorization", format!("Bearer {token}"))
        .json(&json!({ "query": "{ viewer { __typename } }" }))
        .send()
        .await
        .unwrap();
    (response.status().as_u16(), response.text().await.unwrap())
}

async fn viewer(client: &Client) -> Value {
    client.data(WHO, json!({})).await["viewer"].take()
}

#[actix_rt::test]
async fn a_person_is_known_from_the_first_sign_in_and_by_the_latest_name() {
    let app = TestApp::start().await;
    let api = Api::serve(&app).await;
    let found = viewer(&api.person("rita")).await;
    assert_eq!(found["user"]["displayName"], "Rita Reyes");
    assert_eq!(found["user"]["email"], "rita@contoso.example");
    assert_eq!(found["apiToken"], Value::Null);
    assert_eq!(found["canCreateTenants"], false);
    assert_eq!(found["credentialExpiresAt"], "2026-03-02T11:00:30.000Z");
    assert_eq!(found["tenants"]["nodes"], json!([]));
    let draft = api.issuer.draft("rita").with("name", "Rita Rey");
    let draft = draft.with("email", "rey@contoso.example");
    let again = viewer(&api.bearer(&api.issuer.sign(&draft, &Signer::Es256))).await;
    assert_eq!(again["user"]["id"], found["user"]["id"]);
    assert_eq!(again["user"]["displayName"], "Rita Rey");
    assert_eq!(again["user"]["email"], "rey@contoso.example");
    // A token that tells neither takes nothing away.
    let draft = draft.with("name", Value::Null).with("email", Value::Null);
    let again = viewer(&api.bearer(&api.issuer.sign(&draft, &Signer::Es256))).await;
    assert_eq!(again["user"]["displayName"], "Rita Rey");
    assert_eq!(again["user"]["email"], "rey@contoso.example");
    assert_eq!(app.lines("SELECT id AS line FROM users").await.len(), 1);
}

#[actix_rt::test]
async fn roles_are_those_of_the_moment() {
    let app = TestApp::start().await;
    let api = Api::serve(&app).await;
    let tenant = app.tenant();
    let marco = api.member(&app, tenant, "marco", Role::Manager).await;
    let role = async || viewer(&marco).await["tenants"]["nodes"].take();
    let as_role = |role: &str| json!([{"id": id(tenant), "viewerRole": role}]);
    assert_eq!(role().await, as_role("MANAGER"));
    app.execute("UPDATE members SET role = 'READONLY'").await;
    assert_eq!(role().await, as_role("READONLY"));
    app.execute("DELETE FROM members").await;
    assert_eq!(role().await, json!([]));
}

#[actix_rt::test]
async fn the_provider_says_who_may_create_tenants() {
    let app = TestApp::start().await;
    let api = Api::serve(&app).await;
    for (roles, expected) in [
        (json!([ADMIN_ROLE, "Other"]), true),
        (json!(["Other"]), false),
    ] {
        let draft = api.issuer.draft("olivia").with("roles", roles);
        let client = api.bearer(&api.issuer.sign(&draft, &Signer::Es256));
        assert_eq!(viewer(&client).await["canCreateTenants"], expected);
    }
}

#[actix_rt::test]
async fn tokens_are_let_in_by_their_signature_and_claims() {
    let app = TestApp::start().await;
    let api = Api::serve(&app).await;
    let now = app.clock.now().timestamp();
    let draft = || api.issuer.draft("olivia");
    let changed = |claim: &str, value: Value| draft().with(claim, value);
    let key = |kind: &str, member: &str| {
        let keys = api.issuer.keys();
        let mut keys = keys["keys"].as_array().unwrap().iter();
        let key = keys.find(|key| key["kty"] == kind).unwrap();
        key[member].as_str().unwrap().to_owned()
    };
    let public = Signer::Hs256(key("RSA", "n").into_bytes());
    let by_rsa_id = draft().with_header("kid", key("RSA", "kid"));
    let claim_rs = draft().with_header("alg", "RS256");
    let claim_none = draft().with_header("alg", "none");
    let (es, rs, ps) = (Signer::Es256, Signer::Rs256, Signer::Ps256);
    for (name, draft, signer, expected) in [
        ("ES256", draft(), &es, true),
        ("RS256", draft(), &rs, true),
        ("PS256", draft(), &ps, true),
        (
            "several audiences",
            changed("aud", json!(["a", "tenantatlas"])),
            &es,
            true,
        ),
        (
            "a minute over, but for a second",
            changed("exp", (now - 59).into()),
            &es,
            true,
        ),
        (
            "a minute over",
            changed("exp", (now - 60).into()),
            &es,
            false,
        ),
        (
            "a minute early",
            changed("nbf", (now + 60).into()),
            &es,
            true,
        ),
        (
            "more than a minute early",
            changed("nbf", (now + 61).into()),
            &es,
            false,
        ),
        ("no end", changed("exp", Value::Null), &es, false),
        (
            "another audience",
            changed("aud", "graph".into()),
            &es,
            false,
        ),
        ("no audience", changed("aud", Value::Null), &es, false),
        (
            "another issuer",
            changed("iss", "https://id.example".into()),
            &es,
            false,
        ),
        (
            "nearly the issuer",
            changed("iss", format!("{}/", api.issuer.url()).into()),
            &es,
            false,
        ),
        ("no subject", changed("sub", Value::Null), &es, false),
        ("a program", changed("sub", "console".into()), &es, false),
        (
            "an ID token",
            draft().with_header("typ", "id_token+jwt"),
            &es,
            false,
        ),
        (
            "critical",
            draft().with_header("crit", json!(["exp"])),
            &es,
            false,
        ),
        ("none", draft(), &Signer::Unsigned, false),
        (
            "none, in disguise",
            draft().with_header("alg", "NONE"),
            &Signer::Unsigned,
            false,
        ),
        ("none, by name only", claim_none, &es, false),
        ("HS256 by the public key", by_rsa_id.clone(), &public, false),
        (
            "HS256 that says RS256",
            by_rsa_id.clone().with_header("alg", "RS256"),
            &public,
            false,
        ),
        ("ES256 that says RS256", claim_rs, &es, false),
        ("ES256 under the name of the RSA key", by_rsa_id, &es, false),
        (
            "RS256 that says PS256",
            draft().with_header("alg", "PS256"),
            &rs,
            false,
        ),
        ("a stranger's key", draft(), &Signer::Stranger, false),
        (
            "an unknown key",
            draft().with_header("kid", "other"),
            &es,
            false,
        ),
    ] {
        let token = api.issuer.sign(&draft, signer);
        assert_eq!(is_let_in(&api, &token).await, expected, "{name}");
    }
    let good = api.issuer.token("rita");
    assert!(is_let_in(&api, &good).await);
    let parts: Vec<&str> = good.split('.').collect();
    let other = api.issuer.token("olivia");
    let other: Vec<&str> = other.split('.').collect();
    let long = format!("{good}{}", "A".repeat(14 * 1024));
    for (name, token) in [
        ("another's claims", [parts[0], other[1], parts[2]].join(".")),
        (
            "another's signature",
            [parts[0], parts[1], other[2]].join("."),
        ),
        ("no signature", [parts[0], parts[1], ""].join(".")),
        ("too long", long),
        ("half", parts[1].to_owned()),
    ] {
        let (status, answer) = answered(&api, &token).await;
        assert_eq!(status, 401, "{name}");
        // Whoever is refused learns nothing about why.
        assert_eq!(answer, answered(&api, "x").await.1, "{name}");
    }
}

/// An API that lets in people of one directory, as Entra names it.
async fn with_entra(app: &TestApp) -> Api {
    let issuer = issuer(app);
    let draft = IssuerDraft {
        issuer: Some(issuer.directory_url("{tenantid}")),
        audience: Some("tenantatlas".to_owned()),
        allowed_tenants: Some(vec![ONE.to_owned(), PERSON.to_owned()]),
        ..IssuerDraft::default()
    };
    Api::with_issuer(app, in_a_hurry(), issuer, &[draft]).await
}

/// A token as Entra makes it.
fn of_entra(api: &Api, directory: &str) -> Draft {
    api.issuer
        .draft("olivia")
        .with_header("typ", "JWT")
        .with("iss", api.issuer.directory_url(directory))
        .with("tid", directory)
        .with("oid", PERSON)
        .with("ver", "2.0")
        .with("scp", "access_as_user")
        .with("scope", Value::Null)
}

#[actix_rt::test]
async fn tokens_of_entra_are_held_to_directory_version_and_scope() {
    let app = TestApp::start().await;
    let api = with_entra(&app).await;
    let draft = || of_entra(&api, ONE);
    for (name, draft, expected) in [
        ("as they are", draft(), true),
        ("another directory", of_entra(&api, OTHER), false),
        (
            "another directory's name",
            draft().with("tid", PERSON),
            false,
        ),
        ("no directory", draft().with("tid", Value::Null), false),
        ("no scope", draft().with("scp", Value::Null), false),
        ("another scope", draft().with("scp", "User.Read"), false),
        ("version 1.0", draft().with("ver", "1.0"), false),
        (
            "an issuer of version 1.0",
            draft().with("iss", format!("https://sts.windows.net/{ONE}/")),
            false,
        ),
        ("no object", draft().with("oid", Value::Null), false),
        ("the issuer itself", api.issuer.draft("olivia"), false),
    ] {
        let token = api.issuer.sign(&draft, &Signer::Rs256);
        assert_eq!(is_let_in(&api, &token).await, expected, "{name}");
    }
    // Known by directory and object, whatever else the token says.
    let lines = "SELECT issuer || ' ' || subject AS line FROM users";
    let expected = format!("{} {PERSON}", api.issuer.directory_url(ONE));
    assert_eq!(app.lines(lines).await, [expected]);
}

#[actix_rt::test]
async fn new_keys_are_fetched_when_they_show_and_not_too_often() {
    let app = TestApp::start().await;
    let api = Api::serve(&app).await;
    let old = api.issuer.draft("olivia").with("exp", i64::from(i32::MAX));
    let old = api.issuer.sign(&old, &Signer::Es256);
    assert!(is_let_in(&api, &old).await);
    assert!(is_let_in(&api, &api.issuer.token("rita")).await);
    assert_eq!(api.issuer.key_requests(), 1);
    app.pass(TimeDelta::minutes(1));
    api.issuer.rotate().unwrap();
    assert!(is_let_in(&api, &api.issuer.token("rita")).await);
    assert_eq!(api.issuer.key_requests(), 2);
    // The old key is gone with the new ones, and nobody asks for it so soon.
    assert!(!is_let_in(&api, &old).await);
    api.issuer.rotate().unwrap();
    app.pass(TimeDelta::minutes(5) - TimeDelta::seconds(1));
    assert!(!is_let_in(&api, &api.issuer.token("rita")).await);
    assert_eq!(api.issuer.key_requests(), 2);
    app.pass(TimeDelta::seconds(1));
    assert!(is_let_in(&api, &api.issuer.token("rita")).await);
    assert_eq!(api.issuer.key_requests(), 3);
    app.pass(TimeDelta::hours(1));
    assert!(is_let_in(&api, &api.issuer.token("rita")).await);
    assert_eq!(api.issuer.key_requests(), 4);
}

#[actix_rt::test]
async fn a_crowd_with_unknown_keys_causes_one_fetch() {
    let app = TestApp::start().await;
    let api = Api::serve(&app).await;
    assert!(is_let_in(&api, &api.issuer.token("rita")).await);
    app.pass(TimeDelta::minutes(1));
    let tokens: Vec<String> = (0..40)
        .map(|n| {
            let draft = api.issuer.draft("olivia");
            let draft = draft.with_header("kid", format!("key-{n}"));
            api.issuer.sign(&draft, &Signer::Es256)
        })
        .collect();
    let asked = tokens.iter().map(|token| is_let_in(&api, token));
    let let_in = futures_util::future::join_all(asked).await;
    assert!(let_in.iter().all(|is_in| !is_in));
    assert_eq!(api.issuer.key_requests(), 2);
    // What cannot be a token of the issuer causes none.
    app.pass(TimeDelta::minutes(6));
    let draft = api.issuer.draft("olivia").with_header("kid", "new");
    let token = api.issuer.sign(&draft.with("aud", "other"), &Signer::Es256);
    assert!(!is_let_in(&api, &token).await);
    assert_eq!(api.issuer.key_requests(), 2);
}

#[actix_rt::test]
async fn keys_at_hand_are_used_for_a_day_while_the_provider_is_down() {
    let app = TestApp::start().await;
    let api = Api::serve(&app).await;
    api.issuer.set_down(true);
    assert!(!is_let_in(&api, &api.issuer.token("rita")).await);
    api.issuer.set_down(false);
    app.pass(TimeDelta::seconds(30));
    assert!(is_let_in(&api, &api.issuer.token("rita")).await);
    api.issuer.set_down(true);
    app.pass(TimeDelta::hours(23));
    assert!(is_let_in(&api, &api.issuer.token("rita")).await);
    app.pass(TimeDelta::hours(1));
    assert!(!is_let_in(&api, &api.issuer.token("rita")).await);
    api.issuer.set_down(false);
    app.pass(TimeDelta::minutes(1));
    assert!(is_let_in(&api, &api.issuer.token("rita")).await);
}

#[actix_rt::test]
async fn a_connection_ends_with_the_token_of_its_person() {
    let app = TestApp::start().await;
    let often = std::time::Duration::from_millis(50);
    let sockets = SocketLimits {
        recheck: often,
        ..SocketLimits::default()
    };
    let limits = Limits {
        sockets,
        ..Limits::default()
    };
    let settings = ApiSettings {
        limits,
        ..ApiSettings::default()
    };
    let api = Api::with(&app, settings).await;
    let rita = api.member(&app, app.tenant(), "rita", Role::Readonly).await;
    let mut socket = rita.socket().await;
    let who = "{ viewer { user { displayName } } }";
    socket.subscribe("1", who, json!({})).await;
    let answer = socket.next().await;
    assert_eq!(
        answer["payload"]["data"]["viewer"]["user"]["displayName"],
        "Rita Reyes"
    );
    assert_eq!(socket.next().await["type"], "complete");
    // As long as a request would be let in, the connection stays.
    app.pass(TimeDelta::hours(1) + TimeDelta::seconds(61));
    assert_eq!(socket.closed().await, 4403);
    let mut socket = Socket::open(api.address()).await;
    let payload = json!({"authorization": "Bearer x.y.z"});
    let init = json!({"type": "connection_init", "payload": payload});
    socket.send(init).await;
    assert_eq!(socket.closed().await, 4403);
}

#[actix_rt::test]
async fn a_member_of_one_tenant_is_a_stranger_to_others() {
    let app = TestApp::start().await;
    let api = Api::serve(&app).await;
    let rita = api.member(&app, app.tenant(), "rita", Role::Readonly).await;
    let query = "query($id: ID!) { tenant(id: $id) { name } }";
    let data = rita.data(query, json!({"id": id(app.tenant())})).await;
    assert!(data["tenant"]["name"].is_string());
    let missing = json!({"id": id(TenantId::mint())});
    assert_eq!(rita.codes(query, missing).await, ["NOT_FOUND"]);
    let oscar = api.person("oscar");
    let own = json!({"id": id(app.tenant())});
    assert_eq!(oscar.codes(query, own).await, ["NOT_FOUND"]);
}
