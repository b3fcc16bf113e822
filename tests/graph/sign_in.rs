//! Tokens, and what happens without a good one.

use futures_util::future::join_all;
use tenantatlas::{
    domain::{failure::FailureCode, kind::PolicyKind},
    graph::{ClientSecret, Granted, GraphError, Proof},
};
use tenantatlas_simulator::{Effect, ErrorForm, Fault};

use crate::support::{World, access, readable};

/// B01
#[tokio::test]
async fn many_requests_share_one_sign_in() {
    let world = World::start();
    let door = world.door();
    let lists = readable().map(|kind| door.list(kind));
    for list in join_all(lists).await {
        list.unwrap();
    }
    assert_eq!(world.sign_ins(), 1);
}

/// B01
#[tokio::test]
async fn the_next_run_uses_the_token_of_the_last() {
    let world = World::start();
    world.door().list(PolicyKind::ScopeTag).await.unwrap();
    world.door().list(PolicyKind::ScopeTag).await.unwrap();
    assert_eq!(world.sign_ins(), 1);
}

#[tokio::test]
async fn connecting_signs_in_anew_and_names_what_is_granted() {
    let world = World::start();
    let door = world.door();
    let granted = door.connect().await.unwrap();
    assert!(matches!(&granted, Granted::Known(names) if names.contains("Policy.Read.All")));
    door.connect().await.unwrap();
    assert_eq!(world.sign_ins(), 2);
    assert_eq!(door.calls().requests, 0);
}

/// B03
#[tokio::test]
async fn a_wrong_secret_is_not_tried_twice_and_not_told() {
    let world = World::start();
    let mut access = access(&world.simulator.tenants()[0]);
    access.proof = Proof::ClientSecret(ClientSecret::new("not-the-secret".to_owned()));
    assert!(!format!("{access:?}").contains("not-the-secret"));
    let failure = world
        .graph
        .tenant(access)
        .connect()
        .await
        .unwrap_err()
        .failure();
    assert_eq!(failure.code, FailureCode::TokenExpired);
    assert!(
        failure.message.contains("AADSTS7000215"),
        "{}",
        failure.message
    );
    assert!(!failure.message.contains("not-the-secret"));
    assert_eq!(world.sign_ins(), 1);
}

/// B04
#[tokio::test]
async fn unknown_directories_and_apps_are_told_apart() {
    let world = World::start();
    for (change, code) in [(true, "AADSTS90002"), (false, "AADSTS700016")] {
        let mut access = access(&world.simulator.tenants()[0]);
        let id = if change {
            &mut access.entra_tenant_id
        } else {
            &mut access.client_id
        };
        *id = uuid::Uuid::new_v4();
        let failure = world
            .graph
            .tenant(access)
            .connect()
            .await
            .unwrap_err()
            .failure();
        assert!(failure.message.contains(code), "{}", failure.message);
    }
}

/// B03, B04
#[tokio::test]
async fn each_refusal_of_the_sign_in_host_has_its_sentence() {
    let world = World::start();
    for (number, code, words) in [
        (7_000_222, FailureCode::TokenExpired, "has expired"),
        (53_003, FailureCode::TokenExpired, "Conditional Access"),
        (7_000_112, FailureCode::TokenExpired, "disabled"),
        (90_033, FailureCode::GraphUnavailable, "next attempt"),
    ] {
        // Each refusal is a story of its own, and not one asked for again.
        world.simulator.clear_log();
        world.simulator.refuse_credential(world.tenant_id(), number);
        let failure = world.door().check().await.unwrap_err().failure();
        assert_eq!(failure.code, code, "{number}");
        assert!(failure.message.contains(words), "{}", failure.message);
    }
}

/// B05
#[tokio::test]
async fn an_overloaded_sign_in_host_is_asked_again_after_its_wait() {
    let world = World::start();
    let mut overloaded = Effect::wrapped(503, ErrorForm::Html);
    if let Effect::Status { retry_after, .. } = &mut overloaded {
        *retry_after = Some(7.into());
    }
    world
        .simulator
        .fault(Fault::on("/oauth2/v2.0/token", overloaded).first(2));
    world.door().connect().await.unwrap();
    assert_eq!(world.sign_ins(), 3);
    assert_eq!(world.waits().len(), 2);
    assert!(world.waits().iter().all(|wait| (7.0..8.6).contains(wait)));
}

/// B02
#[tokio::test]
async fn without_consent_no_kind_is_asked_for() {
    let world = World::with_options(|options| options.tenants[0].permissions = Some(Vec::new()));
    let door = world.door();
    assert_eq!(
        door.connect().await.unwrap(),
        Granted::Known(Default::default())
    );
    for kind in readable() {
        let error = door.list(kind).await.unwrap_err();
        assert_eq!(error.failure().code, FailureCode::PermissionMissing);
        assert!(error.failure().message.contains(".Read."), "{error}");
    }
    assert!(world.requests().is_empty());
}

/// B30
#[tokio::test]
async fn a_token_that_expires_midway_is_replaced_once_for_all() {
    let world = World::start();
    let door = world.door();
    door.list(PolicyKind::ScopeTag).await.unwrap();
    world.simulator.expire_tokens();
    let kinds = [
        PolicyKind::ScopeTag,
        PolicyKind::DeviceCategory,
        PolicyKind::MobileApp,
    ];
    for list in join_all(kinds.map(|kind| door.list(kind))).await {
        list.unwrap();
    }
    assert_eq!(world.sign_ins(), 2);
}

/// B32
#[tokio::test]
async fn a_token_refused_for_ever_ends_after_one_repeat() {
    let world = World::start();
    world
        .simulator
        .fault(Fault::on("/beta/", Effect::ExpiredToken));
    let error = world.door().list(PolicyKind::ScopeTag).await.unwrap_err();
    assert!(matches!(error, GraphError::TokenRefused { .. }), "{error}");
    assert_eq!(error.failure().code, FailureCode::TokenExpired);
    assert_eq!((world.requests().len(), world.sign_ins()), (2, 2));
}

/// B06
#[tokio::test]
async fn a_short_token_is_renewed_early_and_quietly() {
    let world = World::start();
    let door = world.door();
    world
        .simulator
        .fault(Fault::on("/token", Effect::TokenExpiry { seconds: 60 }).first(1));
    door.list(PolicyKind::ScopeTag).await.unwrap();
    world.clock.advance(chrono::TimeDelta::seconds(40));
    let lists = [PolicyKind::ScopeTag; 8].map(|kind| door.list(kind));
    for list in join_all(lists).await {
        list.unwrap();
    }
    assert_eq!(world.sign_ins(), 2);
    assert!(world.requests().iter().all(|request| request.status == 200));
}
