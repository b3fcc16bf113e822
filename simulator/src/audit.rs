//! Intune's audit events: who did what to which object.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{generate::seeds, kinds::Kind, options::TenantSpec, tenant::StoredObject};

/// Who changes an object of a tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// A person, by user principal name.
    Person(String),
    /// Another application, by name.
    App(String),
    /// The application that reads the tenant, [`TenantSpec::client_id`].
    Client,
    /// Nobody of whom the audit log would tell.
    Unrecorded,
}

impl Default for Actor {
    fn default() -> Self {
        Self::Person("admin@contoso.example".to_owned())
    }
}

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Deed {
    Create,
    Patch,
    Assign,
    Delete,
    Get,
}

impl Deed {
    fn operation(self) -> &'static str {
        match self {
            Self::Create => "Create",
            Self::Patch => "Patch",
            Self::Assign => "Action",
            Self::Delete => "Delete",
            Self::Get => "Get",
        }
    }

    fn verb(self) -> &'static str {
        match self {
            Self::Assign => "Assign",
            Self::Create | Self::Patch | Self::Delete | Self::Get => self.operation(),
        }
    }
}

/// The object that a deed was done to, as it was before or, if it is new, as it is.
#[derive(Clone, Debug)]
pub(crate) struct Touched {
    pub(crate) id: String,
    pub(crate) name: String,
}

impl Touched {
    pub(crate) fn of(stored: &StoredObject) -> Self {
        let name = ["displayName", "name"]
            .iter()
            .find_map(|name| stored.object.get(name)?.as_str());
        Self {
            id: stored.id().to_owned(),
            name: name.unwrap_or_default().to_owned(),
        }
    }
}

/// The event of a deed; nothing if the actor leaves no trace.
pub(crate) fn event(
    spec: &TenantSpec,
    actor: &Actor,
    deed: Deed,
    kind: &Kind,
    touched: &Touched,
    at: DateTime<Utc>,
) -> Option<StoredObject> {
    let actor = actor_json(spec, actor)?;
    let component = component(kind.collection);
    let activity = format!("{} {component}", deed.verb());
    let modified = match deed {
        Deed::Patch | Deed::Create => {
            json!([{ "displayName": "DisplayName", "oldValue": null, "newValue": touched.name }])
        }
        Deed::Assign | Deed::Delete | Deed::Get => json!([]),
    };
    let object = json!({
        "id": Uuid::new_v4(),
        "displayName": activity,
        "componentName": component,
        "activity": null,
        "activityDateTime": at.format("%Y-%m-%dT%H:%M:%S%.6f0Z").to_string(),
        "activityType": activity,
        "activityOperationType": deed.operation(),
        "activityResult": "Success",
        "correlationId": Uuid::new_v4(),
        "category": component,
        "actor": actor,
        "resources": [{
            "displayName": touched.name,
            "auditResourceType": component,
            "resourceId": touched.id,
            "modifiedProperties": modified,
        }],
    });
    Some(StoredObject {
        object,
        parts: json!({}),
    })
}

fn actor_json(spec: &TenantSpec, actor: &Actor) -> Option<Value> {
    let app = |id: Uuid, name: &str| {
        json!({
            "auditActorType": "Application",
            "userPermissions": ["*"],
            "applicationId": id,
            "applicationDisplayName": name,
            "userPrincipalName": null,
            "servicePrincipalName": name,
            "ipAddress": null,
            "userId": null,
        })
    };
    Some(match actor {
        Actor::Person(name) => json!({
            "auditActorType": "ItPro",
            "userPermissions": ["*"],
            "applicationId": "5926fc8e-304e-4f59-8bed-58ca97cc39a4",
            "applicationDisplayName": "Microsoft Intune portal extension",
            "userPrincipalName": name,
            "servicePrincipalName": null,
            "ipAddress": null,
            "userId": seeds::id(&["person", name]),
        }),
        Actor::App(name) => app(seeds::id(&["application", name]), name),
        Actor::Client => app(spec.client_id, &spec.name),
        Actor::Unrecorded => return None,
    })
}

/// What the service calls the part of it that keeps a collection.
fn component(collection: &str) -> &'static str {
    match collection {
        "deviceCompliancePolicies" | "compliancePolicies" => "DeviceCompliancePolicy",
        "iosManagedAppProtections"
        | "androidManagedAppProtections"
        | "windowsManagedAppProtections"
        | "defaultManagedAppProtections"
        | "targetedManagedAppConfigurations" => "ManagedAppProtection",
        "mobileApps" | "mobileAppCategories" | "policySets" | "managedEBooks" => "MobileApp",
        "mobileAppConfigurations" => "MobileAppConfiguration",
        "deviceEnrollmentConfigurations"
        | "windowsAutopilotDeploymentProfiles"
        | "depOnboardingSettings"
        | "androidDeviceOwnerEnrollmentProfiles"
        | "androidForWorkEnrollmentProfiles"
        | "appleUserInitiatedEnrollmentProfiles" => "Enrollment",
        "intents" => "DeviceIntent",
        "assignmentFilters" => "AssignmentFilter",
        "roleDefinitions" | "roleAssignments" | "roleScopeTags" => "RoleBasedAccessControl",
        "notificationMessageTemplates" => "NotificationMessageTemplate",
        "managedDeviceCleanupRules" | "deviceCategories" => "ManagedDevices",
        _ => "DeviceConfiguration",
    }
}
