//! The actor of one tenant: it claims the tenant's oldest queued run, launches it, and sees it land.
//!
//! A mailbox alone does not serialise asynchronous work: `busy` does. It is set before the first
//! wait and cleared when the work has landed.

use std::{sync::Arc, time::Duration};

use actix::{
    Actor, ActorContext, ActorFutureExt, Addr, AsyncContext, Context, Handler, Message,
    ResponseFuture, SpawnHandle, WrapFuture,
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot, watch};
use tracing::Instrument;

use super::{
    WorkerSettings,
    claims::{Answer, Claimed, claim, give_back},
    deps::Deps,
    dispatch::tell,
    flight::{fly, span_of},
    flights::Flights,
    hold::Stop,
    supervisor::{FoundNoPlace, Landed, Passed, Retire, Supervisor},
};
use crate::{
    domain::{
        global_id::GlobalId,
        ids::{RunId, TenantId},
    },
    measure::Present,
    task,
    telemetry::chain,
};

/// Orders that may wait in a tenant's mailbox. More are dropped: each tick offers what is queued again.
const MAILBOX: usize = 4;

/// How soon a tenant is claimed for again that somebody held: a change by people takes less.
const HELD_FOR: Duration = Duration::from_secs(1);

/// Carries out the runs of one tenant, one after the other.
#[derive(Debug)]
pub(super) struct TenantWorker {
    tenant: TenantId,
    deps: Deps,
    settings: WorkerSettings,
    supervisor: Addr<Supervisor>,
    places: Arc<Semaphore>,
    flights: Flights,
    busy: Busy,
    /// Whether a claim got no answer: it may have been made all the same, for nobody.
    is_in_doubt: bool,
    /// The wait for the next claim after one in doubt.
    again: Option<SpawnHandle>,
    is_draining: bool,
    drained: Vec<oneshot::Sender<()>>,
    /// How many hints it had. A wish to retire says it, so that an old one is not obeyed.
    hints: u64,
}

/// What the worker is at.
#[derive(Debug)]
enum Busy {
    /// Nothing.
    Idle,
    /// Asking the database for a run.
    Claiming,
    /// A run is in flight.
    Flying {
        run: RunId,
        stop: watch::Sender<Stop>,
    },
}

/// An order to claim a run, if one is queued.
#[derive(Message, Debug)]
#[rtype(result = "()")]
pub(super) struct ClaimRun;

/// An order to stop a run because somebody cancelled it.
#[derive(Message, Debug)]
#[rtype(result = "()")]
pub(super) struct CancelRun(pub(super) RunId);

/// An order to take no more runs; answered when none is in flight.
#[derive(Message, Debug)]
#[rtype(result = "()")]
pub(super) struct Drain;

/// An order to end, from the supervisor, which has forgotten the worker already.
#[derive(Message, Debug)]
#[rtype(result = "()")]
pub(super) struct Quit;

impl TenantWorker {
    pub(super) fn start_for(
        tenant: TenantId,
        deps: Deps,
        settings: WorkerSettings,
        supervisor: Addr<Supervisor>,
        (places, flights): (Arc<Semaphore>, Flights),
    ) -> Addr<Self> {
        Self::create(|ctx| {
            ctx.set_mailbox_capacity(MAILBOX);
            Self {
                tenant,
                deps,
                settings,
                supervisor,
                places,
                flights,
                busy: Busy::Idle,
                is_in_doubt: false,
                again: None,
                is_draining: false,
                drained: Vec::new(),
                hints: 0,
            }
        })
    }

    fn claim(&mut self, ctx: &mut Context<Self>) {
        if self.is_draining || !matches!(self.busy, Busy::Idle) {
            return;
        }
        // Without a free place the run waits in the queue; whoever frees one has it offered again.
        let Ok(place) = Arc::clone(&self.places).try_acquire_owned() else {
            self.supervisor.do_send(FoundNoPlace(self.tenant));
            if self.is_in_doubt {
                self.claim_again(self.settings.beat, ctx);
            }
            return self.rest(ctx);
        };
        self.busy = Busy::Claiming;
        let hints = self.hints;
        let (deps, settings, tenant) = (self.deps.clone(), self.settings.clone(), self.tenant);
        let (is_in_doubt, flights) = (self.is_in_doubt, self.flights.clone());
        let claiming = async move {
            if is_in_doubt {
                give_back(&deps.store, &settings.server, tenant, flights).await?;
            }
            claim(&deps.store, &settings, tenant).await
        };
        ctx.spawn(claiming.into_actor(self).map(move |answer, worker, ctx| {
            worker.busy = Busy::Idle;
            worker.is_in_doubt = matches!(&answer, Err(error) if error.is_passing());
            match answer {
                Ok(Answer::Claimed(claimed)) => {
                    worker.deps.measures.claimed(claimed.waited);
                    worker.launch(*claimed, place, ctx);
                }
                // Told of a run meanwhile, which the database may have been asked too early for.
                Ok(Answer::Nothing) if worker.hints != hints && !worker.is_draining => {
                    drop(place);
                    worker.claim(ctx);
                }
                // The place is for whoever waits next.
                Ok(nothing) => {
                    drop(place);
                    worker.supervisor.do_send(Passed(worker.tenant));
                    if matches!(nothing, Answer::Held) {
                        worker.claim_again(HELD_FOR, ctx);
                    }
                    worker.rest(ctx);
                }
                Err(error) => {
                    let tenant = worker.tenant;
                    match error.is_told() {
                        true => tracing::debug!(tenant.id = %tenant.to_global(), error = %chain(&error), "no run could be claimed"),
                        false => tracing::error!(tenant.id = %tenant.to_global(), error = %chain(&error), "no run could be claimed"),
                    }
                    if worker.is_in_doubt {
                        worker.claim_again(worker.settings.beat, ctx);
                    }
                    worker.rest(ctx);
                }
            }
        }));
    }

