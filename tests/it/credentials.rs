//! A tenant's credential in the hands of an operator, and what runs make of it.

use std::{fs, path::PathBuf, process::Command, sync::Arc};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use serde_json::json;
use tenantatlas::{
    clock::{Clock, SystemClock},
    domain::{
        completeness::KindStatus,
        credential::{Credential, CredentialKind},
        failure::FailureCode,
        global_id::GlobalId,
        ids::TenantId,
        kind::PolicyKind,
        run::{Run, RunState, RunStatus},
        tenant::{ConnectionStatus, Tenant},
    },
    store::{PoolSettings, Store, credentials, tenants},
    workers::credentials::{NewCredential, Secret, try_out},
};
use tenantatlas_simulator::{FederatedCredential, Simulator, SimulatorOptions, TenantSpec};

use crate::{
    keys::identity,
    support::{
        Database, Setup, TestApp,
        shell::{Ran, Shell},
    },
};

const ONE: [PolicyKind; 1] = [PolicyKind::DeviceCategory];

/// The program beside a simulated Graph with one tenant, which is not added yet.
struct Scene {
    shell: Shell,
    graph: Simulator,
    database: Database,
}

impl Scene {
    fn with(change: impl FnOnce(&mut TenantSpec)) -> Self {
        let mut spec = TenantSpec::numbered(7, 0, 40);
        change(&mut spec);
        let options = SimulatorOptions {
            tenants: vec![spec],
            ..SimulatorOptions::default()
        };
        let database = Database::create();
        Self {
            shell: Shell::new(&database),
            graph: Simulator::start(options).unwrap(),
            database,
        }
    }

    fn spec(&self) -> TenantSpec {
        self.graph.tenants()[0].clone()
    }

    /// A file in the data directory.
    fn file(&self, name: &str, content: &str) -> String {
        let path = self.shell.path(name);
        fs::write(&path, content).unwrap();
        path
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.shell.command(arguments);
        command
            .env("TENANTATLAS_GRAPH_URL", self.graph.url())
            .env("TENANTATLAS_LOGIN_URL", self.graph.url());
        command
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        Ran::of(self.command(arguments).output().unwrap())
    }

    fn add(&self, option: &str, file: &str, more: &[&str]) -> Ran {
        let spec = self.spec();
        let ids = [spec.entra_tenant_id, spec.client_id].map(|id| id.to_string());
        let mut add = self.command(&["tenant", "add", "--name", "Contoso"]);
        add.args(["--entra-tenant-id", &ids[0], "--client-id", &ids[1]])
            .args([option, file])
            .args(more);
        Ran::of(add.output().unwrap())
    }

    /// Adds the tenant with its right secret; its ID.
    fn added(&self) -> String {
        let file = self.file("right", &self.spec().client_secret);
        let added = self.add("--client-secret-file", &file, &[]).done();
        added.trim().to_owned()
    }

    fn set(&self, tenant: &str, option: &str, file: &str) -> Ran {
        let client = self.spec().client_id.to_string();
        let set = ["tenant", "credential", "set", tenant, "--client-id"];
        self.run(&[&set[..], &[&client, option, file]].concat())
    }

    async fn stored(&self, tenant: &str) -> (Tenant, Option<Credential>) {
        let id = TenantId::from_global(tenant).unwrap();
        let clock = Arc::new(SystemClock);
        let store = Store::open(&self.database.url, PoolSettings::default(), clock).unwrap();
        let stored = store.read(move |db| {
            Ok::<_, tenantatlas::store::StoreError>((
                tenants::find(db, id)?.expect("a tenant"),
                credentials::find(db, id)?,
            ))
        });
        stored.await.unwrap()
    }
}

