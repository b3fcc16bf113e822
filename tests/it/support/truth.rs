//! What a backup has to hold: each object of Graph with all its parts, byte for byte.
//!
//! The wanted objects are put together here from what Graph holds, without a look at how the
//! product reads; what a backup leaves out on purpose stands in the tables below.

use serde_json::{Map, Value, json};
use tenantatlas::domain::{
    backup::{BackupItem, BackupSet},
    canonical,
    capture::SEALED,
    kind::PolicyKind,
};
use tenantatlas::{store::contents, vault::Field};
use tenantatlas_simulator::StoredObject;

use super::{TestApp, kinds::identity};

/// Parts that are not the object's own: they are read as objects of another kind, repeat what
/// stands elsewhere in the object, or are put into their places in it.
const NOT_KEPT: [(PolicyKind, &str); 3] = [
    (PolicyKind::RoleDefinition, "roleAssignments"),
    (
        PolicyKind::AppleEnrollmentToken,
        "defaultIosEnrollmentProfile",
    ),
    (
        PolicyKind::AppleEnrollmentToken,
        "defaultMacOsEnrollmentProfile",
    ),
];

/// Members of an administrative template's definition that a backup keeps: the rest is the
/// template file's text.
const DEFINITION: [&str; 6] = [
    "categoryPath",
    "classType",
    "displayName",
    "groupPolicyCategoryId",
    "id",
    "policyType",
];

/// Members of the tenant's settings object that are an administrator's.
const TENANT_SETTINGS: [&str; 6] = [
    "dataProcessorServiceForWindowsFeaturesOnboarding",
    "id",
    "intuneBrand",
    "managedDeviceCleanupSettings",
    "settings",
    "userExperienceAnalyticsSettings",
];

/// Members by which objects are told that a backup leaves out: what Microsoft put there and
/// nobody can change, or uses. All those of a row have to be so.
const LEFT_OUT: [(PolicyKind, &[(&str, &str)]); 8] = [
    (
        PolicyKind::CompliancePartner,
        &[("partnerState", "\"unknown\"")],
    ),
    (
        PolicyKind::DeviceManagementPartner,
        &[("isConfigured", "false")],
    ),
    (
        PolicyKind::RemoteAssistancePartner,
        &[("onboardingStatus", "\"notOnboarded\"")],
    ),
    (PolicyKind::RoleDefinition, &[("isBuiltIn", "true")]),
    (PolicyKind::Remediation, &[("isGlobalScript", "true")]),
    (
        PolicyKind::AuthenticationStrength,
        &[("policyType", "\"builtIn\"")],
    ),
    (
        PolicyKind::NotificationTemplate,
        &[("displayName", "\"EnrollmentNotificationInternalMEO\"")],
    ),
    (
        PolicyKind::MobileApp,
        &[("appAvailability", "\"global\""), ("isAssigned", "false")],
    ),
];

/// Whether a backup leaves an object out.
pub(crate) fn is_left_out(kind: PolicyKind, stored: &StoredObject) -> bool {
    let has = |(member, value): &(&str, &str)| {
        let wanted: Value = serde_json::from_str(value).unwrap();
        stored.object.get(*member) == Some(&wanted)
    };
    let mut rules = LEFT_OUT.iter().filter(|(of, _)| *of == kind);
    rules.any(|(_, members)| members.iter().all(has))
}

/// Finds an object of another collection by its id.
pub(crate) type LookUp<'a> = &'a dyn Fn(&str, &str) -> Option<StoredObject>;

/// The whole object that a backup has to hold, secrets in their places.
pub(crate) fn whole(kind: PolicyKind, stored: &StoredObject, look_up: LookUp<'_>) -> Value {
    let mut whole = stored.object.as_object().cloned().expect("an object");
    for (name, part) in stored.parts.as_object().into_iter().flatten() {
        match (name.as_str(), part) {
            ("content", Value::Object(content)) => whole.extend(content.clone()),
            ("secrets", Value::Object(secrets)) => decrypt(&mut whole, secrets),
            (_, Value::Null) => {}
            _ if NOT_KEPT.contains(&(kind, name)) => {}
            _ => {
                whole.insert(name.clone(), part.clone());
            }
        }
    }
    for (_, shape) in SHAPES.iter().filter(|(of, _)| *of == kind) {
        shape(&mut whole, look_up);
    }
    Value::Object(whole)
}

