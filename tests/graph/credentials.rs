//! Signing in without a secret, and what is remembered of refusals.

use std::{fs, path::Path, sync::Arc};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use tenantatlas::{
    clock::{Clock, SystemClock},
    domain::{failure::FailureCode, kind::PolicyKind},
    graph::{Certificate, ClientSecret, Federation, GraphError, Proof, TenantAccess},
};
use tenantatlas_simulator::{Effect, Fault, FederatedCredential};

use crate::{
    keys::identity,
    support::{World, access},
};

const TOKEN: &str = "/oauth2/v2.0/token";
const SUBJECT: &str = "system:serviceaccount:backup:tenantatlas";

/// A world whose app has registered the first test key and an issuer, at the simulator's time.
fn world() -> World {
    let world = World::with_options(|options| {
        options.tenants[0].certificates = vec![identity(0, 2099).der];
        options.tenants[0].federated = vec![FederatedCredential {
            issuer: "https://issuer.example".to_owned(),
            subject: SUBJECT.to_owned(),
            audience: "api://AzureADTokenExchange".to_owned(),
        }];
    });
    world.clock.set(SystemClock.now());
    world
}

fn with(world: &World, proof: Proof) -> TenantAccess {
    TenantAccess {
        proof,
        ..access(&world.simulator.tenants()[0])
    }
}

fn certificate(number: usize, year: i32) -> Proof {
    let pem = identity(number, year).pem.into();
    Proof::Certificate(Arc::new(Certificate::from_pem(&pem).unwrap()))
}

async fn refusal(world: &World, access: &TenantAccess) -> (FailureCode, String) {
    let error = world.graph.tenant(access.clone()).connect().await;
    let failure = error.unwrap_err().failure();
    (failure.code, failure.message)
}

#[tokio::test]
async fn a_certificate_signs_a_new_assertion_for_each_request() {
    let world = world();
    let door = world.graph.tenant(with(&world, certificate(0, 2099)));
    let overloaded = Fault::on(TOKEN, Effect::status(503)).first(1);
    world.simulator.fault(overloaded);
    door.connect().await.unwrap();
    door.connect().await.unwrap();
    door.list(PolicyKind::ScopeTag).await.unwrap();
    assert_eq!(world.sign_ins(), 3);
}

#[tokio::test]
async fn an_expired_certificate_costs_no_request() {
    let world = world();
    let access = with(&world, certificate(0, 2020));
    let (code, message) = refusal(&world, &access).await;
    assert_eq!(code, FailureCode::TokenExpired);
    assert!(message.contains("expired on 2020-12-31"), "{message}");
    assert_eq!(world.sign_ins(), 0);
}

#[tokio::test]
async fn a_new_key_is_given_half_a_minute_to_be_known() {
    let world = world();
    let unknown = Effect::TokenRefused { code: 700_027 };
    world.simulator.fault(Fault::on(TOKEN, unknown).first(3));
    let door = world.graph.tenant(with(&world, certificate(0, 2099)));
    door.connect().await.unwrap();
    assert_eq!(world.waits(), [10.0, 10.0, 10.0]);
    assert_eq!(world.sign_ins(), 4);
}

#[tokio::test]
async fn a_key_that_stays_unknown_is_told_of() {
    let world = world();
    let access = with(&world, certificate(1, 2099));
    let (code, message) = refusal(&world, &access).await;
    assert_eq!(code, FailureCode::TokenExpired);
    assert!(
        message.contains("does not know the certificate"),
        "{message}"
    );
    assert_eq!(world.sign_ins(), 4);
}

fn write_token(path: &Path, subject: &str, ends: DateTime<Utc>) {
    let part = |value: serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let header = part(json!({ "alg": "RS256", "kid": "cluster" }));
    let claims = part(json!({
        "iss": "https://issuer.example", "sub": subject,
        "aud": ["api://AzureADTokenExchange"], "exp": ends.timestamp(),
    }));
    fs::write(path, format!("{header}.{claims}.c2lnbmF0dXJl\n")).unwrap();
}

#[tokio::test]
async fn the_file_of_a_workload_identity_is_read_for_every_exchange() {
    let world = world();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token");
    let soon = world.clock.now() + TimeDelta::hours(1);
    write_token(&path, "somebody else", soon);
    let door = world
        .graph
        .tenant(with(&world, Proof::TokenFile(path.clone())));
    let error = door.connect().await.unwrap_err();
    let message = error.failure().message;
    assert!(message.contains("AADSTS700213"), "{message}");
    write_token(&path, SUBJECT, soon);
    assert_eq!(Federation::of_file(&path).unwrap().subject, SUBJECT);
    door.check().await.unwrap();
    door.list(PolicyKind::ScopeTag).await.unwrap();
    write_token(&path, SUBJECT, world.clock.now() - TimeDelta::hours(1));
    let message = door.check().await.unwrap_err().failure().message;
    assert!(message.contains("clock"), "{message}");
    assert_eq!(world.sign_ins(), 3);
}