#[actix_rt::test]
async fn a_credential_is_verified_replaced_and_removed() {
    let scene = Scene::with(|spec| spec.certificates = vec![identity(0, 2099).der]);
    let tenant = scene.added();
    let told = scene.run(&["tenant", "credential", "verify", &tenant]);
    assert!(told.told.contains("every kind can be read"), "{told:?}");
    assert_eq!(told.done().lines().count(), 1);
    let (found, credential) = scene.stored(&tenant).await;
    assert_eq!(found.connection, ConnectionStatus::Connected);
    assert!(credential.unwrap().usage.accepted_at.is_some());

    let pem = scene.file("app.pem", &identity(0, 2099).pem);
    let told = scene.set(&tenant, "--certificate-file", &pem);
    assert!(told.told.contains("thumbprint"), "{told:?}");
    told.done();
    let (found, credential) = scene.stored(&tenant).await;
    let credential = credential.unwrap();
    assert_eq!(credential.means.kind(), CredentialKind::Certificate);
    assert_eq!(found.connection, ConnectionStatus::Connected);
    let shown = scene.run(&["tenant", "credential", "show", &tenant]).done();
    for part in ["CERTIFICATE", "2099-12-31", "CONNECTED"] {
        assert!(shown.contains(part), "{shown}");
    }

    scene
        .run(&["tenant", "credential", "remove", &tenant])
        .done();
    scene
        .run(&["tenant", "credential", "remove", &tenant])
        .done();
    let (found, credential) = scene.stored(&tenant).await;
    assert_eq!(found.connection, ConnectionStatus::NotConfigured);
    assert_eq!(credential, None);
    for command in ["verify", "show"] {
        let told = scene.run(&["tenant", "credential", command, &tenant]);
        assert!(told.refused(1).contains("no credential"));
    }
}

#[actix_rt::test]
async fn what_entra_refuses_does_not_replace_what_works() {
    let scene = Scene::with(|_| {});
    let tenant = scene.added();
    let before = scene.stored(&tenant).await;
    let wrong = scene.file("wrong", "guessed");
    let told = scene
        .set(&tenant, "--client-secret-file", &wrong)
        .refused(1);
    assert!(told.contains("AADSTS7000215"), "{told}");
    assert!(!told.contains("guessed"), "{told}");
    assert_eq!(scene.stored(&tenant).await, before);

    scene
        .graph
        .refuse_credential(scene.spec().entra_tenant_id, 7_000_222);
    let told = scene.run(&["tenant", "credential", "verify", &tenant]);
    assert!(told.refused(1).contains("expired"));
    let (found, credential) = scene.stored(&tenant).await;
    assert_eq!(found.connection, ConnectionStatus::TokenExpired);
    assert!(credential.unwrap().usage.last_used_at.is_some());
}

#[actix_rt::test]
async fn verifying_names_each_kind_that_cannot_be_read_and_why() {
    let scene = Scene::with(|spec| {
        let some = ["DeviceManagementConfiguration.Read.All", "Policy.Read.All"];
        spec.permissions = Some(some.map(str::to_owned).to_vec());
    });
    let tenant = scene.added();
    let printed = scene
        .run(&["tenant", "credential", "verify", &tenant])
        .done();
    let row = |kind: &str| printed.lines().find(|line| line.starts_with(kind));
    let remediation = row("REMEDIATION").expect("a row");
    assert!(remediation.contains("PERMISSION_MISSING"), "{remediation}");
    assert!(
        remediation.contains("DeviceManagementScripts.Read.All"),
        "{remediation}"
    );
    assert_eq!(row("DEVICE_CONFIGURATION "), None);
    let (found, credential) = scene.stored(&tenant).await;
    assert_eq!(found.connection, ConnectionStatus::PermissionMissing);
    let missing = credential.unwrap().usage.missing_permissions;
    let scripts = "DeviceManagementScripts.Read.All".to_owned();
    assert!(missing.contains(&scripts), "{missing:?}");
    // One sign-in, one request: not a list for each kind.
    assert_eq!(scene.graph.log().len(), 2);
}

#[test]
fn verifying_tells_of_a_tenant_without_intune() {
    let scene = Scene::with(|spec| spec.licensed = false);
    let tenant = scene.added();
    let told = scene.run(&["tenant", "credential", "verify", &tenant]);
    assert!(told.told.contains("no Intune licence"), "{told:?}");
    told.done();
}

#[test]
fn a_tenant_that_is_verified_first_is_added_only_if_it_works() {
    let scene = Scene::with(|_| {});
    let wrong = scene.file("wrong", "guessed");
    scene
        .add("--client-secret-file", &wrong, &["--verify"])
        .refused(1);
    let right = scene.file("right", &scene.spec().client_secret);
    let added = scene
        .add("--client-secret-file", &right, &["--verify"])
        .done();
    let listed = scene.run(&["tenant", "list"]).done();
    assert!(
        listed.contains(added.trim()) && listed.contains("CONNECTED"),
        "{listed}"
    );
}

