//! Captures: what is a change and what is noise, and where secrets go.

use serde_json::{Value, json};

use crate::domain::{
    capture::*,
    capture_rules::{CaptureRules, Unordered},
    kind::PolicyKind,
    run::Scope,
};

const RULES: CaptureRules = CaptureRules {
    revision: 1,
    marker: Some("version"),
    volatile: &["version", "settings[].id"],
    unordered: &[Unordered {
        path: "settings",
        key: "settingInstance.settingDefinitionId",
    }],
    sealed: &["password", "omaSettings[].value"],
    references: &[],
};

fn scope(assignments: bool, scope_tags: bool) -> Scope {
    Scope {
        kinds: vec![PolicyKind::DeviceConfiguration],
        assignments,
        scope_tags,
    }
}

fn key() -> DigestKey {
    DigestKey::from([7; 32])
}

fn capture_of(object: Value) -> Capture {
    let (parts, _) = take_apart(object, &RULES, &scope(true, true), &key());
    capture(&parts, &RULES)
}

fn object() -> Value {
    json!({
        "id": "a", "version": 3, "roleScopeTagIds": ["0", "1"],
        "assignments": [{"id": "x"}, {"id": "y"}],
        "settings": [
            {"id": "0", "settingInstance": {"settingDefinitionId": "first"}},
            {"id": "1", "settingInstance": {"settingDefinitionId": "second"}},
        ],
    })
}

#[test]
fn volatile_members_and_order_change_the_content_but_not_the_state() {
    let before = capture_of(object());
    let mut noisy = object();
    noisy["version"] = json!(4);
    noisy["roleScopeTagIds"] = json!(["1", "0"]);
    noisy["assignments"] = json!([{"id": "y"}, {"id": "x"}]);
    noisy["settings"] = json!([
        {"id": "7", "settingInstance": {"settingDefinitionId": "second"}},
        {"id": "8", "settingInstance": {"settingDefinitionId": "first"}},
    ]);
    let after = capture_of(noisy);
    assert_eq!(before.state_hash, after.state_hash);
    assert_ne!(before.content_hash, after.content_hash);
}

#[test]
fn a_decision_of_an_administrator_changes_the_state() {
    let before = capture_of(object());
    let changes = [
        (
            "/settings/0/settingInstance/settingDefinitionId",
            json!("third"),
        ),
        ("/assignments/0/id", json!("z")),
        ("/roleScopeTagIds/0", json!("9")),
        ("/id", json!("b")),
    ];
    for (pointer, value) in changes {
        let mut changed = object();
        *changed.pointer_mut(pointer).expect("the member is there") = value;
        assert_ne!(
            capture_of(changed).state_hash,
            before.state_hash,
            "{pointer}"
        );
    }
}

#[test]
fn parts_outside_the_scope_are_not_kept() {
    let (parts, _) = take_apart(object(), &RULES, &scope(false, false), &key());
    assert_eq!((parts.assignments, parts.scope_tags), (None, None));
    assert_eq!(parts.payload.get("assignments"), None);
    assert_eq!(parts.payload.get("roleScopeTagIds"), None);
}

#[test]
fn secrets_leave_the_payload_and_a_changed_secret_is_a_change() {
    let with = |secret: &str| json!({"id": "a", "password": secret, "omaSettings": [{"value": ""}, {"value": 3}, {"value": "psk"}]});
    let (parts, secrets) = take_apart(with("hunter2"), &RULES, &scope(true, true), &key());
    assert_eq!(parts.payload["password"], SEALED);
    assert_eq!(
        parts.payload["omaSettings"],
        json!([{"value": ""}, {"value": 3}, {"value": SEALED}])
    );
    let taken: Vec<_> = secrets
        .iter()
        .map(|sealed| sealed.secret.as_str())
        .collect();
    assert_eq!(taken, ["hunter2", "psk"]);
    assert_eq!(
        parts
            .sealed
            .as_ref()
            .and_then(|index| index.get("/omaSettings/2/value")),
        Some(&json!(secrets[1].digest.to_string())),
    );
    let (one, same, other) = (
        capture_of(with("a")),
        capture_of(with("a")),
        capture_of(with("b")),
    );
    assert_eq!(one.content_hash, same.content_hash);
    assert_ne!(one.content_hash, other.content_hash);
    assert_ne!(one.state_hash, other.state_hash);
    assert_eq!(one.payload.hash, other.payload.hash);
    assert!(!format!("{secrets:?} {parts:?}").contains("hunter2"));
}

/// An array of which each element has a secret moves: where order means nothing that is no change, and
/// where it means something it is one.
#[test]
fn secrets_in_a_list_without_order_move_with_their_elements() {
    let rules = CaptureRules {
        sealed: &["profiles[].password"],
        ..RULES
    };
    let unordered = CaptureRules {
        unordered: &[Unordered {
            path: "profiles",
            key: "id",
        }],
        ..rules
    };
    let profile = |id: &str, password: &str| json!({"id": id, "password": password});
    let state = |profiles: [Value; 2], rules: &CaptureRules| {
        let object = json!({ "profiles": profiles });
        let (parts, _) = take_apart(object, rules, &scope(true, true), &key());
        capture(&parts, rules).state_hash
    };
    let (one, two) = (profile("a", "x"), profile("b", "y"));
    let turned = [two.clone(), one.clone()];
    let there = [one, two];
    let swapped = [profile("a", "y"), profile("b", "x")];
    let before = state(there.clone(), &unordered);
    assert_eq!(state(turned.clone(), &unordered), before);
    assert_ne!(state(swapped, &unordered), before);
    assert_ne!(state(turned, &rules), state(there, &rules));
}

#[test]
fn another_tenant_has_other_digests() {
    let object = json!({"password": "same"});
    let (_, ours) = take_apart(object.clone(), &RULES, &scope(true, true), &key());
    let (_, theirs) = take_apart(
        object,
        &RULES,
        &scope(true, true),
        &DigestKey::from([8; 32]),
    );
    assert_ne!(ours[0].digest, theirs[0].digest);
}
