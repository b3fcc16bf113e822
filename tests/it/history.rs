//! What changed since the sets before: found out at the end of each run, told to people, and kept as a
//! policy's own history.

use chrono::TimeDelta;
use serde_json::{Value, json};
use tenantatlas::domain::{
    kind::PolicyKind::{self, *},
    role::Role,
    run::{Run, RunStatus},
    schedule::Schedule,
};
use tenantatlas_simulator::{Actor, Effect, Fault};

use crate::{
    reuse::{item, set, some_id, succeeded, to_a_day_that_is_full},
    support::{
        TestApp,
        client::{Api, Client, id},
        kinds::collection,
    },
};

pub(crate) const KINDS: [PolicyKind; 2] = [DeviceConfiguration, PowershellScript];
const SCRIPTS: &str = "/deviceManagement/deviceManagementScripts";

/// A server with one backup of two kinds, on the eve of a day that reads nothing in full.
pub(crate) async fn after_a_first_run() -> (TestApp, Schedule, Run) {
    let app = TestApp::start().await;
    let schedule = app.schedule("Nightly", &KINDS).await;
    let first = succeeded(&app, &schedule).await;
    to_a_day_that_is_full(&app, false);
    (app, schedule, first)
}

pub(crate) fn everybody() -> Value {
    json!([{"id": "all", "target": {"@odata.type": "#microsoft.graph.allDevicesAssignmentTarget"}}])
}

/// Whoever changes something at Graph from now on, and that it happens now.
pub(crate) fn by(app: &TestApp, actor: Actor) {
    app.pacing.set(app.clock_now());
    app.graph.act_as(actor);
}

pub(crate) fn person(name: &str) -> Actor {
    Actor::Person(format!("{name}@contoso.example"))
}

pub(crate) fn describe(app: &TestApp, kind: PolicyKind, id: &str, text: &str) {
    let edit = |object: &mut Value| object["description"] = text.into();
    app.graph.edit(app.directory(), collection(kind), id, edit);
}

pub(crate) fn reassign(app: &TestApp, kind: PolicyKind, id: &str, assignments: Value) {
    app.graph
        .reassign(app.directory(), collection(kind), id, assignments);
}

pub(crate) fn add(app: &TestApp, id: &str) {
    let new = json!({"@odata.type": "#microsoft.graph.windows10CustomConfiguration", "id": id, "displayName": id, "version": 1});
    app.graph.insert(
        app.directory(),
        collection(DeviceConfiguration),
        new,
        Value::Null,
    );
}

pub(crate) fn remove(app: &TestApp, kind: PolicyKind, id: &str) {
    app.graph.remove(app.directory(), collection(kind), id);
}

/// How the set of a run differs from those before it.
async fn changes(app: &TestApp, client: &Client, run: &Run) -> Value {
    let query = "query($id: ID!) { backupSet(id: $id) { changes {
        addedCount changedCount removedCount unchangedCount assignmentsChangedCount
        notComparedPolicyTypes
        byPolicyType {
            policyType base { id } addedCount changedCount removedCount unchangedCount assignmentsChangedCount
        }
    } } }";
    let set = id(set(app, run).await.id);
    let mut data = client.data(query, json!({ "id": set })).await;
    data["backupSet"]["changes"].take()
}

async fn reader(app: &TestApp, api: &Api) -> Client {
    api.client(app, app.tenant(), Role::Readonly).await
}

/// Added, changed, removed, and of the changed ones those that are assigned otherwise.
fn counts(changes: &Value) -> [i64; 4] {
    [
        "addedCount",
        "changedCount",
        "removedCount",
        "assignmentsChangedCount",
    ]
    .map(|count| changes[count].as_i64().unwrap())
}

