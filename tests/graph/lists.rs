//! Lists: whole, without what is left out, or an error.

use serde_json::{Value, json};
use tenantatlas::{
    domain::{failure::FailureCode, kind::PolicyKind},
    graph::{GraphError, PagingFault, catalog},
};
use tenantatlas_simulator::{Effect, ErrorForm, Fault, PagingLoop, TenantSpec};

use crate::support::{World, ids, readable};

fn collection(kind: PolicyKind) -> &'static str {
    let list = catalog::entry(kind).list;
    match list.rsplit('/').next().unwrap() {
        "policies" => "conditionalAccessPolicies",
        "partners" => "crossTenantAccessPartners",
        "localizations" => "brandingLocalizations",
        name => name,
    }
}

/// Whether an object that Graph keeps is none of the tenant's own.
fn is_left_out(kind: PolicyKind, object: &Value) -> bool {
    let fixed = [
        (
            PolicyKind::CompliancePartner,
            "partnerState",
            json!("unknown"),
        ),
        (
            PolicyKind::DeviceManagementPartner,
            "isConfigured",
            json!(false),
        ),
        (
            PolicyKind::RemoteAssistancePartner,
            "onboardingStatus",
            json!("notOnboarded"),
        ),
        (PolicyKind::Remediation, "isGlobalScript", json!(true)),
        (PolicyKind::RoleDefinition, "isBuiltIn", json!(true)),
        (
            PolicyKind::AuthenticationStrength,
            "policyType",
            json!("builtIn"),
        ),
        (
            PolicyKind::NotificationTemplate,
            "displayName",
            json!("EnrollmentNotificationInternalMEO"),
        ),
    ];
    let is_unused_app = kind == PolicyKind::MobileApp
        && object["appAvailability"] == "global"
        && object["isAssigned"] != true;
    let is_fixed =
        |(of, member, value): &(PolicyKind, &str, Value)| *of == kind && object[*member] == *value;
    is_unused_app || fixed.iter().any(is_fixed)
}

/// The member of each object; none where it has none.
fn values<'a>(objects: &'a [Value], member: &str) -> Vec<Option<&'a str>> {
    objects
        .iter()
        .map(|object| object[member].as_str())
        .collect()
}

#[tokio::test]
async fn what_no_app_can_read_is_never_asked_for() {
    let world = World::start();
    for kind in [PolicyKind::TermsOfUse, PolicyKind::MobilityManagementPolicy] {
        let error = world.door().list(kind).await.unwrap_err();
        assert!(matches!(error, GraphError::NotAvailable { .. }), "{error}");
    }
    assert!(world.requests().is_empty());
    assert_eq!(world.sign_ins(), 0);
}

#[tokio::test]
async fn a_list_that_graph_keeps_to_itself_is_not_available() {
    let world = World::start();
    let listed = world.door().list(PolicyKind::InventoryPolicy).await;
    let error = listed.unwrap_err();
    assert!(matches!(error, GraphError::NotAvailable { .. }), "{error}");
}

#[tokio::test]
async fn what_was_never_set_up_is_no_failure() {
    // So small a tenant has neither.
    let world = World::with_options(|options| options.tenants[0].policies = 40);
    for kind in [
        PolicyKind::ApplePushCertificate,
        PolicyKind::OrganizationalBranding,
    ] {
        assert_eq!(
            world.door().list(kind).await.unwrap(),
            Vec::<Value>::new(),
            "{kind}"
        );
        assert_eq!(world.requests().last().unwrap().status, 404, "{kind}");
    }
}

/// B10
#[tokio::test]
async fn every_kind_is_listed_whole() {
    let world = World::with_options(|options| {
        options.tenants = vec![TenantSpec::numbered(7, 0, 2000)];
    });
    let door = world.door();
    for kind in readable() {
        let id = catalog::entry(kind).id;
        let kept = |collection| world.simulator.objects(world.tenant_id(), collection);
        let mut stored = kept(collection(kind));
        if kind == PolicyKind::CrossTenantAccess {
            stored.extend(kept("crossTenantAccessDefault"));
        }
        let mut own: Vec<_> = stored.into_iter().map(|it| it.object).collect();
        own.retain(|object| !is_left_out(kind, object));
        let listed = door.list(kind).await.unwrap();
        let (mut listed, mut own) = (values(&listed, id), values(&own, id));
        listed.sort_unstable();
        own.sort_unstable();
        own.dedup();
        assert!(!listed.is_empty(), "{kind}");
        assert_eq!(listed, own, "{kind}");
    }
}

/// B11
#[tokio::test]
async fn listed_objects_carry_no_annotations_but_types() {
    let world = World::start();
    for kind in readable() {
        for object in world.door().list(kind).await.unwrap() {
            let names = object.as_object().unwrap().keys();
            let annotations: Vec<_> = names.filter(|name| name.contains('@')).collect();
            assert!(
                annotations.iter().all(|name| *name == "@odata.type"),
                "{annotations:?}"
            );
        }
    }
}

/// B70
#[tokio::test]
async fn a_repeated_object_is_listed_once() {
    let world = World::with_options(|options| options.tenants[0].policies = 800);
    let whole = world
        .door()
        .list(PolicyKind::SettingsCatalog)
        .await
        .unwrap();
    world.simulator.fault(Fault::on(
        "/configurationPolicies",
        Effect::DuplicateAcrossPages,
    ));
    let repeated = world
        .door()
        .list(PolicyKind::SettingsCatalog)
        .await
        .unwrap();
    assert_eq!(ids(&repeated), ids(&whole));
}

