//! What an application, a tenant or a version may not have.

use std::time::Duration;

use tenantatlas_simulator::{Licence, RequestLimit, SimulatorOptions, TenantSpec};

use crate::client::{Scene, scene, scene_of, scene_with};

#[actix_rt::test]
async fn scripts_want_a_permission_of_their_own() {
    let scene = scene(38).await;
    scene.simulator.permissions(
        scene.tenant,
        vec!["DeviceManagementConfiguration.ReadWrite.All".to_owned()],
    );
    assert_eq!(
        scene
            .get("/beta/deviceManagement/deviceConfigurations")
            .await
            .0,
        200
    );
    let (status, body) = scene
        .get("/beta/deviceManagement/deviceManagementScripts")
        .await;
    assert_eq!(status, 403);
    assert_eq!(body["error"]["code"], "Forbidden");
    let text = body["error"]["message"].as_str().unwrap();
    assert!(
        text.contains(
            "scopes: DeviceManagementScripts.Read.All, DeviceManagementScripts.ReadWrite.All"
        ),
        "{text}"
    );
    let (status, body) = scene.get("/v1.0/groups").await;
    assert_eq!(
        (status, &body["error"]["code"]),
        (403, &"Authorization_RequestDenied".into())
    );
}

#[actix_rt::test]
async fn without_a_licence_only_the_directory_answers() {
    let mut spec = TenantSpec::numbered(7, 0, 38);
    spec.licensed = false;
    let scene = scene_of(spec).await;
    let (status, body) = scene
        .get("/beta/deviceManagement/deviceConfigurations")
        .await;
    assert_eq!(
        (status, &body["error"]["message"]),
        (400, &"Request not applicable to target tenant.".into())
    );
    assert_eq!(
        scene
            .get("/beta/identity/conditionalAccess/policies")
            .await
            .0,
        200
    );
}

#[actix_rt::test]
async fn what_is_not_there_is_refused_in_the_usual_words() {
    let scene = scene(38).await;
    for (path, status, code) in [
        (
            "/v1.0/deviceManagement/configurationPolicies",
            400,
            "BadRequest",
        ),
        ("/beta/deviceManagement/unheardOf", 400, "BadRequest"),
        (
            "/beta/deviceManagement/intents/unknown",
            404,
            "ResourceNotFound",
        ),
        (
            "/beta/deviceManagement/intents?$filter=odd%20one",
            400,
            "BadRequest",
        ),
        (
            "/beta/deviceManagement/intents?$expand=odd",
            400,
            "BadRequest",
        ),
        ("/deviceManagement/intents", 404, "BadRequest"),
    ] {
        let (found, body) = scene.get(path).await;
        assert_eq!(
            (found, &body["error"]["code"]),
            (status, &code.into()),
            "{path}"
        );
    }
    assert_eq!(
        scene
            .post("/beta/deviceManagement/intents", &serde_json::json!({}))
            .await
            .0,
        405
    );
}

#[actix_rt::test]
async fn the_older_version_knows_no_scope_tags() {
    let scene = scene(38).await;
    let (beta, _) = scene
        .list("/beta/deviceManagement/deviceConfigurations")
        .await;
    assert!(beta[0]["roleScopeTagIds"].is_array());
    let (older, _) = scene
        .list("/v1.0/deviceManagement/deviceConfigurations")
        .await;
    assert!(older[0].get("roleScopeTagIds").is_none());
}

#[actix_rt::test]
async fn a_limit_is_enforced_for_each_tenant_alone() {
    let limit = RequestLimit {
        requests: 3,
        window: Duration::from_secs(3600),
    };
    let scene = scene_with(SimulatorOptions {
        tenants: vec![TenantSpec::numbered(7, 0, 0), TenantSpec::numbered(7, 1, 0)],
        limits: limit.into(),
        ..SimulatorOptions::default()
    })
    .await;
    let mut announced = 0;
    let mut refused = 0;
    for _ in 0..13 {
        let answer = scene.send("/beta/deviceManagement/intents").await.unwrap();
        if answer.status() == 429 {
            refused += 1;
            announced += usize::from(answer.headers().contains_key("retry-after"));
        }
    }
    assert_eq!((refused, announced), (10, 4));
    let neighbour = scene.signed_in_as(1).await;
    assert_eq!(neighbour.get("/beta/deviceManagement/intents").await.0, 200);
}

#[actix_rt::test]
async fn answers_carry_the_headers_by_which_they_are_traced() {
    let scene = scene(0).await;
    let answer = scene.send("/beta/deviceManagement/intents").await.unwrap();
    for name in [
        "request-id",
        "client-request-id",
        "x-ms-ags-diagnostic",
        "date",
        "odata-version",
    ] {
        assert!(answer.headers().contains_key(name), "{name}");
    }
    let kind = answer.headers()["content-type"].to_str().unwrap();
    assert!(kind.starts_with("application/json;odata.metadata=minimal"));
}

async fn without(licence: Licence) -> Scene {
    let mut spec = TenantSpec::numbered(7, 0, 100);
    spec.lacks = vec![licence];
    scene_of(spec).await
}

#[actix_rt::test]
async fn a_missing_licence_is_said_where_it_is_needed_and_nowhere_else() {
    let dear = [
        (
            Licence::Windows365,
            "/beta/deviceManagement/virtualEndpoint/provisioningPolicies",
            403,
        ),
        (
            Licence::Windows365,
            "/v1.0/deviceManagement/virtualEndpoint/deviceImages",
            403,
        ),
        (
            Licence::CloudPki,
            "/beta/deviceManagement/cloudCertificationAuthority",
            403,
        ),
        (
            Licence::Tunnel,
            "/beta/deviceManagement/microsoftTunnelSites",
            403,
        ),
        (
            Licence::WindowsEnterprise,
            "/beta/deviceManagement/windowsFeatureUpdateProfiles",
            400,
        ),
        (
            Licence::WindowsEnterprise,
            "/beta/deviceManagement/deviceHealthScripts",
            403,
        ),
        (
            Licence::EntraP1,
            "/beta/identity/conditionalAccess/policies",
            403,
        ),
        (
            Licence::EntraP1,
            "/v1.0/identity/conditionalAccess/authenticationContextClassReferences",
            403,
        ),
    ];
    for (licence, path, status) in dear {
        let scene = without(licence).await;
        let (found, body) = scene.get(path).await;
        assert_eq!(found, status, "{path}");
        let text = body["error"]["message"].as_str().unwrap();
        assert!(
            text.contains("licens") && !text.contains("not applicable to target tenant"),
            "{text}"
        );
        for (other, path, _) in dear {
            if other != licence {
                assert_eq!(scene.get(path).await.0, 200, "{path} without {licence:?}");
            }
        }
    }
}
