//! The handle on a running simulation.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use serde_json::{Map, Value};
use uuid::Uuid;

use crate::{
    audit::{Actor, Deed, Touched},
    change,
    faults::Fault,
    gate::Gate,
    generate::SettingsCache,
    judge::Violation,
    kinds::{self, Kind},
    log::LoggedRequest,
    options::{SimulatorOptions, TenantSpec},
    server::{self, Server},
    sync::lock,
    tenant::{StoredObject, Tenant},
    world::World,
};

/// A running simulation. Dropping it stops the server.
///
/// Methods that take a tenant, a collection or an id panic if there is none: a test that names what
/// does not exist tests nothing. Collections have the names of their paths' last segments, except
/// `conditionalAccessPolicies` and the single `deviceManagement`.
#[derive(Debug)]
pub struct Simulator {
    world: Arc<World>,
    address: SocketAddr,
    _server: Server,
    tenants: Vec<TenantSpec>,
    actor: Mutex<Actor>,
}

/// The simulation could not be started.
#[derive(Debug, thiserror::Error)]
pub enum SimulatorError {
    /// The address can not be listened on.
    #[error("could not listen on {listen}")]
    Listen {
        listen: SocketAddr,
        #[source]
        source: std::io::Error,
    },
    /// The thread of the server ended before it listened.
    #[error("the simulator's thread ended before it listened")]
    Died,
    /// A key of the issuer is none, or there is no randomness to make one.
    #[error("the issuer's keys could not be made")]
    Keys,
}

impl Simulator {
    /// Starts a simulation; it listens when this returns.
    pub fn start(options: SimulatorOptions) -> Result<Self, SimulatorError> {
        let (listener, address) = server::listen(options.listen)?;
        let tenants = options.tenants.clone();
        let world = Arc::new(World::new(options));
        let served = Arc::clone(&world);
        let serve = |listener| server::serve(listener, served);
        Ok(Self {
            _server: Server::start(listener, address, "graph-simulator", serve)?,
            address,
            world,
            tenants,
            actor: Mutex::default(),
        })
    }

    /// Root of both the sign-in host and the Graph host, without a slash at its end.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The tenants as they were specified.
    pub fn tenants(&self) -> &[TenantSpec] {
        &self.tenants
    }

    /// All requests since the start or the last [`Self::clear_log`], in order of arrival.
    pub fn log(&self) -> Vec<LoggedRequest> {
        self.world.log.all()
    }

    /// Forgets all logged requests.
    pub fn clear_log(&self) {
        self.world.log.clear();
    }

    /// What clients did wrong since the start or the last [`Self::clear_log`].
    pub fn violations(&self) -> Vec<Violation> {
        self.world.violations()
    }

    /// Lets everything that was refused so far be asked again, as by a new run.
    pub fn forgive_refusals(&self) {
        self.world.log.forgive();
    }

    /// Moves the simulation's clock ahead: tokens end, limits are forgotten.
    pub fn pass(&self, length: Duration) {
        self.world.clock.skip(length);
    }

    /// Adds a fault behind those of the plan.
    pub fn fault(&self, fault: Fault) {
        self.world.faults.add(fault);
    }

    /// Removes all faults, those of the plan as well.
    pub fn clear_faults(&self) {
        self.world.faults.clear();
    }

    /// Holds all requests whose decoded path contains `path_part` (or matches it, if it has a `*`)
    /// until the gate is opened or dropped. The items of a batch are held one by one.
    pub fn hold(&self, path_part: &str) -> Gate {
        self.world.gates.add(path_part, None)
    }

    /// As [`Self::hold`], for the requests of one tenant.
    pub fn hold_tenant(&self, tenant: Uuid, path_part: &str) -> Gate {
        self.world.gates.add(path_part, Some(tenant))
    }

    /// From now on it is this actor whom the audit log names for what the methods below change.
    /// Before, it is a person, `admin@contoso.example`.
    pub fn act_as(&self, actor: Actor) {
        *lock(&self.actor) = actor;
    }

    /// Moves all tenants to another day. Going back to an earlier one forgets what was changed by
    /// hand.
    pub fn move_to_day(&self, day: u32) {
        for tenant in self.world.tenants() {
            tenant.move_to(day, self.world.now());
        }
    }

    /// Changes an object and moves its marker. The closure sees the item as a GET of it shows it,
    /// without parts.
    pub fn edit(&self, tenant: Uuid, collection: &str, id: &str, change: impl FnOnce(&mut Value)) {
        let (tenant, kind) = self.place(tenant, collection);
        let touched = touched(tenant, kind, id);
        let found = tenant.edit(kind, id, |stored| {
            let mut whole = change::joined(&stored.object, stored.content());
            change(&mut whole);
            let content = stored
                .parts
                .get_mut("content")
                .and_then(Value::as_object_mut);
            change::split(whole, &mut stored.object, content);
        });
        assert!(found, "there is no {id} among the {collection}");
        self.record(Deed::Patch, tenant, kind, touched);
    }

