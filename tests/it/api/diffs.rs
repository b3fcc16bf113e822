//! The difference of two backup sets: which policies, what in them, and for whom.

use chrono::TimeDelta;
use serde_json::{Value, json};
use tenantatlas::domain::{
    backup::BackupSet,
    kind::PolicyKind::{self, *},
    role::Role,
    run::Scope,
    schedule::Schedule,
};
use tenantatlas_simulator::{Actor, Effect, Fault};

use crate::{
    history::{KINDS, add, after_a_first_run, by, describe, everybody, person, reassign, remove},
    reuse::{item, set, some_id, succeeded, to_a_day_that_is_full},
    support::{
        Setup, TestApp,
        client::{Api, Client, codes, id},
        kinds::collection,
    },
};

const DIFF: &str =
    "query($base: ID!, $target: ID!, $first: Int, $after: String, $filter: BackupSetDiffFilter) {
    backupSetDiff(baseId: $base, targetId: $target) {
        base { id } target { id }
        addedCount removedCount changedCount unchangedCount notComparedPolicyTypes
        entries(first: $first, after: $after, filter: $filter) {
            totalCount pageInfo { hasNextPage endCursor }
            nodes {
                kind policyType policyGraphId name
                before { name stateHash } after { name stateHash }
                lastChange { actorName operation }
                changes { part path kind before after label }
                isTruncated unavailableReason
            }
        }
    }
}";

fn between(base: &BackupSet, target: &BackupSet) -> Value {
    json!({"base": id(base.id), "target": id(target.id)})
}

/// Asked by somebody with a new token: those of before the sets hold no more.
async fn diff(app: &TestApp, api: &Api, base: &BackupSet, target: &BackupSet) -> Value {
    let client = reader(app, api).await;
    let mut data = client.data(DIFF, between(base, target)).await;
    data["backupSetDiff"].take()
}

async fn reader(app: &TestApp, api: &Api) -> Client {
    api.client(app, app.tenant(), Role::Readonly).await
}

/// The next set of a schedule, on a day that reads nothing in full.
async fn next_set(app: &TestApp, schedule: &Schedule) -> BackupSet {
    let run = succeeded(app, schedule).await;
    to_a_day_that_is_full(app, false);
    set(app, &run).await
}

/// Of each change: its part, path, kind, values and label.
fn changes(entry: &Value) -> Vec<Value> {
    let list = entry["changes"].as_array().unwrap().iter();
    let told = ["part", "path", "kind", "before", "after", "label"];
    list.map(|change| {
        told.map(|member| change[member].clone())
            .into_iter()
            .collect()
    })
    .collect()
}

fn entry<'a>(diff: &'a Value, graph_id: &str) -> &'a Value {
    let nodes = diff["entries"]["nodes"].as_array().unwrap();
    let found = nodes.iter().find(|node| node["policyGraphId"] == graph_id);
    found.unwrap_or_else(|| panic!("no entry of {graph_id}: {diff:#}"))
}

