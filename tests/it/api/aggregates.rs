//! What dashboards show of a tenant as a whole.

use chrono::TimeDelta;
use serde_json::{Value, json};
use tenantatlas::domain::{
    kind::PolicyKind,
    role::Role,
    run::{Run, Trigger},
};
use tenantatlas_simulator::{Effect, Fault};

use crate::support::{
    Setup, TestApp, by_hand,
    client::{Api, Client, id},
    dispatch_only,
};

const TAG: &[PolicyKind] = &[PolicyKind::ScopeTag];

const OVERVIEW: &str = "query($id: ID!) { tenant(id: $id) { overview {
    scheduleCount enabledScheduleCount activeRunCount failedRunCountLast24Hours partialRunCountLast24Hours
    staleScheduleCount lastSucceededAt nextRunAt backupSetCount storageBytes computedAt
} } }";

const CALENDAR: &str =
    "query($id: ID!, $days: Int! = 4, $zone: TimeZone! = \"UTC\") { tenant(id: $id) {
    runCalendar(days: $days, timeZone: $zone) { date succeeded partial failed notRun }
} }";

const STORAGE: &str = "query($id: ID!, $days: Int! = 4) { tenant(id: $id) {
    storageHistory(days: $days) { date storedBytes logicalBytes }
} }";

async fn of_tenant(client: &Client, app: &TestApp, query: &str, field: &str) -> Value {
    let mut data = client.data(query, json!({"id": id(app.tenant())})).await;
    data["tenant"][field].take()
}

async fn days_of(client: &Client, app: &TestApp, zone: &str) -> Vec<(String, [u64; 4])> {
    let variables = json!({"id": id(app.tenant()), "zone": zone});
    let data = client.data(CALENDAR, variables).await;
    let days = data["tenant"]["runCalendar"].as_array().unwrap();
    let day = |day: &Value| {
        let counts = ["succeeded", "partial", "failed", "notRun"];
        let date = day["date"].as_str().unwrap().to_owned();
        (date, counts.map(|count| day[count].as_u64().unwrap()))
    };
    days.iter().map(day).collect()
}

#[actix_rt::test]
async fn an_overview_counts_what_there_is_and_how_it_fares() {
    let app = TestApp::working(by_hand()).await;
    let api = Api::serve(&app).await;
    let rita = api.lasting_client(&app, app.tenant(), Role::Readonly).await;
    let empty = of_tenant(&rita, &app, OVERVIEW, "overview").await;
    assert_eq!(
        empty,
        json!({
            "scheduleCount": 0, "enabledScheduleCount": 0, "activeRunCount": 0,
            "failedRunCountLast24Hours": 0, "partialRunCountLast24Hours": 0, "staleScheduleCount": 0,
            "lastSucceededAt": null, "nextRunAt": null, "backupSetCount": 0, "storageBytes": "0",
            "computedAt": "2026-03-02T10:00:30.000Z",
        })
    );

    let marco = api.lasting_client(&app, app.tenant(), Role::Manager).await;
    let nightly = app.schedule("Nightly", TAG).await;
    let both = app
        .schedule(
            "Both",
            &[PolicyKind::ScopeTag, PolicyKind::AssignmentFilter],
        )
        .await;
    let gone = app.schedule("Gone", TAG).await;
    let off = app.schedule("Off", TAG).await;
    app.backed_up(&nightly).await;
    let second = app.backed_up(&nightly).await;
    let deleted = app.set_of(&second).await.unwrap();
    marco
        .change("deleteBackupSet", json!({"backupSetId": id(deleted.id)}))
        .await;
    marco
        .change("deleteBackupSchedule", json!({"scheduleId": id(gone.id)}))
        .await;
    marco
        .change("disableBackupSchedule", json!({"scheduleId": id(off.id)}))
        .await;
    app.pass(TimeDelta::minutes(5));
    app.graph.fault(Fault::on(
        "/deviceManagement/assignmentFilters",
        Effect::status(403),
    ));
    app.backed_up(&both).await;
    app.graph.clear_faults();
    app.graph.fault(Fault::on(
        "/deviceManagement/roleScopeTags",
        Effect::status(403),
    ));
    app.backed_up(&nightly).await;
    let found = of_tenant(&rita, &app, OVERVIEW, "overview").await;
    let bytes: u64 = found["storageBytes"].as_str().unwrap().parse().unwrap();
    assert!(bytes > 0, "{found:#}");
    let expected = json!({
        "scheduleCount": 3, "enabledScheduleCount": 2, "activeRunCount": 0,
        "failedRunCountLast24Hours": 1, "partialRunCountLast24Hours": 1, "staleScheduleCount": 0,
        "lastSucceededAt": "2026-03-02T10:00:30.000Z", "nextRunAt": "2026-03-03T01:00:00.000Z",
        "backupSetCount": 2, "storageBytes": bytes.to_string(),
        "computedAt": "2026-03-02T10:05:30.000Z",
    });
    assert_eq!(found, expected);
    // A day later they are not recent any more.
    app.pass(TimeDelta::days(1) + TimeDelta::seconds(1));
    let later = of_tenant(&rita, &app, OVERVIEW, "overview").await;
    assert_eq!(later["failedRunCountLast24Hours"], 0);
    assert_eq!(later["partialRunCountLast24Hours"], 0);
}

