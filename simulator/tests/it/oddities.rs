//! Answers that are odd and yet, mostly, right; and tenants that change while they are read.

use serde_json::{Value, json};
use tenantatlas_simulator::{
    Effect, Encoding, ErrorForm, Fault, Hits, SimulatorOptions, TenantSpec,
};

use crate::client::{Scene, http, request_token, scene, scene_with};

const LIST: &str = "/beta/deviceManagement/deviceConfigurations";

fn strike(scene: &Scene, effect: Effect) {
    scene.simulator.clear_faults();
    scene
        .simulator
        .fault(Fault::on("deviceConfigurations", effect));
}

#[actix_rt::test]
async fn gateways_speak_html_even_where_they_say_json() {
    let scene = scene(38).await;
    for (form, start) in [
        (ErrorForm::HtmlAsJson, "<!DOCTYPE"),
        (ErrorForm::Glued, "{"),
    ] {
        strike(&scene, Effect::wrapped(504, form));
        let answer = scene.send(LIST).await.unwrap();
        assert_eq!(answer.headers()["content-type"], "application/json");
        let text = answer.text().await.unwrap();
        assert!(
            text.starts_with(start) && text.ends_with("</html>"),
            "{text}"
        );
    }
}

#[actix_rt::test]
async fn bodies_are_not_encoded_as_they_say() {
    let scene = scene(38).await;
    let whole = scene.send(LIST).await.unwrap().bytes().await.unwrap();
    strike(&scene, Effect::Encoded(Encoding::ByteOrderMark));
    let marked = scene.send(LIST).await.unwrap().bytes().await.unwrap();
    assert_eq!(marked[..3], [0xef, 0xbb, 0xbf]);
    assert_eq!(marked[3..], whole);
    for encoding in [Encoding::WrongChecksum, Encoding::PlainAsGzip] {
        strike(&scene, Effect::Encoded(encoding));
        let answer = scene.send(LIST).await.unwrap();
        assert_eq!(answer.status(), 200);
        assert!(answer.bytes().await.is_err(), "{encoding:?}");
    }
}

#[actix_rt::test]
async fn a_half_escaped_list_is_the_same_list() {
    let scene = scene(38).await;
    for name in ["\u{1f469}\u{200d}\u{1f4bb}", "Café \"quoted\""] {
        let object = json!({"id": name, "displayName": name});
        scene
            .simulator
            .insert(scene.tenant, "deviceConfigurations", object, json!({}));
    }
    let (_, whole) = scene.get(LIST).await;
    strike(&scene, Effect::HalfEscaped);
    let text = scene.send(LIST).await.unwrap().text().await.unwrap();
    assert!(
        text.contains("\\ud83d\\udc69") != text.contains("Caf\\u00e9"),
        "{text}"
    );
    assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), whole);
}

#[actix_rt::test]
async fn a_success_may_be_empty_or_far_too_long() {
    let scene = scene(38).await;
    strike(&scene, Effect::NoBody);
    let answer = scene.send(LIST).await.unwrap();
    assert_eq!(answer.status(), 200);
    assert!(answer.bytes().await.unwrap().is_empty());
    strike(&scene, Effect::Oversized { bytes: 1_000_000 });
    let (_, body) = scene.get(LIST).await;
    assert_eq!(body["filler"].as_str().unwrap().len(), 1_000_000);
}

#[actix_rt::test]
async fn pages_are_empty_in_between_or_repeat_what_has_moved_on() {
    let scene = scene(400).await;
    let list = format!("{LIST}?$top=20");
    let (whole, pages) = scene.list(&list).await;
    strike(&scene, Effect::EmptyPageBetween);
    let (found, with_gaps) = scene.list(&list).await;
    assert_eq!(found, whole);
    assert_eq!(with_gaps, 2 * pages - 1);

    strike(&scene, Effect::NewerDuplicateAcrossPages);
    let (found, _) = scene.list(&list).await;
    assert_eq!(found.len(), whole.len() + pages - 1);
    assert_eq!(found[19]["id"], found[20]["id"]);
    let version = |index: usize| found[index]["version"].as_u64().unwrap();
    assert!(version(20) > version(19));
}

