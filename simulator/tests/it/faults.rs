//! Failures on demand.

use serde_json::Value;
use tenantatlas_simulator::{Effect, ErrorForm, ErrorInBody, Fault, Hits, RetryAfter, Truncation};

use crate::client::{Scene, scene};

const LIST: &str = "/beta/deviceManagement/deviceConfigurations";

fn strike(scene: &Scene, effect: Effect) {
    scene.simulator.clear_faults();
    scene
        .simulator
        .fault(Fault::on("deviceConfigurations", effect));
}

#[actix_rt::test]
async fn retry_after_comes_in_every_shape() {
    let scene = scene(38).await;
    for (value, expected) in [
        (RetryAfter::from(12), "12"),
        (RetryAfter::from("2.128"), "2.128"),
        (RetryAfter::from("soon"), "soon"),
    ] {
        strike(&scene, Effect::throttle(value));
        let answer = scene.send(LIST).await.unwrap();
        assert_eq!(answer.status(), 429);
        assert_eq!(answer.headers()["retry-after"], expected);
    }
    strike(
        &scene,
        Effect::throttle(RetryAfter::Date { date_in_seconds: 5 }),
    );
    let answer = scene.send(LIST).await.unwrap();
    assert!(
        answer.headers()["retry-after"]
            .to_str()
            .unwrap()
            .ends_with(" GMT")
    );
    strike(&scene, Effect::Throttle { retry_after: None });
    assert!(
        !scene
            .send(LIST)
            .await
            .unwrap()
            .headers()
            .contains_key("retry-after")
    );
}

#[actix_rt::test]
async fn errors_come_in_every_form() {
    let scene = scene(38).await;
    let error = async |form| {
        strike(&scene, Effect::wrapped(504, form));
        let answer = scene.send(LIST).await.unwrap();
        assert_eq!(answer.status(), 504);
        answer.text().await.unwrap()
    };
    let message = |text: &str| -> String {
        let body: Value = serde_json::from_str(text).unwrap();
        body["error"]["message"].as_str().unwrap().to_owned()
    };
    let inner = |text: &str| -> String {
        let body: Value = serde_json::from_str(text).unwrap();
        body["Message"].as_str().unwrap().to_owned()
    };
    assert_eq!(
        message(&error(ErrorForm::Plain).await),
        "An error has occurred."
    );
    assert!(
        inner(&message(&error(ErrorForm::A).await))
            .contains(" - Operation ID (for customer support): ")
    );
    for form in [ErrorForm::B, ErrorForm::C] {
        let outer = inner(&message(&error(form).await));
        assert!(inner(&outer).starts_with("An error has occurred. - Operation ID"));
    }
    assert_eq!(message(&error(ErrorForm::D).await), "");
    assert!(error(ErrorForm::Html).await.starts_with("<!DOCTYPE html>"));
}

#[actix_rt::test]
async fn cut_bodies_do_not_arrive_or_do_not_parse() {
    let scene = scene(100).await;
    for truncation in [Truncation::WithoutLastChunk, Truncation::LongContentLength] {
        strike(&scene, Effect::Truncated(truncation));
        let answer = scene.send(LIST).await.unwrap();
        assert_eq!(answer.status(), 200);
        assert!(answer.bytes().await.is_err(), "{truncation:?}");
    }
    for effect in [
        Effect::Truncated(Truncation::CutJson),
        Effect::ErrorInBody(ErrorInBody::MidStream),
    ] {
        strike(&scene, effect.clone());
        let text = scene.send(LIST).await.unwrap().text().await.unwrap();
        assert!(serde_json::from_str::<Value>(&text).is_err(), "{effect:?}");
    }
    strike(&scene, Effect::ErrorInBody(ErrorInBody::Member));
    let (status, body) = scene.get(LIST).await;
    assert_eq!(status, 200);
    assert!(body["value"].is_array() && body["error"]["code"].is_string());
}

#[actix_rt::test]
async fn a_text_in_a_body_is_replaced() {
    let scene = scene(38).await;
    let long = "123456789012345678901234567890";
    let effect = Effect::Rewritten {
        find: "\"supportsScopeTags\":true".to_owned(),
        put: format!("\"supportsScopeTags\":{long}"),
    };
    strike(&scene, effect);
    let text = scene.send(LIST).await.unwrap().text().await.unwrap();
    assert!(text.contains(long));
}

#[actix_rt::test]
async fn a_reset_connection_gives_no_answer_and_the_next_one_does() {
    let scene = scene(38).await;
    scene
        .simulator
        .fault(Fault::on("deviceConfigurations", Effect::Reset).first(1));
    assert!(scene.send(LIST).await.is_err());
    assert_eq!(scene.get(LIST).await.0, 200);
}

#[actix_rt::test]
async fn a_slow_body_arrives_whole_and_a_stalled_one_in_part() {
    let scene = scene(38).await;
    let whole = scene.send(LIST).await.unwrap().bytes().await.unwrap();
    strike(
        &scene,
        Effect::Slow {
            bytes_per_second: 1_000_000,
        },
    );
    let slow = scene.send(LIST).await.unwrap().bytes().await.unwrap();
    assert_eq!(slow, whole);

    strike(&scene, Effect::Stall { after_bytes: 64 });
    let mut answer = scene.send(LIST).await.unwrap();
    let first = answer.chunk().await.unwrap().unwrap();
    assert_eq!(first, whole[..64]);
}

#[actix_rt::test]
async fn faults_strike_the_hits_and_tenants_they_are_for() {
    let scene = scene(38).await;
    let other = uuid::Uuid::nil();
    scene
        .simulator
        .fault(Fault::on("deviceConfigurations", Effect::NotFound).tenant(other));
    scene
        .simulator
        .fault(Fault::on("deviceConfigurations", Effect::Denied).method("POST"));
    scene
        .simulator
        .fault(Fault::on("deviceConfigurations", Effect::Denied).query("skiptoken"));
    scene
        .simulator
        .fault(Fault::on("deviceConfigurations", Effect::status(500)).hits(Hits::Nth(2)));
    let mut statuses = Vec::new();
    for _ in 0..3 {
        statuses.push(scene.get(LIST).await.0);
    }
    assert_eq!(statuses, [200, 500, 200]);
    let struck: Vec<Option<String>> = scene
        .simulator
        .log()
        .iter()
        .map(|entry| entry.fault.clone())
        .collect();
    assert_eq!(struck, [None, None, Some("status".to_owned()), None]);
}

#[actix_rt::test]
async fn tokens_and_scopes_are_refused_on_demand() {
    let scene = scene(38).await;
    strike(&scene, Effect::ExpiredToken);
    assert_eq!(scene.get(LIST).await.0, 401);
    strike(&scene, Effect::ClaimsChallenge);
    let challenge = scene.send(LIST).await.unwrap();
    assert!(
        challenge.headers()["www-authenticate"]
            .to_str()
            .unwrap()
            .contains("insufficient_claims")
    );
    let scopes = vec!["DeviceManagementScripts.Read.All".to_owned()];
    strike(
        &scene,
        Effect::Forbidden {
            scopes,
            form: ErrorForm::B,
        },
    );
    let (status, body) = scene.get(LIST).await;
    assert_eq!(status, 403);
    assert!(
        body["error"]["message"]
            .as_str()
            .unwrap()
            .contains("scopes: DeviceManagementScripts.Read.All")
    );
}