#[actix_rt::test]
async fn the_policies_that_differ_are_listed_by_kind_and_name() {
    let (app, schedule, first) = after_a_first_run().await;
    let api = Api::serve(&app).await;
    add(&app, "one");
    add(&app, "two");
    let base = next_set(&app, &schedule).await;
    let script = some_id(&app, PowershellScript, 0);
    by(&app, person("ann"));
    describe(&app, DeviceConfiguration, "one", "edited");
    app.pass(TimeDelta::seconds(1));
    by(&app, person("ann"));
    remove(&app, DeviceConfiguration, "two");
    add(&app, "three");
    app.graph.act_as(Actor::Unrecorded);
    reassign(&app, PowershellScript, &script, everybody());
    let target = next_set(&app, &schedule).await;

    let found = diff(&app, &api, &base, &target).await;
    let count = |name: &str| found[name].as_i64().unwrap();
    let counts = ["addedCount", "removedCount", "changedCount"].map(count);
    assert_eq!(counts, [1, 1, 2]);
    assert_eq!(count("unchangedCount"), i64::from(target.item_count) - 3);
    assert_eq!(found["notComparedPolicyTypes"], json!([]));
    assert_eq!(found["base"]["id"], json!(id(base.id)));
    assert_eq!(found["target"]["id"], json!(id(target.id)));
    let nodes = found["entries"]["nodes"].as_array().unwrap();
    let told = |node: &Value| {
        let text = |member: &str| node[member].as_str().unwrap_or_default().to_owned();
        let by = node["lastChange"]["operation"].as_str().unwrap_or_default();
        (text("policyGraphId"), text("kind"), by.to_owned())
    };
    let line = |id: &str, kind: &str, by: &str| (id.to_owned(), kind.to_owned(), by.to_owned());
    let expected = [
        line("one", "CHANGED", "Patch"),
        line("three", "ADDED", "Create"),
        line("two", "REMOVED", "Delete"),
        line(&script, "CHANGED", ""),
    ];
    assert_eq!(nodes.iter().map(told).collect::<Vec<_>>(), expected);
    for node in nodes {
        let (before, after) = (&node["before"], &node["after"]);
        match node["kind"].as_str().unwrap() {
            "ADDED" => assert!(before.is_null() && after.is_object()),
            "REMOVED" => assert!(before.is_object() && after.is_null()),
            _ => assert_ne!(before["stateHash"], after["stateHash"]),
        }
        let is_changed = node["kind"] == "CHANGED";
        assert_eq!(changes(node).is_empty(), !is_changed);
    }
    assert_eq!(
        changes(&nodes[0]),
        [json!([
            "PAYLOAD",
            "/description",
            "ADDED",
            null,
            "edited",
            null
        ])]
    );

    // The other way round: what was added is removed. Who did it is a question about the way there.
    let back = diff(&app, &api, &target, &base).await;
    assert_eq!(entry(&back, "three")["kind"], "REMOVED");
    assert_eq!(entry(&back, "one")["lastChange"], Value::Null);
    let same = diff(&app, &api, &base, &base).await;
    assert_eq!(same["entries"]["totalCount"], 0);
    assert_eq!(same["unchangedCount"], json!(base.item_count));
    // Over two runs, and with a set that is deleted.
    let marco = api.client(&app, app.tenant(), Role::Manager).await;
    let oldest = set(&app, &first).await;
    let input = json!({"backupSetId": id(oldest.id)});
    marco.change("deleteBackupSet", input).await;
    let far = diff(&app, &api, &oldest, &target).await;
    assert_eq!(entry(&far, "one")["kind"], "ADDED");
}

#[actix_rt::test]
async fn entries_are_paged_and_filtered() {
    let (app, schedule, first) = after_a_first_run().await;
    let api = Api::serve(&app).await;
    for number in 0..5 {
        add(&app, &format!("New {number}"));
    }
    let script = some_id(&app, PowershellScript, 0);
    describe(&app, PowershellScript, &script, "edited");
    let (base, target) = (set(&app, &first).await, next_set(&app, &schedule).await);
    let client = reader(&app, &api).await;
    let page = async |more: Value| {
        let mut variables = between(&base, &target);
        for (name, value) in more.as_object().unwrap() {
            variables[name] = value.clone();
        }
        let mut data = client.data(DIFF, variables).await;
        data["backupSetDiff"]["entries"].take()
    };
    let names = |page: &Value| -> Vec<String> {
        let nodes = page["nodes"].as_array().unwrap().iter();
        nodes
            .map(|node| node["name"].as_str().unwrap().to_owned())
            .collect()
    };
    let (mut seen, mut after) = (Vec::new(), Value::Null);
    loop {
        let part = page(json!({"first": 2, "after": after})).await;
        assert_eq!(part["totalCount"], 6);
        seen.extend(names(&part));
        if part["pageInfo"]["hasNextPage"] == false {
            break;
        }
        after = part["pageInfo"]["endCursor"].clone();
    }
    assert_eq!(seen, names(&page(json!({})).await));
    assert_eq!(seen[..5], ["New 0", "New 1", "New 2", "New 3", "New 4"]);
    let cases = [
        (json!({"kinds": ["CHANGED"]}), 1),
        (json!({"kinds": ["ADDED", "REMOVED"]}), 5),
        (json!({"policyTypes": ["POWERSHELL_SCRIPT"]}), 1),
        (json!({"search": "nEW 3"}), 1),
        (json!({"search": "new", "kinds": ["CHANGED"]}), 0),
    ];
    for (filter, expected) in cases {
        let found = page(json!({ "filter": filter })).await;
        assert_eq!(found["totalCount"], expected, "{filter}");
        assert_eq!(names(&found).len(), expected, "{filter}");
    }
    // A cursor belongs to its filter.
    let mut variables = between(&base, &target);
    variables["after"] = after;
    variables["filter"] = json!({"kinds": ["ADDED"]});
    assert_eq!(client.codes(DIFF, variables).await, ["INVALID_CURSOR"]);
}