#[test]
fn a_certificate_that_cannot_work_is_refused_offline() {
    let scene = Scene::with(|_| {});
    let (own, other) = (identity(0, 2099).pem, identity(1, 2099).pem);
    let cut = own.find("-----BEGIN CERTIFICATE").unwrap();
    let foreign = other.find("-----BEGIN CERTIFICATE").unwrap();
    for (name, pem, told) in [
        ("pfx", "\u{1}\u{2}".to_owned(), "no PEM file"),
        ("key", own[..cut].to_owned(), "holds no certificate"),
        ("certificate", own[cut..].to_owned(), "holds no private key"),
        (
            "locked",
            own.replace("PRIVATE", "ENCRYPTED PRIVATE"),
            "encrypted",
        ),
        (
            "foreign",
            own[..cut].to_owned() + &other[foreign..],
            "belongs to the private key",
        ),
        ("old", identity(0, 2020).pem, "expired at 2020-12-31"),
    ] {
        let file = scene.file(name, &pem);
        let refused = scene.add("--certificate-file", &file, &[]).refused(1);
        assert!(refused.contains(told), "{name}: {refused}");
    }
    let file = scene.file("both", "x");
    let both = ["--federated-token-file", &file];
    scene.add("--client-secret-file", &file, &both).refused(2);
    assert_eq!(scene.graph.log(), []);
}

#[actix_rt::test]
async fn a_workload_identity_is_a_file_that_only_operators_name() {
    let scene = Scene::with(|spec| {
        spec.federated = vec![FederatedCredential {
            issuer: "https://issuer.example".to_owned(),
            subject: "backup".to_owned(),
            audience: "api://AzureADTokenExchange".to_owned(),
        }];
    });
    let part = |value: serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let ends = (SystemClock.now() + TimeDelta::hours(1)).timestamp();
    let claims = json!({
        "iss": "https://issuer.example", "sub": "backup",
        "aud": "api://AzureADTokenExchange", "exp": ends,
    });
    let token = format!("{}.{}.c2ln", part(json!({ "alg": "RS256" })), part(claims));
    let file = scene.file("token", &token);
    let added = scene.add("--federated-token-file", &file, &["--verify"]);
    for part in [
        "https://issuer.example",
        "backup",
        "api://AzureADTokenExchange",
    ] {
        assert!(added.told.contains(part), "{added:?}");
    }
    let added = added.done();
    let shown = scene
        .run(&["tenant", "credential", "show", added.trim()])
        .done();
    assert!(
        shown.contains(&file) && shown.contains("WORKLOAD_IDENTITY"),
        "{shown}"
    );
    fs::remove_file(PathBuf::from(&file)).unwrap();
    let told = scene.run(&["tenant", "credential", "verify", added.trim()]);
    assert!(told.refused(1).contains("cannot be read by the server"));
}

/// Gives the tenant of a server another credential.
async fn give(app: &TestApp, secret: Secret) {
    let (tenant, vault) = (app.tenant(), app.vault.clone());
    let client = app.graph.tenants()[0].client_id;
    let new = NewCredential::read(client, secret, app.clock.now()).unwrap();
    app.write(move |db, now| {
        let sealed = new.sealed(&vault, tenant, now).unwrap();
        credentials::set(db, &sealed)
    })
    .await;
}

async fn stored(app: &TestApp) -> (Tenant, Credential) {
    let id = app.tenant();
    let found = app.read(move |db| Ok((tenants::find(db, id)?, credentials::find(db, id)?)));
    let (tenant, credential) = found.await;
    (tenant.unwrap(), credential.unwrap())
}

fn message(run: &Run) -> String {
    let RunState::Ended { outcome, .. } = &run.state else {
        panic!("not ended: {:?}", run.state)
    };
    let failure = outcome.failure().expect("a reason");
    assert_eq!(failure.code, FailureCode::TokenExpired);
    failure.message.clone()
}

#[actix_rt::test]
async fn a_run_signs_in_with_a_certificate() {
    let app = TestApp::with(Setup {
        certificates: vec![identity(0, 2099).der],
        ..Setup::default()
    })
    .await;
    // The simulator looks at the real time to see whether an assertion is still good.
    app.pacing.set(SystemClock.now());
    give(&app, Secret::Certificate(identity(0, 2099).pem.into())).await;
    let schedule = app.schedule("Nightly", &ONE).await;
    let run = app.backed_up(&schedule).await;
    assert_eq!(run.state.status(), RunStatus::Succeeded, "{:?}", run.state);
    let (tenant, credential) = stored(&app).await;
    assert_eq!(tenant.connection, ConnectionStatus::Connected);
    assert_eq!(credential.usage.accepted_at, credential.usage.last_used_at);
    assert!(credential.usage.accepted_at.is_some());
}