#[actix_rt::test]
async fn a_tenant_changes_while_it_is_read() {
    let scene = scene(38).await;
    let (_, before) = scene.get(LIST).await;
    let first = &before["value"][0];
    let item = format!("{LIST}/{}", first["id"].as_str().unwrap());
    scene
        .simulator
        .fault(Fault::on("*/deviceConfigurations/*", Effect::ItemEdited).first(1));
    let (_, edited) = scene.get(&item).await;
    assert!(
        edited["displayName"]
            .as_str()
            .unwrap()
            .ends_with(" (edited)")
    );
    assert_ne!(
        edited["lastModifiedDateTime"],
        first["lastModifiedDateTime"]
    );
    assert_eq!(scene.get(&item).await.1, edited);

    scene
        .simulator
        .fault(Fault::on("*/deviceConfigurations", Effect::ItemAdded).first(1));
    let count = |page: &Value| page["value"].as_array().unwrap().len();
    assert_eq!(count(&scene.get(LIST).await.1), count(&before) + 1);
    assert_eq!(count(&scene.get(LIST).await.1), count(&before) + 1);
}

#[actix_rt::test]
async fn a_permission_is_taken_away_at_the_hit_and_stays_away() {
    let scene = scene(38).await;
    let permissions = vec![
        "DeviceManagementConfiguration.Read.All".to_owned(),
        "DeviceManagementConfiguration.ReadWrite.All".to_owned(),
    ];
    let removed = Effect::PermissionRemoved { permissions };
    scene
        .simulator
        .fault(Fault::on("deviceConfigurations", removed).hits(Hits::Nth(2)));
    let mut statuses = Vec::new();
    for _ in 0..3 {
        statuses.push(scene.get(LIST).await.0);
    }
    assert_eq!(statuses, [200, 403, 403]);
    assert_eq!(scene.get("/beta/deviceManagement/mobileApps").await.0, 400);
    assert_eq!(
        scene.get("/beta/deviceAppManagement/mobileApps").await.0,
        200
    );
}

#[actix_rt::test]
async fn a_token_says_when_it_is_best_renewed() {
    let scene = scene_with(SimulatorOptions {
        tenants: vec![TenantSpec::numbered(7, 0, 0)],
        ..SimulatorOptions::default()
    })
    .await;
    let effect = Effect::TokenRefresh {
        seconds: 86_399,
        refresh_in: 43_199,
    };
    scene.simulator.fault(Fault::on("/token", effect));
    let spec = &scene.simulator.tenants()[0];
    let answer = request_token(&http(), &scene.simulator.url(), spec).await;
    let body: Value = answer.json().await.unwrap();
    assert_eq!(
        (&body["expires_in"], &body["refresh_in"]),
        (&json!(86_399), &json!(43_199))
    );
}

#[actix_rt::test]
async fn an_envelope_and_its_items_have_their_own_faults() {
    let scene = scene(38).await;
    let paths = [
        "/groups",
        "/deviceManagement/intents",
        "/deviceManagement/roleScopeTags",
    ];
    let items = paths.iter().enumerate();
    let items = items.map(|(id, url)| json!({"id": format!("{id}"), "method": "GET", "url": url}));
    let batch = json!({ "requests": items.collect::<Value>() });
    scene
        .simulator
        .fault(Fault::on("$batch", Effect::Restatused { status: 424 }));
    scene
        .simulator
        .fault(Fault::on("intents", Effect::Throttle { retry_after: None }));
    scene
        .simulator
        .fault(Fault::on("roleScopeTags", Effect::NoBody));
    let (status, body) = scene.post("/beta/$batch", &batch).await;
    assert_eq!(status, 424);
    let item = |id: &str| {
        let responses = body["responses"].as_array().unwrap();
        responses.iter().find(|it| it["id"] == id).unwrap()
    };
    assert_eq!(
        (&item("1")["status"], &item("1")["headers"]),
        (&json!(429), &json!({}))
    );
    assert_eq!(
        (&item("2")["status"], &item("2")["body"]),
        (&json!(200), &Value::Null)
    );
    assert_eq!(item("0")["status"], 200);
}
