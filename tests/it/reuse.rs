//! A quiet run costs little more than its lists, stores nothing anew, and is as good as a full one.

use chrono::TimeDelta;
use serde_json::{Value, json};
use tenantatlas::{
    clock::Clock,
    domain::{
        backup::{BackupItem, BackupSet},
        kind::PolicyKind::{self, *},
        reuse::is_full_read_day,
        run::{Run, RunStatus, Scope, Summary, Trigger},
        schedule::Schedule,
    },
    graph::catalog::{self, Entry, Shape},
    workers::changes::Started,
};

use crate::support::{
    Setup, TestApp,
    kinds::{COLLECTIONS, MARKED, collection, identity, readable},
};

/// Kinds whose objects are read one by one each time: nothing tells whether they have moved.
const READ_ANEW: [&str; 9] = [
    "/depOnboardingSettings/",
    "/roleAssignments/",
    "/roleScopeTags/",
    "/termsAndConditions/",
    "/windowsDriverUpdateProfiles/",
    // The texts of enrolment notifications.
    "/notificationMessageTemplates/",
    // Scheduled actions, where the list did not give them.
    "/deviceCompliancePolicies/",
    // Assignments that only the item gives.
    "/policySets/",
    // Images of the sign-in page.
    "/branding/localizations/",
];

/// A server with one backup of everything, on the eve of a day that reads nothing in full.
pub(crate) async fn after_a_first_run(kinds: &[PolicyKind]) -> (TestApp, Schedule, Run) {
    // Enough for one object of each kind.
    let app = TestApp::with(Setup {
        policies: 120,
        ..Setup::default()
    })
    .await;
    let schedule = app.schedule("Nightly", kinds).await;
    let run = succeeded(&app, &schedule).await;
    to_a_day_that_is_full(&app, false);
    app.graph.clear_log();
    (app, schedule, run)
}

pub(crate) fn to_a_day_that_is_full(app: &TestApp, full: bool) {
    app.pass(TimeDelta::days(1));
    while is_full_read_day(app.tenant(), app.clock.now()) != full {
        app.pass(TimeDelta::days(1));
    }
}

pub(crate) async fn succeeded(app: &TestApp, schedule: &Schedule) -> Run {
    let run = app.backed_up(schedule).await;
    assert_eq!(run.state.status(), RunStatus::Succeeded, "{:?}", run.state);
    run
}

/// A run that reads everything, an hour later.
pub(crate) async fn read_in_full(app: &TestApp, schedule: &Schedule) -> Run {
    app.pass(TimeDelta::hours(1));
    let started = app.ask_for_run(schedule, Trigger::Manual, true).await;
    let Started::Queued(run) = started else {
        panic!("not queued: {started:?}")
    };
    app.settled(&run).await
}

pub(crate) async fn set(app: &TestApp, run: &Run) -> BackupSet {
    app.set_of(run).await.expect("a set")
}

pub(crate) async fn item(app: &TestApp, run: &Run, id: &str) -> BackupItem {
    let mut items = app.items(&set(app, run).await).await;
    items.retain(|item| item.graph_id == id);
    items.remove(0)
}

/// The id of an object of a kind.
pub(crate) fn some_id(app: &TestApp, kind: PolicyKind, number: usize) -> String {
    let objects = app.graph.objects(app.directory(), collection(kind));
    identity(&objects[number].object).to_owned()
}

/// Requests that were no lists, that of the audit events included.
fn follow_ups(app: &TestApp) -> Vec<String> {
    let lists = PolicyKind::ALL
        .iter()
        .flat_map(|kind| match catalog::entry(*kind) {
            Entry {
                list,
                shape: Shape::CollectionAnd(single),
                ..
            } => vec![*list, *single],
            entry => vec![entry.list],
        });
    let directory = app.directory().to_string();
    let lists: Vec<String> = lists
        .map(|list| list.replace("{tenant}", &directory))
        .collect();
    let is_list = |path: &str| {
        let below = path.strip_prefix("/beta").or(path.strip_prefix("/v1.0"));
        lists.iter().any(|list| below == Some(list)) || path.ends_with("/auditEvents")
    };
    let paths = app.requests("/").into_iter().map(|request| request.path);
    paths.filter(|path| !is_list(path)).collect()
}

#[actix_rt::test]
async fn a_quiet_run_costs_its_lists_and_what_has_no_marker() {
    let (app, schedule, first) = after_a_first_run(PolicyKind::ALL).await;
    let contents = app.content_hashes().await;
    let second = succeeded(&app, &schedule).await;
    let follow_ups = follow_ups(&app);
    for path in &follow_ups {
        let known = READ_ANEW.iter().any(|part| path.contains(part));
        assert!(known, "{path}");
    }
    // Two kinds are never asked for, and one has two lists.
    assert_eq!(
        app.requests("/").len() - follow_ups.len(),
        PolicyKind::ALL.len() - 2 + 1
    );
    for result in app.results(&second).await {
        let expected = if MARKED.contains(&result.kind) {
            result.items
        } else {
            0
        };
        assert_eq!(result.reused, expected, "{}", result.kind);
    }
    assert_eq!(
        app.content_hashes().await,
        contents,
        "nothing new is stored"
    );
    let (one, other) = (set(&app, &first).await, set(&app, &second).await);
    assert_eq!(one.content_hash, other.content_hash);
    assert_eq!(one.payload_bytes, other.payload_bytes);
    let summary = second.summary.unwrap();
    assert_eq!((summary.changed, summary.removed), (0, 0));
    let requests = u64::try_from(app.requests("/").len()).unwrap();
    assert_eq!(summary.requests, requests);
    assert!(requests < first.summary.unwrap().requests);
}