/// A settings-catalogue policy with a setting that has children.
fn plant_catalog_policy(app: &TestApp) {
    let child = |id: &str, value: &str| {
        json!({
            "@odata.type": "#microsoft.graph.deviceManagementConfigurationSimpleSettingInstance",
            "settingDefinitionId": id,
            "simpleSettingValue": {"value": value},
        })
    };
    let setting = |number: usize, id: &str, children: Vec<Value>| {
        json!({"id": number.to_string(), "settingInstance": {
            "@odata.type": "#microsoft.graph.deviceManagementConfigurationChoiceSettingInstance",
            "settingDefinitionId": id,
            "choiceSettingValue": {"value": format!("{id}_1"), "children": children},
        }})
    };
    let children = vec![child("inner_a", "1"), child("inner_b", "2")];
    let object = json!({
        "id": "planted", "name": "Planted", "settingCount": 2, "platforms": "windows10", "technologies": "mdm",
        "roleScopeTagIds": ["0"], "lastModifiedDateTime": "2026-01-01T00:00:00Z",
    });
    let parts = json!({
        "settings": [setting(0, "outer", children), setting(1, "other", Vec::new())],
        "assignments": [],
    });
    app.graph
        .insert(app.directory(), collection(SettingsCatalog), object, parts);
}

#[actix_rt::test]
async fn a_setting_deep_in_a_policy_is_found_by_its_definition() {
    let app = TestApp::start().await;
    let api = Api::serve(&app).await;
    plant_catalog_policy(&app);
    let schedule = app.schedule("Nightly", &[SettingsCatalog]).await;
    let base = next_set(&app, &schedule).await;
    // Graph gives the settings in another order and with other numbers; one child is changed.
    let edit = |parts: &mut Value| {
        let settings = parts["settings"].as_array_mut().unwrap();
        settings.reverse();
        for (number, setting) in settings.iter_mut().enumerate() {
            setting["id"] = json!(number.to_string());
        }
        let children = &mut settings[1]["settingInstance"]["choiceSettingValue"]["children"];
        children[1]["simpleSettingValue"]["value"] = json!("3");
    };
    let policies = collection(SettingsCatalog);
    app.graph
        .edit_parts(app.directory(), policies, "planted", edit);
    let target = next_set(&app, &schedule).await;
    let found = diff(&app, &api, &base, &target).await;
    assert_eq!(found["entries"]["totalCount"], 1);
    let path = "/settings/1/settingInstance/choiceSettingValue/children/1/simpleSettingValue/value";
    assert_eq!(
        changes(entry(&found, "planted")),
        [json!([
            "PAYLOAD",
            path,
            "CHANGED",
            "2",
            "3",
            "outer › inner_b"
        ])]
    );
}

