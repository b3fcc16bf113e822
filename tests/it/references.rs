//! Names of what policies point to: asked once a run, kept with the set, never in the way of a backup.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;
use serde_json::{Value, json};
use tenantatlas::domain::{
    kind::PolicyKind::{self, *},
    role::Role,
    run::Run,
    schedule::Schedule,
};
use tenantatlas_simulator::{Effect, Fault};
use uuid::Uuid;

use crate::{
    reuse::{item, read_in_full, set, some_id, succeeded, to_a_day_that_is_full},
    support::{
        TestApp,
        client::{Api, id},
        kinds::collection,
    },
};

/// Kinds that point to groups, filters and tags from everywhere that they can be pointed to from.
const POINTING: [PolicyKind; 4] = [
    DeviceConfiguration,
    SettingsCatalog,
    RoleAssignment,
    ConditionalAccessPolicy,
];

/// What the read permissions leave out that opens groups.
const NO_GROUPS: [&str; 3] = [
    "DeviceManagementConfiguration.Read.All",
    "DeviceManagementRBAC.Read.All",
    "Policy.Read.All",
];

const QUERY: &str = "query($id: ID!, $after: String) { backupSet(id: $id) {
    items(first: 100, after: $after) {
        nodes { policyGraphId policyType assignments scopeTagIds references { kind graphId name } }
        pageInfo { hasNextPage endCursor }
    }
} }";

/// The items of the set that a run made, as a client reads them.
async fn shown(app: &TestApp, run: &Run) -> Vec<Value> {
    let api = Api::serve(app).await;
    let client = api.client(app, app.tenant(), Role::Readonly).await;
    let set = id(set(app, run).await.id);
    let (mut nodes, mut after) = (Vec::new(), Value::Null);
    loop {
        let mut data = client.data(QUERY, json!({"id": set, "after": after})).await;
        let mut items = data["backupSet"]["items"].take();
        nodes.append(items["nodes"].as_array_mut().unwrap());
        after = items["pageInfo"]["endCursor"].take();
        if items["pageInfo"]["hasNextPage"] == false {
            return nodes;
        }
    }
}

/// Each thing that a set points to, by kind and identifier, with its name.
async fn names(app: &TestApp, run: &Run) -> BTreeMap<(String, String), Option<String>> {
    let mut names = BTreeMap::new();
    for node in shown(app, run).await {
        for reference in node["references"].as_array().unwrap() {
            let text = |member: &str| reference[member].as_str().map(str::to_owned);
            let key = (text("kind").unwrap(), text("graphId").unwrap());
            let name = text("name");
            let before = names.insert(key, name.clone());
            assert!(before.is_none_or(|before| before == name));
        }
    }
    assert!(!names.is_empty());
    names
}

async fn group_names(app: &TestApp, run: &Run) -> BTreeMap<String, Option<String>> {
    let names = names(app, run).await.into_iter();
    let groups = names.filter(|((kind, _), _)| kind == "GROUP");
    groups.map(|((_, id), name)| (id, name)).collect()
}

/// What Graph calls an object of a collection.
fn true_name(app: &TestApp, collection: &str, id: &str) -> Option<String> {
    let objects = app.graph.objects(app.directory(), collection);
    let object = objects.into_iter().find(|it| it.object["id"] == id)?.object;
    Some(object["displayName"].as_str()?.to_owned())
}

