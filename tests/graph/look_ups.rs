//! What is read beside the kinds: names of groups, and audit events.

use serde_json::Value;
use tenantatlas::graph::{GraphError, MOST_GROUPS};
use tenantatlas_simulator::{Effect, Fault};
use uuid::Uuid;

use crate::support::World;

/// The groups of the tenant, with their names.
fn groups(world: &World) -> Vec<(Uuid, String)> {
    let groups = world.simulator.objects(world.tenant_id(), "groups");
    let text = |object: &Value, member: &str| object[member].as_str().unwrap().to_owned();
    groups
        .iter()
        .map(|it| {
            (
                text(&it.object, "id").parse().unwrap(),
                text(&it.object, "displayName"),
            )
        })
        .collect()
}

#[tokio::test]
async fn a_request_names_a_thousand_groups_and_tells_those_that_are_gone() {
    let world = World::start();
    let known = groups(&world);
    let gone = (0_u128..)
        .map(Uuid::from_u128)
        .take(MOST_GROUPS - known.len());
    let ids: Vec<Uuid> = known.iter().map(|(id, _)| *id).chain(gone).collect();
    let names = world.door().group_names(ids.clone()).await.unwrap();
    assert_eq!(names.len(), ids.len());
    for (id, name) in &known {
        assert_eq!(names[id].as_deref(), Some(name.as_str()));
    }
    assert_eq!(names.values().flatten().count(), known.len());
    let [request] = &world.requests()[..] else {
        panic!("one request")
    };
    assert_eq!((request.method.as_str(), request.status), ("POST", 200));
    assert_eq!(request.path, "/v1.0/directoryObjects/getByIds");
}

#[tokio::test]
async fn a_question_is_asked_again_like_any_reading() {
    let world = World::start();
    let (id, name) = groups(&world).remove(0);
    let path = "getByIds";
    world
        .simulator
        .fault(Fault::on(path, Effect::status(503)).first(2));
    let names = world.door().group_names(vec![id]).await.unwrap();
    assert_eq!(names[&id], Some(name));
    assert_eq!(world.requests().len(), 3);
}

#[tokio::test]
async fn a_group_that_a_link_may_lead_to_is_not_gone() {
    let world = World::start();
    let linked = Effect::Rewritten {
        find: "\"value\"".to_owned(),
        put: "\"@odata.nextLink\":\"https://graph.example/v1.0/more\",\"value\"".to_owned(),
    };
    world.simulator.fault(Fault::on("getByIds", linked));
    let names = world.door().group_names(vec![Uuid::max()]).await.unwrap();
    assert_eq!(names.len(), 0);
}

#[tokio::test]
async fn nobody_is_asked_without_the_permission() {
    let world = World::start();
    let granted = vec!["DeviceManagementConfiguration.Read.All".to_owned()];
    world.simulator.permissions(world.tenant_id(), granted);
    let door = world.door();
    let names = door.group_names(vec![Uuid::max()]).await;
    assert!(
        matches!(names, Err(GraphError::PermissionMissing { .. })),
        "{names:?}"
    );
    let trail = door
        .audit_trail("2026-03-01T00:00:00Z".parse().unwrap())
        .await;
    assert!(
        matches!(trail, Err(GraphError::PermissionMissing { .. })),
        "{trail:?}"
    );
    assert_eq!(world.requests().len(), 0);
}

#[tokio::test]
async fn events_are_those_of_changes_newest_first() {
    let world = World::start();
    let since = "2020-01-01T00:00:00Z".parse().unwrap();
    let trail = world.door().audit_trail(since).await.unwrap();
    assert!(trail.is_whole && !trail.events.is_empty());
    assert!(trail.events.iter().all(|event| event.operation != "Get"));
    assert!(trail.events.is_sorted_by(|one, next| one.at >= next.at));
    let middle = trail.events[trail.events.len() / 2].at;
    let later = world.door().audit_trail(middle).await.unwrap();
    // Asked for to the second.
    let begun = middle.timestamp();
    assert!(
        later
            .events
            .iter()
            .all(|event| event.at.timestamp() >= begun)
    );
    assert!(later.events.len() < trail.events.len());
}

#[tokio::test]
async fn a_page_that_is_not_there_ends_the_events() {
    let world = World::start();
    let since = "2020-01-01T00:00:00Z".parse().unwrap();
    let whole = world.door().audit_trail(since).await.unwrap();
    for status in [400, 404, 504] {
        let behind = Fault::on("auditEvents", Effect::status(status)).query("skip");
        world.simulator.fault(behind);
        let trail = world.door().audit_trail(since).await.unwrap();
        assert_eq!(trail.events, whole.events);
        assert!(!trail.is_whole);
        world.simulator.clear_faults();
    }
    world
        .simulator
        .fault(Fault::on("auditEvents", Effect::status(400)));
    assert!(world.door().audit_trail(since).await.is_err());
}
