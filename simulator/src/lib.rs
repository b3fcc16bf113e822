//! A simulated Microsoft Graph with its sign-in service, for tests and demonstrations.
//!
//! One server plays both hosts: `/{tenant}/oauth2/v2.0/token` signs in, `/beta/...` and
//! `/v1.0/...` are Graph. Its objects are made up from a seed or come from a corpus of real
//! policies. It fails on demand ([`Fault`]), enforces limits ([`Limits`]), holds requests
//! ([`Gate`]), remembers all of them ([`LoggedRequest`]) and says what its clients did wrong
//! ([`Violation`]). A user without code has the same through `/__sim`, see `control`.
//!
//! A request goes `server` → `world` (log, gates, faults, tokens, limit) → `routes` → `list` or
//! `item`, which read a `tenant` and show its objects through `render`; the items of a `batch` take
//! the same way. What exists is in `kind_table`, what it looks like in `generate`.

mod aadsts;
mod answer;
mod assertion;
mod audit;
mod backend;
mod batch;
mod change;
mod clock;
mod control;
mod corpus;
mod delivery;
mod directory;
mod drift;
mod errors;
mod fault_book;
mod fault_effects;
mod faults;
mod filter;
mod gate;
mod generate;
mod holdings;
mod identity;
mod issuer;
mod item;
mod judge;
mod kind_table;
mod kind_table_rare;
mod kinds;
mod licence;
mod limit;
mod list;
mod log;
mod odata;
mod options;
mod paging;
mod permissions;
mod render;
mod request;
mod routes;
mod server;
mod simulator;
mod sync;
mod tenant;
mod upheaval;
mod uri;
mod world;

pub use audit::Actor;
pub use clock::TimeSource;
pub use errors::ErrorForm;
pub use faults::{
    Effect, Encoding, ErrorInBody, Fault, FaultPlan, Hits, PagingLoop, RetryAfter, Truncation,
};
pub use gate::Gate;
pub use issuer::{Draft, Issuer, IssuerOptions, Person, Signer};
pub use judge::{Rule, Violation};
pub use licence::Licence;
pub use limit::{Limits, RequestLimit};
pub use log::LoggedRequest;
pub use options::{FederatedCredential, SimulatorOptions, TenantSpec};
pub use simulator::{Simulator, SimulatorError};
pub use tenant::StoredObject;
