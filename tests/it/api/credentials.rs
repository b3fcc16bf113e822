//! The Graph credential over the API: set, verified, removed, and never told.

use std::{process::Command, time::Duration};

use serde_json::{Value, json};
use tenantatlas::{
    api::{ApiSettings, Limits, sdl},
    clock::{Clock, SystemClock},
    domain::{ids::TenantId, role::Role},
    store::credentials,
};
use tenantatlas_simulator::{Effect, Fault};

use crate::{
    keys::identity,
    support::{
        Setup, TestApp,
        client::{Api, Client, document_of, id},
    },
};

const SIGN_IN: &str = "oauth2/v2.0/token";

/// No client secret of the simulated Graph.
const GUESS: &str = "guessed-4f1c9a-secret";

async fn scene() -> (TestApp, Api, Client) {
    let app = TestApp::with(Setup {
        certificates: vec![identity(0, 2099).der],
        ..Setup::default()
    })
    .await;
    // The simulator looks at the real time to see whether an assertion is still good.
    app.pacing.set(SystemClock.now());
    let api = Api::serve(&app).await;
    let olivia = api.member(&app, app.tenant(), "olivia", Role::Owner).await;
    (app, api, olivia)
}

fn right(app: &TestApp) -> String {
    app.graph.tenants()[0].client_secret.clone()
}

fn secret(app: &TestApp, value: &str) -> Value {
    let secret = json!({"clientSecret": {"value": value, "expiresAt": "2026-12-31T00:00:00Z"}});
    set(app, secret)
}

fn set(app: &TestApp, secret: Value) -> Value {
    let client = app.graph.tenants()[0].client_id;
    json!({"tenantId": id(app.tenant()), "clientId": client, "secret": secret})
}

fn of(app: &TestApp) -> Value {
    json!({"tenantId": id(app.tenant())})
}

async fn stored(app: &TestApp) -> Option<tenantatlas::domain::credential::Credential> {
    let tenant = app.tenant();
    app.read(move |db| credentials::find(db, tenant)).await
}

#[actix_rt::test]
async fn a_credential_is_set_shown_verified_and_removed() {
    let (app, _api, olivia) = scene().await;
    let done = olivia
        .change("setTenantCredential", secret(&app, &right(&app)))
        .await;
    assert_eq!(done["userErrors"], json!([]), "{done:#}");
    assert_eq!(done["credential"]["kind"], "CLIENT_SECRET");
    assert_eq!(done["credential"]["status"], "CONNECTED");
    assert_eq!(done["credential"]["expiresAt"], "2026-12-31T00:00:00.000Z");
    assert_eq!(done["refusedPolicyTypes"], json!([]));

    let pem = json!({"certificate": {"pem": identity(0, 2099).pem}});
    let done = olivia.change("setTenantCredential", set(&app, pem)).await;
    assert_eq!(done["credential"]["kind"], "CERTIFICATE", "{done:#}");
    let query = "query($tenantId: ID!) { tenant(id: $tenantId) { connectionStatus credential {
        kind certificateThumbprint status lastVerifiedAt } } }";
    let shown = olivia.data(query, of(&app)).await;
    let credential = &shown["tenant"]["credential"];
    assert_eq!(
        credential["certificateThumbprint"],
        done["credential"]["certificateThumbprint"]
    );
    assert_eq!(credential["lastVerifiedAt"], "2026-03-02T10:00:30.000Z");

    let some = ["DeviceManagementConfiguration.Read.All"];
    app.graph
        .permissions(app.directory(), some.map(str::to_owned).to_vec());
    app.graph.expire_tokens();
    let verified = olivia.change("verifyTenantCredential", of(&app)).await;
    assert_eq!(
        verified["credential"]["status"], "PERMISSION_MISSING",
        "{verified:#}"
    );
    let refused = verified["refusedPolicyTypes"].as_array().unwrap();
    let remediation = refused
        .iter()
        .find(|it| it["policyType"] == "REMEDIATION")
        .unwrap();
    assert_eq!(remediation["errorCode"], "PERMISSION_MISSING");
    let message = remediation["errorMessage"].as_str().unwrap();
    assert!(
        message.contains("DeviceManagementScripts.Read.All"),
        "{message}"
    );
    assert!(
        verified["credential"]["missingPermissions"]
            .as_array()
            .unwrap()
            .len()
            > 1
    );

    let removed = olivia.change("removeTenantCredential", of(&app)).await;
    assert_eq!(removed["tenant"]["connectionStatus"], "NOT_CONFIGURED");
    olivia.change("removeTenantCredential", of(&app)).await;
    assert_eq!(
        olivia.data(query, of(&app)).await["tenant"]["credential"],
        Value::Null
    );
    let none = olivia.faults("verifyTenantCredential", of(&app)).await;
    assert_eq!(none, [("TENANT_NOT_CONNECTED".to_owned(), String::new())]);
    let log = "SELECT action || ' ' || outcome || ' ' || actor_name AS line FROM audit_log \
               WHERE action LIKE 'CREDENTIAL%' ORDER BY id";
    let by = |action: &str| format!("CREDENTIAL_{action} SUCCEEDED Olivia Owens");
    assert_eq!(
        app.lines(log).await,
        [by("SET"), by("SET"), by("VERIFIED"), by("REMOVED")]
    );
}

