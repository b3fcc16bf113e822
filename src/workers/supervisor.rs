//! The supervisor: it ticks, and offers queued runs to the actors of their tenants.
//!
//! It alone knows which tenants have an actor. Actors are made on demand and forgotten when idle;
//! one whose mailbox has closed, because it crashed, is replaced.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use actix::{
    Actor, ActorFutureExt, Addr, AsyncContext, Context, Handler, Message, MessageResult,
    ResponseFuture, WrapFuture,
};
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::join_all;
use tokio::sync::{Mutex, Semaphore, watch};
use tracing::Instrument;

use super::{
    WorkerSettings, claims,
    deps::Deps,
    dispatch::{Decision, length, tell},
    flights::Flights,
    housekeeping::{Housework, keep_house},
    pulse::Wrist,
    recovery::Terms,
    scrub::scrub,
    tenant_worker::{CancelRun, ClaimRun, Drain, Quit, TenantWorker},
    ticks::Ticks,
};
use crate::{
    domain::{
        global_id::GlobalId,
        ids::{RunId, TenantId},
    },
    measure::number,
    store::StoreError,
    task,
    telemetry::chain,
};

/// Tenants that are left out of a look at the queue.
const MOST_PASSED: usize = 1_000;

/// Dispatches what is due and offers what is queued.
#[derive(Debug)]
pub(super) struct Supervisor {
    deps: Deps,
    settings: WorkerSettings,
    tenants: HashMap<TenantId, Hired>,
    places: Arc<Semaphore>,
    flights: Flights,
    pulse: Wrist,
    /// Held by the tick that is under way; a second one waits.
    ticking: Arc<Mutex<Ticks>>,
    offering: Offering,
    /// Tenants that had nothing to claim since the last tick, and no news since: other servers see to them.
    passed: HashSet<TenantId>,
    housework: Housework,
    is_draining: bool,
}

/// The actor of a tenant.
#[derive(Debug)]
struct Hired {
    worker: Addr<TenantWorker>,
    /// How many hints it was given. One that has not had them all yet must not retire.
    hints: u64,
}

/// Whether queued runs are being looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Offering {
    No,
    Yes,
    /// Something has changed since the look began.
    Again,
}

/// An order to dispatch what is due now.
#[derive(Message, Debug)]
#[rtype(result = "Result<Vec<Decision>, StoreError>")]
pub(super) struct Tick;

/// An order to offer queued runs to free places.
#[derive(Message, Debug)]
#[rtype(result = "()")]
pub(super) struct Offer;

/// An order to remove what is old, if it is time.
#[derive(Message, Debug)]
#[rtype(result = "()")]
struct KeepHouse;

/// That a run of some tenant is queued.
#[derive(Message, Debug)]
#[rtype(result = "()")]
pub(super) struct Hint(pub(super) TenantId);

/// That somebody cancelled a run.
#[derive(Message, Debug)]
#[rtype(result = "()")]
pub(super) struct Cancelled(pub(super) TenantId, pub(super) RunId);

/// That a run of a tenant has landed and its place is free.
#[derive(Message, Debug)]
#[rtype(result = "()")]
pub(super) struct Landed(pub(super) TenantId);

/// That nothing of a tenant could be claimed, and the place is free.
#[derive(Message, Debug)]
#[rtype(result = "()")]
pub(super) struct Passed(pub(super) TenantId);

/// That a tenant found no free place, and is to be offered the next one as others are.
#[derive(Message, Debug)]
#[rtype(result = "()")]
pub(super) struct FoundNoPlace(pub(super) TenantId);

/// A tenant's worker without work asks to be forgotten.
#[derive(Message, Debug)]
#[rtype(result = "()")]
pub(super) struct Retire {
    pub(super) tenant: TenantId,
    /// How many hints it has had.
    pub(super) hints: u64,
}

/// An order to stop ticking and see every run land.
#[derive(Message, Debug)]
#[rtype(result = "()")]
pub(super) struct DrainAll;

/// A question: how many tenants have an actor?
#[derive(Message, Debug)]
#[rtype(result = "usize")]
pub(super) struct CountWorkers;

impl Supervisor {
    pub(super) fn new(
        deps: Deps,
        settings: WorkerSettings,
        flights: Flights,
        pulse: Wrist,
    ) -> Self {
        deps.measures.places.set(number(settings.places));
        Self {
            places: Arc::new(Semaphore::new(settings.places)),
            flights,
            pulse,
            deps,
            settings,
            tenants: HashMap::new(),
            ticking: Arc::default(),
            offering: Offering::No,
            passed: HashSet::new(),
            housework: Housework::Done(None),
            is_draining: false,
        }
    }

