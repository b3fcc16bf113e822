//! What a simulation consists of.

use std::{
    fmt,
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    time::Duration,
};

use uuid::Uuid;

use crate::{
    clock::TimeSource,
    faults::FaultPlan,
    generate::seeds,
    licence::Licence,
    limit::{Limits, RequestLimit},
};

/// A simulation.
#[derive(Clone, Debug)]
pub struct SimulatorOptions {
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Two simulations with the same seed hold the same objects.
    pub seed: u64,
    pub tenants: Vec<TenantSpec>,
    /// The day that the tenants show: day 0 with the changes of so many days.
    pub day: u32,
    /// How many of a hundred objects change every day; one at least.
    pub drift_percent: u32,
    /// Added to each answer; once for a whole batch.
    pub latency: Duration,
    /// The limits that are enforced for each tenant.
    pub limits: Limits,
    /// Another application that uses Intune in each tenant at this rate, out of what is shared.
    pub neighbour: Option<RequestLimit>,
    /// More requests of one tenant in flight than these are a violation.
    pub most_in_flight: Option<usize>,
    /// Where the time comes from.
    pub time: TimeSource,
    pub faults: FaultPlan,
}

impl Default for SimulatorOptions {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            seed: 1,
            tenants: Vec::new(),
            day: 0,
            drift_percent: 1,
            latency: Duration::ZERO,
            limits: Limits::None,
            neighbour: None,
            most_in_flight: None,
            time: TimeSource::default(),
            faults: FaultPlan::default(),
        }
    }
}

/// One simulated tenant with the application that may read it.
#[derive(Clone)]
pub struct TenantSpec {
    pub name: String,
    pub entra_tenant_id: Uuid,
    pub client_id: Uuid,
    pub client_secret: String,
    /// Certificates of the application, in DER.
    pub certificates: Vec<Vec<u8>>,
    /// Whose tokens the application accepts in place of a credential of its own.
    pub federated: Vec<FederatedCredential>,
    /// Roughly how many objects of the 38 common kinds are made up. From 38 on there is one of each
    /// at least. From 100 on there is, on top of them, one of each rarer kind and of each partition
    /// at least.
    pub policies: usize,
    /// Settings of each made-up settings catalog policy; a few of varying number if absent. Given
    /// ones are made when they are asked for and not kept, so that there may be many.
    pub settings_per_policy: Option<usize>,
    /// Whether there are objects with awkward names and contents among the others.
    pub awkward: bool,
    /// A directory of real policies, `<collection>/<name>.json`. Kinds that it lacks get a few
    /// made-up objects if `policies` is not 0.
    pub corpus: Option<PathBuf>,
    /// Whether the tenant has an Intune licence.
    pub licensed: bool,
    /// Further licences that the tenant has not got.
    pub lacks: Vec<Licence>,
    /// Application permissions; all that are needed if absent.
    pub permissions: Option<Vec<String>>,
}

/// A federated credential of an application. Tokens are compared with it letter by letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FederatedCredential {
    pub issuer: String,
    pub subject: String,
    pub audience: String,
}

const NAMES: [&str; 12] = [
    "Contoso",
    "Fabrikam",
    "Northwind Traders",
    "Adventure Works",
    "Tailspin Toys",
    "Wide World Importers",
    "Proseware",
    "Litware",
    "Alpine Ski House",
    "Woodgrove Bank",
    "Coho Winery",
    "Graphic Design Institute",
];

impl TenantSpec {
    /// The `n`th demonstration tenant of a seed, counted from 0: licensed, with all permissions.
    pub fn numbered(seed: u64, n: usize, policies: usize) -> Self {
        let id = |what: &str| seeds::id(&[&seed.to_string(), what, &n.to_string()]);
        let name = NAMES.get(n % NAMES.len()).copied().unwrap_or_default();
        Self {
            name: match n / NAMES.len() {
                0 => name.to_owned(),
                round => format!("{name} {}", round + 1),
            },
            entra_tenant_id: id("tenant"),
            client_id: id("client"),
            client_secret: format!("simulated~{}", id("secret").simple()),
            certificates: Vec::new(),
            federated: Vec::new(),
            policies,
            settings_per_policy: None,
            awkward: false,
            corpus: None,
            licensed: true,
            lacks: Vec::new(),
            permissions: None,
        }
    }
}

impl fmt::Debug for TenantSpec {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("TenantSpec")
            .field("name", &self.name)
            .field("entra_tenant_id", &self.entra_tenant_id)
            .field("policies", &self.policies)
            .field("corpus", &self.corpus)
            .finish_non_exhaustive()
    }
}
