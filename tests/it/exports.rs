//! Backup sets as files: as a folder, and as an archive that is sent.

use std::{
    collections::{BTreeMap, HashSet},
    fs,
    io::{Cursor, Read},
    path::Path,
    time::Duration,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use rand::{RngCore, SeedableRng, rngs::StdRng};
use reqwest::Method;
use serde_json::{Value, json};
use tenantatlas::{
    api::ExportLimits,
    domain::{
        backup::BackupSet, canonical::Hash, capture::SEALED, global_id::GlobalId, ids::BackupSetId,
        kind::PolicyKind, role::Role,
    },
};
use tenantatlas_simulator::{Effect, Fault};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
};

use crate::support::{
    TestApp,
    client::{Api, Client, id, in_a_hurry},
    shell::{Ran, Shell},
};

/// Files by their paths.
type Files = BTreeMap<String, Vec<u8>>;

const SCRIPT: &str = "#!/bin/bash\necho planted\n";
const SECRET: &str = "planted-secret-5e0bf7";

/// A server with something to export, and a set of it.
struct Stage {
    app: TestApp,
    shell: Shell,
    set: BackupSet,
}

impl Stage {
    async fn with(kinds: &[PolicyKind], prepare: impl FnOnce(&TestApp)) -> Self {
        let app = TestApp::start().await;
        prepare(&app);
        let schedule = app.schedule("Nightly", kinds).await;
        let run = app.backed_up(&schedule).await;
        let set = app.set_of(&run).await.expect("a set");
        let shell = Shell::new(&app.database);
        fs::write(shell.path("key"), &app.key).unwrap();
        Self { app, shell, set }
    }

    fn export(&self, to: &str, more: &[&str]) -> Ran {
        let (set, to) = (self.set.id.to_global(), self.shell.path(to));
        let mut arguments = vec!["export", &set, "--to", &to];
        arguments.extend(more);
        self.shell.run(&arguments)
    }

    fn folder(&self, name: &str) -> Files {
        let root = self.shell.directory.path().join(name);
        let mut files = Files::new();
        read_folder(&root, &root, &mut files);
        files
    }

    fn path(&self, query: &str) -> String {
        format!("/export/{}.zip{query}", self.set.id.to_global())
    }
}

fn read_folder(root: &Path, folder: &Path, files: &mut Files) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read_folder(root, &path, files);
        } else {
            let below = path.strip_prefix(root).unwrap().to_str().unwrap();
            files.insert(below.to_owned(), fs::read(&path).unwrap());
        }
    }
}

async fn get(api: &Api, client: &Client, path: &str) -> reqwest::Response {
    let request = api.request(Method::GET, path);
    let request = request.header("authorization", &client.bearer);
    request.send().await.unwrap()
}

async fn archive(api: &Api, client: &Client, path: &str) -> Files {
    let response = get(api, client, path).await;
    assert_eq!(response.status(), 200);
    unpacked(response.bytes().await.unwrap().to_vec())
}

fn unpacked(bytes: Vec<u8>) -> Files {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut files = Files::new();
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).unwrap();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        files.insert(entry.name().unwrap().into_owned(), bytes);
    }
    files
}

fn manifest(files: &Files) -> Value {
    serde_json::from_slice(&files["manifest.json"]).unwrap()
}

fn parsed(files: &Files, path: &str) -> Value {
    serde_json::from_slice(&files[path]).unwrap()
}

/// The manifest without the time of the export, which differs.
fn without_time(mut files: Files) -> Files {
    let mut manifest = manifest(&files);
    manifest.as_object_mut().unwrap().remove("exportedAt");
    files.insert("manifest.json".to_owned(), manifest.to_string().into());
    files
}

fn plant(app: &TestApp, collection: &str, object: Value, parts: Value) {
    app.graph.insert(app.directory(), collection, object, parts);
}

fn plant_script(app: &TestApp) {
    let object = json!({
        "id": "4f2f8c1e-0000-4000-8000-000000000001", "displayName": "Planted script",
        "fileName": "planted.sh", "roleScopeTagIds": ["0"],
    });
    let body = json!({ "scriptContent": STANDARD.encode(SCRIPT) });
    plant(
        app,
        "deviceShellScripts",
        object,
        json!({ "content": body, "assignments": [] }),
    );
}

