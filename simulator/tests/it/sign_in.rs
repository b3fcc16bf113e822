//! The token endpoint.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use tenantatlas_simulator::{Effect, ErrorForm, Fault, TenantSpec};
use uuid::Uuid;

use crate::client::{http, request_token, scene, scene_of};

pub(crate) fn claims(token: &Value) -> Value {
    let text = token["access_token"].as_str().unwrap();
    let payload = text.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

#[actix_rt::test]
async fn a_token_names_tenant_application_and_roles() {
    let scene = scene(0).await;
    let spec = &scene.simulator.tenants()[0];
    let answer = request_token(&http(), &scene.simulator.url(), spec).await;
    assert_eq!(answer.status(), 200);
    let token: Value = answer.json().await.unwrap();
    assert_eq!(token["expires_in"], 3599);
    let claims = claims(&token);
    assert_eq!(claims["tid"], json!(spec.entra_tenant_id));
    assert_eq!(claims["appid"], json!(spec.client_id));
    let roles = claims["roles"].as_array().unwrap();
    assert!(roles.contains(&json!("DeviceManagementScripts.Read.All")));
}

#[actix_rt::test]
async fn without_consent_the_token_has_no_roles_at_all() {
    let mut spec = TenantSpec::numbered(7, 0, 0);
    spec.permissions = Some(Vec::new());
    let scene = scene_of(spec.clone()).await;
    let answer = request_token(&http(), &scene.simulator.url(), &spec).await;
    let claims = claims(&answer.json().await.unwrap());
    assert!(claims.get("roles").is_none());
}

#[actix_rt::test]
async fn a_wrong_credential_is_refused_with_its_code() {
    let scene = scene(0).await;
    let right = scene.simulator.tenants()[0].clone();
    let with = |change: fn(&mut TenantSpec)| {
        let mut spec = right.clone();
        change(&mut spec);
        spec
    };
    let cases = [
        (
            with(|spec| spec.client_secret = "wrong".to_owned()),
            401,
            "invalid_client",
            7_000_215,
        ),
        (
            with(|spec| spec.client_id = Uuid::nil()),
            400,
            "unauthorized_client",
            700_016,
        ),
        (
            with(|spec| spec.entra_tenant_id = Uuid::nil()),
            400,
            "invalid_request",
            90_002,
        ),
    ];
    for (spec, status, error, code) in cases {
        let answer = request_token(&http(), &scene.simulator.url(), &spec).await;
        assert_eq!(answer.status().as_u16(), status);
        let body: Value = answer.json().await.unwrap();
        assert_eq!(body["error"], error);
        assert_eq!(body["error_codes"], json!([code]));
        let text = body["error_description"].as_str().unwrap();
        assert!(text.starts_with(&format!("AADSTS{code}: ")), "{text}");
    }
}

#[actix_rt::test]
async fn a_refused_credential_leaves_old_tokens_alone() {
    let scene = scene(0).await;
    let spec = scene.simulator.tenants()[0].clone();
    scene.simulator.refuse_credential(scene.tenant, 7_000_222);
    let refused = request_token(&http(), &scene.simulator.url(), &spec).await;
    assert_eq!(refused.status(), 401);
    assert_eq!(scene.get("/beta/deviceManagement").await.0, 200);
    scene.simulator.accept_credential(scene.tenant);
    let accepted = request_token(&http(), &scene.simulator.url(), &spec).await;
    assert_eq!(accepted.status(), 200);
}

#[actix_rt::test]
async fn expired_unknown_and_missing_tokens_are_told_apart() {
    let scene = scene(0).await;
    scene.simulator.expire_tokens();
    let (status, body) = scene.get("/beta/deviceManagement").await;
    assert_eq!(status, 401);
    assert_eq!(
        body["error"]["message"],
        "Lifetime validation failed, the token is expired."
    );

    let url = scene.url("/beta/deviceManagement");
    let unknown = http()
        .get(&url)
        .bearer_auth("nonsense")
        .send()
        .await
        .unwrap();
    assert_eq!(unknown.status(), 401);
    assert!(
        unknown
            .text()
            .await
            .unwrap()
            .contains("CompactToken parsing failed")
    );
    let missing = http().get(&url).send().await.unwrap();
    assert!(missing.headers().contains_key("www-authenticate"));
    assert_eq!(missing.status(), 401);
}

#[actix_rt::test]
async fn the_token_endpoint_fails_on_demand() {
    let scene = scene(0).await;
    let spec = scene.simulator.tenants()[0].clone();
    let token = Fault::on("oauth2/v2.0/token", Effect::wrapped(503, ErrorForm::Html)).first(1);
    scene.simulator.fault(token);
    scene
        .simulator
        .fault(Fault::on("token", Effect::TokenExpiry { seconds: 60 }));
    let url = scene.simulator.url();
    let busy = request_token(&http(), &url, &spec).await;
    assert_eq!(busy.status(), 503);
    assert!(busy.text().await.unwrap().starts_with("<!DOCTYPE html>"));
    let short: Value = request_token(&http(), &url, &spec)
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(short["expires_in"], 60);
}

#[actix_rt::test]
async fn a_token_tells_its_kind_of_credential_and_when_to_renew_it() {
    let scene = scene(0).await;
    let spec = scene.simulator.tenants()[0].clone();
    let long = Effect::TokenExpiry { seconds: 86_400 };
    scene.simulator.fault(Fault::on("token", long).first(1));
    let ask = async || -> Value {
        let answer = request_token(&http(), &scene.simulator.url(), &spec).await;
        answer.json().await.unwrap()
    };
    let (long, usual) = (ask().await, ask().await);
    assert_eq!(long["refresh_in"], 43_200);
    assert_eq!(usual.get("refresh_in"), None);
    assert_eq!(claims(&usual)["appidacr"], "1");
}

#[actix_rt::test]
async fn known_tenants_have_a_discovery_document() {
    let scene = scene(0).await;
    let (status, body) = scene
        .get(&format!(
            "/{}/v2.0/.well-known/openid-configuration",
            scene.tenant
        ))
        .await;
    assert_eq!(status, 200);
    assert!(
        body["token_endpoint"]
            .as_str()
            .unwrap()
            .ends_with("/oauth2/v2.0/token")
    );
    let unknown = format!("/{}/v2.0/.well-known/openid-configuration", Uuid::nil());
    assert_eq!(scene.get(&unknown).await.0, 400);
}
