//! `$batch` over the wire.

use serde_json::{Value, json};
use tenantatlas_simulator::{Effect, Fault};

use crate::client::{Scene, scene};

fn requests(urls: &[String]) -> Value {
    let items: Vec<Value> = urls
        .iter()
        .enumerate()
        .map(|(id, url)| json!({ "id": id.to_string(), "method": "GET", "url": url }))
        .collect();
    json!({ "requests": items })
}

fn settings_urls(scene: &Scene, count: usize) -> Vec<String> {
    let policies = scene
        .simulator
        .objects(scene.tenant, "configurationPolicies");
    policies
        .iter()
        .take(count)
        .map(|policy| {
            format!(
                "/deviceManagement/configurationPolicies/{}/settings",
                policy.object["id"].as_str().unwrap()
            )
        })
        .collect()
}

fn response(body: &Value, id: &str) -> Value {
    let responses = body["responses"].as_array().unwrap();
    responses
        .iter()
        .find(|response| response["id"] == id)
        .unwrap()
        .clone()
}

#[actix_rt::test]
async fn items_are_answered_singly_and_in_another_order() {
    let scene = scene(200).await;
    let mut urls = settings_urls(&scene, 3);
    urls.push("deviceManagement/configurationPolicies/gone/settings".to_owned());
    scene
        .simulator
        .fault(Fault::on(urls[1].clone(), Effect::throttle(12)));
    let (status, body) = scene.post("/beta/$batch", &requests(&urls)).await;
    assert_eq!(status, 200);
    let order: Vec<&str> = body["responses"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["id"].as_str().unwrap())
        .collect();
    assert_ne!(order, ["0", "1", "2", "3"]);
    assert!(response(&body, "0")["body"]["value"].is_array());
    let throttled = response(&body, "1");
    assert_eq!(
        (&throttled["status"], &throttled["headers"]["Retry-After"]),
        (&json!(429), &json!("12"))
    );
    assert_eq!(response(&body, "3")["status"], 404);
}

#[actix_rt::test]
async fn links_of_items_are_followed_outside_of_the_batch() {
    let scene = scene(200).await;
    let url = "/deviceManagement/configurationPolicies?$expand=assignments".to_owned();
    let (_, body) = scene.post("/beta/$batch", &requests(&[url])).await;
    let link = response(&body, "0")["body"]["@odata.nextLink"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(link.starts_with(&scene.simulator.url()));
    assert_eq!(scene.get(&link).await.0, 200);
}

#[actix_rt::test]
async fn each_item_has_its_own_entry_in_the_log() {
    let scene = scene(100).await;
    scene.simulator.clear_log();
    let urls = settings_urls(&scene, 2);
    scene.post("/beta/$batch", &requests(&urls)).await;
    let log = scene.simulator.log();
    let paths: Vec<&str> = log.iter().map(|entry| entry.path.as_str()).collect();
    assert_eq!(
        paths,
        [
            "/beta/$batch",
            &format!("/beta{}", urls[0]),
            &format!("/beta{}", urls[1])
        ]
    );
    assert_eq!(log[1].batch, Some(log[0].number));
    assert!(
        log.iter()
            .all(|entry| entry.status == 200 && entry.tenant == Some(scene.tenant))
    );
}

#[actix_rt::test]
async fn an_item_may_have_an_id_of_its_own() {
    let scene = scene(0).await;
    let url = "/deviceManagement/intents";
    let batch = json!({ "requests": [
        { "id": "1", "method": "GET", "url": url, "headers": { "Client-Request-Id": "own" } },
        { "id": "2", "method": "GET", "url": url },
    ]});
    scene.simulator.clear_log();
    scene.post("/beta/$batch", &batch).await;
    let log = scene.simulator.log();
    let ids: Vec<Option<&str>> = log
        .iter()
        .map(|entry| entry.client_request_id.as_deref())
        .collect();
    assert_eq!(ids, [None, Some("own"), None]);
}

#[actix_rt::test]
async fn too_large_or_ambiguous_batches_are_refused_whole() {
    let scene = scene(0).await;
    let many = vec!["/deviceManagement/intents".to_owned(); 21];
    let (status, body) = scene.post("/beta/$batch", &requests(&many)).await;
    assert_eq!(status, 400);
    assert_eq!(
        body["error"]["message"],
        "Number of requests inside batch exceed the limit."
    );
    let item = |id: &str| json!({ "id": id, "method": "GET", "url": "/deviceManagement/intents" });
    let twins = json!({ "requests": [item("a"), item("A")] });
    assert_eq!(scene.post("/beta/$batch", &twins).await.0, 400);
}

#[actix_rt::test]
async fn foreign_markup_breaks_the_envelope() {
    let scene = scene(0).await;
    scene
        .simulator
        .fault(Fault::on("$batch", Effect::ForeignMarkup));
    let body = requests(&["/deviceManagement/intents".to_owned()]);
    let answer = scene.post_raw("/beta/$batch", &body).await;
    assert_eq!(answer.status(), 200);
    let text = answer.text().await.unwrap();
    assert!(text.contains("<!DOCTYPE html>") && text.ends_with("}]}"));
    assert!(serde_json::from_str::<Value>(&text).is_err());
}
