//! A plain client of one tenant, and simulations to point it at.

use std::sync::Arc;

use reqwest::{Client, Response};
use serde_json::Value;
use tenantatlas_simulator::{Simulator, SimulatorOptions, TenantSpec};
use uuid::Uuid;

/// A simulation and a client that is signed in to one of its tenants.
pub(crate) struct Scene {
    pub(crate) simulator: Arc<Simulator>,
    pub(crate) tenant: Uuid,
    http: Client,
    token: String,
}

/// A simulation with one tenant of so many objects.
pub(crate) async fn scene(policies: usize) -> Scene {
    scene_of(TenantSpec::numbered(7, 0, policies)).await
}

pub(crate) async fn scene_of(spec: TenantSpec) -> Scene {
    scene_with(SimulatorOptions {
        tenants: vec![spec],
        ..SimulatorOptions::default()
    })
    .await
}

pub(crate) async fn scene_with(options: SimulatorOptions) -> Scene {
    Scene::enter(Arc::new(Simulator::start(options).unwrap()), 0).await
}

pub(crate) fn http() -> Client {
    // The builder wants a TLS provider even for plain HTTP; a second installation is refused.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::new()
}

pub(crate) async fn request_token(http: &Client, url: &str, spec: &TenantSpec) -> Response {
    let form = [
        ("grant_type", "client_credentials".to_owned()),
        ("client_id", spec.client_id.to_string()),
        ("client_secret", spec.client_secret.clone()),
        ("scope", "https://graph.microsoft.com/.default".to_owned()),
    ];
    let url = format!("{url}/{}/oauth2/v2.0/token", spec.entra_tenant_id);
    http.post(url).form(&form).send().await.unwrap()
}

impl Scene {
    async fn enter(simulator: Arc<Simulator>, tenant: usize) -> Self {
        let http = http();
        let spec = simulator.tenants()[tenant].clone();
        let answer = request_token(&http, &simulator.url(), &spec).await;
        let token: Value = answer.json().await.unwrap();
        Self {
            tenant: spec.entra_tenant_id,
            token: token["access_token"].as_str().unwrap().to_owned(),
            simulator,
            http,
        }
    }

    /// The same simulation, seen by another tenant.
    pub(crate) async fn signed_in_as(&self, tenant: usize) -> Self {
        Self::enter(Arc::clone(&self.simulator), tenant).await
    }

    pub(crate) fn url(&self, path: &str) -> String {
        if path.starts_with("http") {
            return path.to_owned();
        }
        format!("{}{path}", self.simulator.url())
    }

    pub(crate) async fn send(&self, path: &str) -> Result<Response, reqwest::Error> {
        let request = self.http.get(self.url(path)).bearer_auth(&self.token);
        request.send().await
    }

    /// Status and body of a GET; the path begins with a slash, or is a whole link.
    pub(crate) async fn get(&self, path: &str) -> (u16, Value) {
        let answer = self.send(path).await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    pub(crate) async fn post_raw(&self, path: &str, body: &Value) -> Response {
        let request = self.http.post(self.url(path)).bearer_auth(&self.token);
        request.json(body).send().await.unwrap()
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        let answer = self.post_raw(path, body).await;
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    /// All elements of a list, page after page, and how many pages there were.
    pub(crate) async fn list(&self, path: &str) -> (Vec<Value>, usize) {
        let mut link = path.to_owned();
        let mut elements = Vec::new();
        for pages in 1.. {
            let (status, body) = self.get(&link).await;
            assert_eq!(status, 200, "{link}: {body}");
            elements.extend(body["value"].as_array().unwrap().iter().cloned());
            match body["@odata.nextLink"].as_str() {
                Some(next) => link = next.to_owned(),
                None => return (elements, pages),
            }
        }
        unreachable!("the loop ends only by returning")
    }
}