#[actix_rt::test]
async fn what_has_moved_is_read_again_and_nothing_else() {
    let kinds = [SettingsCatalog, PowershellScript, DeviceConfiguration];
    let (app, schedule, first) = after_a_first_run(&kinds).await;
    let (policy, script) = (
        some_id(&app, SettingsCatalog, 1),
        some_id(&app, PowershellScript, 0),
    );
    app.graph
        .edit_parts(app.directory(), "configurationPolicies", &policy, |parts| {
            parts["settings"].as_array_mut().unwrap().pop();
        });
    let rewrite = |script: &mut Value| script["scriptContent"] = "bmV3".into();
    app.graph
        .edit(app.directory(), "deviceManagementScripts", &script, rewrite);
    let second = succeeded(&app, &schedule).await;
    let read = follow_ups(&app);
    assert!(!read.is_empty());
    for path in read {
        assert!(path.contains(&policy) || path.contains(&script), "{path}");
    }
    let after = item(&app, &second, &script).await;
    let payload = app.content(app.tenant(), after.parts.payload).await;
    assert_eq!(payload["scriptContent"], "bmV3");
    assert_ne!(item(&app, &first, &script).await.marker, after.marker);
    assert_eq!(second.summary.unwrap().changed, 2);
}

#[actix_rt::test]
async fn other_assignments_are_seen_without_reading_the_object() {
    let kinds = [SettingsCatalog, PowershellScript, MobileApp];
    let (app, schedule, first) = after_a_first_run(&kinds).await;
    let target = json!({ "@odata.type": "#microsoft.graph.allDevicesAssignmentTarget" });
    let everybody = json!([{ "id": "everybody", "target": target }]);
    for kind in kinds {
        let id = some_id(&app, kind, 0);
        app.graph
            .reassign(app.directory(), collection(kind), &id, everybody.clone());
    }
    let second = succeeded(&app, &schedule).await;
    assert_eq!(follow_ups(&app), Vec::<String>::new());
    for kind in kinds {
        let id = some_id(&app, kind, 0);
        let (before, after) = (
            item(&app, &first, &id).await,
            item(&app, &second, &id).await,
        );
        assert_eq!(before.parts.payload, after.parts.payload, "{kind}");
        assert_eq!(before.captured_at, after.captured_at, "{kind}");
        assert_ne!(before.content_hash, after.content_hash, "{kind}");
        assert_ne!(before.state_hash, after.state_hash, "{kind}");
        let kept = after.parts.assignments.expect("assignments");
        assert_eq!(app.content(app.tenant(), kept).await, everybody, "{kind}");
    }
    assert_eq!(second.summary.unwrap().changed, 3);
    let full = read_in_full(&app, &schedule).await;
    let (one, other) = (set(&app, &second).await, set(&app, &full).await);
    assert_eq!(one.content_hash, other.content_hash);
}

#[actix_rt::test]
async fn everything_is_read_on_one_day_in_seven_and_on_demand() {
    let (app, schedule, first) = after_a_first_run(&MARKED).await;
    let reused = async |run: &Run| {
        let results = app.results(run).await;
        results.iter().map(|result| result.reused).sum::<u32>()
    };
    assert_eq!(reused(&first).await, 0);
    let items = set(&app, &first).await.item_count;
    assert_eq!(reused(&succeeded(&app, &schedule).await).await, items);
    assert_eq!(reused(&read_in_full(&app, &schedule).await).await, 0);
    to_a_day_that_is_full(&app, true);
    assert_eq!(reused(&succeeded(&app, &schedule).await).await, 0);
    to_a_day_that_is_full(&app, false);
    assert_eq!(reused(&succeeded(&app, &schedule).await).await, items);
}

#[actix_rt::test]
async fn what_another_revision_of_the_catalogue_read_is_read_anew() {
    let (app, schedule, first) = after_a_first_run(&MARKED).await;
    app.execute("UPDATE backup_items SET catalog_revision = 0")
        .await;
    let second = succeeded(&app, &schedule).await;
    for result in app.results(&second).await {
        assert_eq!(result.reused, 0, "{}", result.kind);
    }
    let (one, other) = (set(&app, &first).await, set(&app, &second).await);
    assert_eq!(one.content_hash, other.content_hash);
}

