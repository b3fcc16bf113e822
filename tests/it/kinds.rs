//! Every kind behaves like every other: an edit is read again, other assignments are seen, and the
//! documents tell what is so.

use serde_json::{Value, json};
use tenantatlas::{
    clock::Clock,
    domain::{
        backup::BackupItem, completeness::KindStatus, kind::PolicyKind, run::Run,
        schedule::Schedule,
    },
    graph::catalog::{Assignments, entry},
};
use tenantatlas_simulator::Licence;

use crate::{
    reuse::{self, succeeded},
    support::{
        Setup, TestApp,
        kinds::{MARKED, collection, identity, kept, readable},
        truth::is_left_out,
    },
};

/// A server with a backup of every kind that an app may read, on a day that reads nothing in full.
async fn after_a_first_run() -> (TestApp, Schedule) {
    let (app, schedule, _) = reuse::after_a_first_run(&readable()).await;
    (app, schedule)
}

/// The identifier of an object of each kind that a backup holds.
fn one_of_each(app: &TestApp) -> Vec<(PolicyKind, String)> {
    let id_of = |kind: PolicyKind| {
        let objects = app.graph.objects(app.directory(), collection(kind));
        let mut held = objects.iter().filter(|stored| !is_left_out(kind, stored));
        identity(&held.next().expect("an object of each kind").object).to_owned()
    };
    let kinds = readable().into_iter();
    kinds.map(|kind| (kind, id_of(kind))).collect()
}

async fn items(app: &TestApp, run: &Run) -> Vec<BackupItem> {
    let set = app.set_of(run).await.expect("a set");
    app.items(&set).await
}

fn item<'a>(items: &'a [BackupItem], kind: PolicyKind, id: &str) -> &'a BackupItem {
    let mut all = items.iter();
    let found = all.find(|item| item.kind == kind && item.graph_id == id);
    found.unwrap_or_else(|| panic!("{kind} {id} is not in the set"))
}

/// Where an edit of a test shows. The settings of the tenant are what their list selects.
fn edited_place(kind: PolicyKind) -> &'static str {
    if kind == PolicyKind::TenantSettings {
        "/settings/deviceComplianceCheckinThresholdDays"
    } else {
        "/description"
    }
}

#[actix_rt::test]
async fn an_edit_of_any_kind_is_read_again() {
    let (app, schedule) = after_a_first_run().await;
    let edited = one_of_each(&app);
    for (kind, id) in &edited {
        let edit = |object: &mut Value| {
            if *kind == PolicyKind::TenantSettings {
                object["settings"]["deviceComplianceCheckinThresholdDays"] = "edited".into();
            } else {
                object["description"] = "edited".into();
            }
        };
        app.graph.edit(app.directory(), collection(*kind), id, edit);
    }
    let run = succeeded(&app, &schedule).await;
    let items = items(&app, &run).await;
    for (kind, id) in &edited {
        let item = item(&items, *kind, id);
        let payload = app.content(app.tenant(), item.parts.payload).await;
        let place = payload.pointer(edited_place(*kind));
        assert_eq!(place, Some(&json!("edited")), "{kind}");
        assert_eq!(item.captured_at, app.clock.now(), "{kind}");
    }
    for result in app.results(&run).await {
        let reused = match MARKED.contains(&result.kind) {
            true => result.items - 1,
            false => 0,
        };
        assert_eq!(result.reused, reused, "{}", result.kind);
    }
    // An assignment of a role shows the role as well.
    let changed = u32::try_from(edited.len()).unwrap();
    assert!(run.summary.unwrap().changed >= changed);
}

#[actix_rt::test]
async fn other_assignments_of_any_kind_are_seen() {
    let (app, schedule) = after_a_first_run().await;
    let target = json!({ "@odata.type": "#microsoft.graph.allDevicesAssignmentTarget" });
    let everybody = json!([{ "id": "everybody", "target": target }]);
    let mut reassigned = one_of_each(&app);
    reassigned.retain(|(kind, id)| {
        let objects = kept(&app.graph, app.directory(), *kind);
        let object = objects.iter().find(|it| identity(&it.object) == id);
        object.unwrap().parts["assignments"].is_array()
    });
    for (kind, id) in &reassigned {
        app.graph
            .reassign(app.directory(), collection(*kind), id, everybody.clone());
    }
    let run = succeeded(&app, &schedule).await;
    let items = items(&app, &run).await;
    for (kind, id) in &reassigned {
        let kept = item(&items, *kind, id).parts.assignments;
        let kept = app.content(app.tenant(), kept.expect("assignments")).await;
        assert_eq!(kept, everybody, "{kind}");
    }
    for result in app.results(&run).await {
        let reused = match MARKED.contains(&result.kind) {
            true => result.items,
            false => 0,
        };
        assert_eq!(result.reused, reused, "{}", result.kind);
    }
    let has_assignments = |kind: &PolicyKind| entry(*kind).assignments != Assignments::None;
    let all: Vec<_> = readable().into_iter().filter(has_assignments).collect();
    let tried: Vec<_> = reassigned.iter().map(|(kind, _)| *kind).collect();
    assert_eq!(tried, all, "every kind that has assignments");
    let changed = u32::try_from(reassigned.len()).unwrap();
    assert_eq!(run.summary.unwrap().changed, changed);
}

#[actix_rt::test]
async fn a_licence_that_is_missing_is_named_and_fails_nothing() {
    let app = TestApp::with(Setup {
        policies: 120,
        lacks: vec![
            Licence::WindowsEnterprise,
            Licence::Windows365,
            Licence::CloudPki,
            Licence::Tunnel,
            Licence::EntraP1,
        ],
        ..Setup::default()
    })
    .await;
    let schedule = app.schedule("Everything", PolicyKind::ALL).await;
    let run = succeeded(&app, &schedule).await;
    let expected = [
        (PolicyKind::WindowsFeatureUpdate, "Windows Enterprise"),
        (
            PolicyKind::WindowsQualityUpdateProfile,
            "Windows Enterprise",
        ),
        (PolicyKind::WindowsQualityUpdatePolicy, "Windows Enterprise"),
        (PolicyKind::Remediation, "Windows Enterprise"),
        (PolicyKind::ConditionalAccessPolicy, "Entra ID P1"),
        (PolicyKind::NamedLocation, "Entra ID P1"),
        (PolicyKind::AuthenticationContext, "Entra ID P1"),
        (PolicyKind::CloudPcProvisioningPolicy, "Windows 365"),
        (PolicyKind::CloudPcUserSetting, "Windows 365"),
        (PolicyKind::TermsOfUse, "signed-in people"),
        (PolicyKind::InventoryPolicy, "portal"),
        (PolicyKind::TunnelConfiguration, "Microsoft Tunnel"),
        (PolicyKind::TunnelSite, "Microsoft Tunnel"),
        (PolicyKind::CloudPki, "Cloud PKI"),
        (PolicyKind::CloudPcNetworkConnection, "Windows 365"),
        (PolicyKind::CloudPcDeviceImage, "Windows 365"),
        (PolicyKind::MobilityManagementPolicy, "signed-in people"),
    ];
    let mut results = app.results(&run).await;
    results.retain(|result| result.status != KindStatus::Succeeded);
    let kinds: Vec<_> = results.iter().map(|result| result.kind).collect();
    assert_eq!(kinds, expected.map(|(kind, _)| kind));
    for (result, (kind, told)) in results.iter().zip(expected) {
        assert_eq!(result.status, KindStatus::NotAvailable, "{kind}");
        let message = &result.failure.as_ref().unwrap().message;
        assert!(message.contains(told), "{kind}: {message}");
    }
}