    /// The tenant's actor, made if there is none alive.
    fn hired(&mut self, tenant: TenantId, ctx: &Context<Self>) -> &mut Hired {
        let hire = || Hired {
            worker: TenantWorker::start_for(
                tenant,
                self.deps.clone(),
                self.settings.clone(),
                ctx.address(),
                (Arc::clone(&self.places), self.flights.clone()),
            ),
            hints: 0,
        };
        let hired = self.tenants.entry(tenant).or_insert_with(hire);
        if !hired.worker.connected() {
            *hired = hire();
        }
        hired
    }

    /// Whether nothing more is begun: this server stops, or its program is too old for the database.
    fn is_closed(&self) -> bool {
        self.is_draining || self.pulse.borrow().is_overtaken
    }

    fn hint(&mut self, tenant: TenantId, ctx: &Context<Self>) {
        if self.is_closed() {
            return;
        }
        let hired = self.hired(tenant, ctx);
        match hired.worker.try_send(ClaimRun) {
            Ok(()) => hired.hints += 1,
            Err(error) => {
                tracing::debug!(tenant.id = %tenant.to_global(), %error, "a hint was dropped; the next tick offers the run again");
            }
        }
    }

    fn offer(&mut self, ctx: &mut Context<Self>) {
        if self.offering != Offering::No {
            self.offering = Offering::Again;
            return;
        }
        let free = self.places.available_permits();
        if free == 0 || self.is_closed() {
            return;
        }
        self.offering = Offering::Yes;
        let (store, passed) = (self.deps.store.clone(), self.passed.clone());
        let settings = self.settings.clone();
        let waiting = async move { claims::waiting_tenants(&store, &settings, free, passed).await };
        ctx.spawn(waiting.into_actor(self).map(|waiting, supervisor, ctx| {
            let again = supervisor.offering == Offering::Again;
            supervisor.offering = Offering::No;
            match waiting {
                Ok(tenants) => tenants
                    .into_iter()
                    .for_each(|tenant| supervisor.hint(tenant, ctx)),
                Err(error) => tell(&error, "queued runs could not be looked up"),
            }
            if again {
                supervisor.offer(ctx);
            }
        }));
    }
}

impl Actor for Supervisor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        let (clock, tick, me) = (
            self.deps.clock.clone(),
            length(self.settings.tick),
            ctx.address(),
        );
        let ticks = async move {
            loop {
                if let Ok(Err(error)) = me.send(Tick).await {
                    tell(&error, "a tick failed");
                }
                // From the wall clock each time, so that ticks neither drift nor pile up; waited for by
                // the steady one, so that no tick is further away than one is long.
                clock.sleep(until_boundary(clock.now(), tick)).await;
            }
        };
        ctx.spawn(ticks.into_actor(self));
        let (deps, pulse) = (self.deps.clone(), self.pulse.subscribe());
        let scrubbing = scrub(deps, self.settings.scrub_pause, pulse);
        ctx.spawn(scrubbing.into_actor(self));
    }
}

/// How far the next full tick of the wall clock is away: the full minute for a tick of a minute.
fn until_boundary(now: DateTime<Utc>, tick: TimeDelta) -> Duration {
    let length = tick.num_milliseconds().max(1);
    let into = now.timestamp_millis().rem_euclid(length);
    let left = TimeDelta::try_milliseconds(length - into);
    left.and_then(|left| left.to_std().ok()).unwrap_or_default()
}

impl Handler<Tick> for Supervisor {
    type Result = ResponseFuture<Result<Vec<Decision>, StoreError>>;

    fn handle(&mut self, _: Tick, ctx: &mut Self::Context) -> Self::Result {
        if self.is_draining {
            return Box::pin(async { Ok(Vec::new()) });
        }
        let terms = Terms {
            grace: length(self.settings.grace),
            lease: self.settings.lease,
            flights: self.flights.clone(),
        };
        let (deps, ticking) = (self.deps.clone(), Arc::clone(&self.ticking));
        let (pulse, me) = (self.pulse.clone(), ctx.address());
        let work = async move {
            let ticked = ticking.lock().await.make(&deps, &terms, &pulse).await;
            me.do_send(Offer);
            me.do_send(KeepHouse);
            ticked
        };
        Box::pin(work.instrument(tracing::debug_span!(parent: None, "tick")))
    }
}