fn plant_secret(app: &TestApp) {
    let object = json!({
        "id": "4f2f8c1e-0000-4000-8000-000000000002", "displayName": "Planted secret", "version": 1,
        "@odata.type": "#microsoft.graph.windows10CustomConfiguration",
        "omaSettings": [{
            "@odata.type": "#microsoft.graph.omaSettingString", "omaUri": "./Vendor/Token",
            "displayName": "Token", "isEncrypted": true, "secretReferenceValueId": "reference",
            "value": "****",
        }],
    });
    let parts = json!({ "assignments": [], "secrets": { "reference": SECRET } });
    plant(app, "deviceConfigurations", object, parts);
}

#[actix_rt::test]
async fn both_doors_give_the_same_files_and_the_manifest_knows_them() {
    let kinds = [
        PolicyKind::ShellScript,
        PolicyKind::DeviceCategory,
        PolicyKind::SettingsCatalog,
    ];
    let refused = |app: &TestApp| {
        plant_script(app);
        app.graph
            .fault(Fault::on("configurationPolicies", Effect::status(400)));
    };
    let stage = Stage::with(&kinds, refused).await;
    let printed = stage.export("out", &[]).done();
    assert!(printed.contains("SHELL_SCRIPT"), "{printed}");
    let files = stage.folder("out");
    let api = Api::serve(&stage.app).await;
    let reader = api
        .client(&stage.app, stage.app.tenant(), Role::Readonly)
        .await;
    let sent = archive(&api, &reader, &stage.path("")).await;
    let files = without_time(files);
    assert_eq!(files, without_time(sent));

    let script = "shell-script/Planted script__4f2f8c1e-0000-4000-8000-000000000001";
    assert_eq!(files[&format!("{script}.sh")], SCRIPT.as_bytes());
    let object = parsed(&files, &format!("{script}.json"));
    assert_eq!(object["displayName"], "Planted script");
    let beside = parsed(&files, &format!("{script}.assignments.json"));
    let name = json!([{"kind": "SCOPE_TAG", "id": "0", "name": "Default"}]);
    assert_eq!(beside["names"], name);

    let manifest = manifest(&files);
    assert_eq!(manifest["backupSet"]["id"], id(stage.set.id));
    assert_eq!(manifest["tenant"]["name"], "Contoso");
    assert_eq!(manifest["damaged"], json!([]));
    let settings = manifest["kinds"].as_array().unwrap().iter();
    let settings = settings
        .clone()
        .find(|kind| kind["kind"] == "SETTINGS_CATALOG");
    assert_eq!(settings.unwrap()["status"], "FAILED");
    assert!(settings.unwrap()["message"].is_string());

    let mut known = HashSet::from(["manifest.json".to_owned()]);
    let items = stage.app.items(&stage.set).await;
    let told = manifest["items"].as_array().unwrap();
    assert_eq!(told.len(), items.len());
    for item in told {
        let stored = items
            .iter()
            .find(|stored| item["graphId"] == stored.graph_id.as_str());
        assert_eq!(
            item["contentHash"],
            stored.unwrap().content_hash.to_string()
        );
        for file in item["files"].as_array().unwrap() {
            let path = file["path"].as_str().unwrap();
            assert_eq!(file["sha256"], Hash::of(&files[path]).to_string());
            assert!(known.insert(path.to_owned()), "{path} twice");
        }
    }
    assert_eq!(known.len(), files.len(), "every file is in the manifest");
}

/// What Windows and everybody else accept, written down apart from the product.
fn check_path(path: &str) {
    assert!(path.encode_utf16().count() < 200, "{path}");
    for part in path.split('/') {
        assert!(!part.is_empty() && part != "." && part != "..", "{path}");
        assert!(
            part.encode_utf16().count() <= 120 && part.len() <= 200,
            "{path}"
        );
        assert!(
            !part.contains(['<', '>', ':', '"', '\\', '|', '?', '*']),
            "{path}"
        );
        assert!(!part.ends_with(['.', ' ']), "{path}");
        for character in part.chars() {
            assert!(!character.is_control(), "{path:?}");
            assert!(!('\u{202a}'..='\u{202e}').contains(&character), "{path:?}");
            assert!(!('\u{2066}'..='\u{2069}').contains(&character), "{path:?}");
            assert!(!('\u{200b}'..='\u{200f}').contains(&character), "{path:?}");
        }
        let base = part.split('.').next().unwrap().trim_end().to_uppercase();
        let ports = ["COM", "LPT"];
        let is_port = ports
            .iter()
            .any(|port| base.len() == 4 && base.starts_with(port));
        let is_device = is_port || ["CON", "PRN", "AUX", "NUL"].contains(&&*base);
        assert!(!is_device, "{path}");
    }
}