    /// Claims again in a while, though nobody offers a run then: that of a claim in doubt is not queued, and one
    /// whose tenant was held would wait for the next tick.
    fn claim_again(&mut self, pause: Duration, ctx: &mut Context<Self>) {
        let pause = self.deps.clock.sleep(pause);
        let again = ctx.spawn(pause.into_actor(self).map(|(), worker, ctx| {
            worker.again = None;
            worker.claim(ctx);
        }));
        // One wait, however many offers failed meanwhile.
        if let Some(before) = self.again.replace(again) {
            ctx.cancel_future(before);
        }
    }

    /// Gives back what a claim in doubt may hold, because nobody here will claim again.
    fn give_back(&mut self, ctx: &mut Context<Self>) {
        self.is_in_doubt = false;
        let (deps, server, tenant) = (self.deps.clone(), self.settings.server.clone(), self.tenant);
        let flights = self.flights.clone();
        let giving = async move { give_back(&deps.store, &server, tenant, flights).await };
        ctx.spawn(giving.into_actor(self).map(|given, worker, ctx| {
            if let Err(error) = given {
                tell(&error, "a claim without an answer could not be given back");
            }
            worker.rest(ctx);
        }));
    }

    fn launch(&mut self, claimed: Claimed, place: OwnedSemaphorePermit, ctx: &mut Context<Self>) {
        let (stop, stopped) = watch::channel(Stop::GoOn);
        if self.is_draining {
            stop.send_replace(Stop::HandBack);
        }
        let run = claimed.run.id;
        self.busy = Busy::Flying { run, stop };
        let (aboard, span) = (self.flights.board(run), span_of(&claimed.run));
        let counted = Present::in_number(&self.deps.measures.in_flight);
        let flying = fly(self.deps.clone(), self.settings.clone(), claimed, stopped);
        let flight = task::spawn_local(async move {
            let _aboard = (aboard, counted);
            flying.instrument(span).await;
        });
        ctx.spawn(flight.into_actor(self).map(move |joined, worker, ctx| {
            drop(place);
            if let Err(error) = joined {
                // Nothing was written: the run's lease ends, and the next reaping tells of it.
                tracing::error!(run.id = %run.to_global(), tenant.id = %worker.tenant.to_global(), %error, "the landing of a run crashed");
            }
            worker.busy = Busy::Idle;
            // The place goes to the tenant that has waited longest, which may be this one.
            worker.supervisor.do_send(Landed(worker.tenant));
            worker.rest(ctx);
        }));
    }

    /// Waits for orders, and asks to be forgotten when none comes for long.
    fn rest(&mut self, ctx: &mut Context<Self>) {
        if self.is_draining && self.is_in_doubt {
            return self.give_back(ctx);
        }
        for drained in self.drained.drain(..) {
            // Whoever asked may have stopped waiting.
            let _ = drained.send(());
        }
        let (tenant, hints) = (self.tenant, self.hints);
        let pause = self.deps.clock.sleep(self.settings.idle);
        ctx.spawn(pause.into_actor(self).map(move |(), worker, _| {
            if worker.hints == hints && matches!(worker.busy, Busy::Idle) && !worker.is_in_doubt {
                worker.supervisor.do_send(Retire { tenant, hints });
            }
        }));
    }
}

impl Actor for TenantWorker {
    type Context = Context<Self>;
}

impl Handler<ClaimRun> for TenantWorker {
    type Result = ();

    fn handle(&mut self, _: ClaimRun, ctx: &mut Self::Context) {
        self.hints += 1;
        self.claim(ctx);
    }
}

impl Handler<CancelRun> for TenantWorker {
    type Result = ();

    fn handle(&mut self, CancelRun(cancelled): CancelRun, _: &mut Self::Context) {
        match &self.busy {
            Busy::Flying { run, stop } if *run == cancelled => {
                stop.send_replace(Stop::Cancel);
            }
            Busy::Flying { .. } | Busy::Claiming | Busy::Idle => {}
        }
    }
}

impl Handler<Drain> for TenantWorker {
    type Result = ResponseFuture<()>;

    fn handle(&mut self, _: Drain, ctx: &mut Self::Context) -> Self::Result {
        self.is_draining = true;
        let (sender, drained) = oneshot::channel();
        self.drained.push(sender);
        if matches!(self.busy, Busy::Idle) {
            self.rest(ctx);
        }
        let grace = self.deps.clock.sleep(self.settings.shutdown_grace);
        ctx.spawn(grace.into_actor(self).map(|(), worker, _| {
            if let Busy::Flying { stop, .. } = &worker.busy {
                stop.send_replace(Stop::HandBack);
            }
        }));
        Box::pin(async move {
            // The worker keeps the other end until it has landed.
            let _ = drained.await;
        })
    }
}

impl Handler<Quit> for TenantWorker {
    type Result = ();

    fn handle(&mut self, _: Quit, ctx: &mut Self::Context) {
        ctx.stop();
    }
}