type Shape = fn(&mut Map<String, Value>, LookUp<'_>);

/// What differs between kinds.
const SHAPES: [(PolicyKind, Shape); 10] = [
    (PolicyKind::AdmxFile, names_of_definitions),
    (PolicyKind::AndroidEnrollmentProfile, enrolment_group_of_all),
    (PolicyKind::TunnelSite, configuration_by_id),
    (PolicyKind::GroupPolicyConfiguration, own_definitions),
    (PolicyKind::SettingsCatalog, enrolment_group),
    (PolicyKind::TenantSettings, own_settings),
    (PolicyKind::MobileApp, related_children),
    (PolicyKind::WindowsDriverUpdate, approvals),
    (PolicyKind::AppConfigurationDevice, app_names),
    (PolicyKind::EnrollmentConfiguration, notification_texts),
];

fn own_definitions(whole: &mut Map<String, Value>, _: LookUp<'_>) {
    for value in elements(whole, "definitionValues") {
        only(value["definition"].as_object_mut().unwrap(), &DEFINITION);
    }
}

fn names_of_definitions(whole: &mut Map<String, Value>, _: LookUp<'_>) {
    for definition in elements(whole, "groupPolicyDefinitions") {
        only(definition.as_object_mut().unwrap(), &DEFINITION);
    }
}

fn configuration_by_id(whole: &mut Map<String, Value>, _: LookUp<'_>) {
    if let Some(Value::Object(configuration)) = whole.get_mut("microsoftTunnelConfiguration") {
        only(configuration, &["id"]);
    }
}

fn own_settings(whole: &mut Map<String, Value>, _: LookUp<'_>) {
    only(whole, &TENANT_SETTINGS);
}

fn elements<'a>(
    whole: &'a mut Map<String, Value>,
    member: &str,
) -> impl Iterator<Item = &'a mut Value> {
    let array = whole.get_mut(member).and_then(Value::as_array_mut);
    array.into_iter().flatten()
}

fn only(object: &mut Map<String, Value>, members: &[&str]) {
    object.retain(|name, _| members.contains(&name.as_str()));
}

/// The plain value of an encrypted setting stands beside where the stars stood.
fn decrypt(whole: &mut Map<String, Value>, secrets: &Map<String, Value>) {
    for setting in elements(whole, "omaSettings") {
        let reference = setting["secretReferenceValueId"].as_str();
        if let Some(secret) = reference.and_then(|reference| secrets.get(reference)) {
            let setting = setting.as_object_mut().unwrap();
            setting.remove("value");
            setting.insert("decryptedValue".to_owned(), secret.clone());
        }
    }
}

/// Graph tells the group only of policies for device preparation, in an envelope.
fn enrolment_group(whole: &mut Map<String, Value>, look_up: LookUp<'_>) {
    if whole["templateReference"]["templateFamily"] == "enrollmentConfiguration" {
        enrolment_group_of_all(whole, look_up);
    } else {
        whole.remove(ENROLMENT_GROUP);
    }
}

const ENROLMENT_GROUP: &str = "enrollmentTimeDeviceMembershipTarget";

fn enrolment_group_of_all(whole: &mut Map<String, Value>, _: LookUp<'_>) {
    if let Some(target) = whole.remove(ENROLMENT_GROUP) {
        let envelope = json!({ "enrollmentTimeDeviceMembershipTargetValidationStatuses": target });
        whole.insert(ENROLMENT_GROUP.to_owned(), envelope);
    }
}

/// Of two related apps the one above names the other.
fn related_children(whole: &mut Map<String, Value>, _: LookUp<'_>) {
    let Some(Value::Array(related)) = whole.get_mut("relationships") else {
        return;
    };
    related.retain(|related| related["targetType"] == "child");
    if related.is_empty() {
        whole.remove("relationships");
    }
}

/// Drivers that somebody decided about, where somebody decides.
fn approvals(whole: &mut Map<String, Value>, _: LookUp<'_>) {
    if whole["approvalType"] != "manual" {
        whole.remove("driverInventories");
    } else if let Some(Value::Array(drivers)) = whole.get_mut("driverInventories") {
        drivers.retain(|driver| driver["approvalStatus"] != "needsReview");
    }
}

/// Names beside the identifiers of apps, for people.
fn app_names(whole: &mut Map<String, Value>, look_up: LookUp<'_>) {
    let name_of = |id: &Value| {
        let mut app = look_up("mobileApps", id.as_str()?)?.object;
        only(app.as_object_mut()?, &["@odata.type", "displayName", "id"]);
        Some(app)
    };
    let ids = whole.get("targetedMobileApps").and_then(Value::as_array);
    let names: Vec<Value> = ids.into_iter().flatten().filter_map(name_of).collect();
    if !names.is_empty() {
        whole.insert("targetedMobileAppNames".to_owned(), names.into());
    }
}

