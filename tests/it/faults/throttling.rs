//! Throttling: waits are kept, and a run that gets nowhere comes back later.

use chrono::{DateTime, TimeDelta, Utc};
use tenantatlas::{
    clock::Clock,
    domain::{
        completeness::KindStatus,
        failure::FailureCode,
        kind::PolicyKind,
        run::{Run, RunState, RunStatus},
    },
};
use tenantatlas_simulator::{Effect, Fault, RetryAfter};

use super::{STRUCK, STRUCK_LIST, Table, always, failure, once};
use crate::support::TestApp;

/// B40, B41
#[actix_rt::test]
async fn the_wait_that_graph_asks_for_is_kept() {
    let table = Table::start().await;
    let text = |text: &str| Some(RetryAfter::from(text));
    let date = Some(RetryAfter::Date { date_in_seconds: 9 });
    for (name, retry_after, at_least, below) in [
        ("whole seconds", Some(RetryAfter::from(7)), 7_000, 8_500),
        (
            "decimal seconds are rounded up",
            text("2.128"),
            3_000,
            4_500,
        ),
        // Counted from the answer's own date, which may be up to a second old.
        ("a date", date, 9_000, 11_500),
        ("zero is one second", text("0"), 1_000, 2_500),
        ("garbage counts as none", text("soon"), 2_000, 2_001),
        ("a negative number counts as none", text("-5"), 2_000, 2_001),
        ("none", None, 2_000, 2_001),
    ] {
        let earlier = table.app.pacing.waits().len();
        table
            .check([once(name, Effect::Throttle { retry_after })])
            .await;
        let waits = table.app.pacing.waits().split_off(earlier);
        let is_kept = |wait: &TimeDelta| (at_least..below).contains(&wait.num_milliseconds());
        assert!(waits.iter().any(is_kept), "{name}: {waits:?}");
    }
}

#[actix_rt::test]
async fn a_kind_that_is_throttled_for_ever_is_missing() {
    let throttled = FailureCode::GraphThrottle;
    let long = Effect::throttle(3_600);
    Table::start()
        .await
        .check([
            always(
                "429 for ever",
                Effect::throttle(1),
                throttled,
                "throttled",
                5,
            ),
            always(
                "a wait beyond all patience",
                long,
                throttled,
                "throttled",
                1,
            ),
        ])
        .await;
}

fn next_attempt(run: &Run) -> DateTime<Utc> {
    let RunState::Queued { not_before } = run.state else {
        panic!("not queued: {:?}", run.state)
    };
    not_before.expect("a later time")
}

#[actix_rt::test]
async fn a_tenant_that_is_throttled_throughout_is_tried_four_times() {
    let app = TestApp::start().await;
    let schedule = app
        .schedule("Nightly", &[PolicyKind::ScopeTag, STRUCK])
        .await;
    app.graph.fault(Fault::on("/beta/", Effect::throttle(1)));
    let run = app.run_now(&schedule).await;
    for (attempt, minutes) in [(2, 1), (3, 5), (4, 15)] {
        let queued = app.once(&run, |run| run.attempt == attempt).await;
        let (at, wait) = (next_attempt(&queued), TimeDelta::minutes(minutes));
        let begin = app.clock.now();
        assert!(
            at >= begin + wait && at <= begin + wait * 5 / 4,
            "{attempt} at {at}"
        );
        assert_eq!(app.set_of(&run).await, None);
        assert_eq!(app.result(&run, STRUCK).await.status, KindStatus::Failed);

        app.clock.set(at - TimeDelta::seconds(1));
        app.workers.tick().await.unwrap();
        assert_eq!(
            app.run(&run).await.state,
            queued.state,
            "not before its time"
        );
        app.clock.set(at);
        app.workers.tick().await.unwrap();
    }
    let run = app.settled(&run).await;
    assert_eq!(run.state.status(), RunStatus::Failed);
    assert_eq!(
        (failure(&run).code, run.attempt),
        (FailureCode::GraphThrottle, 4)
    );
    assert_eq!(app.set_of(&run).await, None);
    assert!(app.requests(STRUCK_LIST).len() <= 4 * 5);
}

#[actix_rt::test]
async fn an_attempt_that_comes_back_may_succeed() {
    let app = TestApp::start().await;
    let schedule = app
        .schedule("Nightly", &[PolicyKind::ScopeTag, STRUCK])
        .await;
    app.graph.fault(Fault::on("/beta/", Effect::throttle(1)));
    let run = app.run_now(&schedule).await;
    let queued = app.once(&run, |run| run.attempt == 2).await;
    app.graph.clear_faults();
    app.clock.set(next_attempt(&queued));
    app.workers.tick().await.unwrap();
    let run = app.settled(&run).await;
    assert_eq!(run.state.status(), RunStatus::Succeeded, "{:?}", run.state);
    assert_eq!(run.attempt, 2);
    assert!(app.set_of(&run).await.unwrap().is_complete);
}
