//! What is written down of refusals, and what callers are told that they may.

use diesel::{QueryableByName, RunQueryDsl, sql_types::Text};
use serde_json::json;
use tenantatlas::domain::{kind::PolicyKind, role::Role};

use crate::support::{
    TestApp,
    client::{Api, document_of, id},
};

#[derive(QueryableByName)]
struct Refusals {
    #[diesel(sql_type = Text)]
    line: String,
}

#[actix_rt::test]
async fn refusals_are_written_down_once_a_minute() {
    let app = TestApp::start().await;
    let api = Api::serve(&app).await;
    let schedule = app
        .schedule("Nightly", &[PolicyKind::SettingsCatalog])
        .await;
    let client = api.client(&app, app.tenant(), Role::Operator).await;
    let document = document_of("disableBackupSchedule");
    for _ in 0..3 {
        let variables = json!({"input": {"scheduleId": id(schedule.id)}});
        assert_eq!(client.codes(&document, variables).await, ["FORBIDDEN"]);
    }
    let lines = app
        .read(|db| {
            let query = "SELECT action || ' ' || outcome || ' ' || target_name AS line \
                         FROM audit_log WHERE outcome = 'DENIED'";
            Ok(diesel::sql_query(query).load::<Refusals>(db)?)
        })
        .await;
    let lines: Vec<&str> = lines.iter().map(|row| row.line.as_str()).collect();
    assert_eq!(lines, ["SCHEDULE_DISABLED DENIED Nightly"]);
}

#[actix_rt::test]
async fn rights_are_those_of_the_role_and_of_a_token() {
    let app = TestApp::start().await;
    let api = Api::serve(&app).await;
    let query = "query($id: ID!) { tenant(id: $id) { viewerRole viewerPermissions } }";
    for (role, expected) in [
        (Role::Readonly, json!(["READ_BACKUPS"])),
        (
            Role::Operator,
            json!(["CANCEL_RUN", "READ_BACKUPS", "START_RUN"]),
        ),
        (
            Role::Manager,
            json!([
                "CANCEL_RUN",
                "MANAGE_BACKUP_SETS",
                "MANAGE_SCHEDULES",
                "READ_AUDIT_LOG",
                "READ_BACKUPS",
                "READ_MEMBERS",
                "START_RUN"
            ]),
        ),
    ] {
        let client = api.client(&app, app.tenant(), role).await;
        let data = client.data(query, json!({"id": id(app.tenant())})).await;
        assert_eq!(data["tenant"]["viewerRole"], role.as_str());
        assert_eq!(data["tenant"]["viewerPermissions"], expected);
    }
}