#[actix_rt::test]
async fn what_changed_is_known_at_the_end_of_each_run() {
    let (app, schedule, first) = after_a_first_run().await;
    let api = Api::serve(&app).await;
    let client = reader(&app, &api).await;
    let of_first = changes(&app, &client, &first).await;
    assert_eq!(counts(&of_first), [0; 4]);
    let both = json!(["DEVICE_CONFIGURATION", "POWERSHELL_SCRIPT"]);
    assert_eq!(of_first["notComparedPolicyTypes"], both);
    assert_eq!(of_first["byPolicyType"], json!([]));

    let [edited, assigned] = [0, 1].map(|n| some_id(&app, DeviceConfiguration, n));
    let gone = some_id(&app, PowershellScript, 0);
    describe(&app, DeviceConfiguration, &edited, "edited");
    reassign(&app, DeviceConfiguration, &assigned, everybody());
    add(&app, "added");
    remove(&app, PowershellScript, &gone);
    let second = succeeded(&app, &schedule).await;
    let found = changes(&app, &client, &second).await;
    assert_eq!(counts(&found), [1, 2, 1, 1]);
    let items = i64::from(set(&app, &second).await.item_count);
    assert_eq!(found["unchangedCount"], json!(items - 3));
    assert_eq!(found["notComparedPolicyTypes"], json!([]));
    let by_kind = found["byPolicyType"].as_array().unwrap();
    assert_eq!(by_kind.len(), 2);
    assert_eq!(counts(&by_kind[0]), [1, 2, 0, 1]);
    assert_eq!(counts(&by_kind[1]), [0, 0, 1, 0]);
    let base = id(set(&app, &first).await.id);
    for kind in by_kind {
        assert_eq!(kind["base"]["id"], json!(base));
    }
    let summary = second.summary.unwrap();
    assert_eq!((summary.changed, summary.removed), (3, 1));

    app.pass(TimeDelta::hours(1));
    let quiet = succeeded(&app, &schedule).await;
    assert_eq!(
        counts(&changes(&app, &client, &quiet).await),
        [0; 4],
        "told once"
    );
}

/// A list that was refused says nothing of its objects: they are neither removed, nor is what happened
/// to them meanwhile forgotten.
#[actix_rt::test]
async fn a_kind_that_was_refused_in_between_loses_nothing_and_repeats_nothing() {
    let (app, schedule, first) = after_a_first_run().await;
    let api = Api::serve(&app).await;
    let client = reader(&app, &api).await;
    let (profile, script) = (
        some_id(&app, DeviceConfiguration, 0),
        some_id(&app, PowershellScript, 0),
    );
    app.graph.fault(Fault::on(SCRIPTS, Effect::Denied));
    describe(&app, DeviceConfiguration, &profile, "once");
    describe(&app, PowershellScript, &script, "unseen");
    let partial = app.backed_up(&schedule).await;
    assert_eq!(partial.state.status(), RunStatus::Partial);
    let found = changes(&app, &client, &partial).await;
    assert_eq!(counts(&found), [0, 1, 0, 0]);
    assert_eq!(
        found["notComparedPolicyTypes"],
        json!(["POWERSHELL_SCRIPT"])
    );

    app.graph.clear_faults();
    app.pass(TimeDelta::hours(1));
    let whole = succeeded(&app, &schedule).await;
    let found = changes(&app, &client, &whole).await;
    assert_eq!(counts(&found), [0, 1, 0, 0]);
    let by_kind = found["byPolicyType"].as_array().unwrap();
    assert_eq!(counts(&by_kind[0]), [0; 4], "told with the partial set");
    assert_eq!(counts(&by_kind[1]), [0, 1, 0, 0]);
    let bases = [&by_kind[0], &by_kind[1]].map(|kind| kind["base"]["id"].clone());
    let expected = [&partial, &first];
    for (base, run) in bases.iter().zip(expected) {
        assert_eq!(*base, json!(id(set(&app, run).await.id)));
    }
}

#[actix_rt::test]
async fn a_policy_that_comes_back_is_new_again() {
    let (app, schedule, _) = after_a_first_run().await;
    let api = Api::serve(&app).await;
    let client = reader(&app, &api).await;
    add(&app, "phoenix");
    succeeded(&app, &schedule).await;
    app.pass(TimeDelta::hours(1));
    remove(&app, DeviceConfiguration, "phoenix");
    let without = succeeded(&app, &schedule).await;
    assert_eq!(
        counts(&changes(&app, &client, &without).await),
        [0, 0, 1, 0]
    );
    app.pass(TimeDelta::hours(1));
    add(&app, "phoenix");
    let with = succeeded(&app, &schedule).await;
    assert_eq!(counts(&changes(&app, &client, &with).await), [1, 0, 0, 0]);
}

