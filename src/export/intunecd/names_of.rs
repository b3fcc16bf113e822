//! Names in place of identifiers, which mean nothing in another tenant.

use serde_json::{Map, Value, json};

use super::{Names, Written};
use crate::domain::{kind::PolicyKind, reference::ReferenceKind};

/// Kinds whose objects others name.
pub(in crate::export) const NEIGHBOURS: &[PolicyKind] = &[
    PolicyKind::AssignmentFilter,
    PolicyKind::ComplianceScript,
    PolicyKind::NotificationTemplate,
    PolicyKind::ReusableSetting,
    PolicyKind::ScopeTag,
];

/// No template, in a rule of compliance.
const NONE: &str = "00000000-0000-0000-0000-000000000000";

/// The objects of a set that others of it name.
#[derive(Debug, Default)]
pub(in crate::export) struct Neighbours(Names);

impl Neighbours {
    pub(in crate::export) fn of(names: Names) -> Self {
        Self(names)
    }

    fn name(&self, kind: PolicyKind, id: &str) -> Option<&str> {
        self.0.get(&(kind, id.to_owned())).map(String::as_str)
    }
}

impl Written<'_> {
    /// Puts names beside or in place of identifiers.
    pub(super) fn name_everything(&mut self) {
        let assignments = self.object.assignments.as_ref().and_then(Value::as_array);
        if let Some(assignments) = assignments.filter(|_| self.place.is_whole()) {
            let named = assignments.iter().map(|it| self.assignment(it));
            let named = Value::from_iter(named);
            self.payload.insert("assignments".to_owned(), named);
        }
        let tags = self.object.scope_tags.clone();
        if let Some(tags) = tags.filter(|_| self.place.is_whole()) {
            self.payload.insert("roleScopeTagIds".to_owned(), tags);
        }
        for member in ["roleScopeTagIds", "roleScopeTags"] {
            if let Some(tags) = self.payload.get(member).and_then(Value::as_array) {
                let named = tags.iter().map(|tag| self.tag(tag));
                let named = Value::from_iter(named);
                self.payload.insert(member.to_owned(), named);
            }
        }
        self.name_templates();
        self.name_scripts();
    }

    fn tag(&self, tag: &Value) -> Value {
        let Some(id) = tag.as_str() else {
            return tag.clone();
        };
        let name = self.object.name_of(ReferenceKind::ScopeTag, id);
        let name = name.or_else(|| self.neighbours.name(PolicyKind::ScopeTag, id));
        json!(name.unwrap_or(id))
    }

    /// An assignment with the names of its group and filter. Where a name is not known, the
    /// identifier stays.
    fn assignment(&self, assignment: &Value) -> Value {
        let mut named = assignment.clone();
        if let Some(members) = named.as_object_mut() {
            members.retain(|name, _| name != "id" && name != "sourceId");
        }
        if let Some(target) = named.get_mut("target").and_then(Value::as_object_mut) {
            self.name_target(target);
        }
        named
    }

    fn name_target(&self, target: &mut Map<String, Value>) {
        let text = |target: &Map<String, Value>, member| {
            let text = target.get(member).and_then(Value::as_str);
            text.map(str::to_owned)
        };
        let group = text(target, "groupId");
        let group = group.and_then(|id| self.object.name_of(ReferenceKind::Group, &id));
        if let Some(name) = group {
            target.remove("groupId");
            target.insert("groupName".to_owned(), json!(name));
        }
        let member = "deviceAndAppManagementAssignmentFilterId";
        if let Some(id) = text(target, member) {
            let name = self.object.name_of(ReferenceKind::AssignmentFilter, &id);
            let known = name.or_else(|| self.neighbours.name(PolicyKind::AssignmentFilter, &id));
            if let Some(name) = known {
                target.insert(member.to_owned(), json!(name));
            }
        }
    }

    /// Names the messages that rules of compliance send.
    fn name_templates(&mut self) {
        let neighbours = self.neighbours;
        let rules = self.payload.get_mut("scheduledActionsForRule");
        for rule in rules.and_then(Value::as_array_mut).into_iter().flatten() {
            forget(rule);
            let actions = rule.get_mut("scheduledActionConfigurations");
            for action in actions.and_then(Value::as_array_mut).into_iter().flatten() {
                forget(action);
                let id = action.get("notificationTemplateId").and_then(Value::as_str);
                let id = id.filter(|id| *id != NONE);
                let name = id.and_then(|id| neighbours.name(PolicyKind::NotificationTemplate, id));
                if let (Some(name), Value::Object(action)) = (name.map(|it| json!(it)), action) {
                    action.insert("notificationTemplateName".to_owned(), name);
                }
            }
        }
    }

    /// Names the scripts that compliance policies run.
    fn name_scripts(&mut self) {
        let script = self.payload.get("deviceCompliancePolicyScript");
        let script = script.and_then(|script| script.get("deviceComplianceScriptId"));
        let script = script.and_then(Value::as_str);
        let name = script.and_then(|id| self.neighbours.name(PolicyKind::ComplianceScript, id));
        if let Some(name) = name.map(|name| json!(name)) {
            let member = "deviceComplianceScriptName".to_owned();
            self.payload.insert(member, name);
        }
        let settings = self.payload.get("settings");
        let script = settings.and_then(discovery_script);
        let name = script.and_then(|id| self.neighbours.name(PolicyKind::ReusableSetting, id));
        if let Some(name) = name.map(|name| json!(name)) {
            self.payload.insert("detectionScriptName".to_owned(), name);
        }
    }
}

/// What Graph alone knows of an inner object.
fn forget(inner: &mut Value) {
    if let Value::Object(members) = inner {
        members.retain(|name, _| name != "id");
    }
}

/// The script that a policy for Linux names.
fn discovery_script(settings: &Value) -> Option<&str> {
    match settings {
        Value::Array(elements) => elements.iter().find_map(discovery_script),
        Value::Object(members) => {
            let definition = settings.get("settingDefinitionId").and_then(Value::as_str);
            if definition == Some("linux_customcompliance_discoveryscript") {
                return settings.pointer("/simpleSettingValue/value")?.as_str();
            }
            members.values().find_map(discovery_script)
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}
