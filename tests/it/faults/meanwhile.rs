//! What changes while a backup is made: objects, permissions, and the fate of one tenant among many.

use serde_json::Value;
use tenantatlas::{
    domain::{completeness::KindStatus, failure::FailureCode, kind::PolicyKind, run::RunStatus},
    workers::WorkerSettings,
};
use tenantatlas_simulator::{Effect, Fault, Hits};

use super::{check_failed, failure};
use crate::support::{Setup, TestApp, kinds::collection};

const SCRIPTS: PolicyKind = PolicyKind::PowershellScript;

/// B74: what is read last is what is stored.
#[actix_rt::test]
async fn an_object_edited_after_it_was_listed_is_stored_as_it_is_read() {
    let app = TestApp::start().await;
    let id = app.graph.objects(app.directory(), collection(SCRIPTS))[0].object["id"]
        .as_str()
        .unwrap()
        .to_owned();
    app.graph
        .fault(Fault::on(format!("*/{id}"), Effect::ItemEdited).first(1));
    let schedule = app.schedule("Nightly", &[SCRIPTS]).await;
    let run = app.backed_up(&schedule).await;
    assert_eq!(run.state.status(), RunStatus::Succeeded, "{:?}", run.state);
    let set = app.set_of(&run).await.unwrap();
    let items = app.items(&set).await;
    let item = items.iter().find(|item| item.graph_id == id).unwrap();
    let payload: Value = app.content(set.tenant, item.parts.payload).await;
    let name = payload["displayName"].as_str().unwrap();
    assert!(name.ends_with(" (edited)"), "{name}");
}

/// B74: an object that is added while the list is read belongs to the set.
#[actix_rt::test]
async fn an_object_added_between_two_pages_is_stored() {
    let app = super::paging::with_two_pages().await;
    let kind = PolicyKind::CompliancePolicyV2;
    let added = Fault::on("*/compliancePolicies", Effect::ItemAdded);
    app.graph.fault(added.hits(Hits::Nth(2)));
    let run = app.backed_up(&app.schedule("Nightly", &[kind]).await).await;
    let result = app.result(&run, kind).await;
    assert_eq!(run.state.status(), RunStatus::Succeeded, "{result:?}");
    assert_eq!((result.listed, result.items), (Some(31), 31));
}

/// B95: a permission that is taken away in the middle is told with what was read before.
#[actix_rt::test]
async fn a_permission_taken_away_meanwhile_leaves_a_part() {
    // One object after the other, so that it is certain which was read before.
    let workers = WorkerSettings {
        reads: 1,
        ..WorkerSettings::default()
    };
    let app = TestApp::with(Setup {
        policies: 200,
        workers,
        ..Setup::default()
    })
    .await;
    let permissions = vec!["DeviceManagementScripts.Read.All".to_owned()];
    let removed = Effect::PermissionRemoved { permissions };
    app.graph
        .fault(Fault::on("*/deviceManagementScripts/*", removed).hits(Hits::Nth(2)));
    let kinds = [super::NEIGHBOUR, SCRIPTS];
    let run = app.backed_up(&app.schedule("Nightly", &kinds).await).await;
    assert_eq!(run.state.status(), RunStatus::Partial, "{:?}", run.state);
    let result = app.result(&run, SCRIPTS).await;
    let (status, code) = (KindStatus::Partial, FailureCode::PermissionMissing);
    let told = "DeviceManagementScripts.Read.All";
    check_failed(told, &result, status, code, told);
    assert_eq!(failure(&run).code, code);
    assert_eq!(result.items, 1);
    assert_eq!(result.listed, Some(result.items + result.failed));
    let set = app.set_of(&run).await.unwrap();
    assert_eq!(set.missing_kinds, [SCRIPTS]);
}

/// B32: one tenant whose tokens are refused for ever holds up no other.
#[actix_rt::test]
async fn a_tenant_whose_tokens_are_refused_leaves_the_others_alone() {
    let app = TestApp::with(Setup {
        tenants: 2,
        ..Setup::default()
    })
    .await;
    let refused = Fault::on("/beta/", Effect::ExpiredToken);
    app.graph.fault(refused.tenant(app.directory()));
    let kinds = [PolicyKind::ScopeTag, super::STRUCK];
    let mut ends = Vec::new();
    for tenant in app.tenants.clone() {
        let schedule = app.schedule_of(tenant, "Nightly", &kinds).await;
        ends.push(app.run_now(&schedule).await);
    }
    let mut statuses = Vec::new();
    for run in &ends {
        statuses.push(app.settled(run).await.state.status());
    }
    assert_eq!(statuses, [RunStatus::Failed, RunStatus::Succeeded]);
}
