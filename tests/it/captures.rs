//! Every core kind is captured with all its parts, and nothing else.

use tenantatlas::domain::{completeness::KindStatus, kind::PolicyKind, run::RunStatus};
use tenantatlas_simulator::StoredObject;

use crate::support::{
    Setup, TestApp,
    truth::{collection, is_left_out, whole},
};

#[actix_rt::test]
async fn every_kind_is_captured_with_all_its_parts() {
    let app = TestApp::with(Setup {
        policies: 400,
        ..Setup::default()
    })
    .await;
    let schedule = app.schedule("Everything", PolicyKind::ALL).await;
    let run = app.backed_up(&schedule).await;
    assert_eq!(run.state.status(), RunStatus::Succeeded, "{:?}", run.state);
    let set = app.set_of(&run).await.expect("a set");
    let items = app.items(&set).await;
    let find = |collection: &str, id: &str| -> Option<StoredObject> {
        let objects = app.graph.objects(app.directory(), collection);
        objects.into_iter().find(|stored| stored.object["id"] == id)
    };
    for result in app.results(&run).await {
        let kind = result.kind;
        let mut objects = app.graph.objects(app.directory(), collection(kind));
        objects.retain(|stored| !is_left_out(kind, stored));
        let wanted: Vec<_> = objects
            .iter()
            .map(|stored| whole(kind, stored, &find))
            .collect();
        let stored = app.compare(&set, &items, kind, &wanted).await;
        assert!(stored > 0, "{kind}");
        assert_eq!(result.status, KindStatus::Succeeded, "{kind}");
        let counted = u32::try_from(stored).unwrap();
        assert_eq!(result.listed, Some(counted), "{kind}");
        assert_eq!(result.items, counted, "{kind}");
        assert_eq!(
            (result.failed, result.vanished, result.reused),
            (0, 0, 0),
            "{kind}"
        );
    }
    assert_eq!(items.len(), usize::try_from(set.item_count).unwrap());
}
