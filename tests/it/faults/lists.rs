//! Refusals and breakdowns of a list: repeated where that can help, told where it does not.

use tenantatlas::{
    domain::{
        completeness::KindStatus,
        failure::FailureCode::{self, *},
        kind::PolicyKind,
        run::RunStatus,
    },
    graph::catalog,
};
use tenantatlas_simulator::{Effect, ErrorForm, ErrorInBody, Fault, Truncation};

use super::{NEIGHBOUR, Outcome, Row, STRUCK, STRUCK_LIST, Table, always, failure, once};
use crate::support::{Setup, TestApp};

const READ: &str = "DeviceManagementConfiguration.Read.All";

fn forbidden(form: ErrorForm) -> Effect {
    Effect::Forbidden {
        scopes: vec![READ.to_owned()],
        form,
    }
}

/// B32, B33, B34, B35
#[actix_rt::test]
async fn refusals_are_told_by_their_reason() {
    let refused: FailureCode = Unknown;
    Table::start()
        .await
        .check([
            once("401 once", Effect::ExpiredToken),
            once("claims challenge once", Effect::ClaimsChallenge),
            always(
                "401 for ever",
                Effect::ExpiredToken,
                TokenExpired,
                "refused a token",
                2,
            ),
            always(
                "403 form A",
                forbidden(ErrorForm::A),
                PermissionMissing,
                READ,
                1,
            ),
            always(
                "403 form B",
                forbidden(ErrorForm::B),
                PermissionMissing,
                READ,
                1,
            ),
            always(
                "403 without scopes",
                Effect::Denied,
                PermissionMissing,
                READ,
                1,
            ),
            always("404 of a list", Effect::NotFound, refused, "status 404", 1),
            always("400", Effect::status(400), refused, "status 400", 1),
            always("501", Effect::status(501), refused, "status 501", 1),
            always("redirect", Effect::status(302), refused, "redirect", 1),
            Row {
                name: "400 without licence",
                fault: Fault::on(STRUCK_LIST, Effect::NotLicensed),
                outcome: Outcome::NotAvailable("no Intune licence"),
                requests: 1,
            },
        ])
        .await;
}

/// B50, B51, B52, B53, B60, B61
#[actix_rt::test]
async fn breakdowns_are_repeated_until_the_tries_are_used_up() {
    let transient = [
        ("503", Effect::status(503)),
        ("502 HTML", Effect::wrapped(502, ErrorForm::Html)),
        ("504 HTML", Effect::wrapped(504, ErrorForm::Html)),
        ("504 nested", Effect::wrapped(504, ErrorForm::C)),
        ("408", Effect::status(408)),
        (
            "no last chunk",
            Effect::Truncated(Truncation::WithoutLastChunk),
        ),
        (
            "long length",
            Effect::Truncated(Truncation::LongContentLength),
        ),
        ("cut JSON", Effect::Truncated(Truncation::CutJson)),
        (
            "error mid-stream",
            Effect::ErrorInBody(ErrorInBody::MidStream),
        ),
        (
            "error beside the page",
            Effect::ErrorInBody(ErrorInBody::Member),
        ),
        ("reset", Effect::Reset),
    ];
    let table = Table::start().await;
    for (name, effect) in transient {
        let rows = [
            once(name, effect.clone()),
            always(name, effect, GraphUnavailable, "in 5 tries", 5),
        ];
        table.check(rows).await;
    }
    // The service often says 500 for the sake of the data, so fewer tries are worth it.
    let rows = [
        once("500", Effect::status(500)),
        always(
            "500",
            Effect::status(500),
            GraphUnavailable,
            "in 3 tries",
            3,
        ),
    ];
    table.check(rows).await;
}

/// B62
#[actix_rt::test]
async fn a_body_that_trickles_is_awaited() {
    let table = Table::start().await;
    let slow = Effect::Slow {
        bytes_per_second: 16 * 1024,
    };
    let row = Row {
        name: "slow",
        fault: Fault::on(STRUCK_LIST, slow),
        outcome: Outcome::Unharmed,
        requests: 1,
    };
    table.check([row]).await;
}

#[actix_rt::test]
async fn windows_updates_without_their_licence_are_no_failure() {
    use PolicyKind::*;
    let updates = [
        (WindowsFeatureUpdate, "windowsFeatureUpdateProfiles"),
        (WindowsQualityUpdateProfile, "windowsQualityUpdateProfiles"),
        (WindowsQualityUpdatePolicy, "windowsQualityUpdatePolicies"),
        (WindowsDriverUpdate, "windowsDriverUpdateProfiles"),
    ];
    let app = TestApp::start().await;
    let mut kinds = updates.map(|(kind, _)| kind).to_vec();
    kinds.push(NEIGHBOUR);
    for (_, path) in updates {
        app.graph.fault(Fault::on(path, Effect::status(400)));
    }
    let run = app.backed_up(&app.schedule("Nightly", &kinds).await).await;
    assert_eq!(run.state.status(), RunStatus::Succeeded, "{:?}", run.state);
    for (kind, path) in updates {
        let result = app.result(&run, kind).await;
        assert_eq!(result.status, KindStatus::NotAvailable, "{kind}");
        assert!(
            result.failure.unwrap().message.contains("licence"),
            "{kind}"
        );
        assert!(app.requests(path).len() <= 2, "{kind}");
    }
    let set = app.set_of(&run).await.unwrap();
    assert!(set.is_complete);
    assert_eq!(set.scope.kinds, [NEIGHBOUR]);
}

/// B35
#[actix_rt::test]
async fn a_tenant_without_intune_is_told_so() {
    let app = TestApp::with(Setup {
        licensed: false,
        ..Setup::default()
    })
    .await;
    let of_intune = |kind: &PolicyKind| catalog::entry(*kind).is_of_intune();
    let intune: Vec<_> = PolicyKind::ALL.iter().copied().filter(of_intune).collect();
    let intune = app.schedule("Intune", &intune).await;
    let run = app.backed_up(&intune).await;
    assert_eq!(run.state.status(), RunStatus::Failed);
    assert_eq!(failure(&run).code, TenantNotLicensed);
    assert_eq!(app.set_of(&run).await, None);
    // One list says it for all of them.
    assert_eq!(app.requests("/").len(), 1);

    let both = app.schedule("Both", &[NEIGHBOUR, STRUCK]).await;
    let run = app.backed_up(&both).await;
    assert_eq!(run.state.status(), RunStatus::Succeeded, "{:?}", run.state);
    let intune = app.result(&run, STRUCK).await;
    assert_eq!(intune.status, KindStatus::NotAvailable);
    assert!(app.result(&run, NEIGHBOUR).await.items > 0);
}
