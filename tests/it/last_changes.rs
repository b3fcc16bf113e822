//! Who changed what: told when Intune's audit events tell it, unknown otherwise, never a failure.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};
use tenantatlas::domain::{
    kind::PolicyKind::{self, *},
    role::Role,
    run::Run,
    schedule::Schedule,
};
use tenantatlas_simulator::{Actor, Effect, Fault};

use crate::{
    history::{by, describe, remove},
    reuse::{read_in_full, set, some_id, succeeded, to_a_day_that_is_full},
    support::{
        TestApp,
        client::{Api, id},
        kinds::collection,
    },
};

const KINDS: [PolicyKind; 2] = [DeviceConfiguration, PowershellScript];
const EVENTS: &str = "/deviceManagement/auditEvents";

/// Who changed an object last, as the set of a run tells.
async fn last_change(app: &TestApp, run: &Run, graph_id: &str) -> Value {
    let api = Api::serve(app).await;
    let client = api.client(app, app.tenant(), Role::Readonly).await;
    let query = "query($id: ID!, $item: String!) { backupSet(id: $id) {
        items(filter: {policyGraphIds: [$item]}) { nodes { lastChange { actorName operation occurredAt } } }
    } }";
    let set = id(set(app, run).await.id);
    let mut data = client
        .data(query, json!({"id": set, "item": graph_id}))
        .await;
    data["backupSet"]["items"]["nodes"][0]["lastChange"].take()
}

/// Profiles of which no event of the made-up past tells.
fn untold(app: &TestApp) -> Vec<String> {
    let told = app.graph.objects(app.directory(), "auditEvents");
    let told: Vec<String> = told.iter().map(|it| it.object.to_string()).collect();
    let profiles = app
        .graph
        .objects(app.directory(), collection(DeviceConfiguration));
    let ids = profiles
        .iter()
        .map(|it| it.object["id"].as_str().unwrap().to_owned());
    ids.filter(|id| !told.iter().any(|event| event.contains(id)))
        .collect()
}

fn actor(change: &Value) -> Option<&str> {
    change["actorName"].as_str()
}

/// A server with a first backup, on the eve of a day that reads nothing in full.
async fn after_a_first_run() -> (TestApp, Schedule, String) {
    let app = TestApp::start().await;
    let schedule = app.schedule("Nightly", &KINDS).await;
    let first = succeeded(&app, &schedule).await;
    assert_eq!(app.requests(EVENTS).len(), 0, "nothing tells what changed");
    let profile = untold(&app).remove(0);
    assert_eq!(last_change(&app, &first, &profile).await, Value::Null);
    to_a_day_that_is_full(&app, false);
    app.graph.clear_log();
    (app, schedule, profile)
}

fn edit(app: &TestApp, by: Actor, id: &str, description: &str) {
    app.graph.act_as(by);
    // No two changes happen at the same instant.
    app.pacing.advance(TimeDelta::seconds(1));
    let edit = |object: &mut Value| object["description"] = description.into();
    app.graph
        .edit(app.directory(), collection(DeviceConfiguration), id, edit);
}

fn person(name: &str) -> Actor {
    Actor::Person(format!("{name}@contoso.example"))
}

/// B90
#[actix_rt::test]
async fn a_changed_item_names_the_person_or_the_app() {
    let (app, schedule, profile) = after_a_first_run().await;
    let (script, added) = (some_id(&app, PowershellScript, 0), "added");
    edit(&app, person("ann"), &profile, "one");
    app.graph.act_as(Actor::App("Deployer".to_owned()));
    let everybody = json!([{"id": "all", "target": {"@odata.type": "#microsoft.graph.allDevicesAssignmentTarget"}}]);
    app.graph.reassign(
        app.directory(),
        collection(PowershellScript),
        &script,
        everybody,
    );
    let new = json!({"@odata.type": "#microsoft.graph.windows10CustomConfiguration", "id": added, "displayName": "New", "version": 1});
    app.graph.insert(
        app.directory(),
        collection(DeviceConfiguration),
        new,
        Value::Null,
    );
    let second = succeeded(&app, &schedule).await;
    let events = app.requests(EVENTS);
    assert_eq!(
        events.len(),
        2,
        "one question, and the page that was promised for nothing"
    );
    let change = last_change(&app, &second, &profile).await;
    assert_eq!(actor(&change), Some("ann@contoso.example"));
    assert_eq!(change["operation"], "Patch");
    let at: DateTime<Utc> = change["occurredAt"].as_str().unwrap().parse().unwrap();
    assert!(at > DateTime::UNIX_EPOCH);
    for id in [script.as_str(), added] {
        let change = last_change(&app, &second, id).await;
        assert_eq!(actor(&change), Some("Deployer"), "{id}");
    }
    let untouched = untold(&app).remove(0);
    assert_eq!(last_change(&app, &second, &untouched).await, Value::Null);
    let requests = u64::try_from(app.requests("/").len()).unwrap();
    assert_eq!(second.summary.unwrap().requests, requests);
}

