//! What a user without code may do to a running simulation, and what he is told.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use reqwest::{Method, Response};
use serde_json::{Value, json};
use tenantatlas_simulator::{
    Effect, Fault, Hits, Limits, PagingLoop, Rule, Simulator, SimulatorOptions, TenantSpec,
    TimeSource,
};

use crate::client::{Scene, http, scene, scene_with};

const LIST: &str = "/beta/deviceManagement/deviceConfigurations";

async fn send(simulator: &Simulator, method: Method, path: &str, body: &Value) -> Response {
    let url = format!("{}/__sim/{path}", simulator.url());
    let request = http().request(method, url).json(body);
    request.send().await.unwrap()
}

async fn get(simulator: &Simulator, path: &str) -> Value {
    let answer = send(simulator, Method::GET, path, &json!({})).await;
    assert_eq!(answer.status(), 200);
    answer.json().await.unwrap()
}

/// The rules that were broken.
fn broken(scene: &Scene) -> Vec<Rule> {
    let found = scene.simulator.violations();
    let mut rules: Vec<Rule> = found.iter().map(|violation| violation.rule).collect();
    // The plain client of these tests sends no ids.
    rules.retain(|rule| *rule != Rule::RequestId);
    rules
}

#[actix_rt::test]
async fn a_plan_is_put_and_replaced() {
    let scene = scene(38).await;
    let plan = json!([{ "path": "*/deviceConfigurations", "effect": "notFound" }]);
    let answer = send(&scene.simulator, Method::PUT, "faults", &plan).await;
    assert_eq!(answer.json::<Value>().await.unwrap(), json!({"faults": 1}));
    assert_eq!(scene.get(LIST).await.0, 404);
    send(&scene.simulator, Method::PUT, "faults", &json!([])).await;
    assert_eq!(scene.get(LIST).await.0, 200);

    let wrong = json!([{ "effect": "nothingKnown" }]);
    let answer = send(&scene.simulator, Method::PUT, "faults", &wrong).await;
    assert_eq!(answer.status(), 400);
    let body: Value = answer.json().await.unwrap();
    assert!(
        body["error"]["message"]
            .as_str()
            .unwrap()
            .contains("nothingKnown")
    );
}

#[actix_rt::test]
async fn the_log_tells_everything_but_the_token() {
    let scene = scene(38).await;
    scene
        .simulator
        .fault(Fault::on("deviceConfigurations", Effect::throttle("2.5")));
    scene.get(LIST).await;
    let log = get(&scene.simulator, "log").await;
    let requests = log["requests"].as_array().unwrap();
    assert_eq!(requests.len(), 2);
    let listed = &requests[1];
    assert_eq!(listed["path"], LIST);
    assert_eq!(listed["status"], 429);
    assert_eq!(listed["retryAfter"], "2.5");
    assert_eq!(listed["fault"], "throttle");
    assert_eq!(listed["tenant"], scene.tenant.to_string());
    assert!(listed["connection"].is_u64() && listed["at"].is_f64());
    assert_eq!(listed["authorization"].as_str().unwrap().len(), 64);
    assert!(!log.to_string().contains("Bearer"));
    let later = get(&scene.simulator, "log?after=1").await;
    assert_eq!(later["requests"].as_array().unwrap().len(), 1);
    send(&scene.simulator, Method::DELETE, "log", &json!({})).await;
    assert_eq!(get(&scene.simulator, "log").await["requests"], json!([]));
}

#[actix_rt::test]
async fn the_clock_ends_tokens_and_windows() {
    let scene = scene_with(SimulatorOptions {
        tenants: vec![TenantSpec::numbered(7, 0, 38)],
        limits: Limits::Published,
        time: TimeSource::new(|| chrono::DateTime::UNIX_EPOCH),
        ..SimulatorOptions::default()
    })
    .await;
    let locations = "/beta/identity/conditionalAccess/namedLocations";
    assert_eq!(scene.get(locations).await.0, 200);
    assert_eq!(scene.get(locations).await.0, 429);
    let second = json!({"advanceSeconds": 1.5});
    let answer = send(&scene.simulator, Method::POST, "clock", &second).await;
    let body: Value = answer.json().await.unwrap();
    assert_eq!(body, json!({"elapsedSeconds": 1.5}));
    assert_eq!(scene.get(locations).await.0, 200);
    scene.simulator.pass(Duration::from_secs(3600));
    let (status, body) = scene.get(locations).await;
    assert_eq!(
        (status, &body["error"]["code"]),
        (401, &json!("InvalidAuthenticationToken"))
    );
    for wrong in [json!({"advanceSeconds": -1}), json!({})] {
        let answer = send(&scene.simulator, Method::POST, "clock", &wrong).await;
        assert_eq!(answer.status(), 400);
    }
}

