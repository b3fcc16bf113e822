//! A stranger's object is exactly a missing one.

use serde_json::{Value, json};
use tenantatlas::domain::{
    global_id::GlobalId,
    ids::{RunId, ScheduleId},
    kind::PolicyKind,
    role::Role,
};

use crate::support::{
    Setup, TestApp,
    client::{Api, codes, document_of, id},
};

#[actix_rt::test]
async fn a_list_of_objects_has_those_of_the_caller_each_in_its_place() {
    let app = TestApp::with(Setup {
        tenants: 2,
        ..Setup::default()
    })
    .await;
    let api = Api::serve(&app).await;
    let (own, foreign) = (app.tenants[0], app.tenants[1]);
    let client = api.client(&app, own, Role::Owner).await;
    let stranger = api.client(&app, foreign, Role::Owner).await;
    let mine = app.schedule("Mine", &[PolicyKind::SettingsCatalog]).await;
    let theirs = app
        .schedule_of(foreign, "Theirs", &[PolicyKind::SettingsCatalog])
        .await;
    let run = app.backed_up(&theirs).await;
    let set = app.set_of(&run).await.expect("a set");
    let item = app.items(&set).await.remove(0);
    let ids = [
        id(mine.id),
        id(foreign),
        id(theirs.id),
        id(ScheduleId::mint()),
        id(run.id),
        id(set.id),
        id(item.id),
        id(item.policy),
        id(stranger.id.expect("a token")),
        id(own),
    ];
    let query = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }";
    let answer = client.ask(query, json!({"ids": ids})).await;
    let last = ids.len() - 1;
    let mut expected = vec![Value::Null; ids.len()];
    for place in [0, last] {
        expected[place] = json!({"id": ids[place]});
    }
    assert_eq!(answer["data"]["nodes"], json!(expected));
    let errors = answer["errors"].as_array().unwrap();
    let mut paths: Vec<&Value> = errors.iter().map(|error| &error["path"][1]).collect();
    paths.sort_by_key(|path| path.as_u64());
    assert_eq!(json!(paths), json!((1..last).collect::<Vec<_>>()));
    let codes = codes(&answer);
    assert!(codes.iter().all(|code| code == "NOT_FOUND"), "{codes:?}");
    // Whoever they belong to finds them.
    let found = stranger.ask(query, json!({"ids": ids})).await;
    let nodes = found["data"]["nodes"].as_array().unwrap();
    let found: Vec<bool> = nodes.iter().map(|node| !node.is_null()).collect();
    let there = (0..ids.len()).map(|place| ![0, 3, last].contains(&place));
    assert_eq!(found, there.collect::<Vec<_>>());
}

#[actix_rt::test]
async fn a_filter_by_a_stranger_s_schedule_matches_nothing() {
    let app = TestApp::with(Setup {
        tenants: 2,
        ..Setup::default()
    })
    .await;
    let api = Api::serve(&app).await;
    let client = api.client(&app, app.tenants[0], Role::Readonly).await;
    let theirs = app
        .schedule_of(app.tenants[1], "Theirs", &[PolicyKind::SettingsCatalog])
        .await;
    app.backed_up(&theirs).await;
    let mine = app.schedule("Mine", &[PolicyKind::SettingsCatalog]).await;
    app.backed_up(&mine).await;
    let query = "query($tenant: ID!, $ids: [ID!]) {
        tenant(id: $tenant) { backupRuns(filter: {scheduleIds: $ids}) { totalCount } }
    }";
    for (schedule, expected) in [(theirs.id, 0), (mine.id, 1)] {
        let variables = json!({"tenant": id(app.tenants[0]), "ids": [id(schedule)]});
        let data = client.data(query, variables).await;
        assert_eq!(data["tenant"]["backupRuns"]["totalCount"], expected);
    }
    let viewer = "{ viewer { tenants { nodes { id } totalCount } } }";
    let data = client.data(viewer, json!({})).await;
    let expected = json!({"nodes": [{"id": app.tenants[0].to_global()}], "totalCount": 1});
    assert_eq!(data["viewer"]["tenants"], expected);
}

#[actix_rt::test]
async fn a_text_that_is_no_identifier_is_told_from_a_missing_object() {
    let app = TestApp::start().await;
    let api = Api::serve(&app).await;
    let client = api.client(&app, app.tenant(), Role::Owner).await;
    for (field, wrong) in [
        ("tenant", id(RunId::mint())),
        ("backupSchedule", "sch_1".to_owned()),
        ("backupScheduleRun", "run_".to_owned()),
        ("backupSet", String::new()),
        ("policy", ScheduleId::mint().to_string()),
        ("node", "new_0000000000000000000000".to_owned()),
    ] {
        let query = format!("{{ {field}(id: \"{wrong}\") {{ id }} }}");
        assert_eq!(
            client.codes(&query, json!({})).await,
            ["INVALID_ID"],
            "{field}"
        );
    }
    let query = document_of("disableBackupSchedule");
    let variables = json!({"input": {"scheduleId": id(app.tenant())}});
    assert_eq!(client.codes(&query, variables).await, ["INVALID_ID"]);
}
