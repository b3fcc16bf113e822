//! Backup sets in the hands of people: deleted, brought back, and left alone for a while.

use chrono::TimeDelta;
use serde_json::{Value, json};
use tenantatlas::domain::{
    backup::BackupSet, ids::BackupSetId, kind::PolicyKind, role::Role, schedule::Schedule,
};

use crate::support::{
    TestApp, by_hand,
    client::{Api, document_of, id},
};

/// A set a day.
async fn days(app: &TestApp, schedule: &Schedule, count: usize) -> Vec<BackupSet> {
    let mut sets = Vec::new();
    for _ in 0..count {
        app.pass(TimeDelta::days(1));
        let run = app.backed_up(schedule).await;
        sets.push(app.set_of(&run).await.expect("a set"));
    }
    sets
}

fn of(set: &BackupSet) -> Value {
    json!({"backupSetId": id(set.id)})
}

#[actix_rt::test]
async fn a_set_is_deleted_and_brought_back() {
    let app = TestApp::start().await;
    let api = Api::serve(&app).await;
    let schedule = app.schedule("Nightly", &[PolicyKind::ScopeTag]).await;
    let sets = days(&app, &schedule, 2).await;
    let marco = api.member(&app, app.tenant(), "marco", Role::Manager).await;
    let latest = async || {
        let query = "query($id: ID!) { tenant(id: $id) {
            backedUp: policies(filter: {isBackedUp: true}) {
                totalCount nodes { latestBackupItem { backupSet { id } } }
            } } }";
        let mut data = marco.data(query, json!({"id": id(app.tenant())})).await;
        data["tenant"]["backedUp"].take()
    };
    let set_of = |list: &Value| list["nodes"][0]["latestBackupItem"]["backupSet"]["id"].clone();
    assert_eq!(set_of(&latest().await), id(sets[1].id));

    // The newest complete set, which retention never touches.
    let deleted = marco.change("deleteBackupSet", of(&sets[1])).await;
    let set = &deleted["backupSet"];
    assert_eq!(set["deletionReason"], "USER");
    assert_eq!(set["deletedBy"]["displayName"], "Marco Mancini");
    assert_eq!(set["deletedAt"], "2026-03-04T10:00:30.000Z");
    assert_eq!(set["purgeAt"], "2026-04-03T10:00:30.000Z");
    assert_eq!(set_of(&latest().await), id(sets[0].id));
    app.pass(TimeDelta::minutes(5));
    let again = marco.change("deleteBackupSet", of(&sets[1])).await;
    assert_eq!(again["backupSet"]["deletedAt"], set["deletedAt"]);
    marco.change("deleteBackupSet", of(&sets[0])).await;
    assert_eq!(latest().await["totalCount"], 0);

    let back = marco.change("undeleteBackupSet", of(&sets[1])).await;
    assert_eq!(back["backupSet"]["deletedAt"], Value::Null);
    assert_eq!(back["backupSet"]["deletedBy"], Value::Null);
    marco.change("undeleteBackupSet", of(&sets[1])).await;
    assert_eq!(set_of(&latest().await), id(sets[1].id));
    let log = "SELECT action || ' ' || target_name AS line FROM audit_log \
               WHERE action LIKE 'BACKUP_SET%' ORDER BY id";
    let expected = [
        "BACKUP_SET_DELETED Nightly",
        "BACKUP_SET_DELETED Nightly",
        "BACKUP_SET_UNDELETED Nightly",
    ];
    assert_eq!(app.lines(log).await, expected);
    // The next backup is whole, also without an earlier set to take things over from.
    marco.change("deleteBackupSet", of(&sets[1])).await;
    let next = days(&app, &schedule, 1).await;
    assert_eq!(next[0].content_hash, sets[1].content_hash);
}

#[actix_rt::test]
async fn retention_leaves_a_set_alone_for_a_day_after_it_was_brought_back() {
    let app = TestApp::working(by_hand()).await;
    let api = Api::serve(&app).await;
    api.membership(&app, app.tenant(), "marco", Role::Manager)
        .await;
    // It keeps three.
    let schedule = app.schedule("Nightly", &[PolicyKind::ScopeTag]).await;
    let sets = days(&app, &schedule, 4).await;
    let is_deleted = format!("id = '{}' AND deletion_reason = 'RETENTION'", sets[0].id);
    assert_eq!(app.count("backup_sets", &is_deleted).await, 1);
    let marco = api.person("marco");
    let back = marco.change("undeleteBackupSet", of(&sets[0])).await;
    assert_eq!(
        back["userErrors"],
        json!([]),
        "retention's too can be brought back"
    );
    app.pass(TimeDelta::hours(23));
    app.backed_up(&schedule).await;
    assert_eq!(app.count("backup_sets", &is_deleted).await, 0);
    app.pass(TimeDelta::hours(1));
    app.backed_up(&schedule).await;
    assert_eq!(app.count("backup_sets", &is_deleted).await, 1);
}

#[actix_rt::test]
async fn managers_and_their_tokens_may_and_others_not() {
    let app = TestApp::start().await;
    let api = Api::serve(&app).await;
    let schedule = app.schedule("Nightly", &[PolicyKind::ScopeTag]).await;
    let sets = days(&app, &schedule, 1).await;
    let tenant = app.tenant();
    let token = api.client(&app, tenant, Role::Manager).await;
    let operator = api.client(&app, tenant, Role::Operator).await;
    let oscar = api.member(&app, tenant, "oscar", Role::Operator).await;
    let stranger = api.person("stranger");
    for mutation in ["deleteBackupSet", "undeleteBackupSet"] {
        let done = token.change(mutation, of(&sets[0])).await;
        assert_eq!(done["backupSet"]["id"], id(sets[0].id));
        for client in [&operator, &oscar] {
            let input = json!({"input": of(&sets[0])});
            let codes = client.codes(&document_of(mutation), input).await;
            assert_eq!(codes, ["FORBIDDEN"], "{mutation}");
        }
        let foreign = stranger.change(mutation, of(&sets[0])).await;
        let missing = json!({"backupSetId": id(BackupSetId::mint())});
        assert_eq!(foreign, stranger.change(mutation, missing).await);
        let codes = &foreign["userErrors"][0];
        assert_eq!(codes["code"], "NOT_FOUND");
        assert_eq!(codes["path"], json!(["input", "backupSetId"]));
    }
    let denied = "action LIKE 'BACKUP_SET%' AND outcome = 'DENIED'";
    assert_eq!(app.count("audit_log", denied).await, 4);
}
