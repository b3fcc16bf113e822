//! Pages that lead astray: a list is whole or it counts as refused.

use tenantatlas::domain::{
    completeness::KindStatus, failure::FailureCode, kind::PolicyKind, run::RunStatus,
};
use tenantatlas_simulator::{Effect, Fault, PagingLoop};
use uuid::Uuid;

use super::{NEIGHBOUR, STRUCK, STRUCK_LIST, Table, always};
use crate::support::{TestApp, kinds::collection};

/// B71, B72
#[actix_rt::test]
async fn links_that_do_not_lead_to_the_end_are_not_followed() {
    let table = Table::start().await;
    let row = |name, way, told, requests| {
        let effect = Effect::NextLink(way);
        always(name, effect, FailureCode::Unknown, told, requests)
    };
    table
        .check([
            row("to itself", PagingLoop::ToItself, "read before", 1),
            row("cycle of two", PagingLoop::CycleOfTwo, "read before", 3),
            row("foreign host", PagingLoop::ForeignHost, "another host", 1),
            row("other version", PagingLoop::OtherVersion, "API version", 1),
            row(
                "endless empty pages",
                PagingLoop::EmptyPages,
                "in a row are empty",
                7,
            ),
        ])
        .await;
    assert_eq!(table.app.requests("/v1.0/device").len(), 0);
}

/// Thirty policies whose list comes in pages of 25.
pub(super) async fn with_two_pages() -> TestApp {
    let app = TestApp::start().await;
    let kind = collection(PolicyKind::CompliancePolicyV2);
    let model = app.graph.objects(app.directory(), kind).remove(0);
    for number in 0..29 {
        let mut object = model.object.clone();
        object["id"] = Uuid::from_u128(number).to_string().into();
        app.graph
            .insert(app.directory(), kind, object, model.parts.clone());
    }
    app
}

/// B70
#[actix_rt::test]
async fn an_object_on_two_pages_is_one_object() {
    let app = with_two_pages().await;
    let kind = PolicyKind::CompliancePolicyV2;
    let schedule = app.schedule("Nightly", &[kind]).await;
    let list = Fault::on("*/compliancePolicies", Effect::DuplicateAcrossPages);
    app.graph.fault(list);
    let run = app.backed_up(&schedule).await;
    let result = app.result(&run, kind).await;
    assert_eq!(run.state.status(), RunStatus::Succeeded, "{result:?}");
    let objects = app.graph.objects(app.directory(), collection(kind));
    assert_eq!(objects.len(), 30);
    assert_eq!((result.listed, result.items), (Some(30), 30));
    let mut pages = app.requests("/compliancePolicies");
    pages.retain(|request| request.path.ends_with("/compliancePolicies"));
    assert_eq!(pages.len(), 2);
}

/// B75
#[actix_rt::test]
async fn a_list_that_is_suddenly_empty_is_asked_for_again() {
    for (strikes, left) in [(Some(1), true), (None, false)] {
        let app = TestApp::start().await;
        let schedule = app.schedule("Nightly", &[NEIGHBOUR, STRUCK]).await;
        let before = app.backed_up(&schedule).await;
        let items = app.result(&before, STRUCK).await.items;
        assert!(items > 0);

        app.pass(chrono::TimeDelta::hours(1));
        app.graph.clear_log();
        let fault = Fault::on(STRUCK_LIST, Effect::EmptyList);
        app.graph.fault(match strikes {
            Some(count) => fault.first(count),
            None => fault,
        });
        let run = app.backed_up(&schedule).await;
        let result = app.result(&run, STRUCK).await;
        assert_eq!(run.state.status(), RunStatus::Succeeded, "{result:?}");
        assert_eq!(result.status, KindStatus::Succeeded);
        assert_eq!(app.requests(STRUCK_LIST).len(), 2);
        let expected = if left { items } else { 0 };
        assert_eq!((result.listed, result.items), (Some(expected), expected));
        assert_eq!(run.summary.unwrap().removed, items - expected);
    }
}
