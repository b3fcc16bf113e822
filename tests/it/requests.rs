//! What a backup asks of Graph: no more than a tenth beyond what it takes.

use tenantatlas::{
    domain::{backup::BackupItem, kind::PolicyKind, run::Run, schedule::Schedule},
    graph::catalog::entry,
};

use crate::{
    reuse::{set, succeeded, to_a_day_that_is_full},
    support::{Setup, TestApp},
};

/// Kinds with the readings that each of their objects takes beside the list, at most. The rest take
/// their lists alone.
const KINDS: [(PolicyKind, usize); 14] = [
    (PolicyKind::SettingsCatalog, 1),
    (PolicyKind::PowershellScript, 1),
    (PolicyKind::ShellScript, 1),
    (PolicyKind::CustomAttributeScript, 1),
    (PolicyKind::Remediation, 1),
    (PolicyKind::ComplianceScript, 1),
    (PolicyKind::MobileApp, 1),
    (PolicyKind::GroupPolicyConfiguration, 2),
    (PolicyKind::DeviceCompliancePolicy, 0),
    (PolicyKind::AssignmentFilter, 0),
    (PolicyKind::DeviceCategory, 0),
    (PolicyKind::RoleDefinition, 0),
    (PolicyKind::ConditionalAccessPolicy, 0),
    (PolicyKind::AppProtectionIos, 0),
];

async fn items(app: &TestApp, run: &Run) -> Vec<BackupItem> {
    app.items(&set(app, run).await).await
}

/// Requests for pages of lists since the log was cleared.
fn pages(app: &TestApp) -> usize {
    let is_list = |path: &str| {
        let below = path.strip_prefix("/beta").or(path.strip_prefix("/v1.0"));
        KINDS
            .iter()
            .any(|(kind, _)| below == Some(entry(*kind).list))
    };
    let requests = app.requests("/").into_iter();
    requests.filter(|request| is_list(&request.path)).count()
}

async fn run(app: &TestApp, schedule: &Schedule) -> Run {
    app.graph.clear_log();
    succeeded(app, schedule).await
}

fn at_most_a_tenth_beyond(app: &TestApp, suffices: usize) {
    let asked = app.requests("/");
    let paths: Vec<_> = asked.iter().map(|request| &request.path).collect();
    assert!(
        asked.len() * 10 <= suffices * 11,
        "{suffices} of {paths:#?}"
    );
}

#[actix_rt::test]
async fn a_backup_asks_for_little_more_than_it_takes() {
    let app = TestApp::with(Setup {
        policies: 300,
        ..Setup::default()
    })
    .await;
    let kinds = KINDS.map(|(kind, _)| kind);
    let schedule = app.schedule("Nightly", &kinds).await;

    let first = run(&app, &schedule).await;
    let names_of_groups = 1;
    let each = |item: &BackupItem| KINDS.iter().find(|(kind, _)| *kind == item.kind);
    let items = items(&app, &first).await;
    let bodies = items.iter().filter_map(each);
    let bodies: usize = bodies.map(|(_, readings)| readings).sum();
    at_most_a_tenth_beyond(&app, pages(&app) + bodies + names_of_groups);

    to_a_day_that_is_full(&app, false);
    run(&app, &schedule).await;
    at_most_a_tenth_beyond(&app, pages(&app));
}
