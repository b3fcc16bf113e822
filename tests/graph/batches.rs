//! Small readings travel together; each of them lives and fails alone.

use futures_util::future::join_all;
use tenantatlas::{
    domain::{failure::FailureCode, kind::PolicyKind},
    graph::GraphError,
};
use tenantatlas_simulator::{Effect, ErrorForm, Fault, LoggedRequest, Truncation};

use crate::support::World;

/// Kinds of one bucket and one version, whose lists may share a batch.
const KINDS: [PolicyKind; 5] = [
    PolicyKind::DeviceCategory,
    PolicyKind::AssignmentFilter,
    PolicyKind::ScopeTag,
    PolicyKind::RoleDefinition,
    PolicyKind::WindowsFeatureUpdate,
];
const STRUCK: &str = "/deviceCategories";

/// Lists all kinds at the same time through one door.
async fn lists(world: &World) -> Vec<Result<usize, GraphError>> {
    let door = world.door();
    let lists = join_all(KINDS.map(|kind| door.list(kind))).await;
    lists
        .into_iter()
        .map(|list| list.map(|objects| objects.len()))
        .collect()
}

fn envelopes(world: &World) -> usize {
    let is_envelope = |request: &&LoggedRequest| request.path.ends_with("/$batch");
    world.simulator.log().iter().filter(is_envelope).count()
}

/// Paths that were asked for, each item of a batch for itself.
fn asked(world: &World, path: &str) -> Vec<LoggedRequest> {
    let mut requests = world.requests();
    requests.retain(|request| request.path.ends_with(path));
    requests
}

/// A world in which all lists were read once, and what they held.
async fn listed() -> (World, Vec<usize>) {
    let world = World::start();
    let lists = lists(&world).await;
    world.simulator.clear_log();
    (world, lists.into_iter().map(Result::unwrap).collect())
}

#[tokio::test]
async fn what_is_asked_for_together_travels_together_and_is_counted_singly() {
    let (world, _) = listed().await;
    let door = world.door();
    for list in join_all(KINDS.map(|kind| door.list(kind))).await {
        list.unwrap();
    }
    let items = world
        .requests()
        .iter()
        .filter(|it| it.batch.is_some())
        .count();
    assert!(envelopes(&world) >= 1 && items >= 2);
    assert!(envelopes(&world) < KINDS.len());
    assert_eq!(door.calls().requests, u64::try_from(KINDS.len()).unwrap());
}

#[tokio::test]
async fn each_door_of_a_link_counts_its_own_requests() {
    let (world, _) = listed().await;
    let door = world.door();
    let doors = KINDS.map(|kind| (kind, door.metered()));
    let lists = doors.iter().map(|(kind, door)| door.list(*kind));
    join_all(lists)
        .await
        .into_iter()
        .for_each(|list| drop(list.unwrap()));
    assert!(doors.iter().all(|(_, door)| door.calls().requests == 1));
    assert_eq!(door.calls().requests, 0);
    assert_eq!(door.all_calls().requests, 5);
}

/// B20
#[tokio::test]
async fn a_throttled_item_is_asked_for_again_alone_and_no_earlier_than_it_may() {
    let (world, whole) = listed().await;
    world
        .simulator
        .fault(Fault::on(STRUCK, Effect::throttle(12)).first(1));
    let lists: Vec<_> = lists(&world)
        .await
        .into_iter()
        .map(Result::unwrap)
        .collect();
    assert_eq!(lists, whole);
    assert_eq!(asked(&world, STRUCK).len(), 2);
    for path in ["/assignmentFilters", "/roleScopeTags", "/roleDefinitions"] {
        assert_eq!(asked(&world, path).len(), 1, "{path}");
    }
    assert!(world.waits().iter().any(|wait| *wait > 12.0));
}

#[tokio::test]
async fn a_failed_item_fails_itself() {
    let (world, whole) = listed().await;
    for (effect, code) in [
        (
            Effect::wrapped(403, ErrorForm::A),
            FailureCode::PermissionMissing,
        ),
        (
            Effect::wrapped(503, ErrorForm::Html),
            FailureCode::GraphUnavailable,
        ),
    ] {
        world.simulator.clear_faults();
        world.simulator.forgive_refusals();
        world.simulator.fault(Fault::on(STRUCK, effect));
        let mut lists = lists(&world).await.into_iter();
        let error = lists.next().unwrap().unwrap_err();
        assert_eq!(error.failure().code, code, "{error}");
        let others: Vec<_> = lists.map(Result::unwrap).collect();
        assert_eq!(others, whole[1..]);
    }
}

/// B22
#[tokio::test]
async fn a_broken_envelope_gives_nothing_and_its_readings_go_alone() {
    for effect in [
        Effect::ForeignMarkup,
        Effect::Truncated(Truncation::CutJson),
        Effect::Truncated(Truncation::WithoutLastChunk),
        Effect::Reset,
        Effect::status(400),
        Effect::status(413),
    ] {
        let (world, whole) = listed().await;
        world.simulator.fault(Fault::on("$batch", effect.clone()));
        let lists: Vec<_> = lists(&world)
            .await
            .into_iter()
            .map(Result::unwrap)
            .collect();
        assert_eq!(lists, whole, "{effect:?}");
        let alone = world.requests().into_iter().filter(|it| it.batch.is_none());
        assert!(alone.count() >= KINDS.len(), "{effect:?}");
    }
}

#[tokio::test]
async fn what_befalls_an_envelope_befalls_its_readings() {
    for effect in [
        Effect::throttle(3),
        Effect::status(503),
        Effect::ExpiredToken,
    ] {
        let (world, whole) = listed().await;
        world
            .simulator
            .fault(Fault::on("$batch", effect.clone()).first(1));
        let lists: Vec<_> = lists(&world)
            .await
            .into_iter()
            .map(Result::unwrap)
            .collect();
        assert_eq!(lists, whole, "{effect:?}");
    }
}

#[tokio::test]
async fn conditional_access_and_templates_never_share_a_batch() {
    let world = World::start();
    let door = world.door();
    let kinds = [
        PolicyKind::ConditionalAccessPolicy,
        PolicyKind::GroupPolicyConfiguration,
    ];
    for list in join_all([kinds, kinds].concat().iter().map(|kind| door.list(*kind))).await {
        list.unwrap();
    }
    assert_eq!(envelopes(&world), 0);
}