#[actix_rt::test]
async fn options_decide_what_a_set_holds_whatever_was_read_before() {
    let (app, wide, _) = after_a_first_run(&MARKED).await;
    let narrow = Scope {
        kinds: MARKED.to_vec(),
        assignments: false,
        scope_tags: false,
    };
    let narrow = app.schedule_with(app.tenant(), "Narrow", narrow).await;
    for schedule in [&narrow, &wide, &narrow] {
        let run = succeeded(&app, schedule).await;
        let scope = &schedule.scope;
        for item in app.items(&set(&app, &run).await).await {
            let parts = (item.parts.assignments, item.parts.scope_tags);
            assert!(parts.0.is_none() || scope.assignments, "{}", item.name);
            assert!(parts.1.is_none() || scope.scope_tags, "{}", item.name);
        }
        let full = read_in_full(&app, schedule).await;
        let (one, other) = (set(&app, &run).await, set(&app, &full).await);
        assert_eq!(one.content_hash, other.content_hash);
        app.pass(TimeDelta::hours(1));
    }
}

#[actix_rt::test]
async fn a_content_that_is_lost_is_read_and_written_again() {
    let (app, schedule, first) = after_a_first_run(&[PowershellScript]).await;
    let script = some_id(&app, PowershellScript, 0);
    let before = item(&app, &first, &script).await;
    let contents = app.content_hashes().await;
    app.database.lose_content(before.parts.payload);
    assert_ne!(app.content_hashes().await, contents);
    let second = succeeded(&app, &schedule).await;
    let result = app.result(&second, PowershellScript).await;
    assert_eq!(result.reused, result.items - 1);
    assert_eq!(app.content_hashes().await, contents);
    assert_eq!(item(&app, &second, &script).await.parts, before.parts);
}

#[actix_rt::test]
async fn a_content_that_is_damaged_costs_a_reading_and_no_more() {
    let (app, schedule, first) = after_a_first_run(&[PowershellScript]).await;
    let script = some_id(&app, PowershellScript, 0);
    let payload = item(&app, &first, &script).await.parts.payload;
    let damage = format!("UPDATE contents SET raw_bytes = 1 WHERE hash = '{payload}'");
    assert_eq!(app.execute(&damage).await, 1);
    app.graph.reassign(
        app.directory(),
        "deviceManagementScripts",
        &script,
        json!([]),
    );
    let second = succeeded(&app, &schedule).await;
    let result = app.result(&second, PowershellScript).await;
    assert_eq!(result.items, set(&app, &first).await.item_count);
}

#[actix_rt::test]
async fn a_run_counts_what_is_new_changed_and_gone() {
    let (app, schedule, first) = after_a_first_run(&[AssignmentFilter, MobileApp]).await;
    let apps = collection(MobileApp);
    let (edited, removed) = (some_id(&app, MobileApp, 0), some_id(&app, MobileApp, 1));
    let rename = |app: &mut Value| app["displayName"] = "Another name".into();
    app.graph.edit(app.directory(), apps, &edited, rename);
    app.graph.remove(app.directory(), apps, &removed);
    for id in ["one", "another"] {
        let filter = json!({ "id": id, "displayName": id });
        app.graph.insert(
            app.directory(),
            collection(AssignmentFilter),
            filter,
            Value::Null,
        );
    }
    let second = succeeded(&app, &schedule).await;
    let before = first.summary.unwrap();
    let Summary {
        items,
        changed,
        removed,
        failed,
        ..
    } = second.summary.unwrap();
    assert_eq!((changed, removed, failed), (3, 1, 0));
    assert_eq!(items, before.items + 1);
    app.pass(TimeDelta::hours(1));
    let third = succeeded(&app, &schedule).await;
    let summary = third.summary.unwrap();
    assert_eq!((summary.changed, summary.removed), (0, 0));
}

#[actix_rt::test]
async fn a_set_of_what_moved_equals_one_that_was_read_in_full() {
    let (app, schedule, _) = after_a_first_run(PolicyKind::ALL).await;
    let directory = app.directory();
    for (number, (kind, collection)) in COLLECTIONS.into_iter().enumerate() {
        if !readable().contains(&kind) {
            continue;
        }
        let id = some_id(&app, kind, 0);
        let edit = |object: &mut Value| object["description"] = format!("{number}").into();
        match number % 3 {
            _ if kind == TenantSettings => {}
            // There is always one.
            _ if catalog::entry(kind).shape == Shape::Singleton => {}
            0 => app.graph.edit(directory, collection, &id, edit),
            1 => app.graph.remove(directory, collection, &id),
            _ => app.graph.reassign(directory, collection, &id, json!([])),
        }
    }
    let incremental = succeeded(&app, &schedule).await;
    let full = read_in_full(&app, &schedule).await;
    let (one, other) = (set(&app, &incremental).await, set(&app, &full).await);
    let hashes = async |set: &BackupSet| {
        let items = app.items(set).await;
        let of = |item: BackupItem| (item.name, item.content_hash, item.state_hash);
        items.into_iter().map(of).collect::<Vec<_>>()
    };
    assert_eq!(hashes(&one).await, hashes(&other).await);
    assert_eq!(one.content_hash, other.content_hash);
    let summary = full.summary.unwrap();
    assert_eq!((summary.changed, summary.removed), (0, 0));
}
