//! A run from its queueing to a whole set.

use tenantatlas::domain::{completeness::KindStatus, kind::PolicyKind, run::RunStatus};

use crate::support::TestApp;

const THREE: [PolicyKind; 3] = [
    PolicyKind::DeviceConfiguration,
    PolicyKind::SettingsCatalog,
    PolicyKind::PowershellScript,
];

#[actix_rt::test]
async fn a_run_stores_one_whole_set() {
    let app = TestApp::start().await;
    let schedule = app.schedule("Nightly", &THREE).await;
    let run = app.backed_up(&schedule).await;
    let results = app.results(&run).await;
    assert_eq!(
        run.state.status(),
        RunStatus::Succeeded,
        "{:?} {results:#?}",
        run.state
    );
    assert!(
        results
            .iter()
            .all(|result| result.status == KindStatus::Succeeded && result.items > 0)
    );
    let set = app.set_of(&run).await.expect("a set");
    assert!(set.is_complete);
    let items = app.items(&set).await;
    assert_eq!(items.len(), usize::try_from(set.item_count).unwrap());
    for item in &items {
        let payload = app.content(set.tenant, item.parts.payload).await;
        assert_eq!(payload["id"], item.graph_id.as_str());
    }
}

#[actix_rt::test]
async fn a_set_that_cannot_be_stored_fails_its_run() {
    let app = TestApp::start().await;
    let schedule = app.schedule("Nightly", &THREE).await;
    app.backed_up(&schedule).await;
    app.execute("CREATE UNIQUE INDEX one_set_is_enough ON backup_sets (tenant_id)")
        .await;
    let run = app.backed_up(&schedule).await;
    assert_eq!(run.state.status(), RunStatus::Failed);
    assert_eq!(app.set_of(&run).await, None);
    assert_eq!(app.results(&run).await.len(), THREE.len());
}
