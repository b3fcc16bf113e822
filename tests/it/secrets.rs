//! Secrets are stored sealed, and appear nowhere else: in no table, message, event or line of the log.

use std::process::Command;

use serde_json::{Value, json};
use tenantatlas::{
    domain::{
        backup::{BackupItem, BackupSet},
        canonical::Hash,
        capture::SEALED,
        kind::PolicyKind,
        run::{Run, RunStatus},
        schedule::Schedule,
    },
    store::contents,
};
use tenantatlas_simulator::{Effect, Fault, TenantSpec};

use crate::support::TestApp;

const PROFILE: PolicyKind = PolicyKind::DeviceConfiguration;
const APPLE: PolicyKind = PolicyKind::AppleEnrollmentToken;
const KINDS: [PolicyKind; 3] = [PROFILE, APPLE, PolicyKind::DeviceCategory];

const SETTING: &str = "planted-setting-1f7ac3";
const CHANGED_SETTING: &str = "planted-setting-2b8cd4";
const KEY: &str = "planted-key-3c9de5";
const PASSWORD: &str = "planted-password-4dafe6";
/// Every access token of the simulated Graph begins with it.
const TOKEN: &str = "eyJhbGciOi";

fn client_secret() -> String {
    TenantSpec::numbered(7, 0, 0).client_secret
}

/// A tenant with a secret of each sort.
async fn planted() -> (TestApp, Schedule) {
    let app = TestApp::start().await;
    let profile = json!({
        "id": "planted", "displayName": "Planted", "version": 1, "preSharedKey": KEY,
        "@odata.type": "#microsoft.graph.windows10CustomConfiguration",
        "omaSettings": [{
            "omaUri": "./Vendor/Token", "isEncrypted": true,
            "secretReferenceValueId": "reference", "value": "****",
        }],
    });
    let parts = json!({ "assignments": [], "secrets": { "reference": SETTING } });
    app.graph
        .insert(app.directory(), "deviceConfigurations", profile, parts);
    let token = json!({ "id": "planted", "tokenName": "Planted", "roleScopeTagIds": [] });
    let parts =
        json!({ "enrollmentProfiles": [{ "id": "mac", "adminAccountPassword": PASSWORD }] });
    app.graph
        .insert(app.directory(), "depOnboardingSettings", token, parts);
    let schedule = app.schedule("Nightly", &KINDS).await;
    (app, schedule)
}

async fn planted_item(app: &TestApp, run: &Run, kind: PolicyKind) -> (BackupSet, BackupItem) {
    let set = app.set_of(run).await.expect("a set");
    let mut items = app.items(&set).await;
    items.retain(|item| item.kind == kind && item.graph_id == "planted");
    (set, items.remove(0))
}

/// The secrets of an item by the JSON pointers of their places, opened.
async fn secrets(app: &TestApp, set: &BackupSet, item: &BackupItem) -> Vec<(String, String)> {
    let sealed = app
        .content(set.tenant, item.parts.sealed.expect("sealed values"))
        .await;
    let mut opened = Vec::new();
    for (pointer, digest) in sealed.as_object().unwrap() {
        let digest: Hash = digest.as_str().unwrap().parse().unwrap();
        opened.push((pointer.clone(), app.opened(set, digest).await));
    }
    opened
}

fn change_setting(app: &TestApp) {
    let change = |parts: &mut Value| parts["secrets"]["reference"] = CHANGED_SETTING.into();
    app.graph
        .edit_parts(app.directory(), "deviceConfigurations", "planted", change);
}

#[actix_rt::test]
async fn secrets_are_taken_out_and_can_be_opened() {
    let (app, schedule) = planted().await;
    let run = app.backed_up(&schedule).await;
    let (set, item) = planted_item(&app, &run, PROFILE).await;
    let payload = app.content(set.tenant, item.parts.payload).await;
    assert_eq!(payload["preSharedKey"], SEALED);
    assert_eq!(payload["omaSettings"][0]["decryptedValue"], SEALED);
    assert_eq!(payload["omaSettings"][0].get("value"), None);
    let own = |pointer: &str, secret: &str| (pointer.to_owned(), secret.to_owned());
    assert_eq!(
        secrets(&app, &set, &item).await,
        [
            own("/omaSettings/0/decryptedValue", SETTING),
            own("/preSharedKey", KEY)
        ]
    );
    let (set, item) = planted_item(&app, &run, APPLE).await;
    assert_eq!(
        secrets(&app, &set, &item).await,
        [own("/enrollmentProfiles/0/adminAccountPassword", PASSWORD)]
    );
}

