//! Microsoft Graph: the one room that talks to it.
//!
//! [`Graph`] is shared by the whole process; [`TenantGraph`] is one tenant's door for one run. The
//! room knows how to sign in, to wait, to repeat, to follow pages and to complete an object; what
//! is read for which kind stands in the [`catalog`]. It knows nothing of runs, storage or people.
//!
//! Requests are sent and answers are read on threads of the room's own, because a connection is
//! driven by the threads that opened it: on an actor's thread one busy actor would stall others.

mod access;
mod assertion;
mod batch;
mod body;
pub mod catalog;
mod certificate;
mod challenge;
mod condition;
mod door;
mod error;
mod follow_up;
#[cfg(any(test, feature = "fuzzing"))]
pub mod fuzzing;
mod http;
mod lane;
mod link;
mod listing;
mod look_up;
mod measures;
mod memo;
mod numbers;
mod packer;
mod paging;
mod preflight;
mod reach;
mod refusal;
mod retry;
mod settings;
mod sign_in;
mod sign_in_refusal;
mod throttle;
mod token;
mod window;

use std::{collections::HashMap, future::Future, sync::Arc};

use chrono::{DateTime, Utc};
use prometheus_client::registry::Registry;
use serde_json::Value;
use tokio::{
    runtime::{Builder, Handle, Runtime},
    task::JoinSet,
};
use tracing::Instrument;
use uuid::Uuid;

pub use access::{ClientSecret, Proof, TenantAccess};
pub use assertion::{Audience, Federation, ProofFault};
pub use body::BodyFault;
pub use certificate::{Certificate, CertificateFault};
pub use challenge::Challenge;
pub use error::{Breakdown, GraphError, PagingFault};
pub use look_up::MOST_GROUPS;
pub use reach::Reached;
pub use settings::{GraphSettings, Rate, Rates};
pub use sign_in_refusal::SignInRefusal;
pub use token::Granted;

use self::{
    catalog::entry,
    door::Door,
    http::Http,
    link::Link,
    measures::Measures,
    throttle::Throttle,
    token::{Need, Tokens},
};
use crate::{
    clock::{Clock, SteadyClock},
    domain::{attribution::AuditTrail, kind::PolicyKind, run::Calls},
};

/// Access to Graph for all tenants. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Graph(Arc<Room>);

#[derive(Debug)]
struct Room {
    settings: GraphSettings,
    /// What the other side's clock is compared with.
    wall: Arc<dyn Clock>,
    /// What requests are paced by. It is steady: a wall clock that is set back must not hold them up.
    pacing: Arc<dyn Clock>,
    http: Http,
    throttle: Throttle,
    tokens: Tokens,
    measures: Arc<Measures>,
    threads: Threads,
}

impl Graph {
    /// Starts the room's threads. The clock tells the time and is waited on.
    pub fn start(settings: GraphSettings, wall: Arc<dyn Clock>) -> Result<Self, GraphError> {
        let pacing: Arc<dyn Clock> = Arc::new(SteadyClock::over(Arc::clone(&wall)));
        let measures = Arc::<Measures>::default();
        let throttle = Throttle::new(settings.rates, Arc::clone(&pacing), Arc::clone(&measures));
        Ok(Self(Arc::new(Room {
            http: Http::new(&settings)?,
            throttle: throttle.ok_or(GraphError::Rate)?,
            tokens: Tokens::default(),
            measures,
            threads: Threads::start(settings.runtime_threads)?,
            settings,
            wall,
            pacing,
        })))
    }

    /// The door to a tenant, for one run.
    pub fn tenant(&self, access: TenantAccess) -> TenantGraph {
        let link = Link::new(Arc::clone(&self.0), access);
        TenantGraph(Arc::new(Door::new(Arc::new(link))))
    }

    /// Shows what this client measures.
    pub fn register(&self, registry: &mut Registry) {
        let threads = self.0.threads.handle.clone();
        self.0.measures.register(registry, threads);
    }

    /// Forgets limiters and tokens that nobody needs any more. To be called now and then.
    pub fn shrink(&self) {
        self.0.throttle.shrink();
        self.0.tokens.shrink(self.0.pacing.now());
    }
}

/// One tenant's door to Graph for one run. Clones share the meter.
///
/// Small readings that are asked for at the same time travel in batches, whichever clone asks.
/// Dropping a method's future ends the requests that it made, but for a batch that is under way.
#[derive(Clone, Debug)]
pub struct TenantGraph(Arc<Door>);

/// An object read in full.
#[derive(Clone, Debug, PartialEq)]
pub enum Completed {
    /// The members of the list with those of the follow-ups. `assignments` is present exactly if
    /// the kind has assignments.
    Object(Value),
    /// It was deleted after it had been listed.
    Vanished,
}