/// Graph gives lists in any order, and moves members that nobody decides on.
#[actix_rt::test]
async fn order_and_noise_are_no_change() {
    let (app, schedule, _) = after_a_first_run().await;
    let api = Api::serve(&app).await;
    let client = reader(&app, &api).await;
    let profile = some_id(&app, DeviceConfiguration, 0);
    let target = |group: &str| json!({"id": group, "target": {"@odata.type": "#microsoft.graph.groupAssignmentTarget", "groupId": group}});
    let [one, two] = [
        "11111111-1111-4111-8111-111111111111",
        "22222222-2222-4222-8222-222222222222",
    ]
    .map(target);
    reassign(&app, DeviceConfiguration, &profile, json!([one, two]));
    let second = succeeded(&app, &schedule).await;
    assert_eq!(counts(&changes(&app, &client, &second).await), [0, 1, 0, 1]);

    app.pass(TimeDelta::hours(1));
    reassign(&app, DeviceConfiguration, &profile, json!([two, one]));
    // Nothing but the version and the time of the last change moves.
    app.graph.edit(
        app.directory(),
        collection(DeviceConfiguration),
        &profile,
        |_| {},
    );
    let third = succeeded(&app, &schedule).await;
    assert_eq!(counts(&changes(&app, &client, &third).await), [0; 4]);

    // A real change beside another order is no change of the assignments.
    app.pass(TimeDelta::hours(1));
    reassign(&app, DeviceConfiguration, &profile, json!([one, two]));
    describe(&app, DeviceConfiguration, &profile, "edited");
    let fourth = succeeded(&app, &schedule).await;
    assert_eq!(counts(&changes(&app, &client, &fourth).await), [0, 1, 0, 0]);
}

/// However many are assigned in another order beside other changes.
#[actix_rt::test]
async fn the_order_of_many_assignments_is_no_change_of_them() {
    let app = TestApp::start().await;
    let api = Api::serve(&app).await;
    let target = |group: &str| json!({"id": group, "target": {"@odata.type": "#microsoft.graph.groupAssignmentTarget", "groupId": group}});
    let [one, two] = ["one", "two"].map(target);
    let names: Vec<String> = (0..203).map(|number| format!("new {number}")).collect();
    for name in &names {
        add(&app, name);
        reassign(&app, DeviceConfiguration, name, json!([one, two]));
    }
    let schedule = app.schedule("Nightly", &[DeviceConfiguration]).await;
    succeeded(&app, &schedule).await;
    to_a_day_that_is_full(&app, false);
    for name in &names {
        describe(&app, DeviceConfiguration, name, "edited");
        reassign(&app, DeviceConfiguration, name, json!([two, one]));
    }
    reassign(&app, DeviceConfiguration, &names[202], json!([two]));
    let second = succeeded(&app, &schedule).await;
    let client = reader(&app, &api).await;
    let found = counts(&changes(&app, &client, &second).await);
    assert_eq!(found, [0, 203, 0, 1]);
}

/// A new version of the server may read a kind otherwise, or leave other members out of its state.
#[actix_rt::test]
async fn other_rules_are_no_change() {
    let (app, schedule, first) = after_a_first_run().await;
    let api = Api::serve(&app).await;
    let tenant = app.tenant();
    let oscar = api.member(&app, tenant, "oscar", Role::Operator).await;
    let of_old = "UPDATE backup_items SET catalog_revision = 30000, state_hash = content_hash";
    assert!(app.execute(of_old).await > 3);
    let [edited, lost] = [0, 1].map(|n| some_id(&app, DeviceConfiguration, n));
    let gone = some_id(&app, PowershellScript, 0);
    describe(&app, DeviceConfiguration, &edited, "edited");
    describe(&app, DeviceConfiguration, &lost, "edited");
    remove(&app, PowershellScript, &gone);
    let payload = item(&app, &first, &lost).await.parts.payload;
    app.database.lose_content(payload);
    let second = succeeded(&app, &schedule).await;
    let found = changes(&app, &oscar, &second).await;
    assert_eq!(counts(&found), [0, 1, 1, 0]);
    // What the one was that is lost cannot be told, so that it is not counted.
    let items = i64::from(set(&app, &second).await.item_count);
    assert_eq!(found["unchangedCount"], json!(items - 2));
    let told = news(&oscar).await;
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].0, "Policies: 1 removed, 1 changed in “Nightly”");
}