    /// Changes the parts of an object and moves its marker. `settingCount` follows the settings.
    pub fn edit_parts(
        &self,
        tenant: Uuid,
        collection: &str,
        id: &str,
        change: impl FnOnce(&mut Value),
    ) {
        let (tenant, kind) = self.place(tenant, collection);
        let touched = touched(tenant, kind, id);
        let found = tenant.edit(kind, id, |stored| {
            SettingsCache::make(stored);
            change(&mut stored.parts);
            let count = stored
                .part("settings")
                .and_then(Value::as_array)
                .map(Vec::len);
            let counted = stored.object.get_mut("settingCount");
            if let (Some(count), Some(member)) = (count, counted) {
                *member = count.into();
            }
        });
        assert!(found, "there is no {id} among the {collection}");
        self.record(Deed::Patch, tenant, kind, touched);
    }

    /// Replaces the assignments of an object; moves no marker.
    pub fn reassign(&self, tenant: Uuid, collection: &str, id: &str, assignments: Value) {
        let (tenant, kind) = self.place(tenant, collection);
        let touched = touched(tenant, kind, id);
        let found = tenant.change(kind, id, |stored| {
            if let Some(parts) = stored.parts.as_object_mut() {
                parts.insert("assignments".to_owned(), assignments);
            }
        });
        assert!(found, "there is no {id} among the {collection}");
        self.record(Deed::Assign, tenant, kind, touched);
    }

    /// Adds an object at the end of its list.
    pub fn insert(&self, tenant: Uuid, collection: &str, object: Value, parts: Value) {
        let (tenant, kind) = self.place(tenant, collection);
        let parts = if parts.is_object() {
            parts
        } else {
            Map::new().into()
        };
        let stored = StoredObject { object, parts };
        let touched = Touched::of(&stored);
        tenant.insert(kind, stored);
        self.record(Deed::Create, tenant, kind, Some(touched));
    }

    /// Removes an object.
    pub fn remove(&self, tenant: Uuid, collection: &str, id: &str) {
        let (tenant, kind) = self.place(tenant, collection);
        let touched = touched(tenant, kind, id);
        let found = tenant.remove(kind, id);
        assert!(found, "there is no {id} among the {collection}");
        self.record(Deed::Delete, tenant, kind, touched);
    }

    /// The objects of a collection as they are kept, in the order of the list.
    pub fn objects(&self, tenant: Uuid, collection: &str) -> Vec<StoredObject> {
        let (tenant, kind) = self.place(tenant, collection);
        let objects = tenant.objects(kind);
        objects
            .into_iter()
            .map(|stored| Arc::unwrap_or_clone(tenant.whole(stored)))
            .collect()
    }

    /// Ends all tokens given out so far.
    pub fn expire_tokens(&self) {
        self.world.tokens.expire();
    }

    /// The claims that tokens were asked for with, each as it was sent, in order.
    pub fn claims_asked(&self) -> Vec<String> {
        self.world.tokens.claims_asked()
    }

    /// From now on refuses the tenant's credential with this AADSTS code. Tokens given out hold on.
    pub fn refuse_credential(&self, tenant: Uuid, aadsts_code: u32) {
        self.tenant(tenant).refuse_credential(Some(aadsts_code));
    }

    /// Ends [`Self::refuse_credential`].
    pub fn accept_credential(&self, tenant: Uuid) {
        self.tenant(tenant).refuse_credential(None);
    }

    /// Replaces the application permissions. Effective at once, also for tokens given out.
    pub fn permissions(&self, tenant: Uuid, permissions: Vec<String>) {
        self.tenant(tenant).grant(permissions);
    }

    fn record(&self, deed: Deed, tenant: &Tenant, kind: &'static Kind, touched: Option<Touched>) {
        let actor = lock(&self.actor).clone();
        if let Some(touched) = touched {
            tenant.record(&actor, deed, kind, &touched, self.world.now());
        }
    }

    #[expect(clippy::expect_used, reason = "see the type: a test's mistake")]
    fn tenant(&self, id: Uuid) -> &Tenant {
        self.world.tenant(id).expect("a tenant of this simulation")
    }

    #[expect(clippy::expect_used, reason = "see the type: a test's mistake")]
    fn place(&self, tenant: Uuid, collection: &str) -> (&Tenant, &'static Kind) {
        let kind = kinds::named(collection).expect("a collection that is served");
        (self.tenant(tenant), kind)
    }
}

/// What the audit log calls an object, as it is before a change.
fn touched(tenant: &Tenant, kind: &'static Kind, id: &str) -> Option<Touched> {
    tenant.object(kind, id).map(|stored| Touched::of(&stored))
}
