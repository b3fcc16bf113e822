//! Tenants that change from day to day.

use std::collections::HashMap;

use serde_json::Value;
use tenantatlas_simulator::{SimulatorOptions, StoredObject, TenantSpec};

use crate::client::{Scene, scene, scene_with};

const COLLECTIONS: [&str; 8] = [
    "deviceConfigurations",
    "configurationPolicies",
    "deviceManagementScripts",
    "mobileApps",
    "deviceHealthScripts",
    "conditionalAccessPolicies",
    "applications",
    "authorizationPolicy",
];

async fn on_day(day: u32, drift_percent: u32) -> Scene {
    scene_with(SimulatorOptions {
        tenants: vec![TenantSpec::numbered(7, 0, 300)],
        day,
        drift_percent,
        ..SimulatorOptions::default()
    })
    .await
}

/// All objects of the collections, by identifier.
fn objects(scene: &Scene) -> HashMap<String, StoredObject> {
    let of = |collection| scene.simulator.objects(scene.tenant, collection);
    COLLECTIONS
        .into_iter()
        .flat_map(of)
        .map(|stored| (stored.object["id"].as_str().unwrap().to_owned(), stored))
        .collect()
}

fn marker(stored: &StoredObject) -> Vec<&Value> {
    let names = ["version", "lastModifiedDateTime", "modifiedDateTime"];
    names
        .iter()
        .filter_map(|name| stored.object.get(name))
        .collect()
}

/// What differs: objects added, removed, with a moved marker, and with other assignments alone.
fn difference(
    before: &HashMap<String, StoredObject>,
    after: &HashMap<String, StoredObject>,
) -> [usize; 4] {
    let added = after.keys().filter(|id| !before.contains_key(*id)).count();
    let removed = before.keys().filter(|id| !after.contains_key(*id)).count();
    let (mut moved, mut reassigned) = (0, 0);
    for (id, old) in before {
        let Some(new) = after.get(id).filter(|new| *new != old) else {
            continue;
        };
        if old.object == new.object && old.parts["content"] == new.parts["content"] {
            assert_ne!(old.parts["assignments"], new.parts["assignments"]);
            reassigned += 1;
        } else {
            let unmarked = marker(old).is_empty();
            assert!(unmarked || marker(old) != marker(new), "{}", new.object);
            moved += 1;
        }
    }
    [added, removed, moved, reassigned]
}

#[actix_rt::test]
async fn a_day_changes_a_share_of_the_objects_in_every_way() {
    let (first, later) = (objects(&on_day(0, 1).await), objects(&on_day(20, 1).await));
    let changed = difference(&first, &later);
    assert!(changed.iter().all(|number| *number > 0), "{changed:?}");
    let total: usize = changed.iter().sum();
    assert!(total < first.len() / 2, "{total} of {}", first.len());

    let wild = difference(&first, &objects(&on_day(1, 50).await));
    assert!(wild.iter().sum::<usize>() > first.len() / 4, "{wild:?}");
}

#[actix_rt::test]
async fn the_same_day_is_the_same_however_it_was_reached() {
    let at_once = objects(&on_day(6, 5).await);
    let moved = on_day(2, 5).await;
    for day in [3, 6] {
        moved.simulator.move_to_day(day);
    }
    assert!(objects(&moved) == at_once);

    // Some collections are first asked for on the last day.
    let unseen = on_day(0, 5).await;
    unseen.simulator.move_to_day(6);
    assert!(objects(&unseen) == at_once);
    unseen.simulator.move_to_day(0);
    assert!(objects(&unseen) == objects(&on_day(0, 5).await));
}

#[actix_rt::test]
async fn what_was_changed_by_hand_stays_when_days_pass() {
    let scene = scene(60).await;
    let id = scene.simulator.objects(scene.tenant, "intents")[0].object["id"].clone();
    let id = id.as_str().unwrap();
    scene.simulator.edit(scene.tenant, "intents", id, |intent| {
        intent["odd"] = true.into();
    });
    scene.simulator.move_to_day(3);
    let (_, intent) = scene
        .get(&format!("/beta/deviceManagement/intents/{id}"))
        .await;
    assert_eq!(intent["odd"], true);
}
