//! Whatever the object: nothing of it is lost, no secret stays, and noise is no change.

use proptest::{collection::vec, option, prelude::*};
use serde_json::{Value, json};

use super::samples::any_json;
use crate::domain::{
    canonical,
    capture::*,
    capture_rules::{CaptureRules, Unordered},
    kind::PolicyKind,
    run::Scope,
};

const RULES: CaptureRules = CaptureRules {
    revision: 1,
    marker: None,
    volatile: &["version", "settings[].id"],
    unordered: &[Unordered {
        path: "settings",
        key: "definition",
    }],
    sealed: &["password", "omaSettings[].value", "deep.key"],
    references: &[],
};

fn whole() -> Scope {
    Scope {
        kinds: vec![PolicyKind::DeviceConfiguration],
        assignments: true,
        scope_tags: true,
    }
}

fn key() -> DigestKey {
    DigestKey::from([7; 32])
}

fn captured(object: &Value) -> Capture {
    let (parts, _) = take_apart(object.clone(), &RULES, &whole(), &key());
    capture(&parts, &RULES)
}

/// What a secret may be; the mark makes sure that it is found nowhere by chance.
fn any_secret() -> impl Strategy<Value = Value> {
    prop_oneof![
        "planted-[a-z0-9]{12}\\PC{0,8}".prop_map(Value::from),
        Just(Value::from("")),
        Just(Value::Null),
        any::<i64>().prop_map(Value::from),
    ]
}

/// An object as an administrator made it, without what moves by itself.
fn any_object() -> impl Strategy<Value = Value> {
    let text = || "\\PC{0,12}";
    let settings = vec((text(), any_json()), 0..5);
    let lists = (settings, vec(any_json(), 0..4), vec("[0-9]{1,2}", 0..4));
    let secrets = (
        any_secret(),
        vec(any_secret(), 0..3),
        option::of(any_secret()),
    );
    (text(), lists, secrets, any_json()).prop_map(
        |(name, (settings, assignments, tags), (password, values, deep), more)| {
            let settings: Vec<Value> = settings
                .into_iter()
                .map(|(definition, value)| json!({"definition": definition, "value": value}))
                .collect();
            let values: Vec<Value> = values
                .into_iter()
                .map(|value| json!({"name": "n", "value": value}))
                .collect();
            let mut object = json!({
                "id": "a", "displayName": name, "settings": settings, "more": more,
                "assignments": assignments, "roleScopeTagIds": tags, "password": password,
                "omaSettings": values,
            });
            if let (Some(deep), Some(members)) = (deep, object.as_object_mut()) {
                members.insert("deep".to_owned(), json!({"key": deep, "other": 1}));
            }
            object
        },
    )
}

/// Adds what moves by itself, and arranges what has no order in another way.
fn with_noise(object: &Value, version: u32, turn: usize) -> Value {
    let mut noisy = object.clone();
    noisy["version"] = version.into();
    for name in ["settings", "assignments", "roleScopeTagIds"] {
        let list = noisy[name].as_array_mut().unwrap();
        let turn = if list.is_empty() {
            0
        } else {
            turn % list.len()
        };
        list.rotate_left(turn);
    }
    for (number, setting) in noisy["settings"]
        .as_array_mut()
        .unwrap()
        .iter_mut()
        .enumerate()
    {
        setting["id"] = json!(number.to_string());
    }
    noisy
}

/// Puts the parts together again, as a restore does.
fn put_together(parts: &Parts, secrets: &[SealedValue]) -> Value {
    let mut object = parts.payload.clone();
    if let Some(Value::Object(index)) = &parts.sealed {
        for (pointer, digest) in index {
            let of_digest = |sealed: &&SealedValue| sealed.digest.to_string() == *digest;
            let sealed = secrets
                .iter()
                .find(of_digest)
                .expect("the secret of a digest");
            let place = object.pointer_mut(pointer).expect("a place in the payload");
            assert_eq!(*place, SEALED);
            *place = sealed.secret.clone().into();
        }
    }
    let members = object.as_object_mut().unwrap();
    let outer = [
        ("assignments", &parts.assignments),
        ("roleScopeTagIds", &parts.scope_tags),
    ];
    for (name, part) in outer {
        if let Some(part) = part {
            members.insert(name.to_owned(), part.clone());
        }
    }
    object
}

proptest! {
    #[test]
    fn an_object_is_put_together_as_it_was(object in any_object(), noise in any::<u32>()) {
        let object = with_noise(&object, noise, 0);
        let (parts, secrets) = take_apart(object.clone(), &RULES, &whole(), &key());
        prop_assert_eq!(put_together(&parts, &secrets), object);
    }

    #[test]
    fn secrets_are_in_no_content(object in any_object()) {
        let (parts, secrets) = take_apart(object, &RULES, &whole(), &key());
        let capture = capture(&parts, &RULES);
        let contents = [
            Some(capture.payload), capture.assignments, capture.scope_tags, capture.sealed,
        ];
        let texts: Vec<String> = contents
            .into_iter()
            .flatten()
            .map(|content| String::from_utf8(content.bytes).unwrap())
            .chain([format!("{parts:?} {secrets:?}")])
            .collect();
        for text in texts {
            prop_assert!(!text.contains("planted-"), "{}", text);
        }
        for sealed in &secrets {
            prop_assert!(sealed.secret.starts_with("planted-"));
        }
    }

    #[test]
    fn what_moves_by_itself_changes_the_content_but_not_the_state(
        object in any_object(),
        versions in (any::<u32>(), any::<u32>()),
        turns in (0..5_usize, 0..5_usize),
    ) {
        let one = with_noise(&object, versions.0, turns.0);
        let other = with_noise(&object, versions.1, turns.1);
        let (before, after) = (captured(&one), captured(&other));
        prop_assert_eq!(before.state_hash, after.state_hash);
        prop_assert_eq!(before.content_hash == after.content_hash, one == other);
    }

    #[test]
    fn what_somebody_decided_changes_the_state(
        object in any_object(),
        name in "\\PC{0,12}",
        more in any_json(),
    ) {
        let before = captured(&object);
        let mut changed = object.clone();
        changed["displayName"] = name.into();
        changed["more"] = more;
        let after = captured(&changed);
        prop_assert_eq!(before.state_hash == after.state_hash, object == changed);
        prop_assert_eq!(before.content_hash == after.content_hash, object == changed);
    }

    #[test]
    fn a_changed_secret_is_a_change_that_the_payload_does_not_show(
        object in any_object(),
        secrets in ("planted-[a-z]{12}", "planted-[a-z]{12}"),
    ) {
        let with = |secret: &str| {
            let mut object = object.clone();
            object["password"] = secret.into();
            captured(&object)
        };
        let (one, other) = (with(&secrets.0), with(&secrets.1));
        let are_equal = secrets.0 == secrets.1;
        prop_assert_eq!(one.payload.hash, other.payload.hash);
        prop_assert_eq!(one.content_hash == other.content_hash, are_equal);
        prop_assert_eq!(one.state_hash == other.state_hash, are_equal);
    }

    #[test]
    fn anything_at_all_can_be_taken_apart(object in any_json()) {
        let (parts, secrets) = take_apart(object.clone(), &RULES, &whole(), &key());
        let capture = capture(&parts, &RULES);
        prop_assert_eq!(capture.payload.bytes, canonical::bytes(&parts.payload));
        if object.is_object() {
            prop_assert_eq!(put_together(&parts, &secrets), object);
        } else {
            prop_assert_eq!(parts.payload, object);
        }
    }
}
