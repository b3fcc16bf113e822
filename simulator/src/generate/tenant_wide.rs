//! What a tenant has once or few of: its settings, Company Portal branding, terms.

use serde_json::{Value, json};

use super::draft::{Draft, base64, stored};
use crate::tenant::StoredObject;

pub(super) fn settings(draft: &mut Draft<'_>) -> StoredObject {
    let object = json!({
        "id": draft.id(),
        "intuneAccountId": draft.own("account"),
        "settings": {
            "deviceComplianceCheckinThresholdDays": draft.between(7, 60),
            "isScheduledActionEnabled": true,
            "secureByDefault": draft.chance(50),
            "enhancedJailBreak": false,
            "deviceInactivityBeforeRetirementInDay": 0,
            "derivedCredentialProvider": "notConfigured",
        },
        "managedDeviceCleanupSettings": { "deviceInactivityBeforeRetirementInDays": "90" },
        "dataProcessorServiceForWindowsFeaturesOnboarding": { "hasValidWindowsLicense": true, "areDataProcessorServiceForWindowsFeaturesEnabled": true },
        "intuneBrand": { "displayName": "IT", "contactITEmailAddress": "it@contoso.example", "themeColor": { "r": 0, "g": 114, "b": 198 } },
        "userExperienceAnalyticsSettings": { "configurationManagerDataConnectorConfigured": false },
    });
    stored(object, json!({}))
}

/// Images have routes of their own; neither list nor item shows them.
pub(super) fn branding(draft: &mut Draft<'_>) -> StoredObject {
    let (created, changed) = draft.times();
    let default = draft.number == 0;
    let object = json!({
        "id": draft.id(),
        "profileName": format!("Branding {}", draft.number + 1),
        "profileDescription": "",
        "isDefaultProfile": default,
        "createdDateTime": created,
        "lastModifiedDateTime": changed,
        "displayName": "IT",
        "themeColor": { "r": draft.between(0, 255), "g": 114, "b": 198 },
        "showLogo": true,
        "contactITName": "Service desk",
        "contactITEmailAddress": "it@contoso.example",
        "privacyUrl": "https://contoso.example/privacy",
        "roleScopeTagIds": ["0"],
        "themeColorLogo": null,
        "lightBackgroundLogo": null,
        "landingPageCustomizedImage": null,
    });
    let assignments = if default {
        json!([])
    } else {
        draft.assignments()
    };
    stored(
        object,
        json!({
            "assignments": assignments,
            "themeColorLogo": image(draft, "theme logo"),
            "lightBackgroundLogo": image(draft, "light logo"),
            "landingPageCustomizedImage": image(draft, "landing page"),
        }),
    )
}

fn image(draft: &mut Draft<'_>, what: &str) -> Value {
    let pixels = draft
        .own(what)
        .simple()
        .to_string()
        .repeat(draft.between(4, 60));
    json!({ "type": "image/png", "value": base64(&pixels) })
}

pub(super) fn terms(draft: &mut Draft<'_>) -> StoredObject {
    let (created, changed) = draft.times();
    let object = json!({
        "id": draft.id(),
        "displayName": draft.name("ALL", "Terms of use"),
        "description": "",
        "title": "Acceptable use",
        "bodyText": "Use the device for work.\r\nReport its loss at once.",
        "acceptanceStatement": "I accept",
        "version": draft.between(1, 4),
        "createdDateTime": created,
        "modifiedDateTime": changed,
        "lastModifiedDateTime": changed,
        "roleScopeTagIds": ["0"],
    });
    let assignments = draft.assignments();
    stored(object, json!({ "assignments": assignments }))
}
