//! Signing in without a secret: with a certificate, or with the token of another issuer.

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use ring::{rand::SystemRandom, signature};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tenantatlas_simulator::{FederatedCredential, TenantSpec};
use uuid::Uuid;

use crate::{
    client::{Scene, http, request_token, scene_of},
    sign_in,
};

const KEYS: &str = include_str!("../data/rsa-keys-for-tests.txt");
const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// One of the test keys, in PKCS #8.
fn key(number: usize) -> Vec<u8> {
    let mut keys = KEYS.lines().filter(|line| !line.starts_with('#'));
    STANDARD.decode(keys.nth(number).unwrap()).unwrap()
}

/// A certificate that one of the test keys has signed for itself.
fn certificate(number: usize) -> Vec<u8> {
    let key = rcgen::KeyPair::try_from(key(number)).unwrap();
    let parameters = rcgen::CertificateParams::new(vec!["backup.example".to_owned()]).unwrap();
    parameters.self_signed(&key).unwrap().der().to_vec()
}

fn part(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

/// A token in three parts, signed with one of the test keys.
fn signed(header: &Value, claims: &Value, number: usize) -> String {
    let text = format!("{}.{}", part(header), part(claims));
    let key = signature::RsaKeyPair::from_pkcs8(&key(number)).unwrap();
    let mut bytes = vec![0; key.public().modulus_len()];
    let (how, random) = (&signature::RSA_PSS_SHA256, SystemRandom::new());
    key.sign(how, &random, text.as_bytes(), &mut bytes).unwrap();
    format!("{text}.{}", URL_SAFE_NO_PAD.encode(bytes))
}

/// A tenant that knows a certificate and an issuer.
async fn world() -> (Scene, TenantSpec) {
    let mut spec = TenantSpec::numbered(7, 0, 0);
    spec.certificates = vec![certificate(0)];
    spec.federated = vec![FederatedCredential {
        issuer: "https://issuer.example".to_owned(),
        subject: "system:serviceaccount:backup:tenantatlas".to_owned(),
        audience: "api://AzureADTokenExchange".to_owned(),
    }];
    (scene_of(spec.clone()).await, spec)
}

/// The simulator's own time, in seconds.
async fn now(scene: &Scene, spec: &TenantSpec) -> i64 {
    let answer = request_token(&http(), &scene.simulator.url(), spec).await;
    let claims = sign_in::claims(&answer.json().await.unwrap());
    claims["iat"].as_i64().unwrap()
}

/// Asks for a token; tells the code of the refusal, or the kind of credential of the token.
async fn ask(scene: &Scene, spec: &TenantSpec, assertion: &str) -> Result<String, u64> {
    let client = spec.client_id.to_string();
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", &client),
        ("scope", "https://graph.microsoft.com/.default"),
        ("client_assertion_type", JWT_BEARER),
        ("client_assertion", assertion),
    ];
    let url = token_url(scene, spec);
    let answer = http().post(&url).form(&form).send().await.unwrap();
    let body: Value = answer.json().await.unwrap();
    match body["error_codes"][0].as_u64() {
        Some(code) => Err(code),
        None => Ok(sign_in::claims(&body)["appidacr"].as_str().unwrap().into()),
    }
}

fn token_url(scene: &Scene, spec: &TenantSpec) -> String {
    scene.url(&format!("/{}/oauth2/v2.0/token", spec.entra_tenant_id))
}

#[actix_rt::test]
async fn an_assertion_is_checked_member_by_member() {
    let (scene, spec) = world().await;
    let (now, url) = (now(&scene, &spec).await, token_url(&scene, &spec));
    let thumbprint = |number| URL_SAFE_NO_PAD.encode(Sha256::digest(certificate(number)));
    let header = json!({ "alg": "PS256", "typ": "JWT", "x5t#S256": thumbprint(0) });
    let claims = json!({
        "aud": url, "iss": spec.client_id, "sub": spec.client_id,
        "nbf": now, "iat": now, "exp": now + 300,
    });
    let tried = async |at: &str, value: Value| {
        let (mut header, mut claims) = (header.clone(), claims.clone());
        claims["jti"] = json!(Uuid::new_v4());
        let place = match at.strip_prefix("header ") {
            Some(name) => &mut header[name],
            None => &mut claims[at],
        };
        *place = value;
        ask(&scene, &spec, &signed(&header, &claims, 0)).await
    };
    assert_eq!(tried("exp", json!(now + 3000)).await, Ok("2".to_owned()));
    for (at, value, code) in [
        ("header alg", json!("RS256"), 700_027),
        ("header typ", json!("at+jwt"), 700_027),
        ("header x5t#S256", json!(thumbprint(1)), 700_027),
        ("aud", json!(url.replace("v2.0", "v1.0")), 700_027),
        ("iss", json!(Uuid::nil()), 700_027),
        ("sub", json!(Uuid::nil()), 700_027),
        ("jti", json!(""), 700_027),
        ("exp", json!(now + 7200), 700_027),
        ("exp", json!(now - 1), 700_024),
        ("exp", Value::Null, 700_024),
    ] {
        assert_eq!(tried(at, value.clone()).await, Err(code), "{at} {value}");
    }
}

#[actix_rt::test]
async fn an_assertion_is_good_once_and_only_with_its_own_signature() {
    let (scene, spec) = world().await;
    let now = now(&scene, &spec).await;
    let thumbprint = URL_SAFE_NO_PAD.encode(Sha256::digest(certificate(0)));
    let header = json!({ "alg": "PS256", "typ": "JWT", "x5t#S256": thumbprint });
    let claims = |id: &str| {
        json!({
            "aud": token_url(&scene, &spec), "iss": spec.client_id, "sub": spec.client_id,
            "jti": id, "exp": now + 300,
        })
    };
    let foreign = signed(&header, &claims("one"), 1);
    assert_eq!(ask(&scene, &spec, &foreign).await, Err(700_027));
    let own = signed(&header, &claims("one"), 0);
    assert_eq!(ask(&scene, &spec, &own).await, Ok("2".to_owned()));
    assert_eq!(ask(&scene, &spec, &own).await, Err(700_027));
    let next = signed(&header, &claims("two"), 0);
    assert_eq!(ask(&scene, &spec, &next).await, Ok("2".to_owned()));
    assert_eq!(ask(&scene, &spec, "nonsense").await, Err(700_027));
}

#[actix_rt::test]
async fn a_foreign_token_must_match_letter_by_letter() {
    let (scene, spec) = world().await;
    let now = now(&scene, &spec).await;
    let one = &spec.federated[0];
    let token = |issuer: &str, subject: &str, audience: &str, ends: i64| {
        let claims = json!({ "iss": issuer, "sub": subject, "aud": audience, "exp": ends });
        signed(&json!({ "alg": "RS256", "kid": "cluster" }), &claims, 1)
    };
    let (issuer, subject, audience) = (&*one.issuer, &*one.subject, &*one.audience);
    let shouted = subject.to_uppercase();
    let ends = now + 300;
    for (token, expected) in [
        (token(issuer, subject, audience, ends), Ok("2".to_owned())),
        (
            token("https://other", subject, audience, ends),
            Err(700_211),
        ),
        (token(issuer, subject, "api://other", ends), Err(700_212)),
        (token(issuer, &shouted, audience, ends), Err(700_213)),
        (token(issuer, subject, audience, now - 1), Err(700_024)),
    ] {
        assert_eq!(ask(&scene, &spec, &token).await, expected);
    }
}
