//! Differences of captures: what is told of a change, and whatever the captures are, that it is all of
//! it and nothing else.

use std::collections::BTreeMap;

use proptest::{collection::vec, prelude::*, sample::Index};
use serde_json::{Map, Value, json};

use super::samples::any_json;
use crate::domain::{
    capture::*,
    capture_rules::{CaptureRules, Unordered},
    diff::*,
    kind::PolicyKind,
    run::Scope,
};

const RULES: CaptureRules = CaptureRules {
    revision: 1,
    marker: None,
    volatile: &[
        "version",
        "settings[].id",
        "deep.moved",
        "assignments[].seen",
    ],
    unordered: &[
        Unordered {
            path: "settings",
            key: "definition",
        },
        Unordered {
            path: "settings[].parts",
            key: "",
        },
        Unordered {
            path: "deep.groups",
            key: "",
        },
    ],
    sealed: &["password", "omaSettings[].value", "settings[].secret"],
    references: &[],
};

fn parts(object: Value) -> Parts {
    let scope = Scope {
        kinds: vec![PolicyKind::DeviceConfiguration],
        assignments: true,
        scope_tags: true,
    };
    let key = DigestKey::from([7; 32]);
    take_apart(object, &RULES, &scope, &key).0
}

fn state(parts: &Parts) -> crate::domain::canonical::Hash {
    capture(parts, &RULES).state_hash
}

/// What is told of a change from one object to another, each on a line.
fn told(before: Value, after: Value) -> Vec<String> {
    let changes = changes(&parts(before), &parts(after), &RULES);
    assert!(!changes.is_truncated);
    let shown = |value: &Option<Value>| value.as_ref().map_or("-".to_owned(), Value::to_string);
    let line = |change: &Change| {
        let (part, path, kind) = (change.part, change.pointer(), change.kind);
        let values = format!("{} {}", shown(&change.before), shown(&change.after));
        format!("{part} {path} {kind} {values}")
    };
    changes.list.iter().map(line).collect()
}

#[test]
fn settings_are_told_apart_by_their_definition() {
    let setting = |definition: &str, value: Value| json!({"id": "0", "definition": definition, "value": value});
    let before = json!({"settings": [setting("a", json!(1)), setting("b", json!({"x": 1, "y": 2})), setting("c", json!(3))]});
    let after = json!({"settings": [setting("d", json!(4)), setting("c", json!(3)), setting("b", json!({"x": 1, "y": 9}))]});
    let expected = [
        r#"PAYLOAD /settings/0 REMOVED {"definition":"a","value":1} -"#,
        r#"PAYLOAD /settings/0 ADDED - {"definition":"d","value":4}"#,
        "PAYLOAD /settings/2/value/y CHANGED 2 9",
    ];
    assert_eq!(told(before, after), expected);
}

#[test]
fn children_of_settings_are_told_apart_by_their_definition_too() {
    let child = |id: &str, value: i32| json!({"settingDefinitionId": id, "v": value});
    let object =
        |children: &[Value]| json!({"settings": [{"definition": "a", "children": children}]});
    let before = object(&[child("p", 1), child("q", 2), child("r", 3)]);
    let after = object(&[child("n", 0), child("p", 1), child("r", 4)]);
    let expected = [
        r#"PAYLOAD /settings/0/children/0 ADDED - {"settingDefinitionId":"n","v":0}"#,
        r#"PAYLOAD /settings/0/children/1 REMOVED {"settingDefinitionId":"q","v":2} -"#,
        "PAYLOAD /settings/0/children/2/v CHANGED 3 4",
    ];
    assert_eq!(told(before, after), expected);
    // Their order counts in the state, so that a change of it is told of.
    let moved = told(
        object(&[child("p", 1), child("q", 2)]),
        object(&[child("q", 2), child("p", 1)]),
    );
    assert_eq!(moved.len(), 2, "{moved:?}");
}

fn assignment(kind: &str, group: &str, filter: &str) -> Value {
    json!({"id": group, "target": {
        "@odata.type": format!("#microsoft.graph.{kind}AssignmentTarget"),
        "groupId": group,
        "deviceAndAppManagementAssignmentFilterId": filter,
        "deviceAndAppManagementAssignmentFilterType": "include",
    }})
}