#[actix_rt::test]
async fn a_changed_secret_is_a_change_of_nothing_but_the_secret() {
    let (app, schedule) = planted().await;
    let first = app.backed_up(&schedule).await;
    let (_, before) = planted_item(&app, &first, PROFILE).await;
    let mut payload = app.content(first.tenant, before.parts.payload).await;

    app.pass(chrono::TimeDelta::days(1));
    change_setting(&app);
    let second = app.backed_up(&schedule).await;
    let (set, after) = planted_item(&app, &second, PROFILE).await;
    assert_ne!(before.content_hash, after.content_hash);
    assert_ne!(before.state_hash, after.state_hash);
    assert_ne!(before.parts.sealed, after.parts.sealed);
    payload["version"] = json!(2);
    let payload_now = app.content(set.tenant, after.parts.payload).await;
    assert_eq!(payload_now, payload, "only the marker moved");
    assert_eq!(second.summary.unwrap().changed, 1);
    assert_eq!(secrets(&app, &set, &after).await[0].1, CHANGED_SETTING);
}

#[actix_rt::test]
async fn a_secret_that_the_app_may_not_read_is_marked() {
    let (app, schedule) = planted().await;
    let read_only = [
        "DeviceManagementConfiguration.Read.All",
        "DeviceManagementServiceConfig.Read.All",
    ];
    app.graph
        .permissions(app.directory(), read_only.map(str::to_owned).to_vec());
    let run = app.backed_up(&schedule).await;
    assert_eq!(run.state.status(), RunStatus::Succeeded, "{:?}", run.state);
    let (set, item) = planted_item(&app, &run, PROFILE).await;
    let payload = app.content(set.tenant, item.parts.payload).await;
    assert_eq!(payload["omaSettings"][0]["valueNotCaptured"], true);
    assert_eq!(payload["omaSettings"][0].get("decryptedValue"), None);
}

/// Runs that succeed, stumble and fail, with every secret in play.
#[actix_rt::test]
async fn nothing_stored_shows_a_secret() {
    let (app, schedule) = planted().await;
    let stumble = Fault::on("deviceConfigurations", Effect::status(503)).first(1);
    app.graph.fault(stumble);
    let run = app.backed_up(&schedule).await;
    assert_eq!(run.state.status(), RunStatus::Succeeded);

    app.pass(chrono::TimeDelta::days(1));
    change_setting(&app);
    let refused = Effect::Forbidden {
        scopes: vec!["DeviceManagementServiceConfig.Read.All".to_owned()],
        form: tenantatlas_simulator::ErrorForm::A,
    };
    app.graph.fault(Fault::on("depOnboardingSettings", refused));
    app.graph
        .fault(Fault::on("deviceCategories", Effect::ExpiredToken));
    let run = app.backed_up(&schedule).await;
    assert_eq!(run.state.status(), RunStatus::Partial);

    app.graph.refuse_credential(app.directory(), 7_000_215);
    let run = app.backed_up(&schedule).await;
    assert_eq!(run.state.status(), RunStatus::Failed);

    let mut stored = app.database.dump();
    stored.extend(unpacked(&app).await);
    assert!(
        holds(&stored, "planted"),
        "the dump holds what is no secret"
    );
    check(&stored);
}

/// The contents, which lie compressed in the database.
async fn unpacked(app: &TestApp) -> Vec<u8> {
    let mut all = Vec::new();
    let tenant = app.tenant();
    for hash in app.content_hashes().await {
        let bytes = app.read(move |db| contents::bytes(db, tenant, hash)).await;
        all.extend(bytes.expect("a content"));
    }
    all
}

fn check(haystack: &[u8]) {
    let client_secret = client_secret();
    for secret in [
        SETTING,
        CHANGED_SETTING,
        KEY,
        PASSWORD,
        TOKEN,
        &client_secret,
    ] {
        assert!(!holds(haystack, secret), "a secret is in plain view");
        let hexadecimal: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
        assert!(!holds(haystack, &hexadecimal), "a secret is in plain view");
    }
}

fn holds(haystack: &[u8], needle: &str) -> bool {
    let needle = needle.as_bytes();
    haystack
        .windows(needle.len())
        .any(|window| window == needle)
}

/// The story above once more, in a process of its own that logs all there is to log.
#[test]
fn nothing_logged_shows_a_secret() {
    let told = Command::new(std::env::current_exe().unwrap())
        .args(["secrets::nothing_stored_shows_a_secret", "--exact"])
        .args(["--nocapture", "--test-threads=1"])
        .env("TENANTATLAS_LOG", "trace")
        .output()
        .unwrap();
    assert!(told.status.success(), "the story went wrong");
    let lines = [told.stdout, told.stderr].concat();
    for said in ["Graph gave no good answer", "sign-in failed", "TRACE"] {
        assert!(holds(&lines, said), "the log says nothing of: {said}");
    }
    check(&lines);
}
