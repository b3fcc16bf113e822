//! Credentials that are refused, and tokens that permit nothing.

use tenantatlas::{
    domain::{
        completeness::KindStatus,
        failure::FailureCode,
        kind::PolicyKind,
        run::{Run, RunState, RunStatus},
        tenant::ConnectionStatus,
    },
    store::tenants,
};
use tenantatlas_simulator::{Effect, ErrorForm, Fault};

use super::{check_failed, failure};
use crate::support::{TestApp, kinds::OUT_OF_REACH};

const TOKEN: &str = "/oauth2/v2.0/token";

async fn connection(app: &TestApp) -> ConnectionStatus {
    let tenant = app.tenant();
    let found = app.read(move |db| tenants::find(db, tenant)).await;
    found.expect("the tenant is there").connection
}

/// The run failed in its first attempt, every kind for this reason, and left no set.
async fn check_all_failed(app: &TestApp, run: &Run, code: FailureCode, told: &str) {
    assert_eq!(
        run.state.status(),
        RunStatus::Failed,
        "{told}: {:?}",
        run.state
    );
    assert_eq!((failure(run).code, run.attempt), (code, 1), "{told}");
    let results = app.results(run).await;
    assert_eq!(results.len(), PolicyKind::ALL.len());
    for result in &results {
        if result.status == KindStatus::NotAvailable {
            // It was known before the first request.
            assert!(
                OUT_OF_REACH.contains(&(result.kind, false)),
                "{}",
                result.kind
            );
        } else {
            check_failed(told, result, KindStatus::Failed, code, told);
        }
    }
    assert_eq!(app.set_of(run).await, None, "{told}");
}

/// B03, B04
#[actix_rt::test]
async fn a_refused_credential_is_named_and_not_tried_again() {
    for (code, told) in [
        (7_000_215, "The client secret is wrong"),
        (7_000_222, "The client secret has expired"),
        (700_016, "does not know the app"),
        (90_002, "There is no such directory"),
        (7_000_112, "disabled"),
    ] {
        let app = TestApp::start().await;
        let schedule = app.schedule("Everything", PolicyKind::ALL).await;
        app.graph.refuse_credential(app.directory(), code);
        let run = app.backed_up(&schedule).await;
        check_all_failed(&app, &run, FailureCode::TokenExpired, told).await;
        assert_eq!(app.graph.log().len(), 1, "one sign-in and nothing else");
        assert_eq!(connection(&app).await, ConnectionStatus::TokenExpired);
    }
}

/// B02
#[actix_rt::test]
async fn a_token_without_roles_costs_no_request() {
    let app = TestApp::start().await;
    let schedule = app.schedule("Everything", PolicyKind::ALL).await;
    app.graph.permissions(app.directory(), Vec::new());
    let run = app.backed_up(&schedule).await;
    check_all_failed(&app, &run, FailureCode::PermissionMissing, ".Read").await;
    assert_eq!(app.requests("/").len(), 0);
    assert_eq!(connection(&app).await, ConnectionStatus::PermissionMissing);
}

/// B33
#[actix_rt::test]
async fn one_missing_permission_costs_its_kinds_alone() {
    let app = TestApp::start().await;
    let schedule = app.schedule("Everything", PolicyKind::ALL).await;
    let all = [
        "DeviceManagementConfiguration.ReadWrite.All",
        "DeviceManagementServiceConfig.Read.All",
        "DeviceManagementApps.Read.All",
        "DeviceManagementRBAC.Read.All",
        "DeviceManagementManagedDevices.Read.All",
        "DeviceManagementCloudCA.Read.All",
        "CloudPC.Read.All",
        "Policy.Read.All",
        "Policy.Read.AuthenticationMethod",
        "Policy.Read.DeviceConfiguration",
        "AuthenticationContext.Read.All",
        "OrganizationalBranding.Read.All",
        "GroupSettings.Read.All",
        "Application.Read.All",
    ];
    app.graph
        .permissions(app.directory(), all.map(str::to_owned).to_vec());
    let run = app.backed_up(&schedule).await;
    assert_eq!(run.state.status(), RunStatus::Partial, "{:?}", run.state);
    let set = app.set_of(&run).await.unwrap();
    assert_eq!(
        set.missing_kinds,
        [
            PolicyKind::ComplianceScript,
            PolicyKind::PowershellScript,
            PolicyKind::ShellScript,
            PolicyKind::CustomAttributeScript,
            PolicyKind::Remediation,
        ]
    );
    for kind in &set.missing_kinds {
        let result = app.result(&run, *kind).await;
        let (status, code) = (KindStatus::Failed, FailureCode::PermissionMissing);
        let told = "DeviceManagementScripts.Read.All";
        check_failed(told, &result, status, code, told);
    }
    assert_eq!(connection(&app).await, ConnectionStatus::PermissionMissing);
}

/// B32
#[actix_rt::test]
async fn a_token_that_graph_refuses_for_ever_ends_the_run() {
    let app = TestApp::start().await;
    let schedule = app.schedule("Everything", PolicyKind::ALL).await;
    app.graph.fault(Fault::on("/beta/", Effect::ExpiredToken));
    app.graph.fault(Fault::on("/v1.0/", Effect::ExpiredToken));
    let run = app.backed_up(&schedule).await;
    // Each list is asked for twice, the second time with a token of its own.
    assert!(app.requests("/").len() <= 2 * PolicyKind::ALL.len());
    assert!(app.sign_ins() <= 1 + PolicyKind::ALL.len());
    let code = FailureCode::TokenExpired;
    check_all_failed(&app, &run, code, "refused a token that was just issued").await;
    assert_eq!(connection(&app).await, ConnectionStatus::TokenExpired);
}

/// B05
#[actix_rt::test]
async fn an_overloaded_sign_in_host_is_awaited() {
    for effect in [
        Effect::status(503),
        Effect::wrapped(503, ErrorForm::Html),
        Effect::throttle(3),
        Effect::TokenRefused { code: 90_033 },
        Effect::Reset,
    ] {
        let app = TestApp::start().await;
        let schedule = app.schedule("Nightly", &[super::STRUCK]).await;
        app.graph.fault(Fault::on(TOKEN, effect.clone()).first(2));
        let run = app.backed_up(&schedule).await;
        assert_eq!(run.state.status(), RunStatus::Succeeded, "{effect:?}");
        assert_eq!(app.sign_ins(), 3, "{effect:?}");
    }
}

#[actix_rt::test]
async fn a_sign_in_host_that_is_down_costs_an_attempt() {
    let app = TestApp::start().await;
    let schedule = app.schedule("Nightly", &[super::STRUCK]).await;
    app.graph.fault(Fault::on(TOKEN, Effect::status(503)));
    let run = app.run_now(&schedule).await;
    let queued = app.once(&run, |run| run.attempt == 2).await;
    assert!(matches!(
        queued.state,
        RunState::Queued {
            not_before: Some(_)
        }
    ));
    assert_eq!(app.sign_ins(), 5);
}