#[actix_rt::test]
async fn assignments_and_scope_tags_are_told_by_name() {
    let (app, schedule, _) = after_a_first_run().await;
    let api = Api::serve(&app).await;
    let groups = app.graph.objects(app.directory(), "groups");
    let group = groups[0].object["id"].as_str().unwrap().to_owned();
    let name = groups[0].object["displayName"].as_str().unwrap().to_owned();
    let target = |kind: &str, group: Option<&str>| json!({"id": format!("{kind}{group:?}"), "target": {"@odata.type": format!("#microsoft.graph.{kind}AssignmentTarget"), "groupId": group}});
    let (of_group, excluded) = (
        target("group", Some(&group)),
        target("exclusionGroup", Some(&group)),
    );
    let all = target("allDevices", None);
    add(&app, "one");
    reassign(&app, DeviceConfiguration, "one", json!([of_group, all]));
    let base = next_set(&app, &schedule).await;
    reassign(&app, DeviceConfiguration, "one", json!([all, excluded]));
    let tags = |object: &mut Value| object["roleScopeTagIds"] = json!(["0"]);
    app.graph.edit(
        app.directory(),
        collection(DeviceConfiguration),
        "one",
        tags,
    );
    let second = next_set(&app, &schedule).await;
    let found = diff(&app, &api, &base, &second).await;
    let told: Vec<Value> = entry(&found, "one")["changes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| json!([it["part"], it["path"], it["kind"], it["label"]]))
        .collect();
    let (with, without) = (format!("Group “{name}”"), format!("Without group “{name}”"));
    let expected = [
        json!(["ASSIGNMENTS", "/0", "REMOVED", with]),
        json!(["ASSIGNMENTS", "/1", "ADDED", without]),
        json!(["SCOPE_TAGS", "", "ADDED", null]),
    ];
    assert_eq!(told, expected);
}

#[actix_rt::test]
async fn a_changed_secret_is_told_and_not_revealed() {
    let app = TestApp::start().await;
    let api = Api::serve(&app).await;
    let profile = json!({
        "id": "planted", "displayName": "Planted", "version": 1, "preSharedKey": "planted-key-one",
        "@odata.type": "#microsoft.graph.windows10CustomConfiguration",
    });
    let profiles = collection(DeviceConfiguration);
    app.graph.insert(
        app.directory(),
        profiles,
        profile,
        json!({"assignments": []}),
    );
    let schedule = app.schedule("Nightly", &[DeviceConfiguration]).await;
    let base = next_set(&app, &schedule).await;
    let edit = |object: &mut Value| object["preSharedKey"] = json!("planted-key-two");
    app.graph.edit(app.directory(), profiles, "planted", edit);
    let target = next_set(&app, &schedule).await;
    let found = diff(&app, &api, &base, &target).await;
    assert_eq!(
        changes(entry(&found, "planted")),
        [json!([
            "PAYLOAD",
            "/preSharedKey",
            "CHANGED",
            "[sealed]",
            "[sealed]",
            null
        ])]
    );
    assert!(!found.to_string().contains("planted-key"));
}

/// What an entry says whose payload cannot be compared.
fn assert_untold(entry: &Value, reason: &str) {
    let whole = json!(["PAYLOAD", "", "CHANGED", null, null, null]);
    assert_eq!(changes(entry), [whole]);
    assert_eq!(entry["isTruncated"], true);
    assert_eq!(entry["unavailableReason"], reason);
}

#[actix_rt::test]
async fn a_content_that_is_lost_hides_nothing_of_other_policies() {
    let (app, schedule, first) = after_a_first_run().await;
    let api = Api::serve(&app).await;
    let [lost, other] = [0, 1].map(|n| some_id(&app, DeviceConfiguration, n));
    for id in [&lost, &other] {
        describe(&app, DeviceConfiguration, id, "edited");
    }
    let (base, target) = (set(&app, &first).await, next_set(&app, &schedule).await);
    let payload = item(&app, &first, &lost).await.parts.payload;
    app.database.lose_content(payload);
    let found = diff(&app, &api, &base, &target).await;
    assert_eq!(found["changedCount"], 2);
    assert_untold(entry(&found, &lost), "CONTENT_DAMAGED");
    let whole = entry(&found, &other);
    assert_eq!(changes(whole).len(), 1);
    assert_eq!(whole["isTruncated"], false);
    assert_eq!(whole["unavailableReason"], Value::Null);
}

#[actix_rt::test]
async fn policies_may_be_large_as_long_as_their_changes_are_not() {
    let app = TestApp::start().await;
    let api = Api::serve(&app).await;
    let sizes = (0..24).map(|_| 256 * 1024).chain([7 * 1024 * 1024]);
    for (number, size) in sizes.enumerate() {
        add(&app, &format!("large {number:02}"));
        let edit = |object: &mut Value| object["blob"] = "x".repeat(size).into();
        let (profiles, id) = (
            collection(DeviceConfiguration),
            format!("large {number:02}"),
        );
        app.graph.edit(app.directory(), profiles, &id, edit);
    }
    let schedule = app.schedule("Nightly", &[DeviceConfiguration]).await;
    let base = next_set(&app, &schedule).await;
    for number in 0..25 {
        let id = format!("large {number:02}");
        describe(&app, DeviceConfiguration, &id, "edited");
    }
    let target = next_set(&app, &schedule).await;
    let found = diff(&app, &api, &base, &target).await;
    let nodes = found["entries"]["nodes"].as_array().unwrap();
    assert_eq!(nodes.len(), 25);
    for node in nodes {
        assert_eq!(node["unavailableReason"], Value::Null, "{}", node["name"]);
        assert_eq!(changes(node).len(), 1);
        assert_eq!(changes(node)[0][1], "/description");
    }
    // What changed is larger than an answer may be; the others are told.
    let edit = |object: &mut Value| object["blob"] = "y".repeat(7 * 1024 * 1024).into();
    let profiles = collection(DeviceConfiguration);
    app.graph.edit(app.directory(), profiles, "large 24", edit);
    let target = next_set(&app, &schedule).await;
    let found = diff(&app, &api, &base, &target).await;
    assert_untold(entry(&found, "large 24"), "RESPONSE_TOO_LARGE");
    assert_eq!(changes(entry(&found, "large 23")).len(), 1);
}

#[actix_rt::test]
async fn a_kind_that_one_set_does_not_hold_in_full_is_left_out() {
    let (app, schedule, first) = after_a_first_run().await;
    let api = Api::serve(&app).await;
    let scripts = "/deviceManagement/deviceManagementScripts";
    app.graph.fault(Fault::on(scripts, Effect::Denied));
    let partial = app.backed_up(&schedule).await;
    let (base, target) = (set(&app, &first).await, set(&app, &partial).await);
    for [one, other] in [[&base, &target], [&target, &base]] {
        let found = diff(&app, &api, one, other).await;
        assert_eq!(
            found["notComparedPolicyTypes"],
            json!(["POWERSHELL_SCRIPT"])
        );
        assert_eq!(found["removedCount"], 0);
        assert_eq!(found["addedCount"], 0);
    }
}

/// Sets that were made with other options hold other parts.
#[actix_rt::test]
async fn only_what_both_sets_hold_is_compared() {
    let (app, _, first) = after_a_first_run().await;
    let api = Api::serve(&app).await;
    let profile = some_id(&app, DeviceConfiguration, 0);
    let scope = |scope_tags| Scope {
        kinds: KINDS.to_vec(),
        assignments: false,
        scope_tags,
    };
    let bare = app.schedule_with(app.tenant(), "Bare", scope(true)).await;
    let base = set(&app, &first).await;
    let target = next_set(&app, &bare).await;
    let found = diff(&app, &api, &base, &target).await;
    assert_eq!(found["entries"]["totalCount"], 0, "{found:#}");
    reassign(&app, DeviceConfiguration, &profile, everybody());
    describe(&app, DeviceConfiguration, &profile, "edited");
    let target = next_set(&app, &bare).await;
    let found = diff(&app, &api, &base, &target).await;
    assert_eq!(found["changedCount"], 1);
    for change in changes(entry(&found, &profile)) {
        assert_eq!(change[0], "PAYLOAD", "{change}");
    }
}

#[actix_rt::test]
async fn sets_of_two_tenants_are_not_compared_and_those_of_strangers_are_not_there() {
    let app = TestApp::with(Setup {
        tenants: 2,
        ..Setup::default()
    })
    .await;
    let api = Api::serve(&app).await;
    let mut sets = Vec::new();
    for tenant in app.tenants.clone() {
        let schedule = app
            .schedule_of(tenant, "Nightly", &[PolicyKind::ScopeTag])
            .await;
        sets.push(set(&app, &succeeded(&app, &schedule).await).await);
    }
    let of_both = api
        .member(&app, app.tenants[0], "rita", Role::Readonly)
        .await;
    let of_one = api
        .member(&app, app.tenants[0], "oscar", Role::Operator)
        .await;
    api.membership(&app, app.tenants[1], "rita", Role::Readonly)
        .await;
    let across = between(&sets[0], &sets[1]);
    assert_eq!(
        codes(&of_both.ask(DIFF, across.clone()).await),
        ["BAD_USER_INPUT"]
    );
    for variables in [across, between(&sets[1], &sets[0])] {
        let answer = of_one.ask(DIFF, variables).await;
        assert_eq!(codes(&answer), ["NOT_FOUND"]);
        assert_eq!(answer["data"]["backupSetDiff"], Value::Null);
    }
    let nonsense = json!({"base": "nonsense", "target": id(sets[1].id)});
    assert_eq!(codes(&of_one.ask(DIFF, nonsense).await), ["INVALID_ID"]);
}