#[actix_rt::test]
async fn a_kind_that_is_not_available_any_more_is_told_of() {
    let (app, schedule, _) = after_a_first_run().await;
    let api = Api::serve(&app).await;
    let client = reader(&app, &api).await;
    app.graph.fault(Fault::on(SCRIPTS, Effect::NotLicensed));
    for _ in 0..2 {
        let run = succeeded(&app, &schedule).await;
        let found = changes(&app, &client, &run).await;
        assert_eq!(counts(&found), [0; 4]);
        assert_eq!(
            found["notComparedPolicyTypes"],
            json!(["POWERSHELL_SCRIPT"])
        );
        assert_eq!(found["byPolicyType"].as_array().unwrap().len(), 1);
        app.pass(TimeDelta::hours(1));
    }
}

#[actix_rt::test]
async fn a_set_of_an_older_version_has_no_differences_to_tell() {
    let (app, _, first) = after_a_first_run().await;
    let api = Api::serve(&app).await;
    let client = reader(&app, &api).await;
    app.execute("DELETE FROM set_changes").await;
    assert_eq!(changes(&app, &client, &first).await, Value::Null);
}

/// What somebody was told of changes, newest first: title and body.
async fn news(client: &Client) -> Vec<(String, String)> {
    let query = "{ viewer { notifications(first: 100) { nodes {
        kind severity title body subject { __typename }
    } } } }";
    let data = client.data(query, json!({})).await;
    let nodes = data["viewer"]["notifications"]["nodes"].as_array().unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let of_changes = nodes.iter().filter(|node| node["kind"] == "POLICY_CHANGED");
    of_changes
        .map(|node| {
            assert_eq!(node["severity"], "INFO");
            assert_eq!(node["subject"]["__typename"], "BackupScheduleRun");
            (text(&node["title"]), text(&node["body"]))
        })
        .collect()
}

#[actix_rt::test]
async fn people_are_told_what_changed_and_who_did_it() {
    let app = TestApp::start().await;
    let api = Api::serve(&app).await;
    let tenant = app.tenant();
    api.membership(&app, tenant, "oscar", Role::Operator).await;
    api.membership(&app, tenant, "rita", Role::Readonly).await;
    add(&app, "One");
    add(&app, "Two");
    add(&app, "Old");
    let schedule = app.schedule("Nightly", &KINDS).await;
    succeeded(&app, &schedule).await;
    to_a_day_that_is_full(&app, false);
    succeeded(&app, &schedule).await;
    assert_eq!(
        news(&api.person("oscar")).await,
        [],
        "a first set is no news, nor that nothing changed"
    );

    app.pass(TimeDelta::days(1));
    by(&app, person("ann"));
    describe(&app, DeviceConfiguration, "One", "edited");
    app.pass(TimeDelta::seconds(1));
    by(&app, person("bob"));
    remove(&app, DeviceConfiguration, "Old");
    app.graph.act_as(Actor::Unrecorded);
    reassign(&app, DeviceConfiguration, "Two", everybody());
    add(&app, "New");
    succeeded(&app, &schedule).await;
    let told = news(&api.person("oscar")).await;
    let title = "Policies: 1 removed, 1 assigned otherwise, 1 changed, 1 added in “Nightly”";
    let body = "Removed: “Old” (by bob@contoso.example).\nAssigned otherwise: “Two”.\n\
                Changed: “One” (by ann@contoso.example).\nAdded: “New”.";
    assert_eq!(told, [(title.to_owned(), body.to_owned())]);
    assert_eq!(news(&api.person("rita")).await, [], "readers cannot act");
}

#[actix_rt::test]
async fn whoever_started_the_run_is_told_too() {
    let (app, schedule, _) = after_a_first_run().await;
    let api = Api::serve(&app).await;
    let tenant = app.tenant();
    let oscar = api.member(&app, tenant, "oscar", Role::Operator).await;
    app.graph.act_as(Actor::Unrecorded);
    for number in 0..14 {
        add(&app, &format!("New {number:02}"));
    }
    let input = json!({"scheduleId": id(schedule.id), "idempotencyKey": "run-it-now"});
    oscar.change("runBackupScheduleNow", input).await;
    app.quiet(&schedule).await;
    let told = news(&oscar).await;
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].0, "Policies: 14 added in “Nightly”");
    assert!(told[0].1.ends_with("“New 09” and 4 more."), "{}", told[0].1);
}

/// The versions of a policy, newest first.
async fn versions(client: &Client, policy: &str, arguments: &str) -> Value {
    let query = format!(
        "query($id: ID!) {{ policy(id: $id) {{ versions({arguments}) {{
            totalCount pageInfo {{ hasNextPage endCursor }}
            nodes {{
                stateHash backupSetCount changesAssignmentsOnly
                item {{ stateHash backupSet {{ id }} }}
                firstBackupSet {{ id }} lastBackupSet {{ id }}
                lastChange {{ actorName }}
            }}
        }} }} }}"
    );
    let mut data = client.data(&query, json!({ "id": policy })).await;
    data["policy"]["versions"].take()
}

