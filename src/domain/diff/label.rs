//! What a change is about, in words.

use std::collections::HashMap;

use super::{Change, Key, Target};
use crate::domain::reference::{Named, Reference, ReferenceKind};

/// Names of what objects point to.
#[derive(Clone, Debug, Default)]
pub struct Names(HashMap<Reference, String>);

impl<'a> FromIterator<&'a Named> for Names {
    fn from_iter<I: IntoIterator<Item = &'a Named>>(named: I) -> Self {
        let known = named.into_iter().filter_map(|named| {
            let name = named.name.clone()?;
            Some((named.reference.clone(), name))
        });
        Self(known.collect())
    }
}

impl Names {
    /// The name of what is pointed to in quotes, or its identifier.
    fn of(&self, kind: ReferenceKind, id: &str) -> String {
        let reference = Reference {
            kind,
            id: id.to_owned(),
        };
        match self.0.get(&reference) {
            Some(name) => format!("\u{201c}{name}\u{201d}"),
            None => id.to_owned(),
        }
    }
}

/// What a change is about: the elements on the way to it, such as the setting and whom the assignment
/// is for. None when there are no elements that can be named.
pub fn label(change: &Change, names: &Names) -> Option<String> {
    if change.is_of_rules() {
        let text = "The rules by which policies of this kind are compared; the policy is as it was";
        return Some(text.to_owned());
    }
    let parts: Vec<String> = change.keys().map(|key| in_words(key, names)).collect();
    (!parts.is_empty()).then(|| parts.join(" \u{203a} "))
}

fn in_words(key: &Key, names: &Names) -> String {
    match key {
        Key::Name(name) => name.clone(),
        Key::ScopeTag(id) => format!("Scope tag {}", names.of(ReferenceKind::ScopeTag, id)),
        Key::Target(target) => target_in_words(target, names),
    }
}

fn target_in_words(target: &Target, names: &Names) -> String {
    let group = target.group.as_deref();
    let group = group.map(|id| names.of(ReferenceKind::Group, id));
    let whom = match (target.kind.as_str(), group) {
        ("exclusionGroupAssignmentTarget", Some(group)) => format!("Without group {group}"),
        (_, Some(group)) => format!("Group {group}"),
        ("allLicensedUsersAssignmentTarget", None) => "All users".to_owned(),
        ("allDevicesAssignmentTarget", None) => "All devices".to_owned(),
        (other, None) => other.to_owned(),
    };
    let Some(filter) = &target.filter else {
        return whom;
    };
    let how = if filter.excludes { "but for" } else { "within" };
    let name = names.of(ReferenceKind::AssignmentFilter, &filter.id);
    format!("{whom}, {how} filter {name}")
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::domain::diff::{DiffKind, Part, Step, identity};

    fn told(part: Part, elements: &[Value]) -> Option<String> {
        let steps = elements.iter().map(|element| Step::Element {
            before: Some(0),
            after: Some(0),
            key: identity::key(Some(part), element, None),
        });
        let change = Change {
            part,
            path: steps.collect(),
            kind: DiffKind::Changed,
            before: Some(Value::Null),
            after: None,
        };
        let named = |kind, id: &str, name: &str| Named {
            reference: Reference {
                kind,
                id: id.to_owned(),
            },
            name: Some(name.to_owned()),
        };
        let names = [
            named(ReferenceKind::Group, "g", "Sales"),
            named(ReferenceKind::AssignmentFilter, "f", "Laptops"),
            named(ReferenceKind::ScopeTag, "7", "Berlin"),
        ];
        label(&change, &names.iter().collect())
    }

    fn target(kind: &str, more: Value) -> Value {
        let mut target = more;
        target["@odata.type"] = format!("#microsoft.graph.{kind}AssignmentTarget").into();
        json!({ "target": target })
    }

    #[test]
    fn a_change_is_told_by_what_it_is_about() {
        let filter = |how: &str| json!({"groupId": "g", "deviceAndAppManagementAssignmentFilterId": "f", "deviceAndAppManagementAssignmentFilterType": how});
        let setting = json!({"settingInstance": {"settingDefinitionId": "outer"}});
        let child = json!({"settingDefinitionId": "inner"});
        let cases = [
            (
                Part::Assignments,
                vec![target("group", filter("include"))],
                Some("Group “Sales”, within filter “Laptops”"),
            ),
            (
                Part::Assignments,
                vec![target("group", filter("exclude"))],
                Some("Group “Sales”, but for filter “Laptops”"),
            ),
            (
                Part::Assignments,
                vec![target("group", filter("none"))],
                Some("Group “Sales”"),
            ),
            (
                Part::Assignments,
                vec![target("exclusionGroup", json!({"groupId": "h"}))],
                Some("Without group h"),
            ),
            (
                Part::Assignments,
                vec![target("allDevices", json!({}))],
                Some("All devices"),
            ),
            (
                Part::Assignments,
                vec![target("allLicensedUsers", json!({}))],
                Some("All users"),
            ),
            (
                Part::Assignments,
                vec![json!({"targetGroupId": "g"})],
                Some("Group “Sales”"),
            ),
            (
                Part::ScopeTags,
                vec![json!("7")],
                Some("Scope tag “Berlin”"),
            ),
            (Part::Payload, vec![setting, child], Some("outer › inner")),
            (Part::Payload, vec![json!("text")], None),
        ];
        for (part, elements, expected) in cases {
            assert_eq!(told(part, &elements).as_deref(), expected, "{elements:?}");
        }
    }
}
