//! What identifies an element of a list, for programs and for people.

use serde_json::Value;

use super::Part;

/// Members that identify the elements of lists of which the catalogue says nothing, the best first.
const KEYS: [&str; 9] = [
    "settingDefinitionId",
    "settingInstance.settingDefinitionId",
    "omaUri",
    "definitionId",
    "definition.id",
    "presentation.id",
    "id",
    "ruleName",
    "actionType",
];

/// Members by which people know an element.
const NAMES: [&str; 3] = ["displayName", "name", "definition.displayName"];

/// What identifies an element of a list without order (`key` is what the catalogue says of it), or
/// of a list whose order counts.
pub(super) fn identity(element: &Value, key: Option<&str>) -> Option<String> {
    if !element.is_object() {
        return None;
    }
    let target = Target::of(element).map(|target| target.identity());
    let key = key.filter(|key| !key.is_empty());
    let by_key = key.and_then(|key| text(element, key));
    by_key
        .or(target)
        .or_else(|| KEYS.iter().find_map(|key| text(element, key)))
}

/// What people are told of an element's identity.
pub(super) fn key(part: Option<Part>, element: &Value, key: Option<&str>) -> Option<Key> {
    if let (Some(Part::ScopeTags), Value::String(tag)) = (part, element) {
        return Some(Key::ScopeTag(tag.clone()));
    }
    if let Some(target) = Target::of(element) {
        return Some(Key::Target(target));
    }
    let name = NAMES.iter().find_map(|name| text(element, name));
    name.or_else(|| identity(element, key)).map(Key::Name)
}

fn text(element: &Value, path: &str) -> Option<String> {
    let found = path
        .split('.')
        .try_fold(element, |value, step| value.get(step));
    match found? {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => {
            None
        }
    }
}

/// What identifies an element of a list, as far as people are concerned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Key {
    /// A name, or an identifier that says enough, such as that of a setting's definition.
    Name(String),
    /// Whom an assignment is for.
    Target(Target),
    /// Identifier of a scope tag.
    ScopeTag(String),
}

/// Whom an assignment is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// What it is: the OData type, without its namespace.
    pub kind: String,
    /// The group, where it is one.
    pub group: Option<String>,
    /// The filter that narrows it.
    pub filter: Option<Filter>,
}

/// How a filter narrows a target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter {
    /// The filter.
    pub id: String,
    /// Whether what matches is left out.
    pub excludes: bool,
}

impl Target {
    /// The target of an assignment, in any of the forms that assignments have.
    fn of(assignment: &Value) -> Option<Self> {
        let group = ["target.groupId", "targetGroupId", "groupId"];
        let group = group.iter().find_map(|path| text(assignment, path));
        let target = assignment.get("target").filter(|target| target.is_object());
        let kind = target.and_then(|target| target.get("@odata.type")?.as_str());
        if group.is_none() && kind.is_none() {
            return None;
        }
        let kind = kind.unwrap_or_default();
        let kind = kind.rsplit('.').next().unwrap_or_default();
        let narrowed = |path: &str| target.and_then(|target| text(target, path));
        let how = narrowed("deviceAndAppManagementAssignmentFilterType");
        let filter = narrowed("deviceAndAppManagementAssignmentFilterId");
        let filter = filter.zip(how).filter(|(_, how)| how != "none");
        Some(Self {
            kind: kind.to_owned(),
            group,
            filter: filter.map(|(id, how)| Filter {
                id,
                excludes: how == "exclude",
            }),
        })
    }

    /// Another filter on the same group is a change of the same assignment.
    fn identity(&self) -> String {
        format!(
            "{} {}",
            self.kind,
            self.group.as_deref().unwrap_or_default()
        )
    }
}
