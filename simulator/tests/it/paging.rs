//! Pages and links over the wire.

use std::collections::HashSet;

use tenantatlas_simulator::{Effect, Fault, Hits, PagingLoop};

use crate::client::{Scene, scene};

const LIST: &str = "/beta/deviceManagement/deviceConfigurations";

async fn next_link(scene: &Scene, path: &str) -> String {
    let (status, body) = scene.get(path).await;
    assert_eq!(status, 200, "{body}");
    body["@odata.nextLink"].as_str().unwrap().to_owned()
}

#[actix_rt::test]
async fn links_lead_to_every_object_once_and_only_as_issued() {
    let scene = scene(200).await;
    let (listed, pages) = scene
        .list(&format!("{LIST}?$expand=assignments&$top=7"))
        .await;
    let truth = scene
        .simulator
        .objects(scene.tenant, "deviceConfigurations");
    let ids: HashSet<String> = listed
        .iter()
        .map(|object| object["id"].to_string())
        .collect();
    assert_eq!((listed.len(), ids.len()), (truth.len(), truth.len()));
    assert_eq!(pages, truth.len().div_ceil(7));

    let link = next_link(&scene, &format!("{LIST}?$top=7")).await;
    assert!(link.contains("$skiptoken=%255Bsim%255D"), "{link}");
    for rebuilt in [
        link.replace("%25", "%"),
        link.replace("$skiptoken", "%24skiptoken"),
    ] {
        assert_eq!(scene.get(&rebuilt).await.0, 400);
    }
}

#[actix_rt::test]
async fn top_is_capped() {
    let scene = scene(100).await;
    for number in 0..1100 {
        let object = serde_json::json!({ "id": number.to_string(), "displayName": "x" });
        scene.simulator.insert(
            scene.tenant,
            "deviceCategories",
            object,
            serde_json::json!({}),
        );
    }
    let (_, body) = scene
        .get("/beta/deviceManagement/deviceCategories?$top=5000")
        .await;
    assert_eq!(body["value"].as_array().unwrap().len(), 999);
}

#[actix_rt::test]
async fn loops_go_round_and_foreign_links_lead_away() {
    let scene = scene(60).await;
    let list = format!("{LIST}?$top=2");
    let looping = |kind| {
        scene.simulator.clear_faults();
        scene
            .simulator
            .fault(Fault::on("deviceConfigurations", Effect::NextLink(kind)));
    };
    looping(PagingLoop::ToItself);
    assert_eq!(next_link(&scene, &list).await, scene.url(&list));

    looping(PagingLoop::CycleOfTwo);
    let there = next_link(&scene, &list).await;
    let back = next_link(&scene, &there).await;
    assert_ne!(there, back);
    assert_eq!(next_link(&scene, &back).await, there);

    looping(PagingLoop::EmptyPages);
    let first = next_link(&scene, &list).await;
    let (_, page) = scene.get(&first).await;
    assert_eq!(page["value"].as_array().unwrap().len(), 0);
    assert_ne!(page["@odata.nextLink"].as_str().unwrap(), first);

    looping(PagingLoop::ForeignHost);
    assert!(
        !next_link(&scene, &list)
            .await
            .starts_with(&scene.simulator.url())
    );
    looping(PagingLoop::OtherVersion);
    assert!(
        next_link(&scene, &list)
            .await
            .starts_with(&scene.url("/v1.0/"))
    );
}

#[actix_rt::test]
async fn pages_repeat_lose_and_forget_objects_on_demand() {
    let scene = scene(200).await;
    let truth = scene
        .simulator
        .objects(scene.tenant, "deviceConfigurations")
        .len();
    let list = format!("{LIST}?$top=10");

    scene.simulator.fault(Fault::on(
        "deviceConfigurations",
        Effect::DuplicateAcrossPages,
    ));
    let (listed, pages) = scene.list(&list).await;
    assert_eq!(listed.len(), truth + pages - 1);

    scene.simulator.clear_faults();
    let short = Fault::on("deviceConfigurations", Effect::ShortPage { missing: 3 });
    scene.simulator.fault(short.hits(Hits::Nth(1)));
    assert_eq!(scene.list(&list).await.0.len(), truth - 3);

    scene
        .simulator
        .fault(Fault::on("*/deviceConfigurations", Effect::EmptyList).first(1));
    assert_eq!(scene.list(&list).await, (Vec::new(), 1));
    assert_eq!(scene.list(&list).await.0.len(), truth);
}
