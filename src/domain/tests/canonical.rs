//! The canonical form of any document: one text for one value, and the value back from the text.

use proptest::{prelude::*, sample};
use serde_json::{Map, Value};

use super::samples::any_json;
use crate::domain::canonical::{self, Hash};

fn text_of(value: &Value) -> String {
    String::from_utf8(canonical::bytes(value)).expect("canonical JSON is text")
}

/// The same value as a service might write it: members in another order, white space anywhere.
fn written_otherwise(value: &Value, space: &str, turn: usize) -> String {
    let list = |mut parts: Vec<String>, open: char, close: char| {
        if !parts.is_empty() && open == '{' {
            let turn = turn % parts.len();
            parts.rotate_left(turn);
        }
        format!(
            "{open}{space}{}{space}{close}",
            parts.join(&format!("{space},{space}"))
        )
    };
    match value {
        Value::Array(elements) => {
            let parts = elements.iter();
            let parts = parts.map(|part| written_otherwise(part, space, turn));
            list(parts.collect(), '[', ']')
        }
        Value::Object(members) => {
            let parts = members.iter().rev().map(|(name, member)| {
                let member = written_otherwise(member, space, turn);
                format!("{}{space}:{space}{member}", Value::from(name.as_str()))
            });
            list(parts.collect(), '{', '}')
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.to_string(),
    }
}

/// Checks that members are sorted by their names' code points, at every depth.
fn is_sorted(text: &str) -> bool {
    fn check(value: &serde_json::value::RawValue) -> bool {
        let text = value.get();
        if let Ok(Members(members)) = serde_json::from_str(text) {
            let names = members.windows(2);
            return names.into_iter().all(|pair| pair[0].0 < pair[1].0)
                && members.iter().all(|(_, member)| check(member));
        }
        if let Ok(elements) = serde_json::from_str::<Vec<Box<serde_json::value::RawValue>>>(text) {
            return elements.iter().all(|element| check(element));
        }
        true
    }
    check(&serde_json::from_str::<Box<serde_json::value::RawValue>>(text).expect("JSON"))
}

/// The members of an object in the order of the text.
struct Members(Vec<(String, Box<serde_json::value::RawValue>)>);

impl<'de> serde::Deserialize<'de> for Members {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> serde::de::Visitor<'de> for InOrder {
            type Value = Members;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(
                self,
                mut map: A,
            ) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

proptest! {
    #[test]
    fn the_value_comes_back_and_its_form_stays(value in any_json()) {
        let text = text_of(&value);
        let back: Value = serde_json::from_str(&text).expect("canonical JSON is JSON");
        prop_assert_eq!(&back, &value);
        prop_assert_eq!(text_of(&back), text);
    }

    #[test]
    fn members_are_sorted_at_every_depth(value in any_json()) {
        let text = text_of(&value);
        prop_assert!(is_sorted(&text), "{}", text);
    }

    #[test]
    fn neither_order_nor_white_space_matters(
        value in any_json(),
        space in sample::select(&["", " ", "\r\n\t "][..]),
        turn in 0..5_usize,
    ) {
        let other = written_otherwise(&value, space, turn);
        let read: Value = serde_json::from_str(&other).expect("the same document");
        prop_assert_eq!(text_of(&read), text_of(&value));
        prop_assert_eq!(Hash::of(&canonical::bytes(&read)), Hash::of(&canonical::bytes(&value)));
    }

    #[test]
    fn another_value_has_another_form(one in any_json(), other in any_json()) {
        prop_assert_eq!(one == other, canonical::bytes(&one) == canonical::bytes(&other));
    }

    #[test]
    fn members_may_come_in_any_order(
        members in proptest::collection::btree_map(any::<String>(), any_json(), 0..6)
            .prop_map(|members| members.into_iter().collect::<Vec<_>>())
            .prop_shuffle(),
    ) {
        let shuffled: Map<String, Value> = members.iter().cloned().collect();
        let mut sorted = members;
        sorted.sort_by(|one, other| one.0.cmp(&other.0));
        let parts: Vec<String> = sorted
            .iter()
            .map(|(name, member)| format!("{}:{}", Value::from(name.as_str()), text_of(member)))
            .collect();
        prop_assert_eq!(text_of(&Value::Object(shuffled)), format!("{{{}}}", parts.join(",")));
    }
}

#[test]
fn the_check_of_the_order_can_fail() {
    assert!(is_sorted(r#"{"a":[{"b":1,"c":2}]}"#));
    assert!(!is_sorted(r#"{"a":[{"c":1,"b":2}]}"#));
    assert!(!is_sorted(r#"{"b":1,"a":2}"#));
}
