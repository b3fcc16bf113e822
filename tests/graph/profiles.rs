//! Device configuration profiles: secrets, certificates, privacy.

use serde_json::{Value, json};
use tenantatlas::{domain::kind::PolicyKind, graph::catalog};

use crate::support::World;

fn custom_profile() -> (Value, Value) {
    let object = json!({
        "id": "c", "@odata.type": "#microsoft.graph.windows10CustomConfiguration", "version": 1,
        "omaSettings": [
            {"displayName": "open", "isEncrypted": false, "secretReferenceValueId": null, "value": "seen"},
            {"displayName": "secret", "isEncrypted": true, "secretReferenceValueId": "r/1", "value": "****"},
        ]
    });
    (
        object,
        json!({"assignments": [], "secrets": {"r/1": "hidden"}}),
    )
}

#[tokio::test]
async fn encrypted_values_are_decrypted_into_a_member_that_is_sealed() {
    let world = World::start();
    let (object, parts) = custom_profile();
    let (whole, requests) = world
        .captured(PolicyKind::DeviceConfiguration, object, parts)
        .await;
    assert_eq!(requests.len(), 1);
    assert_eq!(whole["omaSettings"][0]["value"], "seen");
    assert_eq!(whole["omaSettings"][1]["decryptedValue"], "hidden");
    assert_eq!(whole["omaSettings"][1].get("value"), None);
    let sealed = catalog::entry(PolicyKind::DeviceConfiguration)
        .capture
        .sealed;
    assert!(sealed.contains(&"omaSettings[].decryptedValue"));
    assert!(!sealed.contains(&"omaSettings[].value"));
}

#[tokio::test]
async fn values_that_the_app_may_not_decrypt_are_marked() {
    let world = World::with_options(|options| {
        let granted = vec!["DeviceManagementConfiguration.Read.All".to_owned()];
        options.tenants[0].permissions = Some(granted);
    });
    let (object, parts) = custom_profile();
    let (whole, _) = world
        .captured(PolicyKind::DeviceConfiguration, object, parts)
        .await;
    assert_eq!(whole["omaSettings"][1]["valueNotCaptured"], true);
    assert_eq!(whole["omaSettings"][1]["value"], "****");
    assert_eq!(whole["omaSettings"][0].get("valueNotCaptured"), None);
}

#[tokio::test]
async fn linked_certificates_are_captured_and_missing_ones_are_not() {
    let world = World::start();
    let profile =
        json!({"id": "w", "@odata.type": "#microsoft.graph.windowsWifiEnterpriseEAPConfiguration"});
    let parts = json!({
        "assignments": [],
        "rootCertificatesForServerValidation": [{"id": "r1", "displayName": "Root"}],
        "identityCertificateForClientAuthentication": {"id": "i1", "displayName": "Identity"},
    });
    let (whole, requests) = world
        .captured(PolicyKind::DeviceConfiguration, profile, parts)
        .await;
    assert_eq!(whole["rootCertificatesForServerValidation"][0]["id"], "r1");
    assert_eq!(
        whole["identityCertificateForClientAuthentication"]["displayName"],
        "Identity"
    );
    assert_eq!(whole.get("rootCertificateForClientValidation"), None);
    assert_eq!(requests.len(), 3);
}

#[tokio::test]
async fn a_plain_profile_costs_no_request() {
    let world = World::start();
    let profile =
        json!({"id": "p", "@odata.type": "#microsoft.graph.iosGeneralDeviceConfiguration"});
    let parts = json!({"assignments": [{"id": "a"}]});
    let (whole, requests) = world
        .captured(PolicyKind::DeviceConfiguration, profile, parts)
        .await;
    assert_eq!(whole["assignments"], json!([{"id": "a"}]));
    assert!(requests.is_empty());
}

#[tokio::test]
async fn privacy_rows_come_from_the_item() {
    let world = World::start();
    let profile =
        json!({"id": "g", "@odata.type": "#microsoft.graph.windows10GeneralConfiguration"});
    let parts = json!({"assignments": [{"id": "a"}], "privacyAccessControls": [{"id": "row"}]});
    let (whole, _) = world
        .captured(PolicyKind::DeviceConfiguration, profile, parts)
        .await;
    assert_eq!(whole["privacyAccessControls"], json!([{"id": "row"}]));
    assert_eq!(whole["assignments"], json!([{"id": "a"}]));
}
