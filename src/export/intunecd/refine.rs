//! The form of an object, once everything in it has its name.

use serde_json::{Value, json};

use super::Written;
use crate::{
    domain::kind::PolicyKind,
    graph::catalog::{self, Read},
};

/// What the package takes out of every object, because Graph alone knows it.
const FORGOTTEN: [&str; 21] = [
    "id",
    "version",
    "topicIdentifier",
    "certificate",
    "createdDateTime",
    "lastModifiedDateTime",
    "isAssigned",
    "sourceId",
    "supportsScopeTags",
    "companyCodes",
    "isGlobalScript",
    "highestAvailableVersion",
    "token",
    "lastSyncDateTime",
    "isReadOnly",
    "secretReferenceValueId",
    "isEncrypted",
    "modifiedDateTime",
    "deployedAppCount",
    "intunecd_name",
    "deviceHealthScriptType",
];

/// Parts that the package reads beside an object as a capture does; other parts it does not know.
const KNOWN_PARTS: [&str; 5] = [
    "settings",
    "definitionValues",
    "localizedNotificationMessages",
    "scheduledActionsForRule",
    "enrollmentProfiles",
];

/// Parts that come with an object when they are asked for, which the package does not do.
const EXPANDED: [&str; 4] = [
    "apps",
    "exemptAppLockerFiles",
    "privacyAccessControls",
    "protectedAppLockerFiles",
];

impl Written<'_> {
    /// Leaves out what is not an administrator's, and gives the rest the package's form.
    pub(super) fn refine(&mut self) {
        let kind = self.object.item.kind;
        if kind == PolicyKind::AppConfigurationDevice {
            self.name_app();
        }
        for part in parts(kind).filter(|part| !KNOWN_PARTS.contains(part)) {
            self.payload.remove(part);
        }
        self.payload.retain(|name, _| {
            let name = name.as_str();
            !FORGOTTEN.contains(&name) && !EXPANDED.contains(&name)
        });
        if kind == PolicyKind::DeviceConfiguration {
            self.open_settings();
        } else if kind == PolicyKind::DeviceManagementIntent {
            self.shape_intent();
        } else if self.place.folder == "Enrollment Configurations" {
            self.name_sort();
        } else if kind == PolicyKind::RoleDefinition {
            self.payload.remove("permissions");
        } else if kind == PolicyKind::NotificationTemplate {
            self.shape_messages();
        }
    }

    /// The app that a configuration is for, of which the package keeps one.
    fn name_app(&mut self) {
        let app = self.payload.get("targetedMobileAppNames");
        let app = app.and_then(Value::as_array).and_then(|apps| apps.first());
        let of = |member| app.and_then(|app| app.get(member)).and_then(Value::as_str);
        let shown = match (of("displayName"), of("@odata.type")) {
            (Some(name), Some(sort)) => json!({ "appName": name, "type": sort }),
            // The package asks for an app by name and type, and passes over who has none.
            _ => json!([]),
        };
        self.payload.insert("targetedMobileApps".to_owned(), shown);
    }

    /// The package shows what sort of configuration it is by a member that Graph does not always give.
    fn name_sort(&mut self) {
        let sort = self
            .text("@odata.type")
            .and_then(|it| it.rsplit('.').next());
        let sort = sort.map(|it| it.trim_start_matches("deviceEnrollment"));
        let sort = sort.map(|it| it.trim_end_matches("Configuration").to_owned());
        let member = self.payload.entry("deviceEnrollmentConfigurationType");
        member.or_insert_with(|| json!(sort.unwrap_or_default()));
    }

    /// Values that Graph keeps encrypted stand where others do.
    fn open_settings(&mut self) {
        let settings = self.payload.get_mut("omaSettings");
        let settings = settings.and_then(Value::as_array_mut).into_iter().flatten();
        for setting in settings.filter_map(Value::as_object_mut) {
            if let Some(opened) = setting.remove("decryptedValue") {
                setting.insert("value".to_owned(), opened);
                setting.insert("isEncrypted".to_owned(), json!(false));
                setting.insert("secretReferenceValueId".to_owned(), Value::Null);
            }
        }
    }

    fn shape_intent(&mut self) {
        let mut settings = self.payload.remove("settings").unwrap_or_else(|| json!([]));
        for setting in settings.as_array_mut().into_iter().flatten() {
            if let Value::Object(members) = setting {
                members.remove("id");
            }
        }
        let kept = [
            "displayName",
            "description",
            "templateId",
            "roleScopeTagIds",
            "assignments",
        ];
        self.payload.retain(|name, _| kept.contains(&name.as_str()));
        self.payload.insert("settingsDelta".to_owned(), settings);
    }

    fn shape_messages(&mut self) {
        let messages = self.payload.get_mut("localizedNotificationMessages");
        let messages = messages.and_then(Value::as_array_mut).into_iter().flatten();
        for message in messages.filter_map(Value::as_object_mut) {
            message.retain(|name, _| !FORGOTTEN.contains(&name.as_str()));
        }
    }
}

/// The members that reading an object added to it.
fn parts(kind: PolicyKind) -> impl Iterator<Item = &'static str> {
    let follow_ups = catalog::entry(kind).follow_ups.iter();
    follow_ups.filter_map(|follow_up| match follow_up.read {
        Read::Object(_) | Read::PlainValues(_) | Read::PerElement(_) => None,
        Read::Collection(collection) => Some(collection.into),
        Read::Single(single) => Some(single.into),
        Read::Stream(stream) => Some(stream.into),
        Read::Named(named) => Some(named.into),
    })
}