#[actix_rt::test]
async fn hostile_names_land_inside_the_folder_and_are_valid_everywhere() {
    let long = "x".repeat(300);
    let names = [
        "../../etc/passwd",
        "..\\..\\Windows\\win.ini",
        "/etc/passwd",
        "C:\\autoexec.bat",
        "CON",
        "con.txt",
        "LPT1",
        "NUL .",
        &long,
        "Twin",
        "TWIN",
        "twin",
        "Invoice \u{202e}gpj.exe",
        "\u{200f}\u{2066}rtl\u{2069}",
        "zero\u{200b}width",
        "e\u{301}",
        "\u{e9}",
        "line\r\nbreak\ttab\u{7f}",
        "...",
        " ",
        "~",
        "-rf",
        "a<b>c:d\"e|f?g*h",
        "👩‍🚀 crew",
        "same",
        "same",
    ];
    let plant_all = |app: &TestApp| {
        for (number, name) in names.iter().enumerate() {
            let id = format!("4f2f8c1e-0000-4000-8000-0000000001{number:02}");
            plant(
                app,
                "deviceCategories",
                json!({"id": id, "displayName": name}),
                json!({}),
            );
        }
        // Identifiers are no better than names.
        for id in ["../../id", "Twin", "TWIN"] {
            plant(
                app,
                "deviceCategories",
                json!({"id": id, "displayName": "id"}),
                json!({}),
            );
        }
        let profile = json!({
            "id": "4f2f8c1e-0000-4000-8000-000000000003", "displayName": "Profile", "version": 1,
            "@odata.type": "#microsoft.graph.macOSCustomConfiguration",
            "payloadFileName": "../../../profile.mobileconfig", "payload": STANDARD.encode("<plist/>"),
        });
        plant(
            app,
            "deviceConfigurations",
            profile,
            json!({"assignments": []}),
        );
    };
    let kinds = [PolicyKind::DeviceCategory, PolicyKind::DeviceConfiguration];
    let stage = Stage::with(&kinds, plant_all).await;
    let api = Api::serve(&stage.app).await;
    let reader = api
        .client(&stage.app, stage.app.tenant(), Role::Readonly)
        .await;
    let before = stage.folder("").len();
    let mut exported = 0;
    for format in ["json", "intunecd"] {
        stage.export(format, &["--format", format]).done();
        let files = stage.folder(format);
        exported += files.len();
        let mut folded = HashSet::new();
        for path in files.keys() {
            check_path(path);
            assert!(folded.insert(path.to_lowercase()), "{path} is there twice");
        }
        let of = |name: &str| files.keys().filter(|path| path.contains(name)).count();
        assert!(of("Twin__") + of("TWIN__") + of("twin__") >= 3);
        assert_eq!(of("4f2f8c1e-0000-4000-8000-0000000001"), names.len());
        let sent = archive(&api, &reader, &stage.path(&format!("?format={format}"))).await;
        assert_eq!(without_time(files), without_time(sent));
    }
    // Nothing was written beside the two folders.
    assert_eq!(stage.folder("").len(), before + exported);
}

