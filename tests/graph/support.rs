//! A simulated Graph with a client before it, whose waits take no time.

use std::{ops::Deref, sync::Arc};

use serde_json::{Value, json};
use tenantatlas::{
    clock::{Clock, ManualClock},
    domain::{kind::PolicyKind, tenant::Cloud},
    graph::{
        ClientSecret, Completed, Graph, GraphError, GraphSettings, Proof, TenantAccess,
        TenantGraph, catalog,
    },
};
use tenantatlas_simulator::{LoggedRequest, Simulator, SimulatorOptions, TenantSpec, TimeSource};
use uuid::Uuid;

pub(crate) struct World {
    pub(crate) simulator: Judged,
    pub(crate) graph: Graph,
    /// Stands still but for waits, which it makes pass at once.
    pub(crate) clock: ManualClock,
}

impl World {
    /// One tenant with about 120 objects of all kinds.
    pub(crate) fn start() -> Self {
        Self::with(|_| {}, |_| {})
    }

    pub(crate) fn with_settings(change: impl FnOnce(&mut GraphSettings)) -> Self {
        Self::with(|_| {}, change)
    }

    pub(crate) fn with_options(change: impl FnOnce(&mut SimulatorOptions)) -> Self {
        Self::with(change, |_| {})
    }

    fn with(
        change_options: impl FnOnce(&mut SimulatorOptions),
        change_settings: impl FnOnce(&mut GraphSettings),
    ) -> Self {
        let clock = ManualClock::eager("2026-09-28T04:12:31Z".parse().unwrap());
        let told = clock.clone();
        let mut options = SimulatorOptions {
            tenants: vec![TenantSpec::numbered(1, 0, 120)],
            // Waits that take no time shall still count as kept.
            time: TimeSource::new(move || told.now()),
            ..SimulatorOptions::default()
        };
        change_options(&mut options);
        let simulator = Simulator::start(options).unwrap();
        let url = Some(simulator.url().parse().unwrap());
        let mut settings = GraphSettings {
            graph_url: url.clone(),
            login_url: url,
            ..GraphSettings::default()
        };
        change_settings(&mut settings);
        Self {
            graph: Graph::start(settings, Arc::new(clock.clone())).unwrap(),
            simulator: Judged(simulator),
            clock,
        }
    }

    pub(crate) fn tenant_id(&self) -> Uuid {
        self.simulator.tenants()[0].entra_tenant_id
    }

    /// The door to the first tenant.
    pub(crate) fn door(&self) -> TenantGraph {
        self.door_of(0)
    }

    pub(crate) fn door_of(&self, number: usize) -> TenantGraph {
        self.graph.tenant(access(&self.simulator.tenants()[number]))
    }

    /// Requests to Graph, in order of arrival; sign-ins left out.
    pub(crate) fn requests(&self) -> Vec<LoggedRequest> {
        let mut requests = self.simulator.log();
        requests.retain(|request| !request.path.ends_with("/token"));
        requests
    }

    pub(crate) fn sign_ins(&self) -> usize {
        self.simulator.log().len() - self.requests().len()
    }

    /// Waits of the client so far, in seconds.
    pub(crate) fn waits(&self) -> Vec<f64> {
        let waits = self.clock.waits();
        waits.iter().map(|wait| wait.as_seconds_f64()).collect()
    }
}

/// A simulator whose clients have to behave, whatever else the test is about.
pub(crate) struct Judged(Simulator);

impl Deref for Judged {
    type Target = Simulator;

    fn deref(&self) -> &Simulator {
        &self.0
    }
}

impl Drop for Judged {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let violations = self.violations();
            assert!(violations.is_empty(), "{violations:#?}");
        }
    }
}

pub(crate) fn access(spec: &TenantSpec) -> TenantAccess {
    TenantAccess {
        entra_tenant_id: spec.entra_tenant_id,
        cloud: Cloud::Global,
        client_id: spec.client_id,
        proof: Proof::ClientSecret(ClientSecret::new(spec.client_secret.clone())),
        accepted_at: None,
    }
}

/// Every kind that an app may read. The last one is asked for all the same, and refused.
pub(crate) fn readable() -> impl Iterator<Item = PolicyKind> {
    let out_of_reach = [
        PolicyKind::TermsOfUse,
        PolicyKind::MobilityManagementPolicy,
        PolicyKind::InventoryPolicy,
    ];
    let kinds = PolicyKind::ALL.iter().copied();
    kinds.filter(move |kind| !out_of_reach.contains(kind))
}

/// The first object of a kind, read in full.
pub(crate) async fn first(door: &TenantGraph, kind: PolicyKind) -> Result<Completed, GraphError> {
    let listed = door.list(kind).await?.remove(0);
    door.complete(kind, listed).await
}

pub(crate) fn object(completed: Completed) -> Value {
    match completed {
        Completed::Object(object) => object,
        Completed::Vanished => panic!("the object vanished"),
    }
}

pub(crate) fn ids(objects: &[Value]) -> Vec<&str> {
    objects
        .iter()
        .map(|object| object["id"].as_str().unwrap())
        .collect()
}

/// The object of a kind with this id, as it is listed.
pub(crate) async fn listed(door: &TenantGraph, kind: PolicyKind, id: &str) -> Value {
    let objects = door.list(kind).await.unwrap();
    let found = objects.into_iter().find(|object| object["id"] == id);
    found.unwrap_or_else(|| panic!("{kind} {id} is not listed"))
}

impl World {
    /// Puts an object into the tenant, reads it in full and tells what that cost.
    pub(crate) async fn captured(
        &self,
        kind: PolicyKind,
        object: Value,
        parts: Value,
    ) -> (Value, Vec<String>) {
        let id = object["id"].as_str().unwrap().to_owned();
        let collection = catalog::entry(kind).list.rsplit('/').next().unwrap();
        self.simulator
            .insert(self.tenant_id(), collection, object, parts);
        let door = self.door();
        let listed = listed(&door, kind, &id).await;
        self.simulator.clear_log();
        let completed = door.complete(kind, listed).await.unwrap();
        let place = format!("/{collection}/{id}");
        let requests = self.requests().into_iter().map(|request| {
            let below = request.path.split_once(&place);
            below.map_or(request.path.clone(), |(_, below)| below.to_owned())
        });
        (self::object(completed), requests.collect())
    }
}

/// So many settings of a policy.
pub(crate) fn settings(count: usize) -> Value {
    let setting = |number| json!({"id": format!("{number}"), "settingInstance": {"settingDefinitionId": format!("d{number}")}});
    (0..count).map(setting).collect()
}