impl Handler<Offer> for Supervisor {
    type Result = ();

    fn handle(&mut self, _: Offer, ctx: &mut Self::Context) {
        self.passed.clear();
        self.offer(ctx);
    }
}

impl Handler<KeepHouse> for Supervisor {
    type Result = ();

    fn handle(&mut self, _: KeepHouse, ctx: &mut Self::Context) {
        let now = self.deps.clock.now();
        if self.is_closed() || !self.housework.is_due(now) {
            return;
        }
        let (stop, stopped) = watch::channel(false);
        self.housework = Housework::UnderWay(stop);
        let round = task::spawn_local(keep_house(self.deps.clone(), self.settings.keep, stopped));
        ctx.spawn(round.into_actor(self).map(move |joined, supervisor, _| {
            supervisor.housework = Housework::Done(Some(now));
            match joined {
                Ok(Ok(())) => {}
                Ok(Err(error)) => {
                    tracing::warn!(error = %chain(&error), "what is old could not be removed; it will be tried again");
                }
                Err(error) => {
                    tracing::error!(%error, "housekeeping crashed; it will be tried again");
                }
            }
        }));
    }
}

impl Handler<Hint> for Supervisor {
    type Result = ();

    fn handle(&mut self, Hint(tenant): Hint, ctx: &mut Self::Context) {
        self.hint(tenant, ctx);
    }
}

impl Handler<Cancelled> for Supervisor {
    type Result = ();

    fn handle(&mut self, Cancelled(tenant, run): Cancelled, _: &mut Self::Context) {
        if let Some(hired) = self.tenants.get(&tenant) {
            // Control must not be lost to a full mailbox.
            hired.worker.do_send(CancelRun(run));
        }
    }
}

impl Handler<Landed> for Supervisor {
    type Result = ();

    fn handle(&mut self, Landed(tenant): Landed, ctx: &mut Self::Context) {
        self.passed.remove(&tenant);
        self.offer(ctx);
    }
}

impl Handler<Passed> for Supervisor {
    type Result = ();

    fn handle(&mut self, Passed(tenant): Passed, ctx: &mut Self::Context) {
        self.passed.insert(tenant);
        // Beyond that the next tick looks from the front again.
        if self.passed.len() < MOST_PASSED {
            self.offer(ctx);
        }
    }
}

impl Handler<FoundNoPlace> for Supervisor {
    type Result = ();

    fn handle(&mut self, FoundNoPlace(tenant): FoundNoPlace, _: &mut Self::Context) {
        self.passed.remove(&tenant);
    }
}

impl Handler<Retire> for Supervisor {
    type Result = ();

    fn handle(&mut self, Retire { tenant, hints }: Retire, _: &mut Self::Context) {
        // One with a hint under way would work on, known to nobody; it asks again when it is done.
        let had_all = self
            .tenants
            .get(&tenant)
            .is_some_and(|hired| hired.hints == hints);
        if had_all && let Some(hired) = self.tenants.remove(&tenant) {
            hired.worker.do_send(Quit);
        }
    }
}

impl Handler<DrainAll> for Supervisor {
    type Result = ResponseFuture<()>;

    fn handle(&mut self, _: DrainAll, _: &mut Self::Context) -> Self::Result {
        self.is_draining = true;
        self.pulse.send_modify(|pulse| pulse.is_stopping = true);
        self.housework.stop();
        let drains: Vec<_> = self
            .tenants
            .values()
            .map(|hired| hired.worker.send(Drain))
            .collect();
        Box::pin(async move {
            for drained in join_all(drains).await {
                if let Err(error) = drained {
                    tracing::debug!(%error, "a tenant's actor had ended before it was drained");
                }
            }
        })
    }
}

impl Handler<CountWorkers> for Supervisor {
    type Result = MessageResult<CountWorkers>;

    fn handle(&mut self, _: CountWorkers, _: &mut Self::Context) -> Self::Result {
        MessageResult(self.tenants.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_fall_on_full_minutes_of_the_wall_clock() {
        let until = |now: &str| until_boundary(now.parse().unwrap(), TimeDelta::seconds(60));
        assert_eq!(
            until("2026-03-01T02:00:00.250Z"),
            Duration::from_millis(59_750)
        );
        assert_eq!(until("2026-03-01T02:01:00Z"), Duration::from_secs(60));
    }
}