/// B71, B72
#[tokio::test]
async fn a_list_without_end_is_an_error() {
    for (effect, fault, most_requests) in [
        (PagingLoop::ToItself, PagingFault::Loop, 2),
        (PagingLoop::CycleOfTwo, PagingFault::Loop, 3),
        (PagingLoop::ForeignHost, PagingFault::ForeignLink, 1),
        (PagingLoop::OtherVersion, PagingFault::ForeignLink, 1),
        (PagingLoop::EmptyPages, PagingFault::EmptyPages, 7),
    ] {
        let world = World::start();
        world
            .simulator
            .fault(Fault::on("/deviceConfigurations", Effect::NextLink(effect)));
        let error = world
            .door()
            .list(PolicyKind::DeviceConfiguration)
            .await
            .unwrap_err();
        assert!(
            matches!(&error, GraphError::Incomplete(met) if *met == fault),
            "{effect:?} {error}"
        );
        assert_eq!(error.failure().code, FailureCode::Unknown);
        assert!(world.requests().len() <= most_requests, "{effect:?}");
    }
}

/// B75
#[tokio::test]
async fn an_empty_list_is_empty() {
    let world = World::start();
    world
        .simulator
        .fault(Fault::on("/deviceCategories", Effect::EmptyList));
    assert!(
        world
            .door()
            .list(PolicyKind::DeviceCategory)
            .await
            .unwrap()
            .is_empty()
    );
}

/// B13, B52
#[tokio::test]
async fn a_refused_expansion_is_left_out() {
    for status in [400, 504] {
        let world = World::start();
        let kind = PolicyKind::DeviceConfiguration;
        let whole = world.door().list(kind).await.unwrap();
        let refused = Fault::on("*/deviceConfigurations", Effect::status(status)).query("$expand");
        world.simulator.fault(refused);
        let plain = world.door().list(kind).await.unwrap();
        assert_eq!(ids(&plain), ids(&whole));
        assert!(
            plain
                .iter()
                .all(|object| object.get("assignments").is_none())
        );
    }
}

/// B35
#[tokio::test]
async fn a_tenant_without_licence_is_no_failure() {
    let world = World::with_options(|options| options.tenants[0].licensed = false);
    let door = world.door();
    for kind in [
        PolicyKind::DeviceCompliancePolicy,
        PolicyKind::TenantSettings,
        PolicyKind::MobileApp,
    ] {
        let error = door.list(kind).await.unwrap_err();
        assert!(matches!(error, GraphError::NotLicensed), "{error}");
        assert!(error.not_available().is_some());
        assert_eq!(error.failure().code, FailureCode::TenantNotLicensed);
    }
    assert_eq!(world.requests().len(), 3);
    assert!(door.list(PolicyKind::NamedLocation).await.is_ok());
}

#[tokio::test]
async fn refusals_that_a_kind_expects_are_no_failures() {
    let world = World::start();
    let door = world.door();
    world.simulator.fault(Fault::on(
        "/windowsFeatureUpdateProfiles",
        Effect::status(400),
    ));
    world
        .simulator
        .fault(Fault::on("/deviceHealthScripts", Effect::Denied));
    world
        .simulator
        .fault(Fault::on("/depOnboardingSettings", Effect::NotFound));
    for kind in [PolicyKind::WindowsFeatureUpdate, PolicyKind::Remediation] {
        let error = door.list(kind).await.unwrap_err();
        assert!(
            error
                .not_available()
                .is_some_and(|reason| reason.contains("licence")),
            "{error}"
        );
    }
    assert!(
        door.list(PolicyKind::AppleEnrollmentToken)
            .await
            .unwrap()
            .is_empty()
    );

    world
        .simulator
        .fault(Fault::on("/deviceCategories", Effect::NotFound));
    let error = door.list(PolicyKind::DeviceCategory).await.unwrap_err();
    assert!(error.not_available().is_none());
    assert_eq!(error.failure().code, FailureCode::Unknown);
}

/// B33, B34
#[tokio::test]
async fn a_missing_permission_is_named_whoever_names_it() {
    let world = World::start();
    let door = world.door();
    for (form, scopes) in [(ErrorForm::A, "X.Read.All"), (ErrorForm::B, "Y.Read.All")] {
        world.simulator.clear_faults();
        world.simulator.clear_log();
        let effect = Effect::Forbidden {
            scopes: vec![scopes.to_owned()],
            form,
        };
        world
            .simulator
            .fault(Fault::on("/deviceManagementScripts", effect));
        let failure = door
            .list(PolicyKind::PowershellScript)
            .await
            .unwrap_err()
            .failure();
        assert_eq!(failure.code, FailureCode::PermissionMissing);
        assert!(failure.message.contains(scopes), "{}", failure.message);
    }
    world
        .simulator
        .fault(Fault::on("/conditionalAccess/policies", Effect::Denied));
    let failure = door
        .list(PolicyKind::ConditionalAccessPolicy)
        .await
        .unwrap_err()
        .failure();
    assert_eq!(failure.code, FailureCode::PermissionMissing);
    assert!(
        failure.message.contains("Policy.Read.All"),
        "{}",
        failure.message
    );
}

#[tokio::test]
async fn a_permission_that_is_not_granted_costs_no_request() {
    let world = World::with_options(|options| {
        let granted = ["DeviceManagementConfiguration.ReadWrite.All".to_owned()];
        options.tenants[0].permissions = Some(granted.into());
    });
    let door = world.door();
    door.list(PolicyKind::DeviceConfiguration).await.unwrap();
    let error = door.list(PolicyKind::ShellScript).await.unwrap_err();
    assert!(
        error
            .failure()
            .message
            .contains("DeviceManagementScripts.Read.All"),
        "{error}"
    );
    assert!(
        world
            .requests()
            .iter()
            .all(|request| !request.path.contains("Scripts"))
    );
}