#[actix_rt::test]
async fn queued_runs_are_active() {
    let app = TestApp::working(dispatch_only()).await;
    let api = Api::serve(&app).await;
    let rita = api.lasting_client(&app, app.tenant(), Role::Readonly).await;
    let schedule = app.schedule("Nightly", TAG).await;
    app.queue(&schedule, Trigger::Manual).await;
    let found = of_tenant(&rita, &app, OVERVIEW, "overview").await;
    assert_eq!(found["activeRunCount"], 1);
}

/// Makes a run look as if it had ended so.
async fn ended_as(app: &TestApp, run: &Run, status: &str) {
    app.pretend_success(run).await;
    app.tamper(format!(
        "UPDATE runs SET status = '{status}' WHERE id = '{}'",
        run.id
    ))
    .await;
}

#[actix_rt::test]
async fn a_calendar_shows_every_day_in_the_zone_asked_for() {
    let app = TestApp::dispatcher().await;
    let api = Api::serve(&app).await;
    let rita = api.lasting_client(&app, app.tenant(), Role::Readonly).await;
    let schedule = app.schedule("Nightly", TAG).await;
    // 10:00:30 on the 2nd, then 23:30 on the same day, which is the 3rd in Berlin.
    ended_as(&app, &app.queue(&schedule, Trigger::Manual).await, "FAILED").await;
    app.pass(TimeDelta::minutes(13 * 60 + 30));
    ended_as(
        &app,
        &app.queue(&schedule, Trigger::Manual).await,
        "SUCCEEDED",
    )
    .await;
    // The slots of the 3rd and the 4th, 01:00 UTC each, were missed in one outage.
    app.tick_at("2026-03-04T12:00:00Z").await;
    app.queue(&schedule, Trigger::Manual).await;
    let date = |day: u32| format!("2026-03-{day:02}");
    assert_eq!(
        days_of(&rita, &app, "UTC").await,
        [
            (date(1), [0, 0, 0, 0]),
            (date(2), [1, 0, 1, 0]),
            (date(3), [0, 0, 0, 1]),
            (date(4), [0, 0, 0, 1]),
        ]
    );
    assert_eq!(
        days_of(&rita, &app, "Europe/Berlin").await,
        [
            (date(1), [0, 0, 0, 0]),
            (date(2), [0, 0, 1, 0]),
            (date(3), [1, 0, 0, 1]),
            (date(4), [0, 0, 0, 1]),
        ]
    );
}

#[actix_rt::test]
async fn storage_is_shown_for_every_day_and_grows_by_what_is_new() {
    let app = TestApp::working(by_hand()).await;
    let api = Api::serve(&app).await;
    let rita = api.lasting_client(&app, app.tenant(), Role::Readonly).await;
    let schedule = app.schedule("Nightly", TAG).await;
    app.backed_up(&schedule).await;
    app.pass(TimeDelta::days(2));
    app.backed_up(&schedule).await;
    let days = of_tenant(&rita, &app, STORAGE, "storageHistory").await;
    let bytes =
        |day: usize, field: &str| -> u64 { days[day][field].as_str().unwrap().parse().unwrap() };
    let dates: Vec<&str> = (0..4)
        .map(|day| days[day]["date"].as_str().unwrap())
        .collect();
    assert_eq!(
        dates,
        ["2026-03-01", "2026-03-02", "2026-03-03", "2026-03-04"]
    );
    assert_eq!((bytes(0, "storedBytes"), bytes(0, "logicalBytes")), (0, 0));
    assert!(bytes(1, "storedBytes") > 0);
    assert_eq!(bytes(2, "storedBytes"), bytes(1, "storedBytes"));
    // The second set says nothing new, and would take as much again.
    assert_eq!(bytes(3, "storedBytes"), bytes(1, "storedBytes"));
    assert_eq!(bytes(3, "logicalBytes"), 2 * bytes(1, "logicalBytes"));
    let one = rita
        .data(STORAGE, json!({"id": id(app.tenant()), "days": 1}))
        .await;
    assert_eq!(one["tenant"]["storageHistory"], json!([days[3]]));
}

#[actix_rt::test]
async fn a_history_of_no_days_or_too_many_is_refused() {
    let app = TestApp::with(Setup {
        policies: 0,
        workers: dispatch_only(),
        ..Setup::default()
    })
    .await;
    let api = Api::serve(&app).await;
    let rita = api.lasting_client(&app, app.tenant(), Role::Readonly).await;
    for query in [CALENDAR, STORAGE] {
        for (days, code) in [
            (0, "BAD_USER_INPUT"),
            (-1, "BAD_USER_INPUT"),
            (367, "BAD_USER_INPUT"),
            (i32::MAX, "QUERY_TOO_COMPLEX"),
        ] {
            let variables = json!({"id": id(app.tenant()), "days": days});
            assert_eq!(rita.codes(query, variables).await, [code], "{days}");
        }
    }
    let variables = json!({"id": id(app.tenant()), "zone": "Nowhere/Land"});
    assert_eq!(
        rita.codes(CALENDAR, variables).await,
        ["GRAPHQL_VALIDATION_FAILED"]
    );
}