#[actix_rt::test]
async fn what_is_not_there_is_said_and_not_logged() {
    let scene = scene(0).await;
    let answer = send(&scene.simulator, Method::GET, "nothing", &json!({})).await;
    assert_eq!(answer.status(), 404);
    assert_eq!(scene.simulator.log().len(), 1);
}

#[actix_rt::test]
async fn the_judge_sees_a_wait_cut_short_and_a_refusal_asked_again() {
    let clock = Arc::new(Mutex::new(chrono::DateTime::UNIX_EPOCH));
    let hand = Arc::clone(&clock);
    let scene = scene_with(SimulatorOptions {
        tenants: vec![TenantSpec::numbered(7, 0, 38)],
        time: TimeSource::new(move || *hand.lock().unwrap()),
        ..SimulatorOptions::default()
    })
    .await;
    let throttled = Fault::on("deviceConfigurations", Effect::throttle(12));
    scene.simulator.fault(throttled.hits(Hits::First(1)));
    scene.get(LIST).await;
    *clock.lock().unwrap() += Duration::from_secs(12);
    scene.get(LIST).await;
    assert_eq!(broken(&scene), []);

    scene.simulator.clear_faults();
    scene
        .simulator
        .fault(Fault::on("deviceConfigurations", Effect::throttle(12)));
    scene.get(LIST).await;
    *clock.lock().unwrap() += Duration::from_secs(11);
    scene.get(LIST).await;
    assert_eq!(broken(&scene), [Rule::AnnouncedWait]);

    scene.simulator.clear_log();
    for _ in 0..3 {
        scene.get("/beta/deviceManagement/intents/none").await;
    }
    assert_eq!(broken(&scene), [Rule::FinalRefusal]);
}

#[actix_rt::test]
async fn the_judge_sees_changed_and_foreign_links_and_missing_ids() {
    let scene = scene(400).await;
    let (_, page) = scene.get(&format!("{LIST}?$top=3")).await;
    let link = page["@odata.nextLink"].as_str().unwrap();
    scene.get(&link.replace("$top", "%24top")).await;
    scene.simulator.fault(Fault::on(
        "deviceConfigurations",
        Effect::NextLink(PagingLoop::ForeignHost),
    ));
    let (_, page) = scene.get(LIST).await;
    let link = page["@odata.nextLink"].as_str().unwrap();
    assert!(link.starts_with("http://localhost:"), "{link}");
    scene.get(link).await;
    assert_eq!(broken(&scene), [Rule::UnchangedLink, Rule::OwnHost]);

    let told = get(&scene.simulator, "violations").await;
    let rules = told["violations"].as_array().unwrap();
    assert!(rules.iter().any(|it| it["rule"] == "requestId"));
    assert!(
        rules
            .iter()
            .all(|it| it["told"].as_str().unwrap().contains("request "))
    );
}

#[actix_rt::test]
async fn the_judge_sees_a_batch_that_is_too_large() {
    let scene = scene(0).await;
    let item = |id| json!({"id": format!("{id}"), "method": "GET", "url": "/groups"});
    let batch = |count| json!({ "requests": (0..count).map(item).collect::<Value>() });
    assert_eq!(scene.post("/beta/$batch", &batch(20)).await.0, 200);
    assert_eq!(broken(&scene), []);
    assert_eq!(scene.post("/beta/$batch", &batch(21)).await.0, 400);
    assert_eq!(broken(&scene), [Rule::BatchSize]);
}
