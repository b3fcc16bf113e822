//! What is repeated, how often, and what is left of a run when it does not help.

use std::time::Duration;

use serde_json::json;
use tenantatlas::{
    domain::{failure::FailureCode, kind::PolicyKind},
    graph::{Breakdown, Completed, GraphError},
};
use tenantatlas_simulator::{Effect, ErrorForm, ErrorInBody, Fault, Truncation};

use crate::support::{World, first, ids};

const KIND: PolicyKind = PolicyKind::DeviceCategory;
const PATH: &str = "/deviceCategories";

/// B50, B51, B52, B53, B60, B61
#[tokio::test]
async fn a_fault_that_passes_is_not_noticed() {
    for effect in [
        Effect::status(408),
        Effect::status(500),
        Effect::wrapped(502, ErrorForm::Html),
        Effect::wrapped(503, ErrorForm::A),
        Effect::wrapped(504, ErrorForm::C),
        Effect::wrapped(504, ErrorForm::D),
        Effect::status(423),
        Effect::Reset,
        Effect::Truncated(Truncation::WithoutLastChunk),
        Effect::Truncated(Truncation::LongContentLength),
        Effect::Truncated(Truncation::CutJson),
        Effect::ErrorInBody(ErrorInBody::MidStream),
        Effect::ErrorInBody(ErrorInBody::Member),
    ] {
        let world = World::start();
        let whole = world.door().list(KIND).await.unwrap();
        world.simulator.clear_log();
        world
            .simulator
            .fault(Fault::on(PATH, effect.clone()).first(2));
        let door = world.door();
        assert_eq!(door.list(KIND).await.unwrap(), whole, "{effect:?}");
        assert_eq!(world.requests().len(), 3, "{effect:?}");
        assert_eq!(door.calls().requests, 3, "{effect:?}");
        assert_eq!(world.waits().len(), 2, "{effect:?}");
    }
}

/// B50, B51, B53, B60
#[tokio::test]
async fn a_fault_that_stays_ends_after_the_tries() {
    for (effect, tries) in [
        (Effect::status(503), 5),
        (Effect::wrapped(502, ErrorForm::Html), 5),
        (Effect::status(500), 3),
        (Effect::Reset, 5),
        (Effect::Truncated(Truncation::CutJson), 5),
    ] {
        let world = World::start();
        world.simulator.fault(Fault::on(PATH, effect.clone()));
        let error = world.door().list(KIND).await.unwrap_err();
        assert_eq!(
            error.failure().code,
            FailureCode::GraphUnavailable,
            "{effect:?}"
        );
        assert_eq!(world.requests().len(), tries, "{effect:?}");
    }
}

