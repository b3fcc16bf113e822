//! Every kind is captured with all its parts, and nothing else.

use serde_json::Value;
use tenantatlas::domain::{
    completeness::KindStatus,
    kind::PolicyKind,
    run::RunStatus,
    sub_kind::SubKind::{self, *},
};
use tenantatlas_simulator::StoredObject;

use crate::support::{
    Setup, TestApp,
    kinds::{OUT_OF_REACH, kept},
    truth::{is_left_out, whole},
};

#[actix_rt::test]
async fn every_kind_is_captured_with_all_its_parts() {
    let app = TestApp::with(Setup {
        policies: 400,
        ..Setup::default()
    })
    .await;
    let schedule = app.schedule("Everything", PolicyKind::ALL).await;
    let run = app.backed_up(&schedule).await;
    assert_eq!(run.state.status(), RunStatus::Succeeded, "{:?}", run.state);
    let set = app.set_of(&run).await.expect("a set");
    let items = app.items(&set).await;
    let find = |collection: &str, id: &str| -> Option<StoredObject> {
        let objects = app.graph.objects(app.directory(), collection);
        objects.into_iter().find(|stored| stored.object["id"] == id)
    };
    for result in app.results(&run).await {
        let kind = result.kind;
        if let Some((_, is_asked)) = OUT_OF_REACH.iter().find(|(out, _)| *out == kind) {
            assert_eq!(result.status, KindStatus::NotAvailable, "{kind}");
            assert_eq!(result.requests, u64::from(*is_asked), "{kind}");
            assert!(!result.failure.unwrap().message.is_empty(), "{kind}");
            continue;
        }
        let mut objects = kept(&app.graph, app.directory(), kind);
        objects.retain(|stored| !is_left_out(kind, stored));
        let wanted: Vec<_> = objects
            .iter()
            .map(|stored| whole(kind, stored, &find))
            .collect();
        let stored = app.compare(&set, &items, kind, &wanted).await;
        assert!(stored > 0, "{kind}");
        assert_eq!(result.status, KindStatus::Succeeded, "{kind}");
        let counted = u32::try_from(stored).unwrap();
        assert_eq!(result.listed, Some(counted), "{kind}");
        assert_eq!(result.items, counted, "{kind}");
        assert_eq!(
            (result.failed, result.vanished, result.reused),
            (0, 0, 0),
            "{kind}"
        );
    }
    assert_eq!(items.len(), usize::try_from(set.item_count).unwrap());
}

/// The slices by what tells them, spelled out once more.
fn slice(kind: PolicyKind, object: &Value) -> Option<SubKind> {
    let family = object["templateReference"]["templateFamily"].as_str();
    let family = family.unwrap_or_default();
    let platforms = object["platforms"].as_str().unwrap_or_default();
    let odata_type = object["@odata.type"].as_str().unwrap_or_default();
    let is_oem = object["appSupportsOemConfig"] == true;
    match (kind, odata_type.trim_start_matches("#microsoft.graph.")) {
        (PolicyKind::DeviceConfiguration, "windowsUpdateForBusinessConfiguration") => {
            Some(WindowsUpdateRing)
        }
        (
            PolicyKind::DeviceConfiguration,
            "iosUpdateConfiguration" | "macOSSoftwareUpdateConfiguration",
        ) => Some(AppleUpdatePolicy),
        (PolicyKind::SettingsCatalog, _) => match (family, platforms) {
            ("endpointSecurityEndpointPrivilegeManagement", _) => Some(EndpointPrivilegeManagement),
            ("baseline", _) => Some(SecurityBaseline),
            ("deviceConfigurationScripts", "linux") => Some(LinuxScript),
            ("enrollmentConfiguration", "windows10") => Some(AutopilotDevicePreparation),
            ("enrollmentConfiguration", "iOS" | "macOS" | "tvOS" | "visionOS") => {
                Some(AppleEnrollmentPolicy)
            }
            (other, _) => other
                .starts_with("endpointSecurity")
                .then_some(EndpointSecurityPolicy),
        },
        (PolicyKind::EnrollmentConfiguration, odata_type) => match odata_type {
            "windows10EnrollmentCompletionPageConfiguration" => Some(EnrollmentStatusPage),
            "deviceEnrollmentPlatformRestrictionConfiguration"
            | "deviceEnrollmentPlatformRestrictionsConfiguration" => {
                Some(EnrollmentPlatformRestriction)
            }
            "deviceEnrollmentLimitConfiguration" => Some(EnrollmentDeviceLimit),
            "deviceEnrollmentWindowsHelloForBusinessConfiguration" => {
                Some(WindowsHelloForBusinessEnrollment)
            }
            "deviceComanagementAuthorityConfiguration" => Some(CoManagementAuthority),
            "deviceEnrollmentNotificationConfiguration" => Some(EnrollmentNotification),
            "windowsRestoreDeviceEnrollmentConfiguration" => Some(WindowsRestoreEnrollment),
            _ => None,
        },
        (PolicyKind::AppConfigurationDevice, "androidManagedStoreAppConfiguration") if is_oem => {
            Some(AndroidOemConfig)
        }
        _ => None,
    }
}

#[actix_rt::test]
async fn every_item_names_the_slice_of_its_kind_also_when_it_is_taken_over() {
    let app = TestApp::with(Setup {
        policies: 200,
        ..Setup::default()
    })
    .await;
    let kinds = [
        PolicyKind::DeviceConfiguration,
        PolicyKind::SettingsCatalog,
        PolicyKind::EnrollmentConfiguration,
        PolicyKind::AppConfigurationDevice,
        PolicyKind::AppProtectionIos,
    ];
    let schedule = app.schedule("Sliced", &kinds).await;
    let mut found = Vec::new();
    for _ in 0..2 {
        let run = app.backed_up(&schedule).await;
        let set = app.set_of(&run).await.expect("a set");
        for item in app.items(&set).await {
            let objects = kept(&app.graph, app.directory(), item.kind);
            let mut objects = objects.iter().map(|stored| &stored.object);
            let object = objects.find(|object| object["id"] == item.graph_id.as_str());
            assert_eq!(
                item.sub_kind,
                slice(item.kind, object.unwrap()),
                "{}",
                item.name
            );
            found.extend(item.sub_kind);
        }
        // What was stored before slices were told apart gets its slice when it is taken over.
        app.execute("UPDATE backup_items SET sub_kind = NULL").await;
        app.pass(chrono::TimeDelta::hours(1));
    }
    found.sort_unstable();
    found.dedup();
    assert_eq!(found, SubKind::ALL, "the simulator has one of each");
}
