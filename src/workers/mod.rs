//! Those who act: the supervisor that dispatches, the tenants' actors that carry runs out.
//!
//! ```text
//!   every minute, or by hand          a run is queued (API), a place is free
//!            │                                   │
//!            ▼                                   ▼
//!       Supervisor ── hint ──▶ TenantWorker ── claim ──▶ database: one running run per tenant
//!            ▲                       │
//!            └────── landed ◀────────┴── flight, in its own task: run_backup, then land
//! ```
//!
//! Actors coordinate; the work is plain functions. What to do is decided in `domain`, and the
//! database is the judge between servers: hints may be lost, and each tick offers again.

use actix::{Actor, Addr, Arbiter, MailboxError};

mod attempt_error;
mod attribution;
mod broken;
pub mod changes;
pub mod claims;
mod clearing;
mod compare;
pub mod credential_records;
pub mod credentials;
mod damage;
mod deps;
pub mod dispatch;
pub mod exports;
mod flight;
mod flights;
mod hold;
mod housekeeping;
pub mod keys;
mod land;
mod licence;
mod measures;
pub mod members;
mod pointers;
pub mod proof;
mod pulse;
mod read_kind;
mod read_object;
pub mod recovery;
mod references;
mod reporter;
mod run_backup;
mod scrub;
pub mod sets;
mod settings;
mod sides;
mod supervisor;
mod take_over;
mod tenant_worker;
pub mod tenants;
mod ticks;
pub mod tokens;
mod told;
mod warnings;

pub use deps::Deps;
pub use measures::Measures;
pub use pulse::Pulse;
pub use settings::{KeepSettings, WorkerSettings};

use self::{
    credentials::Verdict,
    dispatch::Decision,
    flights::Flights,
    pulse::Wrist,
    supervisor::{Cancelled, CountWorkers, DrainAll, Hint, Supervisor, Tick},
};
use crate::{
    domain::{
        credential::Credential,
        global_id::GlobalId,
        ids::{RunId, TenantId},
        tenant::Tenant,
    },
    store::StoreError,
    vault::{Vault, VaultError},
};

/// Orders that may wait for the supervisor.
const MAILBOX: usize = 1024;

/// The handle to everything that works. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Workers {
    supervisor: Addr<Supervisor>,
    arbiter: actix::ArbiterHandle,
    deps: Deps,
    flights: Flights,
    pulse: Wrist,
}

/// Why the workers did not answer.
#[derive(Debug, thiserror::Error)]
pub enum WorkersError {
    /// The supervisor has ended.
    #[error("the workers have stopped")]
    Stopped(#[source] MailboxError),
    /// The tick could not use the database.
    #[error("the tick could not use the database")]
    Store(#[from] StoreError),
}

impl Workers {
    /// Starts the supervisor on a thread of its own. It ticks from now on.
    pub fn start(deps: Deps, settings: WorkerSettings) -> Self {
        let arbiter = Arbiter::new().handle();
        let own = deps.clone();
        let (flights, pulse) = (Flights::default(), Wrist::default());
        let shared = (flights.clone(), pulse.clone());
        let supervisor = Supervisor::start_in_arbiter(&arbiter, move |ctx| {
            ctx.set_mailbox_capacity(MAILBOX);
            Supervisor::new(deps, settings, shared.0, shared.1)
        });
        Self {
            supervisor,
            arbiter,
            deps: own,
            flights,
            pulse,
        }
    }

    /// How they are.
    pub fn pulse(&self) -> Pulse {
        *self.pulse.borrow()
    }

    /// The runs that are in flight here.
    pub fn in_flight(&self) -> Vec<RunId> {
        self.flights.all()
    }

    /// The key that seals secrets.
    pub fn vault(&self) -> &Vault {
        &self.deps.vault
    }

    /// Tries a tenant's credential out, stored or not, with the client that the runs use.
    pub async fn try_out(
        &self,
        tenant: &Tenant,
        credential: &Credential,
    ) -> Result<Verdict, VaultError> {
        credentials::try_out(&self.deps.graph, &self.deps.vault, tenant, credential).await
    }

    /// Says that a run of a tenant is queued. Never waits; a lost hint is made good by the next tick.
    pub fn hint(&self, tenant: TenantId) {
        if let Err(error) = self.supervisor.try_send(Hint(tenant)) {
            tracing::debug!(tenant.id = %tenant.to_global(), %error, "a hint was dropped; the next tick offers the run again");
        }
    }

    /// Says that somebody asked for a run to stop, so that it need not be found out.
    pub fn cancel(&self, tenant: TenantId, run: RunId) {
        self.supervisor.do_send(Cancelled(tenant, run));
    }

    /// Makes one tick now.
    pub async fn tick(&self) -> Result<Vec<Decision>, WorkersError> {
        Ok(self
            .supervisor
            .send(Tick)
            .await
            .map_err(WorkersError::Stopped)??)
    }

    /// How many tenants have an actor.
    pub async fn count(&self) -> Result<usize, WorkersError> {
        self.supervisor
            .send(CountWorkers)
            .await
            .map_err(WorkersError::Stopped)
    }

    /// Stops ticking, lets runs land within the grace, hands the rest back to the queue.
    pub async fn stop(&self) {
        if let Err(error) = self.supervisor.send(DrainAll).await {
            tracing::warn!(%error, "the workers had stopped already");
        }
        self.arbiter.stop();
    }
}
