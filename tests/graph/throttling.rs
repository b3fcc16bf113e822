//! Throttling: announced waits are kept, the pace is kept, and nobody else waits along.

use futures_util::future::join_all;
use tenantatlas::{
    clock::Clock,
    domain::{failure::FailureCode, kind::PolicyKind},
    graph::GraphError,
};
use tenantatlas_simulator::{Effect, Fault, RetryAfter, TenantSpec};

use crate::support::World;

const KIND: PolicyKind = PolicyKind::DeviceCategory;
const PATH: &str = "/deviceCategories";

/// B40
#[tokio::test]
async fn an_announced_wait_is_kept_in_every_form() {
    for (retry_after, least) in [
        (RetryAfter::Seconds(12), 12.0),
        (RetryAfter::Text("2.128".to_owned()), 3.0),
        (RetryAfter::Text("0.249".to_owned()), 1.0),
        (RetryAfter::Text("0".to_owned()), 1.0),
        (RetryAfter::Date { date_in_seconds: 9 }, 8.0),
    ] {
        let world = World::start();
        let effect = Effect::throttle(retry_after.clone());
        world.simulator.fault(Fault::on(PATH, effect).first(1));
        let door = world.door();
        door.list(KIND).await.unwrap();
        let wait = world.waits().into_iter().next().unwrap();
        assert!(wait > least && wait < least + 2.6, "{retry_after:?} {wait}");
        assert_eq!((door.calls().requests, door.calls().throttled), (2, 1));
    }
}

/// B41
#[tokio::test]
async fn without_an_announcement_the_wait_has_a_floor() {
    for retry_after in [
        None,
        Some(RetryAfter::Text("-1".to_owned())),
        Some(RetryAfter::Text("soon".to_owned())),
    ] {
        let world = World::start();
        world
            .simulator
            .fault(Fault::on(PATH, Effect::Throttle { retry_after }).first(1));
        world.door().list(KIND).await.unwrap();
        assert_eq!(world.waits()[0], 2.0);
    }
}

#[tokio::test]
async fn endless_throttling_is_named() {
    let world = World::start();
    world.simulator.fault(Fault::on(PATH, Effect::throttle(1)));
    let door = world.door();
    let error = door.list(KIND).await.unwrap_err();
    assert!(
        matches!(error, GraphError::Throttled { tries: 5 }),
        "{error}"
    );
    assert_eq!(error.failure().code, FailureCode::GraphThrottle);
    assert_eq!((door.calls().requests, door.calls().throttled), (5, 5));
}

#[tokio::test]
async fn a_wait_beyond_the_patience_is_not_begun() {
    let world = World::start();
    world
        .simulator
        .fault(Fault::on(PATH, Effect::throttle(600)).first(1));
    let error = world.door().list(KIND).await.unwrap_err();
    assert!(
        matches!(error, GraphError::Throttled { tries: 1 }),
        "{error}"
    );
    assert!(world.waits().is_empty());

    // The bucket rests for those 600 s, so a further request gives up at once.
    let error = world.door().list(KIND).await.unwrap_err();
    assert!(
        matches!(error, GraphError::Throttled { tries: 0 }),
        "{error}"
    );
    assert_eq!(world.requests().len(), 1);
}

#[tokio::test]
async fn a_throttled_bucket_rests_but_no_other_and_no_other_tenant() {
    let world = World::with_options(|options| {
        options.tenants = vec![
            TenantSpec::numbered(1, 0, 60),
            TenantSpec::numbered(1, 1, 60),
        ];
    });
    let began = world.clock.now();
    let fault = Fault::on(PATH, Effect::throttle(600)).tenant(world.tenant_id());
    world.simulator.fault(fault.first(1));
    world.door().list(KIND).await.unwrap_err();

    world.door().list(PolicyKind::ShellScript).await.unwrap();
    world
        .door()
        .list(PolicyKind::AuthenticationContext)
        .await
        .unwrap();
    world.door_of(1).list(KIND).await.unwrap();
    assert_eq!(world.clock.now(), began);
}

/// B43
#[tokio::test]
async fn conditional_access_is_asked_slower_than_once_a_second() {
    let world = World::start();
    let door = world.door();
    let began = world.clock.now();
    for list in join_all([PolicyKind::NamedLocation; 10].map(|kind| door.list(kind))).await {
        list.unwrap();
    }
    let took = world.clock.now() - began;
    assert!(took.num_milliseconds() >= 9 * 1111, "{took}");
    assert!(took.num_milliseconds() <= 9 * 1112 + 10, "{took}");
}

#[tokio::test]
async fn a_burst_is_spread_below_the_limit() {
    let world = World::with_settings(|settings| {
        settings.rates.intune.requests = 10;
        settings.rates.intune.burst = 4;
    });
    let door = world.door();
    let began = world.clock.now();
    for _ in 0..10 {
        door.list(KIND).await.unwrap();
    }
    // Four at once, then one each 20 s / (10 - 4).
    let took = (world.clock.now() - began).as_seconds_f64();
    assert!((took - 6.0 * 20.0 / 6.0).abs() < 0.01, "{took}");
}

#[tokio::test]
async fn no_more_than_agreed_is_in_flight() {
    let world = World::with_settings(|settings| settings.rates.tenant_at_once = 3);
    let door = world.door();
    let script = door.list(PolicyKind::ShellScript).await.unwrap().remove(0);
    let gate = world.simulator.hold("/beta/");
    // Bodies of scripts travel alone.
    let read = || door.complete(PolicyKind::ShellScript, script.clone());
    let work = join_all((0..8).map(|_| read()));
    let watch = async {
        gate.arrived_times(3).await;
        let waiting = gate.waiting();
        gate.open();
        waiting
    };
    let (read, waiting) = futures_util::future::join(work, watch).await;
    assert_eq!(waiting, 3);
    assert!(read.iter().all(Result::is_ok));
}

#[tokio::test]
async fn idle_limiters_are_forgotten_and_busy_ones_kept() {
    let world = World::with_settings(|settings| {
        settings.rates.intune.requests = 2;
        settings.rates.intune.burst = 1;
    });
    world.door().list(KIND).await.unwrap();
    world.graph.shrink();
    let began = world.clock.now();
    world.door().list(KIND).await.unwrap();
    assert_eq!((world.clock.now() - began).num_seconds(), 20);

    world.clock.advance(chrono::TimeDelta::seconds(20));
    world.graph.shrink();
    let began = world.clock.now();
    world.door().list(KIND).await.unwrap();
    assert_eq!(world.clock.now(), began);
}