/// Texts of the mails and messages that greet a new device.
fn notification_texts(whole: &mut Map<String, Value>, look_up: LookUp<'_>) {
    let text_of = |id: &Value| {
        let (_, id) = id.as_str()?.split_once('_')?;
        let template = look_up("notificationMessageTemplates", id)?;
        let kind = PolicyKind::NotificationTemplate;
        Some(self::whole(kind, &template, look_up))
    };
    let ids = whole.get("notificationTemplates").and_then(Value::as_array);
    let texts: Vec<Value> = ids.into_iter().flatten().filter_map(text_of).collect();
    if !texts.is_empty() {
        whole.insert("notificationMessageTemplates".to_owned(), texts.into());
    }
}

impl TestApp {
    /// The whole object that an item holds, secrets opened and put back. Checks on its way that
    /// contents are canonical and that no secret stands in the payload.
    pub(crate) async fn restored(&self, item: &BackupItem, set: &BackupSet) -> Value {
        let content = |hash| self.content(set.tenant, hash);
        let mut whole = content(item.parts.payload).await;
        if let Some(hash) = item.parts.sealed {
            for (pointer, digest) in content(hash).await.as_object().unwrap() {
                let place = whole.pointer_mut(pointer).expect("a sealed member");
                assert_eq!(*place, SEALED, "{} {pointer}", item.name);
                let digest = digest.as_str().unwrap().parse().unwrap();
                *place = self.opened(set, digest).await.into();
            }
        }
        let members = whole.as_object_mut().unwrap();
        for (name, part) in [
            ("assignments", item.parts.assignments),
            ("roleScopeTagIds", item.parts.scope_tags),
        ] {
            assert!(!members.contains_key(name), "{} {name}", item.name);
            if let Some(hash) = part {
                members.insert(name.to_owned(), content(hash).await);
            }
        }
        whole
    }

    /// A sealed value, opened.
    pub(crate) async fn opened(&self, set: &BackupSet, digest: canonical::Hash) -> String {
        use secrecy::ExposeSecret;
        let tenant = set.tenant;
        let sealed = self
            .read(move |db| contents::sealed(db, tenant, digest))
            .await
            .expect("the sealed value is stored");
        let opened = self
            .vault
            .open(tenant, Field::CapturedValue, &sealed)
            .unwrap();
        String::from_utf8(opened.expose_secret().clone()).unwrap()
    }

    /// Compares what a set holds of a kind with the objects that it has to hold; the number of
    /// objects.
    pub(crate) async fn compare(
        &self,
        set: &BackupSet,
        items: &[BackupItem],
        kind: PolicyKind,
        wanted: &[Value],
    ) -> usize {
        let stored: Vec<&BackupItem> = items.iter().filter(|item| item.kind == kind).collect();
        let mut ids: Vec<&str> = stored.iter().map(|item| item.graph_id.as_str()).collect();
        let mut wanted_ids: Vec<&str> = wanted.iter().map(identity).collect();
        ids.sort_unstable();
        wanted_ids.sort_unstable();
        assert_eq!(ids, wanted_ids, "{kind}");
        for item in &stored {
            let wanted = wanted.iter().find(|it| identity(it) == item.graph_id);
            let (wanted, restored) = (wanted.unwrap(), self.restored(item, set).await);
            assert!(
                canonical::bytes(wanted) == canonical::bytes(&restored),
                "{kind} {} differs at {:#?}",
                item.name,
                differences(wanted, &restored)
            );
        }
        stored.len()
    }
}

/// Where two documents differ: pointer, what was wanted, what is there.
pub(crate) fn differences(wanted: &Value, found: &Value) -> Vec<String> {
    let mut all = Vec::new();
    compare(wanted, found, "", &mut all);
    all
}

fn compare(wanted: &Value, found: &Value, at: &str, all: &mut Vec<String>) {
    match (wanted, found) {
        (Value::Object(one), Value::Object(other)) => {
            let names = one
                .keys()
                .chain(other.keys().filter(|name| !one.contains_key(*name)));
            for name in names {
                let at = format!("{at}/{name}");
                match (one.get(name), other.get(name)) {
                    (Some(one), Some(other)) => compare(one, other, &at, all),
                    (one, other) => all.push(told(&at, one, other)),
                }
            }
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            for (number, (one, other)) in one.iter().zip(other).enumerate() {
                compare(one, other, &format!("{at}/{number}"), all);
            }
        }
        _ if wanted == found => {}
        _ => all.push(told(at, Some(wanted), Some(found))),
    }
}

fn told(at: &str, wanted: Option<&Value>, found: Option<&Value>) -> String {
    let short = |value: Option<&Value>| match value {
        Some(value) => value.to_string().chars().take(120).collect(),
        None => "nothing".to_owned(),
    };
    format!("{at}: wanted {}, found {}", short(wanted), short(found))
}
