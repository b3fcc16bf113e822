//! Windows update profiles: feature, quality, hotpatch, drivers.

use serde_json::{Value, json};

use super::draft::{Draft, stored, with};
use crate::tenant::StoredObject;

pub(super) fn feature(draft: &mut Draft<'_>) -> StoredObject {
    let version = draft.turn(&[
        "Windows 11, version 24H2",
        "Windows 11, version 25H2",
        "Windows 11, version 23H2",
    ]);
    let object = json!({
        "featureUpdateVersion": version,
        "rolloutSettings": { "offerStartDateTimeInUTC": null, "offerEndDateTimeInUTC": null, "offerIntervalInDays": null },
        "deployableContentDisplayName": version,
        "endOfSupportDate": "2027-10-12T00:00:00Z",
        "installLatestWindows10OnWindows11IneligibleDevice": draft.chance(30),
        "installFeatureUpdatesOptional": draft.chance(30),
    });
    profile(draft, "Feature update", object, json!({}))
}

pub(super) fn quality_profile(draft: &mut Draft<'_>) -> StoredObject {
    let object = json!({
        "expeditedUpdateSettings": { "qualityUpdateRelease": "2026-09-08T00:00:00Z", "daysUntilForcedReboot": draft.between(0, 2) },
        "releaseDateDisplayName": "09/08/2026 - 2026.09 B",
        "deployableContentDisplayName": "2026.09 B",
    });
    profile(draft, "Expedited update", object, json!({}))
}

pub(super) fn quality_policy(draft: &mut Draft<'_>) -> StoredObject {
    let object = json!({
        "hotpatchEnabled": draft.chance(70),
        "approvalSettings": [{ "approvalMethodType": "automatic", "deferredDeploymentInDay": 3, "windowsQualityUpdateCadence": "monthly" }],
    });
    profile(draft, "Hotpatch", object, json!({}))
}

pub(super) fn driver(draft: &mut Draft<'_>) -> StoredObject {
    let inventory: Vec<Value> = ["needsReview", "approved", "declined", "suspended"]
        .into_iter()
        .map(|status| driver_inventory(draft, status))
        .collect();
    let object = json!({
        "approvalType": "manual",
        "deviceReporting": draft.between(0, 400),
        "newUpdates": draft.between(0, 9),
        "deploymentDeferralInDays": null,
        "inventorySyncStatus": { "lastSuccessfulSyncDateTime": "2026-09-01T00:00:00Z", "driverInventorySyncState": "success" },
    });
    profile(
        draft,
        "Drivers",
        object,
        json!({ "driverInventories": inventory }),
    )
}

fn driver_inventory(draft: &mut Draft<'_>, status: &str) -> Value {
    json!({
        "id": draft.own(status),
        "name": format!("Contoso display driver, {status}"),
        "version": format!("31.0.{}.1", draft.between(100, 999)),
        "manufacturer": "Contoso",
        "releaseDateTime": "2026-05-01T00:00:00Z",
        "driverClass": "Display",
        "applicableDeviceCount": draft.between(1, 50),
        "approvalStatus": status,
        "category": "recommended",
        "deployDateTime": null,
    })
}

fn profile(draft: &mut Draft<'_>, topic: &str, own: Value, parts: Value) -> StoredObject {
    let (created, changed) = draft.times();
    let object = json!({
        "id": draft.id(),
        "displayName": draft.name("WIN", topic),
        "description": "",
        "createdDateTime": created,
        "lastModifiedDateTime": changed,
        "roleScopeTagIds": draft.scope_tags(),
    });
    let assignments = draft.assignments();
    stored(
        with(object, own),
        with(parts, json!({ "assignments": assignments })),
    )
}