#[tokio::test]
async fn a_final_refusal_is_not_repeated() {
    for status in [400, 404, 409, 410, 501, 507] {
        let world = World::start();
        world
            .simulator
            .fault(Fault::on(PATH, Effect::status(status)));
        let error = world.door().list(KIND).await.unwrap_err();
        assert!(
            matches!(error, GraphError::Refused { status: met, .. } if met == status),
            "{error}"
        );
        assert_eq!(world.requests().len(), 1, "{status}");
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let world = World::start();
    world.simulator.fault(Fault::on(PATH, Effect::status(302)));
    let error = world.door().list(KIND).await.unwrap_err();
    assert!(
        matches!(error, GraphError::Redirected { status: 302 }),
        "{error}"
    );
}

#[tokio::test]
async fn each_try_has_its_own_request_id() {
    let world = World::start();
    world
        .simulator
        .fault(Fault::on(PATH, Effect::status(503)).first(4));
    world.door().list(KIND).await.unwrap();
    let ids = world
        .requests()
        .into_iter()
        .map(|request| request.client_request_id.unwrap());
    assert_eq!(ids.collect::<std::collections::HashSet<_>>().len(), 5);
}

/// B62
#[tokio::test]
async fn a_silent_connection_counts_as_a_fault() {
    let world = World::with_settings(|settings| settings.idle_timeout = Duration::from_millis(100));
    world
        .simulator
        .fault(Fault::on(PATH, Effect::Stall { after_bytes: 10 }).first(1));
    world.door().list(KIND).await.unwrap();
    assert_eq!(world.requests().len(), 2);
}

/// B62
#[tokio::test]
async fn a_slow_but_living_connection_passes() {
    let world = World::with_settings(|settings| settings.idle_timeout = Duration::from_secs(2));
    let whole = world.door().list(KIND).await.unwrap();
    world.simulator.fault(Fault::on(
        PATH,
        Effect::Slow {
            bytes_per_second: 4096,
        },
    ));
    assert_eq!(world.door().list(KIND).await.unwrap(), whole);
}

/// B81
#[tokio::test]
async fn an_answer_beyond_the_limit_fails_its_object_alone() {
    let world = World::with_settings(|settings| settings.answer_limit_bytes = 200_000);
    let script = json!({"id": "huge", "displayName": "Huge", "lastModifiedDateTime": "2026-01-01T00:00:00Z"});
    let content = json!({"content": {"scriptContent": "QUJD".repeat(100_000)}, "assignments": []});
    world.simulator.insert(
        world.tenant_id(),
        "deviceManagementScripts",
        script,
        content,
    );
    let door = world.door();
    let kind = PolicyKind::PowershellScript;
    let listed = door.list(kind).await.unwrap();
    let huge = listed.iter().find(|object| object["id"] == "huge").unwrap();
    let error = door.complete(kind, huge.clone()).await.unwrap_err();
    assert!(
        matches!(
            error,
            GraphError::TooLarge {
                limit_bytes: 200_000
            }
        ),
        "{error}"
    );
    assert!(matches!(
        first(&door, kind).await.unwrap(),
        Completed::Object(_)
    ));
}

/// B82
#[tokio::test]
async fn awkward_texts_come_back_unchanged() {
    let world = World::start();
    let names = [
        "\u{202e}\u{646}\u{633}\u{62e}\u{202c}",
        "\u{1f469}\u{200d}\u{1f4bb}",
        "Cafe\u{301}",
        "Caf\u{e9}",
        "../../etc/passwd",
        "a/b\\c:d*e?f\"g",
        "  spaces  ",
        "tab\tline\n\u{0}",
    ];
    for (number, name) in names.iter().enumerate() {
        let object = json!({"id": format!("awkward {number}/?#"), "displayName": name});
        world
            .simulator
            .insert(world.tenant_id(), "deviceCategories", object, json!({}));
    }
    let listed = world.door().list(KIND).await.unwrap();
    for name in names {
        assert!(
            listed.iter().any(|object| object["displayName"] == *name),
            "{name}"
        );
    }
}

#[tokio::test]
async fn an_abandoned_request_is_stopped_and_disturbs_nobody() {
    let world = World::with_settings(|settings| settings.rates.tenant_at_once = 1);
    let door = world.door();
    let whole = door.list(KIND).await.unwrap();
    let gate = world.simulator.hold(PATH);
    tokio::select! {
        _ = door.list(KIND) => panic!("the request is held"),
        () = gate.arrived() => {}
    }
    // The only place of the tenant is free again, although the gate still holds the request.
    let others = door.list(PolicyKind::AssignmentFilter).await.unwrap();
    assert!(!ids(&others).is_empty());
    gate.open();
    assert_eq!(door.list(KIND).await.unwrap(), whole);
}

#[tokio::test]
async fn the_room_can_be_closed_from_an_async_thread() {
    let World {
        simulator, graph, ..
    } = World::start();
    let door = graph.tenant(crate::support::access(&simulator.tenants()[0]));
    door.list(KIND).await.unwrap();
    drop(graph);
    assert!(!door.list(KIND).await.unwrap().is_empty());
    drop(door);
}

/// B53
#[tokio::test]
async fn a_host_that_is_not_there_is_unavailable() {
    let world = World::with_settings(|settings| {
        settings.login_url = Some("http://127.0.0.1:1".parse().unwrap());
    });
    let error = world.door().connect().await.unwrap_err();
    let connect = matches!(
        &error,
        GraphError::Unavailable {
            tries: 5,
            last: Breakdown::Transport(_)
        }
    );
    assert!(connect, "{error}");
    assert!(
        error.failure().message.contains("could not connect"),
        "{}",
        error.failure().message
    );
}