#[tokio::test]
async fn a_token_file_that_is_none_costs_no_request_and_is_not_named() {
    let world = world();
    let folder = tempfile::tempdir().unwrap();
    for (name, content, told) in [
        ("absent", None, "cannot be read"),
        (".", None, "cannot be read"),
        ("empty", Some(""), "holds no token"),
        ("key", Some("MDEyMzQ1Njc4OWFi"), "holds no token"),
        ("passwd", Some("root:x:0.0.0:/root"), "holds no token"),
    ] {
        let path = folder.path().join(name);
        if let Some(content) = content {
            fs::write(&path, content).unwrap();
        }
        let access = with(&world, Proof::TokenFile(path));
        let (code, message) = refusal(&world, &access).await;
        assert_eq!(code, FailureCode::TokenExpired);
        assert!(message.contains(told), "{name}: {message}");
        let place = folder.path().display().to_string();
        assert!(!message.contains(&place), "{message}");
    }
    assert_eq!(world.sign_ins(), 0);
}

#[tokio::test]
async fn a_broken_tenant_does_not_hammer_the_sign_in_host() {
    let world = world();
    let right = access(&world.simulator.tenants()[0]);
    let wrong = with(
        &world,
        Proof::ClientSecret(ClientSecret::new("old".to_owned())),
    );
    let (code, first) = refusal(&world, &wrong).await;
    for _ in 0..3 {
        let (again, message) = refusal(&world, &wrong).await;
        assert_eq!(again, code);
        assert!(message.starts_with(&first), "{message}");
        world.clock.advance(TimeDelta::minutes(19));
    }
    assert_eq!(world.sign_ins(), 1);

    // Another credential is another matter.
    world.graph.tenant(right).connect().await.unwrap();
    assert_eq!(world.sign_ins(), 2);
    // So is one that somebody has seen accepted.
    let accepted = TenantAccess {
        accepted_at: Some(world.clock.now()),
        ..wrong.clone()
    };
    refusal(&world, &accepted).await;
    refusal(&world, &accepted).await;
    assert_eq!(world.sign_ins(), 3);
    // And whoever asks for it is served.
    world.simulator.forgive_refusals();
    let checked = world.graph.tenant(accepted.clone()).check().await;
    assert!(matches!(checked, Err(GraphError::SignIn(_))));
    assert_eq!(world.sign_ins(), 4);
    // After an hour it may have changed.
    world.clock.advance(TimeDelta::minutes(61));
    world.graph.shrink();
    refusal(&world, &accepted).await;
    assert_eq!(world.sign_ins(), 5);
}

#[tokio::test]
async fn a_credential_that_is_accepted_again_is_used_again() {
    let world = world();
    world.simulator.refuse_credential(world.tenant_id(), 53_003);
    let door = world.door();
    door.connect().await.unwrap_err();
    world.simulator.accept_credential(world.tenant_id());
    door.connect().await.unwrap_err();
    world.simulator.forgive_refusals();
    door.check().await.unwrap();
    door.connect().await.unwrap();
    assert_eq!(world.sign_ins(), 3);
}

#[tokio::test]
async fn a_loop_that_entra_has_noticed_cools_down() {
    let world = world();
    let noticed = Effect::TokenRefused { code: 50_196 };
    world.simulator.fault(Fault::on(TOKEN, noticed).first(1));
    let access = access(&world.simulator.tenants()[0]);
    for _ in 0..2 {
        let (code, _) = refusal(&world, &access).await;
        assert_eq!(code, FailureCode::GraphThrottle);
        world.clock.advance(TimeDelta::seconds(150));
    }
    assert_eq!(world.sign_ins(), 1);
    world.door().connect().await.unwrap();
}

/// B31
#[tokio::test]
async fn a_claims_challenge_is_answered_once() {
    let world = world();
    let door = world.door();
    door.list(PolicyKind::ScopeTag).await.unwrap();
    let challenge = Fault::on("/deviceCategories", Effect::ClaimsChallenge).first(1);
    world.simulator.fault(challenge);
    door.list(PolicyKind::DeviceCategory).await.unwrap();
    let claims = world.simulator.claims_asked();
    let [claims] = claims.as_slice() else {
        panic!("one challenge: {claims:?}")
    };
    let claims: serde_json::Value = serde_json::from_str(claims).unwrap();
    assert_eq!(claims["access_token"]["nbf"]["essential"], true);
    assert_eq!((world.requests().len(), world.sign_ins()), (3, 2));

    let for_ever = Fault::on("/mobileApps", Effect::ClaimsChallenge);
    world.simulator.fault(for_ever);
    let error = door.list(PolicyKind::MobileApp).await.unwrap_err();
    assert!(matches!(error, GraphError::TokenRefused { .. }), "{error}");
    assert_eq!((world.requests().len(), world.sign_ins()), (5, 3));
}

#[tokio::test]
async fn a_long_token_is_renewed_when_the_host_asks_for_it() {
    let world = world();
    let long = Effect::TokenExpiry { seconds: 86_400 };
    world.simulator.fault(Fault::on(TOKEN, long));
    let door = world.door();
    for (minutes, sign_ins) in [(0, 1), (719, 1), (2, 2)] {
        world.clock.advance(TimeDelta::minutes(minutes));
        door.list(PolicyKind::ScopeTag).await.unwrap();
        assert_eq!(world.sign_ins(), sign_ins, "after {minutes} min");
    }
}
