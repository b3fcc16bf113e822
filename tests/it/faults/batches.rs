//! Many small reads, as the client packs them: what befalls one of them befalls no other.

use serde_json::json;
use tenantatlas::domain::{completeness::KindStatus, kind::PolicyKind, run::RunStatus};
use tenantatlas_simulator::{Effect, Fault};
use uuid::Uuid;

use crate::support::{TestApp, kinds::collection};

/// A kind whose objects want a small read each, that of their assignments.
const SMALL: PolicyKind = PolicyKind::ScopeTag;

/// A server whose tenant has so many more of them, by their ids.
async fn with_small_ones(count: u128) -> (TestApp, Vec<String>) {
    let app = TestApp::start().await;
    let ids: Vec<String> = (0..count)
        .map(|number| Uuid::from_u128(number).to_string())
        .collect();
    for id in &ids {
        let tag = json!({ "id": id, "displayName": format!("Tag {id}"), "isBuiltIn": false });
        let parts = json!({ "assignments": [] });
        app.graph
            .insert(app.directory(), collection(SMALL), tag, parts);
    }
    (app, ids)
}

fn envelopes(app: &TestApp) -> usize {
    let log = app.graph.log();
    log.iter().filter(|it| it.path.ends_with("/$batch")).count()
}

/// B20: one of twenty is throttled, with or without a wait, one is gone; the others are read once.
#[actix_rt::test]
async fn of_many_small_reads_one_is_repeated_and_one_is_gone() {
    for throttle in [Effect::throttle(12), Effect::Throttle { retry_after: None }] {
        let (app, ids) = with_small_ones(20).await;
        let throttled = Fault::on(format!("{}/assignments", ids[6]), throttle.clone());
        app.graph.fault(throttled.first(1));
        app.graph
            .fault(Fault::on(ids[13].clone(), Effect::NotFound));
        let run = app
            .backed_up(&app.schedule("Nightly", &[SMALL]).await)
            .await;
        let result = app.result(&run, SMALL).await;
        assert_eq!(run.state.status(), RunStatus::Succeeded, "{result:?}");
        assert_eq!((result.vanished, result.failed), (1, 0), "{throttle:?}");
        assert_eq!(result.listed, Some(result.items + 1));
        for (number, id) in ids.iter().enumerate().filter(|(number, _)| *number != 13) {
            let expected = if number == 6 { 2 } else { 1 };
            let reads = app.requests(&format!("{id}/assignments")).len();
            assert_eq!(reads, expected, "{number}");
        }
    }
}

/// B20, B22: an envelope with the status of one of its items, one without a body, or one that is no
/// JSON.
#[actix_rt::test]
async fn an_odd_envelope_costs_no_object() {
    for effect in [
        Effect::Restatused { status: 424 },
        Effect::ForeignMarkup,
        Effect::NoBody,
        Effect::Reset,
    ] {
        let (app, ids) = with_small_ones(20).await;
        app.graph.fault(Fault::on("$batch", effect.clone()));
        let run = app
            .backed_up(&app.schedule("Nightly", &[SMALL]).await)
            .await;
        let result = app.result(&run, SMALL).await;
        assert_eq!(
            result.status,
            KindStatus::Succeeded,
            "{effect:?} {result:?}"
        );
        assert!(usize::try_from(result.items).unwrap() >= ids.len());
        assert!(app.set_of(&run).await.unwrap().is_complete, "{effect:?}");
        assert!(envelopes(&app) > 0, "{effect:?}");
    }
}

/// B20: an item that says success and holds nothing is no empty value.
#[actix_rt::test]
async fn a_success_without_a_body_fails_its_object_alone() {
    let (app, ids) = with_small_ones(20).await;
    let path = format!("{}/assignments", ids[4]);
    app.graph.fault(Fault::on(path, Effect::NoBody));
    let run = app
        .backed_up(&app.schedule("Nightly", &[SMALL]).await)
        .await;
    let result = app.result(&run, SMALL).await;
    assert_eq!(result.status, KindStatus::Partial, "{result:?}");
    assert_eq!(result.failed, 1);
    assert_eq!(result.listed, Some(result.items + 1));
}

/// B21: however many there are, no envelope holds more than twenty; the judge would say so.
#[actix_rt::test]
async fn no_envelope_is_too_large() {
    let (app, ids) = with_small_ones(45).await;
    let run = app
        .backed_up(&app.schedule("Nightly", &[SMALL]).await)
        .await;
    let result = app.result(&run, SMALL).await;
    assert_eq!(result.status, KindStatus::Succeeded, "{result:?}");
    for id in ids {
        assert_eq!(app.requests(&format!("{id}/assignments")).len(), 1);
    }
    assert!(envelopes(&app) >= 3);
    assert_eq!(app.graph.violations(), []);
}