#[actix_rt::test]
async fn what_microsoft_refuses_replaces_nothing() {
    let (app, _api, olivia) = scene().await;
    let before = stored(&app).await;
    let refused = olivia
        .change("setTenantCredential", secret(&app, GUESS))
        .await;
    assert_eq!(refused["userErrors"][0]["code"], "CREDENTIAL_REJECTED");
    assert_eq!(refused["userErrors"][0]["path"], json!(["input", "secret"]));
    assert!(!refused.to_string().contains(GUESS), "{refused:#}");
    assert_eq!(refused["credential"], Value::Null);
    assert_eq!(stored(&app).await, before);

    app.graph.refuse_credential(app.directory(), 7_000_222);
    let verified = olivia.change("verifyTenantCredential", of(&app)).await;
    assert_eq!(verified["credential"]["status"], "TOKEN_EXPIRED");
    let remark = verified["remarks"][0].as_str().unwrap();
    assert!(remark.contains("expired"), "{remark}");
    let failed = "action = 'CREDENTIAL_VERIFIED' AND outcome = 'FAILED'";
    assert_eq!(app.count("audit_log", failed).await, 1);
}

#[actix_rt::test]
async fn what_is_wrong_with_an_input_is_told_before_anybody_is_asked() {
    let (app, _api, olivia) = scene().await;
    let client = |value: &str, at: &str| {
        set(
            &app,
            json!({"clientSecret": {"value": value, "expiresAt": at}}),
        )
    };
    let pem = |pem: &str| set(&app, json!({"certificate": {"pem": pem}}));
    let place = |end: &str| format!("input.secret.{end}");
    let late = "2027-01-01T00:00:00Z";
    let old = identity(0, 2020).pem;
    for (input, expected) in [
        (
            client("", "2020-01-01T00:00:00Z"),
            vec![
                ("INVALID_VALUE", place("clientSecret.expiresAt")),
                ("REQUIRED", place("clientSecret.value")),
            ],
        ),
        (
            client(&"x".repeat(513), late),
            vec![("INVALID_VALUE", place("clientSecret.value"))],
        ),
        (pem(""), vec![("REQUIRED", place("certificate.pem"))]),
        (
            pem("no certificate"),
            vec![("INVALID_VALUE", place("certificate.pem"))],
        ),
        (pem(&old), vec![("INVALID_VALUE", place("certificate.pem"))]),
        (
            pem(&"x".repeat(16 * 1024 + 1)),
            vec![("INVALID_VALUE", place("certificate.pem"))],
        ),
    ] {
        let found = olivia.faults("setTenantCredential", input).await;
        let found: Vec<_> = found
            .iter()
            .map(|(code, path)| (code.as_str(), path.clone()))
            .collect();
        assert_eq!(found, expected);
    }
    assert_eq!(app.sign_ins(), 0);
}

#[actix_rt::test]
async fn an_answer_that_does_not_come_changes_nothing_and_is_said() {
    let (app, _api, _) = scene().await;
    let limits = Limits {
        timeout: Duration::from_secs(1),
        ..Limits::default()
    };
    let api = Api::with(
        &app,
        ApiSettings {
            limits,
            ..ApiSettings::default()
        },
    )
    .await;
    let olivia = api.member(&app, app.tenant(), "marco", Role::Owner).await;
    let before = stored(&app).await;
    let (mutations, value) = (
        ["setTenantCredential", "verifyTenantCredential"],
        right(&app),
    );
    let input = |mutation: &str| match mutation {
        "setTenantCredential" => json!({"input": secret(&app, &value)}),
        _ => json!({"input": of(&app)}),
    };
    app.graph.fault(Fault::on(SIGN_IN, Effect::status(503)));
    for mutation in mutations {
        let answer = olivia.ask(&document_of(mutation), input(mutation)).await;
        assert_eq!(
            answer["errors"][0]["extensions"]["code"], "UNAVAILABLE",
            "{answer:#}"
        );
        let message = answer["errors"][0]["message"].as_str().unwrap();
        assert!(message.contains("Nothing was changed"), "{message}");
    }
    app.graph.clear_faults();
    let gate = app.graph.hold(SIGN_IN);
    let set = mutations[0];
    let answer = olivia.ask(&document_of(set), input(set)).await;
    let message = answer["errors"][0]["message"].as_str().unwrap();
    assert_eq!(answer["errors"][0]["extensions"]["code"], "UNAVAILABLE");
    assert!(message.contains("did not answer within"), "{message}");
    gate.open();
    assert_eq!(stored(&app).await, before);
    assert_eq!(app.count("audit_log", "action LIKE 'CREDENTIAL%'").await, 0);
}

