//! Every kind behaves like every other: an edit is read again, other assignments are seen, and the
//! documents tell what is so.

use std::{collections::BTreeSet, env, fmt::Write, fs, path::Path};

use serde_json::{Value, json};
use tenantatlas::{
    clock::Clock,
    domain::{
        backup::BackupItem,
        completeness::KindStatus,
        kind::{PolicyKind, Tier},
        run::Run,
        schedule::Schedule,
    },
    graph::catalog::{self, Assignments, Entry, entry},
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

/// What `docs/kinds.md` has to say.
fn table() -> String {
    let mut text = String::from(HEAD);
    for tier in Tier::ALL {
        let kinds = PolicyKind::ALL.iter().filter(|kind| kind.tier() == *tier);
        let rows: Vec<_> = kinds.map(|kind| catalog::entry(*kind)).collect();
        let permissions: BTreeSet<&str> = rows
            .iter()
            .filter_map(|entry| entry.permissions.first().copied())
            .collect();
        write!(text, "\n## {}, {} kinds\n\n", tier_name(*tier), rows.len()).unwrap();
        text.push_str("| kind | what | permission | slices |\n| --- | --- | --- | --- |\n");
        rows.iter().for_each(|entry| text.push_str(&row(entry)));
        text.push_str("\nThe permissions together:\n\n");
        for permission in permissions {
            writeln!(text, "- `{permission}`").unwrap();
        }
    }
    text
}

const HEAD: &str = "# What can be backed up

One row for each kind (`PolicyType` in the API), in the order in which kinds are read. Where several
permissions are named, any one of them does; all of them only read. A test keeps this page equal to
the code; run it with `UPDATE_DOCS=1` to write the page anew.
";

fn tier_name(tier: Tier) -> &'static str {
    match tier {
        Tier::Core => "Core",
        Tier::Extended => "Extended",
        Tier::Optional => "Optional",
    }
}

fn row(entry: &Entry) -> String {
    let quoted = |names: Vec<&str>| {
        let names: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
        names.join(", ")
    };
    let permission = match entry.unavailable {
        Some(reason) => format!("not available: {reason}"),
        None => quoted(entry.permissions.to_vec()),
    };
    let slices = entry.partitions.iter();
    let slices = quoted(slices.map(|slice| slice.sub_kind.as_str()).collect());
    let assigned = match entry.assignments == Assignments::None {
        true => "",
        false => ", with assignments",
    };
    let (kind, title) = (entry.kind, entry.kind.title());
    format!("| `{kind}` | {title}{assigned} | {permission} | {slices} |\n")
}

#[test]
fn the_page_about_kinds_says_what_the_catalogue_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/kinds.md");
    if env::var_os("UPDATE_DOCS").is_some_and(|value| value == "1") {
        fs::write(&path, table()).unwrap();
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == table(),
        "docs/kinds.md differs from the catalogue; run the test with UPDATE_DOCS=1"
    );
}

/// Whoever grants what the README names gets every kind that can be read.
#[test]
fn the_readme_names_the_permissions_of_every_kind() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = fs::read_to_string(path).unwrap();
    for kind in readable() {
        let wanted = catalog::entry(kind).permissions;
        let is_named = |name: &&str| readme.contains(&format!("`{name}`"));
        assert!(wanted.iter().any(is_named), "{kind} {wanted:?}");
    }
}
