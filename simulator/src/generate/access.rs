//! Who may do what: Intune roles with their assignments, and Conditional Access with what it names.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    Landscape,
    draft::{Draft, stored, with},
};
use crate::{corpus::role_assignment, tenant::StoredObject};

/// The first two roles are built in.
const BUILT_IN: [&str; 2] = ["Help Desk Operator", "Read Only Operator"];

pub(super) fn role(draft: &mut Draft<'_>) -> StoredObject {
    let role = role_object(draft.landscape, draft.number);
    let assignments: Vec<Value> = (0..draft.landscape.count("roleAssignments"))
        .filter(|number| role_of(draft.landscape, *number) == draft.number)
        .map(|number| {
            let id = draft.landscape.id("roleAssignments", number);
            json!({ "id": id, "displayName": format!("Role assignment {}", number + 1), "description": "" })
        })
        .collect();
    stored(role, json!({ "roleAssignments": assignments }))
}

/// Number of the role that an assignment grants.
fn role_of(landscape: &Landscape, assignment: usize) -> usize {
    assignment % landscape.count("roleDefinitions").max(1)
}

/// Where there are three roles or more, the last two are built in.
fn role_object(landscape: &Landscape, number: usize) -> Value {
    let roles = landscape.count("roleDefinitions");
    let built_in = (roles > 2)
        .then(|| BUILT_IN.get(roles.checked_sub(number + 1)?))
        .flatten();
    let mut draft = Draft::new(landscape, "roleDefinitions", number);
    let name = draft.name("ROLE", "Device operators");
    json!({
        "@odata.type": "#microsoft.graph.deviceAndAppManagementRoleDefinition",
        "id": draft.id(),
        "displayName": built_in.map_or(name, |name| (*name).to_owned()),
        "description": "",
        "isBuiltInRoleDefinition": built_in.is_some(),
        "isBuiltIn": built_in.is_some(),
        "roleScopeTagIds": ["0"],
        "permissions": [{ "actions": ["Microsoft.Intune_DeviceConfigurations_Read"] }],
        "rolePermissions": [{
            "actions": ["Microsoft.Intune_DeviceConfigurations_Read"],
            "resourceActions": [{
                "allowedResourceActions": ["Microsoft.Intune_DeviceConfigurations_Read", "Microsoft.Intune_MobileApps_Read"],
                "notAllowedResourceActions": [],
            }],
        }],
    })
}

pub(super) fn role_granted(draft: &mut Draft<'_>) -> StoredObject {
    let role = role_object(draft.landscape, role_of(draft.landscape, draft.number));
    let (members, scope) = (draft.group(), draft.group());
    let assignment = json!({
        "@odata.type": "#microsoft.graph.deviceAndAppManagementRoleAssignment",
        "id": draft.id(),
        "displayName": format!("Role assignment {}", draft.number + 1),
        "description": "",
        "scopeType": "resourceScope",
        "scopeMembers": [scope],
        "resourceScopes": [scope],
        "members": [members],
        "roleScopeTags": [{ "id": "0", "displayName": "Default", "description": "", "isBuiltIn": true }],
    });
    role_assignment(&assignment.as_object().cloned().unwrap_or_default(), &role)
}

pub(super) fn conditional_access(draft: &mut Draft<'_>) -> StoredObject {
    let topic = draft.turn(&[
        "Require MFA",
        "Block legacy clients",
        "Require compliant device",
        "Block countries",
    ]);
    let (created, changed) = draft.times();
    let locations: Vec<Uuid> = draft.any_of("namedLocations").into_iter().collect();
    let object = json!({
        "id": draft.id(),
        "templateId": null,
        "displayName": draft.name("CA", topic),
        "createdDateTime": created,
        "modifiedDateTime": changed,
        "state": draft.pick(&["enabled", "disabled", "enabledForReportingButNotEnforced"]),
        "partialEnablementStrategy": null,
        "conditions": {
            "userRiskLevels": [],
            "signInRiskLevels": [],
            "clientAppTypes": ["all"],
            "servicePrincipalRiskLevels": [],
            "locations": { "includeLocations": ["All"], "excludeLocations": locations },
            "applications": {
                "includeApplications": ["All"],
                "excludeApplications": [],
                "includeUserActions": [],
                "includeAuthenticationContextClassReferences": [],
            },
            "users": {
                "includeUsers": [],
                "excludeUsers": [],
                "includeGroups": [draft.group()],
                "excludeGroups": [draft.group()],
                "includeRoles": [],
                "excludeRoles": [],
            },
        },
        "grantControls": {
            "operator": "OR",
            "builtInControls": [draft.pick(&["mfa", "block", "compliantDevice"])],
            "customAuthenticationFactors": [],
            "termsOfUse": [],
        },
        "sessionControls": null,
    });
    stored(object, json!({}))
}

pub(super) fn named_location(draft: &mut Draft<'_>) -> StoredObject {
    let (created, changed) = draft.times();
    let object = json!({
        "id": draft.id(),
        "displayName": draft.name("LOC", "Location"),
        "createdDateTime": created,
        "modifiedDateTime": changed,
    });
    let own = if draft.number.is_multiple_of(2) {
        json!({
            "@odata.type": "#microsoft.graph.ipNamedLocation",
            "isTrusted": draft.chance(60),
            "ipRanges": [{
                "@odata.type": "#microsoft.graph.iPv4CidrRange",
                "cidrAddress": format!("203.0.113.{}/32", draft.between(1, 254)),
            }],
        })
    } else {
        json!({
            "@odata.type": "#microsoft.graph.countryNamedLocation",
            "countriesAndRegions": [draft.pick(&["DE", "JP", "US"]), "CH"],
            "includeUnknownCountriesAndRegions": false,
            "countryLookupMethod": "clientIpAddress",
        })
    };
    stored(with(object, own), json!({}))
}

/// The first is the tenant's own; of later ones every second is built in.
pub(super) fn authentication_strength(draft: &mut Draft<'_>) -> StoredObject {
    let built_in = draft.number % 2 == 1;
    let (created, changed) = draft.times();
    let object = json!({
        "id": draft.id(),
        "createdDateTime": created,
        "modifiedDateTime": changed,
        "displayName": if built_in { "Phishing-resistant MFA".to_owned() } else { draft.name("AUTH", "Strength") },
        "description": "",
        "policyType": if built_in { "builtIn" } else { "custom" },
        "requirementsSatisfied": "mfa",
        "allowedCombinations": ["fido2", "windowsHelloForBusiness"],
    });
    let keys = json!({
        "@odata.type": "#microsoft.graph.fido2CombinationConfiguration",
        "id": draft.own("keys"),
        "allowedAAGUIDs": [draft.own("model")],
        "appliesToCombinations": ["fido2"],
    });
    stored(object, json!({ "combinationConfigurations": [keys] }))
}

/// Ids are `c1`, `c2` and so on.
pub(super) fn authentication_context(draft: &mut Draft<'_>) -> StoredObject {
    let number = draft.number + 1;
    let object = json!({
        "id": format!("c{number}"),
        "displayName": format!("Sensitive action {number}"),
        "description": "Asks for a stronger sign-in",
        "isAvailable": draft.chance(80),
    });
    stored(object, json!({}))
}
