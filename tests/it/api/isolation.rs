//! A stranger's object is exactly a missing one.

use serde_json::{Value, json};
use tenantatlas::domain::{
    global_id::GlobalId,
    ids::{ApiTokenId, BackupItemId, BackupSetId, PolicyId, RunId, ScheduleId, TenantId, UserId},
    kind::PolicyKind,
    role::Role,
};

use crate::support::{
    Setup, TestApp,
    client::{Api, document_of, id},
};

/// The answer to a document about an object, without what differs between any two requests.
async fn answers(
    client: &crate::support::client::Client,
    query: &str,
    objects: [&str; 2],
) -> [Value; 2] {
    let [one, other] = objects.map(|object| {
        let query = query.replace("$ID", object);
        async move {
            let mut answer = client.ask(&query, json!({})).await;
            // Nobody's clock moves meanwhile, so the second has fewer points left.
            answer["extensions"].take();
            answer
        }
    });
    [one.await, other.await]
}

#[actix_rt::test]
async fn objects_of_strangers_are_missing() {
    let app = TestApp::with(Setup {
        tenants: 2,
        ..Setup::default()
    })
    .await;
    let api = Api::serve(&app).await;
    let (own, foreign) = (app.tenants[0], app.tenants[1]);
    let client = api.client(&app, own, Role::Owner).await;
    let stranger = api.client(&app, foreign, Role::Owner).await;
    let schedule = app
        .schedule_of(foreign, "Theirs", &[PolicyKind::SettingsCatalog])
        .await;
    let run = app.backed_up(&schedule).await;
    let set = app.set_of(&run).await.expect("a set");
    let item = app.items(&set).await.remove(0);
    let cases = [
        ("tenant", id(foreign), id(TenantId::mint())),
        ("backupSchedule", id(schedule.id), id(ScheduleId::mint())),
        ("backupScheduleRun", id(run.id), id(RunId::mint())),
        ("backupSet", id(set.id), id(BackupSetId::mint())),
        ("policy", id(item.policy), id(PolicyId::mint())),
        ("node", id(item.id), id(BackupItemId::mint())),
        ("node", id(stranger.id.unwrap()), id(ApiTokenId::mint())),
        ("node", id(schedule.id), id(ScheduleId::mint())),
        ("node", id(UserId::mint()), id(UserId::mint())),
    ];
    for (field, theirs, missing) in &cases {
        let query = format!("{{ {field}(id: \"$ID\") {{ id }} }}");
        let [one, other] = answers(&client, &query, [theirs, missing]).await;
        assert_eq!(one, other, "{field}");
        assert_eq!(
            one["errors"][0]["extensions"]["code"], "NOT_FOUND",
            "{field}"
        );
        assert_eq!(one["data"][field], Value::Null, "{field}");
        if !theirs.starts_with("usr_") {
            let query = query.replace("$ID", theirs);
            let found = stranger.data(&query, json!({})).await;
            assert_eq!(found[field]["id"], **theirs, "{field}");
        }
    }
    let all: Vec<&str> = cases.iter().map(|(_, theirs, _)| theirs.as_str()).collect();
    let answer = client
        .ask(
            "query($ids: [ID!]!) { nodes(ids: $ids) { id } }",
            json!({"ids": all}),
        )
        .await;
    assert!(
        answer["data"]["nodes"]
            .as_array()
            .unwrap()
            .iter()
            .all(Value::is_null)
    );
    assert_eq!(answer["errors"].as_array().unwrap().len(), all.len());
    assert_eq!(answer["errors"][3]["path"], json!(["nodes", 3]));
}

#[actix_rt::test]
async fn strangers_change_nothing() {
    let app = TestApp::with(Setup {
        tenants: 2,
        ..Setup::default()
    })
    .await;
    let api = Api::serve(&app).await;
    let foreign = app.tenants[1];
    let client = api.client(&app, app.tenants[0], Role::Owner).await;
    let schedule = app
        .schedule_of(foreign, "Theirs", &[PolicyKind::SettingsCatalog])
        .await;
    let run = app.backed_up(&schedule).await;
    let (theirs, missing) = (id(schedule.id), id(ScheduleId::mint()));
    let (their_run, missing_run) = (id(run.id), id(RunId::mint()));
    let create = |tenant: String| {
        json!({
            "tenantId": tenant, "name": "", "policyTypes": [],
            "recurrence": {"frequency": "DAILY", "timeOfDay": "02:00", "timeZone": "UTC"},
        })
    };
    let key = "a-key-of-mine";
    for (mutation, one, other) in [
        (
            "createBackupSchedule",
            create(id(foreign)),
            create(id(TenantId::mint())),
        ),
        (
            "updateBackupSchedule",
            json!({"scheduleId": theirs, "name": ""}),
            json!({"scheduleId": missing, "name": ""}),
        ),
        (
            "deleteBackupSchedule",
            json!({"scheduleId": theirs}),
            json!({"scheduleId": missing}),
        ),
        (
            "enableBackupSchedule",
            json!({"scheduleId": theirs}),
            json!({"scheduleId": missing}),
        ),
        (
            "disableBackupSchedule",
            json!({"scheduleId": theirs}),
            json!({"scheduleId": missing}),
        ),
        (
            "runBackupScheduleNow",
            json!({"scheduleId": theirs, "idempotencyKey": key}),
            json!({"scheduleId": missing, "idempotencyKey": key}),
        ),
        (
            "retryBackupScheduleRun",
            json!({"runId": their_run, "idempotencyKey": key}),
            json!({"runId": missing_run, "idempotencyKey": key}),
        ),
        (
            "cancelBackupScheduleRun",
            json!({"runId": their_run}),
            json!({"runId": missing_run}),
        ),
    ] {
        let (one, other) = (
            client.change(mutation, one).await,
            client.change(mutation, other).await,
        );
        assert_eq!(one, other, "{mutation}");
        assert_eq!(one["userErrors"].as_array().unwrap().len(), 1, "{mutation}");
        assert_eq!(one["userErrors"][0]["code"], "NOT_FOUND", "{mutation}");
    }
    let tenant = foreign;
    let kept = schedule.id;
    let after = app
        .read(move |db| tenantatlas::store::schedules::find(db, tenant, kept))
        .await
        .expect("the schedule is there");
    assert_eq!((after.revision, after.deleted_at), (1, None));
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
