//! Runs that people start, retry and stop.

use serde_json::{Value, json};
use tenantatlas::{
    domain::{kind::PolicyKind, role::Role},
    store::credentials,
};

use crate::support::{
    TestApp,
    client::{Api, Client, id},
};

async fn operator(app: &TestApp) -> (Api, Client) {
    let api = Api::serve(app).await;
    let client = api.client(app, app.tenant(), Role::Operator).await;
    (api, client)
}

#[actix_rt::test]
async fn a_second_run_is_given_the_one_in_its_way() {
    let app = TestApp::start().await;
    let (_api, client) = operator(&app).await;
    let schedule = app
        .schedule("Nightly", &[PolicyKind::SettingsCatalog])
        .await;
    let gate = app.graph.hold("configurationPolicies");
    let ask = |key: &str| json!({"scheduleId": id(schedule.id), "idempotencyKey": key});
    let first = client
        .change("runBackupScheduleNow", ask("first-click"))
        .await;
    assert_eq!(first["run"]["status"], "QUEUED");
    let second = client
        .change("runBackupScheduleNow", ask("second-click"))
        .await;
    assert_eq!(second["userErrors"][0]["code"], "RUN_ALREADY_ACTIVE");
    assert_eq!(second["activeRun"]["id"], first["run"]["id"]);
    assert_eq!(second["run"], Value::Null);
    gate.open();
    app.quiet(&schedule).await;
    let third = client
        .change("runBackupScheduleNow", ask("third-click"))
        .await;
    assert_eq!(third["userErrors"], json!([]));
    app.quiet(&schedule).await;
}

#[actix_rt::test]
async fn a_tenant_without_a_credential_is_not_backed_up() {
    let app = TestApp::start().await;
    let (_api, client) = operator(&app).await;
    let schedule = app
        .schedule("Nightly", &[PolicyKind::SettingsCatalog])
        .await;
    let tenant = app.tenant();
    app.write(move |db, _| credentials::remove(db, tenant))
        .await;
    let input = json!({"scheduleId": id(schedule.id), "idempotencyKey": "run-now-0001"});
    let faults = client.faults("runBackupScheduleNow", input).await;
    assert_eq!(faults, [("TENANT_NOT_CONNECTED".to_owned(), String::new())]);
}

#[actix_rt::test]
async fn a_run_is_cancelled_once_and_retried_once() {
    let app = TestApp::start().await;
    let (_api, client) = operator(&app).await;
    let schedule = app
        .schedule("Nightly", &[PolicyKind::SettingsCatalog])
        .await;
    let gate = app.graph.hold("configurationPolicies");
    let run = app.run_now(&schedule).await;
    let not_yet = client.faults(
        "retryBackupScheduleRun",
        json!({
            "runId": id(run.id), "idempotencyKey": "retry-0000"
        }),
    );
    assert_eq!(
        not_yet.await,
        [("RUN_NOT_RETRYABLE".to_owned(), "input.runId".to_owned())]
    );
    let cancel = json!({"runId": id(run.id)});
    let payload = client
        .change("cancelBackupScheduleRun", cancel.clone())
        .await;
    assert_ne!(payload["run"]["cancelRequestedAt"], Value::Null);
    let run = app.settled(&run).await;
    gate.open();
    assert_eq!(run.state.status().as_str(), "CANCELLED");
    let ended = client.faults("cancelBackupScheduleRun", cancel).await;
    assert_eq!(
        ended,
        [("RUN_ALREADY_FINISHED".to_owned(), "input.runId".to_owned())]
    );

    let retry = |key: &str| json!({"runId": id(run.id), "idempotencyKey": key});
    let first = client
        .change("retryBackupScheduleRun", retry("retry-0001"))
        .await;
    assert_eq!(first["userErrors"], json!([]), "{first:#}");
    app.quiet(&schedule).await;
    let again = client
        .faults("retryBackupScheduleRun", retry("retry-0002"))
        .await;
    assert_eq!(
        again,
        [("RUN_NOT_RETRYABLE".to_owned(), "input.runId".to_owned())]
    );
    let replay = client
        .change("retryBackupScheduleRun", retry("retry-0001"))
        .await;
    assert_eq!(replay["isReplay"], true);

    let query = "query($id: ID!) { backupScheduleRun(id: $id) {
        trigger attempt scheduledFor retryOf { id } retriedBy { id retryOf { id } trigger }
    } }";
    let data = client.data(query, json!({"id": id(run.id)})).await;
    let expected = json!({
        "trigger": "MANUAL", "attempt": 1, "scheduledFor": null, "retryOf": null,
        "retriedBy": {
            "id": first["run"]["id"], "retryOf": {"id": id(run.id)}, "trigger": "RETRY",
        },
    });
    assert_eq!(data["backupScheduleRun"], expected);
}