#[actix_rt::test]
async fn what_did_not_change_keeps_what_is_known() {
    let (app, schedule, profile) = after_a_first_run().await;
    edit(&app, person("ann"), &profile, "one");
    let changed = succeeded(&app, &schedule).await;
    let known = last_change(&app, &changed, &profile).await;
    assert_eq!(actor(&known), Some("ann@contoso.example"));
    to_a_day_that_is_full(&app, false);
    app.graph.clear_log();
    let quiet = succeeded(&app, &schedule).await;
    assert_eq!(
        app.requests(EVENTS).len(),
        0,
        "a quiet run asks for no events"
    );
    let full = read_in_full(&app, &schedule).await;
    assert_eq!(app.requests(EVENTS).len(), 0);
    for run in [quiet, full] {
        assert_eq!(last_change(&app, &run, &profile).await, known);
    }
}

/// B91
#[actix_rt::test]
async fn of_two_changes_the_newest_counts_and_none_of_our_own() {
    let (app, schedule, profile) = after_a_first_run().await;
    edit(&app, person("ann"), &profile, "one");
    edit(&app, person("bob"), &profile, "two");
    edit(&app, Actor::Client, &profile, "three");
    for (id, by) in [("own", Actor::Client), ("unrecorded", Actor::Unrecorded)] {
        app.graph.act_as(by);
        let new = json!({"@odata.type": "#microsoft.graph.windows10CustomConfiguration", "id": id, "displayName": id, "version": 1});
        app.graph.insert(
            app.directory(),
            collection(DeviceConfiguration),
            new,
            Value::Null,
        );
    }
    let run = succeeded(&app, &schedule).await;
    let change = last_change(&app, &run, &profile).await;
    assert_eq!(actor(&change), Some("bob@contoso.example"));
    for id in ["own", "unrecorded"] {
        assert_eq!(last_change(&app, &run, id).await, Value::Null, "{id}");
    }
}

#[actix_rt::test]
async fn an_event_of_the_time_before_tells_nothing_of_a_change() {
    let (app, schedule, profile) = after_a_first_run().await;
    edit(&app, Actor::Unrecorded, &profile, "one");
    let long_ago = app.clock_now() - TimeDelta::days(30);
    let event = json!({
        "id": "event",
        "activityDateTime": long_ago.to_rfc3339_opts(SecondsFormat::Secs, true),
        "activityOperationType": "Patch",
        "activityResult": "Success",
        "actor": {"auditActorType": "ItPro", "userPrincipalName": "eve@contoso.example"},
        "resources": [{"resourceId": profile}],
    });
    app.graph
        .insert(app.directory(), "auditEvents", event, Value::Null);
    let run = succeeded(&app, &schedule).await;
    assert_eq!(last_change(&app, &run, &profile).await, Value::Null);
}

#[actix_rt::test]
async fn without_the_permission_nobody_is_asked_or_named() {
    let (app, schedule, profile) = after_a_first_run().await;
    let granted = [
        "DeviceManagementConfiguration.Read.All",
        "DeviceManagementScripts.Read.All",
    ];
    app.graph
        .permissions(app.directory(), granted.map(str::to_owned).to_vec());
    edit(&app, person("ann"), &profile, "one");
    let run = succeeded(&app, &schedule).await;
    assert_eq!(app.requests(EVENTS).len(), 0);
    assert_eq!(last_change(&app, &run, &profile).await, Value::Null);
}

#[actix_rt::test]
async fn a_question_that_fails_fails_no_run() {
    for effect in [
        Effect::status(500),
        Effect::throttle("2"),
        Effect::status(400),
    ] {
        let (app, schedule, profile) = after_a_first_run().await;
        app.graph.fault(Fault::on(EVENTS, effect));
        edit(&app, person("ann"), &profile, "one");
        let run = succeeded(&app, &schedule).await;
        assert!(!app.requests(EVENTS).is_empty());
        assert_eq!(last_change(&app, &run, &profile).await, Value::Null);
    }
}

#[actix_rt::test]
async fn a_page_that_was_promised_and_does_not_come_is_not_missed() {
    let (app, schedule, profile) = after_a_first_run().await;
    app.graph
        .fault(Fault::on(EVENTS, Effect::status(504)).query("skip"));
    edit(&app, person("ann"), &profile, "one");
    let run = succeeded(&app, &schedule).await;
    assert!(app.requests(EVENTS).len() > 1);
    let change = last_change(&app, &run, &profile).await;
    assert_eq!(actor(&change), Some("ann@contoso.example"));
}

/// A kind that could not be read for a while is compared with an older set than the others are.
#[actix_rt::test]
async fn what_happened_while_a_kind_was_refused_is_told_once_it_is_read_again() {
    let (app, schedule, edited) = after_a_first_run().await;
    let gone = untold(&app).remove(1);
    by(&app, person("ann"));
    describe(&app, DeviceConfiguration, &edited, "one");
    by(&app, person("bob"));
    remove(&app, DeviceConfiguration, &gone);
    app.pass(TimeDelta::hours(1));
    let profiles = "/deviceManagement/deviceConfigurations";
    app.graph.fault(Fault::on(profiles, Effect::Denied));
    app.backed_up(&schedule).await;
    app.graph.clear_faults();
    app.pass(TimeDelta::hours(1));
    let run = succeeded(&app, &schedule).await;
    let change = last_change(&app, &run, &edited).await;
    assert_eq!(actor(&change), Some("ann@contoso.example"));
    let removed_by = app.lines("SELECT removed_by AS line FROM removals").await;
    assert_eq!(removed_by, ["bob@contoso.example"]);
}
