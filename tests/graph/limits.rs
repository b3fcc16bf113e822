//! Limits that are enforced: the client stays below those that are published, and comes through
//! those that are not.

use std::time::Duration;

use futures_util::future::join_all;
use tenantatlas::{
    clock::Clock,
    domain::kind::PolicyKind,
    graph::{GraphError, TenantGraph},
};
use tenantatlas_simulator::{Effect, Fault, Limits, LoggedRequest, RequestLimit};

use crate::support::World;

fn limit(requests: u32, seconds: u64) -> RequestLimit {
    RequestLimit {
        requests,
        window: Duration::from_secs(seconds),
    }
}

/// The kinds of which one may be asked for in a second.
const SLOW: [PolicyKind; 2] = [
    PolicyKind::NamedLocation,
    PolicyKind::ConditionalAccessPolicy,
];

/// Lists every kind and reads each object of some. The slow kinds come one after the other: where
/// waits take no time, what was sent before a wait may arrive after it.
async fn read_all(door: &TenantGraph) {
    for kind in SLOW {
        door.list(kind).await.unwrap();
    }
    let kinds = PolicyKind::ALL.iter().filter(|kind| !SLOW.contains(kind));
    let lists = kinds.map(|kind| door.list(*kind));
    for list in join_all(lists).await {
        // Some are kept from every app.
        assert!(matches!(list, Ok(_) | Err(GraphError::NotAvailable { .. })));
    }
    for kind in [PolicyKind::SettingsCatalog, PolicyKind::PowershellScript] {
        let listed = door.list(kind).await.unwrap();
        let objects = listed.into_iter().map(|listed| door.complete(kind, listed));
        for object in join_all(objects).await {
            object.unwrap();
        }
    }
}

fn throttled(world: &World) -> Vec<LoggedRequest> {
    let mut requests = world.requests();
    requests.retain(|request| request.status == 429);
    requests
}

/// B42: nothing is refused by the limits that are published.
#[tokio::test]
async fn the_published_limits_are_not_met() {
    let world = World::with_options(|options| {
        options.limits = Limits::Published;
        options.tenants[0].policies = 600;
    });
    read_all(&world.door()).await;
    assert!(throttled(&world).is_empty(), "{:#?}", throttled(&world));
}

/// B42: a limit that is far lower than expected is got through, with what a neighbour leaves of it.
#[tokio::test]
async fn a_lower_limit_is_got_through() {
    for neighbour in [None, Some(limit(3, 2))] {
        let world = World::with_options(|options| {
            options.limits = limit(10, 2).into();
            options.neighbour = neighbour;
            options.tenants[0].policies = 100;
        });
        let door = world.door();
        let mut refused = 0;
        for kind in [PolicyKind::SettingsCatalog, PolicyKind::PowershellScript] {
            let listed = door.list(kind).await.unwrap();
            let objects = listed.into_iter().map(|listed| door.complete(kind, listed));
            let objects = join_all(objects).await;
            refused += objects.iter().filter(|object| object.is_err()).count();
        }
        assert_eq!(refused, 0);
        assert!(!throttled(&world).is_empty(), "the limit was met");
    }
}

/// B43: Conditional Access and named locations are asked slower than once a second.
#[tokio::test]
async fn conditional_access_is_never_throttled() {
    let world = World::with_options(|options| options.limits = Limits::Published);
    let door = world.door();
    let began = world.clock.now();
    for kind in SLOW.into_iter().cycle().take(12) {
        door.list(kind).await.unwrap();
    }
    assert!(throttled(&world).is_empty());
    assert!((world.clock.now() - began).num_seconds() >= 11);
}

/// B44: the directory is asked more slowly once it says that four fifths are used.
#[tokio::test]
async fn the_directory_gets_a_breath_before_it_throttles() {
    let kind = PolicyKind::AuthenticationContext;
    for (percentage, rests) in [("0.79", false), ("0.86", true)] {
        let world = World::start();
        let door = world.door();
        let effect = Effect::NearlyThrottled {
            percentage: percentage.to_owned(),
        };
        world
            .simulator
            .fault(Fault::on("/authenticationContext", effect).first(1));
        let began = world.clock.now();
        door.list(kind).await.unwrap();
        door.list(kind).await.unwrap();
        let took = world.clock.now() - began;
        assert_eq!(took.num_milliseconds() >= 1000, rests, "{took}");
        assert!(throttled(&world).is_empty());
    }
}