/// Every text below a member of some name, wherever it stands.
fn texts<'a>(value: &'a Value, member: &str, found: &mut BTreeSet<&'a str>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                if name == member {
                    found.extend(value.as_str());
                    found.extend(
                        value
                            .as_array()
                            .into_iter()
                            .flatten()
                            .filter_map(Value::as_str),
                    );
                }
                texts(value, member, found);
            }
        }
        Value::Array(elements) => elements.iter().for_each(|it| texts(it, member, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn look_ups(app: &TestApp) -> usize {
    app.requests("getByIds").len()
}

async fn first_run(kinds: &[PolicyKind]) -> (TestApp, Schedule, Run) {
    let app = TestApp::start().await;
    let schedule = app.schedule("Nightly", kinds).await;
    let run = succeeded(&app, &schedule).await;
    (app, schedule, run)
}

#[actix_rt::test]
async fn an_item_names_what_it_points_to() {
    let app = TestApp::start().await;
    let tag = json!({"id": "7", "displayName": "Branch"});
    app.graph
        .insert(app.directory(), "roleScopeTags", tag, Value::Null);
    let profile = some_id(&app, DeviceConfiguration, 0);
    let list = collection(DeviceConfiguration);
    app.graph.edit(app.directory(), list, &profile, |profile| {
        profile["roleScopeTagIds"] = json!(["0", "7"]);
    });
    let schedule = app.schedule("Nightly", &POINTING).await;
    let run = succeeded(&app, &schedule).await;
    assert_eq!(look_ups(&app), 1);
    for list in ["assignmentFilters", "roleScopeTags"] {
        assert_eq!(app.requests(list).len(), 1, "{list}");
    }
    for ((kind, id), name) in names(&app, &run).await {
        let collection = match kind.as_str() {
            "GROUP" => "groups",
            "ASSIGNMENT_FILTER" => "assignmentFilters",
            _ => "roleScopeTags",
        };
        assert!(name.is_some(), "{kind} {id}");
        assert_eq!(name, true_name(&app, collection, &id), "{kind} {id}");
    }
    for node in shown(&app, &run).await {
        let item = node["policyGraphId"].as_str().unwrap();
        let of_kind = |kind: &str| -> BTreeSet<&str> {
            let references = node["references"].as_array().unwrap().iter();
            let of_kind = references.filter(|it| it["kind"] == kind);
            of_kind.map(|it| it["graphId"].as_str().unwrap()).collect()
        };
        let stored = app.graph.objects(
            app.directory(),
            match node["policyType"].as_str().unwrap() {
                "ROLE_ASSIGNMENT" => collection(RoleAssignment),
                "CONDITIONAL_ACCESS_POLICY" => collection(ConditionalAccessPolicy),
                "SETTINGS_CATALOG" => collection(SettingsCatalog),
                _ => collection(DeviceConfiguration),
            },
        );
        let stored = stored.iter().find(|it| it.object["id"] == item).unwrap();
        let (mut groups, mut filters) = (BTreeSet::new(), BTreeSet::new());
        for part in [&stored.object, &stored.parts] {
            for member in [
                "groupId",
                "includeGroups",
                "excludeGroups",
                "members",
                "scopeMembers",
            ] {
                texts(part, member, &mut groups);
            }
            texts(
                part,
                "deviceAndAppManagementAssignmentFilterId",
                &mut filters,
            );
        }
        if stored.object["templateReference"]["templateFamily"] == "enrollmentConfiguration" {
            texts(&stored.parts, "targetId", &mut groups);
        }
        assert_eq!(of_kind("GROUP"), groups, "{node:#}");
        assert_eq!(of_kind("ASSIGNMENT_FILTER"), filters, "{node:#}");
        if let Some(tags) = node["scopeTagIds"].as_array() {
            let tags = tags.iter().map(|tag| tag.as_str().unwrap()).collect();
            assert_eq!(of_kind("SCOPE_TAG"), tags, "{node:#}");
        }
    }
}

#[actix_rt::test]
async fn a_kind_that_is_listed_anyway_is_not_listed_for_its_names() {
    let (app, _, run) = first_run(&[DeviceConfiguration, AssignmentFilter, ScopeTag]).await;
    for list in ["/assignmentFilters", "/roleScopeTags"] {
        let lists = app.requests(list);
        let lists = lists.iter().filter(|request| request.path.ends_with(list));
        assert_eq!(lists.count(), 1, "{list}");
    }
    let names = names(&app, &run).await;
    assert!(names.values().all(Option::is_some), "{names:?}");
}

#[actix_rt::test]
async fn a_quiet_run_asks_for_no_name_and_shows_them_all() {
    let (app, schedule, first) = first_run(&POINTING).await;
    to_a_day_that_is_full(&app, false);
    app.graph.clear_log();
    let second = succeeded(&app, &schedule).await;
    for path in ["getByIds", "assignmentFilters", "roleScopeTags"] {
        assert_eq!(app.requests(path).len(), 0, "{path}");
    }
    assert_eq!(names(&app, &second).await, names(&app, &first).await);
    read_in_full(&app, &schedule).await;
    assert_eq!(look_ups(&app), 1, "a full read asks for all names again");
    let references = i64::try_from(names(&app, &first).await.len()).unwrap();
    let rows = app.count("reference_names", "1 = 1").await;
    assert!(
        rows < references,
        "{rows} rows for {references} names, one well known"
    );
}

#[actix_rt::test]
async fn only_a_new_group_is_asked_for() {
    let (app, schedule, _) = first_run(&[DeviceConfiguration]).await;
    to_a_day_that_is_full(&app, false);
    let (profile, group) = (
        some_id(&app, DeviceConfiguration, 0),
        Uuid::from_u128(77).to_string(),
    );
    app.graph.insert(
        app.directory(),
        "groups",
        json!({"id": group, "displayName": "Pilots"}),
        Value::Null,
    );
    let target = json!({"@odata.type": "#microsoft.graph.groupAssignmentTarget", "groupId": group});
    app.graph.reassign(
        app.directory(),
        collection(DeviceConfiguration),
        &profile,
        json!([{"id": "a", "target": target}]),
    );
    app.graph.clear_log();
    let second = succeeded(&app, &schedule).await;
    assert_eq!(look_ups(&app), 1);
    assert_eq!(
        group_names(&app, &second).await[&group].as_deref(),
        Some("Pilots")
    );
}

#[actix_rt::test]
async fn a_set_shows_the_names_of_its_time() {
    let (app, schedule, first) = first_run(&POINTING).await;
    let before = group_names(&app, &first).await;
    let mut groups = before.keys();
    let (renamed, deleted) = (groups.next().unwrap(), groups.next().unwrap());
    app.graph.edit(app.directory(), "groups", renamed, |group| {
        group["displayName"] = "Another name".into();
    });
    app.graph.remove(app.directory(), "groups", deleted);
    let second = read_in_full(&app, &schedule).await;
    let after = group_names(&app, &second).await;
    assert_eq!(after[renamed].as_deref(), Some("Another name"));
    assert_eq!(after[deleted], None);
    let others = |names: &BTreeMap<String, Option<String>>| {
        let mut names = names.clone();
        names.retain(|id, _| id != renamed && id != deleted);
        names
    };
    assert_eq!(others(&after), others(&before));
    assert_eq!(
        group_names(&app, &first).await,
        before,
        "the first set is as it was"
    );
    to_a_day_that_is_full(&app, false);
    app.graph.clear_log();
    let third = succeeded(&app, &schedule).await;
    assert_eq!(group_names(&app, &third).await, after);
    assert_eq!(look_ups(&app), 0, "that a group is gone is known too");
}

#[actix_rt::test]
async fn without_the_permission_names_are_null_and_the_run_succeeds() {
    let app = TestApp::start().await;
    let schedule = app.schedule("Nightly", &POINTING).await;
    let granted = |names: &[&str]| {
        let names = names.iter().map(|name| (*name).to_owned());
        app.graph.permissions(app.directory(), names.collect());
    };
    granted(&NO_GROUPS);
    let first = succeeded(&app, &schedule).await;
    assert_eq!(look_ups(&app), 0);
    for ((kind, id), name) in names(&app, &first).await {
        assert_eq!(name.is_some(), kind != "GROUP", "{kind} {id}");
    }
    to_a_day_that_is_full(&app, false);
    granted(&[&NO_GROUPS[..], &["GroupMember.Read.All"]].concat());
    let second = succeeded(&app, &schedule).await;
    assert_eq!(look_ups(&app), 1);
    assert!(
        group_names(&app, &second)
            .await
            .values()
            .all(Option::is_some)
    );
    assert!(
        group_names(&app, &first)
            .await
            .values()
            .all(Option::is_none)
    );
}

#[actix_rt::test]
async fn a_look_up_that_fails_leaves_what_is_known_for_a_week() {
    let (app, schedule, first) = first_run(&[ConditionalAccessPolicy]).await;
    let known = group_names(&app, &first).await;
    app.graph.fault(Fault::on("getByIds", Effect::status(503)));
    let soon = read_in_full(&app, &schedule).await;
    assert!(look_ups(&app) > 1);
    assert_eq!(group_names(&app, &soon).await, known);
    app.pass(TimeDelta::days(7));
    let late = succeeded(&app, &schedule).await;
    assert!(group_names(&app, &late).await.values().all(Option::is_none));
    app.graph.clear_faults();
    app.pass(TimeDelta::hours(1));
    let after = succeeded(&app, &schedule).await;
    assert_eq!(group_names(&app, &after).await, known);
    assert!(group_names(&app, &late).await.values().all(Option::is_none));
    assert_eq!(group_names(&app, &soon).await, known);
}

#[actix_rt::test]
async fn a_thousand_groups_are_one_request() {
    let app = TestApp::start().await;
    let profile = some_id(&app, DeviceConfiguration, 0);
    let groups: Vec<String> = (0..1_500_u128)
        .map(|number| Uuid::from_u128(1_000_000 + number).to_string())
        .collect();
    for (number, group) in groups.iter().enumerate().skip(1) {
        let group = json!({"id": group, "displayName": format!("Group {number}")});
        app.graph
            .insert(app.directory(), "groups", group, Value::Null);
    }
    let assignment = |group: &String| {
        let target =
            json!({"@odata.type": "#microsoft.graph.groupAssignmentTarget", "groupId": group});
        json!({"id": group, "target": target})
    };
    let everything = app
        .graph
        .objects(app.directory(), collection(DeviceConfiguration));
    for other in everything
        .iter()
        .map(|it| it.object["id"].as_str().unwrap())
    {
        let assignments = match other == profile {
            true => groups.iter().map(assignment).collect(),
            false => json!([assignment(&groups[1])]),
        };
        app.graph.reassign(
            app.directory(),
            collection(DeviceConfiguration),
            other,
            assignments,
        );
    }
    let schedule = app.schedule("Nightly", &[DeviceConfiguration]).await;
    let run = succeeded(&app, &schedule).await;
    assert_eq!(look_ups(&app), 2);
    let requests = u64::try_from(app.requests("/").len()).unwrap();
    assert_eq!(run.summary.as_ref().unwrap().requests, requests);
    let names = group_names(&app, &run).await;
    assert_eq!(names.len(), 1_500);
    for (number, group) in groups.iter().enumerate() {
        let name = (number > 0).then(|| format!("Group {number}"));
        assert_eq!(names[group], name);
    }
}

#[actix_rt::test]
async fn an_item_of_an_older_version_points_to_nothing_and_is_not_taken_over() {
    let (app, schedule, first) = first_run(&[SettingsCatalog]).await;
    app.execute("UPDATE backup_items SET references_hash = NULL")
        .await;
    for node in shown(&app, &first).await {
        assert_eq!(node["references"], json!([]));
    }
    to_a_day_that_is_full(&app, false);
    let second = succeeded(&app, &schedule).await;
    assert_eq!(app.result(&second, SettingsCatalog).await.reused, 0);
    assert!(!names(&app, &second).await.is_empty());
    let id = some_id(&app, SettingsCatalog, 0);
    assert!(item(&app, &second, &id).await.parts.references.is_some());
}

#[actix_rt::test]
async fn a_backup_of_everything_only_reads() {
    let (app, _, _) = first_run(PolicyKind::ALL).await;
    for request in app.requests("/") {
        // Actions of Graph that answer and change nothing.
        let asks = ["/getByIds", "/retrieveEnrollmentTimeDeviceMembershipTarget"];
        let is_question = asks.iter().any(|action| request.path.ends_with(action));
        let method = if is_question { "POST" } else { "GET" };
        assert_eq!(request.method, method, "{}", request.path);
    }
}