#[actix_rt::test]
async fn only_owners_and_only_people() {
    let (app, api, _olivia) = scene().await;
    let tenant = app.tenant();
    let marco = api.member(&app, tenant, "marco", Role::Manager).await;
    let token = api.client(&app, tenant, Role::Owner).await;
    let stranger = api.person("stranger");
    let query = "query($tenantId: ID!) { tenant(id: $tenantId) { name credential { kind } } }";
    for client in [&marco, &token] {
        let answer = client.ask(query, of(&app)).await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], "FORBIDDEN");
        assert_eq!(answer["data"]["tenant"]["credential"], Value::Null);
    }
    for (mutation, input) in [
        ("setTenantCredential", secret(&app, "")),
        ("verifyTenantCredential", of(&app)),
        ("removeTenantCredential", of(&app)),
    ] {
        for client in [&marco, &token] {
            let answer = client
                .codes(&document_of(mutation), json!({"input": input}))
                .await;
            assert_eq!(answer, ["FORBIDDEN"], "{mutation}");
        }
        let mut elsewhere = input.clone();
        elsewhere["tenantId"] = json!(id(TenantId::mint()));
        let foreign = stranger.change(mutation, input).await;
        assert_eq!(foreign, stranger.change(mutation, elsewhere).await);
        assert_eq!(foreign["userErrors"][0]["code"], "NOT_FOUND");
    }
    let denied = "action LIKE 'CREDENTIAL%' AND outcome = 'DENIED'";
    assert_eq!(app.count("audit_log", denied).await, 6);
    assert_eq!(app.sign_ins(), 0);
}

/// The lines of an object type, an interface or a payload: whatever clients are answered with.
#[test]
fn no_output_of_the_schema_has_a_secret() {
    let mut inside = None;
    let mut uses = 0;
    for line in sdl().lines() {
        match line.split(' ').collect::<Vec<_>>().as_slice() {
            [
                kind @ ("type" | "interface" | "input" | "union" | "enum"),
                name,
                ..,
            ] => {
                inside = Some((kind.to_string(), name.to_string()));
            }
            _ if line.trim_start().starts_with('"') => {}
            _ if line.contains(": Secret") => {
                uses += 1;
                let (kind, name) = inside.as_ref().expect("a type");
                assert_eq!(kind, "input", "{name}: {line}");
            }
            _ => {}
        }
    }
    assert_eq!(uses, 2);
}

/// Secrets that are accepted, refused, and given where they do not belong.
#[actix_rt::test]
async fn no_secret_is_stored_in_the_open_or_answered() {
    let (app, _api, olivia) = scene().await;
    let pem = identity(0, 2099).pem;
    let (right, document) = (right(&app), document_of("setTenantCredential"));
    let body = pem.lines().nth(3).unwrap().to_owned();
    let mut answers = String::new();
    for input in [
        secret(&app, GUESS),
        secret(&app, &right),
        set(&app, json!({"certificate": {"pem": pem}})),
        set(
            &app,
            json!({"certificate": {"pem": pem.replace("BEGIN", "BEGAN")}}),
        ),
        set(&app, json!({"certificate": pem})),
        set(&app, json!({"clientSecret": GUESS})),
        set(&app, json!({"clientSecret": {"value": [GUESS]}})),
        set(
            &app,
            json!({"clientSecret": {"value": GUESS, "expiresAt": GUESS}}),
        ),
        json!(GUESS),
    ] {
        answers += &olivia
            .ask(&document, json!({"input": input}))
            .await
            .to_string();
        answers.push('\n');
    }
    let stored = app.database.dump();
    for secret in [GUESS, &right, &body] {
        assert!(!answers.contains(secret), "{answers}");
        let is_stored = stored
            .windows(secret.len())
            .any(|part| part == secret.as_bytes());
        assert!(!is_stored, "a secret is stored in the open");
    }
    assert!(answers.contains("CREDENTIAL_REJECTED") && answers.contains("CERTIFICATE"));
}

/// The story above once more, in a process of its own that logs all there is to log.
#[test]
fn no_secret_is_logged() {
    let told = Command::new(std::env::current_exe().unwrap())
        .args([
            "api::credentials::no_secret_is_stored_in_the_open_or_answered",
            "--exact",
        ])
        .args(["--nocapture", "--test-threads=1"])
        .env("TENANTATLAS_LOG", "trace")
        .output()
        .unwrap();
    assert!(told.status.success(), "the story went wrong");
    let lines = String::from_utf8_lossy(&told.stdout) + String::from_utf8_lossy(&told.stderr);
    assert!(lines.contains("TRACE") && lines.contains("sign-in failed"));
    let right = tenantatlas_simulator::TenantSpec::numbered(7, 0, 0).client_secret;
    let pem = identity(0, 2099).pem;
    for secret in [GUESS, &right, pem.lines().nth(3).unwrap()] {
        assert!(!lines.contains(secret), "a secret is logged");
    }
}