impl TenantGraph {
    /// The same door with a meter of its own.
    pub fn metered(&self) -> Self {
        Self(Arc::new(Door::new(Arc::clone(&self.0.link))))
    }

    /// Signs in anew, so that permissions granted a moment ago count; tells what the app may do.
    ///
    /// A credential that was refused a moment ago is refused again without a request.
    pub async fn connect(&self) -> Result<Granted, GraphError> {
        self.granted(Need::Token).await
    }

    /// The same for somebody who wants to know whether the credential works now: asks the sign-in
    /// host whatever it said before.
    pub async fn check(&self) -> Result<Granted, GraphError> {
        self.granted(Need::Check).await
    }

    async fn granted(&self, need: Need) -> Result<Granted, GraphError> {
        let door = Arc::clone(&self.0);
        let work = async move {
            let token = door.link.new_token(None, need, None).await?;
            Ok(token.granted.clone())
        };
        self.carry_out(work).await
    }

    /// Lists a kind: all pages, each object once, without those the catalogue leaves out. A
    /// singleton is a list of one.
    ///
    /// A kind for which the token has no permission is refused without a request. Errors for which
    /// [`GraphError::not_available`] has an answer are no failures. An object with a number that
    /// would lose digits is listed, but refused by [`TenantGraph::complete`].
    pub async fn list(&self, kind: PolicyKind) -> Result<Vec<Value>, GraphError> {
        let door = Arc::clone(&self.0);
        self.carry_out(async move { listing::list(&door, entry(kind)).await })
            .await
    }

    /// Reads what the list does not give and merges it into the listed object.
    pub async fn complete(&self, kind: PolicyKind, listed: Value) -> Result<Completed, GraphError> {
        let door = Arc::clone(&self.0);
        let work = async move { follow_up::complete(&door, entry(kind), listed).await };
        match self.carry_out(work).await {
            Ok(object) => Ok(Completed::Object(object)),
            Err(GraphError::Vanished) => Ok(Completed::Vanished),
            Err(error) => Err(error.naming(entry(kind).permissions)),
        }
    }

    /// What [`TenantGraph::complete`] would put into `assignments`; none if the kind has none.
    /// [`GraphError::Vanished`] if the object is gone.
    pub async fn assignments(
        &self,
        kind: PolicyKind,
        listed: &Value,
    ) -> Result<Option<Value>, GraphError> {
        let door = Arc::clone(&self.0);
        let listed = listed.clone();
        let work = async move { follow_up::assignments(&door, entry(kind), &listed).await };
        let assignments = self.carry_out(work).await;
        assignments.map_err(|error| error.naming(entry(kind).permissions))
    }

    /// Names of groups, at most [`MOST_GROUPS`], in one request; none for those that are gone.
    /// Groups that Graph gave no answer for are missing.
    pub async fn group_names(
        &self,
        ids: Vec<Uuid>,
    ) -> Result<HashMap<Uuid, Option<String>>, GraphError> {
        let door = Arc::clone(&self.0);
        self.carry_out(async move { look_up::group_names(&door, ids).await })
            .await
    }

    /// Intune's audit events of changes since an instant.
    pub async fn audit_trail(&self, since: DateTime<Utc>) -> Result<AuditTrail, GraphError> {
        let door = Arc::clone(&self.0);
        self.carry_out(async move { look_up::audit_trail(&door, since).await })
            .await
    }

    /// What was asked of Graph through this door so far. Sign-ins are not counted.
    pub fn calls(&self) -> Calls {
        self.0.meter.calls()
    }

    /// What was asked of Graph through this door and all that share its link.
    pub fn all_calls(&self) -> Calls {
        self.0.link.meter.calls()
    }

    /// Lets the room's threads do the work, and stops it when nobody waits for it any more.
    async fn carry_out<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, GraphError>> + Send + 'static,
    ) -> Result<T, GraphError> {
        let mut tasks = JoinSet::new();
        tasks.spawn_on(work.in_current_span(), &self.0.link.room.threads.handle);
        match tasks.join_next().await {
            Some(Ok(done)) => done,
            Some(Err(error)) if error.is_panic() => Err(GraphError::Crashed(error)),
            Some(Err(_)) | None => Err(GraphError::Stopped),
        }
    }
}

/// The room's threads.
#[derive(Debug)]
struct Threads {
    handle: Handle,
    runtime: Option<Runtime>,
}

impl Threads {
    fn start(number: usize) -> Result<Self, GraphError> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(number.max(1))
            .thread_name("graph")
            .enable_all()
            .build()
            .map_err(GraphError::Threads)?;
        Ok(Self {
            handle: runtime.handle().clone(),
            runtime: Some(runtime),
        })
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        // The last clone may be dropped on an async thread, which must not wait for others.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
