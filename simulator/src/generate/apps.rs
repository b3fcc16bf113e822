//! Applications of several types. Lists leave out icons, scope tags and categories.

use serde_json::{Value, json};

use super::draft::{Draft, base64, stored, with};
use crate::tenant::StoredObject;

/// Type, name, publisher.
type Product = (&'static str, &'static str, &'static str);

const PRODUCTS: [Product; 8] = [
    ("win32LobApp", "7-Zip", "Igor Pavlov"),
    ("winGetApp", "Visual Studio Code", "Microsoft"),
    ("iosVppApp", "Adobe Acrobat Reader", "Adobe"),
    ("officeSuiteApp", "Microsoft 365 Apps", "Microsoft"),
    ("macOSMicrosoftEdgeApp", "Microsoft Edge", "Microsoft"),
    ("androidManagedStoreApp", "Company Portal", "Microsoft"),
    ("managedIOSStoreApp", "Outlook", "Microsoft"),
    ("webApp", "Intranet", "IT"),
];

pub(super) fn app(draft: &mut Draft<'_>) -> StoredObject {
    let (type_name, name, publisher) = draft.turn(&PRODUCTS);
    let assignments = app_assignments(draft, type_name);
    let assigned = assignments.as_array().is_some_and(|list| !list.is_empty());
    let (created, changed) = draft.times();
    let dependent = type_name == "win32LobApp" && draft.number > 0;
    let object = json!({
        "@odata.type": format!("#microsoft.graph.{type_name}"),
        "id": draft.id(),
        "displayName": format!("{name} {}", draft.number + 1),
        "description": format!("{name} for all devices"),
        "publisher": publisher,
        "largeIcon": null,
        "createdDateTime": created,
        "lastModifiedDateTime": changed,
        "isFeatured": draft.chance(10),
        "privacyInformationUrl": null,
        "informationUrl": null,
        "owner": "",
        "developer": publisher,
        "notes": "",
        "uploadState": 1,
        "publishingState": "published",
        "isAssigned": assigned,
        "roleScopeTagIds": [],
        "dependentAppCount": usize::from(dependent),
        "supersedingAppCount": 0,
        "supersededAppCount": 0,
    });
    let parts = json!({
        "content": content(draft),
        "categories": categories(draft),
        "assignments": assignments,
        "relationships": if dependent { relationships(draft) } else { json!([]) },
    });
    let own = members_of(draft, type_name);
    stored(with(object, own), parts)
}

/// What the type adds. Managed store apps say whether they are the vendor's or the tenant's own.
fn members_of(draft: &mut Draft<'_>, type_name: &str) -> Value {
    match type_name {
        "win32LobApp" => json!({
            "fileName": "setup.intunewin",
            "size": draft.between(100_000, 90_000_000),
            "installCommandLine": "setup.exe /S",
            "uninstallCommandLine": "uninstall.exe /S",
            "applicableArchitectures": "x64",
            "minimumSupportedWindowsRelease": "21H2",
            "rules": [{
                "@odata.type": "#microsoft.graph.win32LobAppFileSystemRule",
                "ruleType": "detection",
                "path": "%ProgramFiles%\\Example",
                "fileOrFolderName": "app.exe",
                "operationType": "exists",
                "operator": "notConfigured",
            }],
            "installExperience": { "runAsAccount": "system", "deviceRestartBehavior": "basedOnReturnCode" },
            "returnCodes": [{ "returnCode": 0, "type": "success" }, { "returnCode": 3010, "type": "softReboot" }],
        }),
        "winGetApp" => json!({
            "packageIdentifier": format!("XP9KHM4BK9FZ7Q{}", draft.number),
            "installExperience": { "runAsAccount": "user" },
        }),
        "iosVppApp" => json!({
            "bundleId": "com.adobe.Adobe-Reader",
            "usedLicenseCount": draft.between(0, 50),
            "totalLicenseCount": draft.between(50, 500),
            "licensingType": { "supportsUserLicensing": true, "supportsDeviceLicensing": true },
        }),
        "managedIOSStoreApp" => json!({
            "appAvailability": if draft.chance(50) { "global" } else { "lineOfBusiness" },
            "bundleId": "com.microsoft.Office.Outlook",
        }),
        "officeSuiteApp" => json!({
            "updateChannel": "monthlyEnterprise",
            "officePlatformArchitecture": "x64",
            "excludedApps": { "access": true, "publisher": true, "teams": false },
            "localesToInstall": ["de-de"],
        }),
        _ => json!({ "appStoreUrl": format!("https://apps.example/{}", draft.number) }),
    }
}

fn content(draft: &mut Draft<'_>) -> Value {
    let pixels = draft
        .own("icon")
        .simple()
        .to_string()
        .repeat(draft.between(4, 40));
    json!({
        "roleScopeTagIds": draft.scope_tags(),
        "largeIcon": { "type": "image/png", "value": base64(&pixels) },
    })
}

fn categories(draft: &mut Draft<'_>) -> Value {
    let name = draft.pick(&["Productivity", "Business", "Utilities"]);
    let category = json!({
        "id": draft.own(name),
        "displayName": name,
        "lastModifiedDateTime": "2022-01-01T00:00:00Z",
    });
    if draft.chance(50) {
        json!([category])
    } else {
        json!([])
    }
}

fn relationships(draft: &mut Draft<'_>) -> Value {
    let target = draft.landscape.id("mobileApps", draft.number - 1);
    let relationship = |target_type: &str| {
        json!({
            "@odata.type": "#microsoft.graph.mobileAppDependency",
            "id": format!("{}_{target}_{target_type}", draft.id()),
            "targetId": target,
            "targetDisplayName": "Another app",
            "targetType": target_type,
            "dependencyType": "autoInstall",
        })
    };
    json!([relationship("child"), relationship("parent")])
}

fn app_assignments(draft: &mut Draft<'_>, type_name: &str) -> Value {
    let count = draft.between(0, 3);
    (0..count)
        .map(|position| {
            let target = draft.target(position);
            json!({
                "id": format!("{}_1_0", draft.own(&format!("assignment {position}"))),
                "intent": draft.pick(&["required", "available", "uninstall"]),
                "source": "direct",
                "sourceId": null,
                "target": target,
                "settings": settings_of(type_name),
            })
        })
        .collect()
}

fn settings_of(type_name: &str) -> Value {
    if type_name != "win32LobApp" {
        return Value::Null;
    }
    json!({
        "@odata.type": "#microsoft.graph.win32LobAppAssignmentSettings",
        "notifications": "showAll",
        "restartSettings": null,
        "installTimeSettings": null,
        "deliveryOptimizationPriority": "notConfigured",
    })
}