#[actix_rt::test]
async fn a_policy_has_its_own_history() {
    let app = TestApp::start().await;
    let api = Api::serve(&app).await;
    add(&app, "One");
    // It keeps three.
    let schedule = app.schedule("Nightly", &[DeviceConfiguration]).await;
    let mut sets = vec![set(&app, &succeeded(&app, &schedule).await).await];
    for step in 1..4 {
        to_a_day_that_is_full(&app, false);
        by(&app, person("ann"));
        match step {
            1 => describe(&app, DeviceConfiguration, "One", "edited"),
            2 => {}
            _ => reassign(&app, DeviceConfiguration, "One", everybody()),
        }
        sets.push(set(&app, &succeeded(&app, &schedule).await).await);
    }
    let mut items = app.items(&sets[3]).await;
    items.retain(|item| item.graph_id == "One");
    let policy = id(items[0].policy);
    let client = reader(&app, &api).await;
    let all = versions(&client, &policy, "first: 10").await;
    // The first set is deleted by retention.
    assert_eq!(all["totalCount"], 2);
    let nodes = all["nodes"].as_array().unwrap();
    let told = |node: &Value| {
        let set = |of: &str| node[of]["id"].clone();
        let count = node["backupSetCount"].as_i64().unwrap();
        let only = node["changesAssignmentsOnly"].as_bool().unwrap();
        (set("firstBackupSet"), set("lastBackupSet"), count, only)
    };
    let shown = |set: usize| json!(id(sets[set].id));
    assert_eq!(told(&nodes[0]), (shown(3), shown(3), 1, true));
    assert_eq!(told(&nodes[1]), (shown(1), shown(2), 2, false));
    for node in nodes {
        assert_eq!(node["item"]["stateHash"], node["stateHash"]);
        assert_eq!(node["item"]["backupSet"], node["firstBackupSet"]);
        assert_eq!(node["lastChange"]["actorName"], "ann@contoso.example");
    }
    let first = versions(&client, &policy, "first: 1").await;
    assert_eq!(first["pageInfo"]["hasNextPage"], true);
    let cursor = first["pageInfo"]["endCursor"].as_str().unwrap();
    let second = versions(&client, &policy, &format!("first: 1, after: \"{cursor}\"")).await;
    assert_eq!(second["pageInfo"]["hasNextPage"], false);
    assert_eq!(second["nodes"][0], nodes[1]);
    let last = versions(&client, &policy, "last: 1").await;
    assert_eq!(last["nodes"][0], nodes[1]);
}

/// Graph says in the policy itself whether it is assigned, and that it was touched.
#[actix_rt::test]
async fn what_moves_with_an_assignment_is_no_other_change() {
    let app = TestApp::start().await;
    let api = Api::serve(&app).await;
    let schedule = app.schedule("Nightly", &[SettingsCatalog]).await;
    succeeded(&app, &schedule).await;
    let policy = some_id(&app, SettingsCatalog, 0);
    let mark = |is_assigned: bool| {
        let edit = |object: &mut Value| object["isAssigned"] = json!(is_assigned);
        let policies = collection(SettingsCatalog);
        app.graph.edit(app.directory(), policies, &policy, edit);
    };
    let mut items = Vec::new();
    for step in 0..3 {
        to_a_day_that_is_full(&app, false);
        let assignments = if step == 1 { json!([]) } else { everybody() };
        reassign(&app, SettingsCatalog, &policy, assignments);
        mark(step != 1);
        if step == 2 {
            describe(&app, SettingsCatalog, &policy, "edited");
        }
        let run = succeeded(&app, &schedule).await;
        items.push(item(&app, &run, &policy).await);
    }
    assert_ne!(items[0].parts.payload, items[1].parts.payload);
    let client = reader(&app, &api).await;
    let all = versions(&client, &id(items[0].policy), "first: 2").await;
    let nodes = all["nodes"].as_array().unwrap();
    let told: Vec<&Value> = nodes
        .iter()
        .map(|node| &node["changesAssignmentsOnly"])
        .collect();
    assert_eq!(told, [false, true]);
}
