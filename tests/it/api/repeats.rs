//! A request that is sent twice is carried out once.

use serde_json::{Value, json};
use tenantatlas::{
    domain::{kind::PolicyKind, role::Role},
    store::schedules,
};

use crate::support::{
    TestApp,
    client::{Api, id},
};

#[actix_rt::test]
async fn a_repeat_is_given_the_first_answer() {
    let app = TestApp::start().await;
    let api = Api::serve(&app).await;
    let client = api.client(&app, app.tenant(), Role::Manager).await;
    let create = json!({
        "tenantId": id(app.tenant()), "name": "Nightly", "policyTypes": ["SCOPE_TAG"],
        "recurrence": {"frequency": "DAILY", "timeOfDay": "02:00", "timeZone": "UTC"},
        "idempotencyKey": "create-0001",
    });
    let first = client.change("createBackupSchedule", create.clone()).await;
    let second = client.change("createBackupSchedule", create.clone()).await;
    assert_eq!(
        (&first["isReplay"], &second["isReplay"]),
        (&json!(false), &json!(true))
    );
    assert_eq!(first["schedule"], second["schedule"]);

    let schedule = first["schedule"]["id"].clone();
    let run = json!({"scheduleId": schedule, "idempotencyKey": "run-now-0001"});
    let first = client.change("runBackupScheduleNow", run.clone()).await;
    let second = client.change("runBackupScheduleNow", run.clone()).await;
    assert_eq!(
        (&first["isReplay"], &second["isReplay"]),
        (&json!(false), &json!(true))
    );
    assert_eq!(first["run"]["id"], second["run"]["id"]);

    let reused = [(
        "IDEMPOTENCY_KEY_REUSED".to_owned(),
        "input.idempotencyKey".to_owned(),
    )];
    let mut other = create;
    other["name"] = json!("Other");
    assert_eq!(client.faults("createBackupSchedule", other).await, reused);
    let mut other = run;
    other["fullRead"] = json!(true);
    assert_eq!(client.faults("runBackupScheduleNow", other).await, reused);
    let tenant = app.tenant();
    assert_eq!(app.read(move |db| schedules::count(db, tenant)).await, 1);
}

#[actix_rt::test]
async fn a_key_is_remembered_for_a_day_and_belongs_to_its_caller() {
    let app = TestApp::start().await;
    let api = Api::serve(&app).await;
    let client = api.client(&app, app.tenant(), Role::Manager).await;
    let colleague = api.client(&app, app.tenant(), Role::Manager).await;
    let schedule = app.schedule("Nightly", &[PolicyKind::ScopeTag]).await;
    let input = json!({"scheduleId": id(schedule.id), "idempotencyKey": "run-now-0001"});
    let mut runs: Vec<Value> = Vec::new();
    for (who, hours) in [(&client, 0), (&colleague, 0), (&client, 23), (&client, 25)] {
        app.pass(chrono::TimeDelta::hours(hours));
        // The tokens hold for a day.
        app.execute("UPDATE api_tokens SET expires_at = '2030-01-01 00:00:00'")
            .await;
        let payload = who.change("runBackupScheduleNow", input.clone()).await;
        let run = payload["run"]["id"].clone();
        app.quiet(&schedule).await;
        runs.push(run);
    }
    assert_ne!(runs[0], runs[1]);
    assert_eq!(runs[0], runs[2]);
    assert_ne!(runs[0], runs[3]);
}

#[actix_rt::test]
async fn requests_at_the_same_time_are_answered_one_by_one() {
    let app = TestApp::start().await;
    let api = Api::serve(&app).await;
    let client = api.client(&app, app.tenant(), Role::Manager).await;
    let schedule = app.schedule("Nightly", &[PolicyKind::ScopeTag]).await;
    let input = json!({"scheduleId": id(schedule.id), "idempotencyKey": "run-now-0001"});
    let asked = (0..8).map(|_| client.change("runBackupScheduleNow", input.clone()));
    let answers = futures_util::future::join_all(asked).await;
    let replays = answers
        .iter()
        .filter(|answer| answer["isReplay"] == true)
        .count();
    assert_eq!(replays, 7, "{answers:#?}");
    assert!(
        answers
            .iter()
            .all(|answer| answer["run"]["id"] == answers[0]["run"]["id"])
    );
}
