//! The issuer: documents, the code flow, and who is sent where.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use reqwest::{Client, Response, StatusCode, redirect};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tenantatlas_simulator::{Issuer, IssuerOptions};

use crate::client::http;

const BACK: &str = "http://localhost:3000/callback";
const VERIFIER: &str = "a-verifier-that-is-long-enough-to-be-one-of-PKCE";

/// A client that follows nothing.
fn plain() -> Client {
    drop(http());
    let client = Client::builder().redirect(redirect::Policy::none());
    client.build().unwrap()
}

fn issuer() -> Issuer {
    Issuer::start(IssuerOptions::default()).unwrap()
}

async fn document(url: String) -> Value {
    plain().get(url).send().await.unwrap().json().await.unwrap()
}

/// The request of a console, with members changed.
async fn authorize(issuer: &Issuer, changes: &[(&str, &str)]) -> Response {
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER));
    let mut query = vec![
        ("response_type", "code"),
        ("client_id", "console"),
        ("redirect_uri", BACK),
        ("scope", "openid profile"),
        ("state", "a b"),
        ("nonce", "once"),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
        ("login_hint", "olivia"),
    ];
    for (name, value) in changes {
        query.retain(|(other, _)| other != name);
        query.push((name, value));
    }
    let url = format!("{}/authorize", issuer.url());
    plain().get(url).query(&query).send().await.unwrap()
}

/// A member of the address that somebody is sent to.
fn sent_with(response: &Response, name: &str) -> Option<String> {
    let location = response.headers()["location"].to_str().unwrap();
    let (address, query) = location.split_once('?').unwrap();
    assert_eq!(address, BACK);
    let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    pairs
        .find(|(other, _)| *other == name)
        .map(|(_, value)| value.to_owned())
}

async fn token(issuer: &Issuer, code: &str, changes: &[(&str, &str)]) -> (StatusCode, Value) {
    let mut form = vec![
        ("grant_type", "authorization_code"),
        ("code", code),
        ("client_id", "console"),
        ("redirect_uri", BACK),
        ("code_verifier", VERIFIER),
    ];
    for (name, value) in changes {
        form.retain(|(other, _)| other != name);
        form.push((name, value));
    }
    let url = format!("{}/token", issuer.url());
    let response = plain().post(url).form(&form).send().await.unwrap();
    assert_eq!(response.headers()["access-control-allow-origin"], "*");
    (response.status(), response.json().await.unwrap())
}

fn claims(token: &Value) -> Value {
    let part = token.as_str().unwrap().split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

#[actix_rt::test]
async fn somebody_signs_in_by_the_code_flow() {
    let issuer = issuer();
    let response = authorize(&issuer, &[]).await;
    assert_eq!(response.status(), 302);
    assert_eq!(sent_with(&response, "state").as_deref(), Some("a%20b"));
    let code = sent_with(&response, "code").unwrap();
    let (status, tokens) = token(&issuer, &code, &[]).await;
    assert_eq!(
        (status, &tokens["expires_in"]),
        (StatusCode::OK, &json!(3600))
    );
    let access = claims(&tokens["access_token"]);
    assert_eq!(access["sub"], "person-olivia");
    assert_eq!(access["iss"], issuer.url());
    assert_eq!(access["aud"], "tenantatlas");
    let id = claims(&tokens["id_token"]);
    assert_eq!(
        (&id["aud"], &id["nonce"]),
        (&json!("console"), &json!("once"))
    );
    // A code is good once.
    let (status, refused) = token(&issuer, &code, &[]).await;
    assert_eq!(
        (status, &refused["error"]),
        (StatusCode::BAD_REQUEST, &json!("invalid_grant"))
    );
}

#[actix_rt::test]
async fn a_code_is_for_whoever_asked_for_it() {
    let issuer = issuer();
    for (name, value, error) in [
        ("code_verifier", "another", "invalid_grant"),
        ("client_id", "another", "invalid_grant"),
        ("redirect_uri", "http://localhost/", "invalid_grant"),
        ("code", "another", "invalid_grant"),
        ("grant_type", "client_credentials", "unsupported_grant_type"),
        ("resource", "another", "invalid_target"),
    ] {
        let code = sent_with(&authorize(&issuer, &[]).await, "code").unwrap();
        let (status, refused) = token(&issuer, &code, &[(name, value)]).await;
        assert_eq!(
            (status.as_u16(), &refused["error"]),
            (400, &json!(error)),
            "{name}"
        );
    }
}

#[actix_rt::test]
async fn a_request_is_checked_before_anybody_is_asked() {
    let issuer = issuer();
    for (name, value, error) in [
        ("response_type", "token", "unsupported_response_type"),
        ("code_challenge", "", "invalid_request"),
        ("code_challenge_method", "plain", "invalid_request"),
        ("resource", "another", "invalid_target"),
    ] {
        let response = authorize(&issuer, &[(name, value)]).await;
        assert_eq!(
            sent_with(&response, "error").as_deref(),
            Some(error),
            "{name}"
        );
    }
    // Nobody is sent to another machine, not even with an error.
    for (name, value) in [
        ("redirect_uri", "https://console.example/"),
        ("client_id", ""),
    ] {
        let response = authorize(&issuer, &[(name, value)]).await;
        assert_eq!(response.status(), 400, "{name}");
        assert!(!response.headers().contains_key("location"), "{name}");
    }
    let page = authorize(&issuer, &[("login_hint", "nobody")]).await;
    assert_eq!(page.status(), 200);
    let page = page.text().await.unwrap();
    for person in issuer.people() {
        assert!(
            page.contains(&format!("value=\"{}\"", person.login)),
            "{page}"
        );
    }
}

#[actix_rt::test]
async fn documents_are_those_of_the_issuer_and_of_directories() {
    let issuer = issuer();
    let well_known = ".well-known/openid-configuration";
    let directory = "11111111-1111-4111-8111-111111111111";
    for (path, expected) in [
        ("", issuer.url()),
        ("/organizations/v2.0", issuer.directory_url("{tenantid}")),
        (
            &*format!("/{directory}/v2.0"),
            issuer.directory_url(directory),
        ),
    ] {
        let found = document(format!("{}{path}/{well_known}", issuer.url())).await;
        assert_eq!(found["issuer"], expected, "{path}");
        let keys = document(found["jwks_uri"].as_str().unwrap().to_owned()).await;
        assert_eq!(keys, issuer.keys());
    }
    assert_eq!(issuer.key_requests(), 3);
    let before = issuer.keys();
    let rotated = plain().post(format!("{}/__sim/keys", issuer.url()));
    assert_eq!(rotated.send().await.unwrap().status(), 200);
    assert_ne!(issuer.keys(), before);
    issuer.set_down(true);
    let down = plain().get(format!("{}/jwks", issuer.url()));
    assert_eq!(down.send().await.unwrap().status(), 503);
}

#[actix_rt::test]
async fn the_way_out_leads_back_to_this_machine_or_nowhere() {
    let issuer = issuer();
    let leave = async |back: &str| {
        let query = [("post_logout_redirect_uri", back), ("state", "x")];
        let url = format!("{}/end-session", issuer.url());
        plain().get(url).query(&query).send().await.unwrap()
    };
    let response = leave(BACK).await;
    assert_eq!(sent_with(&response, "state").as_deref(), Some("x"));
    assert_eq!(leave("https://console.example/").await.status(), 200);
}