#[actix_rt::test]
async fn what_is_lost_is_named_and_everything_else_is_exported() {
    let kinds = [PolicyKind::ShellScript, PolicyKind::DeviceCategory];
    let stage = Stage::with(&kinds, plant_script).await;
    let items = stage.app.items(&stage.set).await;
    let of = |kind| items.iter().filter(move |item| item.kind == kind);
    let missing = of(PolicyKind::DeviceCategory).next().unwrap();
    let bent = of(PolicyKind::ShellScript)
        .find(|item| item.name == "Planted script")
        .unwrap();
    stage.app.database.lose_content(missing.parts.payload);
    let (hash, foreign) = (bent.parts.payload, bent.parts.references.unwrap());
    let from = |column| format!("(SELECT {column} FROM contents WHERE hash = '{foreign}')");
    let (bytes, body) = (from("raw_bytes"), from("body"));
    let bend =
        format!("UPDATE contents SET raw_bytes = {bytes}, body = {body} WHERE hash = '{hash}'");
    assert_eq!(stage.app.execute(&bend).await, 1);

    let ran = stage.export("out", &[]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    for lost in [missing, bent] {
        assert!(ran.told.contains(&lost.graph_id), "{ran:?}");
    }
    let files = stage.folder("out");
    let manifest = manifest(&files);
    let damaged = manifest["damaged"].as_array().unwrap();
    let told: HashSet<&str> = damaged
        .iter()
        .map(|lost| lost["graphId"].as_str().unwrap())
        .collect();
    assert_eq!(told, HashSet::from([&*missing.graph_id, &*bent.graph_id]));
    for item in &items {
        let is_lost = told.contains(&*item.graph_id);
        let ending = format!("{}.json", item.graph_id);
        let has_object = files.keys().any(|path| path.ends_with(&ending));
        assert_eq!(has_object, !is_lost, "{}", item.name);
    }
    assert!(!files.contains_key("INCOMPLETE.txt"));
}

#[actix_rt::test]
async fn what_cannot_be_laid_out_is_told_and_nothing_shares_a_file() {
    let plant_all = |app: &TestApp| {
        let token = |number: usize, profiles: Value| {
            let id = format!("4f2f8c1e-0000-4000-8000-00000000020{number}");
            let object = json!({"id": id, "tokenName": format!("Token {number}")});
            let parts = json!({"enrollmentProfiles": profiles});
            plant(app, "depOnboardingSettings", object, parts);
        };
        let same = |description| {
            json!({
                "@odata.type": "#microsoft.graph.depIOSEnrollmentProfile", "displayName": "Same",
                "description": description,
            })
        };
        token(1, json!([]));
        token(2, json!([same("one"), same("two")]));
        let id = "4f2f8c1e-0000-4000-8000-000000000005";
        let object = json!({"id": id, "displayName": "No base64", "fileName": "a.sh"});
        let body = json!({"scriptContent": "#!/bin/sh"});
        let parts = json!({"content": body, "assignments": []});
        plant(app, "deviceShellScripts", object, parts);
    };
    let kinds = [PolicyKind::AppleEnrollmentToken, PolicyKind::ShellScript];
    let stage = Stage::with(&kinds, plant_all).await;
    stage.export("intunecd", &["--format", "intunecd"]).done();
    let files = stage.folder("intunecd");
    let same = files.keys().filter(|path| path.contains("Same"));
    assert_eq!(same.count(), 2, "{:?}", files.keys());
    let left_out = manifest(&files)["notInThisLayout"].clone();
    let left_out = left_out.as_array().unwrap().iter();
    let tokens = left_out
        .clone()
        .find(|of| of["kind"] == "APPLE_ENROLLMENT_TOKEN");
    // One has a secret, the other no profiles.
    assert_eq!(tokens.unwrap()["items"], 2);

    stage.export("json", &[]).done();
    let files = stage.folder("json");
    let told = manifest(&files)["items"].as_array().unwrap().clone();
    for item in told {
        let path = "shell-script/No base64__4f2f8c1e-0000-4000-8000-000000000005.sh";
        let expected = match item["name"] == "No base64" {
            true => json!([path]),
            false => json!([]),
        };
        assert_eq!(item["undecodedFiles"], expected);
        assert!(!files.contains_key(path));
    }
}

#[actix_rt::test]
async fn a_folder_that_is_not_empty_and_a_set_that_is_not_there_are_refused() {
    let stage = Stage::with(&[PolicyKind::DeviceCategory], |_| ()).await;
    let told = stage.export(".", &[]).refused(1);
    assert!(told.contains("is not empty"), "{told}");
    let log = "SELECT action AS line FROM audit_log WHERE action = 'BACKUP_SET_EXPORTED'";
    assert_eq!(stage.app.lines(log).await.len(), 0);
    let nowhere = stage.shell.path("nowhere");
    let other = BackupSetId::mint().to_global();
    stage
        .shell
        .run(&["export", &other, "--to", &nowhere])
        .refused(1);
    stage
        .shell
        .run(&["export", "set_1", "--to", &nowhere])
        .refused(2);
    stage.export("nowhere", &["--format", "yaml"]).refused(2);
    assert!(!Path::new(&nowhere).exists());
    stage.export("out", &[]).done();
    assert_eq!(stage.app.lines(log).await.len(), 1);
}

#[actix_rt::test]
async fn secrets_go_only_where_they_may() {
    let stage = Stage::with(&[PolicyKind::DeviceConfiguration], plant_secret).await;
    let path = "device-configuration/Planted secret__4f2f8c1e-0000-4000-8000-000000000002.json";
    let value = |files: &Files| parsed(files, path)["omaSettings"][0]["decryptedValue"].clone();
    let told = stage.export("sealed", &[]);
    told.done();
    assert_eq!(value(&stage.folder("sealed")), SEALED);
    stage.export("open", &["--with-secrets"]).done();
    assert_eq!(value(&stage.folder("open")), SECRET);

    let api = Api::serve(&stage.app).await;
    let tenant = stage.app.tenant();
    let manager = api.client(&stage.app, tenant, Role::Manager).await;
    let marco = api.member(&stage.app, tenant, "marco", Role::Manager).await;
    let olivia = api.member(&stage.app, tenant, "olivia", Role::Owner).await;
    let sealed = archive(&api, &olivia, &stage.path("")).await;
    assert_eq!(value(&sealed), SEALED);
    let wish = stage.path("?withSecrets=true");
    for refused in [&manager, &marco] {
        let response = get(&api, refused, &wish).await;
        assert_eq!(response.status(), 403);
        let answer: Value = response.json().await.unwrap();
        assert_eq!(answer["errors"][0]["extensions"]["code"], "FORBIDDEN");
    }
    assert_eq!(value(&archive(&api, &olivia, &wish).await), SECRET);
    let log = "SELECT outcome || ' ' || actor_name AS line FROM audit_log
        WHERE action = 'BACKUP_SET_EXPORTED' ORDER BY line";
    let expected = [
        "DENIED Marco Mancini",
        "DENIED automation",
        "SUCCEEDED Command line",
        "SUCCEEDED Command line",
        "SUCCEEDED Olivia Owens",
        "SUCCEEDED Olivia Owens",
    ];
    let mut lines = stage.app.lines(log).await;
    lines.sort();
    assert_eq!(lines, expected);
    let changes = "SELECT changes AS line FROM audit_log
        WHERE action = 'BACKUP_SET_EXPORTED' AND outcome = 'SUCCEEDED' ORDER BY changes";
    let changes = stage.app.lines(changes).await;
    assert!(
        changes.iter().any(|line| line.contains("true")),
        "{changes:?}"
    );
    assert!(!changes.concat().contains(SECRET));
}

#[actix_rt::test]
async fn an_archive_is_refused_as_everything_else_is() {
    let stage = Stage::with(&[PolicyKind::DeviceCategory], |_| ()).await;
    let api = Api::serve(&stage.app).await;
    let tenant = stage.app.tenant();
    let reader = api.client(&stage.app, tenant, Role::Readonly).await;
    let marco = api.member(&stage.app, tenant, "marco", Role::Manager).await;
    let stranger = api.person("stranger");
    let missing = BackupSetId::mint().to_global();
    let nobody = api.bearer("nobody");
    let own = stage.path("");
    for (client, path, status, code) in [
        (&nobody, own.clone(), 401, "UNAUTHENTICATED"),
        (&reader, "/export/set_1.zip".to_owned(), 400, "INVALID_ID"),
        (&reader, own.replace(".zip", ""), 400, "INVALID_ID"),
        (&reader, format!("/export/{missing}.zip"), 404, "NOT_FOUND"),
        (&stranger, own.clone(), 404, "NOT_FOUND"),
        (&stranger, stage.path("?format=yaml"), 404, "NOT_FOUND"),
        (&reader, stage.path("?format=yaml"), 400, "BAD_USER_INPUT"),
        (&reader, stage.path("?with=all"), 400, "BAD_USER_INPUT"),
    ] {
        let response = get(&api, client, &path).await;
        assert_eq!(response.status(), status, "{path}");
        assert_eq!(response.headers()["cache-control"], "no-store");
        let answer: Value = response.json().await.unwrap();
        assert_eq!(answer["errors"][0]["extensions"]["code"], code, "{path}");
    }
    let posted = api.request(Method::POST, &own);
    let posted = posted.header("authorization", &reader.bearer);
    let posted = posted.send().await.unwrap();
    assert_eq!(
        (posted.status().as_u16(), &posted.headers()["allow"]),
        (405, &"GET".parse().unwrap())
    );

    // A deleted set is there until it is purged.
    marco
        .change("deleteBackupSet", json!({"backupSetId": id(stage.set.id)}))
        .await;
    let response = get(&api, &reader, &own).await;
    let headers = response.headers();
    assert_eq!(headers["content-type"], "application/zip");
    assert_eq!(headers["cache-control"], "no-store");
    assert_eq!(headers["x-content-type-options"], "nosniff");
    let name = headers["content-disposition"].to_str().unwrap();
    let expected = format!("tenantatlas-2026-03-02-{}.zip", stage.set.id.to_global());
    assert_eq!(name, format!("attachment; filename=\"{expected}\""));
    assert!(
        headers["ratelimit"]
            .to_str()
            .unwrap()
            .contains("\"points\"")
    );
    let files = unpacked(response.bytes().await.unwrap().to_vec());
    assert!(manifest(&files)["backupSet"]["deletedAt"].is_string());
}

/// A script that no compression makes small.
fn plant_large_script(app: &TestApp) {
    let mut bytes = vec![0; 5_000_000];
    StdRng::seed_from_u64(7).fill_bytes(&mut bytes);
    let id = "4f2f8c1e-0000-4000-8000-000000000004";
    let object = json!({ "id": id, "displayName": "Large", "fileName": "large.sh" });
    let body = json!({ "scriptContent": STANDARD.encode(bytes) });
    let parts = json!({ "content": body, "assignments": [] });
    plant(app, "deviceShellScripts", object, parts);
}

/// Asks for an archive, and takes none of it.
async fn stalled(api: &Api, client: &Client, path: &str) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let mut stream = socket.connect(api.address()).await.unwrap();
    let head = format!(
        "GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: {}\r\n\r\n",
        client.bearer
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.readable().await.unwrap();
    stream
}

#[actix_rt::test]
async fn who_takes_nothing_or_goes_away_holds_nothing_up() {
    let stage = Stage::with(&[PolicyKind::ShellScript], plant_large_script).await;
    let mut settings = in_a_hurry();
    settings.limits.exports = ExportLimits {
        per_caller: 1,
        patience: Duration::from_millis(500),
        ..ExportLimits::default()
    };
    let api = Api::with(&stage.app, settings).await;
    let tenant = stage.app.tenant();
    let reader = api.client(&stage.app, tenant, Role::Readonly).await;
    let other = api.client(&stage.app, tenant, Role::Readonly).await;
    let path = stage.path("");
    let mut stuck = stalled(&api, &reader, &path).await;
    let response = get(&api, &reader, &path).await;
    assert_eq!(response.status(), 429);
    let answer: Value = response.json().await.unwrap();
    assert_eq!(answer["errors"][0]["extensions"]["code"], "RATE_LIMITED");
    assert_eq!(get(&api, &other, &path).await.status(), 200);

    let is_free = async || {
        while get(&api, &reader, &path).await.status() == 429 {}
    };
    let patience = Duration::from_secs(30);
    tokio::time::timeout(patience, is_free()).await.unwrap();
    // The answer broke off: neither the archive nor the transfer has an end.
    let mut taken = Vec::new();
    drop(stuck.read_to_end(&mut taken).await);
    assert!(!taken.ends_with(b"0\r\n\r\n"));

    tokio::time::timeout(patience, is_free()).await.unwrap();
    drop(stalled(&api, &reader, &path).await);
    tokio::time::timeout(patience, is_free()).await.unwrap();
}