#[test]
fn assignments_are_told_apart_by_their_target() {
    let (sales, it) = (
        assignment("group", "sales", "f1"),
        assignment("group", "it", "f1"),
    );
    let narrowed = assignment("group", "sales", "f2");
    let all = json!({"id": "all", "target": {"@odata.type": "#microsoft.graph.allDevicesAssignmentTarget"}});
    let before = json!({"assignments": [sales, it]});
    let after = json!({"assignments": [all, narrowed]});
    let lines = told(before, after);
    assert_eq!(lines.len(), 3, "{lines:?}");
    assert!(lines[0].starts_with("ASSIGNMENTS /0 ADDED"));
    assert!(lines[1].starts_with("ASSIGNMENTS /1 REMOVED"));
    let filter = "/1/target/deviceAndAppManagementAssignmentFilterId";
    assert_eq!(
        lines[2],
        format!(r#"ASSIGNMENTS {filter} CHANGED "f1" "f2""#)
    );
    let moved = json!({"assignments": [it, sales]});
    let back = json!({"assignments": [sales, it]});
    assert_eq!(
        decisions(&parts(moved), &parts(back), &RULES),
        Changes::default()
    );
}

#[test]
fn what_identifies_a_changed_element_is_known() {
    let excluded = assignment("exclusionGroup", "sales", "f1");
    let before = parts(json!({"roleScopeTagIds": ["0"], "assignments": [], "omaSettings": []}));
    let after = parts(json!({
        "roleScopeTagIds": ["0", "7"],
        "assignments": [excluded],
        "omaSettings": [{"omaUri": "./a", "displayName": "Lock"}],
    }));
    let changes = changes(&before, &after, &RULES);
    let keys: Vec<&Key> = changes.list.iter().flat_map(Change::keys).collect();
    let Key::Target(target) = keys[0] else {
        panic!("{keys:?}");
    };
    assert_eq!(target.kind, "exclusionGroupAssignmentTarget");
    assert_eq!(target.group.as_deref(), Some("sales"));
    assert_eq!(
        target.filter.as_ref().map(|filter| filter.id.as_str()),
        Some("f1")
    );
    let others = [Key::Name("Lock".to_owned()), Key::ScopeTag("7".to_owned())];
    assert_eq!(keys[1..], [&others[0], &others[1]]);
}

#[test]
fn a_changed_secret_is_a_change_that_reveals_nothing() {
    let oma = |uri: &str, value: &str| json!({"omaUri": uri, "value": value});
    let before = json!({"password": "one", "omaSettings": [oma("./a", "x"), oma("./b", "same")]});
    let after = json!({"password": "two", "omaSettings": [oma("./n", "new"), oma("./b", "same")]});
    let lines = told(before, after);
    let expected = [
        r#"PAYLOAD /omaSettings/0 REMOVED {"omaUri":"./a","value":"[sealed]"} -"#,
        r#"PAYLOAD /omaSettings/0 ADDED - {"omaUri":"./n","value":"[sealed]"}"#,
        r#"PAYLOAD /password CHANGED "[sealed]" "[sealed]""#,
    ];
    assert_eq!(lines, expected);
}

#[test]
fn captures_of_other_rules_are_never_the_same_for_no_reason() {
    let noise = told(json!({"version": 1}), json!({"version": 2}));
    assert_eq!(noise, ["PAYLOAD /version CHANGED 1 2"]);
    assert_eq!(
        told(json!({"a": 1}), json!({"a": 1})),
        ["PAYLOAD  CHANGED - -"]
    );
}

#[test]
fn no_more_changes_are_told_than_a_thousand() {
    let object = |value: i32, count: usize| {
        let members = (0..count).map(|n| (format!("m{n}"), json!(value)));
        Value::Object(members.collect())
    };
    let most = |count| changes(&parts(object(1, count)), &parts(object(2, count)), &RULES);
    let (whole, cut) = (most(MOST_CHANGES), most(MOST_CHANGES + 1));
    assert_eq!(
        (whole.list.len(), whole.is_truncated),
        (MOST_CHANGES, false)
    );
    assert_eq!((cut.list.len(), cut.is_truncated), (MOST_CHANGES, true));
}

#[test]
fn long_lists_are_compared_in_bounded_time() {
    let list = |from: usize| (from..from + 5_000).map(|n| json!(format!("v{}", n * n % 9_973)));
    let object = |from| json!({"list": list(from).collect::<Vec<_>>()});
    let changes = changes(&parts(object(0)), &parts(object(4_000)), &RULES);
    assert!(changes.is_truncated);
}

#[test]
fn elements_of_long_lists_are_found_again_by_what_identifies_them() {
    let child = |n: usize, value: &str| json!({"settingDefinitionId": format!("s{n}"), "v": value});
    let list = |value: &str, numbers: &[usize]| -> Vec<Value> {
        let child = |n: &usize| child(*n, if *n == 1_500 { value } else { "same" });
        numbers.iter().map(child).collect()
    };
    // Nothing at either end is the same, and in the middle one has moved, one is new and one is not there any more.
    let middle: Vec<usize> = (10..3_000).collect();
    let before = [&[0, 1], &middle[..], &[2, 3]].concat();
    let mut moved = middle;
    moved.remove(700);
    moved.swap(100, 101);
    moved.insert(2_000, 9_000);
    let after = [&[3, 2], &moved[..], &[1, 0]].concat();
    let object = |list: Vec<Value>, small: Value| json!({"a_long": list, "small": small});
    let lines = told(
        object(list("old", &before), json!(["a", "b", "c"])),
        object(list("new", &after), json!(["x", "b", "y", "c"])),
    );
    // Two of each end, the one that is new and the one that is gone, the one that has moved, and the value;
    // of the small list one that is changed and one that is new.
    assert_eq!(lines.len(), 8 + 2 + 2 + 1 + 2, "{lines:#?}");
    let value = |line: &String| line.ends_with(r#"/v CHANGED "old" "new""#);
    assert_eq!(lines.iter().filter(|line| value(line)).count(), 1);
}

/// An object as it may be at some time. Settings have a definition each, as those of Graph have.
fn any_object() -> impl Strategy<Value = Value> {
    let settings = vec((any_json(), vec(any_json(), 0..3), "[ab]?"), 0..5);
    let assignments = vec(("[a-c]", any_json()), 0..4);
    let lists = (
        settings,
        assignments,
        vec("[0-4]", 0..4),
        vec(any_json(), 0..5),
    );
    let rest = (
        any_json(),
        vec("[a-c]", 0..5),
        vec(("[a-d]", any_json()), 0..4),
    );
    (lists, rest).prop_map(|((settings, assignments, tags, plain), (more, groups, oma))| {
        let settings: Vec<Value> = settings
            .into_iter()
            .enumerate()
            .map(|(n, (value, parts, secret))| json!({"definition": format!("d{}", (n * 3) % 5), "value": value, "parts": parts, "secret": secret}))
            .collect();
        let assignments: Vec<Value> = assignments
            .into_iter()
            .map(|(group, more)| json!({"target": {"@odata.type": "#x.groupAssignmentTarget", "groupId": group}, "more": more}))
            .collect();
        let oma: Vec<Value> = oma.into_iter().map(|(uri, value)| json!({"omaUri": uri, "data": value})).collect();
        json!({
            "settings": settings, "assignments": assignments, "roleScopeTagIds": tags, "plain": plain,
            "more": more, "deep": {"groups": groups}, "omaSettings": oma,
        })
    })
}

/// Another object, or one that differs in some places.
fn any_pair() -> impl Strategy<Value = (Value, Value)> {
    let edits = vec((any::<Index>(), any_json()), 0..4);
    (any_object(), any_object(), edits, any::<bool>()).prop_map(|(one, other, edits, near)| {
        if !near {
            return (one, other);
        }
        let mut edited = one.clone();
        for (index, value) in edits {
            let mut places = Vec::new();
            pointers(&edited, String::new(), &mut places);
            let place = index.get(&places).clone();
            // What an administrator decides has one definition for each setting.
            if !place.is_empty() && !place.ends_with("/definition") {
                *edited.pointer_mut(&place).unwrap() = value;
            }
        }
        (one, edited)
    })
}

fn pointers(value: &Value, pointer: String, all: &mut Vec<String>) {
    match value {
        Value::Array(elements) => {
            for (index, element) in elements.iter().enumerate() {
                pointers(element, format!("{pointer}/{index}"), all);
            }
        }
        Value::Object(members) => {
            for (name, member) in members {
                let name = name.replace('~', "~0").replace('/', "~1");
                pointers(member, format!("{pointer}/{name}"), all);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
    all.push(pointer);
}

/// Adds what moves by itself, and arranges what has no order in another way.
fn with_noise(object: &Value, version: u32, turn: usize) -> Value {
    let mut noisy = object.clone();
    noisy["version"] = version.into();
    if let Some(deep) = noisy["deep"].as_object_mut() {
        deep.insert("moved".to_owned(), version.into());
    }
    let turned = |list: &mut Value| {
        if let Some(list) = list.as_array_mut().filter(|list| !list.is_empty()) {
            let by = turn % list.len();
            list.rotate_left(by);
        }
    };
    for setting in noisy["settings"].as_array_mut().into_iter().flatten() {
        if let Some(setting) = setting.as_object_mut() {
            setting.insert("id".to_owned(), version.into());
            setting.get_mut("parts").into_iter().for_each(turned);
        }
    }
    for assignment in noisy["assignments"].as_array_mut().into_iter().flatten() {
        if let Some(assignment) = assignment.as_object_mut() {
            assignment.insert("seen".to_owned(), version.into());
        }
    }
    for pointer in [
        "/settings",
        "/assignments",
        "/roleScopeTagIds",
        "/deep/groups",
    ] {
        noisy.pointer_mut(pointer).into_iter().for_each(turned);
    }
    noisy
}

/// A part of an object to which changes were made.
fn applied(part: Option<&Value>, changes: &[(&[Step], &Change)]) -> Option<Value> {
    if let Some((_, whole)) = changes.iter().find(|(path, _)| path.is_empty()) {
        return whole.after.clone();
    }
    if changes.is_empty() {
        return part.cloned();
    }
    Some(match part {
        Some(Value::Object(members)) => Value::Object(with_members(members, changes)),
        Some(Value::Array(elements)) => Value::Array(with_elements(elements, changes)),
        other => panic!("{other:?} has no {changes:?}"),
    })
}

fn with_members(
    members: &Map<String, Value>,
    changes: &[(&[Step], &Change)],
) -> Map<String, Value> {
    let mut within: BTreeMap<&str, Vec<(&[Step], &Change)>> = BTreeMap::new();
    for (path, change) in changes {
        match path.split_first() {
            Some((Step::Member(name), rest)) => {
                within.entry(name).or_default().push((rest, change))
            }
            other => panic!("no member: {other:?}"),
        }
    }
    let mut members = members.clone();
    for (name, changes) in within {
        match applied(members.get(name), &changes) {
            Some(value) => members.insert(name.to_owned(), value),
            None => members.remove(name),
        };
    }
    members
}

fn with_elements(elements: &[Value], changes: &[(&[Step], &Change)]) -> Vec<Value> {
    let mut within: BTreeMap<usize, Vec<(&[Step], &Change)>> = BTreeMap::new();
    let mut new = BTreeMap::new();
    for (path, change) in changes {
        match path.split_first() {
            Some((
                Step::Element {
                    before: Some(before),
                    ..
                },
                rest,
            )) => {
                within.entry(*before).or_default().push((rest, change));
            }
            Some((
                Step::Element {
                    after: Some(after), ..
                },
                [],
            )) => {
                new.insert(*after, change.after.clone().unwrap());
            }
            other => panic!("no element: {other:?}"),
        }
    }
    let none = Vec::new();
    let kept = elements.iter().enumerate();
    let mut kept: Vec<Value> = kept
        .filter_map(|(index, value)| applied(Some(value), within.get(&index).unwrap_or(&none)))
        .collect();
    for (index, value) in new {
        kept.insert(index, value);
    }
    kept
}

fn apply(changes: &Changes, before: &Parts) -> Parts {
    let of = |part: Part, value: Option<&Value>| {
        let changes: Vec<(&[Step], &Change)> = changes
            .list
            .iter()
            .filter(|change| change.part == part)
            .map(|change| (change.path.as_slice(), change))
            .collect();
        applied(value, &changes)
    };
    Parts {
        payload: of(Part::Payload, Some(&before.payload)).unwrap(),
        assignments: of(Part::Assignments, before.assignments.as_ref()),
        scope_tags: of(Part::ScopeTags, before.scope_tags.as_ref()),
        sealed: None,
    }
}

/// Parts with secrets left as they are.
fn open_parts(object: Value) -> Parts {
    let mut payload = object;
    let members = payload.as_object_mut().unwrap();
    let assignments = members.remove("assignments");
    let scope_tags = members.remove("roleScopeTagIds");
    Parts {
        payload,
        assignments,
        scope_tags,
        sealed: None,
    }
}

proptest! {
    #[test]
    fn the_same_differs_in_nothing(object in any_object()) {
        let parts = parts(object);
        prop_assert_eq!(decisions(&parts, &parts, &RULES), Changes::default());
    }

    #[test]
    fn noise_and_order_are_no_difference(object in any_object(), version in any::<u32>(), turn in 0_usize..9) {
        let (quiet, noisy) = (parts(object.clone()), parts(with_noise(&object, version, turn)));
        prop_assert_eq!(state(&quiet), state(&noisy));
        prop_assert_eq!(decisions(&quiet, &noisy, &RULES), Changes::default());
        prop_assert_eq!(decisions(&noisy, &quiet, &RULES), Changes::default());
    }

    #[test]
    fn something_is_told_exactly_if_the_states_differ(
        (one, other) in any_pair(), version in any::<u32>(), turn in 0_usize..9,
    ) {
        let (before, after) = (parts(one), parts(with_noise(&other, version, turn)));
        let decided = decisions(&before, &after, &RULES);
        prop_assert_eq!(decided.list.is_empty(), state(&before) == state(&after), "{:?}", decided);
        prop_assert!(!changes(&before, &after, &RULES).list.is_empty());
    }

    #[test]
    fn what_is_told_leads_from_one_to_the_other(
        (one, other) in any_pair(), version in any::<u32>(), turn in 0_usize..9,
    ) {
        let (before, after) = (open_parts(one), open_parts(with_noise(&other, version, turn)));
        let decided = decisions(&before, &after, &RULES);
        prop_assert!(!decided.is_truncated);
        prop_assert_eq!(state(&apply(&decided, &before)), state(&after), "{:#?}", decided);
    }

    #[test]
    fn what_is_told_is_found_where_it_is_told_to_be((one, other) in any_pair()) {
        let (before, after) = (open_parts(one), open_parts(other));
        for change in changes(&before, &after, &RULES).list {
            let (parts, value) = match change.kind {
                DiffKind::Removed => (&before, &change.before),
                DiffKind::Added | DiffKind::Changed => (&after, &change.after),
            };
            let part = match change.part {
                Part::Assignments => parts.assignments.as_ref(),
                Part::Payload => Some(&parts.payload),
                Part::ScopeTags => parts.scope_tags.as_ref(),
            };
            if !change.is_of_rules() {
                prop_assert_eq!(part.and_then(|part| part.pointer(&change.pointer())), value.as_ref());
            }
        }
    }

    #[test]
    fn no_document_is_too_odd(one in any_json(), other in any_json()) {
        let odd = |payload: &Value| Parts {
            payload: payload.clone(),
            assignments: Some(payload.clone()),
            scope_tags: Some(payload.clone()),
            sealed: Some(payload.clone()),
        };
        let both = changes(&odd(&one), &odd(&other), &RULES);
        prop_assert!(!both.list.is_empty());
    }
}
