//! What callers are told that they may.

use serde_json::json;
use tenantatlas::domain::role::Role;

use crate::support::{
    TestApp,
    client::{Api, id},
};

#[actix_rt::test]
async fn rights_are_those_of_the_role_and_of_a_token() {
    let app = TestApp::start().await;
    let api = Api::serve(&app).await;
    let query = "query($id: ID!) { tenant(id: $id) { viewerRole viewerPermissions } }";
    for (role, expected) in [
        (Role::Readonly, json!(["READ_BACKUPS"])),
        (
            Role::Operator,
            json!([
                "CANCEL_RUN",
                "READ_BACKUPS",
                "START_RUN",
                "VERIFY_BACKUP_SETS"
            ]),
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
                "START_RUN",
                "VERIFY_BACKUP_SETS"
            ]),
        ),
    ] {
        let client = api.client(&app, app.tenant(), role).await;
        let data = client.data(query, json!({"id": id(app.tenant())})).await;
        assert_eq!(data["tenant"]["viewerRole"], role.as_str());
        assert_eq!(data["tenant"]["viewerPermissions"], expected);
    }
}