#[actix_rt::test]
async fn runs_of_a_broken_tenant_ask_once_until_somebody_has_seen_it_work() {
    let app = TestApp::start().await;
    let schedule = app.schedule("Nightly", &ONE).await;
    app.graph.refuse_credential(app.directory(), 53_003);
    let first = message(&app.backed_up(&schedule).await);
    for _ in 0..2 {
        app.pass(TimeDelta::seconds(1));
        let again = message(&app.backed_up(&schedule).await);
        assert!(again.starts_with(&first), "{again}");
    }
    assert_eq!(app.sign_ins(), 1);

    app.graph.accept_credential(app.directory());
    let (tenant, credential) = stored(&app).await;
    let tried = try_out(&app.deps.graph, &app.vault, &tenant, &credential).await;
    let experience = tried.unwrap().experience(&ONE);
    let id = app.tenant();
    let stored_at = Some(credential.updated_at);
    app.write(move |db, now| {
        tenantatlas::workers::credentials::note(db, id, stored_at, &experience, now)
    })
    .await;
    let run = app.backed_up(&schedule).await;
    assert_eq!(run.state.status(), RunStatus::Succeeded, "{:?}", run.state);
}

#[actix_rt::test]
async fn a_tenant_without_a_credential_stays_not_configured() {
    let app = TestApp::start().await;
    let schedule = app.schedule("Nightly", &ONE).await;
    let id = app.tenant();
    app.write(move |db, _| credentials::remove(db, id)).await;
    message(&app.backed_up(&schedule).await);
    let tenant = app.read(move |db| tenants::find(db, id)).await.unwrap();
    assert_eq!(tenant.connection, ConnectionStatus::NotConfigured);
    assert_eq!(app.sign_ins(), 0);
}

#[actix_rt::test]
async fn a_missing_permission_is_on_record_before_the_first_list() {
    let app = TestApp::start().await;
    let some = ["DeviceManagementConfiguration.Read.All"];
    app.graph
        .permissions(app.directory(), some.map(str::to_owned).to_vec());
    let kinds = [
        PolicyKind::DeviceCategory,
        PolicyKind::ScopeTag,
        PolicyKind::AssignmentFilter,
        PolicyKind::Remediation,
    ];
    let schedule = app.schedule("Nightly", &kinds).await;
    let gate = app.graph.hold("/beta/");
    let run = app.run_now(&schedule).await;
    gate.arrived().await;
    let result = app.result(&run, PolicyKind::Remediation).await;
    assert_eq!(result.status, KindStatus::Failed);
    let failure = result.failure.expect("a reason");
    assert_eq!(failure.code, FailureCode::PermissionMissing);
    gate.open();
    let run = app.settled(&run).await;
    assert_eq!(run.state.status(), RunStatus::Partial);
    assert_eq!(app.requests("deviceHealthScripts").len(), 0);
    let (_, credential) = stored(&app).await;
    let missing = credential.usage.missing_permissions;
    assert_eq!(missing, ["DeviceManagementScripts.Read.All"]);
}

#[test]
fn a_private_key_is_neither_told_nor_stored_in_the_open() {
    let scene = Scene::with(|spec| spec.certificates = vec![identity(0, 2099).der]);
    let pem = identity(0, 2099).pem;
    let file = scene.file("app.pem", &pem);
    let spec = scene.spec();
    let ids = [spec.entra_tenant_id, spec.client_id].map(|id| id.to_string());
    let mut add = scene.command(&["tenant", "add", "--name", "Contoso", "--verify"]);
    add.args(["--entra-tenant-id", &ids[0], "--client-id", &ids[1]])
        .args(["--certificate-file", &file])
        .env("TENANTATLAS_LOG", "trace");
    let added = Ran::of(add.output().unwrap());
    assert!(added.told.contains("thumbprint"), "{added:?}");
    let stored = scene.database.dump();
    let lines = pem.lines().take_while(|line| !line.contains("END"));
    for line in lines.filter(|line| line.len() == 64) {
        assert!(!added.told.contains(line));
        assert!(
            !stored
                .windows(line.len())
                .any(|part| part == line.as_bytes())
        );
    }
    added.done();
}
